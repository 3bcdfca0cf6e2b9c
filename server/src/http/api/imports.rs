use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::header,
    response::IntoResponse,
};
use domain::{
    access::{Caller, Permission},
    api::ImportSource,
    problem::ProblemCode,
};

use super::{
    body::JsonBody,
    endpoint::{Endpoint, Param, Route, param},
    params::Params,
    pending_changes::{PROVISIONAL, mode},
    problem::ApiError,
};
use crate::{
    middleware::caller::Authenticated,
    service::{
        ServiceError,
        import::{self, Options},
        shape::{Shape, field},
    },
    state::Core,
};

const FILE: Shape = Shape::Named(
    "ImportFile",
    &Shape::Object(&[field("content", Shape::Text, "The file, whole; or send it itself as text/plain.")]),
);
const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);
const LINE_OR_NULL: Shape = Shape::Optional(&Shape::Number(u32::MAX as u64));
const LINE: Shape = Shape::Object(&[
    field("line", LINE_OR_NULL, "The line of the file, from 1; null for what is not in it."),
    field("key", TEXT_OR_NULL, "The key; null for what is not in the file."),
    field("outcome", Shape::Choice(&["taken", "changed", "not_taken", "added"]), "What happened to it."),
    field("became", TEXT_OR_NULL, "What it became; never a secret."),
    field("note", TEXT_OR_NULL, "Why, and what to do."),
    field("check", Shape::Bool, "Whether a person must look at it."),
    field("aside", Shape::Bool, "Whether it is not about signing in at all."),
]);
const CHANGE: Shape = Shape::Object(&[
    field("action", Shape::Choice(&["create", "update"]), "What is done."),
    field("kind", Shape::Text, "integration or mapping rule."),
    field("name", Shape::Text, "Which."),
    field("diff", Shape::Any, "Each member that changes, with from and to; null for what is made."),
]);
const PLAN: Shape = Shape::Named(
    "ImportPlan",
    &Shape::Object(&[
        field("source", Shape::Choice(&["oms", "ops-manager"]), "Where the file comes from."),
        field("integration", Shape::Text, "The integration it becomes."),
        field("callbackUrl", Shape::Text, "To be registered at the provider."),
        field("exists", Shape::Bool, "Whether the integration is there already."),
        field("needsForce", Shape::Bool, "Whether it differs from the file, so that force is needed."),
        field("applied", Shape::Bool, "Whether it was done."),
        field("changes", Shape::List(&CHANGE), "What changes; empty: everything is as in the file."),
        field("lines", Shape::List(&LINE), "What became of each line of the file."),
        field(
            "refused",
            TEXT_OR_NULL,
            "Of a dry run: why it would be refused for the sake of the ways in; way_in_unproven and last_way_in can be made \
             provisionally.",
        ),
    ]),
);
const QUERY: [Param; 5] = [
    param("dryRun", Shape::Bool, "true: show the plan, change nothing."),
    param("force", Shape::Bool, "true: make an integration that exists equal to the file."),
    param("name", Shape::Text, "The integration's name; left out, as the file says."),
    param("issuer", Shape::Text, "The issuer; left out, as the file says."),
    PROVISIONAL[0],
];

pub(super) fn routes() -> Vec<Route> {
    let about = "Makes a disabled integration and mapping rules, and says what became of each key. A second time \
                 nothing changes. Secrets are stored encrypted and are never in the answer.";
    let endpoint = |path, summary| {
        Endpoint::post(path, Permission::ManageIntegrations, summary)
            .about(about)
            .query(&QUERY)
            .body(FILE)
            .answers(200, PLAN)
    };
    vec![
        endpoint("/imports/oms", "Imports the config.yaml of OMS").with(oms),
        endpoint("/imports/ops-manager", "Imports the mms.oidc properties of Ops Manager").with(ops_manager),
    ]
}

/// The file: as it is, or as `content` of a JSON object.
struct Content(Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for Content {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind =
            kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        let is_file = kind.starts_with("text/")
            || matches!(
                kind.as_str(),
                "application/yaml" | "application/x-yaml" | "application/octet-stream"
            );
        if is_file {
            let broken = |_| ServiceError::Refused(ProblemCode::Malformed);
            return Ok(Self(Bytes::from_request(request, state).await.map_err(broken)?.to_vec()));
        }
        let JsonBody(body) = JsonBody::from_request(request, state).await?;
        #[derive(serde::Deserialize)]
        struct File {
            content: String,
        }
        Ok(Self(FILE.read::<File>(body)?.content.into_bytes()))
    }
}

async fn oms(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    params: Params,
    content: Content,
) -> Result<impl IntoResponse, ApiError> {
    run(&core, &caller, ImportSource::Oms, params, content).await
}

async fn ops_manager(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    params: Params,
    content: Content,
) -> Result<impl IntoResponse, ApiError> {
    run(&core, &caller, ImportSource::OpsManager, params, content).await
}

async fn run(
    core: &Core,
    caller: &Caller,
    source: ImportSource,
    mut params: Params,
    Content(content): Content,
) -> Result<impl IntoResponse + use<>, ApiError> {
    let options = Options {
        dry_run: params.flag("dryRun").unwrap_or(false),
        force: params.flag("force").unwrap_or(false),
        name: params.text("name"),
        issuer: params.text("issuer"),
        mode: mode(&mut params),
    };
    params.finish()?;
    let plan = import::import(core, caller, source, &content, &options).await.map_err(ServiceError::from)?;
    Ok(Json(plan))
}
