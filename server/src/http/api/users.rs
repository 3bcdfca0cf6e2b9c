use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    access::Permission,
    api::{UserFilter, UserView},
    id::UserId,
};
use serde::Serialize;

use super::{
    body::JsonBody,
    endpoint::{Endpoint, PAGE, Param, Route, param},
    etag::{IfMatch, Tagged, created},
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{shape::Shape, tenancy::found, users},
    state::Core,
};

const FILTER: [Param; 2] = [
    param("search", Shape::Text, "Part of user name, full name or e-mail address."),
    param("enabled", Shape::Bool, "Only enabled, or only disabled ones."),
];

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewUsers, Permission::ManageUsers);
    vec![
        Endpoint::get("/users", view, "Lists users")
            .query(&FILTER)
            .query(&PAGE)
            .answers(200, schema::USERS)
            .with(list),
        Endpoint::post("/users", manage, "Creates a local user with a one-time password")
            .about("The one-time password is shown this once and must be changed at the first sign-in.")
            .body(users::CREATE)
            .answers(201, schema::NEW_USER)
            .with(create),
        Endpoint::get("/users/{id}", view, "Shows a user").answers(200, schema::USER).with(get),
        Endpoint::patch("/users/{id}", manage, "Changes, enables or disables a user")
            .about("A JSON merge patch. Disabling ends the user's sessions; the last global owner stays.")
            .body(users::PATCH)
            .answers(200, schema::USER)
            .with(update),
        Endpoint::delete("/users/{id}", manage, "Deletes a user, with sessions and API tokens")
            .if_match()
            .with(remove),
        Endpoint::post("/users/{id}/reset-password", manage, "Gives a user a one-time password")
            .about("Shown this once. The user's sessions end.")
            .answers(200, schema::ONE_TIME_PASSWORD)
            .with(reset_password),
    ]
}

fn id(text: &str) -> Result<UserId, ApiError> {
    Ok(found(UserId::parse(text).ok())?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    #[serde(flatten)]
    user: UserView,
    one_time_password: String,
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let filter = UserFilter { search: params.text("search"), enabled: params.flag("enabled") };
    let query = params.page();
    params.finish()?;
    Ok(Json(users::list(&core, &caller, &filter, &query).await?))
}

async fn create(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let (user, secret) = users::create(&core, &caller, body).await?;
    let path = format!("/api/v1/users/{}", user.id);
    let revision = user.revision;
    let made = NewUser { user, one_time_password: secret.expose().to_owned() };
    Ok(created(&path, Tagged(StatusCode::CREATED, revision, made)))
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let user = users::get(&core, &caller, &id(&text)?).await?;
    Ok(Tagged(StatusCode::OK, user.revision, user))
}

async fn update(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let user = users::update(&core, &caller, &id(&text)?, &expected, body).await?;
    Ok(Tagged(StatusCode::OK, user.revision, user))
}

async fn remove(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<impl IntoResponse, ApiError> {
    users::remove(&core, &caller, &id(&text)?, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reset_password(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(users::reset_password(&core, &caller, &id(&text)?).await?))
}
