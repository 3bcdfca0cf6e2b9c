use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use domain::{
    access::Permission,
    api::{ManagedKind, ManagedView},
};
use serde::Serialize;

use super::{
    endpoint::{Endpoint, Route},
    problem::ApiError,
};
use crate::{
    middleware::caller::Authenticated,
    service::{
        managed,
        shape::{Shape, field},
    },
    state::Core,
};

const TEXTS: Shape = Shape::List(&Shape::Text);
const BY: Shape = Shape::Object(&[
    field("file", Shape::Text, "The file's name."),
    field("appliedAt", Shape::Time, "When it was applied."),
    field("released", Shape::Bool, "Whether everybody may change the fields until it is applied again."),
    field("fields", TEXTS, "The fields it sets, nested ones with dots."),
    field("drift", TEXTS, "Fields that are no longer as they were applied."),
]);
const MANAGED: Shape = Shape::Named(
    "Managed",
    &Shape::Object(&[field(
        "managedBy",
        Shape::Optional(&BY),
        "The file that sets something; null: none does.",
    )]),
);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Managed {
    managed_by: Option<ManagedView>,
}

pub(super) fn routes() -> Vec<Route> {
    let view = Permission::ViewIntegrations;
    vec![
        Endpoint::get("/integrations/{name}/managed", view, "Shows what a configuration file sets of it")
            .about("Those fields are refused with `managed_by_configuration` until they are released.")
            .answers(200, MANAGED)
            .with(of_integration),
        Endpoint::post(
            "/integrations/{name}/release",
            Permission::ManageIntegrations,
            "Releases it from its file",
        )
        .about("Its fields and its rules can be changed again, until a file that names them is applied.")
        .answers(200, MANAGED)
        .with(release),
        Endpoint::get(
            "/mapping-rules/{id}/managed",
            Permission::ViewPlaces,
            "Shows what a configuration file sets",
        )
        .answers(200, MANAGED)
        .with(of_rule),
    ]
}

async fn of_integration(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let managed_by = managed::view(&core, &caller, ManagedKind::Integration, &name).await?;
    Ok(Json(Managed { managed_by }))
}

async fn of_rule(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let managed_by = managed::view(&core, &caller, ManagedKind::MappingRule, &id).await?;
    Ok(Json(Managed { managed_by }))
}

async fn release(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    managed::release(&core, &caller, &name).await?;
    let managed_by = managed::view(&core, &caller, ManagedKind::Integration, &name).await?;
    Ok((StatusCode::OK, Json(Managed { managed_by })))
}
