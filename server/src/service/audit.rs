//! The audit log: how events are made, found, exported and checked.

use std::{net::IpAddr, sync::Arc};

use domain::{
    access::{Caller, Permission},
    api::{AuditFilter, Page, PageQuery},
    audit::{AuditEvent, AuditKind, NewAuditEvent, Outcome},
    id::AuditEventId,
    problem::ProblemCode,
};
use futures::stream::{self, Stream};
use serde_json::{Value, json};

use super::ServiceError;
use crate::state::Core;

/// An event of something this caller did. `target` is a word and a name (`integration:corp`); an integration is also
/// noted as such, so that its history is found.
#[must_use]
pub fn event(caller: &Caller, kind: AuditKind, target: Option<String>, detail: Value) -> NewAuditEvent {
    let integration = target.as_deref().and_then(|text| text.strip_prefix("integration:")).map(str::to_owned);
    NewAuditEvent {
        kind,
        outcome: Outcome::Success,
        actor: caller.username.clone(),
        actor_id: caller.user_id.as_ref().map(|id| id.as_str().to_owned()),
        target,
        integration,
        code: None,
        address: caller.address.map(|address| address.to_string()),
        reference: caller.reference.clone(),
        detail,
    }
}

/// An event of somebody who is not signed in.
#[must_use]
pub fn anonymous(
    address: Option<IpAddr>,
    reference: &str,
    kind: AuditKind,
    outcome: Outcome,
    code: Option<&str>,
) -> NewAuditEvent {
    NewAuditEvent {
        kind,
        outcome,
        actor: "anonymous".to_owned(),
        actor_id: None,
        target: None,
        integration: None,
        code: code.map(str::to_owned),
        address: address.map(|address| address.to_string()),
        reference: reference.to_owned(),
        detail: json!({}),
    }
}

/// Events, the newest first.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn search(
    core: &Core,
    caller: &Caller,
    filter: &AuditFilter,
    page: &PageQuery,
) -> Result<Page<AuditEvent>, ServiceError> {
    caller.require(Permission::ViewAudit)?;
    let mut tx = core.db.read().await?;
    Ok(tx.audit_events().search(filter, page).await?)
}

/// One event, whole.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, id: &AuditEventId) -> Result<AuditEvent, ServiceError> {
    caller.require(Permission::ViewAudit)?;
    let mut tx = core.db.read().await?;
    tx.audit_events().find(id).await?.ok_or(ServiceError::Refused(ProblemCode::NotFound))
}

/// Checks that no event was changed, removed, inserted or swapped.
///
/// # Errors
/// Not allowed; the database.
pub async fn verify(core: &Core, caller: &Caller) -> Result<store::ChainReport, ServiceError> {
    caller.require(Permission::ViewAudit)?;
    let mut tx = core.db.read().await?;
    Ok(tx.audit_events().verify(|_| {}).await?)
}

/// How events are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 4180, for spreadsheets.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// Records that something was written out, which must leave a trace even though it changes nothing.
///
/// # Errors
/// The database.
pub(crate) async fn exported(core: &Core, caller: &Caller, what: &str) -> Result<(), ServiceError> {
    record(core, &event(caller, AuditKind::Exported, Some(what.to_owned()), json!({}))).await
}

/// Records that a caller lacked a permission. `what` is what they asked for. Beyond a number in a minute it is counted
/// only, see [`super::refusals`].
///
/// # Errors
/// The database.
pub async fn access_refused(
    core: &Core,
    caller: &Caller,
    what: &str,
    permission: Permission,
) -> Result<(), ServiceError> {
    if !core.refusals.admit(caller, core.now()) {
        return Ok(());
    }
    let refused = NewAuditEvent {
        outcome: Outcome::Failure,
        code: Some(ProblemCode::Forbidden.code().to_owned()),
        ..event(caller, AuditKind::AccessRefused, Some(what.to_owned()), json!({"permission": permission}))
    };
    record(core, &refused).await
}

async fn record(core: &Core, event: &NewAuditEvent) -> Result<(), ServiceError> {
    let mut tx = core.db.begin().await?;
    tx.audit_events().append(event).await?;
    Ok(tx.commit().await?)
}

/// Every event with this filter, the newest first, in pieces of a page each. That it was asked for is recorded first.
///
/// # Errors
/// Not allowed; the database, also with each piece.
pub async fn export(
    core: Arc<Core>,
    caller: &Caller,
    filter: AuditFilter,
    format: ExportFormat,
) -> Result<impl Stream<Item = Result<String, ServiceError>> + Send + use<>, ServiceError> {
    caller.require(Permission::ViewAudit)?;
    exported(&core, caller, "audit").await?;
    let first = PageQuery { page_size: PageQuery::MOST, cursor: None };
    let head = if format == ExportFormat::Csv { CSV_HEAD } else { "" };
    Ok(stream::try_unfold(Some((first, head)), move |next| {
        let (core, filter) = (Arc::clone(&core), filter.clone());
        async move {
            let Some((query, head)) = next else { return Ok(None) };
            let page = {
                let mut tx = core.db.read().await?;
                tx.audit_events().search(&filter, &query).await?
            };
            let mut text = head.to_owned();
            for event in &page.items {
                text.push_str(&line(event, format)?);
            }
            let next = page
                .next_cursor
                .map(|cursor| (PageQuery { page_size: PageQuery::MOST, cursor: Some(cursor) }, ""));
            Ok(Some((text, next)))
        }
    }))
}

const CSV_HEAD: &str =
    "number,at,kind,risk,outcome,actor,target,integration,code,address,reference,id,detail\r\n";

fn line(event: &AuditEvent, format: ExportFormat) -> Result<String, ServiceError> {
    let internal = |error: serde_json::Error| ServiceError::Internal(Box::new(error));
    if format == ExportFormat::JsonLines {
        return Ok(format!("{}\n", serde_json::to_string(event).map_err(internal)?));
    }
    let plain = |value: serde_json::Result<Value>| -> String {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let none = String::new();
    let optional = |text: &Option<String>| text.clone().unwrap_or_else(|| none.clone());
    let cells = [
        event.number.to_string(),
        event.at.to_string(),
        event.kind.code().to_owned(),
        plain(serde_json::to_value(event.risk)),
        plain(serde_json::to_value(event.outcome)),
        event.actor.clone(),
        optional(&event.target),
        optional(&event.integration),
        optional(&event.code),
        optional(&event.address),
        event.reference.clone(),
        event.id.to_string(),
        serde_json::to_string(&event.detail).map_err(internal)?,
    ];
    let cells: Vec<String> = cells.iter().map(|text| csv_cell(text)).collect();
    Ok(format!("{}\r\n", cells.join(",")))
}

/// One cell (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe in front: names come
/// from outside, and opening the export must not run them.
fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn a_cell_cannot_become_a_formula_or_two_cells() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("", ""),
        ] {
            assert_eq!(csv_cell(text), cell, "{text:?}");
        }
    }
}
