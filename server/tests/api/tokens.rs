use serde_json::{Value, json};

use crate::{
    schema::{conforms, problem_fields},
    support::TestApp,
};

async fn token(app: &TestApp, body: Value) -> (String, Value) {
    let answer = app.admin().await.post("/api-tokens", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let made = conforms(&answer, "NewApiToken");
    (made["value"].as_str().unwrap().to_owned(), made)
}

#[tokio::test]
async fn a_token_opens_the_api_until_it_is_revoked_and_is_stored_as_a_hash() {
    let app = TestApp::new().await;
    let (value, made) = token(&app, json!({"name": "ci"})).await;
    assert!(value.starts_with("lk_") && value.len() == 46, "{value}");
    let api = app.with_token(&value);
    let me = conforms(&api.get("/me").await, "Me");
    assert_eq!((&me["user"]["username"], &me["session"]), (&json!("admin"), &Value::Null));
    assert_eq!(api.post("/organizations", json!({"name": "Atlas"})).await.status, 201);
    let admin = app.admin().await;
    let list = admin.get("/api-tokens").await;
    conforms(&list, "ApiTokenList");
    assert!(!list.body().contains(&value));
    assert!(!String::from_utf8_lossy(&app.database_bytes()).contains(&value), "the value is stored");
    assert_eq!(admin.delete(&format!("/api-tokens/{}", made["id"].as_str().unwrap())).await.status, 204);
    assert_eq!(api.get("/me").await.status, 401);
    let kinds = app.audit("target=api_token:ci").await;
    assert_eq!(
        (&kinds[0]["kind"], &kinds[1]["kind"]),
        (&json!("api_token.created"), &json!("api_token.revoked"))
    );
}

#[tokio::test]
async fn a_token_is_limited_to_its_roles_its_time_and_its_networks() {
    let app = TestApp::new().await;
    let (value, _) = token(&app, json!({"name": "viewer", "roles": ["ADMIN_VIEWER"]})).await;
    let viewer = app.with_token(&value);
    assert_eq!(viewer.get("/integrations").await.status, 200);
    assert_eq!(viewer.post("/organizations", json!({"name": "x"})).await.code(), "forbidden");

    let end = app.now().plus_minutes(10);
    let (value, _) = token(&app, json!({"name": "short", "expiresAt": end})).await;
    let short = app.with_token(&value);
    assert_eq!(short.get("/me").await.status, 200);
    app.advance_minutes(10);
    assert_eq!(short.get("/me").await.status, 401);

    let (value, _) = token(&app, json!({"name": "elsewhere", "accessList": ["203.0.113.0/24"]})).await;
    assert_eq!(app.with_token(&value).get("/me").await.status, 401);
    let (value, _) =
        token(&app, json!({"name": "here", "accessList": ["203.0.113.7", "198.18.0.0/15"]})).await;
    assert_eq!(app.with_token(&value).get("/me").await.status, 200);
}

#[tokio::test]
async fn a_limited_token_cannot_make_an_unlimited_one() {
    let app = TestApp::new().await;
    let (value, _) = token(&app, json!({"name": "owner", "roles": ["GLOBAL_OWNER"]})).await;
    let answer = app.with_token(&value).post("/api-tokens", json!({"name": "child"})).await;
    assert_eq!(
        answer.json()["roles"],
        json!(["GLOBAL_OWNER"]),
        "its own roles by name, not all its owner has"
    );
    let (value, _) = token(&app, json!({"name": "viewer", "roles": ["GLOBAL_READ_ONLY"]})).await;
    let answer = app.with_token(&value).post("/api-tokens", json!({"name": "grandchild"})).await;
    assert_eq!(answer.code(), "forbidden");
}

#[tokio::test]
async fn every_wrong_member_of_a_token_is_named() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    token(&app, json!({"name": "ci"})).await;
    for (body, problems) in [
        (json!({"name": "ci"}), vec!["name: taken"]),
        (json!({"name": "x", "roles": ["ORG_OWNER"]}), vec!["roles: role_not_of_level"]),
        (json!({"name": "x", "roles": ["NOBODY"]}), vec!["roles: unknown_choice"]),
        (json!({"name": "x", "expiresAt": "2001-01-01T00:00:00Z"}), vec!["expiresAt: bad_date"]),
        (
            json!({"name": "x", "expiresAt": "soon", "role": "x"}),
            vec!["expiresAt: bad_date", "role: unknown_field"],
        ),
        (json!({"name": "x", "accessList": ["10.0.0.0/33"]}), vec!["accessList: bad_network"]),
        (json!({"name": ""}), vec!["name: required"]),
    ] {
        assert_eq!(problem_fields(&admin.post("/api-tokens", body.clone()).await), problems, "{body}");
    }
}

#[tokio::test]
async fn settings_are_shown_and_changed_without_locking_anybody_out() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let shown = conforms(&admin.get("/settings").await, "Settings");
    assert_eq!((&shown["localSignIn"], &shown["localSignInNow"]), (&json!("auto"), &json!(true)));
    let on = admin.patch("/settings", json!({"localSignIn": "on"})).await;
    assert_eq!((on.status, &on.json()["localSignIn"]), (200, &json!("on")));
    assert_eq!(admin.patch("/settings", json!({"localSignIn": "off"})).await.code(), "last_way_in");
    assert_eq!(admin.get("/settings").await.json()["localSignIn"], "on");
    assert_eq!(
        problem_fields(&admin.patch("/settings", json!({"localSignIn": true, "x": 1})).await),
        ["localSignIn: wrong_type", "x: unknown_field"]
    );
    let events = app.audit("kind=setting.changed").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["detail"], json!({"localSignIn": {"from": "auto", "to": "on"}}));
}
