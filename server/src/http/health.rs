//! Whether the server lives, and whether it can work. Neither names anything.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use store::SchemaState;

use crate::AppState;

/// `/healthz` and `/readyz`.
pub fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

/// Ready when the database answers and is up to date; an identity provider that is down changes nothing.
async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.core.db.check_schema().await {
        Ok(SchemaState::UpToDate) => (StatusCode::OK, "ready\n"),
        Ok(SchemaState::Pending(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}
