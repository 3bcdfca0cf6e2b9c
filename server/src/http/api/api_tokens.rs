use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{access::Permission, id::ApiTokenId};

use super::{
    body::JsonBody,
    endpoint::{Endpoint, PAGE, Route},
    etag::created,
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{api_tokens, tenancy::found},
    state::Core,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Endpoint::get("/api-tokens", Permission::ViewApiTokens, "Lists API tokens, never their values")
            .query(&PAGE)
            .answers(200, schema::API_TOKENS)
            .with(list),
        Endpoint::post("/api-tokens", Permission::ManageApiTokens, "Creates an API token")
            .about(
                "The value is shown this once; only its hash is stored. Roles are at most the caller's own.",
            )
            .body(api_tokens::CREATE)
            .answers(201, schema::NEW_API_TOKEN)
            .with(create),
        Endpoint::delete("/api-tokens/{id}", Permission::ManageApiTokens, "Revokes an API token")
            .with(revoke),
    ]
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    Ok(Json(api_tokens::list(&core, &caller, &query).await?))
}

async fn create(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = api_tokens::create_from_json(&core, &caller, body).await?;
    let path = format!("/api/v1/api-tokens/{}", made.token.id);
    Ok(created(&path, (StatusCode::CREATED, Json(made))))
}

async fn revoke(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id = found(ApiTokenId::parse(&id).ok())?;
    api_tokens::revoke(&core, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
