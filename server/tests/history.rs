//! The history of integrations: what is kept, putting it back, and two people at one form.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::http::Method;
use domain::access::Caller;
use serde_json::{Value, json};
use server::service::{self, apply};
use support::{Browser, TestApp};

async fn versions(app: &TestApp) -> Vec<Value> {
    let answer = app.admin().await.get("/integrations/corp/revisions").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["items"].as_array().unwrap().clone()
}

fn summary(version: &Value) -> (i64, &str, &str, Vec<&str>) {
    let changed =
        version["changed"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
    let text = |name: &str| version[name].as_str().unwrap();
    (version["revision"].as_i64().unwrap(), text("action"), text("by"), changed)
}

async fn patch(app: &TestApp, body: Value) -> Value {
    let answer = app.admin().await.patch("/integrations/corp", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// What the form on the integration's page would send.
async fn form(browser: &mut Browser) -> Vec<(String, String)> {
    let page = browser.get("/integrations/corp").await.body();
    let page = scraper::Html::parse_document(&page);
    let select = |text: &str| scraper::Selector::parse(text).unwrap();
    let one = page.select(&select("form.integration-form")).next().expect("the form");
    let mut fields = Vec::new();
    for input in one.select(&select("input[name]")) {
        let value = input.value();
        let is_box = value.attr("type") == Some("checkbox");
        if !is_box || value.attr("checked").is_some() {
            fields.push((
                value.attr("name").unwrap().to_owned(),
                value.attr("value").unwrap_or(if is_box { "on" } else { "" }).to_owned(),
            ));
        }
    }
    for area in one.select(&select("textarea[name]")) {
        fields.push((area.value().attr("name").unwrap().to_owned(), area.text().collect()));
    }
    for list in one.select(&select("select[name]")) {
        let chosen = list.select(&select("option[selected]")).next().expect("a chosen option");
        let value = chosen.value().attr("value").unwrap().to_owned();
        fields.push((list.value().attr("name").unwrap().to_owned(), value));
    }
    fields
}

fn set(fields: &mut [(String, String)], name: &str, value: &str) {
    let field = fields.iter_mut().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}"));
    value.clone_into(&mut field.1);
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn every_door_leaves_a_version_with_who_and_what() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let mut admin = app.admin_browser().await;
        // The form.
        let mut fields = form(&mut admin).await;
        set(&mut fields, "form[label]", "By form");
        let answer = admin.post_form("/fn/integrations/update", &borrowed(&fields)).await;
        assert_eq!(answer.location(), "/integrations/corp?saved=1", "{answer:?}");
        // REST, with a token.
        let token = admin.api().post("/api-tokens", json!({"name": "ci"})).await.json();
        let api = app.with_token(token["value"].as_str().unwrap());
        assert_eq!(api.patch("/integrations/corp", json!({"clockSkewSeconds": 30})).await.status, 200);
        patch(&app, json!({"clientSecret": "another-secret-5521"})).await;
        // A file.
        let host = Caller::host("test");
        let text = apply::export::export(&app.core, &host).await.unwrap().replace("By form", "By file");
        let document = apply::Document::parse("f.yaml", &text, true, &|_| None).unwrap();
        apply::apply(&app.core, &host, &document, apply::Options::default()).await.unwrap();
        service::managed::release(&app.core, &host, "corp").await.unwrap();
        for step in ["disable", "enable"] {
            // Somebody can still get in with a password.
            let answer = admin.api().post(&format!("/integrations/corp/{step}"), Value::Null).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        let all = versions(&app).await;
        let told: Vec<_> = all.iter().map(summary).collect();
        assert_eq!(
            told,
            [
                (7, "enabled", "admin", vec!["enabled"]),
                (6, "disabled", "admin", vec!["enabled"]),
                (5, "changed", "host", vec!["label"]),
                (4, "changed", "admin", vec!["clientSecret"]),
                (3, "changed", "admin (token ci)", vec!["clockSkewSeconds"]),
                (2, "changed", "admin", vec!["label"]),
                (1, "created", "admin", vec![]),
            ]
        );
        let kinds: Vec<&str> = all.iter().map(|one| one["byKind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["user", "user", "host", "user", "token", "user", "user"]);
        // A change that changes nothing is none.
        patch(&app, json!({"clockSkewSeconds": 30})).await;
        assert_eq!(versions(&app).await.len(), 7);
        assert!(!app.transcript.text().contains("another-secret-5521"));
    }
}

#[tokio::test]
async fn a_version_is_compared_with_the_one_before_and_with_now() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    patch(&app, json!({"label": "Second", "claims": {"groups": "roles"}})).await;
    patch(&app, json!({"label": "Third"})).await;
    let api = app.admin().await;
    let second = api.get("/integrations/corp/revisions/2").await.json();
    assert_eq!(
        second["changes"],
        json!([
            {"field": "claims.groups", "from": "groups", "to": "roles"},
            {"field": "label", "from": "Sign in with corp", "to": "Second"},
        ])
    );
    assert_eq!(second["restoring"], json!([{"field": "label", "from": "Third", "to": "Second"}]));
    assert_eq!((&second["needsSecret"], &second["newest"]), (&json!(false), &json!(3)));
    assert_eq!(second["settings"]["label"], "Second");
    assert!(second["settings"].get("clientSecret").is_none());
    for missing in ["99", "0", "x"] {
        assert_eq!(
            api.get(&format!("/integrations/corp/revisions/{missing}")).await.status,
            404,
            "{missing}"
        );
    }
    let mut admin = app.admin_browser().await;
    let page = admin.get("/integrations/corp/history/2").await.body();
    for text in ["Groups claim", "Label", "Second", "Third", "Put version 2 back"] {
        assert!(page.contains(text), "{text}");
    }
    assert_eq!(admin.get("/integrations/corp/history/99").await.status, 404);
}

#[tokio::test]
async fn an_earlier_version_is_put_back_as_a_new_one() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        patch(&app, json!({"label": "Second"})).await;
        let api = app.admin().await;
        let path = "/integrations/corp/revisions/1/restore";
        let stale = api.send(Method::POST, path, &[("if-match", "\"1\"")], None).await;
        assert_eq!(stale.status, 412, "{stale:?}");
        let done = api.send(Method::POST, path, &[("if-match", "\"2\"")], None).await;
        assert_eq!((done.status, done.header("etag")), (200, "\"3\""), "{done:?}");
        assert_eq!(done.json()["label"], "Sign in with corp");
        let all = versions(&app).await;
        assert_eq!(summary(&all[0]), (3, "restored", "admin", vec!["label"]));
        assert_eq!(all[0]["restoredFrom"], 1);
        let events = app.audit("kind=integration.restored").await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["detail"]["restoredFrom"], 1);
        assert_eq!(events[0]["detail"]["label"]["to"], "Sign in with corp");
    }
}

#[tokio::test]
async fn putting_back_another_provider_needs_its_secret_as_an_edit_does() {
    let app = TestApp::new().await;
    let (idp, other) = (app.idp().await, app.idp().await);
    app.with_integration(&idp, "corp").await;
    let moved = json!({"issuer": other.issuer(), "clientSecret": other.client_secret()});
    patch(&app, moved).await;
    let api = app.admin().await;
    let path = "/integrations/corp/revisions/1/restore";
    assert_eq!(api.get("/integrations/corp/revisions/1").await.json()["needsSecret"], true);
    let refused = api.post(path, Value::Null).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(refused.json()["fields"][0]["code"], "secret_needed_again");
    let done = api.post(path, json!({"clientSecret": idp.client_secret()})).await;
    assert_eq!((done.status, &done.json()["issuer"]), (200, &json!(idp.issuer())), "{done:?}");
    let unknown = api.post(path, json!({"label": "x"})).await;
    assert_eq!(unknown.json()["fields"][0]["code"], "unknown_field", "{unknown:?}");
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, fake_idp::Person::new("bob")).await;
    // The console's form, without scripts.
    patch(&app, json!({"label": "Third"})).await;
    let mut admin = app.admin_browser().await;
    let newest = versions(&app).await[0]["revision"].to_string();
    let fields = [("name", "corp"), ("revision", "3"), ("newest", newest.as_str())];
    let answer = admin.post_form("/fn/integrations/restore", &fields).await;
    assert_eq!(answer.location(), "/integrations/corp?saved=1", "{answer:?}");
    let again =
        admin.post_form_from("/integrations/corp/history/3", "/fn/integrations/restore", &fields).await;
    assert!(again.location().contains("__err="), "somebody changed it meanwhile: {again:?}");
}

#[tokio::test]
async fn an_installation_of_before_has_its_first_version_from_its_first_change_on() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let mut tx = app.core.db.begin().await.unwrap();
    let corp = tx.integrations().find("corp").await.unwrap().unwrap();
    // As a server of before changes it: without keeping anything.
    let mut settings = corp.settings.clone();
    settings.label = "Of before".to_owned();
    tx.integrations().update(&corp, &settings, domain::secret::SecretInput::Keep).await.unwrap();
    tx.commit().await.unwrap();
    patch(&app, json!({"label": "Of now"})).await;
    let all = versions(&app).await;
    let told: Vec<_> = all.iter().map(summary).collect();
    assert_eq!(
        told,
        [(3, "changed", "admin", vec!["label"]), (2, "earlier", "", vec![]), (1, "created", "admin", vec![]),]
    );
    let detail = app.admin().await.get("/integrations/corp/revisions/3").await.json();
    assert_eq!(detail["changes"], json!([{"field": "label", "from": "Of before", "to": "Of now"}]));
}

#[tokio::test]
async fn a_stale_change_is_answered_with_the_newest_revision_and_what_differs() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    patch(&app, json!({"label": "Second", "pkce": true})).await;
    patch(&app, json!({"claims": {"groups": "roles"}})).await;
    let api = app.admin().await;
    let body = json!({"label": "Mine"});
    let answer = api.send(Method::PATCH, "/integrations/corp", &[("if-match", "\"1\"")], Some(&body)).await;
    assert_eq!(answer.status, 412, "{answer:?}");
    let problem = answer.json();
    assert_eq!((&problem["code"], &problem["current"]), (&json!("stale"), &json!(3)));
    let fields: Vec<(&str, &str)> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["field"].as_str().unwrap(), field["code"].as_str().unwrap()))
        .collect();
    assert_eq!(fields, [("claims.groups", "changed_meanwhile"), ("label", "changed_meanwhile")]);
}

#[tokio::test]
async fn a_stale_form_shows_all_three_values_and_saves_on_top_without_losing_anything() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let mut admin = app.admin_browser().await;
    let mut fields = form(&mut admin).await;
    // Meanwhile somebody changes the label and the groups claim.
    patch(&app, json!({"label": "Theirs", "claims": {"groups": "their_groups"}})).await;
    set(&mut fields, "form[label]", "Yours");
    set(&mut fields, "form[claim_email]", "your_mail");
    let answer =
        admin.post_form_from("/integrations/corp", "/fn/integrations/update", &borrowed(&fields)).await;
    assert_eq!(answer.status, 303);
    let location = answer.location().to_owned();
    assert!(location.contains("__err=") && location.contains("draft="), "{location}");
    let body = admin.get(&location).await.body();
    assert!(body.contains("Somebody changed this while you were editing"), "{body}");
    let page = scraper::Html::parse_document(&body);
    let select = |text: &str| scraper::Selector::parse(text).unwrap();
    let rows: Vec<String> = page
        .select(&select(".callout tbody tr"))
        .map(|row| row.text().collect::<Vec<_>>().join("|"))
        .collect();
    let has = |parts: &[&str]| rows.iter().any(|row| parts.iter().all(|part| row.contains(part)));
    assert!(has(&["Label", "Sign in with corp", "Theirs", "Yours"]), "{rows:?}");
    assert!(has(&["Groups claim", "groups", "their_groups"]), "{rows:?}");
    assert!(has(&["E-mail claim", "email", "your_mail"]), "{rows:?}");
    // What was typed is still in the form.
    let typed = page.select(&select("input[name='form[label]'].field__control")).next().unwrap();
    assert_eq!(typed.value().attr("value"), Some("Yours"));
    let merged: Vec<(String, String)> = page
        .select(&select(".callout form input[type=hidden]"))
        .map(|input| {
            let text = |name: &str| input.value().attr(name).unwrap_or_default().to_owned();
            (text("name"), text("value"))
        })
        .collect();
    let answer = admin.post_form("/fn/integrations/update", &borrowed(&merged)).await;
    assert_eq!(answer.location(), "/integrations/corp?saved=1", "{answer:?}");
    let now = app.admin().await.get("/integrations/corp").await.json();
    assert_eq!(now["label"], "Yours");
    assert_eq!(now["claims"]["groups"], "their_groups");
    assert_eq!(now["claims"]["email"], "your_mail");
    assert_eq!(now["clientSecret"]["slots"], 1);
    assert_eq!(now["revision"], 3);
}

#[tokio::test]
async fn a_deleted_integration_takes_its_history_along_and_the_audit_log_keeps_its_settings() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    assert_eq!(app.admin().await.delete("/integrations/corp").await.status, 204);
    assert_eq!(app.admin().await.get("/integrations/corp/revisions").await.status, 404);
    let events = app.audit("kind=integration.deleted").await;
    assert_eq!(events[0]["detail"]["settings"]["issuer"], idp.issuer());
    // One of the same name begins anew.
    app.with_integration(&idp, "corp").await;
    assert_eq!(versions(&app).await.len(), 1);
}
