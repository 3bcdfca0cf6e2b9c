use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use domain::{access::Permission, id::PendingChangeId};

use super::{
    endpoint::{Endpoint, PAGE, Param, Route, param},
    page,
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{guarded::Mode, pending, shape::Shape, tenancy::found},
    state::Core,
};

/// The parameter of changes that may concern a way in.
pub(super) const PROVISIONAL: [Param; 1] = [param(
    "provisional",
    Shape::Bool,
    "true: where it concerns a global owner's way in, the change is taken back after 10 minutes unless it is confirmed; \
     see pending changes.",
)];

/// What the parameter says.
pub(super) fn mode(params: &mut Params) -> Mode {
    Mode::provisional(params.flag("provisional").unwrap_or(false))
}

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewIntegrations, Permission::ManageIntegrations);
    vec![
        Endpoint::get("/pending-changes", view, "Lists provisional changes, the newest first")
            .about("At most one waits to be confirmed. The newest 100 are kept in the list.")
            .query(&PAGE)
            .answers(200, schema::PENDING_CHANGES)
            .with(list),
        without_content("/pending-changes/{id}/confirm", manage, "Keeps a provisional change")
            .about("Only from a session that began after the change: that proves that somebody can still get in.")
            .with(confirm),
        without_content("/pending-changes/{id}/revert", manage, "Takes a provisional change back now").with(revert),
    ]
}

fn without_content(path: &'static str, permission: Permission, summary: &'static str) -> Endpoint {
    Endpoint { status: 204, ..Endpoint::post(path, permission, summary) }
}

fn id(text: &str) -> Result<PendingChangeId, ApiError> {
    Ok(found(PendingChangeId::parse(text).ok())?)
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    let all = pending::list(&core, &caller).await?;
    Ok(Json(page::slice(all, &query, |change| change.id.as_str())?))
}

async fn confirm(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    pending::confirm(&core, &caller, &id(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revert(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    pending::revert(&core, &caller, &id(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
