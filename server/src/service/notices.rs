//! Things an administrator should know about: raised and resolved by whoever watches something, shown in the console
//! and by the API, written to the log once when they are new.

use domain::{
    access::{Caller, Permission},
    audit::AuditKind,
    id::IntegrationId,
    notice::{NoticeKind, NoticeView, Urgency, sentence},
    problem::ProblemCode,
};
use serde_json::{Value, json};
use store::Tx;

use super::{ServiceError, audit, tenancy::found};
use crate::{state::Core, telemetry};

/// Says that something holds. Asked again it stays one notice, with the newest detail; whether it is new. A member
/// `text` of the detail is what people read; nothing in it may be secret.
///
/// # Errors
/// The database.
pub async fn raise(
    tx: &mut Tx,
    integration: Option<&IntegrationId>,
    kind: NoticeKind,
    subject: &str,
    detail: &Value,
) -> Result<bool, store::Error> {
    let is_new = tx.notices().raise(integration, kind, subject, detail).await?;
    if is_new {
        let text = sentence(kind, detail);
        let of = integration.map_or("none", IntegrationId::as_str);
        let text = telemetry::OneLine(&text);
        if kind.urgency() == Urgency::Info {
            tracing::info!(kind = kind.code(), integration = of, subject, notice = %text, "notice");
        } else {
            tracing::warn!(kind = kind.code(), integration = of, subject, notice = %text, "notice");
        }
    }
    Ok(is_new)
}

/// Says that something holds no longer; `subject` `None`: whatever of it. How many notices it was.
///
/// # Errors
/// The database.
pub async fn resolve(
    tx: &mut Tx,
    integration: Option<&IntegrationId>,
    kind: NoticeKind,
    subject: Option<&str>,
) -> Result<u64, store::Error> {
    tx.notices().resolve(integration, kind, subject).await
}

/// Puts away what somebody has looked at: only what tells of something that happened. What lasts goes when it is over.
///
/// # Errors
/// Not allowed; not there; `notice_holds` when it is one that lasts; the database.
pub async fn dismiss(core: &Core, caller: &Caller, id: &str) -> Result<(), ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let mut tx = core.db.begin().await?;
    let open = tx.notices().open().await?;
    let notice = found(open.into_iter().find(|notice| notice.id == id))?;
    if !notice.kind.is_event() {
        return Err(ServiceError::Refused(ProblemCode::NoticeHolds));
    }
    tx.notices().close(id).await?;
    let target = notice.integration.as_ref().map(|name| format!("integration:{name}"));
    let detail = json!({"kind": notice.kind, "subject": notice.subject, "firstSeenAt": notice.first_seen_at});
    let event = audit::event(caller, AuditKind::NoticeDismissed, target, detail);
    tx.audit_events().append(&event).await?;
    Ok(tx.commit().await?)
}

/// What holds now, what is most urgent first.
///
/// # Errors
/// Not allowed; the database.
pub async fn open(core: &Core, caller: &Caller) -> Result<Vec<NoticeView>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let mut notices = tx.notices().open().await?;
    notices.sort_by_key(|notice| std::cmp::Reverse(notice.urgency));
    Ok(notices)
}
