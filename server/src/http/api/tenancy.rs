use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    access::Permission,
    form::FieldCode,
    id::{OrganizationId, ProjectId},
};

use super::{
    body::JsonBody,
    endpoint::{Endpoint, PAGE, Route, param},
    etag::{IfMatch, Tagged, created},
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{
        shape::Shape,
        tenancy::{self, found},
    },
    state::Core,
};

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewPlaces, Permission::ManageSomePlaces);
    let of = param("organization", Shape::Text, "Of this organization.");
    vec![
        Endpoint::get("/organizations", view, "Lists organizations")
            .query(&PAGE)
            .answers(200, schema::ORGANIZATIONS)
            .with(list_organizations),
        Endpoint::post("/organizations", Permission::ManageTenancy, "Creates an organization")
            .body(tenancy::ORGANIZATION)
            .answers(201, schema::ORGANIZATION)
            .with(create_organization),
        Endpoint::get("/organizations/{id}", view, "Shows an organization")
            .answers(200, schema::ORGANIZATION)
            .with(get_organization),
        Endpoint::patch("/organizations/{id}", manage, "Renames an organization")
            .body(tenancy::RENAME)
            .answers(200, schema::ORGANIZATION)
            .with(rename_organization),
        Endpoint::delete("/organizations/{id}", Permission::ManageTenancy, "Deletes an organization")
            .about("Refused while projects or mapping rules belong to it.")
            .if_match()
            .with(delete_organization),
        Endpoint::get("/projects", view, "Lists projects")
            .query(&[of])
            .query(&PAGE)
            .answers(200, schema::PROJECTS)
            .with(list_projects),
        Endpoint::post("/projects", manage, "Creates a project")
            .body(tenancy::PROJECT)
            .answers(201, schema::PROJECT)
            .with(create_project),
        Endpoint::get("/projects/{id}", view, "Shows a project")
            .answers(200, schema::PROJECT)
            .with(get_project),
        Endpoint::patch("/projects/{id}", manage, "Renames a project")
            .body(tenancy::RENAME)
            .answers(200, schema::PROJECT)
            .with(rename_project),
        Endpoint::delete("/projects/{id}", manage, "Deletes a project")
            .about("Refused while mapping rules belong to it.")
            .if_match()
            .with(delete_project),
    ]
}

fn organization_id(text: &str) -> Result<OrganizationId, ApiError> {
    Ok(found(OrganizationId::parse(text).ok())?)
}

fn project_id(text: &str) -> Result<ProjectId, ApiError> {
    Ok(found(ProjectId::parse(text).ok())?)
}

async fn list_organizations(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    Ok(Json(tenancy::organizations(&core, &caller, &query).await?))
}

async fn create_organization(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = tenancy::create_organization(&core, &caller, body).await?;
    let path = format!("/api/v1/organizations/{}", made.id);
    Ok(created(&path, Tagged(StatusCode::CREATED, made.revision, made)))
}

async fn get_organization(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let there = tenancy::organization(&core, &caller, &organization_id(&id)?).await?;
    Ok(Tagged(StatusCode::OK, there.revision, there))
}

async fn rename_organization(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let new = tenancy::rename_organization(&core, &caller, &organization_id(&id)?, &expected, body).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}

async fn delete_organization(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<impl IntoResponse, ApiError> {
    tenancy::delete_organization(&core, &caller, &organization_id(&id)?, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_projects(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let of = params.read("organization", FieldCode::NotThere, |text| OrganizationId::parse(text).ok());
    let query = params.page();
    params.finish()?;
    Ok(Json(tenancy::projects(&core, &caller, of.as_ref(), &query).await?))
}

async fn create_project(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = tenancy::create_project(&core, &caller, body).await?;
    let path = format!("/api/v1/projects/{}", made.id);
    Ok(created(&path, Tagged(StatusCode::CREATED, made.revision, made)))
}

async fn get_project(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let there = tenancy::project(&core, &caller, &project_id(&id)?).await?;
    Ok(Tagged(StatusCode::OK, there.revision, there))
}

async fn rename_project(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    let new = tenancy::rename_project(&core, &caller, &project_id(&id)?, &expected, body).await?;
    Ok(Tagged(StatusCode::OK, new.revision, new))
}

async fn delete_project(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<impl IntoResponse, ApiError> {
    tenancy::delete_project(&core, &caller, &project_id(&id)?, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
