//! Rules that ask for more than a group, what is found about rules, and rules by the hundred.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use fake_idp::{FakeIdp, Person};
use serde_json::{Value, json};
use support::{Answer, Browser, TestApp};

async fn with(settings: Value) -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", settings).await;
    (app, idp)
}

async fn roles(browser: &Browser) -> Vec<String> {
    let me = browser.api().get("/me").await.json();
    let grants = me["roleGrants"].as_array().unwrap_or_else(|| panic!("{me}"));
    grants.iter().map(|grant| grant["role"].as_str().unwrap().to_owned()).collect()
}

fn fields(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["fields"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|one| format!("{}: {}", one["field"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect()
}

fn reader(conditions: Value) -> Value {
    json!({"role": "GLOBAL_READ_ONLY", "level": "global", "conditions": conditions})
}

#[tokio::test]
async fn a_rule_on_a_claim_decides_at_a_sign_in_and_says_which_condition_failed() {
    let (app, idp) = with(json!({})).await;
    let admin = app.admin().await;
    let conditions = json!([
        {"kind": "group_glob", "value": "team-*"},
        {"kind": "claim_equals", "path": "department", "value": "42"},
    ]);
    let made = admin.post("/mapping-rules", reader(conditions.clone())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!((&made["group"], &made["lastMatchedAt"]), (&json!(""), &Value::Null));
    let mut browser = app.browser();
    let bob = || Person::new("bob").groups(&["team-a"]);
    app.sign_in(&mut browser, &idp, bob().claim("department", "7")).await;
    assert_eq!(roles(&browser).await, Vec::<String>::new());
    let detail = app.audit("kind=login.succeeded&actor=bob").await[0]["detail"].clone();
    assert_eq!(detail["rules"]["conditionFailed"][0]["condition"]["path"], "department", "{detail}");
    app.sign_in(&mut browser, &idp, bob().claim("department", "42")).await;
    assert_eq!(roles(&browser).await, ["GLOBAL_READ_ONLY"]);
    let path = format!("/mapping-rules/{}", made["id"].as_str().unwrap());
    let shown = admin.get(&path).await.json();
    assert!(shown["lastMatchedAt"].is_string(), "{shown}");
    assert_eq!(shown["revision"], 1);

    let claims = json!({"groups": ["team-a"], "department": "7"});
    let said =
        admin.post("/mapping-rules/simulate", json!({"integration": "corp", "claims": claims})).await.json();
    assert_eq!(said["trace"][0]["verdict"], "condition_failed", "{said}");
    assert_eq!((&said["trace"][0]["index"], &said["trace"][0]["condition"]), (&json!(1), &conditions[1]));

    let patched = admin.patch(&path, json!({"group": "dba", "conditions": []})).await;
    assert_eq!((patched.status, patched.json().get("conditions")), (200, None), "{patched:?}");
}

#[tokio::test]
async fn an_expression_that_is_built_to_explode_is_a_clear_error() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for evil in ["(?:a{1,50}){1,50}", "((((a{9}){9}){9}){9}){9}", "a)|(?:b", "(?=a)b"] {
        let answer =
            admin.post("/mapping-rules", reader(json!([{"kind": "group_regex", "value": evil}]))).await;
        assert_eq!(
            (answer.status, fields(&answer)),
            (422, vec!["conditions.0.value: bad_regex".to_owned()]),
            "{evil}"
        );
    }
    let huge = json!({"group": "g".repeat(1024 * 1024 - 200), "role": "GLOBAL_READ_ONLY", "level": "global"});
    let answer = admin.post("/mapping-rules", huge).await;
    assert!([413, 422].contains(&answer.status), "{}", answer.status);
    assert_eq!(admin.get("/mapping-rules").await.json()["total"], 0);
}

#[tokio::test]
async fn needless_rules_are_found_and_filtered_by() {
    let (app, _idp) = with(json!({})).await;
    let admin = app.admin().await;
    let any = app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let of_corp =
        json!({"integration": "corp", "group": "dba", "role": "GLOBAL_READ_ONLY", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", of_corp).await.status, 201);
    assert_eq!(
        admin.post("/mapping-rules", reader(json!([{"kind": "group_glob", "value": "dba"}]))).await.status,
        201
    );
    for (kind, integration) in [("shadowed", json!("corp")), ("duplicate", Value::Null)] {
        let found = admin.get(&format!("/mapping-rules?finding={kind}")).await.json();
        assert_eq!(
            (&found["total"], &found["items"][0]["integration"]),
            (&json!(1), &integration),
            "{found}"
        );
        let finding = &found["items"][0]["findings"][0];
        assert_eq!((&finding["kind"], &finding["rule"]), (&json!(kind), &any["id"]));
    }
    assert_eq!(admin.get("/mapping-rules?finding=never_matched").await.json()["total"], 0, "they are new");
    app.clock.advance(25 * 3600);
    assert_eq!(app.admin().await.get("/mapping-rules?finding=never_matched").await.json()["total"], 3);
    assert_eq!(app.admin().await.get("/mapping-rules?finding=odd").await.status, 422);
}

#[tokio::test]
async fn whom_no_rule_gives_a_role_gets_the_default_one() {
    let app = TestApp::new().await;
    let atlas = app.organization("Atlas").await;
    let idp = app.idp().await;
    let settings =
        json!({"whenNothingMatches": "role", "defaultRole": "ORG_MEMBER", "defaultRoleTarget": "Atlas"});
    let made = app.integration(&idp, "corp", settings).await;
    assert_eq!(made["defaultRoleTarget"], atlas.as_str(), "a name is kept as identifier");
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["none"])).await;
    assert_eq!(roles(&browser).await, ["ORG_MEMBER"]);
    let grant = browser.api().get("/me").await.json()["roleGrants"][0].clone();
    assert_eq!(
        (&grant["because"][0]["rule"], &grant["because"][0]["integration"]),
        (&Value::Null, &json!("corp"))
    );
    let detail = app.audit("kind=login.succeeded&actor=bob").await[0]["detail"].clone();
    assert_eq!(detail["whenNothingMatches"], "role", "{detail}");
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["dba"])).await;
    assert_eq!(roles(&browser).await, ["GLOBAL_READ_ONLY"], "a rule matches, so there is no default");
    let simulation = json!({"claims": {"groups": ["x"]}, "integration": "corp"});
    let said = app.admin().await.post("/mapping-rules/simulate", simulation).await.json();
    assert_eq!(
        (&said["whenNothingMatches"], &said["grants"][0]["role"]),
        (&json!("role"), &json!("ORG_MEMBER"))
    );
}

#[tokio::test]
async fn whom_no_rule_gives_a_role_is_refused_where_that_is_set() {
    let (app, idp) = with(json!({"whenNothingMatches": "refuse"})).await;
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    let answer = app.log_in_at(&mut browser, &idp, "corp", Person::new("bob").groups(&["none"])).await;
    app.assert_login_failed(&answer, "nothing_matched").await;
    assert_eq!(app.admin().await.get("/users?search=bob").await.json()["total"], 0, "no user is made");
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["dba"])).await;
    assert_eq!(roles(&browser).await, ["GLOBAL_READ_ONLY"]);
    let simulation = json!({"claims": {"groups": ["x"]}, "integration": "corp"});
    let said = app.admin().await.post("/mapping-rules/simulate", simulation).await.json();
    assert_eq!(said["refused"], "nothing_matched");
}

#[tokio::test]
async fn a_default_role_must_fit_its_place_and_never_owns_the_console() {
    let (app, _idp) = with(json!({})).await;
    let admin = app.admin().await;
    for (change, problem) in [
        (json!({}), "defaultRole: required"),
        (json!({"defaultRole": "NOBODY"}), "defaultRole: unknown_choice"),
        (json!({"defaultRole": "GLOBAL_OWNER"}), "defaultRole: unsupported"),
        (json!({"defaultRole": "ORG_MEMBER"}), "defaultRoleTarget: required"),
        (
            json!({"defaultRole": "ORG_MEMBER", "defaultRoleTarget": "Nowhere"}),
            "defaultRoleTarget: not_there",
        ),
        (
            json!({"defaultRole": "GLOBAL_READ_ONLY", "defaultRoleTarget": "x"}),
            "defaultRoleTarget: role_not_of_level",
        ),
    ] {
        let mut body = change.clone();
        body["whenNothingMatches"] = json!("role");
        let answer = admin.patch("/integrations/corp", body).await;
        assert_eq!((answer.status, fields(&answer)), (422, vec![problem.to_owned()]), "{change}");
    }
}
