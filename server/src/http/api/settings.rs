use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use domain::access::Permission;

use super::{
    body::JsonBody,
    endpoint::{Endpoint, Route},
    etag::{IfMatch, Tagged},
    params::Params,
    pending_changes::{PROVISIONAL, mode},
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
            .about(
                "Turning local sign-in off is refused unless a global owner has signed in lately through another way, \
                 or the change is provisional.",
            )
            .query(&PROVISIONAL)
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
    mut params: Params,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let mode = mode(&mut params);
    params.finish()?;
    let view = settings::update(&core, &caller, &expected, body, mode).await?;
    Ok(Tagged(StatusCode::OK, view.revision, view))
}
