use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use domain::{access::Permission, api::Page, problem::ProblemCode};

use super::{
    body::MaybeJson,
    endpoint::{Endpoint, PAGE, Route},
    etag::{IfMatch, Tagged},
    page,
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{
        ServiceError,
        integrations::{history, secret_json},
        shape::{Shape, optional},
    },
    state::Core,
};

const RESTORE: Shape = Shape::Named(
    "IntegrationRestore",
    &Shape::Object(&[optional("clientSecret", Shape::Any, secret_json::DOC)]),
);

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewIntegrations, Permission::ManageIntegrations);
    vec![
        Endpoint::get("/integrations/{name}/revisions", view, "Lists the changes of an integration")
            .about("The newest first. They go with the integration; the audit log stays.")
            .query(&PAGE)
            .answers(200, schema::REVISIONS_OF_INTEGRATION)
            .with(list),
        Endpoint::get("/integrations/{name}/revisions/{id}", view, "Shows a version of an integration")
            .about("`id` is the revision's number.")
            .answers(200, schema::REVISION_DETAIL)
            .with(get),
        Endpoint::post(
            "/integrations/{name}/revisions/{id}/restore",
            manage,
            "Puts the settings of an earlier version back",
        )
        .about(
            "Exactly as a change would: `clientSecret` is needed when issuer or token endpoint differ. Whether it is \
             enabled stays as it is. The body may be left out.",
        )
        .body(RESTORE)
        .if_match()
        .answers(200, schema::INTEGRATION)
        .with(restore),
    ]
}

fn number(text: &str) -> Result<i64, ServiceError> {
    text.parse().map_err(|_| ServiceError::Refused(ProblemCode::NotFound))
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    let all = history::revisions(&core, &caller, &name).await?;
    let keyed = all.into_iter().map(|one| (one.revision.to_string(), one)).collect();
    let Page { items, next_cursor, total } = page::slice(keyed, &query, |(key, _)| key)?;
    Ok(Json(Page { items: items.into_iter().map(|(_, one)| one).collect(), next_cursor, total }))
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path((name, id)): Path<(String, String)>,
) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(history::revision(&core, &caller, &name, number(&id)?).await?))
}

async fn restore(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path((name, id)): Path<(String, String)>,
    IfMatch(expected): IfMatch,
    MaybeJson(body): MaybeJson,
) -> Result<impl IntoResponse, ApiError> {
    let new = history::restore_from_json(&core, &caller, &name, number(&id)?, body, &expected).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}
