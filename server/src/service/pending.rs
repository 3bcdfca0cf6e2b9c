//! Provisional changes of the ways in: kept when an owner confirms them from a new sign-in, else taken back.

use domain::{
    access::{Caller, Permission, Via},
    api::{ManagedKind, PendingChangeView, RuleView},
    audit::AuditKind,
    form::ValidRule,
    id::{IntegrationId, PendingChangeId, RuleId},
    mapping::Conditions,
    problem::ProblemCode,
    target::Target,
};
use serde_json::{Value, json};
use store::{PendingChange, Tx};

use super::{
    ServiceError, audit,
    guarded::{Kept, KeptIntegration, KeptRule},
    integrations, mappings, settings,
};
use crate::state::Core;

/// For how long one server has the task of taking changes back, in seconds.
const LEASE_SECONDS: i64 = 10;

/// The change that waits, and whether this caller could confirm it now.
///
/// # Errors
/// Not allowed; the database.
pub async fn live(core: &Core, caller: &Caller) -> Result<Option<(PendingChangeView, bool)>, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.read().await?;
    let Some(change) = tx.pending_changes().live().await? else { return Ok(None) };
    let can = has_signed_in_since(&mut tx, caller, &change.view).await?;
    Ok(Some((change.view, can)))
}

/// The newest changes of the kind, the one that waits first.
///
/// # Errors
/// Not allowed; the database.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<PendingChangeView>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    Ok(tx.pending_changes().list().await?)
}

/// Whether this caller's session began after the change: it is the proof that the console can still be entered.
async fn has_signed_in_since(
    tx: &mut Tx,
    caller: &Caller,
    change: &PendingChangeView,
) -> Result<bool, ServiceError> {
    let Via::Session { id, .. } = &caller.via else { return Ok(false) };
    Ok(tx.sessions().find(id).await?.is_some_and(|session| session.created_at > change.made_at))
}

/// Keeps the change. Only from a session that began after it.
///
/// # Errors
/// Not allowed; not waiting (any more); [`ProblemCode::NewSignInNeeded`]; the database.
pub async fn confirm(core: &Core, caller: &Caller, id: &PendingChangeId) -> Result<(), ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let change = waiting(&mut tx, id).await?;
    if change.view.deadline_at <= core.now() {
        return Err(ServiceError::Refused(ProblemCode::NotFound));
    }
    if !has_signed_in_since(&mut tx, caller, &change.view).await? {
        return Err(ServiceError::Refused(ProblemCode::NewSignInNeeded));
    }
    if !tx.pending_changes().confirm(id, &caller.username).await? {
        return Err(ServiceError::Refused(ProblemCode::NotFound));
    }
    let kept = read(&change)?;
    let mut gone = Vec::new();
    for id in &kept.delete_rules {
        if let Some(rule) = tx.mapping_rules().find(&RuleId::new(id.clone())).await? {
            // The change itself decided that it goes, whoever sets it.
            tx.managed_objects().remove(ManagedKind::MappingRule.as_str(), rule.id.as_str()).await?;
            mappings::remove_in(caller, &mut tx, &rule).await?;
        }
    }
    for id in &kept.delete_integrations {
        if let Some(found) = tx.integrations().find_by_id(&IntegrationId::new(id.clone())).await? {
            tx.managed_objects().remove(ManagedKind::Integration.as_str(), found.id.as_str()).await?;
            integrations::delete_in(caller, &mut tx, &found).await?;
            gone.push(found.id);
        }
    }
    record(caller, &mut tx, AuditKind::ChangeConfirmed, &change.view, json!({})).await?;
    tx.commit().await?;
    for id in gone {
        core.engine.forget(&id);
    }
    Ok(())
}

/// Takes the change back now.
///
/// # Errors
/// Not allowed; not waiting (any more); the database.
pub async fn revert(core: &Core, caller: &Caller, id: &PendingChangeId) -> Result<(), ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let change = waiting(&mut tx, id).await?;
    take_back(core, caller, tx, &change).await
}

/// Takes back what was not confirmed in time; whether there was something. Several servers may call it at once: one
/// does it.
///
/// # Errors
/// The database.
pub async fn revert_due(core: &Core, holder: &str) -> Result<bool, ServiceError> {
    let now = core.now();
    let is_due = |change: &PendingChange| change.view.deadline_at <= now;
    {
        let mut tx = core.db.read().await?;
        if !tx.pending_changes().live().await?.as_ref().is_some_and(is_due) {
            return Ok(false);
        }
    }
    let mut tx = core.db.begin().await?;
    if !tx.leases().acquire("revert", holder, now, now.plus_seconds(LEASE_SECONDS)).await? {
        return Ok(false);
    }
    tx.pending_changes().take_turn().await?;
    let Some(change) = tx.pending_changes().live().await?.filter(is_due) else { return Ok(false) };
    take_back(core, &Caller::host("revert"), tx, &change).await?;
    Ok(true)
}

async fn waiting(tx: &mut Tx, id: &PendingChangeId) -> Result<PendingChange, ServiceError> {
    tx.pending_changes().take_turn().await?;
    let live = tx.pending_changes().live().await?.filter(|change| change.view.id == *id);
    live.ok_or(ServiceError::Refused(ProblemCode::NotFound))
}

fn read(change: &PendingChange) -> Result<Kept, ServiceError> {
    serde_json::from_value(change.state.clone()).map_err(|error| ServiceError::Internal(Box::new(error)))
}

/// Puts everything back that is still as the change left it. What somebody changed since, on the host, stays.
async fn take_back(
    core: &Core,
    caller: &Caller,
    mut tx: Tx,
    change: &PendingChange,
) -> Result<(), ServiceError> {
    if !tx.pending_changes().revert(&change.view.id).await? {
        return Ok(());
    }
    let kept = read(change)?;
    let (mut restored, mut left_alone) = (Vec::new(), Vec::new());
    let mut sort = |done: bool, name: String| if done { restored.push(name) } else { left_alone.push(name) };
    for one in &kept.integrations {
        let name = one.before.as_ref().map_or_else(|| one.id.clone(), |before| before.name.clone());
        let done = put_back_integration(core, caller, &mut tx, one).await?;
        sort(done, format!("integration:{name}"));
    }
    for one in &kept.rules {
        sort(put_back_rule(caller, &mut tx, one).await?, format!("rule:{}", one.before.id));
    }
    if let Some(setting) = &kept.setting {
        sort(
            settings::put_back(caller, &mut tx, setting.before.as_ref(), setting.left).await?,
            "setting:localSignIn".to_owned(),
        );
    }
    let detail = json!({"restored": restored, "changedSince": left_alone});
    record(caller, &mut tx, AuditKind::ChangeReverted, &change.view, detail).await?;
    tx.commit().await?;
    for one in &kept.integrations {
        core.engine.forget(&IntegrationId::new(one.id.clone()));
    }
    tracing::warn!(change = %change.view.id, by = %caller.username, "a provisional change was taken back");
    Ok(())
}

async fn put_back_integration(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    one: &KeptIntegration,
) -> Result<bool, ServiceError> {
    let id = IntegrationId::new(one.id.clone());
    let Some(now) = tx.integrations().find_by_id(&id).await?.filter(|now| now.revision == one.left) else {
        return Ok(false);
    };
    let Some(before) = &one.before else {
        if now.enabled {
            integrations::set_enabled_in(core, caller, tx, &now, false).await?;
        }
        return Ok(true);
    };
    if !tx.integrations().restore(before, one.left).await? {
        return Ok(false);
    }
    integrations::restored_in(caller, tx, &now).await?;
    Ok(true)
}

async fn put_back_rule(caller: &Caller, tx: &mut Tx, one: &KeptRule) -> Result<bool, ServiceError> {
    let found = tx.mapping_rules().find(&one.before.id).await?.filter(|now| now.revision == one.left);
    let (Some(now), Some(rule)) = (found, valid(&one.before)) else { return Ok(false) };
    mappings::update_in(caller, tx, &now, &rule).await?;
    Ok(true)
}

/// Rules that make owners are global.
fn valid(view: &RuleView) -> Option<ValidRule> {
    (view.level == domain::target::Level::Global).then(|| ValidRule {
        integration: view.integration.clone(),
        group: view.group.clone(),
        conditions: Conditions::new(view.conditions.clone()),
        role: view.role.clone(),
        target: Target::Global,
        enabled: view.enabled,
        revision: None,
    })
}

async fn record(
    caller: &Caller,
    tx: &mut Tx,
    kind: AuditKind,
    change: &PendingChangeView,
    mut detail: Value,
) -> Result<(), ServiceError> {
    if let Some(members) = detail.as_object_mut() {
        members.insert("summary".to_owned(), json!(change.summary));
        members.insert("madeBy".to_owned(), json!(change.made_by));
    }
    let event = audit::event(caller, kind, Some(format!("change:{}", change.id)), detail);
    tx.audit_events().append(&event).await?;
    Ok(())
}
