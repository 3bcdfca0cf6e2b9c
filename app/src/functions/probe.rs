use domain::{form::IntegrationForm, preset::FormStart, probe::ProbeView};
use leptos::server;

use crate::error::AppError;

/// What a form begins with: a preset, a run's settings, or what a stored integration's provider needs.
///
/// # Errors
/// `forbidden`; `not_found` for a run that is over or somebody else's.
#[server(prefix = "/fn", endpoint = "probe/start_form", output = crate::wire::Wire)]
pub async fn start_form(
    #[server(default)] preset: String,
    #[server(default)] run: String,
    #[server(default)] name: String,
) -> Result<FormStart, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.probe.start_form(&caller, &preset, &run, &name).await)
}

/// Begins to probe a stored integration.
///
/// # Errors
/// `not_found`, `forbidden`, `too_many_requests`.
#[server(prefix = "/fn", endpoint = "probe/begin", output = crate::wire::Wire)]
pub async fn begin_probe(name: String) -> Result<ProbeView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result = backend.probe.begin(&caller, &name).await;
    super::ctx::answer_and_go(result, |view| crate::routes::probe_run(view.stored.as_deref(), &view.id))
}

/// Begins to probe what is in the form of a new integration; stores no integration.
///
/// # Errors
/// Every problem, by field; `forbidden`, `too_many_requests`.
#[server(prefix = "/fn", endpoint = "probe/begin_draft", output = crate::wire::Wire)]
pub async fn probe_draft(
    form: IntegrationForm,
    #[server(default)] client_secret: String,
    #[server(default)] probe: String,
) -> Result<ProbeView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let secret = domain::form::SecretForm { client_secret: client_secret.into(), is_kept: false };
    let result = backend.probe.begin_draft(&caller, form, secret, &probe).await;
    super::ctx::answer_and_go(result, |view| crate::routes::probe_run(None, &view.id))
}

/// A run of the probe: all its steps when `after` is 0, else as soon as there is something newer than that stage.
///
/// # Errors
/// `not_found` when it is over or somebody else's.
#[server(prefix = "/fn", endpoint = "probe/get", output = crate::wire::Wire)]
pub async fn get_probe(run: String, after: u32) -> Result<ProbeView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let view = backend.probe.view(&caller, &run, after).await;
    super::ctx::answer(view.map(crate::backend::with_advice))
}
