//! Logins that a provider asks for (OpenID Connect Core 1.0 section 4).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::{body::Body, http::Method};
use fake_idp::{Endpoint, Person};
use serde_json::json;
use support::{Answer, Browser, TestApp, corpus::hostile_targets, form};

fn path(parameters: &[(&str, &str)]) -> String {
    format!("/oidc/initiate-login?{}", form(parameters))
}

/// A form on the provider's page.
async fn post(browser: &mut Browser, parameters: &[(&str, &str)]) -> Answer {
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://idp.example.com"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    browser.send(Method::POST, "/oidc/initiate-login", &headers, form(parameters)).await
}

#[tokio::test]
async fn a_known_issuer_begins_a_login_of_this_browsers_own() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let issuer = idp.issuer();
    let asked = [("iss", issuer.as_str()), ("login_hint", "bob@x"), ("target_link_uri", "/me?tab=1")];
    for is_post in [false, true] {
        let mut browser = app.browser();
        idp.set_person(Person::new("bob"));
        let answer = if is_post {
            post(&mut browser, &asked).await
        } else {
            browser.get_from_elsewhere(&path(&asked)).await
        };
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.location().starts_with(&issuer) && answer.location().contains("login_hint=bob%40x"));
        assert!(answer.set_cookie("__Host-latchkey-login").is_some());
        let callback = browser.path_of(&idp.authorize(answer.location()).callback_url());
        assert_eq!(browser.get_from_elsewhere(&callback).await.location(), "/me?tab=1");
        assert_eq!(browser.who().await.as_deref(), Some("bob"));
    }
}

#[tokio::test]
async fn an_unknown_issuer_is_never_asked_and_ends_on_a_clear_page() {
    let app = TestApp::new().await;
    let (idp, stranger) = (app.idp().await, app.idp().await);
    app.with_integration(&idp, "corp").await;
    app.integration(&stranger, "off", json!({"enabled": false})).await;
    let before = stranger.count(Endpoint::Discovery);
    let exact = idp.issuer();
    let (slash, strange) = (format!("{exact}/"), stranger.issuer());
    let twice = format!("/oidc/initiate-login?{}&iss=x", form(&[("iss", &exact)]));
    let tries = [
        path(&[("iss", &strange)]),
        path(&[("iss", &slash)]),
        path(&[("iss", &exact.to_uppercase())]),
        path(&[("iss", "https://evil.example/")]),
        path(&[("iss", "")]),
        path(&[]),
        twice,
    ];
    for path in tries {
        let mut browser = app.browser();
        let answer = browser.get_from_elsewhere(&path).await;
        assert_eq!(
            answer.location_param("code").as_deref(),
            Some("integration_unknown"),
            "{path}: {answer:?}"
        );
        assert!(answer.location().starts_with("/sign-in/failed?"), "{answer:?}");
        assert_eq!(browser.get(answer.location()).await.status, 200);
    }
    assert_eq!(stranger.count(Endpoint::Discovery), before);
}

#[tokio::test]
async fn no_target_link_leads_elsewhere() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let issuer = idp.issuer();
    for target in hostile_targets().iter().step_by(17) {
        let mut browser = app.browser();
        idp.set_person(Person::new("bob"));
        let begun = browser.get_from_elsewhere(&path(&[("iss", &issuer), ("target_link_uri", target)])).await;
        assert!(begun.location().starts_with(&issuer), "{target:?}: {begun:?}");
        let callback = browser.path_of(&idp.authorize(begun.location()).callback_url());
        assert_eq!(browser.get_from_elsewhere(&callback).await.location(), "/", "{target:?}");
    }
}

#[tokio::test]
async fn an_issuer_of_several_integrations_leaves_the_choice() {
    let app = TestApp::new().await;
    let (idp, other) = (app.idp().await, app.idp().await);
    app.with_integration(&idp, "corp").await;
    app.with_integration(&idp, "staff").await;
    app.with_integration(&other, "other").await;
    let issuer = idp.issuer();
    let mut browser = app.browser();
    let answer = browser.get_from_elsewhere(&path(&[("iss", &issuer), ("target_link_uri", "/me")])).await;
    assert_eq!(answer.location(), "/sign-in?note=several&among=corp%2Cstaff&return_to=%2Fme");
    let page = browser.get(answer.location()).await.body();
    assert!(
        page.contains("/authorization/corp?return_to=%2Fme") && page.contains("/authorization/staff"),
        "{page}"
    );
    assert!(!page.contains("/authorization/other"), "{page}");
}

#[tokio::test]
async fn frames_images_and_other_bodies_begin_nothing() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let issuer = idp.issuer();
    let whole = path(&[("iss", &issuer)]);
    for dest in ["iframe", "image", "empty"] {
        let headers = [("sec-fetch-dest", dest), ("sec-fetch-site", "cross-site")];
        let answer = app.browser().send(Method::GET, &whole, &headers, Body::empty()).await;
        assert_eq!(answer.status, 403, "{dest}");
    }
    assert_eq!(app.browser().send(Method::HEAD, &whole, &[], Body::empty()).await.status, 405);
    let headers = [("content-type", "application/json"), ("sec-fetch-dest", "document")];
    let body = json!({"iss": issuer}).to_string();
    assert_eq!(app.browser().send(Method::POST, "/oidc/initiate-login", &headers, body).await.status, 415);
    // Only this address is open to other sites.
    let mut browser = app.browser();
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://idp.example.com")];
    let answer = browser.send(Method::POST, "/fn/home_realm", &headers, form(&[("email", "a@b.c")])).await;
    assert_eq!(answer.status, 403, "{answer:?}");
}
