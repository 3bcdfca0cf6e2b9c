use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{access::Permission, probe::ProbeOutcome};

use super::{
    body::JsonBody,
    endpoint::{Endpoint, Route},
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{integrations::input, probe},
    state::Core,
};

const ABOUT: &str = "Answers when all steps are done, which takes some seconds when the provider is slow. A step that \
                     failed is no error: the answer says what was expected, what came and what to change.";

pub(super) fn routes() -> Vec<Route> {
    let manage = Permission::ManageIntegrations;
    vec![
        Endpoint::post("/integrations/{name}/probe", manage, "Probes an integration with its stored secret")
            .about(ABOUT)
            .answers(200, schema::PROBE)
            .with(stored),
        Endpoint::post("/probe", manage, "Probes settings that are not stored")
            .about(ABOUT)
            .body(input::CREATE)
            .answers(200, schema::PROBE)
            .with(draft),
    ]
}

async fn stored(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
) -> Result<Json<ProbeOutcome>, ApiError> {
    Ok(Json(probe::run_stored(&core, &caller, &name).await?))
}

async fn draft(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Json<ProbeOutcome>, ApiError> {
    Ok(Json(probe::run_body(&core, &caller, body).await?))
}
