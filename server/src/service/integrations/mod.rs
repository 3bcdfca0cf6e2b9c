//! Connections to identity providers.

mod change;
pub mod check;
mod discover;
pub mod history;
pub mod input;
pub mod kept_secret;
pub mod secret_json;
mod slots;

use domain::{
    access::{Caller, Permission},
    api::{IntegrationConsequences, IntegrationView, ManyGroups, OwnerWays},
    form::{FieldErrors, IntegrationForm, SecretForm},
    id::IntegrationId,
    integration::{Integration, IntegrationSettings},
    time::Timestamp,
};
use serde_json::Value;

pub(crate) use change::{create_in, delete_in, restored_in, set_enabled_in, update_in};
pub use discover::discover;

use super::{
    ServiceError,
    expected::Expected,
    guarded::{self, Before, Mode, PutOff, Verdict},
    lock_out_guard,
    tenancy::{found, shown},
};
use crate::state::Core;

/// What may be shown of an integration.
fn view(core: &Core, integration: Integration) -> IntegrationView {
    let mut view = IntegrationView::new(integration, core.public_url.as_str());
    view.client_secret.count_days(core.now());
    if let Some(pem) = &view.settings.custom_ca {
        // What is stored was readable when it was saved.
        view.custom_ca_certificates = oidc::read_certificates(pem, core.now()).unwrap_or_default();
        view.certificate_expires_at = oidc::earliest_not_after(pem);
    }
    view
}

/// All of them, by name.
///
/// # Errors
/// Not allowed; the database.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<IntegrationView>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let ends = tx.provider_certificates().first_ends().await?;
    let all = tx.integrations().list().await?.into_iter();
    let of = |id: &IntegrationId| ends.iter().find(|(one, _)| one == id).map(|(_, end)| *end);
    Ok(all
        .map(|integration| {
            let end = of(&integration.id);
            with_end(view(core, integration), end)
        })
        .collect())
}

/// The first certificate's end may be the provider's own.
fn with_end(mut view: IntegrationView, end: Option<Timestamp>) -> IntegrationView {
    let trusted = view.certificate_expires_at;
    view.certificate_expires_at = trusted.into_iter().chain(end).min();
    view
}

/// One of them.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, name: &str) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let integration = found(tx.integrations().find(name).await?)?;
    let many = tx.group_counts().find(&integration.id).await?;
    let shown = tx.provider_certificates().list(&integration.id).await?;
    let end = shown.iter().map(|one| one.not_after).min();
    let mut view = with_end(view(core, integration), end);
    view.many_groups = many.map(|(most, seen_at)| ManyGroups { most, seen_at });
    Ok(view)
}

/// The URL to register at the provider for an integration of this name.
#[must_use]
pub fn callback_url(core: &Core, name: &str) -> String {
    core.callback_url(name)
}

/// Creates one from the console's form, disabled unless `enable`. A typed secret outlives a refusal for a while.
///
/// # Errors
/// Not allowed; fields; no way in is known to remain; the database.
pub async fn create_from_form(
    core: &Core,
    caller: &Caller,
    form: &IntegrationForm,
    secret: SecretForm,
    enable: bool,
    mode: Mode,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let secret = kept_secret::fill(core, caller, &form.name, form, secret).await?;
    let typed = secret.clone();
    let done = async {
        let settings = form.validate(&IntegrationSettings::default())?.settings;
        let input = input::Input { settings, secret: typed.into_input(), enabled: Some(enable) };
        create(core, caller, input, mode).await
    };
    let done = done.await;
    kept_secret::settle(core, caller, &form.name, form, &secret, &done).await;
    done
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
    create(core, caller, input::create(body)?, Mode::Final).await
}

async fn create(
    core: &Core,
    caller: &Caller,
    input: input::Input,
    mode: Mode,
) -> Result<IntegrationView, ServiceError> {
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let made = create_in(core, caller, &mut tx, input).await?;
    if made.enabled {
        let summary = format!("Create {}", title(&made));
        guarded::decide(core, caller, &mut tx, &before, mode, summary, &PutOff::default()).await?;
    }
    tx.commit().await?;
    Ok(view(core, made))
}

/// What people call it, for sentences.
fn title(integration: &Integration) -> &str {
    let label = integration.settings.label.as_str();
    if label.is_empty() { integration.name() } else { label }
}

/// Changes one from the console's form. A typed secret outlives a refusal for a while.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; no way in is known to remain; the database.
pub async fn update_from_form(
    core: &Core,
    caller: &Caller,
    name: &str,
    form: &IntegrationForm,
    secret: SecretForm,
    mode: Mode,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let secret = kept_secret::fill(core, caller, name, form, secret).await?;
    let typed = secret.clone();
    let seen = Expected::from(form.revision.trim().parse::<i64>().ok());
    let done = update(core, caller, name, (&seen, mode), |old| {
        seen.check(old.revision)?;
        let valid = form.validate(&old.settings)?;
        Ok(input::Input { settings: valid.settings, secret: typed.into_input(), enabled: None })
    })
    .await;
    kept_secret::settle(core, caller, name, form, &secret, &done).await;
    done
}

/// Changes one of its two secrets from the console's form.
///
/// # Errors
/// Not allowed; not there; fields; the database.
pub async fn change_secret(
    core: &Core,
    caller: &Caller,
    name: &str,
    change: domain::secret::SlotChange,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    update(core, caller, name, (&Expected::Any, Mode::Careful), |old| {
        let secret = domain::secret::SecretInput::Slot(change);
        Ok(input::Input { settings: old.settings.clone(), secret, enabled: None })
    })
    .await
}

/// Changes one by a JSON merge patch (RFC 7396).
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; no way in is known to remain; the database.
pub async fn update_from_json(
    core: &Core,
    caller: &Caller,
    name: &str,
    expected: &Expected,
    body: Value,
    mode: Mode,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    update(core, caller, name, (expected, mode), |old| {
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
    (seen, mode): (&Expected, Mode),
    read: impl FnOnce(&Integration) -> Result<input::Input, ServiceError> + Send,
) -> Result<IntegrationView, ServiceError> {
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let old = found(tx.integrations().find(name).await?)?;
    let input = match read(&old) {
        Err(ServiceError::Store(store::Error::Stale)) => {
            return Err(history::stale(&mut tx, &old, seen).await?);
        }
        read => read?,
    };
    let new = update_in(core, caller, &mut tx, &old, input.settings, input.secret).await?;
    let summary = format!("Change {}", title(&old));
    guarded::decide(core, caller, &mut tx, &before, mode, summary, &PutOff::default()).await?;
    tx.commit().await?;
    core.engine.forget(&new.id);
    Ok(view(core, new))
}

/// Turns one on or off; off ends its sessions. Nothing happens when it is so already.
///
/// # Errors
/// Not allowed; not there; incomplete; no way in is known to remain; the database.
pub async fn set_enabled(
    core: &Core,
    caller: &Caller,
    name: &str,
    enabled: bool,
    expected: &Expected,
    mode: Mode,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let old = found(tx.integrations().find(name).await?)?;
    expected.check(old.revision)?;
    if old.enabled == enabled {
        return Ok(view(core, old));
    }
    let new = set_enabled_in(core, caller, &mut tx, &old, enabled).await?;
    let summary = format!("{} {}", if enabled { "Enable" } else { "Disable" }, title(&old));
    guarded::decide(core, caller, &mut tx, &before, mode, summary, &PutOff::default()).await?;
    tx.commit().await?;
    core.engine.forget(&new.id);
    Ok(view(core, new))
}

/// Deletes one, with its rules and sessions. Provisionally it is turned off, and deleted when that is confirmed.
///
/// # Errors
/// Not allowed; not there; no way in is known to remain; changed meanwhile; the database.
pub async fn remove(
    core: &Core,
    caller: &Caller,
    name: &str,
    expected: &Expected,
    mode: Mode,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let mut old = found(tx.integrations().find(name).await?)?;
    expected.check(old.revision)?;
    let summary = format!("Delete {}", title(&old));
    let mut is_put_off = false;
    if mode == Mode::Provisional && old.enabled {
        old = set_enabled_in(core, caller, &mut tx, &old, false).await?;
        let put_off = PutOff::integration(&old);
        let verdict =
            guarded::decide(core, caller, &mut tx, &before, mode, summary.clone(), &put_off).await?;
        is_put_off = verdict != Verdict::Final;
    }
    if !is_put_off {
        delete_in(caller, &mut tx, &old).await?;
        guarded::decide(core, caller, &mut tx, &before, Mode::Final, summary, &PutOff::default()).await?;
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
    let before = Before::read(core, &mut tx).await?;
    let old = found(tx.integrations().find(name).await?)?;
    let now = core.clock.now();
    let session_users = tx.sessions().users_of_integration(&old.id, now, 20).await?;
    let sessions = tx.integrations().count_sessions(&old.id, now).await?;
    let users = tx.integrations().count_dependent_users(&old.id).await?;
    let rules = tx.mapping_rules().count_for_integration(old.name()).await?;
    if old.enabled {
        tx.integrations().set_enabled(&old, false).await?;
    }
    let ways = lock_out_guard::ways_in(core, &mut tx).await?;
    let owners = tx.users().owners().await?;
    let owner_ways =
        owners.into_iter().filter(|owner| ways.owners.contains(&owner.username)).map(|owner| OwnerWays {
            password: ways.local_sign_in && owner.has_password,
            username: owner.username,
            integrations: owner.integrations,
        });
    let owner_ways = owner_ways.collect();
    let verdict =
        guarded::decide(core, caller, &mut tx, &before, Mode::Final, String::new(), &PutOff::default()).await;
    let is_safe = match verdict {
        Ok(_) => true,
        Err(ServiceError::Refused(_)) => false,
        Err(other) => return Err(other),
    };
    drop(tx);
    Ok(IntegrationConsequences {
        sessions,
        users,
        rules,
        owners_left: ways.owners,
        local_sign_in: ways.local_sign_in,
        session_users,
        owner_ways,
        is_safe,
    })
}

/// One wrong field.
fn field(name: &str, code: domain::form::FieldCode) -> ServiceError {
    ServiceError::Fields(FieldErrors::one(name, code))
}
