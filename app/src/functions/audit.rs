use domain::{
    api::{AuditFilter, Page},
    audit::AuditEvent,
    id::AuditEventId,
};
use leptos::server;

use crate::error::AppError;

/// Audit events, the newest first.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "audit/search", output = crate::wire::Wire)]
pub async fn search_audit(
    #[server(default)] filter: AuditFilter,
    cursor: Option<String>,
) -> Result<Page<AuditEvent>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let page = domain::api::PageQuery { cursor, ..Default::default() };
    super::ctx::answer(backend.audit.search(&caller, filter, page).await)
}

/// One audit event, whole.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "audit/get", output = crate::wire::Wire)]
pub async fn get_audit_event(id: AuditEventId) -> Result<AuditEvent, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.audit.get(&caller, id).await)
}
