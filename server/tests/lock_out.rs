//! Nobody locks everybody out: every door that closes a way in asks for the proof of another, or is taken back by
//! itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::access::Caller;
use fake_idp::{FakeIdp, Person};
use serde_json::{Value, json};
use server::service::{
    apply::{self, Document, Options},
    guarded::{Mode, Verdict},
    pending,
};
use support::{ADMIN, Api, Browser, PASSWORD, TestApp, logs};

/// Two ways in: `admin` with a password, `root` (an owner by a rule) with `corp`.
struct House {
    app: TestApp,
    idp: Arc<FakeIdp>,
}

impl House {
    async fn on(app: TestApp) -> Self {
        let idp = app.idp().await;
        app.integration(&idp, "corp", json!({"label": "Corp SSO"})).await;
        let rule =
            json!({"integration": "corp", "group": "owners", "role": "GLOBAL_OWNER", "level": "global"});
        assert_eq!(app.admin().await.post("/mapping-rules", rule).await.status, 201);
        Self { app, idp }
    }

    async fn new() -> Self {
        Self::on(TestApp::new().await).await
    }

    async fn everywhere() -> Vec<Self> {
        let mut all = Vec::new();
        for app in TestApp::on_each_database().await {
            all.push(Self::on(app).await);
        }
        all
    }

    async fn root(&self) -> Browser {
        let mut browser = self.app.browser();
        self.app.sign_in(&mut browser, &self.idp, Person::new("root").groups(&["owners"])).await;
        browser
    }

    /// Both ways in were used, both sign-ins are an hour old.
    async fn stale(&self) -> (Api, Api) {
        let (admin, root) = (self.app.admin_browser().await, self.root().await);
        for _ in 0..3 {
            self.app.advance_minutes(20);
            assert!(admin.who().await.is_some() && root.who().await.is_some());
        }
        (admin.api(), root.api())
    }
}

async fn pending_change(api: &Api) -> Option<Value> {
    let list = api.get("/pending-changes").await.json();
    let first = list["items"].as_array().unwrap().first().cloned()?;
    (first["confirmedAt"].is_null() && first["revertedAt"].is_null()).then_some(first)
}

async fn refused(answer: support::Answer) {
    assert_eq!((answer.status, answer.code().as_str()), (409, "way_in_unproven"), "{answer:?}");
}

#[tokio::test]
async fn every_door_asks_for_the_proof_of_another_way_in() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    let before = admin.get("/integrations/corp").await.json();
    refused(admin.post("/integrations/corp/disable", Value::Null).await).await;
    refused(admin.delete("/integrations/corp").await).await;
    for change in [
        json!({"clientId": "other"}),
        json!({"issuer": "https://elsewhere.example.com/", "clientSecret": "a"}),
        json!({"clientSecret": "another"}),
        json!({"requiredGroups": ["nobody"]}),
        json!({"claims": {"groups": "roles"}}),
        json!({"claims": {"username": "email"}}),
        json!({"endpoints": {"authorization": "https://elsewhere.example.com/a"}}),
        json!({"localSignIn": false}),
    ] {
        refused(admin.patch("/integrations/corp", change).await).await;
    }
    refused(admin.patch("/settings", json!({"localSignIn": "off"})).await).await;
    let id = house.rule_id_by(&admin).await;
    refused(admin.delete(&format!("/mapping-rules/{id}")).await).await;
    refused(admin.patch(&format!("/mapping-rules/{id}"), json!({"enabled": false})).await).await;
    refused(admin.patch(&format!("/mapping-rules/{id}"), json!({"group": "others"})).await).await;
    assert_eq!(admin.get("/integrations/corp").await.json(), before, "what was refused left nothing behind");
    // What cannot keep an owner out is nobody's business.
    let harmless = json!({"label": "New", "createUsers": false, "order": 3, "icon": "key", "hidden": true});
    assert_eq!(admin.patch("/integrations/corp", harmless).await.status, 200);
    let rule = json!({"integration": null, "group": "x", "role": "GLOBAL_READ_ONLY", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", rule).await.status, 201);
}

impl House {
    async fn rule_id_by(&self, api: &Api) -> String {
        api.get("/mapping-rules").await.json()["items"][0]["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_fresh_sign_in_through_another_way_opens_the_door() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    house.root().await;
    // root has just come in with corp: that proves corp, not the password.
    refused(admin.post("/integrations/corp/disable", Value::Null).await).await;
    assert_eq!(admin.patch("/integrations/corp", json!({"localSignIn": false})).await.status, 200);
    assert_eq!(pending_change(&admin).await, None);

    let house = House::new().await;
    let (_, root) = house.stale().await;
    house.app.admin_browser().await;
    refused(root.patch("/settings", json!({"localSignIn": "off"})).await).await;
    house.app.advance_minutes(15);
    assert_eq!(
        root.post("/integrations/corp/disable", Value::Null).await.status,
        200,
        "fifteen minutes count"
    );

    let house = House::new().await;
    let (_, root) = house.stale().await;
    house.app.admin_browser().await;
    house.app.advance_minutes(16);
    refused(root.post("/integrations/corp/disable", Value::Null).await).await;
}

#[tokio::test]
async fn the_sign_in_of_somebody_who_is_no_owner_proves_nothing() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    let mut browser = house.app.browser();
    house.app.sign_in(&mut browser, &house.idp, Person::new("bob").groups(&["others"])).await;
    refused(admin.patch("/integrations/corp", json!({"localSignIn": false})).await).await;
}

#[tokio::test]
async fn a_provisional_change_is_taken_back_unless_it_is_confirmed() {
    for house in House::everywhere().await {
        let (admin, _) = house.stale().await;
        let before = admin.get("/integrations/corp").await.json();
        let changes = json!({"clientId": "other", "clientSecret": "another"});
        let answer = admin.patch("/integrations/corp?provisional=true", changes).await;
        assert_eq!((answer.status, &answer.json()["clientId"]), (200, &json!("other")), "{answer:?}");
        let waiting = pending_change(&admin).await.unwrap();
        assert_eq!((&waiting["summary"], &waiting["madeBy"]), (&json!("Change Corp SSO"), &json!("admin")));
        let core = &house.app.core;
        house.app.advance_minutes(9);
        assert!(!pending::revert_due(core, "here").await.unwrap());
        house.app.advance_minutes(1);
        assert!(pending::revert_due(core, "here").await.unwrap());
        assert!(!pending::revert_due(core, "here").await.unwrap(), "once");
        let mut after = admin.get("/integrations/corp").await.json();
        assert_eq!(after["revision"], json!(before["revision"].as_i64().unwrap() + 2));
        for member in ["revision", "updatedAt"] {
            after[member] = before[member].clone();
        }
        assert_eq!(after, before);
        assert_eq!(pending_change(&admin).await, None);
        house.root().await;
        let reverted = house.app.audit("kind=change.reverted").await;
        assert_eq!(reverted.len(), 1);
        assert_eq!(reverted[0]["detail"]["restored"], json!(["integration:corp"]));
        assert_eq!(reverted[0]["actor"], "host");
        assert_eq!(house.app.audit("kind=change.pending").await.len(), 1);
    }
}

#[tokio::test]
async fn only_a_sign_in_made_after_the_change_confirms_it() {
    for house in House::everywhere().await {
        let (admin, root) = house.stale().await;
        assert_eq!(
            admin.patch("/integrations/corp?provisional=true", json!({"localSignIn": false})).await.status,
            200
        );
        let id = pending_change(&admin).await.unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/pending-changes/{id}/confirm");
        for old in [&admin, &root] {
            assert_eq!(old.post(&path, Value::Null).await.code(), "new_sign_in_needed");
        }
        house.app.advance_minutes(1);
        let viewer = {
            let mut browser = house.app.browser();
            house.app.sign_in(&mut browser, &house.idp, Person::new("vera").groups(&["others"])).await;
            browser.api()
        };
        assert_eq!(viewer.post(&path, Value::Null).await.status, 403);
        let fresh = house.root().await.api();
        assert_eq!(fresh.post(&path, Value::Null).await.status, 204);
        assert_eq!(fresh.post(&path, Value::Null).await.status, 404);
        house.app.advance_minutes(30);
        assert!(!pending::revert_due(&house.app.core, "here").await.unwrap());
        assert_eq!(fresh.get("/settings").await.code(), "unauthenticated", "half an hour is too long");
        let fresh = house.root().await.api();
        assert_eq!(fresh.get("/settings").await.json()["localSignInNow"], false);
        let kept = fresh.get("/audit-events?kind=change.confirmed").await.json();
        assert_eq!((&kept["total"], &kept["items"][0]["actor"]), (&json!(1), &json!("root")));
    }
}

#[tokio::test]
async fn a_provisional_deletion_turns_off_and_deletes_when_it_is_confirmed() {
    let house = House::new().await;
    let (_, root) = house.stale().await;
    let rule = house.rule_id_by(&root).await;
    assert_eq!(root.delete("/integrations/corp?provisional=true").await.status, 204);
    let admin = house.app.admin().await;
    let stored = admin.get("/integrations/corp").await.json();
    assert_eq!(stored["enabled"], false, "still there");
    // Taken back by hand: everything that hung on it is there.
    let id = pending_change(&admin).await.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.post(&format!("/pending-changes/{id}/revert"), Value::Null).await.status, 204);
    assert_eq!(admin.get("/integrations/corp").await.json()["enabled"], true);
    assert_eq!(admin.get(&format!("/mapping-rules/{rule}")).await.status, 200);
    house.root().await;

    house.app.advance_minutes(60);
    let root = house.root().await.api();
    assert_eq!(root.delete("/integrations/corp?provisional=true").await.status, 204);
    house.app.advance_minutes(1);
    let admin = house.app.admin().await;
    let id = pending_change(&admin).await.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.post(&format!("/pending-changes/{id}/confirm"), Value::Null).await.status, 204);
    assert_eq!(admin.get("/integrations/corp").await.status, 404);
    assert_eq!(admin.get(&format!("/mapping-rules/{rule}")).await.status, 404);
}

#[tokio::test]
async fn provisional_changes_of_setting_and_rules_are_taken_back_too() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    let rule = format!("/mapping-rules/{}", house.rule_id_by(&admin).await);
    let core = &house.app.core;
    assert_eq!(admin.patch("/settings?provisional=true", json!({"localSignIn": "off"})).await.status, 200);
    assert_eq!(
        house.app.browser().sign_in_with_password(ADMIN, PASSWORD).await.location_param("error").as_deref(),
        Some("local_sign_in_off")
    );
    house.app.advance_minutes(10);
    assert!(pending::revert_due(core, "here").await.unwrap());
    let admin = house.app.admin().await;
    assert_eq!(admin.get("/settings").await.json()["localSignIn"], "auto");

    house.app.advance_minutes(20);
    for (change, remove) in [(Some(json!({"group": "others"})), false), (None, true)] {
        let answer = match &change {
            Some(change) => admin.patch(&format!("{rule}?provisional=true"), change.clone()).await,
            None => admin.delete(&format!("{rule}?provisional=true")).await,
        };
        assert_eq!(answer.status, if remove { 204 } else { 200 }, "{answer:?}");
        let now = admin.get(&rule).await.json();
        assert_eq!((now["group"] == "others", now["enabled"] == false), (!remove, remove));
        house.app.advance_minutes(10);
        assert!(pending::revert_due(core, "here").await.unwrap());
        let now = admin.get(&rule).await.json();
        assert_eq!((&now["group"], &now["enabled"]), (&json!("owners"), &json!(true)));
    }
    house.app.advance_minutes(1);
    assert_eq!(admin.delete(&format!("{rule}?provisional=true")).await.status, 204);
    house.app.advance_minutes(1);
    let fresh = house.app.admin().await;
    let id = pending_change(&fresh).await.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(fresh.post(&format!("/pending-changes/{id}/confirm"), Value::Null).await.status, 204);
    assert_eq!(fresh.get(&rule).await.status, 404);
}

#[tokio::test]
async fn one_change_waits_at_a_time_and_what_it_touched_stays_as_it_is() {
    let house = House::new().await;
    let (admin, root) = house.stale().await;
    assert_eq!(
        admin.patch("/integrations/corp?provisional=true", json!({"clientId": "other"})).await.status,
        200
    );
    for answer in [
        root.patch("/settings?provisional=true", json!({"localSignIn": "off"})).await,
        root.patch("/integrations/corp", json!({"label": "New"})).await,
        root.delete("/integrations/corp?provisional=true").await,
        root.post("/integrations/corp/disable", Value::Null).await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (409, "change_pending"), "{answer:?}");
    }
    // Others may be worked on.
    let other =
        json!({"name": "other", "label": "Other", "issuer": "https://o.example.com", "clientId": "c"});
    assert_eq!(root.post("/integrations", other).await.status, 201);
    // The way back on the host is always open, and is not undone by the clock.
    let host = Caller::host("test");
    let on = server::service::settings::LocalSignIn::On;
    server::service::settings::set_local_sign_in(&house.app.core, &host, on, Mode::Final).await.unwrap();
    house.app.advance_minutes(10);
    assert!(pending::revert_due(&house.app.core, "here").await.unwrap());
    let admin = house.app.admin().await;
    assert_eq!(admin.get("/settings").await.json()["localSignIn"], "on");
    assert_eq!(admin.get("/integrations/corp").await.json()["clientId"], house.idp.client_id());
}

#[tokio::test]
async fn the_host_turning_passwords_on_outlives_a_provisional_off() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    assert_eq!(admin.patch("/settings?provisional=true", json!({"localSignIn": "off"})).await.status, 200);
    let host = Caller::host("test");
    let on = server::service::settings::LocalSignIn::On;
    server::service::settings::set_local_sign_in(&house.app.core, &host, on, Mode::Final).await.unwrap();
    house.app.advance_minutes(10);
    assert!(pending::revert_due(&house.app.core, "here").await.unwrap());
    let events = house.app.audit("kind=change.reverted").await;
    assert_eq!(events[0]["detail"]["changedSince"], json!(["setting:localSignIn"]));
    assert_eq!(house.app.admin().await.get("/settings").await.json()["localSignIn"], "on");
}

#[tokio::test]
async fn a_server_that_was_down_takes_back_when_it_starts_and_two_do_it_once() {
    for house in House::everywhere().await {
        let (admin, _) = house.stale().await;
        let answer = admin.post("/integrations/corp/disable?provisional=true", Value::Null).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        house.app.advance_minutes(11);
        let (b, c) = (house.app.replica().await, house.app.replica().await);
        let (one, two) = tokio::join!(pending::revert_due(&b.core, "b"), pending::revert_due(&c.core, "c"));
        assert!(one.unwrap() != two.unwrap(), "one of them");
        assert_eq!(house.app.audit("kind=change.reverted").await.len(), 1);
        assert_eq!(house.app.admin().await.get("/integrations/corp").await.json()["enabled"], true);
    }
}

#[tokio::test]
async fn two_owners_who_each_close_one_of_two_ways_do_not_both_succeed() {
    for house in House::everywhere().await {
        let there = house.app.replica().await;
        for _ in 0..4 {
            let (admin, root) = (house.app.admin_browser().await, house.root().await);
            let mut elsewhere = there.browser();
            elsewhere.cookies = root.cookies.clone();
            let (a, b) = (admin.api(), elsewhere.api());
            let (off, disabled) = tokio::join!(
                b.patch("/settings", json!({"localSignIn": "off"})),
                a.post("/integrations/corp/disable", Value::Null),
            );
            let done = [off.status, disabled.status];
            assert_eq!(done.iter().filter(|status| **status == 200).count(), 1, "{off:?} {disabled:?}");
            // A way in is left for one of them; it makes good again.
            if off.status == 200 {
                let root = house.root().await.api();
                assert_eq!(root.patch("/settings", json!({"localSignIn": "auto"})).await.status, 200);
            } else {
                let admin = house.app.admin().await;
                assert_eq!(admin.post("/integrations/corp/enable", Value::Null).await.status, 200);
            }
        }
    }
}

async fn applied(app: &TestApp, text: &str, options: Options, mode: Mode) -> Result<Verdict, String> {
    let document = Document::parse("file.yaml", text, true, &|_| None).unwrap();
    let done = apply::apply_as(&app.core, &Caller::host("test"), &document, options, mode).await;
    done.map(|(_, verdict)| verdict).map_err(|error| match error {
        apply::ApplyError::Service(error) => error.public().code.code().to_owned(),
        other => other.to_string(),
    })
}

#[tokio::test]
async fn the_secret_in_use_is_what_counts_whichever_slot_holds_it() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    for change in [json!({"add": "the second"}), json!({"prefer": 2}), json!({"remove": 1})] {
        let answer = admin.patch("/integrations/corp", json!({"clientSecret": change})).await;
        assert_eq!(answer.status, 200, "the one in use is still held: {answer:?}");
        assert_eq!(pending_change(&admin).await, None);
    }
    refused(admin.patch("/integrations/corp", json!({"clientSecret": "another"})).await).await;
}

#[tokio::test]
async fn a_file_is_no_way_around_the_guard() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    let exported = apply::export::export(&house.app.core, &Caller::host("test")).await.unwrap();
    assert_eq!(applied(&house.app, &exported, Options::default(), Mode::Final).await, Ok(Verdict::Final));
    let prune = Options { prune: true, ..Options::default() };
    let changed = exported.replace("groups: groups", "groups: roles");
    let without = "integrations: []\nmappingRules: []\n";
    assert_ne!(changed, exported);
    let unproven = Err("way_in_unproven".to_owned());
    assert_eq!(applied(&house.app, &changed, Options::default(), Mode::Final).await, unproven);
    assert_eq!(applied(&house.app, without, prune, Mode::Final).await, unproven);
    let before = admin.get("/integrations/corp").await.json();
    for text in [&changed, without] {
        let done = applied(&house.app, text, prune, Mode::Provisional).await;
        assert!(matches!(done, Ok(Verdict::Provisional(_))), "{done:?}");
        assert_ne!(admin.get("/integrations/corp").await.json()["revision"], before["revision"]);
        house.app.advance_minutes(10);
        assert!(pending::revert_due(&house.app.core, "here").await.unwrap());
        let now = house.app.admin().await.get("/integrations/corp").await.json();
        assert_eq!((&now["enabled"], &now["claims"]), (&before["enabled"], &before["claims"]));
        house.root().await;
        house.app.advance_minutes(25);
    }
    // Once confirmed, what the file does not name is gone.
    let done = applied(&house.app, without, prune, Mode::Provisional).await;
    let Ok(Verdict::Provisional(change)) = done else { panic!("{done:?}") };
    house.app.advance_minutes(1);
    let admin = house.app.admin().await;
    assert_eq!(admin.post(&format!("/pending-changes/{}/confirm", change.id), Value::Null).await.status, 204);
    assert_eq!(admin.get("/integrations").await.json()["total"], 0);
    assert_eq!(admin.get("/mapping-rules").await.json()["total"], 0);
}

#[tokio::test]
async fn the_first_single_sign_on_only_set_up_is_tried_out_provisionally() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({"localSignIn": false, "enabled": false})).await;
    app.rule("owners", "GLOBAL_OWNER", "global").await;
    let admin = app.admin().await;
    assert_eq!(admin.post("/integrations/corp/enable", Value::Null).await.code(), "last_way_in");
    assert_eq!(admin.post("/integrations/corp/enable?provisional=true", Value::Null).await.status, 200);
    app.advance_minutes(1);
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("root").groups(&["owners"])).await;
    let page = browser.get("/integrations").await.body();
    assert!(page.contains("Keep it") && page.contains("reverts in") && page.contains("9:00"), "{page}");
    let old = admin.get("/pending-changes").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let answer = browser.post_form("/fn/pending/confirm", &[("id", &old)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/integrations"), "{answer:?}");
    assert!(!browser.get("/integrations").await.body().contains("reverts in"));
    app.advance_minutes(20);
    assert!(!pending::revert_due(&app.core, "here").await.unwrap());
    assert!(
        app.browser().sign_in_with_password(ADMIN, PASSWORD).await.location().contains("local_sign_in_off")
    );
}

#[tokio::test]
async fn the_console_names_what_follows_and_offers_the_change_that_reverts() {
    let house = House::new().await;
    let mut admin = house.app.admin_browser().await;
    house.root().await;
    let page = admin.get("/integrations/corp/disable").await.body();
    assert!(page.contains("1 session ends at once (root)"), "{page}");
    assert!(page.contains("admin with a password") && page.contains("latchkey local-sign-in on"), "{page}");
    assert!(!page.contains("for 10 minutes"), "a password has just been used");
    house.app.advance_minutes(20);
    let page = admin.get("/integrations/corp/disable").await.body();
    assert!(page.contains("Disable Corp SSO for 10 minutes"), "{page}");
    let answer =
        admin.post_form("/fn/integrations/set_enabled", &[("name", "corp"), ("provisional", "on")]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = admin.get("/me").await.body();
    assert!(page.contains("Disable Corp SSO") && page.contains("Take it back now"), "{page}");
    assert!(!page.contains("Keep it</"), "this sign-in is older than the change");
    let id = pending_change(&admin.api()).await.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.post_form("/fn/pending/revert", &[("id", &id)]).await.status, 303);
    assert_eq!(admin.api().get("/integrations/corp").await.json()["enabled"], true);
}

#[tokio::test]
async fn a_sealed_secret_that_waits_is_shown_nowhere_and_forgotten_at_the_end() {
    let house = House::new().await;
    let (admin, _) = house.stale().await;
    let changes = json!({"clientSecret": "canary-second-secret-77"});
    assert_eq!(admin.patch("/integrations/corp?provisional=true", changes).await.status, 200);
    let listed = admin.get("/pending-changes").await.body();
    assert!(!listed.contains("state") && !listed.contains("canary"), "{listed}");
    let core = &house.app.core;
    let rotate = server::service::settings::rotate_secrets(core, &Caller::host("test")).await;
    assert_eq!(rotate.unwrap_err().public().code.code(), "change_pending");
    house.app.advance_minutes(10);
    assert!(pending::revert_due(core, "here").await.unwrap());
    let mut tx = core.db.begin().await.unwrap();
    assert!(tx.pending_changes().live().await.unwrap().is_none());
    drop(tx);
    assert!(logs::lines_with("canary-second-secret-77").is_empty());
    house.root().await;
}
