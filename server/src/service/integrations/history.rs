//! What was changed of an integration, and putting an earlier version back. It goes with the integration: of a deleted
//! one the audit log tells, whose last event has the settings whole.

use domain::{
    access::{Caller, Permission, Via},
    api::IntegrationView,
    form::{FieldCode, FieldErrors, IntegrationForm},
    history::{self, Conflict, RevisionAction, RevisionDetail, RevisionView},
    id::IntegrationId,
    integration::{Integration, IntegrationSettings},
    secret::{SecretInput, SecretState},
};
use serde_json::{Value, json};
use store::{StoredRevision, Tx};

use super::{change, input, secret_json, title, view};
use crate::{
    service::{
        ServiceError,
        expected::Expected,
        guarded::{self, Before, Mode, PutOff},
        tenancy::found,
    },
    state::Core,
};

/// Keeps the revision that a change made; the one before too when that is not kept yet.
pub(super) async fn keep(
    caller: &Caller,
    tx: &mut Tx,
    old: Option<&Integration>,
    new: &Integration,
    action: RevisionAction,
    changed: Vec<String>,
    restored_from: Option<i64>,
) -> Result<(), ServiceError> {
    if let Some(old) = old
        && tx.integration_revisions().find(&old.id, old.revision).await?.is_none()
    {
        let earlier = StoredRevision {
            view: RevisionView {
                revision: old.revision,
                at: old.updated_at,
                by: String::new(),
                by_kind: "unknown".to_owned(),
                action: RevisionAction::Earlier,
                restored_from: None,
                changed: Vec::new(),
            },
            settings: old.settings.clone(),
            enabled: old.enabled,
            reference: String::new(),
        };
        tx.integration_revisions().keep(&old.id, &earlier).await?;
    }
    let by_kind = match &caller.via {
        Via::Session { .. } => "user",
        Via::ApiToken(_) => "token",
        Via::Host => "host",
    };
    let revision = StoredRevision {
        view: RevisionView {
            revision: new.revision,
            at: new.updated_at,
            by: caller.username.clone(),
            by_kind: by_kind.to_owned(),
            action,
            restored_from,
            changed,
        },
        settings: new.settings.clone(),
        enabled: new.enabled,
        reference: caller.reference.clone(),
    };
    Ok(tx.integration_revisions().keep(&new.id, &revision).await?)
}

/// The changes of an integration, the newest first.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn revisions(core: &Core, caller: &Caller, name: &str) -> Result<Vec<RevisionView>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let integration = found(tx.integrations().find(name).await?)?;
    let all = tx.integration_revisions().list(&integration.id).await?;
    Ok(all.into_iter().map(|one| one.view).collect())
}

/// One change, compared with the version before and with now.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn revision(
    core: &Core,
    caller: &Caller,
    name: &str,
    revision: i64,
) -> Result<RevisionDetail, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let integration = found(tx.integrations().find(name).await?)?;
    let stored = found(tx.integration_revisions().find(&integration.id, revision).await?)?;
    let before = tx.integration_revisions().before(&integration.id, revision).await?;
    let this = whole(&stored.settings, stored.enabled)?;
    let mut changes = match before {
        Some(before) => history::changes(&whole(&before.settings, before.enabled)?, &this),
        None => Vec::new(),
    };
    if stored.view.changed.iter().any(|field| field == "clientSecret") {
        let (field, hidden) = ("clientSecret".to_owned(), json!("[hidden]"));
        changes.push(history::FieldChange { field, from: hidden.clone(), to: hidden });
    }
    let restoring = history::changes(&input::whole(&integration.settings)?, &input::whole(&stored.settings)?);
    let has_secret = integration.client_secret != SecretState::Unset;
    let moved = change::needs_secret_again(&integration.settings, &stored.settings);
    Ok(RevisionDetail {
        version: stored.view,
        enabled: stored.enabled,
        changes,
        restoring,
        needs_secret: has_secret && moved,
        newest: integration.revision,
        settings: stored.settings,
    })
}

fn whole(settings: &IntegrationSettings, enabled: bool) -> Result<Value, ServiceError> {
    let mut whole = input::whole(settings)?;
    if let Some(members) = whole.as_object_mut() {
        members.insert("enabled".to_owned(), json!(enabled));
    }
    Ok(whole)
}

/// Puts the settings of an earlier version back, exactly as an edit would: every rule holds, a changed issuer or token
/// endpoint needs the secret again. Whether it is enabled stays as it is.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; nobody could sign in any more; the database.
pub async fn restore(
    core: &Core,
    caller: &Caller,
    name: &str,
    revision: i64,
    secret: SecretInput,
    expected: &Expected,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let old = found(tx.integrations().find(name).await?)?;
    let stored = found(tx.integration_revisions().find(&old.id, revision).await?)?;
    if expected.check(old.revision).is_err() {
        return Err(stale(&mut tx, &old, expected).await?);
    }
    let cause = change::Cause { restored_from: Some(revision) };
    let new = change::write_in(core, caller, &mut tx, &old, (stored.settings, secret), cause).await?;
    let summary = format!("Restore version {revision} of {}", title(&old));
    guarded::decide(core, caller, &mut tx, &before, Mode::Careful, summary, &PutOff::default()).await?;
    tx.commit().await?;
    core.engine.forget(&new.id);
    Ok(view(core, new))
}

/// As [`restore`], with the body of a request: nothing, or `clientSecret`.
///
/// # Errors
/// As [`restore`].
pub async fn restore_from_json(
    core: &Core,
    caller: &Caller,
    name: &str,
    revision: i64,
    mut body: Value,
    expected: &Expected,
) -> Result<IntegrationView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut errors = FieldErrors::default();
    let secret = secret_json::take(&mut body, &mut errors);
    for name in body.as_object().into_iter().flat_map(|members| members.keys()) {
        errors.add(name, FieldCode::UnknownField);
    }
    errors.into_result(())?;
    restore(core, caller, name, revision, secret, expected).await
}

/// Why a change that was made for an older version is refused: the newest revision, and what differs.
pub(super) async fn stale(
    tx: &mut Tx,
    newest: &Integration,
    seen: &Expected,
) -> Result<ServiceError, ServiceError> {
    let seen = match seen {
        Expected::Any => None,
        Expected::Revisions(seen) => seen.iter().max().copied(),
    };
    let fields = match seen {
        Some(seen) => meanwhile(tx, &newest.id, seen).await?,
        None => Vec::new(),
    };
    let mut errors = FieldErrors::default();
    for field in fields {
        errors.add(field, FieldCode::ChangedMeanwhile);
    }
    Ok(ServiceError::Conflict { newest: newest.revision, fields: errors })
}

/// Every member that was changed after a revision.
async fn meanwhile(tx: &mut Tx, id: &IntegrationId, seen: i64) -> Result<Vec<String>, ServiceError> {
    let all = tx.integration_revisions().list(id).await?;
    let mut fields: Vec<String> =
        all.into_iter().filter(|one| one.view.revision > seen).flat_map(|one| one.view.changed).collect();
    fields.sort();
    fields.dedup();
    Ok(fields)
}

/// What somebody else saved while a form was being filled in, beside what the form says. `None`: nobody did.
///
/// # Errors
/// Not allowed; not there; fields; the version the form began with is not kept; the database.
pub async fn compare(
    core: &Core,
    caller: &Caller,
    name: &str,
    form: &IntegrationForm,
) -> Result<Option<Conflict>, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.read().await?;
    let newest = found(tx.integrations().find(name).await?)?;
    let seen: Option<i64> = form.revision.trim().parse().ok();
    let Some(seen) = seen.filter(|seen| *seen != newest.revision) else { return Ok(None) };
    let before = found(tx.integration_revisions().find(&newest.id, seen).await?)?;
    let last = tx.integration_revisions().find(&newest.id, newest.revision).await?;
    // On top of what it began with: members that the form does not show stay as they were.
    let yours = form.validate(&before.settings)?.settings;
    let sides = [&before.settings, &newest.settings, &yours].map(input::whole);
    let [before, theirs, yours] = sides;
    let (before, theirs, yours) = (before?, theirs?, yours?);
    let merged: IntegrationSettings = serde_json::from_value(history::merge(&before, &theirs, &yours))
        .map_err(|error| ServiceError::Internal(Box::new(error)))?;
    Ok(Some(Conflict {
        by: last.map(|last| last.view.by).unwrap_or_default(),
        at: newest.updated_at,
        fields: history::conflicts(&before, &theirs, &yours),
        merged: IntegrationForm::from_settings(&merged, Some(newest.revision)),
    }))
}
