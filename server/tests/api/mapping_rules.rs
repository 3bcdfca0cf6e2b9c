use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    schema::{conforms, problem_fields},
    support::TestApp,
};

fn rule(group: &str) -> Value {
    json!({"group": group, "role": "GLOBAL_READ_ONLY", "level": "global"})
}

#[tokio::test]
async fn a_rule_is_made_shown_changed_and_removed() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let answer = admin.post("/mapping-rules", rule("dba-team")).await;
    assert_eq!((answer.status, answer.header("etag")), (201, "\"1\""), "{answer:?}");
    let made = conforms(&answer, "MappingRule");
    assert_eq!(made["integration"], Value::Null);
    assert_eq!(made["enabled"], true);
    let path = format!("/mapping-rules/{}", made["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), format!("/api/v1{path}"));
    let changed = admin.patch(&path, json!({"enabled": false})).await;
    assert_eq!((changed.status, &changed.json()["enabled"]), (200, &json!(false)));
    assert_eq!(changed.json()["group"], "dba-team", "what is left out stays");
    let stale =
        admin.send(Method::PATCH, &path, &[("if-match", "\"1\"")], Some(&json!({"enabled": true}))).await;
    assert_eq!(stale.status, 412);
    let events = app.audit("kind=rule.changed").await;
    assert_eq!(events[0]["detail"], json!({"enabled": {"from": true, "to": false}}));
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(admin.delete(&path).await.status, 404);
    assert_eq!(app.audit("kind=rule.deleted").await[0]["detail"]["group"], "dba-team");
}

#[tokio::test]
async fn groups_compare_byte_for_byte_and_duplicates_are_refused() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for group in ["admins", "Admins", "admins ", "adm\u{0131}ns"] {
        assert_eq!(admin.post("/mapping-rules", rule(group)).await.status, 201, "{group:?}");
    }
    assert_eq!(problem_fields(&admin.post("/mapping-rules", rule("Admins")).await), ["group: taken"]);
    let found = admin.get("/mapping-rules?group=Admins").await.json();
    assert_eq!((&found["total"], &found["items"][0]["group"]), (&json!(1), &json!("Admins")));
}

#[tokio::test]
async fn what_a_rule_names_must_exist_and_fit() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let organization = app.organization("Atlas").await;
    for (body, problems) in [
        (json!({}), vec!["group: required", "level: required", "role: required"]),
        (json!({"group": "g", "role": "NOBODY", "level": "global"}), vec!["role: unknown_choice"]),
        (json!({"group": "g", "role": "ORG_OWNER", "level": "global"}), vec!["role: role_not_of_level"]),
        (json!({"group": "g", "role": "ORG_OWNER", "level": "organization"}), vec!["target: required"]),
        (
            json!({"group": "g", "role": "ORG_OWNER", "level": "organization", "target": "0123", "integration": "no"}),
            vec!["integration: not_there", "target: not_there"],
        ),
        (
            json!({"group": "g", "role": "GLOBAL_OWNER", "level": "global", "target": organization}),
            vec!["target: not_there"],
        ),
        (json!({"group": "a\nb", "role": "ADMIN", "level": "global"}), vec!["group: bad_characters"]),
        (
            json!({"group": 1, "role": "ADMIN", "level": "globe", "x": 1}),
            vec!["group: wrong_type", "level: unknown_choice", "x: unknown_field"],
        ),
    ] {
        assert_eq!(problem_fields(&admin.post("/mapping-rules", body.clone()).await), problems, "{body}");
    }
    let oms = json!({"group": "g", "role": "ADMIN", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", oms).await.json()["role"], "GLOBAL_OWNER");
    let at = json!({"group": "g", "role": "ORG_OWNER", "level": "organization", "target": organization});
    assert_eq!(admin.post("/mapping-rules", at).await.json()["targetName"], "Atlas");
}

#[tokio::test]
async fn rules_are_found_by_filter_in_pages() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for n in 0..5 {
        assert_eq!(admin.post("/mapping-rules", rule(&format!("g{n}"))).await.status, 201);
        app.advance_seconds(1);
    }
    let first = admin.get("/mapping-rules?pageSize=3&role=GLOBAL_READ_ONLY&level=global").await;
    let page = conforms(&first, "MappingRuleList");
    assert_eq!((page["items"].as_array().unwrap().len(), &page["total"]), (3, &json!(5)));
    let next = page["nextCursor"].as_str().unwrap();
    let second = admin.get(&format!("/mapping-rules?pageSize=3&cursor={next}")).await.json();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["nextCursor"]), (2, &Value::Null));
    assert_eq!(admin.get("/mapping-rules?role=GLOBAL_OWNER").await.json()["total"], 0);
    assert_eq!(problem_fields(&admin.get("/mapping-rules?level=x&cursor=").await), ["level: unknown_choice"]);
    assert_eq!(problem_fields(&admin.get("/mapping-rules?cursor=x").await), ["cursor: bad_cursor"]);
}

#[tokio::test]
async fn a_simulation_says_what_would_be_granted_and_why_not() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = admin.post("/mapping-rules", rule("dba-team")).await.json();
    let simulate = async |body: Value| admin.post("/mapping-rules/simulate", body).await;
    let answer = simulate(json!({"claims": {"groups": ["dba-team"]}})).await;
    let granted = conforms(&answer, "Simulation");
    assert_eq!(granted["grants"][0]["role"], "GLOBAL_READ_ONLY");
    assert_eq!(granted["trace"], json!([{"rule": made["id"], "verdict": "granted"}]));
    app.rule("other", "GLOBAL_READ_ONLY", "global").await;
    let later = simulate(json!({"claims": {}})).await.json();
    assert!(later["rulesRevision"].as_u64() > granted["rulesRevision"].as_u64(), "{later}");
    let near = conforms(&simulate(json!({"claims": {"groups": ["DBA-Team"]}})).await, "Simulation");
    assert_eq!(near["grants"], json!([]));
    let of_made =
        near["trace"].as_array().unwrap().iter().find(|outcome| outcome["rule"] == made["id"]).unwrap();
    assert_eq!(of_made["nearMiss"], json!({"group": "DBA-Team", "difference": "case"}));
    let overage = simulate(json!({"claims": {"_claim_names": {"groups": "src1"}}})).await.json();
    assert_eq!((&overage["refused"], &overage["grants"]), (&json!("groups_overage"), &json!([])));
    let drafts = json!({
        "claims": {"groups": ["x"]},
        "rules": [{"group": "x", "role": "GLOBAL_OWNER", "level": "global"}, {"group": "y", "role": "GLOBAL_OWNER", "level": "global"}],
    });
    let drafts = conforms(&simulate(drafts).await, "Simulation");
    assert_eq!(drafts["rulesRevision"], Value::Null);
    assert_eq!(drafts["trace"][0], json!({"rule": "draft1", "verdict": "granted"}));
    assert_eq!(drafts["trace"][1], json!({"rule": "draft2", "verdict": "group_absent"}));
    let wrong = json!({"claims": {}, "rules": [{"group": "", "role": "X", "level": "global"}]});
    assert_eq!(
        problem_fields(&simulate(wrong).await),
        ["rules.0.group: required", "rules.0.role: unknown_choice"]
    );
    assert_eq!(
        problem_fields(&simulate(json!({"claims": [], "integration": "no"})).await),
        ["claims: wrong_type"]
    );
    assert_eq!(
        problem_fields(&simulate(json!({"claims": {}, "integration": "no"})).await),
        ["integration: not_there"]
    );
    assert_eq!(app.audit("kind=login.failed").await.len(), 0);
}

#[tokio::test]
async fn a_simulation_reads_the_claims_as_the_integration_does() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let change = json!({"claims": {"groups": "realm_access.roles"}, "requiredGroups": ["staff"]});
    app.integration(&idp, "corp", change).await;
    let admin = app.admin().await;
    let of_corp =
        json!({"integration": "corp", "group": "dba", "role": "GLOBAL_READ_ONLY", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", of_corp).await.status, 201);
    let claims = json!({"realm_access": {"roles": ["dba"]}});
    let with = json!({"claims": claims, "integration": "corp"});
    let with = admin.post("/mapping-rules/simulate", with).await.json();
    assert_eq!((&with["groups"], &with["refused"]), (&json!(["dba"]), &json!("required_group_missing")));
    let without = admin.post("/mapping-rules/simulate", json!({"claims": {"groups": ["dba"]}})).await.json();
    assert_eq!(without["trace"][0]["verdict"], "other_integration");
}
