//! Headers of every answer, sizes of requests, and what a request may say about where it comes from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use app::{functions::TABLE, routes::PAGES};
use axum::{
    body::{Body, Bytes},
    http::Method,
};
use futures::stream;
use server::http::api::ENDPOINTS;
use support::{ADMIN, Answer, ORIGIN, TestApp, form};

/// GETs of every kind of route there is.
const PATHS: [&str; 17] = [
    "/",
    "/sign-in",
    "/sign-in/failed",
    "/signed-out",
    "/me",
    "/integrations",
    "/nothere",
    "/healthz",
    "/readyz",
    "/pkg/nothere.js",
    "/favicon.svg",
    "/robots.txt",
    "/api/v1/me",
    "/api/v1/nothere",
    "/api/openapi.json",
    "/api/docs",
    "/oauth2/authorization/nothere",
];

fn check_headers(case: &str, answer: &Answer) {
    let is = |name: &str, wanted: &str| assert_eq!(answer.header(name), wanted, "{case}: {name}");
    is("x-content-type-options", "nosniff");
    is("x-frame-options", "DENY");
    is("cross-origin-opener-policy", "same-origin");
    is("cross-origin-resource-policy", "same-origin");
    assert!(answer.header("strict-transport-security").starts_with("max-age=63072000"), "{case}");
    assert!(answer.header("permissions-policy").contains("camera=()"), "{case}");
    assert!(matches!(answer.header("referrer-policy"), "same-origin" | "no-referrer"), "{case}");
    assert!(!answer.header("cache-control").is_empty(), "{case}");
    assert!(answer.header("x-request-id").len() >= 16, "{case}");
    for name in ["server", "x-powered-by", "via", "access-control-allow-origin"] {
        assert!(!answer.headers.contains_key(name), "{case}: {name}");
    }
    let policy = answer.header("content-security-policy");
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1, "{case}");
    for wanted in ["default-src 'none'", "base-uri 'none'", "form-action ", "frame-ancestors 'none'"] {
        assert!(policy.contains(wanted), "{case}: {wanted}: {policy}");
    }
    for unwanted in ["unsafe-inline", "'unsafe-eval'", "*", "http:"] {
        assert!(!policy.contains(unwanted), "{case}: {unwanted}: {policy}");
    }
    let kind = answer.header("content-type");
    if !answer.body().is_empty() {
        assert!(!kind.is_empty(), "{case}: {answer:?}");
    }
    if kind.starts_with("text/") {
        assert!(kind.contains("charset=utf-8"), "{case}: {kind}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_protective_headers() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    for path in PATHS {
        check_headers(path, &app.browser().get(path).await);
        check_headers(&format!("{path} as admin"), &admin.get(path).await);
    }
    for (path, _) in TABLE {
        check_headers(path, &app.browser().call(path, &[]).await);
    }
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.method == Method::GET) {
        let path = format!("/api/v1{}", endpoint.path.replace("{name}", "x").replace("{id}", "x"));
        check_headers(&path, &admin.get(&path).await);
    }
    check_headers("sign_in", &app.browser().sign_in_with_password(ADMIN, "wrong").await);
    check_headers("sign_out", &admin.sign_out().await);
    check_headers("cross-site", &app.client().send(Method::POST, "/fn/sign_in", &[], "").await);
}

#[tokio::test]
async fn every_page_has_scripts_with_its_own_nonce_only() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    let mut nonces = std::collections::BTreeSet::new();
    let mut pages = 0;
    for (page, _) in PAGES {
        let answer = admin.follow(&page.replace("{name}", "x").replace("{id}", "x")).await;
        pages += 1;
        assert!(answer.header("content-type").starts_with("text/html; charset=utf-8"), "{page}: {answer:?}");
        let policy = answer.header("content-security-policy").to_owned();
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
        assert!(nonce.len() >= 16, "{page}: {policy}");
        assert!(nonces.insert(nonce.to_owned()), "{page}: the nonce repeats");
        let document = scraper::Html::parse_document(&answer.body());
        let selector = scraper::Selector::parse("script").unwrap();
        for script in document.select(&selector) {
            let own = script.value().attr("nonce") == Some(nonce);
            let by_address = script.value().attr("src").is_some_and(|src| src.starts_with("/pkg/"));
            assert!(own || by_address, "{page}: {}", script.html());
        }
        for (selector, attribute) in [("[src]", "src"), ("link[href]", "href"), ("form[action]", "action")] {
            for element in document.select(&scraper::Selector::parse(selector).unwrap()) {
                let address = element.value().attr(attribute).unwrap();
                let own = address.starts_with('/') && !address.starts_with("//");
                assert!(own || address.is_empty() || address.starts_with("data:"), "{page}: {address}");
            }
        }
        for element in document.select(&scraper::Selector::parse("*").unwrap()) {
            for (name, _) in element.value().attrs() {
                assert!(!name.starts_with("on") && name != "style", "{page}: {}", element.html());
            }
        }
    }
    assert_eq!(pages, PAGES.len());
}

#[tokio::test]
async fn pages_about_logins_send_no_referrer_and_are_not_kept() {
    let app = TestApp::new().await;
    for path in
        ["/sign-in", "/sign-in/failed?code=internal&reference=01ARZ3NDEKTSV4RRFFQ69G5FAV", "/signed-out"]
    {
        let answer = app.browser().get(path).await;
        assert_eq!(
            (answer.header("referrer-policy"), answer.header("cache-control")),
            ("no-referrer", "no-store"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn over_plain_http_no_browser_is_told_to_insist_on_https() {
    let app = TestApp::with(|config| config.http.public_url = "http://localhost:8090".parse().unwrap()).await;
    assert_eq!(app.client().get("/sign-in").await.header("strict-transport-security"), "");
}

fn endless() -> Body {
    let chunk = Bytes::from(vec![b'a'; 64 * 1024]);
    Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone())))
}

#[tokio::test]
async fn too_much_is_too_much_on_every_kind_of_route() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    let form = "application/x-www-form-urlencoded";
    let mut routes = vec![
        (Method::POST, "/fn/sign_in".to_owned(), form, 64 * 1024),
        (Method::POST, "/fn/theme".to_owned(), form, 64 * 1024),
    ];
    routes.extend(TABLE.iter().map(|(path, _)| (Method::POST, (*path).to_owned(), form, 1024 * 1024)));
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.body.is_some()) {
        let path = endpoint.path.replace("{name}", "x").replace("{id}", "x");
        let most = if endpoint.path == "/mapping-rules/import" { 8 } else { 1 } * 1024 * 1024;
        routes.push((endpoint.method.clone(), format!("/api/v1{path}"), "application/json", most));
    }
    for (method, path, kind, most) in routes {
        for accept in ["text/html", "application/json"] {
            let mut headers = vec![
                ("content-type", kind),
                ("accept", accept),
                ("sec-fetch-site", "same-origin"),
                ("origin", ORIGIN),
            ];
            let answer = admin.send(method.clone(), &path, &headers, vec![b'a'; most + 1]).await;
            assert_eq!(answer.status, 413, "{path}, whole: {answer:?}");
            headers.push(("transfer-encoding", "chunked"));
            let answer = admin.send(method.clone(), &path, &headers, endless()).await;
            assert_eq!(answer.status, 413, "{path}, without end: {answer:?}");
            let length = (most + 1).to_string();
            headers.push(("content-length", &length));
            let answer = admin.send(method.clone(), &path, &headers, "").await;
            assert_eq!(answer.status, 413, "{path}, announced: {answer:?}");
            assert!(answer.body().len() < 4096);
        }
    }
}

#[tokio::test]
async fn a_body_just_small_enough_is_read() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("origin", ORIGIN),
    ];
    let body = format!("username=a&password={}", "x".repeat(60 * 1024));
    let answer = browser.send(Method::POST, "/fn/sign_in", &headers, body).await;
    assert_eq!(answer.location_param("error").as_deref(), Some("wrong_credentials"), "{answer:?}");
}

#[tokio::test]
async fn absolute_urls_come_from_the_configuration_and_never_from_the_request() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let lies = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8443"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-host", "evil.example"),
    ];
    let mut admin = app.admin_browser().await;
    for path in [
        "/oauth2/authorization/corp",
        "/sign-in",
        "/integrations/corp",
        "/api/v1/integrations/corp",
        "/api/openapi.json",
    ] {
        let answer = admin.send(Method::GET, path, &lies, Body::empty()).await;
        let told = format!("{answer:?}{}", answer.body());
        assert!(!told.contains("evil.example") && !told.contains("8443"), "{path}: {told}");
    }
    let begun = app.client().send(Method::GET, "/oauth2/authorization/corp", &lies, Body::empty()).await;
    assert!(
        begun
            .location()
            .contains("redirect_uri=https%3A%2F%2Fconsole.example.com%2Flogin%2Foauth2%2Fcode%2Fcorp"),
        "{begun:?}"
    );
    assert!(begun.set_cookie("__Host-latchkey-login").unwrap().contains("Secure"));
}

/// A wrong password under a name of its own: where it came from by the audit log, and its reference.
async fn address_of_a_failure(app: &TestApp, peer: &str, headers: &[(&str, &str)]) -> (String, String) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let body = format!("username=name{}&password=b", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut all =
        vec![("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    all.extend_from_slice(headers);
    let answer = app.client_at(peer).send(Method::POST, "/fn/sign_in", &all, body).await;
    let reference = answer.location_param("reference").unwrap();
    let events = app.audit(&format!("reference={}", form(&[("", &reference)]).trim_start_matches('='))).await;
    assert_eq!(events.len(), 1, "{answer:?}");
    (events[0]["address"].as_str().unwrap_or_default().to_owned(), reference)
}

#[tokio::test]
async fn only_trusted_proxies_say_where_a_request_comes_from() {
    let app = TestApp::with(|config| config.http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]).await;
    let address =
        async |peer: &str, headers: &[(&str, &str)]| address_of_a_failure(&app, peer, headers).await.0;
    assert_eq!(address("203.0.113.1", &[("x-forwarded-for", "198.51.100.1")]).await, "203.0.113.1");
    assert_eq!(address("10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]).await, "198.51.100.1");
    assert_eq!(
        address("10.0.0.1", &[("x-forwarded-for", "6.6.6.6, 198.51.100.2, 10.0.0.9")]).await,
        "198.51.100.2"
    );
    for name in
        ["x-real-ip", "forwarded", "x_forwarded_for", "x-client-ip", "true-client-ip", "cf-connecting-ip"]
    {
        assert_eq!(address("10.0.0.1", &[(name, "198.51.100.3")]).await, "10.0.0.1", "{name}");
    }
    let (_, reference) =
        address_of_a_failure(&app, "203.0.113.2", &[("x-request-id", "chosen-by-a-stranger")]).await;
    assert_ne!(reference, "chosen-by-a-stranger");
    let (_, reference) =
        address_of_a_failure(&app, "10.0.0.1", &[("x-request-id", "chosen-by-our-proxy")]).await;
    assert_eq!(reference, "chosen-by-our-proxy");
    let (_, reference) = address_of_a_failure(&app, "10.0.0.1", &[("x-request-id", "a<b>\"c")]).await;
    assert_ne!(reference, "a<b>\"c");
}

#[tokio::test]
async fn an_address_made_up_does_not_get_around_the_lock() {
    let app = TestApp::new().await;
    for n in 0..20 {
        let made_up = format!("198.51.100.{n}");
        address_of_a_failure(&app, "203.0.113.3", &[("x-forwarded-for", &made_up)]).await;
    }
    let mut browser = app.browser_at("203.0.113.3");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("x-forwarded-for", "198.51.100.77"),
    ];
    let answer = browser.send(Method::POST, "/fn/sign_in", &headers, "username=other&password=b").await;
    assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"), "{answer:?}");
}

#[tokio::test]
async fn health_tells_nothing_but_health() {
    let app = TestApp::new().await;
    for (path, wanted) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = app.client().get(path).await;
        assert_eq!((answer.status, answer.body().as_str()), (200, wanted));
    }
    assert_eq!(app.client().get("/metrics").await.status, 404);
}

#[tokio::test]
async fn a_database_that_does_not_answer_lets_nobody_in() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    app.core.db.close().await;
    for answer in [
        admin.get("/integrations").await,
        admin.api().get("/me").await,
        admin.call("/fn/access/me", &[]).await,
    ] {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.header("retry-after"), "5", "{answer:?}");
    }
    let answer = app.browser().sign_in_with_password(ADMIN, support::PASSWORD).await;
    assert_eq!((answer.status, answer.set_cookie("__Host-latchkey")), (503, None), "{answer:?}");
    assert_eq!(app.client().get("/readyz").await.status, 503);
    assert_eq!(app.client().get("/healthz").await.status, 200);
}
