//! `/.well-known/jwks.json`: with which keys this server signs where it is a client. For providers, who are not signed
//! in.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    AppState,
    service::client_keys::{self, CACHED_SECONDS},
    telemetry,
};

/// Where it is.
pub const PATH: &str = "/.well-known/jwks.json";

/// The route.
pub fn router() -> Router<AppState> {
    Router::new().route(PATH, get(jwks))
}

async fn jwks(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let body = match client_keys::jwks(&state.core).await {
        Ok(set) => set.to_string(),
        Err(error) => {
            telemetry::log_cause("jwks", &error);
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&body)));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known =
        known.is_some_and(|list| list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let out = response.headers_mut();
    // RFC 7517 section 8.5.2.
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    let cache = format!("public, max-age={CACHED_SECONDS}");
    for (name, text) in [(header::CACHE_CONTROL, cache), (header::ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            out.insert(name, value);
        }
    }
    response
}
