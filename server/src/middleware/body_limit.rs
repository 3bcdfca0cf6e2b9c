//! How much a request may carry: 1 MiB, 8 MiB for a file of mapping rules, and 64 KiB where nobody is signed in yet.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::Body,
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::problem::ProblemCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::Arrival;
use super::refusal::{Reader, Refusal};

/// Most requests.
pub const MOST: usize = 1024 * 1024;
/// Files of mapping rules.
pub const MOST_RULES: usize = 8 * 1024 * 1024;
/// Requests of people who are not signed in yet.
pub const MOST_AUTH: usize = 64 * 1024;

const AUTH_PATHS: [&str; 8] = [
    app::routes::POST_SIGN_IN,
    app::routes::POST_SIGN_OUT,
    app::routes::POST_THEME,
    app::routes::POST_HOME_REALM,
    "/oidc/",
    "/login/",
    "/oauth2/",
    "/omsp/",
];

/// Where files of mapping rules are taken.
const RULE_FILES: [&str; 2] = ["/api/v1/mapping-rules/import", app::routes::POST_RULE_IMPORT];

fn limit(path: &str) -> usize {
    let auth =
        AUTH_PATHS.iter().any(|start| path == *start || (start.ends_with('/') && path.starts_with(start)));
    if auth {
        MOST_AUTH
    } else if RULE_FILES.contains(&path) {
        MOST_RULES
    } else {
        MOST
    }
}

/// Refuses larger bodies: by their announced length at once, without one as soon as too much has come. Whatever the
/// handler made of the broken body then (the server functions' answer is a 500), the answer is 413.
pub async fn layer(request: Request, next: Next) -> Response {
    let most = limit(request.uri().path());
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let length = announced.and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    if length == Some(0)
        || (length.is_none()
            && !request.headers().contains_key(header::TRANSFER_ENCODING)
            && is_empty(&request))
    {
        return next.run(request).await;
    }
    let reader = Reader::of(request.uri().path(), request.headers());
    let reference = request.extensions().get::<Arrival>().map(|arrival| arrival.reference.to_string());
    let refusal = Refusal::new(ProblemCode::TooLarge, reader, reference.unwrap_or_default());
    if length.is_some_and(|length| length > most as u64) {
        return refusal.into_response();
    }
    let exceeded = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&exceeded);
    let request = request.map(|body| {
        Body::new(Limited::new(body, most).map_err(move |error| {
            if error.is::<LengthLimitError>() {
                flag.store(true, Ordering::Relaxed);
            }
            error
        }))
    });
    let response = next.run(request).await;
    if exceeded.load(Ordering::Relaxed) { refusal.into_response() } else { response }
}

fn is_empty(request: &Request) -> bool {
    axum::body::HttpBody::is_end_stream(request.body())
}
