//! The id of a request: made here, or taken from a trusted proxy.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use domain::{id, time::Timestamp};

/// In requests of trusted proxies and in every answer.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A new id.
#[must_use]
pub fn new(now: Timestamp) -> Arc<str> {
    let mut random = [0_u8; 10];
    // Without randomness ids may repeat; refusing to serve would be worse, and nothing secret hangs on them.
    let _ = getrandom::fill(&mut random);
    id::ulid(now.ms(), random).into()
}

/// The id a trusted proxy gave: 8 to 64 letters, digits, `-`, `_`.
#[must_use]
pub fn from_proxy(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    ((8..=64).contains(&text.len()) && plain).then(|| text.into())
}
