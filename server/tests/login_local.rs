//! Signing in with user name and password.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::http::HeaderMap;
use fake_idp::Person;
use futures::future::join_all;
use serde_json::json;
use support::{ADMIN, Answer, PASSWORD, TestApp};

const BOB: &str = "a quiet sentence of bob";

/// Headers without those that name the request.
fn plain_headers(answer: &Answer) -> HeaderMap {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    let location = answer.location().replace(&answer.location_param("reference").unwrap(), "REFERENCE");
    headers.insert("location", location.parse().unwrap());
    headers
}

#[tokio::test]
async fn the_right_password_opens_a_session_and_leads_to_the_start() {
    for app in TestApp::on_each_database().await {
        let mut browser = app.browser();
        let answer = browser.sign_in_with_password(ADMIN, PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (303, "/"));
        assert_eq!(browser.who().await.as_deref(), Some(ADMIN));
        let events = app.audit("kind=login.succeeded").await;
        assert_eq!(events[0]["actor"], ADMIN);
        assert_eq!(events[0]["detail"]["method"], "password");
    }
}

#[tokio::test]
async fn the_session_cookie_has_every_protection_there_is() {
    let app = TestApp::new().await;
    let answer = app.browser().sign_in_with_password(ADMIN, PASSWORD).await;
    let cookie = answer.set_cookie("__Host-latchkey").unwrap();
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    for wanted in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
        assert!(attributes.contains(&wanted), "{wanted}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(cookie.len() < 4096);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn over_plain_http_on_loopback_the_cookie_has_another_name() {
    let app = TestApp::with(|config| config.http.public_url = "http://localhost:8090".parse().unwrap()).await;
    let answer = app.browser().sign_in_with_password(ADMIN, PASSWORD).await;
    let cookie = answer.set_cookie("latchkey").unwrap();
    assert!(!cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");
    assert!(app.admin_browser().await.is_admin().await);
}

#[tokio::test]
async fn every_refusal_looks_the_same() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    app.sign_in(&mut app.browser(), &idp, Person::new("sso-only")).await;
    let disabled = app.user("disabled", BOB).await;
    app.admin().await.patch(&format!("/users/{disabled}"), json!({"enabled": false})).await;

    let tries = [
        (ADMIN, "wrong"),
        ("nobody", "wrong"),
        ("disabled", BOB),
        ("sso-only", ""),
        ("sso-only", "x"),
        ("", ""),
        (ADMIN, ""),
    ];
    let mut answers = Vec::new();
    for (name, password) in tries {
        let mut browser = app.browser();
        answers.push((name, browser.sign_in_with_password(name, password).await));
        assert!(!browser.is_signed_in(), "{name}");
    }
    let (_, first) = &answers[0];
    assert_eq!(first.status, 303);
    assert!(first.location().starts_with("/sign-in?error=wrong_credentials&reference="), "{first:?}");
    for (name, answer) in &answers {
        assert_eq!(answer.status, first.status, "{name}");
        assert_eq!(answer.body(), first.body(), "{name}");
        assert_eq!(plain_headers(answer), plain_headers(first), "{name}");
    }
}

#[tokio::test]
async fn a_refusal_is_recorded_without_what_was_typed() {
    let app = TestApp::new().await;
    app.browser().sign_in_with_password("my-secret-typed-into-the-wrong-field", "x").await;
    app.browser().sign_in_with_password(ADMIN, "nearly-the-password").await;
    let events = app.audit("kind=login.failed").await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["target"], json!(null));
    assert_eq!(events[1]["target"], format!("user:{ADMIN}"));
    let all = serde_json::to_string(&events).unwrap();
    assert!(!all.contains("typed-into-the-wrong-field") && !all.contains("nearly-the-password"), "{all}");
}

#[tokio::test]
async fn five_wrong_tries_lock_the_name_for_ten_minutes_and_not_longer() {
    for app in TestApp::on_each_database().await {
        app.user("bob", BOB).await;
        for _ in 0..5 {
            let answer = app.browser().sign_in_with_password("bob", "wrong").await;
            assert_eq!(answer.location_param("error").as_deref(), Some("wrong_credentials"));
        }
        let answer = app.browser().sign_in_with_password("bob", BOB).await;
        assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"), "{answer:?}");
        assert_eq!(app.audit("kind=login.locked_out").await.len(), 1);

        app.advance_seconds(9 * 60 + 59);
        let answer = app.browser().sign_in_with_password("bob", BOB).await;
        assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"), "{answer:?}");
        app.advance_seconds(2);
        let mut browser = app.browser();
        browser.sign_in_with_password("bob", BOB).await;
        assert_eq!(browser.who().await.as_deref(), Some("bob"));
    }
}

#[tokio::test]
async fn names_that_look_alike_share_one_counter() {
    let app = TestApp::new().await;
    let kept = app.admin_browser().await;
    for name in ["admin", "Admin", "admin ", " ADMIN", "ａｄｍｉｎ"] {
        let answer = app.browser().sign_in_with_password(name, "wrong").await;
        assert_eq!(answer.location_param("error").as_deref(), Some("wrong_credentials"), "{name:?}");
    }
    for name in ["admin", "ADMIN", "ad\u{200b}min", "ａdmin"] {
        let answer = app.browser().sign_in_with_password(name, PASSWORD).await;
        assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"), "{name:?}");
    }
    assert!(kept.is_admin().await, "who is signed in stays so");
}

#[tokio::test]
async fn a_right_password_before_the_lock_forgets_the_wrong_ones() {
    let app = TestApp::new().await;
    for _ in 0..3 {
        for _ in 0..4 {
            app.browser().sign_in_with_password(ADMIN, "wrong").await;
        }
        assert!(app.admin_browser().await.is_admin().await);
    }
}

#[tokio::test]
async fn one_address_cannot_try_many_names() {
    let app = TestApp::new().await;
    for n in 0..20 {
        app.browser_at("203.0.113.7").sign_in_with_password(&format!("name{n}"), "wrong").await;
    }
    let answer = app.browser_at("203.0.113.7").sign_in_with_password("name20", "wrong").await;
    assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"), "{answer:?}");
    assert!(app.admin_browser().await.is_admin().await, "others are not held up");
}

#[tokio::test]
async fn people_who_share_an_address_and_know_their_passwords_do_not_lock_one_another_out() {
    let app = TestApp::new().await;
    for n in 0..25 {
        let mut browser = app.browser_at("203.0.113.8");
        let answer = browser.sign_in_with_password(ADMIN, PASSWORD).await;
        assert!(browser.is_signed_in(), "sign-in {n}: {answer:?}");
    }
}

#[tokio::test]
async fn of_a_hundred_wrong_passwords_at_once_at_most_five_are_looked_at() {
    for app in TestApp::on_each_database().await {
        app.user("bob", BOB).await;
        let tries = (0..100).map(|n| {
            let mut browser = app.browser();
            async move { browser.sign_in_with_password("bob", &format!("wrong{n}")).await }
        });
        let answers = join_all(tries).await;
        let with =
            |code: &str| answers.iter().filter(|answer| answer.header("location").contains(code)).count();
        let (looked_at, held_up) = (with("wrong_credentials"), with("too_many_tries"));
        let busy = answers.iter().filter(|answer| answer.status == 503).count();
        assert!((1..=5).contains(&looked_at), "{looked_at}");
        assert_eq!(looked_at + held_up + busy, 100);
        let answer = app.browser().sign_in_with_password("bob", BOB).await;
        assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"));
    }
}

#[tokio::test]
async fn a_locked_name_can_still_sign_in_at_its_provider() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    app.sign_in(&mut app.browser(), &idp, Person::new("carol")).await;
    for _ in 0..6 {
        app.browser().sign_in_with_password("carol", "wrong").await;
    }
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("carol")).await;
    assert_eq!(browser.who().await.as_deref(), Some("carol"));
}

#[tokio::test]
async fn the_first_one_time_password_must_be_changed_before_anything_else() {
    let app = TestApp::with(|config| config.bootstrap.admin_password = None).await;
    let one_time = app.one_time.clone().unwrap();
    let mut browser = app.browser();
    browser.sign_in_with_password(ADMIN, one_time.expose()).await;
    assert!(browser.is_signed_in());
    assert_eq!(browser.get("/integrations").await.location(), "/me/password");
    assert_eq!(browser.get("/").await.location(), "/me/password");
    let refused = browser.api().get("/integrations").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "password_change_needed"));
    let refused = browser.call("/fn/integrations/list", &[]).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "password_change_needed"));

    let fields = [("current", one_time.expose()), ("new", BOB), ("repeat", BOB)];
    let answer = browser.call("/fn/access/change_password", &fields).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(browser.api().get("/integrations").await.status, 200);
    let again = app.browser().sign_in_with_password(ADMIN, one_time.expose()).await;
    assert_eq!(again.location_param("error").as_deref(), Some("wrong_credentials"));
}

#[tokio::test]
async fn a_configured_first_password_need_not_be_changed() {
    let app = TestApp::new().await;
    assert!(app.one_time.is_none());
    assert_eq!(app.admin().await.get("/integrations").await.status, 200);
}

#[tokio::test]
async fn a_second_start_makes_no_second_administrator() {
    let app = TestApp::new().await;
    let again = app.replica().await;
    assert!(again.one_time.is_none());
    let users = again.admin().await.get("/users").await.json();
    assert_eq!(users["total"], 1);
    assert_eq!(again.audit("kind=bootstrap").await.len(), 1);
}

#[tokio::test]
async fn changing_a_password_needs_the_current_one_and_ends_other_sessions() {
    let app = TestApp::new().await;
    app.user("bob", BOB).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", BOB).await;
    let mut other = app.browser();
    other.sign_in_with_password("bob", BOB).await;

    let new = "another quiet sentence";
    let refused = browser
        .call("/fn/access/change_password", &[("current", "wrong"), ("new", new), ("repeat", new)])
        .await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body().contains("current"), "{refused:?}");
    assert_eq!(other.who().await.as_deref(), Some("bob"));

    let done =
        browser.call("/fn/access/change_password", &[("current", BOB), ("new", new), ("repeat", new)]).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
    assert_eq!(other.who().await, None);
    assert_eq!(app.audit("kind=password.changed&actor=bob").await.len(), 2);

    let old = app.browser().sign_in_with_password("bob", BOB).await;
    assert_eq!(old.location_param("error").as_deref(), Some("wrong_credentials"));
    let mut again = app.browser();
    again.sign_in_with_password("bob", new).await;
    assert_eq!(again.who().await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn the_current_password_cannot_be_guessed_through_the_change_form() {
    let app = TestApp::new().await;
    app.user("bob", BOB).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", BOB).await;
    let new = "another quiet sentence";
    for _ in 0..5 {
        browser
            .call("/fn/access/change_password", &[("current", "wrong"), ("new", new), ("repeat", new)])
            .await;
    }
    let held =
        browser.call("/fn/access/change_password", &[("current", BOB), ("new", new), ("repeat", new)]).await;
    assert_eq!((held.status, held.code().as_str()), (429, "too_many_requests"), "{held:?}");
}

#[tokio::test]
async fn weak_passwords_are_refused_and_long_ones_are_not_cut() {
    let app = TestApp::new().await;
    app.user("bob", BOB).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", BOB).await;
    let too_long = "x".repeat(1025);
    for bad in ["short", "password", "12345678", too_long.as_str()] {
        let answer = browser
            .call("/fn/access/change_password", &[("current", BOB), ("new", bad), ("repeat", bad)])
            .await;
        assert_eq!(answer.status, 422, "{bad}: {answer:?}");
    }
    let long = format!("{}ä🔑", "long-".repeat(30));
    let answer = browser
        .call("/fn/access/change_password", &[("current", BOB), ("new", &long), ("repeat", &long)])
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cut: String = long.chars().take(72).collect();
    let answer = app.browser().sign_in_with_password("bob", &cut).await;
    assert_eq!(answer.location_param("error").as_deref(), Some("wrong_credentials"));
    let mut again = app.browser();
    again.sign_in_with_password("bob", &long).await;
    assert!(again.is_signed_in());
}

#[tokio::test]
async fn passwords_are_refused_where_every_integration_turns_them_off() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.rule("owners", "GLOBAL_OWNER", "global").await;
    let kept = app.admin().await;
    let mut owner = app.browser();
    app.with_integration(&idp, "corp").await;
    app.sign_in(&mut owner, &idp, Person::new("olga").groups(&["owners"])).await;
    let answer = kept.patch("/integrations/corp", json!({"localSignIn": false})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut browser = app.browser();
    let answer = browser.sign_in_with_password(ADMIN, PASSWORD).await;
    assert_eq!(answer.location_param("error").as_deref(), Some("local_sign_in_off"), "{answer:?}");
    assert!(!browser.is_signed_in());
    assert!(!browser.get("/sign-in").await.body().contains("type=\"password\""));
}
