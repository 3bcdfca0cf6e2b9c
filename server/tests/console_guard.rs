//! The console's own doors to what may lock somebody out, as a browser without scripts goes through them, and a client
//! secret that was typed into a form which was refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use axum::{body::Body, http::Method};
use fake_idp::{FakeIdp, Fault, Person};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use server::service::pending;
use support::{Answer, Browser, TestApp, logs};

const OMS: &str = include_str!("fixtures/oms-config.yaml");
const TYPED: &str = "canary-typed-secret-4410";

/// Two ways in, both used an hour ago: `admin` with a password, `root` (an owner by a rule) with `corp`.
struct House {
    app: TestApp,
    idp: Arc<FakeIdp>,
    admin: Browser,
    root: Browser,
    rule: String,
}

impl House {
    async fn on(app: TestApp) -> Self {
        let idp = app.idp().await;
        app.integration(&idp, "corp", json!({"label": "Corp SSO"})).await;
        let rule =
            json!({"integration": "corp", "group": "owners", "role": "GLOBAL_OWNER", "level": "global"});
        let made = app.admin().await.post("/mapping-rules", rule).await.json();
        let (admin, mut root) = (app.admin_browser().await, app.browser());
        app.sign_in(&mut root, &idp, Person::new("root").groups(&["owners"])).await;
        for _ in 0..3 {
            app.advance_minutes(20);
            assert!(admin.who().await.is_some() && root.who().await.is_some());
        }
        let rule = made["id"].as_str().unwrap().to_owned();
        Self { app, idp, admin, root, rule }
    }

    async fn new() -> Self {
        Self::on(TestApp::new().await).await
    }

    async fn corp(&self) -> Value {
        self.admin.api().get("/integrations/corp").await.json()
    }

    async fn secret(&self) -> String {
        let mut tx = self.app.core.db.read().await.unwrap();
        let corp = tx.integrations().find("corp").await.unwrap().unwrap();
        tx.integrations().secret(&corp).await.unwrap().unwrap().expose().to_owned()
    }

    /// What waits, by its sentence; then it is taken back.
    async fn taken_back(&mut self) -> String {
        let page = self.admin.get("/me").await.body();
        assert!(page.contains("Take it back now"), "{page}");
        let list = self.admin.api().get("/pending-changes").await.json();
        self.app.advance_minutes(10);
        assert!(pending::revert_due(&self.app.core, "here").await.unwrap());
        list["items"][0]["summary"].as_str().unwrap().to_owned()
    }
}

fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

/// What the browser would send of the form with this action.
fn fields(page: &str, action: &str) -> Vec<(String, String)> {
    let page = Html::parse_document(page);
    let one = page.select(&select(&format!("form[action='{action}']"))).next_back().expect("the form");
    let mut fields = Vec::new();
    for control in one.select(&select("input[name], textarea[name], select[name]")) {
        let value = control.value();
        let name = value.attr("name").unwrap().to_owned();
        match (value.name(), value.attr("type")) {
            ("select", _) => {
                let chosen = control.select(&select("option[selected]")).next();
                let chosen = chosen.and_then(|option| option.value().attr("value")).unwrap_or_default();
                fields.push((name, chosen.to_owned()));
            }
            ("textarea", _) => fields.push((name, control.text().collect())),
            (_, Some("checkbox" | "radio")) if value.attr("checked").is_none() => {}
            _ => fields.push((name, value.attr("value").unwrap_or_default().to_owned())),
        }
    }
    fields
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

async fn send(browser: &mut Browser, page: &str, action: &str, fields: &[(String, String)]) -> Answer {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    browser.post_form_from(page, action, &pairs).await
}

/// The page a refused form comes back to.
async fn back(browser: &mut Browser, answer: &Answer) -> String {
    let location = answer.location().to_owned();
    assert!(location.contains("__err="), "not refused: {answer:?}");
    assert!(!location.contains("canary"), "{location}");
    browser.get(&location).await.body()
}

#[tokio::test]
async fn a_rule_that_is_a_way_in_is_changed_and_removed_provisionally() {
    for (action, change, summary, label) in [
        ("/fn/rules/update", true, "Change the rule for owners", "Save provisionally (10 minutes)"),
        ("/fn/rules/remove", false, "Remove the rule for owners", "Remove provisionally (10 minutes)"),
    ] {
        let mut house = House::new().await;
        let page = format!("/mapping-rules/{}", house.rule);
        let mut form = fields(&house.admin.get(&page).await.body(), action);
        if change {
            set(&mut form, "form[group]", "others");
        }
        let refused = send(&mut house.admin, &page, action, &form).await;
        let body = back(&mut house.admin, &refused).await;
        assert!(body.contains(label) && body.contains("Only provisionally"), "{body}");
        let mut form = fields(&body, action);
        assert_eq!(form.contains(&("form[group]".to_owned(), "others".to_owned())), change, "{form:?}");
        set(&mut form, "provisional", "on");
        let done = send(&mut house.admin, &page, action, &form).await;
        assert_eq!((done.status, done.location()), (303, "/mapping-rules"), "{done:?}");
        assert_eq!(house.taken_back().await, summary);
        let rule = house.root.api().get(&format!("/mapping-rules/{}", house.rule)).await.json();
        assert_eq!((&rule["group"], &rule["enabled"]), (&json!("owners"), &json!(true)));
    }
}

#[tokio::test]
async fn an_integration_is_saved_provisionally_and_a_typed_secret_goes_along_unseen() {
    for app in TestApp::on_each_database().await {
        let mut house = House::on(app).await;
        let (page, action) = ("/integrations/corp", "/fn/integrations/update");
        let before = house.secret().await;
        let mut form = fields(&house.admin.get(page).await.body(), action);
        set(&mut form, "form[client_id]", "another-client");
        set(&mut form, "client_secret", TYPED);
        let refused = send(&mut house.admin, page, action, &form).await;
        let body = back(&mut house.admin, &refused).await;
        assert!(
            body.contains("Save provisionally (10 minutes)") && body.contains("Typed, not saved yet"),
            "{body}"
        );
        assert!(!body.contains(TYPED));
        assert_eq!(house.secret().await, before);
        let mut form = fields(&body, action);
        assert!(form.contains(&("client_secret".to_owned(), String::new())), "{form:?}");
        set(&mut form, "provisional", "on");
        let done = send(&mut house.admin, page, action, &form).await;
        assert_eq!((done.status, done.location()), (303, "/integrations/corp?saved=1"), "{done:?}");
        assert_eq!(
            (house.secret().await.as_str(), &house.corp().await["clientId"]),
            (TYPED, &json!("another-client"))
        );
        // What was saved is not kept beside it.
        let again = send(&mut house.admin, page, action, &form).await;
        let again = back(&mut house.admin, &again).await;
        assert!(!again.contains("Typed, not saved yet"), "{again}");
        assert_eq!(house.taken_back().await, "Change Corp SSO");
        assert_eq!(house.secret().await, before);
        assert!(!house.app.transcript.text().contains(TYPED) && logs::lines_with(TYPED).is_empty());
    }
}

#[tokio::test]
async fn a_kept_secret_is_its_sessions_own_for_ten_minutes_and_goes_nowhere_else() {
    let mut house = House::new().await;
    let (page, action) = ("/integrations/corp", "/fn/integrations/update");
    let mut form = fields(&house.admin.get(page).await.body(), action);
    set(&mut form, "client_secret", TYPED);
    set(&mut form, "form[label]", "");
    let refused = send(&mut house.admin, page, action, &form).await;
    let mut form = fields(&back(&mut house.admin, &refused).await, action);
    assert!(!String::from_utf8_lossy(&house.app.database_bytes()).contains(TYPED), "it is sealed");
    assert!(form.contains(&("kept_secret".to_owned(), "on".to_owned())), "after a wrong field too: {form:?}");
    set(&mut form, "form[label]", "Corp SSO");
    set(&mut form, "provisional", "on");
    let is_gone = |body: &str| body.contains("what was typed before is not kept any more");
    // Somebody else's browser.
    let other = send(&mut house.root, page, action, &form).await;
    assert!(is_gone(&back(&mut house.root, &other).await));
    // Another place than it was typed for.
    let mut moved = form.clone();
    set(&mut moved, "form[issuer]", "https://elsewhere.example.com");
    let refused = send(&mut house.admin, page, action, &moved).await;
    assert!(is_gone(&back(&mut house.admin, &refused).await));
    // Too late.
    house.app.advance_minutes(10);
    let late = send(&mut house.admin, page, action, &form).await;
    assert!(is_gone(&back(&mut house.admin, &late).await));
    assert_ne!(house.secret().await, TYPED);
}

#[tokio::test]
async fn a_secret_typed_into_a_stale_form_is_saved_with_the_comparison() {
    let mut house = House::new().await;
    house.root = house.app.admin_browser().await;
    let (page, action) = ("/integrations/corp", "/fn/integrations/update");
    let mut form = fields(&house.admin.get(page).await.body(), action);
    assert_eq!(house.root.api().patch("/integrations/corp", json!({"label": "Theirs"})).await.status, 200);
    set(&mut form, "client_secret", TYPED);
    set(&mut form, "form[order]", "7");
    let refused = send(&mut house.admin, page, action, &form).await;
    let body = back(&mut house.admin, &refused).await;
    assert!(body.contains("The client secret you typed is kept, and saved with it."), "{body}");
    let parsed = Html::parse_document(&body);
    let hidden = select(".callout form input[type=hidden]");
    let mut merged: Vec<(String, String)> = parsed
        .select(&hidden)
        .map(|input| {
            let text = |name: &str| input.value().attr(name).unwrap_or_default().to_owned();
            (text("name"), text("value"))
        })
        .collect();
    assert!(
        !body.contains(TYPED) && merged.contains(&("kept_secret".to_owned(), "on".to_owned())),
        "{merged:?}"
    );
    // A new secret concerns a way in; a password has just been used.
    set(&mut merged, "provisional", "on");
    let done = send(&mut house.admin, page, action, &merged).await;
    assert_eq!(done.location(), "/integrations/corp?saved=1", "{done:?}");
    let now = house.corp().await;
    assert_eq!((&now["label"], &now["order"]), (&json!("Theirs"), &json!(7)));
    assert_eq!(house.secret().await, TYPED);
    assert!(!house.app.transcript.text().contains(TYPED));
}

#[tokio::test]
async fn a_first_single_sign_on_without_passwords_is_created_and_enabled_provisionally() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut admin = app.admin_browser().await;
    let (page, action) = ("/integrations/new?preset=oidc", "/fn/integrations/create");
    let mut form = fields(&admin.get(page).await.body(), action);
    for (name, value) in [
        ("form[issuer]", idp.issuer()),
        ("form[label]", "Corp SSO".to_owned()),
        ("form[name]", "corp".to_owned()),
        ("form[client_id]", idp.client_id().to_owned()),
        ("client_secret", idp.client_secret().to_owned()),
        ("enable", "on".to_owned()),
    ] {
        set(&mut form, name, &value);
    }
    form.retain(|(name, _)| name != "form[local_sign_in]");
    let refused = send(&mut admin, page, action, &form).await;
    let body = back(&mut admin, &refused).await;
    assert!(body.contains("Save and enable provisionally (10 minutes)"), "{body}");
    assert!(body.contains("Typed, not saved yet") && !body.contains(idp.client_secret()), "{body}");
    let mut form = fields(&body, action);
    set(&mut form, "provisional", "on");
    let done = send(&mut admin, page, action, &form).await;
    assert_eq!(done.location(), "/integrations/corp?created=1", "{done:?}");
    let corp = admin.api().get("/integrations/corp").await.json();
    assert_eq!((&corp["enabled"], &corp["clientSecret"]["state"]), (&json!(true), &json!("set")));
    assert!(admin.get("/me").await.body().contains("Create Corp SSO"));
    app.advance_minutes(10);
    assert!(pending::revert_due(&app.core, "here").await.unwrap());
    assert_eq!(admin.api().get("/integrations/corp").await.json()["enabled"], false);
}

async fn hand_in(browser: &mut Browser, fields: &[(&str, &str)], file: &str) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!("--XX\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str(&format!(
        "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\ncontent-type: text/plain\r\n\r\n\
         {file}\r\n--XX--\r\n"
    ));
    let origin = browser.client.origin.clone();
    let headers = [
        ("accept", "text/html"),
        ("origin", origin.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "multipart/form-data; boundary=XX"),
    ];
    let answer = browser.send(Method::POST, "/fn/import/plan", &headers, Body::from(body)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    answer.location().to_owned()
}

#[tokio::test]
async fn an_import_over_a_way_in_shows_its_plan_and_is_made_provisionally() {
    let mut house = House::new().await;
    let issuer = house.idp.issuer();
    let given = [("source", "oms"), ("name", "corp"), ("issuer", issuer.as_str())];
    let page = hand_in(&mut house.admin, &given, OMS).await;
    let body = house.admin.get(&page).await.body();
    assert!(
        body.contains("Make it as in the file for 10 minutes") && body.contains("Only provisionally"),
        "{body}"
    );
    let action = "/fn/import/make";
    let mut form = fields(&body, action);
    set(&mut form, "force", "on");
    assert!(form.contains(&("provisional".to_owned(), "on".to_owned())), "{form:?}");
    let before = house.corp().await;
    // Somebody takes the field out: refused, and back at the plan with the reason.
    let without: Vec<_> = form.iter().filter(|(name, _)| name != "provisional").cloned().collect();
    let refused = send(&mut house.admin, &page, action, &without).await;
    assert!(refused.location().ends_with("&refused=way_in_unproven"), "{refused:?}");
    assert!(house.admin.get(refused.location()).await.body().contains("Not imported"));
    assert_eq!(house.corp().await, before);
    let done = send(&mut house.admin, &page, action, &form).await;
    assert_eq!(done.location(), "/integrations/corp?saved=1", "{done:?}");
    assert_ne!(house.corp().await["clientId"], before["clientId"]);
    // Another change of it has to wait, and the plan says so.
    let page = hand_in(&mut house.admin, &given, &OMS.replace("oms-console", "other-client")).await;
    let body = house.admin.get(&page).await.body();
    assert!(body.contains("Another change waits to be confirmed"), "{body}");
    assert_eq!(house.taken_back().await, "Import corp");
    assert_eq!(house.corp().await["clientId"], before["clientId"]);
    let api = house.admin.api();
    let plan = api.post("/imports/oms?dryRun=true&name=corp", json!({"content": OMS})).await;
    assert_eq!((plan.status, &plan.json()["refused"]), (200, &json!("way_in_unproven")), "{plan:?}");
    let path = "/imports/oms?force=true&name=corp&provisional=true";
    assert_eq!(api.post(path, json!({"content": OMS})).await.status, 200);
    assert_eq!(house.taken_back().await, "Import corp");
}

#[tokio::test]
async fn my_access_says_how_my_groups_came() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({})).await;
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut bob = app.browser();
    let notes =
        ["Your sign-in service sent no groups", "You are in no group", "Your groups could not be read"];
    for (person, said) in [
        (Person::new("bob"), Some(notes[0])),
        (Person::new("bob").groups(&[]), Some(notes[1])),
        (Person::new("bob").groups(&["dba"]), None),
    ] {
        app.sign_in(&mut bob, &idp, person).await;
        let page = bob.get("/me").await.body();
        for note in notes {
            assert_eq!(page.contains(note), said == Some(note), "{note}: {page}");
        }
    }
    // A sign-in that their groups refused, in another browser: the first one tells of it, and keeps its roles.
    idp.set_fault(Some(Fault::GroupsOverage));
    let refused = app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob").groups(&["dba"])).await;
    app.assert_login_failed(&refused, "groups_overage").await;
    let page = bob.get("/me").await.body();
    assert!(page.contains(notes[2]) && page.contains("Global read only"), "{page}");
    let failed = app.audit("kind=login.failed").await;
    assert_eq!(failed[0]["target"], "user:bob", "the provider had said who it was");
    assert!(!app.admin_browser().await.get("/me").await.body().contains("corp</code> was last asked"));
}
