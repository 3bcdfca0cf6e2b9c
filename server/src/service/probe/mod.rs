//! The probe as a use case: of a stored integration with its stored secret, and of a draft that nobody has stored. A
//! run is a row, so that whichever server answers next knows it; it belongs to the user who began it, and to nobody
//! else.

mod form;
mod found;
mod sign_in;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    access::{Caller, Permission},
    audit::AuditKind,
    form::{IntegrationForm, SecretForm},
    id::{IntegrationId, UserId},
    integration::{Integration, IntegrationSettings},
    probe::{ProbeOutcome, ProbeReport, ProbeView},
    problem::ProblemCode,
    secret::{Secret, SecretInput, SecretState},
};
use oidc::ProbeSubject;
use serde_json::{Value, json};
use store::{HeldSecret, NewProbe, ProbeRun, Tx, joined_key};
use tokio::sync::mpsc;

pub use form::{fill_secret, start_form};
pub use sign_in::{Return, begin as begin_sign_in, come_back};

use super::{
    ServiceError, audit, client_secrets,
    integrations::{check, input},
    lockout,
    tenancy::found,
};
use crate::{state::Core, telemetry};

/// How long a run is kept, in minutes.
const MINUTES: i64 = 15;
/// Runs of one user in [`lockout::MINUTES`].
const PER_USER: u32 = 30;
/// How long a run may take in all.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a page waits for all steps.
const PAGE_WAITS: Duration = Duration::from_secs(50);
/// How long a question for news waits.
const NEWS_WAITS: Duration = Duration::from_secs(8);
/// How often the run is looked at meanwhile.
const LOOKS_EVERY: Duration = Duration::from_millis(150);
/// How often when nothing came for a while.
const LOOKS_LATER: Duration = Duration::from_millis(700);

/// Probes a stored integration and answers when all steps are done.
///
/// # Errors
/// Not allowed; not there; too often; the database.
pub async fn run_stored(core: &Core, caller: &Caller, name: &str) -> Result<ProbeOutcome, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    admit(core, caller, &mut tx).await?;
    let integration = found(tx.integrations().find(name).await?)?;
    let secrets = client_secrets::both(core, &mut tx, &integration).await?;
    record(caller, &mut tx, &integration.settings, true).await?;
    tx.commit().await?;
    Ok(at_once(core, &integration.settings, &secrets).await)
}

/// Probes settings that are not stored, given as the body of a new integration.
///
/// # Errors
/// Not allowed; fields; too often; the database.
pub async fn run_body(core: &Core, caller: &Caller, body: Value) -> Result<ProbeOutcome, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let input::Input { settings, secret, .. } = input::create(body)?;
    check::check(&settings, &secret, core.config.outbound.allow_http).into_result(())?;
    let mut tx = core.db.begin().await?;
    admit(core, caller, &mut tx).await?;
    record(caller, &mut tx, &settings, false).await?;
    tx.commit().await?;
    Ok(at_once(core, &settings, replaced(secret).as_slice()).await)
}

/// `secrets`: at most two, the one that is tried first before the other.
async fn at_once(core: &Core, settings: &IntegrationSettings, secrets: &[Secret]) -> ProbeOutcome {
    let steps: Mutex<Vec<ProbeReport>> = Mutex::default();
    let redirect_uri = core.callback_url(&settings.name);
    let subject = probed(settings, secrets, &redirect_uri);
    let done = |report| steps.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    // What was found until then is told.
    let _late = tokio::time::timeout(PATIENCE, core.engine.probe(subject, &done)).await;
    ProbeOutcome::new(settings.name.clone(), steps.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Begins a run for a stored integration.
///
/// # Errors
/// Not allowed; not there; too often; the database.
pub async fn begin_stored(core: &Arc<Core>, caller: &Caller, name: &str) -> Result<ProbeView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    admit(core, caller, &mut tx).await?;
    let integration = found(tx.integrations().find(name).await?)?;
    let secrets = client_secrets::both(core, &mut tx, &integration).await?;
    record(caller, &mut tx, &integration.settings, true).await?;
    let new = NewProbe::Stored(integration.id.clone());
    start(core, caller, tx, &new, integration.settings, secrets).await
}

/// Begins a run for a form that nobody has stored. `before` is an earlier run of the same form, whose secret goes on
/// being used when none was typed.
///
/// # Errors
/// Not allowed; fields; too often; the database.
pub async fn begin_draft(
    core: &Arc<Core>,
    caller: &Caller,
    form: &IntegrationForm,
    secret: SecretForm,
    before: &str,
) -> Result<ProbeView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let secret = fill_secret(core, caller, form, secret, before).await?;
    let settings = form.validate(&IntegrationSettings::default())?.settings;
    let secret = secret.into_input();
    check::check(&settings, &secret, core.config.outbound.allow_http).into_result(())?;
    let secret = replaced(secret);
    let mut tx = core.db.begin().await?;
    admit(core, caller, &mut tx).await?;
    record(caller, &mut tx, &settings, false).await?;
    let new = NewProbe::Draft(Box::new(settings.clone()), secret.clone());
    start(core, caller, tx, &new, settings, secret.into_iter().collect()).await
}

/// A run as its page shows it. `after` 0 waits for all steps; otherwise the answer comes as soon as there is something
/// newer than that stage, or after a few seconds.
///
/// # Errors
/// Not allowed; not there, or somebody else's; the database.
pub async fn view(core: &Core, caller: &Caller, id: &str, after: u32) -> Result<ProbeView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let patience = if after == 0 { PAGE_WAITS } else { NEWS_WAITS };
    let started = tokio::time::Instant::now();
    loop {
        let run = find(core, caller, id).await?;
        let is_news = if after == 0 { run.finished } else { run.stage > i64::from(after) };
        if is_news || started.elapsed() >= patience {
            return show(core, run).await;
        }
        let is_soon = started.elapsed() < Duration::from_secs(2);
        tokio::time::sleep(if is_soon { LOOKS_EVERY } else { LOOKS_LATER }).await;
    }
}

/// Who may run it, and how often.
async fn admit(core: &Core, caller: &Caller, tx: &mut Tx) -> Result<(), ServiceError> {
    let Some(user) = &caller.user_id else { return Ok(()) };
    let key = joined_key(&["probe", user.as_str()]);
    if lockout::may_try(core, tx, &key, PER_USER).await? {
        Ok(())
    } else {
        Err(ServiceError::Refused(ProblemCode::TooManyRequests))
    }
}

/// One event a run, written before anything leaves the server.
async fn record(
    caller: &Caller,
    tx: &mut Tx,
    settings: &IntegrationSettings,
    is_stored: bool,
) -> Result<(), ServiceError> {
    let target = format!("integration:{}", settings.name);
    let detail = json!({ "issuer": settings.issuer, "draft": !is_stored });
    let event = audit::event(caller, AuditKind::IntegrationProbed, Some(target), detail);
    tx.audit_events().append(&event).await?;
    Ok(())
}

async fn start(
    core: &Arc<Core>,
    caller: &Caller,
    mut tx: Tx,
    new: &NewProbe,
    settings: IntegrationSettings,
    secrets: Vec<Secret>,
) -> Result<ProbeView, ServiceError> {
    let user = owner(caller)?;
    let id = tx.probe_runs().insert(new, user, core.now().plus_minutes(MINUTES)).await?;
    tx.commit().await?;
    tokio::spawn(work(Arc::clone(core), id.clone(), settings, secrets));
    let run = find(core, caller, &id).await?;
    show(core, run).await
}

fn probed<'a>(
    settings: &'a IntegrationSettings,
    secrets: &'a [Secret],
    redirect_uri: &'a str,
) -> ProbeSubject<'a> {
    ProbeSubject { settings, secret: secrets.first(), other_secret: secrets.get(1), redirect_uri }
}

/// Runs the steps and keeps each as it comes.
async fn work(core: Arc<Core>, id: String, settings: IntegrationSettings, secrets: Vec<Secret>) {
    let (send, mut receive) = mpsc::unbounded_channel();
    let probing = {
        let core = Arc::clone(&core);
        async move {
            let redirect_uri = core.callback_url(&settings.name);
            let subject = probed(&settings, &secrets, &redirect_uri);
            let done = |report| drop(send.send(report));
            let _late = tokio::time::timeout(PATIENCE, core.engine.probe(subject, &done)).await;
        }
    };
    let keeping = async {
        let mut steps = Vec::new();
        while let Some(report) = receive.recv().await {
            steps.push(report);
            keep(&core, &id, &steps, false).await;
        }
        keep(&core, &id, &steps, true).await;
    };
    tokio::join!(probing, keeping);
}

async fn keep(core: &Core, id: &str, steps: &[ProbeReport], finished: bool) {
    let kept: Result<(), store::Error> = async {
        let mut tx = core.db.begin().await?;
        tx.probe_runs().set_steps(id, steps, finished).await?;
        tx.commit().await
    }
    .await;
    if let Err(error) = kept {
        telemetry::log_cause("probe", &error);
    }
}

/// Whose it is. A command on the host and nobody at all have no runs.
fn owner(caller: &Caller) -> Result<&UserId, ServiceError> {
    caller.user_id.as_ref().ok_or(ServiceError::Refused(ProblemCode::Forbidden))
}

async fn find(core: &Core, caller: &Caller, id: &str) -> Result<ProbeRun, ServiceError> {
    let user = owner(caller)?;
    let mut tx = core.db.read().await?;
    found(tx.probe_runs().find(id, user, core.now()).await?)
}

async fn show(core: &Core, run: ProbeRun) -> Result<ProbeView, ServiceError> {
    let integration = subject(core, &run).await?.asked;
    let is_stored = run.integration_id.is_some();
    Ok(ProbeView {
        callback_url: core.callback_url(integration.name()),
        stored: is_stored.then(|| integration.name().to_owned()),
        name: integration.settings.name,
        label: integration.settings.label,
        enabled: is_stored && integration.enabled,
        id: run.id,
        steps: run.steps,
        finished: run.finished,
        stage: u32::try_from(run.stage).unwrap_or(u32::MAX),
        sign_in: run.sign_in,
        advice: None,
        expires_at: run.expires_at,
    })
}

/// What a run is about.
struct Subject {
    /// As an integration under the run's own identifier: nothing that the engine keeps of it is mixed with what real
    /// sign-ins use.
    asked: Integration,
    /// The stored integration with its secrets, the preferred one first; `None`: a draft.
    stored: Option<(Integration, Vec<HeldSecret>)>,
    /// A draft's secret.
    secret: Option<Secret>,
}

async fn subject(core: &Core, run: &ProbeRun) -> Result<Subject, ServiceError> {
    let id = IntegrationId::new(run.id.as_str());
    let Some(stored) = &run.integration_id else {
        let settings = run.settings.clone().ok_or(ServiceError::Refused(ProblemCode::NotFound))?;
        let now = core.now();
        let asked = Integration {
            id,
            settings,
            enabled: false,
            client_secret: SecretState::Unset,
            created_by: String::new(),
            created_at: now,
            updated_at: now,
            revision: 1,
            last_success_at: None,
            last_failure_at: None,
            last_failure_code: None,
        };
        return Ok(Subject { asked, stored: None, secret: run.secret.clone() });
    };
    let mut tx = core.db.read().await?;
    let integration = found(tx.integrations().find_by_id(stored).await?)?;
    let held = tx.client_secrets().open(&integration.id).await?;
    let asked = Integration { id, ..integration.clone() };
    Ok(Subject { asked, stored: Some((integration, held)), secret: None })
}

fn replaced(secret: SecretInput) -> Option<Secret> {
    match secret {
        SecretInput::Replace(secret) => Some(secret),
        SecretInput::Keep | SecretInput::Clear | SecretInput::Slot(_) => None,
    }
}
