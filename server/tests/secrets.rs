//! Client secrets that rotate: two slots, references, ends, and who is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::{access::Caller, secret::SecretState};
use fake_idp::{Endpoint, FakeIdp, Person};
use serde_json::{Value, json};
use server::service::{apply, client_secrets::expiry, live_groups::refresh_due};
use support::{TestApp, logs};

const SECOND: &str = "second-client-secret-8c41";

async fn corp() -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    (app, idp)
}

async fn patch(app: &TestApp, secret: Value) -> Value {
    let answer = app.admin().await.patch("/integrations/corp", json!({"clientSecret": secret})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["clientSecret"].clone()
}

async fn refused(app: &TestApp, secret: Value) -> Vec<String> {
    let answer = app.admin().await.patch("/integrations/corp", json!({"clientSecret": secret})).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let fields = answer.json()["fields"].as_array().unwrap().clone();
    fields
        .iter()
        .map(|f| format!("{}: {}", f["field"].as_str().unwrap(), f["code"].as_str().unwrap()))
        .collect()
}

async fn state(app: &TestApp) -> Value {
    app.admin().await.get("/integrations/corp").await.json()["clientSecret"].clone()
}

async fn notices(app: &TestApp) -> Vec<String> {
    let all = app.admin().await.get("/notices").await.json();
    let kind = |notice: &Value| {
        format!("{} {}", notice["kind"].as_str().unwrap(), notice["subject"].as_str().unwrap())
    };
    all["items"].as_array().unwrap().iter().map(kind).collect()
}

#[tokio::test]
async fn a_new_secret_beside_the_old_one_takes_over_when_the_provider_drops_the_old_one() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let shown = patch(&app, json!({"add": SECOND, "expiresAt": "2027-05-01T00:00:00Z"})).await;
        assert_eq!(
            (&shown["state"], &shown["slots"], &shown["source"]),
            (&json!("set"), &json!(2), &json!("stored"))
        );
        assert_eq!(shown["held"][1]["setBy"], "admin");
        assert_eq!(shown["held"][1]["expiresInDays"], 362);

        // The provider still takes the old one: nothing changes.
        app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
        assert_eq!(state(&app).await["held"][0]["preferred"], true);

        idp.set_client_secrets(&[SECOND]);
        idp.clear_requests();
        app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
        assert_eq!(idp.count(Endpoint::Token), 2, "one secret, then the other, with the same code");
        let held = state(&app).await["held"].clone();
        assert_eq!((&held[0]["preferred"], &held[1]["preferred"]), (&json!(false), &json!(true)));
        assert!(held[0]["lastRejectedAt"].is_string() && held[1]["lastUsedAt"].is_string(), "{held}");
        assert_eq!(notices(&app).await, ["secret.refused slot 1"]);
        let events = app.audit("kind=integration.secret_switched").await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["detail"]["preferredSlot"], json!({"from": 1, "to": 2}));
        assert_eq!(events[0]["integration"], "corp");

        idp.clear_requests();
        app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
        assert_eq!(idp.count(Endpoint::Token), 1, "the new one is tried first now");
        let left = patch(&app, json!({"remove": 1})).await;
        assert_eq!((&left["slots"], &left["held"][0]["slot"]), (&json!(1), &json!(2)));
        assert_eq!(notices(&app).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn while_twenty_people_sign_in_at_once_the_switch_happens_once_and_everybody_gets_in() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        patch(&app, json!({"add": SECOND})).await;
        let mut leaving = Vec::new();
        for n in 0..20 {
            idp.set_person(Person::new(&format!("person{n}")));
            let mut browser = app.browser();
            let left = app.leave(&mut browser, &idp, "/oauth2/authorization/corp").await;
            leaving.push((browser, left.callback));
        }
        idp.set_client_secrets(&[SECOND]);
        let come_back = leaving.into_iter().map(|(mut browser, callback)| async move {
            browser.get_from_elsewhere(&callback).await;
            browser.is_signed_in()
        });
        let all = futures::future::join_all(come_back).await;
        assert_eq!(all, [true; 20]);
        assert_eq!(app.audit("kind=integration.secret_switched").await.len(), 1);
        assert_eq!(notices(&app).await, ["secret.refused slot 1"]);
        assert_eq!(state(&app).await["held"][1]["preferred"], true);
    }
}

#[tokio::test]
async fn a_provider_that_uses_the_code_up_costs_one_login_and_not_the_next() {
    let (app, idp) = corp().await;
    patch(&app, json!({"add": SECOND})).await;
    idp.set_client_secrets(&[SECOND]);
    idp.config(|config| config.failed_client_spends_code = true);
    let answer = app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob")).await;
    app.assert_login_failed_with(&answer, "code_rejected");
    idp.clear_requests();
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    assert_eq!(idp.count(Endpoint::Token), 1, "the other one is tried first");
    assert_eq!(app.audit("kind=integration.secret_switched").await.len(), 1);
}

#[tokio::test]
async fn where_the_request_is_pushed_the_other_secret_takes_over_before_anybody_leaves() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        idp.config(|config| config.require_par = true);
        app.with_integration(&idp, "corp").await;
        patch(&app, json!({"add": SECOND})).await;
        app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
        assert_eq!(state(&app).await["held"][0]["preferred"], true);

        idp.set_client_secrets(&[SECOND]);
        idp.clear_requests();
        let mut browser = app.browser();
        app.sign_in(&mut browser, &idp, Person::new("bob")).await;
        assert!(browser.is_signed_in());
        assert_eq!((idp.count(Endpoint::Push), idp.count(Endpoint::Token)), (2, 1));
        let held = state(&app).await["held"].clone();
        assert_eq!((&held[0]["preferred"], &held[1]["preferred"]), (&json!(false), &json!(true)));
        assert!(held[0]["lastRejectedAt"].is_string() && held[1]["lastUsedAt"].is_string(), "{held}");
        assert_eq!(notices(&app).await, ["secret.refused slot 1"]);
        assert_eq!(app.audit("kind=integration.secret_switched").await.len(), 1);

        // A third secret, which is not stored: both are asked, neither takes turns, and the login ends.
        idp.set_client_secrets(&["a-third-secret-that-nobody-told-us"]);
        idp.clear_requests();
        let answer = app.browser().get("/oauth2/authorization/corp").await;
        assert!(answer.header("location").contains("code=client_rejected"), "{answer:?}");
        assert_eq!(idp.count(Endpoint::Push), 2);
        assert_eq!(state(&app).await["held"][1]["preferred"], true);
    }
}

#[tokio::test]
async fn live_groups_and_the_sign_in_of_a_probe_try_the_other_secret_too() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        idp.config(|config| config.refresh_tokens = true);
        app.integration(&idp, "corp", json!({"liveGroups": true})).await;
        app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
        patch(&app, json!({"add": SECOND})).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["staff"])).await;
        idp.change_person(Person::new("bob").groups(&["dba"]));
        idp.set_client_secrets(&[SECOND]);
        app.advance_minutes(15);
        idp.clear_requests();
        refresh_due(&app.core).await.unwrap();
        assert_eq!(idp.count(Endpoint::Token), 2, "one secret, then the other, with the same token");
        let me = browser.api().get("/me").await.json();
        assert_eq!(me["roleGrants"][0]["role"], "GLOBAL_READ_ONLY", "{me}");
        let held = state(&app).await["held"].clone();
        assert_eq!((&held[0]["preferred"], &held[1]["preferred"]), (&json!(false), &json!(true)));
        assert!(held[0]["lastRejectedAt"].is_string() && held[1]["lastUsedAt"].is_string(), "{held}");
        assert_eq!(notices(&app).await, ["secret.refused slot 1"]);
        assert_eq!(app.audit("kind=integration.secret_switched").await.len(), 1);

        // Back to the first one, found out by an administrator who tries a sign-in.
        let mut admin = app.admin_browser().await;
        let answer = admin.post_form("/fn/probe/begin", &[("name", "corp")]).await;
        let run = answer.location_param("run").unwrap();
        idp.set_client_secrets(&[idp.client_secret()]);
        let probed = app.admin().await.post("/integrations/corp/probe", Value::Null).await.json();
        let step = probed["steps"].as_array().unwrap().iter().find(|step| step["step"] == "client").unwrap();
        assert_eq!(step["state"], "warn", "{step}");
        assert!(step["summary"].as_str().unwrap().contains("takes the other one"), "{step}");
        let leaving = app.leave(&mut admin, &idp, &format!("/probe/{run}/sign-in")).await;
        idp.clear_requests();
        let back = admin.get_from_elsewhere(&leaving.callback).await;
        assert!(back.location().contains(&run), "{back:?}");
        assert_eq!(idp.count(Endpoint::Token), 2);
        let shown = admin.call("/fn/probe/get", &[("run", &run), ("after", "0")]).await;
        assert!(shown.body().contains("bob"), "{shown:?}");
        assert_eq!(state(&app).await["held"][0]["preferred"], true);
        assert_eq!(notices(&app).await, ["secret.refused slot 2"]);
        let events = app.audit("kind=integration.secret_switched").await;
        assert_eq!(events.len(), 2);
        assert_eq!(events[1]["detail"]["preferredSlot"], json!({"from": 2, "to": 1}));
    }
}

#[tokio::test]
async fn a_secret_in_its_warning_time_is_written_down_once_a_threshold_and_day() {
    let (app, _idp) = corp().await;
    patch(&app, json!({"slot": 1, "expiresAt": app.now().plus_hours(24 * 20)})).await;
    let seen = async || app.admin().await.get("/notices").await.json()["items"][0]["lastSeenAt"].clone();
    expiry::look(&app.core, "one").await.unwrap();
    let first = seen().await;
    for _ in 0..10 {
        app.advance_minutes(1);
        expiry::look(&app.core, "one").await.unwrap();
        assert_eq!(seen().await, first);
    }
    app.advance_minutes(24 * 60);
    expiry::look(&app.core, "one").await.unwrap();
    assert_eq!(seen().await, json!(app.now()));
}

#[tokio::test]
async fn two_wrong_secrets_are_refused_without_taking_turns_for_ever() {
    let (app, idp) = corp().await;
    patch(&app, json!({"add": SECOND})).await;
    idp.set_client_secrets(&[]);
    let answer = app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob")).await;
    app.assert_login_failed(&answer, "client_rejected").await;
    assert!(app.audit("kind=integration.secret_switched").await.is_empty());
    let held = state(&app).await["held"].clone();
    assert!(held[0]["lastRejectedAt"].is_string() && held[1]["lastRejectedAt"].is_string(), "{held}");
    // Where the provider also uses the code up, a guess moves the preference at most once.
    idp.config(|config| config.failed_client_spends_code = true);
    for _ in 0..4 {
        app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob")).await;
    }
    assert!(app.audit("kind=integration.secret_switched").await.len() <= 1);
}

#[tokio::test]
async fn a_single_wrong_secret_is_asked_once() {
    let (app, idp) = corp().await;
    idp.set_client_secrets(&[SECOND]);
    idp.clear_requests();
    let answer = app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob")).await;
    app.assert_login_failed(&answer, "client_rejected").await;
    assert_eq!(idp.count(Endpoint::Token), 1);
}

#[tokio::test]
async fn a_secret_in_a_file_is_used_as_it_is_there_and_only_named_by_us() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_owned();
    let app = TestApp::with(|config| config.secrets.client_secret_folder = Some(home)).await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let path = folder.path().join("corp");
    let name = path.to_str().unwrap();
    assert_eq!(refused(&app, json!({"file": name})).await, ["clientSecret: secret_not_found"]);
    std::fs::write(&path, format!("{}\n", idp.client_secret())).unwrap();
    let shown = patch(&app, json!({"file": name})).await;
    assert_eq!((&shown["source"], &shown["held"][0]["reference"]), (&json!("file"), &json!(name)));
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;

    // Changed there: taken at once, because the provider refuses what was remembered.
    idp.set_client_secrets(&[SECOND]);
    std::fs::write(&path, SECOND).unwrap();
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    assert!(app.audit("kind=integration.secret_switched").await.is_empty());

    // Gone: refused, with the file named for the administrator.
    std::fs::remove_file(&path).unwrap();
    app.advance_seconds(61);
    let answer = app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob")).await;
    app.assert_login_failed_with(&answer, "client_rejected");
    let failed = app.audit("kind=login.failed").await;
    assert!(failed[0]["detail"]["cause"].as_str().unwrap().contains(name), "{failed:?}");
    assert_eq!(notices(&app).await, ["secret.unreadable slot 1"]);
    std::fs::write(&path, SECOND).unwrap();
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    assert_eq!(notices(&app).await, Vec::<String>::new());

    // An export names the file, and applied it changes nothing.
    let host = Caller::host("test");
    let text = apply::export::export(&app.core, &host).await.unwrap();
    assert!(text.contains(&format!("clientSecretFile: {name}")), "{text}");
    assert!(!text.contains(SECOND), "{text}");
    let document = apply::Document::parse("f.yaml", &text, true, &|_| None).unwrap();
    let changes = apply::apply(&app.core, &host, &document, apply::Options::default()).await.unwrap();
    assert_eq!(changes, []);
    assert_eq!(state(&app).await["source"], "file");
}

#[tokio::test]
async fn only_what_the_host_offers_can_be_named() {
    let (app, _idp) = corp().await;
    for (secret, wrong) in [
        (json!({"env": "HOME"}), "clientSecret: bad_secret_variable"),
        (json!({"env": "LATCHKEY_SECRETS__KEY"}), "clientSecret: bad_secret_variable"),
        (json!({"env": "LATCHKEY_SECRET_NOT_THERE"}), "clientSecret: secret_not_found"),
        (json!({"file": "/etc/passwd"}), "clientSecret: no_secret_folder"),
        (json!({"add": {"file": "/etc/passwd"}}), "clientSecret: no_secret_folder"),
        (json!({"remove": 2}), "clientSecret: not_there"),
        (json!({"remove": 1}), "clientSecret: required"),
        (json!({"prefer": 2}), "clientSecret: not_there"),
        (json!({"slot": 1, "expiresAt": "2020-01-01T00:00:00Z"}), "clientSecret.expiresAt: bad_date"),
    ] {
        assert_eq!(refused(&app, secret.clone()).await, [wrong], "{secret}");
    }
    assert_eq!(state(&app).await["slots"], 1);
}

#[tokio::test]
async fn no_secret_follows_to_another_provider() {
    let (app, idp) = corp().await;
    patch(&app, json!({"add": SECOND})).await;
    let other = app.idp().await;
    let admin = app.admin().await;
    let moved = json!({"issuer": other.issuer()});
    assert_eq!(admin.patch("/integrations/corp", moved.clone()).await.status, 422);
    for secret in [json!({"add": "third-secret-771"}), json!({"prefer": 2}), json!({"remove": 2})] {
        let body = json!({"issuer": other.issuer(), "clientSecret": secret});
        let answer = admin.patch("/integrations/corp", body).await;
        let fields = &answer.json()["fields"];
        assert_eq!(fields[0]["code"], "secret_needed_again", "{answer:?}");
    }
    let body = json!({"issuer": other.issuer(), "clientSecret": "for-the-other-provider"});
    let answer = admin.patch("/integrations/corp", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["clientSecret"]["slots"], 1, "the second one is gone");
    assert_eq!(idp.count(Endpoint::Token) + other.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn an_end_is_warned_of_thirty_seven_and_one_days_before_and_afterwards_once_each() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        let name = "corp";
        app.with_integration(&idp, name).await;
        let end = app.now().plus_hours(24 * 40);
        patch(&app, json!({"slot": 1, "expiresAt": end})).await;
        let mut told = Vec::new();
        for day in 0..=42 {
            expiry::look(&app.core, "one").await.unwrap();
            expiry::look(&app.core, "one").await.unwrap();
            // Another server has not got the lease.
            expiry::look(&app.core, "two").await.unwrap();
            let now = notices(&app).await;
            if told.last().is_none_or(|(_, last)| *last != now) {
                told.push((day, now));
            }
            app.advance_minutes(24 * 60);
        }
        let list = |text: &str| vec![text.to_owned()];
        assert_eq!(
            told,
            [(0, vec![]), (10, list("secret.expiring slot 1")), (40, list("secret.expired slot 1"))]
        );
        let metrics = app.core.metrics.text();
        let line = "latchkey_client_secret_expires_seconds{integration=\"corp\",slot=\"1\"} -172800";
        assert!(metrics.contains(line), "{metrics}");
        // A new end settles it.
        patch(&app, json!({"slot": 1, "expiresAt": app.now().plus_hours(24 * 400)})).await;
        assert_eq!(notices(&app).await, Vec::<String>::new());
        expiry::look(&app.core, "one").await.unwrap();
        assert_eq!(notices(&app).await, Vec::<String>::new());
    }
    for days in [30, 7, 1, 0] {
        let word = format!("threshold_days={days} ");
        let lines = logs::lines_with("a client secret ends");
        assert!(lines.iter().any(|line| line.contains(&word)), "{word}: {lines:?}");
    }
}

#[tokio::test]
async fn both_secrets_stay_out_of_every_body_the_log_and_the_database() {
    let (app, idp) = corp().await;
    patch(&app, json!({"add": SECOND})).await;
    idp.set_client_secrets(&[SECOND]);
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    let mut admin = app.admin_browser().await;
    for path in
        ["/integrations", "/integrations/corp", "/integrations/corp/secrets", "/integrations/corp/history"]
    {
        assert_eq!(admin.get(path).await.status, 200, "{path}");
    }
    let api = admin.api();
    for path in
        ["/integrations/corp/revisions", "/integrations/corp/revisions/2", "/notices", "/audit-events"]
    {
        assert_eq!(api.get(path).await.status, 200, "{path}");
    }
    let first = idp.client_secret();
    let bytes = app.database_bytes();
    for secret in [SECOND, first] {
        assert!(!app.transcript.text().contains(secret), "a body holds a secret");
        assert!(!logs::text().contains(secret), "the log holds a secret");
        assert!(
            !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
            "the database holds a secret"
        );
    }
}

#[tokio::test]
async fn the_state_of_the_domain_and_the_api_agree() {
    let (app, _idp) = corp().await;
    let shown = state(&app).await;
    let read: SecretState = serde_json::from_value(shown.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), shown);
    assert!(shown.get("value").is_none() && shown.get("secret").is_none());
}

#[tokio::test]
async fn the_forms_of_the_console_do_the_same_without_scripts() {
    let (app, _idp) = corp().await;
    let mut admin = app.admin_browser().await;
    let add = [
        ("name", "corp"),
        ("form[action]", "add"),
        ("form[source]", "stored"),
        ("form[expires]", "2027-01-31"),
        ("new_secret", SECOND),
    ];
    let answer = admin.post_form("/fn/integrations/secret", &add).await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/integrations/corp/secrets?done=add"),
        "{answer:?}"
    );
    let held = state(&app).await["held"].clone();
    assert_eq!(held[1]["expiresAt"], "2027-01-31T00:00:00.000Z");
    let page = admin.get("/integrations/corp/secrets").await.body();
    assert!(page.contains("31 Jan 2027") && !page.contains(SECOND), "{page}");
    for (action, slot) in [("prefer", "2"), ("remove", "1")] {
        let fields = [("name", "corp"), ("form[action]", action), ("form[slot]", slot)];
        let answer = admin.post_form("/fn/integrations/secret", &fields).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.location().contains("done="), "{answer:?}");
    }
    assert_eq!(state(&app).await["held"][0]["slot"], 2);
    // The only one of an enabled integration stays, and the page says why.
    let fields = [("name", "corp"), ("form[action]", "remove"), ("form[slot]", "2")];
    let answer = admin.post_form_from("/integrations/corp/secrets", "/fn/integrations/secret", &fields).await;
    assert!(answer.location().contains("__err="), "{answer:?}");
    assert_eq!(state(&app).await["slots"], 1);
}
