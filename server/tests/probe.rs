//! The probe through every door: console, REST, and a sign-in that is tried without anybody being signed in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use fake_idp::{Endpoint, FakeIdp, Fault, Person};
use serde_json::{Value, json};
use support::{Answer, Browser, TestApp};

const STEPS: [&str; 8] = ["address", "tls", "discovery", "issuer", "keys", "capabilities", "client", "clock"];

fn body(idp: &FakeIdp) -> Value {
    json!({
        "name": "draft", "label": "Draft", "issuer": idp.issuer(),
        "clientId": idp.client_id(), "clientSecret": idp.client_secret(),
    })
}

fn steps(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let steps = answer.json()["steps"].as_array().unwrap().clone();
    steps.iter().map(|step| step["step"].as_str().unwrap().to_owned()).collect()
}

/// The fields of the console's form for a draft.
fn draft_form<'a>(idp: &'a FakeIdp, issuer: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("form[name]", "draft"),
        ("form[label]", "Draft"),
        ("form[issuer]", issuer),
        ("form[discovery]", "on"),
        ("form[client_id]", idp.client_id()),
        ("client_secret", secret),
        ("form[client_auth_method]", "client_secret_basic"),
        ("form[oauth_scopes]", "openid profile email"),
        ("form[pkce]", "on"),
        ("form[signing_algorithms]", "RS256"),
        ("form[clock_skew_seconds]", "60"),
        ("form[userinfo]", "auto"),
        ("form[create_users]", "on"),
        ("form[local_sign_in]", "on"),
    ]
}

/// Probes a draft by the console; the run.
async fn draft(browser: &mut Browser, idp: &FakeIdp) -> String {
    let issuer = idp.issuer();
    let fields = draft_form(idp, &issuer, idp.client_secret());
    let answer = browser.post_form("/fn/probe/begin_draft", &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.location().starts_with("/integrations/new/probe?run="), "{answer:?}");
    answer.location_param("run").unwrap()
}

async fn view(browser: &mut Browser, run: &str) -> Answer {
    browser.call("/fn/probe/get", &[("run", run), ("after", "0")]).await
}

async fn count(app: &TestApp, path: &str) -> u64 {
    app.admin().await.get(path).await.json()["total"].as_u64().unwrap()
}

/// To the provider and back; the answer of the callback.
async fn try_sign_in(app: &TestApp, browser: &mut Browser, idp: &FakeIdp, run: &str) -> Answer {
    let leaving = app.leave(browser, idp, &format!("/probe/{run}/sign-in")).await;
    browser.get_from_elsewhere(&leaving.callback).await
}

#[tokio::test]
async fn a_stored_integration_is_probed_with_its_stored_secret() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let admin = app.admin().await;
        let answer = admin.post("/integrations/corp/probe", json!({})).await;
        assert_eq!(steps(&answer), STEPS);
        assert_eq!(answer.json()["state"], "warn", "plain http: {answer:?}");
        assert!(!answer.body().contains(idp.client_secret()));
        let events = app.audit("kind=integration.probed").await;
        assert_eq!(events.len(), 1, "one event a run");
        assert_eq!(
            (&events[0]["integration"], &events[0]["detail"]["draft"]),
            (&json!("corp"), &json!(false))
        );
        idp.set_fault(Some(Fault::InvalidClient));
        let answer = admin.post("/integrations/corp/probe", json!({})).await.json();
        assert_eq!(answer["state"], "failed");
        let client =
            answer["steps"].as_array().unwrap().iter().find(|step| step["step"] == "client").unwrap();
        assert!(client["advice"].as_str().unwrap().contains("secret"), "{client}");
        assert_eq!(admin.post("/integrations/nobody/probe", json!({})).await.status, 404);
    }
}

#[tokio::test]
async fn a_draft_is_probed_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let admin = app.admin().await;
    let answer = admin.post("/probe", body(&idp)).await;
    assert_eq!(steps(&answer), STEPS);
    assert_eq!(count(&app, "/integrations").await, 0);
    let answer = admin.post("/probe", json!({"name": "x"})).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.json()["fields"].to_string().contains("issuer"), "{answer:?}");
}

#[tokio::test]
async fn only_those_who_manage_integrations_may_probe_and_not_too_often() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let viewer = app.user("viewer", "canary-viewer-password-1").await;
    app.grant(&viewer, "GLOBAL_READ_ONLY").await;
    let mut browser = app.browser();
    browser.sign_in_with_password("viewer", "canary-viewer-password-1").await;
    assert_eq!(browser.api().post("/integrations/corp/probe", json!({})).await.status, 403);
    assert_eq!(browser.get("/integrations/corp/probe").await.status, 403);
    assert_eq!(app.browser().call("/fn/probe/begin", &[("name", "corp")]).await.status, 401);
    let admin = app.admin().await;
    for _ in 0..30 {
        assert_eq!(admin.post("/integrations/corp/probe", json!({})).await.status, 200);
    }
    assert_eq!(admin.post("/integrations/corp/probe", json!({})).await.status, 429);
    app.advance_minutes(11);
    assert_eq!(admin.post("/integrations/corp/probe", json!({})).await.status, 200);
}

#[tokio::test]
async fn without_scripts_the_page_shows_the_finished_list() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let mut browser = app.admin_browser().await;
    let start = browser.get("/integrations/corp/probe").await;
    assert!(start.status == 200 && start.body().contains("Probe now"), "{start:?}");
    let answer = browser.post_form("/fn/probe/begin", &[("name", "corp")]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.location().starts_with("/integrations/corp/probe?run="), "{answer:?}");
    let page = browser.follow(answer.location()).await;
    let body = page.body();
    assert!(body.contains("All steps passed, one with a warning."), "{page:?}");
    assert!(body.contains("/probe/") && body.contains("Sign in for real"), "{page:?}");
    assert!(!body.contains(idp.client_secret()));
}

#[tokio::test]
async fn a_wrong_draft_comes_back_with_its_fields_and_without_its_secret() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut browser = app.admin_browser().await;
    let fields = draft_form(&idp, "https://<host>/realms/x", "canary-typed-secret");
    let answer = browser.post_form("/fn/probe/begin_draft", &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = browser.follow(answer.location()).await;
    assert!(!page.body().contains("canary-typed-secret"));
    assert_eq!(idp.requests().len(), 0);
}

#[tokio::test]
async fn a_tried_sign_in_of_a_draft_shows_claims_and_roles_and_signs_nobody_in() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
        app.rule("Staff", "GLOBAL_READ_ONLY", "global").await;
        let mut browser = app.admin_browser().await;
        let run = draft(&mut browser, &idp).await;
        let before = view(&mut browser, &run).await.json();
        assert_eq!(before["sign_in"]["state"], "not_begun", "{before}");
        assert_eq!(before["steps"].as_array().unwrap().len(), STEPS.len());

        let (users, session) = (count(&app, "/users").await, browser.session());
        let sessions = count(&app, "/sessions").await;
        idp.set_person(Person::new("bob").groups(&["dba", "staff"]));
        let back = try_sign_in(&app, &mut browser, &idp, &run).await;
        assert_eq!(back.status, 303, "{back:?}");
        assert_eq!(back.location(), format!("/integrations/new/probe?run={run}&tried=1"));
        assert_eq!(back.set_cookie("__Host-latchkey"), None, "no session");
        assert_eq!(browser.session(), session);
        assert!(browser.is_admin().await, "the administrator is who they were");
        // `count` signs the administrator in anew each time it asks.
        assert_eq!(count(&app, "/users").await, users, "no user");
        assert!(count(&app, "/sessions").await <= sessions + 2);
        assert_eq!(app.audit("kind=login.succeeded&actor=bob").await.len(), 0);

        let after = view(&mut browser, &run).await.json();
        assert_eq!(after["sign_in"]["state"], "done", "{after}");
        let found = &after["sign_in"]["result"];
        assert_eq!((&found["username"], &found["subject"]), (&json!("bob"), &json!("bob")));
        assert_eq!(found["groups"], json!(["dba", "staff"]));
        assert_eq!(found["roles"][0]["role"], "GLOBAL_READ_ONLY");
        assert_eq!(found["roles"][0]["groups"], json!(["dba"]));
        assert_eq!(found["near"], json!([["Staff", "staff"]]));
        let claims = found["claims"].as_array().unwrap();
        let email = claims.iter().find(|claim| claim["path"] == "email").unwrap();
        assert_eq!((&email["source"], &email["used"]), (&json!("userinfo"), &json!(["email"])));
        assert!(!after.to_string().contains(idp.client_secret()));

        let page = browser.get(back.location()).await.body();
        assert!(page.contains("bob@example.com") && page.contains("You can close this tab"));
        assert!(page.contains("claim_groups="), "a claim can be chosen");
    }
}

#[tokio::test]
async fn a_disabled_integration_is_tried_and_stays_disabled() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({"enabled": false, "createUsers": false})).await;
    let mut browser = app.admin_browser().await;
    let answer = browser.post_form("/fn/probe/begin", &[("name", "corp")]).await;
    let run = answer.location_param("run").unwrap();
    idp.set_person(Person::new("bob"));
    let back = try_sign_in(&app, &mut browser, &idp, &run).await;
    assert_eq!(back.location(), format!("/integrations/corp/probe?run={run}&tried=1"));
    let found = view(&mut browser, &run).await.json();
    assert_eq!(found["sign_in"]["state"], "done", "{found}");
    assert_eq!(found["sign_in"]["result"]["refused"], "user_unknown", "{found}");
    let stored = app.admin().await.get("/integrations/corp").await.json();
    assert_eq!((&stored["enabled"], &stored["lastSuccessAt"]), (&json!(false), &Value::Null));
    assert_eq!(stored["lastFailureAt"], Value::Null, "a test is no sign-in");
}

#[tokio::test]
async fn a_sign_in_that_fails_says_why_and_is_no_failed_login() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut browser = app.admin_browser().await;
    let run = draft(&mut browser, &idp).await;
    for (fault, code) in [
        (Fault::WrongNonce, "nonce_mismatch"),
        (Fault::CallbackError, "provider_refused"),
        (Fault::CallbackCodeAndError, "callback_invalid"),
        (Fault::Userinfo500, "userinfo_invalid"),
    ] {
        idp.set_fault(Some(fault));
        let back = try_sign_in(&app, &mut browser, &idp, &run).await;
        assert!(back.location().contains("tried=1"), "{}: {back:?}", fault.name());
        let seen = view(&mut browser, &run).await.json();
        assert_eq!(seen["sign_in"]["result"]["failure"], code, "{}: {seen}", fault.name());
    }
    idp.set_fault(Some(Fault::Discovery500));
    let begun = browser.get(&format!("/probe/{run}/sign-in")).await;
    assert_eq!((begun.status, begun.location_param("run")), (303, Some(run.clone())));
    let seen = view(&mut browser, &run).await.json();
    assert_eq!(seen["sign_in"]["result"]["failure"], "discovery_invalid", "{seen}");
    assert!(app.audit("kind=login.failed").await.is_empty());
}

#[tokio::test]
async fn nobody_else_and_no_other_browser_can_read_or_finish_it() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let other = app.user("other", "canary-other-password-1").await;
    app.grant(&other, "GLOBAL_OWNER").await;
    let mut admin = app.admin_browser().await;
    let run = draft(&mut admin, &idp).await;
    let mut stranger = app.browser();
    stranger.sign_in_with_password("other", "canary-other-password-1").await;
    assert_eq!(view(&mut stranger, &run).await.status, 404);
    assert_eq!(stranger.get(&format!("/probe/{run}/sign-in")).await.status, 404);
    assert_eq!(app.browser().get(&format!("/probe/{run}/sign-in")).await.status, 401);

    // Another administrator's browser, then the same administrator in another browser, bring the answer.
    let leaving = app.leave(&mut admin, &idp, &format!("/probe/{run}/sign-in")).await;
    let answer = stranger.get_from_elsewhere(&leaving.callback).await;
    app.assert_login_failed(&answer, "state_mismatch").await;
    let mut elsewhere = app.admin_browser().await;
    let answer = elsewhere.get_from_elsewhere(&leaving.callback).await;
    app.assert_login_failed(&answer, "state_mismatch").await;
    assert_eq!(idp.count(Endpoint::Token), 1, "the step that shows the client, and no code");
    let answer = admin.get_from_elsewhere(&leaving.callback).await;
    app.assert_login_failed(&answer, "already_used").await;
    let seen = view(&mut admin, &run).await.json();
    assert_eq!(seen["sign_in"]["result"]["failure"], "state_mismatch", "{seen}");

    // An image on another page does not begin one.
    let hidden = [("sec-fetch-dest", "image"), ("sec-fetch-site", "cross-site")];
    let path = format!("/probe/{run}/sign-in");
    assert_eq!(
        admin.send(axum::http::Method::GET, &path, &hidden, axum::body::Body::empty()).await.status,
        403
    );
}

#[tokio::test]
async fn a_run_is_over_after_fifteen_minutes() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut browser = app.admin_browser().await;
    let run = draft(&mut browser, &idp).await;
    let leaving = app.leave(&mut browser, &idp, &format!("/probe/{run}/sign-in")).await;
    app.advance_minutes(16);
    assert_eq!(view(&mut browser, &run).await.status, 404);
    let answer = browser.get_from_elsewhere(&leaving.callback).await;
    app.assert_login_failed(&answer, "already_used").await;
    server::tidy_once(&app.core, "test").await.unwrap();
    let answer = browser.get_from_elsewhere(&leaving.callback).await;
    app.assert_login_failed(&answer, "state_mismatch").await;
}

#[tokio::test]
async fn another_server_finishes_what_this_one_began() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut browser = app.admin_browser().await;
    let run = draft(&mut browser, &idp).await;
    let leaving = app.leave(&mut browser, &idp, &format!("/probe/{run}/sign-in")).await;
    let replica = app.replica().await;
    let mut there = browser.clone();
    there.client = replica.client();
    let answer = there.get_from_elsewhere(&leaving.callback).await;
    assert!(answer.location().contains("tried=1"), "{answer:?}");
    assert_eq!(view(&mut browser, &run).await.json()["sign_in"]["state"], "done");
}

#[tokio::test]
async fn a_draft_is_saved_with_the_secret_it_was_probed_with_unless_it_would_go_elsewhere() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut browser = app.admin_browser().await;
    let run = draft(&mut browser, &idp).await;
    let form = browser.get(&format!("/integrations/new?probe={run}&claim_groups=roles")).await.body();
    assert!(form.contains(&idp.issuer()) && form.contains("value=\"roles\""), "the form is filled");
    assert!(!form.contains(idp.client_secret()));
    let mut elsewhere = draft_form(&idp, "https://other.example", "");
    elsewhere.push(("probe", &run));
    let answer = browser.call("/fn/integrations/create", &elsewhere).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["clientSecret"]["state"], "unset", "the secret stays behind");
    app.admin().await.delete("/integrations/draft").await;
    let issuer = idp.issuer();
    let mut fields = draft_form(&idp, &issuer, "");
    fields.extend([("probe", run.as_str()), ("enable", "on"), ("form[preset]", "oidc")]);
    let answer = browser.call("/fn/integrations/create", &fields).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        (&answer.json()["clientSecret"]["state"], &answer.json()["preset"]),
        (&json!("set"), &json!("oidc"))
    );
    let mut person = app.browser();
    let answer = app.log_in_at(&mut person, &idp, "draft", Person::new("bob")).await;
    assert!(answer.set_cookie("__Host-latchkey").is_some(), "{answer:?}");
}

#[tokio::test]
async fn a_new_integration_begins_with_presets_that_name_the_callback_url() {
    let app = TestApp::new().await;
    let mut browser = app.admin_browser().await;
    let choices = browser.get("/integrations/new").await.body();
    for id in domain::preset::PRESET_IDS {
        assert!(choices.contains(&format!("/integrations/new?preset={id}")), "{id}");
        let page = browser.get(&format!("/integrations/new?preset={id}")).await.body();
        let callback = format!("{}/login/oauth2/code/{id}", support::ORIGIN);
        assert!(page.contains(&callback), "{id}");
    }
}
