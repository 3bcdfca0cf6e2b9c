//! A client secret that was typed into a form which was refused. It is kept for a while, sealed, for this session and
//! this integration alone, so that it need not be typed again; it never travels back to the page.

use domain::{
    access::{Caller, Permission, Via},
    form::{FieldCode, IntegrationForm, KeptSecret, SecretForm},
    secret::Secret,
};
use serde::{Deserialize, Serialize};

use super::field;
use crate::{service::ServiceError, state::Core, telemetry};

/// How long it is kept, in minutes.
const MINUTES: i64 = 10;

#[derive(Serialize, Deserialize)]
struct Kept {
    of: KeptSecret,
    secret: String,
}

/// Whose it is; nobody's without a session.
fn owner(caller: &Caller, name: &str) -> Option<String> {
    match &caller.via {
        Via::Session { id, .. } => Some(format!("client-secret:{id}:{}", name.trim())),
        Via::ApiToken(_) | Via::Host => None,
    }
}

async fn read(core: &Core, caller: &Caller, name: &str) -> Result<Option<Kept>, ServiceError> {
    let Some(owner) = owner(caller, name) else { return Ok(None) };
    let mut tx = core.db.read().await?;
    let Some(text) = tx.form_drafts().newest_sealed(&owner, core.now()).await? else { return Ok(None) };
    let kept = serde_json::from_str(text.expose());
    kept.map(Some).map_err(|error| ServiceError::Internal(Box::new(error)))
}

/// Whether one is kept, and where it may go.
///
/// # Errors
/// Not allowed; the database.
pub async fn kept(core: &Core, caller: &Caller, name: &str) -> Result<Option<KeptSecret>, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    Ok(read(core, caller, name).await?.map(|kept| kept.of))
}

/// The form's secret: what is typed, or what was kept when the form goes on with it.
///
/// # Errors
/// Nothing is kept any more, or the form leads it somewhere else than it was typed for; the database.
pub(super) async fn fill(
    core: &Core,
    caller: &Caller,
    name: &str,
    form: &IntegrationForm,
    secret: SecretForm,
) -> Result<SecretForm, ServiceError> {
    if !secret.is_kept || !secret.client_secret.is_empty() {
        return Ok(secret);
    }
    match read(core, caller, name).await?.filter(|kept| kept.of == KeptSecret::of(form)) {
        Some(kept) => Ok(SecretForm { client_secret: Secret::new(kept.secret), is_kept: true }),
        // What is stored must not stay in the place of what somebody believes to be saved.
        None => Err(field("clientSecret", FieldCode::SecretGone)),
    }
}

/// Keeps the secret of a form that was refused for another reason than the secret itself; forgets it once the form was
/// taken. A failure to do so is logged: the form is answered all the same.
pub(super) async fn settle<T>(
    core: &Core,
    caller: &Caller,
    name: &str,
    form: &IntegrationForm,
    secret: &SecretForm,
    done: &Result<T, ServiceError>,
) {
    let Some(owner) = owner(caller, name) else { return };
    if secret.client_secret.is_empty() {
        return;
    }
    let is_kept = match done {
        Ok(_) => false,
        Err(ServiceError::Fields(wrong)) => wrong.message("clientSecret").is_none(),
        Err(_) => true,
    };
    if let Err(error) = write(core, &owner, form, secret, is_kept).await {
        telemetry::log_cause(&caller.reference, &error);
    }
}

async fn write(
    core: &Core,
    owner: &str,
    form: &IntegrationForm,
    secret: &SecretForm,
    is_kept: bool,
) -> Result<(), ServiceError> {
    let mut tx = core.db.begin().await?;
    tx.form_drafts().forget_all(owner).await?;
    if is_kept {
        let kept = Kept { of: KeptSecret::of(form), secret: secret.client_secret.expose().to_owned() };
        let text = serde_json::to_string(&kept).map_err(|error| ServiceError::Internal(Box::new(error)))?;
        let until = core.now().plus_minutes(MINUTES);
        tx.form_drafts().put_sealed(owner, &Secret::new(text), until).await?;
    }
    Ok(tx.commit().await?)
}
