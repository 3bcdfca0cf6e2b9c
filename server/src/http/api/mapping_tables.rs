//! Rules as a file, and several rules at once.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::{
    access::Permission,
    api::{BulkForm, RuleImportReport},
    form::{FieldCode, FieldErrors},
    problem::ProblemCode,
};
use serde_json::json;

use super::{
    body::JsonBody,
    endpoint::{Endpoint, Param, Route, param},
    params::Params,
    problem::ApiError,
};
use crate::{
    middleware::{body_limit, caller::Authenticated},
    service::{
        ServiceError,
        mappings::{self, ImportOptions, RuleFormat},
        shape::{Shape, field, optional},
    },
    state::Core,
};

const FILE: Shape = Shape::Named(
    "MappingRuleFile",
    &Shape::Object(&[field(
        "mappingRules",
        Shape::List(&mappings::CREATE),
        "Rules; a target may be a name, as Atlas or Atlas/billing, and a level may be left out.",
    )]),
);
const REPORT: Shape = Shape::Named(
    "MappingRuleImport",
    &Shape::Object(&[
        field("created", Shape::Number(u32::MAX as u64), "Rules that were made, or would be."),
        field("unchanged", Shape::Number(u32::MAX as u64), "Rules of the file that were there already."),
        field("dryRun", Shape::Bool, "Whether it was only looked at."),
    ]),
);
const BULK: Shape = Shape::Named(
    "MappingRuleBulkInput",
    &Shape::Object(&[
        field("rules", Shape::List(&Shape::Text), "The rules' identifiers, at most 500."),
        field("action", Shape::Choice(&["enable", "disable", "delete", "role"]), "What is done to each."),
        optional(
            "role",
            Shape::Optional(&Shape::Text),
            "The role they give from now on, for the action role.",
        ),
    ]),
);
const CHANGED: Shape =
    Shape::Object(&[field("changed", Shape::Number(u32::MAX as u64), "How many rules they were.")]);
const FORMAT: [Param; 1] = [param("format", Shape::Choice(&["json", "csv"]), "json when left out.")];
const IMPORT: [Param; 2] = [
    param("dryRun", Shape::Bool, "true: look, and make nothing."),
    param(
        "skipExisting",
        Shape::Bool,
        "true: rules that are there already are left out; otherwise they are problems.",
    ),
];

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewMappings, Permission::ManageMappings);
    vec![
        Endpoint::get("/mapping-rules/export", view, "Every mapping rule as a file")
            .about(
                "Targets are named. In CSV, a cell that a spreadsheet would take for a formula has an apostrophe in \
                 front, which the import takes away again.",
            )
            .query(&FORMAT)
            .answers(200, FILE)
            .with(export),
        Endpoint::post("/mapping-rules/import", manage, "Makes the mapping rules of a file, all or none")
            .about(
                "Send JSON, or CSV (RFC 4180) as text/csv with the columns integration, group, role, level, target, \
                 enabled and conditions (JSON), of which only role is needed. At most 10,000 rules and 8 MiB. Every \
                 wrong row is named, as rows.N.FIELD, with the line of the CSV file or the place of the JSON entry \
                 from 1.",
            )
            .query(&IMPORT)
            .body(FILE)
            .answers(200, REPORT)
            .with(import),
        Endpoint::post("/mapping-rules/bulk", manage, "Changes several mapping rules, all or none")
            .about("What is wrong with a rule is told as rules.ID.")
            .body(BULK)
            .answers(200, CHANGED)
            .with(bulk),
    ]
}

async fn export(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<Response, ApiError> {
    let format = params.read("format", FieldCode::UnknownChoice, RuleFormat::parse);
    params.finish()?;
    let format = format.unwrap_or(RuleFormat::Json);
    let file = mappings::export(&core, &caller, format).await?;
    let (kind, name) = match format {
        RuleFormat::Csv => ("text/csv; charset=utf-8; header=present", "mapping-rules.csv"),
        RuleFormat::Json => ("application/json", "mapping-rules.json"),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], file)
        .into_response())
}

/// The file, and what it is.
struct File(RuleFormat, Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind =
            kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        let format = match kind.as_str() {
            "text/csv" | "text/plain" => RuleFormat::Csv,
            "application/json" => RuleFormat::Json,
            _ => return Err(ServiceError::Refused(ProblemCode::UnsupportedMediaType).into()),
        };
        // A body over the limit breaks off here; the layer that counts it answers 413.
        let broken = |_| ServiceError::Refused(ProblemCode::Malformed);
        let bytes =
            axum::body::to_bytes(request.into_body(), body_limit::MOST_RULES).await.map_err(broken)?;
        Ok(Self(format, bytes.to_vec()))
    }
}

async fn import(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
    File(format, content): File,
) -> Result<impl IntoResponse, ApiError> {
    let options = ImportOptions {
        dry_run: params.flag("dryRun").unwrap_or(false),
        skip_existing: params.flag("skipExisting").unwrap_or(false),
    };
    params.finish()?;
    let report = mappings::import(&core, &caller, mappings::read_rows(format, &content), options).await?;
    if !report.problems.is_empty() {
        return Err(problem(report).into());
    }
    let RuleImportReport { created, unchanged, dry_run, .. } = report;
    Ok(Json(json!({"created": created, "unchanged": unchanged, "dryRun": dry_run})))
}

/// Each problem at its row, and the first of them in words.
fn problem(report: RuleImportReport) -> ServiceError {
    let mut fields = FieldErrors::default();
    let mut lines = Vec::new();
    let all = report.problems.len() + usize::try_from(report.more).unwrap_or_default();
    for one in report.problems {
        let (place, path) = match one.row {
            Some(row) => (format!("Row {row}, "), format!("rows.{row}.{}", one.field)),
            None => (String::new(), one.field.clone()),
        };
        if lines.len() < 20 {
            lines.push(format!("{place}{}: {}", one.field, one.problem.message()));
        }
        fields.add(path, one.problem);
    }
    if all > lines.len() {
        lines.push(format!("And {} more.", all - lines.len()));
    }
    ServiceError::File { fields, detail: lines.join(" ") }
}

async fn bulk(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    #[derive(serde::Deserialize)]
    struct Body {
        rules: Vec<String>,
        action: String,
        #[serde(default)]
        role: Option<String>,
    }
    let Body { rules, action, role } = BULK.read::<Body>(body)?;
    let form = BulkForm { rules, action, role: role.unwrap_or_default() };
    Ok(Json(json!({ "changed": mappings::bulk(&core, &caller, &form).await? })))
}
