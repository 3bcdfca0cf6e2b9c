//! Logins that begin elsewhere: a provider's tile (OpenID Connect Core 1.0 section 4), and an e-mail address on the
//! sign-in page.

use axum::{
    Form, Router,
    body::Bytes,
    extract::{FromRequest as _, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use domain::{login_failure::LoginFailure, problem::ProblemCode};
use serde::Deserialize;

use super::{auth, see_other};
use crate::{
    AppState,
    middleware::refusal::Refusal,
    service::{login, sign_in},
};

/// Where a provider sends people who are to be signed in.
pub const INITIATE: &str = "/oidc/initiate-login";
/// The longest parameter, in bytes.
const MOST: usize = 2048;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(INITIATE, get(initiate).post(initiate).head(auth::not_allowed))
        .route(app::routes::POST_HOME_REALM, post(by_address))
}

#[derive(Default)]
struct Asked {
    iss: Option<String>,
    login_hint: Option<String>,
    target: Option<String>,
}

impl Asked {
    /// Each parameter once; what comes twice is as if it were not there (RFC 6749 section 3.1).
    fn read(text: &[u8]) -> Self {
        let mut asked = Self::default();
        let mut seen = Vec::new();
        for (key, value) in url::form_urlencoded::parse(text) {
            let slot = match key.as_ref() {
                "iss" => &mut asked.iss,
                "login_hint" => &mut asked.login_hint,
                "target_link_uri" => &mut asked.target,
                _ => continue,
            };
            let twice = seen.contains(&key);
            *slot =
                Some(value.into_owned()).filter(|value| !twice && !value.is_empty() && value.len() <= MOST);
            seen.push(key);
        }
        asked
    }
}

async fn initiate(State(state): State<AppState>, request: Request) -> Response {
    let core = &state.core;
    let is_post = request.method() == axum::http::Method::POST;
    let (parts, body) = request.into_parts();
    if auth::is_hidden(&parts.headers) {
        return Refusal::of_parts(&parts, ProblemCode::CrossSite).into_response();
    }
    let asked = if is_post {
        if !is_form(&parts.headers) {
            return Refusal::of_parts(&parts, ProblemCode::UnsupportedMediaType).into_response();
        }
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => Asked::read(&bytes),
            Err(_) => return Refusal::of_parts(&parts, ProblemCode::Malformed).into_response(),
        }
    } else {
        Asked::read(parts.uri.query().unwrap_or_default().as_bytes())
    };
    let target = login::return_to(core, asked.target.as_deref());
    let hint = asked.login_hint.as_deref().filter(|hint| hint.len() <= auth::MOST_HINT);
    let names = match &asked.iss {
        Some(issuer) => sign_in::of_issuer(core, issuer).await,
        None => Ok(Vec::new()),
    };
    match names.as_deref() {
        Ok([only]) => auth::begin_at(core, &parts, only, &target, hint).await,
        Ok([]) => {
            // Never discovery of a stranger: only issuers that were set up here.
            let failed = login::LoginFailed {
                cause: Some("no enabled integration has the issuer that asks".to_owned()),
                ..LoginFailure::IntegrationUnknown.into()
            };
            auth::failed(core, &parts, &failed).await
        }
        Ok(several) => {
            let among = several.join(",");
            let target = Some(target.as_str()).filter(|target| *target != "/").unwrap_or_default();
            let parameters = [
                ("note", "several"),
                ("among", among.as_str()),
                ("return_to", target),
                ("login_hint", hint.unwrap_or_default()),
            ];
            see_other(&app::routes::with_query(app::routes::SIGN_IN, &parameters))
        }
        Err(_) => Refusal::of_parts(&parts, ProblemCode::Unavailable).into_response(),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

#[derive(Deserialize)]
struct AddressForm {
    email: String,
    #[serde(default)]
    return_to: Option<String>,
}

/// Goes to the provider of an e-mail address' domain. Nobody is looked up: the answer says nothing about people.
async fn by_address(State(state): State<AppState>, request: Request) -> Response {
    let core = &state.core;
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let Ok(Form(form)) = Form::<AddressForm>::from_request(request, &()).await else {
        return Refusal::of_parts(&parts, ProblemCode::Malformed).into_response();
    };
    let target = login::return_to(core, form.return_to.as_deref());
    match sign_in::of_address(core, &form.email).await {
        Ok(Some(name)) => {
            let hint = Some(form.email.trim()).filter(|hint| hint.len() <= auth::MOST_HINT);
            let response = auth::begin_at(core, &parts, &name, &target, hint).await;
            on_by_itself(response)
        }
        Ok(None) => {
            let target = Some(target.as_str()).filter(|target| *target != "/").unwrap_or_default();
            let parameters = [("note", "no_service"), ("return_to", target)];
            see_other(&app::routes::with_query(app::routes::SIGN_IN, &parameters))
        }
        Err(_) => Refusal::of_parts(&parts, ProblemCode::Unavailable).into_response(),
    }
}

/// The policy of our pages lets forms lead to this site only, also by a redirect; so the way to another site goes over
/// a page that moves on by itself.
fn on_by_itself(response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let Some(url) =
        location.filter(|url| url.starts_with("https://") || url.starts_with("http://")).map(str::to_owned)
    else {
        return response;
    };
    let Ok(refresh) = HeaderValue::from_str(&format!("0;url={url}")) else { return response };
    let escaped = url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let body = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sign in · Latchkey</title></head>\
         <body><h1>Going to your sign-in service</h1><p><a href=\"{escaped}\">Continue</a></p></body></html>"
    );
    let mut page = Response::new(axum::body::Body::from(Bytes::from(body)));
    *page.headers_mut() = response.headers().clone();
    page.headers_mut().remove(header::LOCATION);
    page.headers_mut().insert("refresh", refresh);
    page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    page
}
