//! What an administrator may change while the server runs.

use domain::{
    access::{Caller, Permission},
    audit::{AuditKind, diff},
    form::FieldErrors,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;

use super::{
    ServiceError, audit,
    expected::Expected,
    guarded::{self, Before, Mode, PutOff},
    shape::{self, Shape, optional},
    sign_in,
    tenancy::shown,
};
use crate::state::Core;

/// Where the choice about passwords is kept.
pub const LOCAL_SIGN_IN: &str = "local_sign_in.override";

/// The body of a change.
pub const PATCH: Shape = Shape::Named(
    "SettingsPatch",
    &Shape::Object(&[optional(
        "localSignIn",
        Shape::Choice(&["auto", "on", "off"]),
        "Whether passwords may be used; auto: as the enabled integrations say.",
    )]),
);

/// Whether passwords may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalSignIn {
    /// As the enabled integrations say.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl LocalSignIn {
    /// `auto`, `on`, `off`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// The settings as the API shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// The choice.
    pub local_sign_in: LocalSignIn,
    /// What follows from it at the moment.
    pub local_sign_in_now: bool,
    /// Why, one sentence.
    pub local_sign_in_why: String,
    /// Grows by one with every change.
    pub revision: i64,
}

/// The settings.
///
/// # Errors
/// Not allowed; the database.
pub async fn get(core: &Core, caller: &Caller) -> Result<SettingsView, ServiceError> {
    caller.require(Permission::ViewSettings)?;
    let mut tx = core.db.read().await?;
    view(core, &mut tx).await
}

async fn view(core: &Core, tx: &mut Tx) -> Result<SettingsView, ServiceError> {
    let (local_sign_in, revision) = stored(tx).await?;
    let policy = sign_in::policy(core, tx).await?;
    Ok(SettingsView {
        local_sign_in,
        local_sign_in_now: policy.local_sign_in,
        local_sign_in_why: policy.why(),
        revision,
    })
}

async fn stored(tx: &mut Tx) -> Result<(LocalSignIn, i64), ServiceError> {
    let Some((value, revision)) = tx.settings().get(LOCAL_SIGN_IN).await? else {
        return Ok((LocalSignIn::Auto, 0));
    };
    Ok((serde_json::from_value(value).unwrap_or_default(), revision))
}

/// Changes settings by a JSON merge patch (RFC 7396).
///
/// # Errors
/// Not allowed; fields; changed meanwhile; nobody could sign in any more; the database.
pub async fn update(
    core: &Core,
    caller: &Caller,
    expected: &Expected,
    mut body: Value,
    mode: Mode,
) -> Result<SettingsView, ServiceError> {
    caller.require(Permission::ManageSettings)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let old = view(core, &mut tx).await?;
    expected.check(old.revision)?;
    shape::take_read_only(&mut body, &shown(&old)?, &["localSignInNow", "localSignInWhy", "revision"])?;
    let mut errors = FieldErrors::default();
    PATCH.check(&body, "", &mut errors);
    errors.into_result(())?;
    if let Some(value) = body.get("localSignIn").cloned() {
        let choice = serde_json::from_value(value).unwrap_or_default();
        set_in(core, caller, &mut tx, choice, &before, mode).await?;
    }
    let new = view(core, &mut tx).await?;
    tx.commit().await?;
    Ok(new)
}

/// Sets whether passwords may be used: `latchkey local-sign-in`.
///
/// # Errors
/// Not allowed; nobody could sign in any more; the database.
pub async fn set_local_sign_in(
    core: &Core,
    caller: &Caller,
    choice: LocalSignIn,
    mode: Mode,
) -> Result<SettingsView, ServiceError> {
    caller.require(Permission::ManageSettings)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    set_in(core, caller, &mut tx, choice, &before, mode).await?;
    let new = view(core, &mut tx).await?;
    tx.commit().await?;
    Ok(new)
}

async fn set_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    choice: LocalSignIn,
    before: &Before,
    mode: Mode,
) -> Result<(), ServiceError> {
    let (old, revision) = stored(tx).await?;
    if old == choice {
        return Ok(());
    }
    tx.settings().set(LOCAL_SIGN_IN, &json!(choice), Some(revision)).await?;
    record(caller, tx, &json!(old), &json!(choice)).await?;
    // Turning passwords on cannot lock anybody out, and must work when everything else is broken.
    if choice == LocalSignIn::On {
        return Ok(());
    }
    let summary = match choice {
        LocalSignIn::Off => "Turn local sign-in off",
        LocalSignIn::On | LocalSignIn::Auto => "Leave local sign-in to the integrations",
    };
    guarded::decide(core, caller, tx, before, mode, summary.to_owned(), &PutOff::default()).await?;
    Ok(())
}

async fn record(caller: &Caller, tx: &mut Tx, old: &Value, new: &Value) -> Result<(), ServiceError> {
    let detail: Value = diff(&json!({"localSignIn": old}), &json!({"localSignIn": new}), &[]);
    let target = Some("setting:localSignIn".to_owned());
    tx.audit_events().append(&audit::event(caller, AuditKind::SettingChanged, target, detail)).await?;
    Ok(())
}

/// Puts the choice back as it was when it still has the revision `left`; whether it had.
pub(crate) async fn put_back(
    caller: &Caller,
    tx: &mut Tx,
    before: Option<&Value>,
    left: i64,
) -> Result<bool, ServiceError> {
    let now = tx.settings().get(LOCAL_SIGN_IN).await?;
    let Some((now, _)) = now.filter(|(_, revision)| *revision == left) else { return Ok(false) };
    let before = before.cloned().unwrap_or_else(|| json!(LocalSignIn::Auto));
    tx.settings().set(LOCAL_SIGN_IN, &before, Some(left)).await?;
    record(caller, tx, &now, &before).await?;
    Ok(true)
}

/// Seals with the key in force what is sealed with a previous one; how many values they were. Afterwards the previous
/// keys can leave the configuration.
///
/// # Errors
/// Not allowed; a value that no key opens; the database.
pub async fn rotate_secrets(core: &Core, caller: &Caller) -> Result<u64, ServiceError> {
    caller.require(Permission::ManageSettings)?;
    {
        // What it needs to be taken back holds secrets that are not sealed anew.
        let mut tx = core.db.read().await?;
        if tx.pending_changes().live().await?.is_some() {
            return Err(ServiceError::Refused(domain::problem::ProblemCode::ChangePending));
        }
    }
    let count = core.db.reseal().await?;
    if count > 0 {
        let detail = json!({"resealed": count});
        let event =
            audit::event(caller, AuditKind::SettingChanged, Some("setting:secrets.key".to_owned()), detail);
        let mut tx = core.db.begin().await?;
        tx.audit_events().append(&event).await?;
        tx.commit().await?;
    }
    Ok(count)
}
