use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
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
