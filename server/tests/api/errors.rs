use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    schema::conforms,
    support::{Answer, TestApp},
};

/// The problem without what differs each time; the reference must be the request's id.
fn shape(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut problem = conforms(answer, "Problem");
    assert_eq!(problem["reference"], answer.header("x-request-id"));
    assert_eq!(problem["status"], answer.status);
    problem["reference"] = json!("REFERENCE");
    for used in problem.get_mut("usedBy").and_then(Value::as_array_mut).into_iter().flatten() {
        used["id"] = json!("ID");
    }
    problem
}

#[tokio::test]
async fn every_refusal_is_a_problem_of_the_same_shape() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let raw = async |kind: &str, body: &str| {
        let value: Value = json!(body);
        let text = value.as_str().unwrap();
        let mut browser = app.admin_browser().await;
        let headers = [
            ("content-type", kind),
            ("origin", "https://console.example.com"),
            ("accept", "application/json"),
        ];
        browser.send(Method::POST, "/api/v1/organizations", &headers, text.to_owned()).await
    };
    let organization = app.organization("Atlas").await;
    let path = format!("/organizations/{organization}");
    app.rule("g", "ORG_OWNER", &format!("organization:{organization}")).await;
    let stale = admin.send(Method::PATCH, &path, &[("if-match", "\"9\"")], Some(&json!({"name": "x"}))).await;
    let all = json!({
        "unauthenticated": shape(&app.anonymous().get("/organizations").await),
        "bad token": shape(&app.with_token("lk_wrong").get("/organizations").await),
        "not found": shape(&admin.get("/organizations/0123").await),
        "no such path": shape(&admin.get("/nothing").await),
        "method not allowed": shape(&admin.put("/organizations", json!({})).await),
        "invalid": shape(&admin.post("/organizations", json!({"name": "", "x": 1})).await),
        "in use": shape(&admin.delete(&path).await),
        "stale": shape(&stale),
        "unsupported media type": shape(&raw("text/plain", "{}").await),
        "malformed": shape(&raw("application/json", "{\"name\": \n \"a\",}").await),
        "breaks off": shape(&raw("application/json", "{\"name\":").await),
        "empty": shape(&raw("application/json", "").await),
        "too large": shape(&raw("application/json", &format!("{{\"name\": \"{}\"}}", "x".repeat(1_100_000))).await),
        "not an object": shape(&admin.post("/organizations", json!(["a"])).await),
        "last owner": shape(&admin.delete(&format!("/users/{}", app.user_id("admin").await)).await),
    });
    insta::assert_json_snapshot!(all);
}

#[tokio::test]
async fn what_is_our_fault_is_told_by_reference_only() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    app.core.db.close().await;
    let answer = admin.get("/organizations").await;
    let problem = shape(&answer);
    assert_eq!((answer.status, &problem["code"]), (503, &json!("unavailable")));
    for word in ["sqlx", "pool", "sqlite", "database"] {
        assert!(!answer.body().to_lowercase().contains(word), "{answer:?}");
    }
}
