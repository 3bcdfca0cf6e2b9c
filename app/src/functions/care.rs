use domain::{
    api::{IntegrationView, ProviderCertificate},
    form::{IntegrationForm, KeptSecret, SecretSlotForm},
    history::{Conflict, RevisionDetail, RevisionView},
    notice::NoticeView,
};
use leptos::server;

use crate::error::AppError;

/// Changes one of an integration's two secrets.
///
/// # Errors
/// Every problem, by field; `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/secret", output = crate::wire::Wire)]
pub async fn change_secret(
    name: String,
    form: SecretSlotForm,
    #[server(default)] new_secret: String,
) -> Result<IntegrationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let action = form.action.clone();
    let result = backend.care.change_secret(&caller, &name, form, new_secret.into()).await;
    super::ctx::answer_and_go(result, |view| {
        crate::routes::with_query(
            &crate::routes::integration_secrets(&view.settings.name),
            &[("done", &action)],
        )
    })
}

/// The changes of an integration, the newest first.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/history", output = crate::wire::Wire)]
pub async fn integration_history(name: String) -> Result<Vec<RevisionView>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.care.history(&caller, &name).await)
}

/// One change, compared with the version before and with now.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/version", output = crate::wire::Wire)]
pub async fn integration_version(name: String, revision: i64) -> Result<RevisionDetail, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.care.version(&caller, &name, revision).await)
}

/// Puts the settings of an earlier version back, if `newest` still is the newest.
///
/// # Errors
/// Every problem, by field; `stale` when somebody changed it meanwhile.
#[server(prefix = "/fn", endpoint = "integrations/restore", output = crate::wire::Wire)]
pub async fn restore_integration(
    name: String,
    revision: i64,
    newest: i64,
    #[server(default)] client_secret: String,
) -> Result<IntegrationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let secret = domain::form::SecretForm { client_secret: client_secret.into(), is_kept: false };
    let result = backend.care.restore(&caller, &name, revision, newest, secret).await;
    super::ctx::answer_and_go(result, |view| crate::routes::integration_saved(&view.settings.name))
}

/// What somebody else saved while this form was being filled in; `None`: nobody did.
///
/// # Errors
/// `not_found`, `forbidden`; every problem of the form, by field.
#[server(prefix = "/fn", endpoint = "integrations/compare", output = crate::wire::Wire)]
pub async fn compare_integration(name: String, form: IntegrationForm) -> Result<Option<Conflict>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    // Asked by the page of a form that was refused: its own status stays.
    backend.care.compare(&caller, &name, form).await
}

/// Whether the client secret that was typed into this integration's form, which was refused, is kept for it. The secret
/// itself never travels back.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/kept_secret", output = crate::wire::Wire)]
pub async fn kept_secret_of(name: String) -> Result<Option<KeptSecret>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    backend.care.kept_secret(&caller, &name).await
}

/// What wants somebody now.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "notices/open", output = crate::wire::Wire)]
pub async fn open_notices() -> Result<Vec<NoticeView>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.care.notices(&caller).await)
}

/// Puts a notice away that somebody has looked at.
///
/// # Errors
/// `not_found` when it is gone; `notice_holds`; `forbidden`.
#[server(prefix = "/fn", endpoint = "notices/dismiss", output = crate::wire::Wire)]
pub async fn dismiss_notice(id: String) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result = backend.care.dismiss_notice(&caller, &id).await;
    super::ctx::answer_and_go(result, |()| crate::routes::INTEGRATIONS.to_owned())
}

/// The certificates that an integration's provider showed when it was last looked at.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/provider_certificates", output = crate::wire::Wire)]
pub async fn provider_certificates(name: String) -> Result<Vec<ProviderCertificate>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.care.provider_certificates(&caller, &name).await)
}
