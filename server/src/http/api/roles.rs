use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{access::Permission, api::RoleView, form::FieldCode, target::Level};

use super::{
    body::JsonBody,
    endpoint::{Endpoint, PAGE, Route, param},
    etag::{IfMatch, Tagged, created},
    page,
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{roles, shape::Shape},
    state::Core,
};

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewPlaces, Permission::ManageSomePlaces);
    let level = param("level", Shape::Choice(&["global", "organization", "project"]), "Of this level.");
    vec![
        Endpoint::get("/roles", view, "Lists the roles that mapping rules can give")
            .about("The built-in ones, then custom ones.")
            .query(&[level])
            .query(&PAGE)
            .answers(200, schema::ROLES)
            .with(list),
        Endpoint::post("/roles", manage, "Creates a custom role")
            .about("What its name begins with says where it counts: GLOBAL_, ORG_ or GROUP_.")
            .body(roles::CREATE)
            .answers(201, schema::ROLE)
            .with(create),
        Endpoint::get("/roles/{name}", view, "Shows a role").answers(200, schema::ROLE).with(get),
        Endpoint::patch("/roles/{name}", manage, "Changes a custom role's label and description")
            .body(roles::PATCH)
            .answers(200, schema::ROLE)
            .with(update),
        Endpoint::delete("/roles/{name}", manage, "Deletes a custom role")
            .about("Refused while mapping rules give it or people have it.")
            .if_match()
            .with(delete),
    ]
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let level = params.read("level", FieldCode::UnknownChoice, Level::parse);
    let query = params.page();
    params.finish()?;
    let mut all = roles::list(&core, &caller).await?;
    all.retain(|role| level.is_none_or(|level| role.level == level));
    Ok(Json(page::slice(all, &query, |role: &RoleView| role.name.as_str())?))
}

async fn create(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = roles::create_from_json(&core, &caller, body).await?;
    let path = format!("/api/v1/roles/{}", made.name);
    Ok(created(&path, Tagged(StatusCode::CREATED, made.revision, made)))
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let role = roles::get(&core, &caller, &name).await?;
    Ok(Tagged(StatusCode::OK, role.revision, role))
}

async fn update(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let new = roles::update_from_json(&core, &caller, &name, &expected, body).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}

async fn delete(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<impl IntoResponse, ApiError> {
    roles::delete(&core, &caller, &name, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
