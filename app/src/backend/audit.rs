use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{AuditFilter, Page, PageQuery},
    audit::AuditEvent,
    id::AuditEventId,
};

use super::Answer;

/// The audit log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Events, the newest first.
    async fn search(&self, caller: &Caller, filter: AuditFilter, page: PageQuery)
    -> Answer<Page<AuditEvent>>;
    /// One event, whole.
    async fn get(&self, caller: &Caller, id: AuditEventId) -> Answer<AuditEvent>;
}
