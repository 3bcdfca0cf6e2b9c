//! Revisions as HTTP sees them: `ETag` and `If-Match` (RFC 9110 sections 8.8.3 and 13.1.1).

use std::convert::Infallible;

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::service::expected::Expected;

/// What `If-Match` asks for.
#[derive(Debug)]
pub struct IfMatch(pub Expected);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let mut values = parts.headers.get_all(header::IF_MATCH).into_iter().peekable();
        if values.peek().is_none() {
            return Ok(Self(Expected::Any));
        }
        let texts: Vec<&str> = values.map(|value| value.to_str().unwrap_or_default()).collect();
        Ok(Self(parse(&texts.join(","))))
    }
}

/// `*` is any; a weak or foreign tag matches nothing, so that a client's slip cannot turn the check off.
fn parse(text: &str) -> Expected {
    let tags: Vec<&str> = text.split(',').map(str::trim).collect();
    if tags.contains(&"*") {
        return Expected::Any;
    }
    let revision = |tag: &&str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Expected::Revisions(tags.iter().filter_map(revision).collect())
}

/// A thing with its revision as `ETag`.
#[derive(Debug)]
pub struct Tagged<T>(pub StatusCode, pub i64, pub T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let Self(status, revision, thing) = self;
        let mut response = (status, Json(thing)).into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("\"{revision}\"")) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }
}

/// 201 with the path of what was made.
pub fn created(path: &str, rest: impl IntoResponse) -> Response {
    let mut response = rest.into_response();
    if let Ok(value) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_revisions_or_any() {
        assert_eq!(parse("*"), Expected::Any);
        assert_eq!(parse("\"3\""), Expected::Revisions(vec![3]));
        assert_eq!(parse("\"3\", \"4\""), Expected::Revisions(vec![3, 4]));
        for nothing in ["W/\"3\"", "3", "\"x\"", ""] {
            assert_eq!(parse(nothing), Expected::Revisions(vec![]), "{nothing}");
        }
    }
}
