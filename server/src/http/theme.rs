//! `POST /fn/theme`: light, dark, or as the system has it; kept in a cookie, so that the first paint is right.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use domain::{problem::ProblemCode, return_to::ReturnTo};
use serde::Deserialize;

use super::see_other;
use crate::{
    AppState,
    middleware::refusal::{Reader, Refusal},
    session::{find_cookie, remove_cookie, set_cookie},
};

/// The cookie's name.
pub const COOKIE: &str = "latchkey-theme";
/// A year, in seconds.
const YEAR: i64 = 31_536_000;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    back: String,
}

/// The theme this browser chose.
#[must_use]
pub fn of(headers: &HeaderMap) -> Option<String> {
    find_cookie(headers, COOKIE).filter(|theme| matches!(*theme, "light" | "dark")).map(str::to_owned)
}

/// Sets the cookie and goes back.
pub async fn post(State(state): State<AppState>, form: Result<Form<ThemeForm>, FormRejection>) -> Response {
    let Ok(Form(form)) = form else {
        return Refusal::new(ProblemCode::Malformed, Reader::Page, String::new()).into_response();
    };
    let secure = state.core.config.http.is_secure();
    let cookie = match form.theme.as_str() {
        theme @ ("light" | "dark") => set_cookie(COOKIE, theme, Some(YEAR), secure),
        _ => remove_cookie(COOKIE, secure),
    };
    let mut response = see_other(&back(&state, &form.back));
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A page of ours; the sign-in pages too, which a login never returns to.
fn back(state: &AppState, text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if [app::routes::SIGN_IN, app::routes::SIGN_IN_FAILED, app::routes::SIGNED_OUT].contains(&path) {
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        return if plain { text } else { path }.to_owned();
    }
    ReturnTo::parse(text, &state.core.public_url, &[])
        .map_or_else(|_| "/".to_owned(), |target| target.to_string())
}
