use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    schema::{conforms, problem_fields},
    support::{ADMIN, TestApp},
};

const PASSWORD: &str = "a quiet sentence of bob";

#[tokio::test]
async fn a_new_user_gets_a_one_time_password_shown_once() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let body = json!({"username": "bob", "displayName": "Bob B.", "email": "bob@example.com"});
    let answer = admin.post("/users", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let made = conforms(&answer, "NewUser");
    let password = made["oneTimePassword"].as_str().unwrap();
    let path = format!("/users/{}", made["id"].as_str().unwrap());
    let shown = admin.get(&path).await;
    let user = conforms(&shown, "User");
    assert_eq!((&user["hasPassword"], &user["displayName"]), (&json!(true), &json!("Bob B.")));
    assert!(!shown.body().contains(password));
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", password).await;
    let me = conforms(&browser.api().get("/me").await, "Me");
    assert_eq!((&me["mustChangePassword"], &me["user"]["username"]), (&json!(true), &json!("bob")));
    let refused = browser.api().get("/users").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "password_change_needed"));
    let text = serde_json::to_string(&app.audit("kind=user.created").await).unwrap();
    assert!(text.contains("bob@example.com") && !text.contains(password), "{text}");
    conforms(&admin.get("/users?search=bob&enabled=true").await, "UserList");
}

#[tokio::test]
async fn look_alikes_of_a_name_are_refused() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let post = async |name: &str| problem_fields(&admin.post("/users", json!({"username": name})).await);
    assert_eq!(post("admin").await, ["username: taken"]);
    for name in ["Admin", "аdmin", "ａｄｍｉｎ", "ad min"] {
        assert_eq!(post(name).await, ["username: looks_like_another"], "{name}");
    }
    assert_eq!(post("").await, ["username: required"]);
    assert_eq!(post("bob ").await, ["username: bad_characters"]);
    assert_eq!(post("b\u{200b}ob").await, ["username: bad_characters"]);
    let answer = admin.post("/users", json!({"username": "x", "email": "x", "displayName": 1, "y": 2})).await;
    assert_eq!(problem_fields(&answer), ["displayName: wrong_type", "y: unknown_field"]);
    assert_eq!(
        problem_fields(&admin.post("/users", json!({"username": "x", "email": "x"})).await),
        ["email: bad_email"]
    );
}

#[tokio::test]
async fn a_profile_is_patched_and_a_name_keeps_its_uniqueness() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let id = app.user("bob", PASSWORD).await;
    let path = format!("/users/{id}");
    let tag = admin.get(&path).await.header("etag").to_owned();
    let patched = admin.patch(&path, json!({"displayName": "Bob", "email": "b@example.com"})).await;
    assert_eq!(patched.json()["displayName"], "Bob");
    let removed = admin.patch(&path, json!({"email": null})).await.json();
    assert_eq!((&removed["email"], &removed["displayName"]), (&Value::Null, &json!("Bob")));
    let renamed = admin.patch(&path, json!({"username": "Bob"})).await;
    assert_eq!(
        (renamed.status, &renamed.json()["username"]),
        (200, &json!("Bob")),
        "its own look-alike is free"
    );
    assert_eq!(problem_fields(&admin.patch(&path, json!({"username": "admin"})).await), ["username: taken"]);
    let stale =
        admin.send(Method::PATCH, &path, &[("if-match", &tag)], Some(&json!({"displayName": "x"}))).await;
    assert_eq!(stale.status, 412);
    assert_eq!(
        problem_fields(&admin.patch(&path, json!({"hasPassword": false})).await),
        ["hasPassword: read_only"]
    );
}

#[tokio::test]
async fn disabling_ends_sessions_and_enabling_lets_in_again() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let id = app.user("bob", PASSWORD).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", PASSWORD).await;
    assert!(browser.who().await.is_some());
    let off = admin.patch(&format!("/users/{id}"), json!({"enabled": false})).await;
    assert_eq!((off.status, &off.json()["enabled"]), (200, &json!(false)));
    assert_eq!(browser.who().await, None);
    browser.sign_in_with_password("bob", PASSWORD).await;
    assert_eq!(browser.who().await, None);
    assert_eq!(admin.patch(&format!("/users/{id}"), json!({"enabled": true})).await.status, 200);
    browser.sign_in_with_password("bob", PASSWORD).await;
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
    assert_eq!(app.audit("kind=user.disabled").await[0]["detail"]["sessionsEnded"], 1);
    assert_eq!(app.audit("kind=user.enabled").await.len(), 1);
}

#[tokio::test]
async fn the_last_global_owner_stays() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let path = format!("/users/{}", app.user_id(ADMIN).await);
    assert_eq!(admin.patch(&path, json!({"enabled": false})).await.code(), "last_owner");
    assert_eq!(admin.delete(&path).await.code(), "last_owner");
    assert!(admin.get(&path).await.json()["enabled"].as_bool().unwrap());
    let second = app.user("second", PASSWORD).await;
    app.grant(&second, "GLOBAL_OWNER").await;
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.get("/me").await.status, 401, "with the user the session ends");
}

#[tokio::test]
async fn a_reset_password_ends_sessions_and_opens_once() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let id = app.user("bob", PASSWORD).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", PASSWORD).await;
    let answer = admin.post(&format!("/users/{id}/reset-password"), Value::Null).await;
    let reset = conforms(&answer, "OneTimePassword");
    assert_eq!((reset["username"].as_str(), answer.header("cache-control")), (Some("bob"), "no-store"));
    assert_eq!(browser.who().await, None);
    browser.sign_in_with_password("bob", PASSWORD).await;
    assert_eq!(browser.who().await, None, "the old password is gone");
    browser.sign_in_with_password("bob", reset["password"].as_str().unwrap()).await;
    assert!(browser.is_signed_in());
    let events = app.audit("kind=password.reset").await;
    assert_eq!(events[0]["target"], "user:bob");
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let id = app.user("bob", PASSWORD).await;
    let (mut first, mut second) = (app.browser(), app.browser());
    first.sign_in_with_password("bob", PASSWORD).await;
    app.advance_seconds(1);
    second.sign_in_with_password("bob", PASSWORD).await;
    let list = conforms(&admin.get(&format!("/sessions?user={id}")).await, "SessionList");
    assert_eq!(list["total"], 2);
    let newest = list["items"][0]["id"].as_str().unwrap();
    assert_eq!(admin.delete(&format!("/sessions/{newest}")).await.status, 204);
    assert_eq!((first.who().await.as_deref(), second.who().await), (Some("bob"), None));
    assert_eq!(admin.delete(&format!("/sessions/{newest}")).await.status, 404);
    let ended = conforms(&admin.delete(&format!("/users/{id}/sessions")).await, "SessionsEnded");
    assert_eq!(ended["ended"], 1);
    assert_eq!(first.who().await, None);
}
