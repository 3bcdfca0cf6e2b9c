use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use domain::access::Permission;

use super::{
    endpoint::{Endpoint, PAGE, Route},
    page,
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{middleware::caller::Authenticated, service::notices, state::Core};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Endpoint::get("/notices", Permission::ViewIntegrations, "Lists what wants an administrator")
            .about("What holds now, the most urgent first; a notice goes when what it says no longer holds.")
            .query(&PAGE)
            .answers(200, schema::NOTICES)
            .with(list),
        Endpoint {
            status: 204,
            ..Endpoint::post("/notices/{id}/dismiss", Permission::ManageIntegrations, "Puts a notice away")
        }
        .about("Only one that tells of a change at a provider; every other goes by itself when it is over.")
        .with(dismiss),
    ]
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    let all = notices::open(&core, &caller).await?;
    Ok(Json(page::slice(all, &query, |notice| &notice.id)?))
}

async fn dismiss(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    params: Params,
) -> Result<StatusCode, ApiError> {
    params.finish()?;
    notices::dismiss(&core, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
