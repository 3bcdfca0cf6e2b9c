//! Changes of integrations inside an open transaction, each with its audit event: used by the API, the console and
//! `latchkey apply`. The caller's permission is checked before; the lock-out guard and [`oidc::Engine::forget`] come
//! after.

use domain::{
    access::Caller,
    api::ManagedKind,
    audit::{AuditKind, diff},
    form::{FieldCode, FieldErrors},
    history::RevisionAction,
    integration::{Integration, IntegrationSettings},
    secret::{SecretInput, SecretState, SlotChange},
};
use serde_json::{Value, json};
use store::{NewIntegration, Tx, UniqueKey};

use super::{check, default_role, field, history, input, slots};
use crate::{
    service::{ServiceError, audit, managed},
    state::Core,
};

/// What makes a change of settings more than that.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cause {
    /// The version whose settings are put back.
    pub(super) restored_from: Option<i64>,
}

/// Creates one.
pub(crate) async fn create_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    input: input::Input,
) -> Result<Integration, ServiceError> {
    let input::Input { mut settings, secret, enabled } = input;
    default_role::settle(caller, tx, None, &mut settings).await?;
    let enabled = enabled.unwrap_or(false);
    let mut errors = check::check(&settings, &secret, core.config.outbound.allow_http);
    let has_secret = secret.is_replacement() || matches!(secret, SecretInput::Slot(SlotChange::Add { .. }));
    let complete = has_secret || !settings.client_auth_method.needs_secret();
    errors.check(complete || !enabled, "clientSecret", FieldCode::Required);
    slots::check(core, &secret, &SecretState::Unset, enabled, &mut errors);
    errors.into_result(())?;
    let mut detail = input::whole(&settings)?;
    let (secret, slot) = match secret {
        SecretInput::Replace(secret) => (Some(secret), None),
        SecretInput::Slot(change) => (None, Some(change)),
        SecretInput::Keep | SecretInput::Clear => (None, None),
    };
    let new = NewIntegration { settings, secret, enabled, created_by: caller.username.clone() };
    let mut made = tx.integrations().insert(&new).await.map_err(name_taken)?;
    if let Some(change) = &slot {
        tx.client_secrets().change(&made, change).await?;
        tx.client_secrets().attribute(&made.id, &caller.username).await?;
        made = tx.integrations().find_by_id(&made.id).await?.unwrap_or(made);
    }
    history::keep(caller, tx, None, &made, RevisionAction::Created, Vec::new(), None).await?;
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("enabled".to_owned(), json!(enabled));
        detail.insert("clientSecret".to_owned(), if has_secret { json!("[hidden]") } else { Value::Null });
    }
    record(caller, tx, AuditKind::IntegrationCreated, &made, detail).await?;
    Ok(made)
}

/// Changes one. Nothing happens when nothing differs.
pub(crate) async fn update_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    old: &Integration,
    settings: IntegrationSettings,
    secret: SecretInput,
) -> Result<Integration, ServiceError> {
    write_in(core, caller, tx, old, (settings, secret), Cause::default()).await
}

/// As [`update_in`], for a reason.
pub(super) async fn write_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    old: &Integration,
    (mut settings, secret): (IntegrationSettings, SecretInput),
    cause: Cause,
) -> Result<Integration, ServiceError> {
    default_role::settle(caller, tx, Some(&old.settings), &mut settings).await?;
    let mut errors = check::check(&settings, &secret, core.config.outbound.allow_http);
    errors.check(settings.name == old.settings.name, "name", FieldCode::Fixed);
    let stored = matches!(old.client_secret, SecretState::Set { .. });
    let moved = needs_secret_again(&old.settings, &settings);
    // A secret must not follow to wherever somebody points the integration next.
    let kept = stored && !secret.is_replacement() && !matches!(secret, SecretInput::Clear);
    errors.check(!(moved && kept), "clientSecret", FieldCode::SecretNeededAgain);
    let cleared = matches!(secret, SecretInput::Clear);
    let adds = matches!(secret, SecretInput::Slot(SlotChange::Add { .. }));
    let has_secret = secret.is_replacement() || adds || (stored && !cleared);
    let needed = settings.client_auth_method.needs_secret();
    errors.check(has_secret || !needed || !old.enabled, "clientSecret", FieldCode::Required);
    slots::check(core, &secret, &old.client_secret, old.enabled && needed, &mut errors);
    errors.into_result(())?;
    let no_change = slots::changes_nothing(&secret, &old.client_secret);
    if no_change && settings == old.settings {
        return Ok(old.clone());
    }
    managed::check_settings(tx, old, &settings, &secret).await?;
    let mut detail = difference(&old.settings, &settings, &secret, stored)?;
    let changed = detail.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default();
    let (done, settled) = (slots::describe(&secret), slots::settled_by(&secret, &old.client_secret));
    // The integration's own row first, as a switch of secrets does it.
    let mut new = tx.integrations().update(old, &settings, secret).await.map_err(name_taken)?;
    if !no_change {
        if moved {
            tx.client_secrets().drop_other(old).await?;
        }
        slots::settle(tx, &old.id, &settled).await?;
        tx.client_secrets().attribute(&new.id, &caller.username).await?;
        new = tx.integrations().find_by_id(&new.id).await?.unwrap_or(new);
    }
    let (action, kind) = match cause.restored_from {
        Some(_) => (RevisionAction::Restored, AuditKind::IntegrationRestored),
        None => (RevisionAction::Changed, AuditKind::IntegrationChanged),
    };
    history::keep(caller, tx, Some(old), &new, action, changed, cause.restored_from).await?;
    if let (Some(detail), Some(done)) = (detail.as_object_mut(), done) {
        detail.insert("secret".to_owned(), done);
    }
    if let (Some(detail), Some(from)) = (detail.as_object_mut(), cause.restored_from) {
        detail.insert("restoredFrom".to_owned(), json!(from));
    }
    record(caller, tx, kind, &new, detail).await?;
    Ok(new)
}

/// Whether a change of settings sends the secret somewhere else.
pub(super) fn needs_secret_again(old: &IntegrationSettings, new: &IntegrationSettings) -> bool {
    new.issuer != old.issuer || new.endpoints.token != old.endpoints.token
}

/// What differs, the secret hidden.
fn difference(
    old: &IntegrationSettings,
    new: &IntegrationSettings,
    secret: &SecretInput,
    stored: bool,
) -> Result<Value, ServiceError> {
    let (mut before, mut after) = (input::whole(old)?, input::whole(new)?);
    let was = if stored { json!("old") } else { Value::Null };
    let is = match secret {
        SecretInput::Keep => was.clone(),
        SecretInput::Replace(_) | SecretInput::Slot(_) => json!("new"),
        SecretInput::Clear => Value::Null,
    };
    for (side, value) in [(&mut before, was), (&mut after, is)] {
        if let Some(members) = side.as_object_mut() {
            members.insert("clientSecret".to_owned(), value);
        }
    }
    Ok(diff(&before, &after, &["clientSecret"]))
}

/// Turns one on or off; off ends its sessions.
pub(crate) async fn set_enabled_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    old: &Integration,
    enabled: bool,
) -> Result<Integration, ServiceError> {
    managed::check_enabled(tx, old, enabled).await?;
    if enabled {
        let mut errors: FieldErrors =
            check::check(&old.settings, &SecretInput::Keep, core.config.outbound.allow_http);
        let stored = matches!(old.client_secret, SecretState::Set { .. });
        let complete = stored || !old.settings.client_auth_method.needs_secret();
        errors.check(complete, "clientSecret", FieldCode::Required);
        errors.into_result(())?;
    }
    let new = tx.integrations().set_enabled(old, enabled).await?;
    let (kind, detail) = if enabled {
        (AuditKind::IntegrationEnabled, json!({}))
    } else {
        let ended = tx.sessions().end_for_integration(&old.id).await?;
        (AuditKind::IntegrationDisabled, json!({"sessionsEnded": ended}))
    };
    let action = if enabled { RevisionAction::Enabled } else { RevisionAction::Disabled };
    history::keep(caller, tx, Some(old), &new, action, vec!["enabled".to_owned()], None).await?;
    record(caller, tx, kind, &new, detail).await?;
    Ok(new)
}

/// Records that one was put back as it was; `left` is how it stood until now.
pub(crate) async fn restored_in(
    caller: &Caller,
    tx: &mut Tx,
    left: &Integration,
) -> Result<(), ServiceError> {
    let Some(new) = tx.integrations().find_by_id(&left.id).await? else { return Ok(()) };
    let (mut before, mut after) = (input::whole(&left.settings)?, input::whole(&new.settings)?);
    for (side, one) in [(&mut before, left), (&mut after, &new)] {
        if let Some(members) = side.as_object_mut() {
            members.insert("enabled".to_owned(), json!(one.enabled));
        }
    }
    record(caller, tx, AuditKind::IntegrationChanged, &new, diff(&before, &after, &[])).await
}

/// Deletes one, with its rules and sessions.
pub(crate) async fn delete_in(caller: &Caller, tx: &mut Tx, old: &Integration) -> Result<(), ServiceError> {
    managed::check_removal(tx, ManagedKind::Integration, old.id.as_str()).await?;
    let rules = tx.mapping_rules().count_for_integration(old.name()).await?;
    let sessions = tx.sessions().end_for_integration(&old.id).await?;
    tx.integrations().delete(old).await?;
    let detail =
        json!({"settings": input::whole(&old.settings)?, "rulesRemoved": rules, "sessionsEnded": sessions});
    record(caller, tx, AuditKind::IntegrationDeleted, old, detail).await
}

async fn record(
    caller: &Caller,
    tx: &mut Tx,
    kind: AuditKind,
    integration: &Integration,
    detail: Value,
) -> Result<(), ServiceError> {
    let event = audit::event(caller, kind, Some(format!("integration:{}", integration.name())), detail);
    tx.audit_events().append(&event).await?;
    Ok(())
}

fn name_taken(error: store::Error) -> ServiceError {
    match error {
        store::Error::Taken(UniqueKey::IntegrationName) => field("name", FieldCode::Taken),
        other => other.into(),
    }
}
