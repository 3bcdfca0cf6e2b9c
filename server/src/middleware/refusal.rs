//! How a request is refused before it reaches a handler: problem+json for the API, the console's error for server
//! functions, a small page for people.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::problem::ProblemCode;

use super::Arrival;
use crate::assets;

/// Who reads the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A program: problem+json (RFC 9457).
    Api,
    /// The console's script.
    ServerFunction,
    /// A person.
    Page,
}

impl Reader {
    /// By path and `Accept`.
    #[must_use]
    pub fn of(path: &str, headers: &HeaderMap) -> Self {
        let html = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"));
        if path.starts_with("/api/") {
            Self::Api
        } else if path.starts_with("/fn/") && !html {
            Self::ServerFunction
        } else {
            Self::Page
        }
    }
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Why.
    pub code: ProblemCode,
    /// Who reads it.
    pub reader: Reader,
    /// The request's id.
    pub reference: String,
    /// Seconds after which another try makes sense.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// Of this request.
    #[must_use]
    pub fn of_parts(parts: &Parts, code: ProblemCode) -> Self {
        let reference = parts.extensions.get::<Arrival>().map(|arrival| arrival.reference.to_string());
        Self::new(code, Reader::of(parts.uri.path(), &parts.headers), reference.unwrap_or_default())
    }

    /// For this reader.
    #[must_use]
    pub fn new(code: ProblemCode, reader: Reader, reference: String) -> Self {
        let retry_after = (code == ProblemCode::Unavailable).then_some(5);
        Self { code, reader, reference, retry_after }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (kind, body) = match self.reader {
            Reader::Api => ("application/problem+json", problem_json(self.code, &self.reference)),
            Reader::ServerFunction => {
                let error =
                    app::error::AppError::Refused { code: self.code, reference: self.reference.clone() };
                ("application/json", serde_json::to_string(&error).unwrap_or_default())
            }
            Reader::Page => ("text/html; charset=utf-8", page(self.code, &self.reference)),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.code == ProblemCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.reader == Reader::Page {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
        }
        response
    }
}

const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn problem_json(code: ProblemCode, reference: &str) -> String {
    serde_json::json!({
        "type": format!("urn:latchkey:problem:{}", code.code()),
        "title": code.message(),
        "status": code.status(),
        "code": code.code(),
        "reference": reference,
    })
    .to_string()
}

/// Without script, and readable without the style sheet.
fn page(code: ProblemCode, reference: &str) -> String {
    let style = match assets::logical().css.as_str() {
        "" => String::new(),
        path => format!("<link rel=\"stylesheet\" href=\"{path}\">"),
    };
    let status = code.status();
    let title = match status {
        401 => "Sign in first",
        403 => "Not allowed",
        404 => "Not found",
        413 => "Too large",
        503 => "Not at the moment",
        500 => "Something went wrong",
        _ => "The request was refused",
    };
    let way_out = if status == 401 { ("/sign-in", "Sign in") } else { ("/", "Go to the start page") };
    // References are letters, digits, `-` and `_`: nothing to escape.
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Latchkey</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">{style}</head>\
         <body><div class=\"auth\"><main class=\"auth__column\">\
         <p class=\"brand auth__brand\"><span class=\"brand__name\">Latchkey</span></p>\
         <div class=\"auth__card\"><div class=\"auth__head\"><h1 class=\"auth__title\">{title}</h1>\
         <p class=\"auth__lead\">{}</p></div><p class=\"muted\">Reference <code class=\"code\">{reference}</code></p>\
         <a class=\"button button--secondary\" href=\"{}\"><span class=\"button__label\">{}</span></a>\
         </div></main></div></body></html>",
        code.message(),
        way_out.0,
        way_out.1,
    )
}

/// Whether the method may not change anything (RFC 9110 section 9.2.1).
#[must_use]
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}
