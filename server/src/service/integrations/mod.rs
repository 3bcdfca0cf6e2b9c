//! Connections to identity providers.

mod change;
pub mod check;
mod discover;
pub mod input;

use domain::{
    access::{Caller, Permission},
    api::{IntegrationConsequences, IntegrationView},
    form::{FieldErrors, IntegrationForm, SecretForm},
    integration::{Integration, IntegrationSettings},
};
use serde_json::Value;

pub(crate) use change::{create_in, delete_in, set_enabled_in, update_in};
pub use discover::discover;

use super::{
    ServiceError,
    expected::Expected,
    lock_out_guard,
    tenancy::{found, shown},
};
use crate::state::Core;

/// What may be shown of an integration.
fn view(core: &Core, integration: Integration) -> IntegrationView {
    IntegrationView::new(integration, core.public_url.as_str())
}

/// All of them, by name.
///
/// # Errors
/// Not allowed; the database.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<IntegrationView>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    Ok(tx.integrations().list().await?.into_iter().map(|integration| view(core, integration)).collect())
}

/// One of them.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, name: &str) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    Ok(view(core, found(tx.integrations().find(name).await?)?))
}

/// The URL to register at the provider for an integration of this name.
#[must_use]
pub fn callback_url(core: &Core, name: &str) -> String {
    core.callback_url(name)
}

/// Creates one from the console's form, disabled unless `enable`.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_from_form(
    core: &Core,
    caller: &Caller,
    form: &IntegrationForm,
    secret: SecretForm,
    enable: bool,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let valid = form.validate(&IntegrationSettings::default())?;
    let input = input::Input { settings: valid.settings, secret: secret.into_input(), enabled: Some(enable) };
    create(core, caller, input).await
}

/// Creates one from JSON.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_from_json(
    core: &Core,
    caller: &Caller,
    body: Value,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    create(core, caller, input::create(body)?).await
}

async fn create(core: &Core, caller: &Caller, input: input::Input) -> Result<IntegrationView, ServiceError> {
    let mut tx = core.db.begin().await?;
    let made = create_in(core, caller, &mut tx, input).await?;
    if made.enabled {
        lock_out_guard::check(core, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(view(core, made))
}

/// Changes one from the console's form.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn update_from_form(
    core: &Core,
    caller: &Caller,
    name: &str,
    form: &IntegrationForm,
    secret: SecretForm,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    update(core, caller, name, |old| {
        let valid = form.validate(&old.settings)?;
        Expected::from(valid.revision).check(old.revision)?;
        Ok(input::Input { settings: valid.settings, secret: secret.into_input(), enabled: None })
    })
    .await
}

/// Changes one by a JSON merge patch (RFC 7396).
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn update_from_json(
    core: &Core,
    caller: &Caller,
    name: &str,
    expected: &Expected,
    body: Value,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    update(core, caller, name, |old| {
        expected.check(old.revision)?;
        let shown = shown(&view(core, old.clone()))?;
        input::patch(body, &old.settings, &shown)
    })
    .await
}

async fn update(
    core: &Core,
    caller: &Caller,
    name: &str,
    read: impl FnOnce(&Integration) -> Result<input::Input, ServiceError> + Send,
) -> Result<IntegrationView, ServiceError> {
    let mut tx = core.db.begin().await?;
    let old = found(tx.integrations().find(name).await?)?;
    let input = read(&old)?;
    let new = update_in(core, caller, &mut tx, &old, input.settings, input.secret).await?;
    if new.enabled {
        lock_out_guard::check(core, &mut tx).await?;
    }
    tx.commit().await?;
    core.engine.forget(&new.id);
    Ok(view(core, new))
}

/// Turns one on or off; off ends its sessions. Nothing happens when it is so already.
///
/// # Errors
/// Not allowed; not there; incomplete; nobody could sign in any more; the database.
pub async fn set_enabled(
    core: &Core,
    caller: &Caller,
    name: &str,
    enabled: bool,
    expected: &Expected,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let old = found(tx.integrations().find(name).await?)?;
    expected.check(old.revision)?;
    if old.enabled == enabled {
        return Ok(view(core, old));
    }
    let new = set_enabled_in(core, caller, &mut tx, &old, enabled).await?;
    lock_out_guard::check(core, &mut tx).await?;
    tx.commit().await?;
    core.engine.forget(&new.id);
    Ok(view(core, new))
}

/// Deletes one, with its rules and sessions.
///
/// # Errors
/// Not allowed; not there; nobody could sign in any more; changed meanwhile; the database.
pub async fn remove(
    core: &Core,
    caller: &Caller,
    name: &str,
    expected: &Expected,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let old = found(tx.integrations().find(name).await?)?;
    expected.check(old.revision)?;
    delete_in(caller, &mut tx, &old).await?;
    if old.enabled {
        lock_out_guard::check(core, &mut tx).await?;
    }
    tx.commit().await?;
    core.engine.forget(&old.id);
    Ok(())
}

/// What turning it off or deleting it would do.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn consequences(
    core: &Core,
    caller: &Caller,
    name: &str,
) -> Result<IntegrationConsequences, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    // Done and taken back: what would be is then never computed in a second way.
    let mut tx = core.db.begin().await?;
    let old = found(tx.integrations().find(name).await?)?;
    let now = core.clock.now();
    let sessions = tx.integrations().count_sessions(&old.id, now).await?;
    let users = tx.integrations().count_dependent_users(&old.id).await?;
    let rules = tx.mapping_rules().count_for_integration(old.name()).await?;
    if old.enabled {
        tx.integrations().set_enabled(&old, false).await?;
    }
    let ways = lock_out_guard::ways_in(core, &mut tx).await?;
    drop(tx);
    Ok(IntegrationConsequences {
        sessions,
        users,
        rules,
        owners_left: ways.owners,
        local_sign_in: ways.local_sign_in,
    })
}

/// One wrong field.
fn field(name: &str, code: domain::form::FieldCode) -> ServiceError {
    ServiceError::Fields(FieldErrors::one(name, code))
}
