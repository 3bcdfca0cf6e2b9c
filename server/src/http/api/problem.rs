//! How the API says no: `application/problem+json` (RFC 9457), the same shape for every refusal.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{api::UsedBy, problem::ProblemCode};
use serde::Serialize;

use crate::{
    middleware::Arrival,
    service::{Public, ServiceError},
    telemetry,
};

/// A refusal as a client reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:latchkey:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened and what to do.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ProblemCode,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Which fields, and how.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ProblemField>,
    /// The newest revision, when somebody changed it meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<i64>,
    /// What hangs on it, when something must not be deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<UsedBy>,
    /// The request's id; it finds the cause in the server's log.
    pub reference: String,
}

/// A wrong field, in [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemField {
    /// Its name, nested ones with dots.
    pub field: String,
    /// The stable code.
    pub code: String,
    /// What is wrong and the way out.
    pub message: String,
}

impl Problem {
    /// What may be told, with the request's id.
    #[must_use]
    pub fn new(public: &Public, reference: &str) -> Self {
        let fields = public.fields.iter().map(|error| ProblemField {
            field: error.field.clone(),
            code: field_code(error),
            message: error.code.message(),
        });
        Self {
            kind: format!("urn:latchkey:problem:{}", public.code.code()),
            title: public.code.message(),
            status: public.code.status(),
            code: public.code,
            detail: public.detail.clone(),
            fields: fields.collect(),
            current: public.current,
            used_by: public.used_by.clone(),
            reference: reference.to_owned(),
        }
    }
}

/// The code's name as its JSON has it.
fn field_code(error: &domain::form::FieldError) -> String {
    // A code alone is a text; one with numbers is an object whose one member is named after it.
    match serde_json::to_value(&error.code) {
        Ok(serde_json::Value::String(code)) => code,
        Ok(serde_json::Value::Object(code)) => {
            code.into_iter().next().map(|(code, _)| code).unwrap_or_default()
        }
        _ => String::new(),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::new(Body::from(serde_json::to_vec(&self).unwrap_or_default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.code == ProblemCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.code == ProblemCode::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// A refusal on its way out of a handler; [`render`] gives it the request's id.
#[derive(Debug)]
pub struct ApiError(ServiceError);

impl<E: Into<ServiceError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[derive(Clone)]
struct Carried(Arc<ServiceError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(Carried(Arc::new(self.0)));
        response
    }
}

/// Turns what handlers refused into problems, and writes the cause of what is our fault to the log, once.
pub async fn render(request: Request, next: Next) -> Response {
    let reference = request.extensions().get::<Arrival>().map(|arrival| Arc::clone(&arrival.reference));
    let mut response = next.run(request).await;
    let Some(Carried(error)) = response.extensions_mut().remove::<Carried>() else { return response };
    let reference = reference.as_deref().unwrap_or_default();
    let public = error.public();
    if public.code.status() >= 500 {
        telemetry::log_cause(reference, error.as_ref());
    }
    Problem::new(&public, reference).into_response()
}

/// No such path.
pub async fn not_found() -> ApiError {
    ServiceError::Refused(ProblemCode::NotFound).into()
}

/// No such method at this path.
pub async fn method_not_allowed() -> ApiError {
    ServiceError::Refused(ProblemCode::MethodNotAllowed).into()
}
