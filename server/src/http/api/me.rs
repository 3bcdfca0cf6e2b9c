use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use domain::access::Permission;

use super::{
    endpoint::{Endpoint, Route},
    problem::ApiError,
    schema,
};
use crate::{middleware::caller::Authenticated, service::access, state::Core};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Endpoint::get("/me", Permission::OwnAccess, "Who is asking, with roles and why")
            .about("The request's own user, every role in force with the rules and groups it comes from, and the session.")
            .answers(200, schema::ME)
            .with(me),
    ]
}

async fn me(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(access::me(&core, &caller).await?))
}
