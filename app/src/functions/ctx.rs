//! What every server function needs from its request.

use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use domain::{access::Caller, problem::ProblemCode};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

use crate::{
    backend::{Answer, Backend},
    error::AppError,
};

/// What the server knows of a request beside its [`Caller`]; middleware puts it into the request's extensions.
#[derive(Clone, Debug, Default)]
pub struct RequestFacts {
    /// The request's id.
    pub reference: String,
    /// The integration this browser used last, from its cookie.
    pub last_integration: Option<String>,
    /// `light`, `dark`, or nothing: as the system has it.
    pub theme: Option<String>,
    /// What was typed into a form that was refused, without its secrets: name and value.
    pub draft: Vec<(String, String)>,
}

/// The engine behind the screens.
#[must_use]
pub fn backend() -> Backend {
    expect_context::<Backend>()
}

/// Who makes this request; `None`: nobody is signed in.
#[must_use]
pub fn caller() -> Option<Caller> {
    use_context::<Parts>()?.extensions.get::<Caller>().cloned()
}

/// The path of the page that is asked for.
#[must_use]
pub fn path() -> Option<String> {
    Some(use_context::<Parts>()?.uri.path().to_owned())
}

/// What else is known of this request.
#[must_use]
pub fn facts() -> RequestFacts {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<RequestFacts>().cloned())
        .unwrap_or_default()
}

/// The engine and the caller, or a refusal when nobody is signed in.
///
/// # Errors
/// `unauthenticated`.
pub fn admit() -> Answer<(Backend, Caller)> {
    match caller() {
        Some(caller) => Ok((backend(), caller)),
        None => answer(Err(AppError::Refused {
            code: ProblemCode::Unauthenticated,
            reference: facts().reference,
        })),
    }
}

/// Sets the HTTP status of a refusal, because the framework answers 500 to every `Err`. A plain form post is left
/// alone: the framework redirects it, and a 401 with a `Location` strands the browser.
///
/// # Errors
/// The error that was passed in.
pub fn answer<T>(result: Answer<T>) -> Answer<T> {
    if let Err(error) = &result
        && let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>())
    {
        let accept =
            parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !accept.contains("text/html") {
            response.set_status(
                StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            );
        }
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    result
}

/// Answers, and on success leads the browser to `path` (a page of ours): by the router when the page is hydrated, by
/// a redirect when it is not.
///
/// # Errors
/// The error that was passed in.
pub fn answer_and_go<T>(result: Answer<T>, path: impl FnOnce(&T) -> String) -> Answer<T> {
    if let Ok(value) = &result {
        leptos_axum::redirect(&path(value));
    }
    answer(result)
}

/// Sets the status of the page that is being rendered.
pub(super) fn set_page_status(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}
