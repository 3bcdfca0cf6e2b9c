//! Routes: pages, server functions, logins, health, the REST API.

pub mod api;
pub mod auth;
pub mod functions;
pub mod health;
pub mod imports;
mod initiate;
pub mod jwks;
pub mod pages;
pub mod probe;
pub mod public_api;
pub mod rule_imports;
mod straight;
pub mod theme;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

pub use initiate::INITIATE;

/// 303: the browser goes there with GET, whatever it came with. Never kept.
#[must_use]
pub fn see_other(target: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(target).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Keeps the address of this page from every next one.
fn without_referrer(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
