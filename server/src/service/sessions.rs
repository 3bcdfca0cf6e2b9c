//! Signed-in browsers: looked at and ended, one's own by anybody, all by those who may.

use domain::{
    access::{Caller, Permission, Via},
    api::{Page, PageQuery, SessionView},
    audit::AuditKind,
    id::{SessionId, UserId},
    problem::ProblemCode,
};
use serde_json::json;
use store::Tx;

use super::{ServiceError, audit};
use crate::{session::CurrentSession, state::Core};

fn mark(caller: &Caller, page: &mut Page<SessionView>) {
    if let Via::Session { id, .. } = &caller.via {
        for view in &mut page.items {
            view.current = view.id == *id;
        }
    }
}

/// Live sessions, the newest first; of one user or of all.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn list(
    core: &Core,
    caller: &Caller,
    user: Option<UserId>,
    page: PageQuery,
) -> Result<Page<SessionView>, ServiceError> {
    caller.require(Permission::ViewSessions)?;
    let mut tx = core.db.read().await?;
    let mut page = tx.sessions().list(user.as_ref(), &page, core.now()).await?;
    mark(caller, &mut page);
    Ok(page)
}

/// My live sessions, the newest first.
///
/// # Errors
/// Not allowed; the database.
pub async fn mine(core: &Core, caller: &Caller) -> Result<Vec<SessionView>, ServiceError> {
    caller.require(Permission::OwnAccess)?;
    let user = caller.user_id.as_ref().ok_or(ServiceError::Refused(ProblemCode::NotFound))?;
    let mut tx = core.db.read().await?;
    let query = PageQuery { page_size: PageQuery::MOST, cursor: None };
    let mut page = tx.sessions().list(Some(user), &query, core.now()).await?;
    mark(caller, &mut page);
    Ok(page.items)
}

/// Ends a session, whosever it is.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn end(core: &Core, caller: &Caller, id: SessionId) -> Result<(), ServiceError> {
    caller.require(Permission::ManageSessions)?;
    let mut tx = core.db.begin().await?;
    end_in(&mut tx, caller, &id).await?;
    Ok(tx.commit().await?)
}

/// Ends one of my sessions.
///
/// # Errors
/// Not allowed; not mine or not there; the database.
pub async fn end_mine(core: &Core, caller: &Caller, id: SessionId) -> Result<(), ServiceError> {
    caller.require(Permission::OwnAccess)?;
    let mut tx = core.db.begin().await?;
    let found = tx.sessions().find(&id).await?;
    if found.is_none_or(|view| Some(&view.user_id) != caller.user_id.as_ref()) {
        return Err(ServiceError::Refused(ProblemCode::NotFound));
    }
    end_in(&mut tx, caller, &id).await?;
    Ok(tx.commit().await?)
}

async fn end_in(tx: &mut Tx, caller: &Caller, id: &SessionId) -> Result<(), ServiceError> {
    let missing = || ServiceError::Refused(ProblemCode::NotFound);
    let view = tx.sessions().find(id).await?.ok_or_else(missing)?;
    if !tx.sessions().end(id).await? {
        return Err(missing());
    }
    let detail = json!({ "session": id.as_str(), "integration": view.integration });
    let event =
        audit::event(caller, AuditKind::SessionEnded, Some(format!("user:{}", view.username)), detail);
    tx.audit_events().append(&event).await?;
    Ok(())
}

/// Ends every session of a user; how many they were.
///
/// # Errors
/// Not allowed; no such user; the database.
pub async fn end_for_user(core: &Core, caller: &Caller, user: &UserId) -> Result<u64, ServiceError> {
    caller.require(Permission::ManageSessions)?;
    let mut tx = core.db.begin().await?;
    let view = tx.users().find(user).await?.ok_or(ServiceError::Refused(ProblemCode::NotFound))?;
    let ended = tx.sessions().end_for_user(user, None).await?;
    if ended > 0 {
        let target = Some(format!("user:{}", view.username));
        let event = audit::event(caller, AuditKind::SessionEnded, target, json!({ "sessionsEnded": ended }));
        tx.audit_events().append(&event).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Signs out: the session ends, in the same transaction as its record.
///
/// # Errors
/// The database's.
pub async fn sign_out(core: &Core, caller: &Caller, session: &CurrentSession) -> Result<(), ServiceError> {
    let mut tx = core.db.begin().await?;
    let detail = json!({ "session": session.resolved.session_id.as_str(), "integration": session.resolved.integration });
    let mut event =
        audit::event(caller, AuditKind::Logout, Some(format!("user:{}", caller.username)), detail);
    event.integration.clone_from(&session.resolved.integration);
    if tx.sessions().end_by_hash(&session.hash).await?.is_some() {
        tx.audit_events().append(&event).await?;
    }
    tx.commit().await?;
    // What tower-sessions remembers of it goes too.
    session.end().await.map_err(|error| ServiceError::Internal(Box::new(error)))
}
