use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::access::Permission;

use super::{
    body::JsonBody,
    endpoint::{Endpoint, PAGE, Route},
    etag::{IfMatch, Tagged, created},
    page,
    params::Params,
    pending_changes::{PROVISIONAL, mode},
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::integrations::{self, input},
    state::Core,
};

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewIntegrations, Permission::ManageIntegrations);
    vec![
        Endpoint::get("/integrations", view, "Lists integrations")
            .query(&PAGE)
            .answers(200, schema::INTEGRATIONS)
            .with(list),
        Endpoint::post("/integrations", manage, "Creates an integration")
            .about("Disabled unless `enabled` is true. What is left out has the value a new integration has in the console.")
            .body(input::CREATE)
            .answers(201, schema::INTEGRATION)
            .with(create),
        Endpoint::get("/integrations/{name}", view, "Shows an integration")
            .answers(200, schema::INTEGRATION)
            .with(get),
        Endpoint::patch("/integrations/{name}", manage, "Changes an integration")
            .about(
                "A JSON merge patch: what is left out stays. Changing `issuer` or `endpoints.token` needs \
                 `clientSecret` again.",
            )
            .query(&PROVISIONAL)
            .body(input::PATCH)
            .answers(200, schema::INTEGRATION)
            .with(update),
        Endpoint::delete("/integrations/{name}", manage, "Deletes an integration, with its rules and sessions")
            .about("Provisionally it is turned off, and deleted when that is confirmed.")
            .query(&PROVISIONAL)
            .if_match()
            .with(remove),
        Endpoint::post("/integrations/{name}/enable", manage, "Lets people sign in with it")
            .about("Needs complete settings and a client secret.")
            .query(&PROVISIONAL)
            .if_match()
            .answers(200, schema::INTEGRATION)
            .with(enable),
        Endpoint::post("/integrations/{name}/disable", manage, "Lets nobody sign in with it any more")
            .about(
                "Ends its sessions. Refused unless a global owner has signed in lately through another way, or the \
                 change is provisional.",
            )
            .query(&PROVISIONAL)
            .if_match()
            .answers(200, schema::INTEGRATION)
            .with(disable),
    ]
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    let all = integrations::list(&core, &caller).await?;
    Ok(Json(page::slice(all, &query, |integration| &integration.settings.name)?))
}

async fn create(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = integrations::create_from_json(&core, &caller, body).await?;
    let path = format!("/api/v1/integrations/{}", made.settings.name);
    Ok(created(&path, Tagged(StatusCode::CREATED, made.revision, made)))
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let found = integrations::get(&core, &caller, &name).await?;
    Ok(Tagged(StatusCode::OK, found.revision, found))
}

async fn update(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    IfMatch(expected): IfMatch,
    mut params: Params,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let mode = mode(&mut params);
    params.finish()?;
    let new = integrations::update_from_json(&core, &caller, &name, &expected, body, mode).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}

async fn remove(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    IfMatch(expected): IfMatch,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let mode = mode(&mut params);
    params.finish()?;
    integrations::remove(&core, &caller, &name, &expected, mode).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enable(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    IfMatch(expected): IfMatch,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let mode = mode(&mut params);
    params.finish()?;
    let new = integrations::set_enabled(&core, &caller, &name, true, &expected, mode).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}

async fn disable(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    IfMatch(expected): IfMatch,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let mode = mode(&mut params);
    params.finish()?;
    let new = integrations::set_enabled(&core, &caller, &name, false, &expected, mode).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}
