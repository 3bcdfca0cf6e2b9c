use axum::http::Method;
use fake_idp::Person;
use serde_json::{Value, json};

use crate::{
    schema::{conforms, problem_fields},
    support::{Api, TestApp},
};

const SECRET: &str = "canary-client-secret-8731";

fn corp() -> Value {
    json!({
        "name": "corp", "label": "Corp SSO", "issuer": "https://idp.example.com/",
        "clientId": "latchkey", "clientSecret": SECRET,
    })
}

async fn made(app: &TestApp) -> Api {
    let admin = app.admin().await;
    let answer = admin.post("/integrations", corp()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    admin
}

#[tokio::test]
async fn a_new_integration_is_disabled_has_defaults_and_never_shows_its_secret() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let answer = admin.post("/integrations", corp()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("location"), "/api/v1/integrations/corp");
    assert_eq!(answer.header("etag"), "\"1\"");
    let shown = conforms(&answer, "Integration");
    assert_eq!(shown["enabled"], false);
    assert_eq!(shown["createdBy"], "admin");
    assert_eq!(shown["callbackUrl"], "https://console.example.com/login/oauth2/code/corp");
    assert_eq!(shown["clientSecret"]["state"], "set");
    assert_eq!(shown["clientSecret"]["slots"], 1);
    assert_eq!(shown["claims"]["groups"], "groups");
    assert_eq!(shown["signingAlgorithms"], json!(["RS256", "ES256", "PS256", "EdDSA"]));
    let again = admin.get("/integrations/corp").await;
    assert_eq!((again.status, again.json()), (200, shown));
    conforms(&admin.get("/integrations").await, "IntegrationList");
    app.audit("").await;
    assert!(!app.transcript.text().contains(SECRET), "the secret was shown");
    assert!(
        !String::from_utf8_lossy(&app.database_bytes()).contains(SECRET),
        "the secret is stored as it is"
    );
}

#[tokio::test]
async fn every_wrong_member_is_named_at_once() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let answer = admin
        .post(
            "/integrations",
            json!({
                "name": 7, "labl": "x", "discovery": "yes", "endpoints": {"tokn": null, "token": 1},
                "claims": {"groups": "a..", "x": "y"}, "oauthScopes": ["openid", 2], "clockSkewSeconds": 301,
                "signingAlgorithms": ["HS256"], "extraAuthorizationParams": {"a": 1}, "revision": 3,
            }),
        )
        .await;
    // Members that only the server sets are told first.
    assert_eq!(problem_fields(&answer), ["revision: read_only"]);
    let answer = admin
        .post(
            "/integrations",
            json!({
                "name": 7, "labl": "x", "discovery": "yes", "endpoints": {"tokn": null, "token": 1},
                "claims": {"groups": "a.", "x": "y"}, "oauthScopes": ["openid", 2], "clockSkewSeconds": 301,
                "signingAlgorithms": ["HS256"], "extraAuthorizationParams": {"a": 1},
            }),
        )
        .await;
    assert_eq!(
        problem_fields(&answer),
        [
            "claims.groups: bad_claim_path",
            "claims.x: unknown_field",
            "clockSkewSeconds: out_of_range",
            "discovery: wrong_type",
            "endpoints.token: wrong_type",
            "endpoints.tokn: unknown_field",
            "extraAuthorizationParams.a: wrong_type",
            "labl: unknown_field",
            "name: wrong_type",
            "oauthScopes.1: wrong_type",
            "signingAlgorithms.0: unknown_choice",
        ]
    );
    let answer = admin
        .post("/integrations", json!({"name": "_x", "label": "", "issuer": "idp", "clientId": ""}))
        .await;
    assert_eq!(
        problem_fields(&answer),
        ["clientId: required", "issuer: bad_url", "label: required", "name: bad_name"]
    );
    let mut ca = corp();
    ca["customCa"] = json!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
    assert_eq!(problem_fields(&admin.post("/integrations", ca.clone()).await), ["customCa: bad_certificate"]);
    ca["customCa"] = json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
    assert_eq!(problem_fields(&admin.post("/integrations", ca).await), ["customCa: private_key_inside"]);
    assert_eq!(admin.get("/integrations").await.json()["total"], 0);
}

#[tokio::test]
async fn names_are_unique_whatever_their_case_and_cannot_change() {
    let app = TestApp::new().await;
    let admin = made(&app).await;
    let mut other = corp();
    other["name"] = json!("CORP");
    assert_eq!(problem_fields(&admin.post("/integrations", other).await), ["name: taken"]);
    assert_eq!(
        problem_fields(&admin.patch("/integrations/corp", json!({"name": "x1"})).await),
        ["name: fixed"]
    );
    assert_eq!(admin.patch("/integrations/corp", json!({"name": "corp"})).await.status, 200);
}

#[tokio::test]
async fn http_is_refused_unless_the_configuration_allows_it() {
    let app = TestApp::with(|config| config.outbound.allow_http = false).await;
    let admin = app.admin().await;
    let mut plain = corp();
    plain["issuer"] = json!("http://127.0.0.1:9/");
    plain["endpoints"] = json!({"token": "http://127.0.0.1:9/token"});
    let answer = admin.post("/integrations", plain.clone()).await;
    assert_eq!(problem_fields(&answer), ["endpoints.token: not_https", "issuer: not_https"]);
    let lab = TestApp::new().await;
    assert_eq!(lab.admin().await.post("/integrations", plain).await.status, 201);
}

#[tokio::test]
async fn a_secret_is_kept_replaced_or_cleared_and_does_not_follow_to_another_issuer() {
    let app = TestApp::new().await;
    let admin = made(&app).await;
    let patch = async |body: Value| admin.patch("/integrations/corp", body).await;
    let set_at = patch(json!({"label": "New"})).await.json()["clientSecret"]["setAt"].clone();
    app.advance_seconds(5);
    assert_eq!(patch(json!({"pkce": false})).await.json()["clientSecret"]["setAt"], set_at, "kept");
    for moved in [
        json!({"issuer": "https://other.example.com/"}),
        json!({"endpoints": {"token": "https://other.example.com/token"}}),
    ] {
        assert_eq!(problem_fields(&patch(moved).await), ["clientSecret: secret_needed_again"]);
    }
    let moved = patch(json!({"issuer": "https://other.example.com/", "clientSecret": "another one"})).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    assert_ne!(moved.json()["clientSecret"]["setAt"], set_at, "replaced");
    let cleared = patch(json!({"clientSecret": null})).await;
    assert_eq!(cleared.json()["clientSecret"], json!({"state": "unset"}));
    assert_eq!(
        problem_fields(&admin.post("/integrations/corp/enable", Value::Null).await),
        ["clientSecret: required"]
    );
    let long = "x".repeat(1025);
    assert_eq!(problem_fields(&patch(json!({"clientSecret": long})).await), ["clientSecret: too_long"]);
    assert_eq!(problem_fields(&patch(json!({"clientSecret": ""})).await), ["clientSecret: required"]);
    let events = app.audit("kind=integration.changed").await;
    let secret_changes: Vec<&Value> = events
        .iter()
        .map(|event| &event["detail"]["clientSecret"])
        .filter(|change| !change.is_null())
        .collect();
    assert_eq!(
        secret_changes,
        [&json!({"from": "[hidden]", "to": "[hidden]"}), &json!({"from": "[hidden]", "to": null}),]
    );
}

#[tokio::test]
async fn a_change_applies_to_the_revision_it_was_made_for() {
    let app = TestApp::new().await;
    let admin = made(&app).await;
    let patch = async |tag: &str, body: Value| {
        admin.send(Method::PATCH, "/integrations/corp", &[("if-match", tag)], Some(&body)).await
    };
    let first = patch("\"1\"", json!({"label": "A"})).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
    for stale in ["\"1\"", "W/\"2\"", "2", "\"x\""] {
        let answer = patch(stale, json!({"label": "B"})).await;
        assert_eq!((answer.status, answer.code().as_str()), (412, "stale"), "{stale}");
    }
    assert_eq!(patch("*", json!({"label": "C"})).await.status, 200);
    assert_eq!(patch("\"1\", \"3\"", json!({"label": "D"})).await.status, 200);
    assert_eq!(
        admin.patch("/integrations/corp", json!({"label": "E"})).await.status,
        200,
        "the newest without If-Match"
    );
    let whole = admin.get("/integrations/corp").await.json();
    let mut back = whole.clone();
    back["label"] = json!("F");
    let answer = admin.patch("/integrations/corp", back.clone()).await;
    assert_eq!(answer.status, 200, "what was read may be sent back: {answer:?}");
    assert_eq!(admin.patch("/integrations/corp", back).await.status, 412, "an older revision in the body");
    let unchanged = admin.patch("/integrations/corp", json!({"label": "F"})).await;
    assert_eq!(unchanged.header("etag"), answer.header("etag"), "nothing differs, nothing changes");
    let stale = admin.send(Method::DELETE, "/integrations/corp", &[("if-match", "\"1\"")], None).await;
    assert_eq!(stale.status, 412);
}

#[tokio::test]
async fn disabling_ends_its_sessions_and_deleting_takes_its_rules_along() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let admin = app.admin().await;
    let rule = json!({"integration": "corp", "group": "g", "role": "GLOBAL_READ_ONLY", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", rule).await.status, 201);
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    assert!(browser.who().await.is_some());
    let off = admin.post("/integrations/corp/disable", Value::Null).await;
    assert_eq!((off.status, &off.json()["enabled"]), (200, &json!(false)));
    assert_eq!(browser.who().await, None);
    let events = app.audit("kind=integration.disabled").await;
    assert_eq!((events.len(), &events[0]["detail"]["sessionsEnded"]), (1, &json!(1)));
    assert_eq!(
        admin.post("/integrations/corp/disable", Value::Null).await.status,
        200,
        "a second time is no error"
    );
    assert_eq!(app.audit("kind=integration.disabled").await.len(), 1);
    assert_eq!(admin.delete("/integrations/corp").await.status, 204);
    assert_eq!(admin.get("/integrations/corp").await.status, 404);
    assert_eq!(admin.get("/mapping-rules").await.json()["total"], 0);
    assert_eq!(app.audit("kind=integration.deleted").await[0]["detail"]["rulesRemoved"], 1);
}

#[tokio::test]
async fn what_would_lock_every_owner_out_is_refused() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let mut only = corp();
    only["localSignIn"] = json!(false);
    assert_eq!(admin.post("/integrations", only.clone()).await.status, 201);
    let answer = admin.post("/integrations/corp/enable", Value::Null).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "last_way_in"));
    only["name"] = json!("second");
    only["enabled"] = json!(true);
    assert_eq!(admin.post("/integrations", only).await.code(), "last_way_in");
    assert_eq!(admin.get("/integrations").await.json()["total"], 1, "what was refused left nothing behind");
    assert_eq!(app.audit("kind=integration.enabled").await.len(), 0);
    assert_eq!(admin.patch("/integrations/corp", json!({"localSignIn": true})).await.status, 200);
    assert_eq!(admin.post("/integrations/corp/enable", Value::Null).await.status, 200);
    assert_eq!(admin.patch("/integrations/corp", json!({"localSignIn": false})).await.code(), "last_way_in");
}

#[tokio::test]
async fn viewers_look_and_change_nothing() {
    let app = TestApp::new().await;
    made(&app).await;
    let id = app.user("vera", "a quiet sentence of vera").await;
    app.grant(&id, "GLOBAL_READ_ONLY").await;
    let mut browser = app.browser();
    browser.sign_in_with_password("vera", "a quiet sentence of vera").await;
    let viewer = browser.api();
    assert_eq!(viewer.get("/integrations/corp").await.status, 200);
    for answer in [
        viewer.post("/integrations", corp()).await,
        viewer.patch("/integrations/corp", json!({"label": "x"})).await,
        viewer.post("/integrations/corp/enable", Value::Null).await,
        viewer.delete("/integrations/corp").await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    }
    let refused = app.audit("kind=access.refused&actor=vera").await;
    assert_eq!((refused.len(), &refused[0]["outcome"]), (4, &json!("failure")));
    assert_eq!(refused[0]["target"], "api:POST /integrations");
    assert_eq!(refused[0]["detail"], json!({"permission": "manage_integrations"}));
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for name in ["c1", "a1", "b1"] {
        let mut body = corp();
        body["name"] = json!(name);
        assert_eq!(admin.post("/integrations", body).await.status, 201);
    }
    let names = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = admin.get("/integrations?pageSize=2").await.json();
    assert_eq!((names(&first), &first["total"]), (vec!["a1".to_owned(), "b1".to_owned()], &json!(3)));
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = admin.get(&format!("/integrations?pageSize=2&cursor={cursor}")).await.json();
    assert_eq!((names(&second), &second["nextCursor"]), (vec!["c1".to_owned()], &Value::Null));
    for (query, problem) in [
        ("pageSize=0", "pageSize: out_of_range"),
        ("pageSize=501", "pageSize: out_of_range"),
        ("pageSize=x", "pageSize: out_of_range"),
        ("cursor=nonsense", "cursor: bad_cursor"),
        ("size=3", "size: unknown_field"),
        ("pageSize=1&pageSize=2", "pageSize: ambiguous"),
    ] {
        assert_eq!(problem_fields(&admin.get(&format!("/integrations?{query}")).await), [problem], "{query}");
    }
}
