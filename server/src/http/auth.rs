//! Logins and their end: the routes that set cookies. They answer with redirects, before any page is rendered.

use axum::{
    Form, Router,
    extract::{FromRequest as _, Path, RawQuery, Request, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use domain::{
    access::Caller, integration::ResponseMode, login_failure::LoginFailure, problem::ProblemCode,
    return_to::ReturnTo, secret::Secret,
};
use serde::Deserialize;

use super::{initiate, see_other, straight, theme, without_referrer};
use crate::{
    AppState, Core,
    middleware::{
        Arrival,
        body_limit::MOST_AUTH,
        refusal::{Reader, Refusal},
    },
    service::{
        ServiceError,
        login::{self, ATTEMPT_MINUTES, LoginFailed, Visitor},
        sessions,
    },
    session::{CurrentSession, cookie_name, find_cookie, remove_cookie, set_cookie},
    telemetry,
};

/// Names the integration this browser used last; not a secret.
pub const LAST_USED: &str = "latchkey-last";
/// The longest hint that is passed on, in bytes.
pub(super) const MOST_HINT: usize = 256;
/// A year, in seconds.
const YEAR: i64 = 31_536_000;

/// The cookie that binds a login to the browser that began it.
pub(super) const fn binding_name(secure: bool) -> &'static str {
    if secure { "__Host-latchkey-login" } else { "latchkey-login" }
}

/// The routes.
pub fn router() -> Router<AppState> {
    let begin = || get(begin).head(not_allowed);
    let callback = || get(callback).head(not_allowed).post(posted);
    Router::new()
        .route(app::routes::POST_SIGN_IN, post(sign_in))
        .route(app::routes::POST_SIGN_OUT, post(sign_out))
        .route(app::routes::POST_THEME, post(theme::post))
        .route("/oauth2/authorization/{name}", begin())
        .route("/omsp/oauth2/authorization/{name}", begin())
        .route("/login/oauth2/code/{name}", callback())
        .route("/omsp/login/oauth2/code/{name}", callback())
        .merge(initiate::router())
}

/// HEAD must not do what GET does here: it would begin or use up a login.
pub(super) async fn not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response()
}

/// What is known of the browser that asks.
pub(super) struct Asking {
    visitor: Visitor,
    pub(super) browser: Option<String>,
    pub(super) caller: Option<Caller>,
    session: Option<CurrentSession>,
}

impl Asking {
    pub(super) fn of(core: &Core, parts: &axum::http::request::Parts) -> Self {
        let arrival = parts.extensions.get::<Arrival>();
        let session = parts.extensions.get::<CurrentSession>().cloned();
        let agent =
            parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let visitor = Visitor {
            reference: arrival.map(|arrival| arrival.reference.to_string()).unwrap_or_default(),
            address: arrival.and_then(|arrival| arrival.address),
            user_agent: agent.map(std::borrow::Cow::into_owned),
            previous: session.as_ref().map(|session| session.hash),
        };
        let browser =
            find_cookie(&parts.headers, binding_name(core.config.http.is_secure())).map(str::to_owned);
        Self { visitor, browser, caller: parts.extensions.get::<Caller>().cloned(), session }
    }
}

pub(super) fn append_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whether the browser says that this is no page somebody opens: an image, a frame, a prefetch.
pub(super) fn is_hidden(headers: &HeaderMap) -> bool {
    let other = headers.get("sec-fetch-dest").is_some_and(|value| value != "document");
    other || headers.contains_key("sec-purpose")
}

async fn begin(State(state): State<AppState>, Path(name): Path<String>, request: Request) -> Response {
    let core = &state.core;
    let (parts, _) = request.into_parts();
    if is_hidden(&parts.headers) {
        return Refusal::of_parts(&parts, ProblemCode::CrossSite).into_response();
    }
    let asking = Asking::of(core, &parts);
    let (mut target, mut hint) = (None, None);
    for (key, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        match key.as_ref() {
            "return_to" | "oms_back_url" if target.is_none() => target = Some(value.into_owned()),
            "login_hint" if hint.is_none() && value.len() <= MOST_HINT => hint = Some(value.into_owned()),
            _ => {}
        }
    }
    let target = login::return_to(core, target.as_deref());
    begin_for(core, &asking, &name, &target, hint.as_deref()).await
}

/// Begins a login with this integration for whoever made this request.
pub(super) async fn begin_at(
    core: &Core,
    parts: &axum::http::request::Parts,
    name: &str,
    target: &ReturnTo,
    hint: Option<&str>,
) -> Response {
    begin_for(core, &Asking::of(core, parts), name, target, hint).await
}

/// Records the failure of a login that this request wanted, and shows the page about it.
pub(super) async fn failed(
    core: &Core,
    parts: &axum::http::request::Parts,
    failed: &LoginFailed,
) -> Response {
    failed_page(core, &Asking::of(core, parts).visitor, failed).await
}

async fn begin_for(
    core: &Core,
    asking: &Asking,
    name: &str,
    target: &ReturnTo,
    hint: Option<&str>,
) -> Response {
    match login::begin(core, name, target, asking.browser.as_deref(), hint, &asking.visitor.reference).await {
        Ok(begun) => {
            let mut response = see_other(&begun.url);
            let secure = core.config.http.is_secure();
            let cookie =
                set_cookie(binding_name(secure), begun.browser.expose(), Some(ATTEMPT_MINUTES * 60), secure);
            append_cookie(&mut response, cookie);
            without_referrer(response)
        }
        Err(failed) => failed_page(core, &asking.visitor, &failed).await,
    }
}

#[axum::debug_handler]
async fn callback(
    State(state): State<AppState>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let core = &state.core;
    let (parts, _) = request.into_parts();
    let asking = Asking::of(core, &parts);
    let query = query.unwrap_or_default();
    let kept = match login::kept(core, &name, &query).await {
        Ok(kept) => kept,
        Err(failed) => return failed_page(core, &asking.visitor, &failed).await,
    };
    let (query, mode) = match &kept {
        Some(posted) => (posted.expose(), ResponseMode::FormPost),
        None => (query.as_str(), ResponseMode::Query),
    };
    let callback = login::Callback { name: &name, query, mode, browser: asking.browser.as_deref() };
    match login::complete(core, callback, &asking.visitor).await {
        Ok(signed_in) => {
            let secure = core.config.http.is_secure();
            let mut response = signed_in_answer(core, &signed_in);
            straight::arrived(core, &parts.headers, &mut response);
            append_cookie(&mut response, set_cookie(LAST_USED, &name, Some(YEAR), secure));
            response
        }
        Err(failed) => match super::probe::answer(core, callback, asking.caller.as_ref(), &failed).await {
            Some(Ok(response)) => response,
            Some(Err(refused)) => failed_page(core, &asking.visitor, &refused).await,
            None => failed_page(core, &asking.visitor, &failed).await,
        },
    }
}

/// A provider's answer that its page had the browser post. The query says nothing here: it could only contradict.
async fn posted(State(state): State<AppState>, Path(name): Path<String>, request: Request) -> Response {
    let core = &state.core;
    let (parts, body) = request.into_parts();
    let asking = Asking::of(core, &parts);
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Refusal::of_parts(&parts, ProblemCode::UnsupportedMediaType).into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, MOST_AUTH).await else {
        return Refusal::of_parts(&parts, ProblemCode::TooLarge).into_response();
    };
    // What is no text is no form; the parser says so.
    let body = String::from_utf8_lossy(&body);
    match login::keep(core, &name, &body).await {
        // 303 makes it a GET, with which the browser sends the cookie that it left out here.
        Ok(query) => without_referrer(see_other(&format!("{}?{query}", parts.uri.path()))),
        Err(failed) => failed_page(core, &asking.visitor, &failed).await,
    }
}

fn signed_in_answer(core: &Core, signed_in: &login::SignedIn) -> Response {
    core.metrics.logged_in();
    let secure = core.config.http.is_secure();
    let mut response = see_other(signed_in.return_to.as_str());
    let age = core.config.session.absolute_hours * 3600;
    append_cookie(
        &mut response,
        set_cookie(cookie_name(secure), signed_in.cookie.expose(), Some(age), secure),
    );
    without_referrer(response)
}

/// Records the failure and shows the page about it.
async fn failed_page(core: &Core, visitor: &Visitor, failed: &LoginFailed) -> Response {
    login::record(core, visitor, failed).await;
    if let Some(refusal) = unavailable(visitor, failed) {
        return refusal;
    }
    let page = app::routes::SIGN_IN_FAILED;
    let (code, reference) = (failed.failure.code(), app::routes::encode(&visitor.reference));
    without_referrer(see_other(&format!("{page}?code={code}&reference={reference}")))
}

/// When the database does not answer or too many passwords wait, another try makes sense: 503.
fn unavailable(visitor: &Visitor, failed: &LoginFailed) -> Option<Response> {
    let busy = failed.unavailable || failed.failure == LoginFailure::Busy;
    let refusal = || Refusal::new(ProblemCode::Unavailable, Reader::Page, visitor.reference.clone());
    busy.then(|| refusal().into_response())
}

/// The sign-in form.
#[derive(Debug, Deserialize)]
struct SignInForm {
    username: String,
    password: Secret,
    #[serde(default)]
    return_to: Option<String>,
}

async fn sign_in(State(state): State<AppState>, request: Request) -> Response {
    let core = &state.core;
    let (parts, body) = request.into_parts();
    let asking = Asking::of(core, &parts);
    let headers = parts.headers.clone();
    let request = Request::from_parts(parts, body);
    let form: Result<Form<SignInForm>, FormRejection> = Form::from_request(request, &()).await;
    let form = match form {
        Ok(Form(form)) => form,
        Err(rejection) => {
            let code = match rejection.status().as_u16() {
                415 => ProblemCode::UnsupportedMediaType,
                413 => ProblemCode::TooLarge,
                _ => ProblemCode::Malformed,
            };
            return Refusal::new(code, Reader::Page, asking.visitor.reference).into_response();
        }
    };
    let target = login::return_to(core, form.return_to.as_deref());
    let kept = target.as_str().to_owned();
    match login::local(core, &form.username, &form.password, target, &asking.visitor).await {
        Ok(signed_in) => {
            let mut response = signed_in_answer(core, &signed_in);
            straight::arrived(core, &headers, &mut response);
            response
        }
        Err(failed) => {
            login::record(core, &asking.visitor, &failed).await;
            if let Some(refusal) = unavailable(&asking.visitor, &failed) {
                return refusal;
            }
            let mut page = format!(
                "{}?error={}&reference={}",
                app::routes::SIGN_IN,
                failed.failure.code(),
                app::routes::encode(&asking.visitor.reference)
            );
            if kept != "/" {
                page.push_str("&return_to=");
                page.push_str(&app::routes::encode(&kept));
            }
            without_referrer(see_other(&page))
        }
    }
}

async fn sign_out(State(state): State<AppState>, request: Request) -> Response {
    let core = &state.core;
    let (parts, _) = request.into_parts();
    let asking = Asking::of(core, &parts);
    if let (Some(caller), Some(session)) = (&asking.caller, &asking.session)
        && let Err(error) = sessions::sign_out(core, caller, session).await
    {
        // Saying "signed out" while the session lives would be a lie.
        telemetry::log_cause(&asking.visitor.reference, &error);
        let code = if matches!(error, ServiceError::Store(_)) {
            ProblemCode::Unavailable
        } else {
            ProblemCode::Internal
        };
        return Refusal::of_parts(&parts, code).into_response();
    }
    let mut response = without_referrer(see_other(app::routes::SIGNED_OUT));
    let secure = core.config.http.is_secure();
    append_cookie(&mut response, remove_cookie(cookie_name(secure), secure));
    let clear = HeaderValue::from_static("\"cookies\", \"storage\"");
    response.headers_mut().insert("clear-site-data", clear);
    response
}
