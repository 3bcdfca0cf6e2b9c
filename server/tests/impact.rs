//! What a change of the rules would do, before it is saved.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::http::Method;
use fake_idp::Person;
use serde_json::{Value, json};
use support::{Api, TestApp};

/// Three people who have signed in, and two rules.
async fn company(app: &TestApp) -> (Api, String, Value, Value) {
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let atlas = app.organization("Atlas").await;
    let admin = app.admin().await;
    let rule = |group: &str, role: &str| json!({"group": group, "role": role, "level": "organization", "target": atlas});
    let owners = admin.post("/mapping-rules", rule("dba", "ORG_OWNER")).await.json();
    let members = admin.post("/mapping-rules", rule("all", "ORG_MEMBER")).await.json();
    for (name, groups) in [("ann", vec!["dba"]), ("bob", vec!["dba", "all"]), ("cid", vec!["all"])] {
        app.sign_in(&mut app.browser(), &idp, Person::new(name).groups(&groups)).await;
    }
    (admin, atlas, owners, members)
}

fn loss(impact: &Value, index: usize) -> (Value, Value, Value, Value) {
    let loss = &impact["losses"][index];
    (loss["role"].clone(), loss["count"].clone(), loss["users"].clone(), loss["lastWay"].clone())
}

#[tokio::test]
async fn a_dry_run_of_every_write_names_who_gains_and_who_loses_and_keeps_nothing() {
    for app in TestApp::on_each_database().await {
        let (admin, atlas, owners, _) = company(&app).await;
        let path = format!("/mapping-rules/{}", owners["id"].as_str().unwrap());
        let removed = admin.delete(&format!("{path}?dryRun=true")).await;
        assert_eq!(removed.status, 200, "{removed:?}");
        let impact = removed.json();
        assert_eq!(
            (&impact["considered"], &impact["affected"], &impact["dropsOwners"]),
            (&json!(3), &json!(2), &json!(true))
        );
        assert_eq!(loss(&impact, 0), (json!("ORG_OWNER"), json!(2), json!(["ann", "bob"]), json!(1)));
        assert_eq!(
            impact["losses"][0]["place"],
            json!({"level": "organization", "target": atlas, "targetName": "Atlas"})
        );
        assert_eq!(impact["leftEmpty"], json!([]));
        let changed = admin.patch(&format!("{path}?dryRun=true"), json!({"group": "all"})).await.json();
        assert_eq!(loss(&changed, 0).2, json!(["ann"]), "bob is in both groups");
        assert_eq!(
            (&changed["gains"][0]["role"], &changed["gains"][0]["users"]),
            (&json!("ORG_OWNER"), &json!(["cid"]))
        );
        let made = json!({"group": "dba", "role": "GLOBAL_READ_ONLY", "level": "global"});
        let created = admin.post("/mapping-rules?dryRun=true", made).await;
        assert_eq!((created.status, &created.json()["gains"][0]["count"]), (200, &json!(2)));
        let list = admin.get("/mapping-rules").await.json();
        assert_eq!(
            (list["total"].clone(), admin.get(&path).await.json()["revision"].clone()),
            (json!(2), json!(1))
        );
    }
}

#[tokio::test]
async fn a_draft_of_several_changes_is_replayed_as_one() {
    let app = TestApp::new().await;
    let (admin, atlas, owners, members) = company(&app).await;
    let body = json!({
        "remove": [members["id"]],
        "update": [{"id": owners["id"], "enabled": false}],
        "create": [{"group": "dba", "role": "ORG_READ_ONLY", "level": "organization", "target": atlas}],
    });
    let impact = admin.post("/mapping-rules/impact", body).await.json();
    assert_eq!(impact["affected"], 3);
    assert_eq!(impact["gains"][0]["users"], json!(["ann", "bob"]));
    assert_eq!(impact["losses"].as_array().unwrap().len(), 2);
    let nothing = admin.post("/mapping-rules/impact", json!({"rules": []})).await.json();
    assert_eq!(
        nothing["leftEmpty"],
        json!([{"level": "organization", "target": atlas, "targetName": "Atlas"}])
    );
    assert_eq!(
        (&nothing["affected"], &nothing["losses"][0]["place"]["level"]),
        (&json!(3), &json!("organization"))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_is_named_by_its_row() {
    let app = TestApp::new().await;
    let (admin, _, owners, _) = company(&app).await;
    for (body, field) in [
        (json!({"remove": ["none"]}), "remove.0"),
        (json!({"update": [{"id": "none", "group": "x"}]}), "update.0.id"),
        (json!({"update": [{"id": owners["id"], "group": ""}]}), "update.0.group"),
        (json!({"update": [{"id": owners["id"], "colour": 1}]}), "update.0.colour"),
        (json!({"create": [{"group": "x", "role": "NOBODY", "level": "global"}]}), "create.0.role"),
        (json!({"rules": [{"group": "x", "role": "NOBODY", "level": "global"}]}), "rules.0.role"),
        (json!({"delete": []}), "delete"),
    ] {
        let answer = admin.post("/mapping-rules/impact", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert_eq!(answer.json()["fields"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn only_what_somebodys_last_sign_in_said_counts_and_disabled_people_do_not() {
    let app = TestApp::new().await;
    let (admin, _, owners, _) = company(&app).await;
    let bob = app.user_id("bob").await;
    assert_eq!(admin.patch(&format!("/users/{bob}"), json!({"enabled": false})).await.status, 200);
    let path = format!("/mapping-rules/{}?dryRun=true", owners["id"].as_str().unwrap());
    let impact = admin.delete(&path).await.json();
    assert_eq!((&impact["considered"], loss(&impact, 0).2), (&json!(2), json!(["ann"])));
}

#[tokio::test]
async fn a_dry_run_refuses_what_the_write_would_refuse() {
    let app = TestApp::new().await;
    let (admin, atlas, _, members) = company(&app).await;
    let same = json!({"group": "dba", "role": "ORG_OWNER", "level": "organization", "target": atlas});
    let nowhere = json!({"group": "x", "role": "ORG_MEMBER", "level": "organization", "target": "5f0000000000000000000000"});
    for (body, field) in [(same, "group"), (nowhere, "target")] {
        for path in ["/mapping-rules?dryRun=true", "/mapping-rules"] {
            let answer = admin.post(path, body.clone()).await;
            assert_eq!(
                (answer.status, &answer.json()["fields"][0]["field"]),
                (422, &json!(field)),
                "{path} {body}"
            );
        }
    }
    let path = format!("/mapping-rules/{}", members["id"].as_str().unwrap());
    assert_eq!(admin.patch(&path, json!({"group": "other"})).await.status, 200);
    for method in [Method::PATCH, Method::DELETE] {
        for path in [format!("{path}?dryRun=true"), path.clone()] {
            let body = (method == Method::PATCH).then(|| json!({"group": "late"}));
            let answer = admin.send(method.clone(), &path, &[("if-match", "\"1\"")], body.as_ref()).await;
            assert_eq!(answer.status, 412, "{method} {path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_organizations_owner_tries_changes_of_its_rules_and_of_no_others() {
    let app = TestApp::new().await;
    let (admin, atlas, owners, _) = company(&app).await;
    let idp = app.idp().await;
    let other = app.organization("Borealis").await;
    let mut browser = app.browser();
    app.integration(&idp, "second", json!({"enabled": true})).await;
    app.log_in_at(&mut browser, &idp, "second", Person::new("dora").groups(&["dba"])).await;
    let dora = browser.api();
    let path = format!("/mapping-rules/{}?dryRun=true", owners["id"].as_str().unwrap());
    let tried = dora.delete(&path).await;
    assert_eq!((tried.status, tried.json()["affected"].clone()), (200, json!(3)));
    let foreign = json!({"group": "x", "role": "ORG_MEMBER", "level": "organization", "target": other});
    assert_ne!(dora.post("/mapping-rules?dryRun=true", foreign).await.status, 200);
    assert_eq!(admin.get(&format!("/mapping-rules?target={atlas}")).await.json()["total"], 2);
}
