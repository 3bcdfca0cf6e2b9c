use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::{
    access::Permission,
    api::AuditFilter,
    audit::{AuditKind, Outcome},
    form::FieldCode,
    id::AuditEventId,
};

use super::{
    endpoint::{Endpoint, PAGE, Param, Route, param},
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{
        audit::{self, ExportFormat},
        shape::Shape,
        tenancy::found,
    },
    state::Core,
};

const FILTER: [Param; 9] = [
    param("actor", Shape::Text, "By this actor, exactly."),
    param("kind", Shape::Text, "Of this kind, such as integration.changed."),
    param("outcome", Shape::Choice(&["success", "failure"]), "With this outcome."),
    param("integration", Shape::Text, "Concerning this integration."),
    param("target", Shape::Text, "Done to this, exactly: integration:corp."),
    param("reference", Shape::Text, "With this reference."),
    param("from", Shape::Time, "From this moment on."),
    param("until", Shape::Time, "Before this moment."),
    param("format", Shape::Choice(&["json", "csv"]), "csv: every event with the filter as one file."),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Endpoint::get("/audit-events", Permission::ViewAudit, "Lists audit events, the newest first")
            .about("With `format=csv` the whole list comes as a file; cells cannot be taken for formulas.")
            .query(&FILTER)
            .query(&PAGE)
            .answers(200, schema::AUDIT_EVENTS)
            .with(list),
        Endpoint::get("/audit-events/{id}", Permission::ViewAudit, "Shows an audit event")
            .answers(200, schema::AUDIT_EVENT)
            .with(get),
    ]
}

fn outcome(text: &str) -> Option<Outcome> {
    match text {
        "success" => Some(Outcome::Success),
        "failure" => Some(Outcome::Failure),
        _ => None,
    }
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<Response, ApiError> {
    let known = |text: &str| AuditKind::parse(text).map(|kind| kind.code().to_owned());
    let filter = AuditFilter {
        actor: params.text("actor"),
        kind: params.read("kind", FieldCode::UnknownChoice, known),
        outcome: params.read("outcome", FieldCode::UnknownChoice, outcome),
        integration: params.text("integration"),
        target: params.text("target"),
        reference: params.text("reference"),
        from: params.time("from"),
        until: params.time("until"),
    };
    let csv = params.read("format", FieldCode::UnknownChoice, |text| match text {
        "csv" => Some(true),
        "json" => Some(false),
        _ => None,
    });
    let query = params.page();
    params.finish()?;
    if csv != Some(true) {
        return Ok(Json(audit::search(&core, &caller, &filter, &query).await?).into_response());
    }
    let pieces = audit::export(core, &caller, filter, ExportFormat::Csv).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit-events.csv\""),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id = found(AuditEventId::parse(&id).ok())?;
    Ok(Json(audit::get(&core, &caller, &id).await?))
}
