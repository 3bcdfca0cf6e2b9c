//! The JSON of a request.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use domain::problem::ProblemCode;
use serde_json::Value;

use super::problem::ApiError;
use crate::service::ServiceError;

/// A JSON object; what is in it is checked by the service.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ServiceError::Refused(ProblemCode::UnsupportedMediaType).into());
        }
        // A body over the limit breaks off here; the layer that counts it answers 413.
        let broken = |_| ServiceError::Refused(ProblemCode::Malformed);
        let bytes = Bytes::from_request(request, state).await.map_err(broken)?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| ServiceError::BadJson(whereabouts(&error)))?;
        if !value.is_object() {
            return Err(ServiceError::BadJson("Send a JSON object.".to_owned()).into());
        }
        Ok(Self(value))
    }
}

/// A JSON object, or nothing at all, which is an empty one.
#[derive(Debug)]
pub struct MaybeJson(pub Value);

impl<S: Send + Sync> FromRequest<S> for MaybeJson {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return JsonBody::from_request(request, state).await.map(|JsonBody(value)| Self(value));
        }
        let broken = |_| ServiceError::Refused(ProblemCode::Malformed);
        let bytes = Bytes::from_request(request, state).await.map_err(broken)?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(serde_json::Map::new())));
        }
        Err(ServiceError::Refused(ProblemCode::UnsupportedMediaType).into())
    }
}

/// `application/json`, or a type that ends in `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Where the JSON stops being JSON; none of its text.
fn whereabouts(error: &serde_json::Error) -> String {
    let what = if error.is_eof() { "The JSON breaks off" } else { "The JSON cannot be read" };
    format!("{what} at line {}, column {}.", error.line(), error.column())
}
