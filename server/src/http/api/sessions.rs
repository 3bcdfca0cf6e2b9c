use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use domain::{
    access::Permission,
    form::FieldCode,
    id::{SessionId, UserId},
};
use serde_json::json;

use super::{
    endpoint::{Endpoint, PAGE, Route, param},
    params::Params,
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{sessions, shape::Shape, tenancy::found},
    state::Core,
};

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewSessions, Permission::ManageSessions);
    let of = param("user", Shape::Text, "Of this user, by identifier.");
    vec![
        Endpoint::get("/sessions", view, "Lists live sessions, the newest first")
            .query(&[of])
            .query(&PAGE)
            .answers(200, schema::SESSIONS)
            .with(list),
        Endpoint::delete("/sessions/{id}", manage, "Ends a session").with(end),
        Endpoint::delete("/users/{id}/sessions", manage, "Ends every session of a user")
            .answers(200, schema::ENDED)
            .with(end_for_user),
    ]
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let user = params.read("user", FieldCode::NotThere, |text| UserId::parse(text).ok());
    let query = params.page();
    params.finish()?;
    Ok(Json(sessions::list(&core, &caller, user, query).await?))
}

async fn end(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id = found(SessionId::parse(&id).ok())?;
    sessions::end(&core, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_for_user(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id = found(UserId::parse(&id).ok())?;
    let ended = sessions::end_for_user(&core, &caller, &id).await?;
    Ok(Json(json!({"ended": ended})))
}
