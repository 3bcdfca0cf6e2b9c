//! The outermost layer: names the request, says where it comes from, ends what takes too long or panics, writes one
//! log line, and completes the answer's headers.

use std::{
    net::SocketAddr,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::problem::ProblemCode;
use futures::FutureExt as _;

use super::{
    Arrival, client_ip,
    refusal::{Reader, Refusal},
    request_id, security_headers,
};
use crate::AppState;

/// How long a request may take, its body included.
pub const TIME_OUT: Duration = Duration::from_secs(30);

/// See the module.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let core = &state.core;
    let proxies = core.config.http.trusted_proxies.as_slice();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let from_proxy = peer.is_some_and(|peer| client_ip::is_trusted(peer.to_canonical(), proxies));
    let given = if from_proxy { request_id::from_proxy(request.headers()) } else { None };
    let reference = given.unwrap_or_else(|| request_id::new(core.now()));
    let address = peer.map(|peer| client_ip::client_address(peer, request.headers(), proxies));
    request.extensions_mut().insert(Arrival { reference: reference.clone(), address });
    let method = request.method().clone();
    let uri = request.uri().clone();
    let reader = Reader::of(uri.path(), request.headers());

    let refuse = |code| Refusal::new(code, reader, reference.to_string()).into_response();
    let answer = AssertUnwindSafe(tokio::time::timeout(TIME_OUT, next.run(request))).catch_unwind().await;
    let mut response = match answer {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::warn!(reference = %reference, "the request took too long");
            refuse(ProblemCode::Unavailable)
        }
        Err(_) => {
            // The panic hook has written where it happened.
            core.metrics.panicked();
            tracing::error!(reference = %reference, "a handler panicked");
            refuse(ProblemCode::Internal)
        }
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&reference) {
        headers.insert(request_id::HEADER, value);
    }
    security_headers::complete(headers, core.config.http.is_secure());
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    core.metrics.answered(response.status().as_u16(), duration_us);
    tracing::info!(
        target: "latchkey::http",
        reference = %reference,
        method = %method,
        path = %uri.path(),
        status = response.status().as_u16(),
        duration_us,
        "request"
    );
    response
}
