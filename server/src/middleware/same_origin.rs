//! Requests that change something must come from our own pages: browsers say where a request comes from, and cookies
//! travel with requests from anywhere.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::problem::ProblemCode;
use url::Url;

use super::refusal::{Refusal, is_safe};
use crate::AppState;

/// Refuses what another site's page sent. API tokens are exempt: no browser sends them by itself.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if is_safe(request.method()) || super::caller::bearer(request.headers()).is_some() {
        return next.run(request).await;
    }
    // A login that a provider asks for (OpenID Connect Core 1.0 section 4): it begins a login of this browser's own.
    if request.uri().path() == crate::http::INITIATE {
        return next.run(request).await;
    }
    if is_own(request.headers(), &state.core.public_url) || is_posted_answer(&request) {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    Refusal::of_parts(&parts, ProblemCode::CrossSite).into_response()
}

/// Whether this is the one request that another site's page is meant to make: a provider's answer that comes as a form.
/// It changes nothing but the login attempt whose secret `state` it holds.
fn is_posted_answer(request: &Request) -> bool {
    let path = request.uri().path();
    let name = path.strip_prefix("/omsp").unwrap_or(path).strip_prefix("/login/oauth2/code/");
    request.method() == Method::POST && name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// Whether the request comes from a page of this origin. Every sign there is must agree, and one must be there.
#[must_use]
pub fn is_own(headers: &HeaderMap, public: &Url) -> bool {
    let origin = public.origin().ascii_serialization();
    let mut shown = false;
    let mut by_browser = false;
    for site in headers.get_all("sec-fetch-site") {
        match site.as_bytes() {
            b"same-origin" => (shown, by_browser) = (true, true),
            // The person's own doing, such as sending a form again: another sign is needed.
            b"none" => {}
            _ => return false,
        }
    }
    for value in headers.get_all(header::ORIGIN) {
        match value.as_bytes() {
            bytes if bytes == origin.as_bytes() => shown = true,
            // A page that sends no referrer hides its origin from plain form posts too (Fetch standard, "append a
            // request Origin header"); only the browser can say `same-origin` beside it.
            b"null" if by_browser => {}
            _ => return false,
        }
    }
    if let Some(referer) = headers.get(header::REFERER) {
        if !is_own_referer(referer, public) {
            return false;
        }
        shown = true;
    }
    shown
}

/// Whether a `Referer` is a page of this origin.
#[must_use]
pub fn is_own_referer(referer: &HeaderValue, public: &Url) -> bool {
    let url = referer.to_str().ok().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| url.origin() == public.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        is_own(&headers, &Url::parse("https://own.host").unwrap())
    }

    #[test]
    fn a_posted_answer_is_exactly_a_post_to_a_callback() {
        let is = |method: Method, path: &str| {
            let request = axum::http::Request::builder().method(method).uri(path);
            is_posted_answer(&request.body(axum::body::Body::empty()).unwrap())
        };
        for path in ["/login/oauth2/code/corp", "/omsp/login/oauth2/code/corp", "/login/oauth2/code/c?x=/y"] {
            assert!(is(Method::POST, path), "{path}");
            for method in [Method::PUT, Method::DELETE, Method::PATCH] {
                assert!(!is(method, path), "{path}");
            }
        }
        for path in [
            "/login/oauth2/code/",
            "/login/oauth2/code/corp/",
            "/login/oauth2/code/../../fn/sign_in",
            "/login/oauth2/codex",
            "/LOGIN/oauth2/code/corp",
            "//login/oauth2/code/corp",
            "/omsp/omsp/login/oauth2/code/corp",
            "/fn/sign_in?/login/oauth2/code/corp",
            "/api/v1/integrations",
        ] {
            assert!(!is(Method::POST, path), "{path}");
        }
    }

    #[test]
    fn our_own_pages_pass() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "https://own.host")]));
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(own(&[("sec-fetch-site", "none"), ("origin", "https://own.host")]));
        assert!(own(&[("origin", "https://own.host")]));
        assert!(own(&[("referer", "https://own.host/sign-in?x=y")]));
    }

    #[test]
    fn other_sites_do_not() {
        for pairs in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://own.host")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "http://own.host")],
            &[("origin", "https://own.host:8443")],
            &[("origin", "https://own.host.evil.com")],
            &[("origin", "https://evilown.host")],
            &[("origin", "https://own.host"), ("origin", "https://evil.example")],
            &[("referer", "https://evil.example/https://own.host/")],
            &[("origin", "https://own.host"), ("referer", "https://evil.example/")],
            &[("referer", "nonsense")],
        ] {
            assert!(!own(pairs), "{pairs:?}");
        }
    }
}
