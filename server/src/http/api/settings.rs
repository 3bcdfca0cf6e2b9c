use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use domain::access::Permission;

use super::{
    body::JsonBody,
    endpoint::{Endpoint, Route},
    etag::{IfMatch, Tagged},
    problem::ApiError,
    schema,
};
use crate::{middleware::caller::Authenticated, service::settings, state::Core};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Endpoint::get("/settings", Permission::ViewSettings, "Shows the settings that change at run time")
            .answers(200, schema::SETTINGS)
            .with(get),
        Endpoint::patch("/settings", Permission::ManageSettings, "Changes settings")
            .about("Turning local sign-in off is refused when no global owner could sign in any more.")
            .body(settings::PATCH)
            .answers(200, schema::SETTINGS)
            .with(update),
    ]
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
) -> Result<impl IntoResponse, ApiError> {
    let view = settings::get(&core, &caller).await?;
    Ok(Tagged(StatusCode::OK, view.revision, view))
}

async fn update(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let view = settings::update(&core, &caller, &expected, body).await?;
    Ok(Tagged(StatusCode::OK, view.revision, view))
}
