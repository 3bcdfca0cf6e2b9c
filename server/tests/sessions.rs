//! How long sessions live, and that an ended one stays ended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::{collections::HashSet, sync::Arc};

use fake_idp::Person;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{BoundStore, SessionHash};
use support::{ADMIN, Browser, PASSWORD, TestApp};
use tower_sessions::{Session, SessionStore as _};

const BOB: &str = "a quiet sentence of bob";

async fn as_bob(app: &TestApp) -> Browser {
    let mut browser = app.browser();
    browser.sign_in_with_password("bob", BOB).await;
    assert!(browser.is_signed_in());
    browser
}

/// The cookie's bytes.
fn hash(browser: &Browser) -> SessionHash {
    server::session::hash_of(&browser.session().unwrap()).unwrap()
}

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_goes_on() {
    let app = TestApp::new().await;
    let (idle, used) = (app.admin_browser().await, app.admin_browser().await);
    for _ in 0..3 {
        app.advance_minutes(14);
        assert!(used.is_admin().await);
    }
    assert_eq!(idle.who().await, None);
    app.advance_seconds(29 * 60);
    assert!(used.is_admin().await);
    app.advance_minutes(31);
    assert_eq!(used.who().await, None);
}

#[tokio::test]
async fn a_session_ends_after_its_longest_time_however_much_it_is_used() {
    let app = TestApp::new().await;
    let browser = app.admin_browser().await;
    for _ in 0..(12 * 3 - 1) {
        app.advance_minutes(20);
        assert!(browser.is_admin().await);
    }
    app.advance_minutes(21);
    assert_eq!(browser.who().await, None);
}

#[tokio::test]
async fn a_clock_set_back_makes_no_session_longer_than_its_end() {
    let app = TestApp::new().await;
    let browser = app.admin_browser().await;
    let expires = browser.api().get("/me").await.json()["session"]["expiresAt"].clone();
    app.advance_minutes(-60);
    assert!(browser.is_admin().await, "a step back signs nobody out");
    assert_eq!(browser.api().get("/me").await.json()["session"]["expiresAt"], expires);
}

#[tokio::test]
async fn sessions_survive_a_restart_and_so_do_their_ends() {
    let app = TestApp::new().await;
    let (browser, mut gone) = (app.admin_browser().await, app.admin_browser().await);
    let old = gone.clone();
    gone.sign_out().await;
    let again = app.replica().await;
    for (cookie, lives) in [(browser.session().unwrap(), true), (old.session().unwrap(), false)] {
        let mut browser = again.browser();
        browser.set_session(&cookie);
        assert_eq!(browser.is_admin().await, lives);
    }
    app.advance_minutes(31);
    let mut late = again.browser();
    late.set_session(&browser.session().unwrap());
    assert_eq!(late.who().await, None);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_the_server() {
    let app = TestApp::new().await;
    let mut browser = app.admin_browser().await;
    let old = browser.clone();
    let answer = browser.sign_out().await;
    assert_eq!((answer.status, answer.location()), (303, "/signed-out"));
    assert!(!browser.is_signed_in());
    assert_eq!(old.who().await, None);
    let page = browser.get("/signed-out").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    assert_eq!(app.audit(&format!("kind=logout&actor={ADMIN}")).await.len(), 1);
    // Signing out without a session is no error.
    assert_eq!(app.browser().sign_out().await.status, 303);
}

#[tokio::test]
async fn a_request_that_saves_after_the_sign_out_does_not_bring_the_session_back() {
    let app = TestApp::new().await;
    app.user("bob", BOB).await;
    for round in 0..100 {
        let mut browser = as_bob(&app).await;
        let old = browser.clone();
        let id_hash = hash(&browser);
        let store = BoundStore::new(app.core.db.clone(), id_hash, 30);
        let short = i128::from_be_bytes(id_hash.0[..16].try_into().unwrap());
        let slow = Session::new(Some(tower_sessions::session::Id(short)), Arc::new(store.clone()), None);
        // The slow request has read the session and changes it; it saves before, while or after the sign-out.
        slow.insert("round", round).await.unwrap();
        let saving = async {
            let _refused = slow.save().await;
        };
        if round % 2 == 0 {
            let (_, answer) = tokio::join!(saving, browser.sign_out());
            assert_eq!(answer.status, 303);
        } else {
            browser.sign_out().await;
            saving.await;
        }
        assert_eq!(old.who().await, None, "round {round}");
        assert!(store.load(&tower_sessions::session::Id(short)).await.unwrap().is_none(), "round {round}");
        app.advance_minutes(1);
    }
}

#[tokio::test]
async fn requests_under_way_while_signing_out_do_not_bring_the_session_back() {
    let app = TestApp::new().await;
    app.user("bob", BOB).await;
    for _ in 0..20 {
        let mut browser = as_bob(&app).await;
        let old = browser.clone();
        app.advance_minutes(2);
        let (a, b) = (old.clone(), old.clone());
        let (_, _, answer) = tokio::join!(a.who(), b.who(), browser.sign_out());
        assert_eq!(answer.status, 303);
        assert_eq!(old.who().await, None);
    }
}

#[tokio::test]
async fn an_administrator_sees_and_ends_sessions() {
    for app in TestApp::on_each_database().await {
        let bob = app.user("bob", BOB).await;
        let admin = app.admin().await;
        let (one, two) = (as_bob(&app).await, as_bob(&app).await);
        let list = admin.get(&format!("/sessions?user={bob}")).await.json();
        assert_eq!(list["total"], 2, "{list}");
        let session = one.api().get("/me").await.json()["session"]["id"].as_str().unwrap().to_owned();
        assert_eq!(admin.delete(&format!("/sessions/{session}")).await.status, 204);
        assert_eq!((one.who().await, two.who().await.as_deref()), (None, Some("bob")));
        assert_eq!(admin.delete(&format!("/sessions/{session}")).await.status, 404);
        assert_eq!(admin.delete(&format!("/users/{bob}/sessions")).await.json(), json!({"ended": 1}));
        assert_eq!(two.who().await, None);
        assert_eq!(app.audit(&format!("kind=session.ended&actor={ADMIN}")).await.len(), 2);
    }
}

#[tokio::test]
async fn people_see_their_own_sessions_and_end_no_others() {
    let app = TestApp::new().await;
    app.user("bob", BOB).await;
    let (mut one, two) = (as_bob(&app).await, as_bob(&app).await);
    let admin = app.admin_browser().await;
    let sessions = one.call("/fn/access/sessions", &[]).await.json();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    assert!(sessions.as_array().unwrap().iter().all(|session| session["username"] == "bob"));
    assert_eq!(sessions.as_array().unwrap().iter().filter(|session| session["current"] == true).count(), 1);

    let of_admin = admin.api().get("/me").await.json()["session"]["id"].as_str().unwrap().to_owned();
    let refused = one.call("/fn/access/end_session", &[("id", &of_admin)]).await;
    assert_eq!((refused.status, refused.code().as_str()), (404, "not_found"));
    assert!(admin.is_admin().await);

    let other = two.api().get("/me").await.json()["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(one.call("/fn/access/end_session", &[("id", &other)]).await.status, 200);
    assert_eq!((two.who().await, one.who().await.as_deref()), (None, Some("bob")));
}

#[tokio::test]
async fn resetting_disabling_and_deleting_a_user_end_their_sessions_at_once() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let bob = app.user("bob", BOB).await;
    let browser = as_bob(&app).await;
    assert_eq!(admin.post(&format!("/users/{bob}/reset-password"), json!(null)).await.status, 200);
    assert_eq!(browser.who().await, None);

    let eve = app.user("eve", BOB).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("eve", BOB).await;
    assert_eq!(admin.patch(&format!("/users/{eve}"), json!({"enabled": false})).await.status, 200);
    assert_eq!(browser.who().await, None);
    assert_eq!(admin.patch(&format!("/users/{eve}"), json!({"enabled": true})).await.status, 200);
    assert_eq!(browser.who().await, None, "enabling brings no session back");

    let mut browser = app.browser();
    browser.sign_in_with_password("eve", BOB).await;
    assert!(browser.who().await.is_some());
    assert_eq!(admin.delete(&format!("/users/{eve}")).await.status, 204);
    assert_eq!(browser.who().await, None);
}

#[tokio::test]
async fn disabling_and_deleting_an_integration_end_its_sessions_and_no_others() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let other = app.idp().await;
    app.with_integration(&idp, "corp").await;
    app.with_integration(&other, "other").await;
    let admin = app.admin_browser().await;
    let (mut one, mut two) = (app.browser(), app.browser());
    app.sign_in(&mut one, &idp, Person::new("bob")).await;
    app.log_in_at(&mut two, &other, "other", Person::new("carol")).await;
    assert_eq!(admin.api().post("/integrations/corp/disable", json!(null)).await.status, 200);
    assert_eq!((one.who().await, two.who().await.as_deref()), (None, Some("carol")));
    assert_eq!(admin.api().delete("/integrations/other").await.status, 204);
    assert_eq!(two.who().await, None);
    assert!(admin.is_admin().await);
}

#[tokio::test]
async fn a_cookie_that_opens_nothing_is_taken_away() {
    let app = TestApp::new().await;
    for value in ["x", "A".repeat(43).as_str(), "A".repeat(4000).as_str(), "%00", "\u{e4}"] {
        let mut browser = app.browser();
        browser.set_session(value);
        let answer = browser.get("/sign-in").await;
        assert_eq!(answer.status, 200);
        assert!(!browser.is_signed_in(), "{value}");
    }
}

#[tokio::test]
async fn cookies_of_other_programs_on_the_host_are_in_nobodys_way() {
    let app = TestApp::new().await;
    let mut browser = app.admin_browser().await;
    for (name, value) in
        [("a", "\u{e4}\u{1f511}"), ("__Host-latchkey2", "x"), ("latchkey", "x"), ("zz", "\"q=; w\"")]
    {
        browser.cookies.insert(name.to_owned(), value.to_owned());
        assert!(browser.is_admin().await, "{name}={value}");
    }
}

#[tokio::test]
async fn session_ids_never_repeat_and_look_random() {
    let mut seen = HashSet::new();
    let mut counts = [0_u32; 256];
    for _ in 0..10_000 {
        let (value, hash) = server::session::new_value().unwrap();
        assert_eq!(server::session::hash_of(value.expose()), Some(hash));
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, value.expose())
            .unwrap();
        assert_eq!(bytes.len(), 32);
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&bytes)), hash.0);
        for byte in bytes {
            counts[usize::from(byte)] += 1;
        }
        assert!(seen.insert(value.expose().to_owned()));
    }
    // 255 degrees of freedom: above 400 in one of 10^8 runs.
    let expected = 10_000.0 * 32.0 / 256.0;
    let chi: f64 = counts.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
    assert!((100.0..400.0).contains(&chi), "{chi}");
}

#[tokio::test]
async fn the_database_holds_no_usable_session_id() {
    let app = TestApp::new().await;
    let browser = app.admin_browser().await;
    let cookie = browser.session().unwrap();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &cookie).unwrap();
    let database = app.database_bytes();
    let holds = |needle: &[u8]| database.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"session"), "the search itself works");
    assert!(!holds(cookie.as_bytes()) && !holds(&bytes));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!holds(hex.as_bytes()));
}

#[tokio::test]
async fn a_demoted_administrators_open_page_changes_nothing_more() {
    let app = TestApp::new().await;
    let bob = app.user("bob", BOB).await;
    app.grant(&bob, "GLOBAL_OWNER").await;
    let browser = as_bob(&app).await;
    assert_eq!(browser.api().post("/organizations", json!({"name": "One"})).await.status, 201);
    let user = domain::id::UserId::parse(&bob).unwrap();
    let mut tx = app.core.db.begin().await.unwrap();
    let role = domain::role::RoleName::new("GLOBAL_OWNER");
    assert!(tx.role_grants().remove_manual(&user, role, domain::target::Target::Global).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(browser.api().post("/organizations", json!({"name": "Two"})).await.status, 403);
}

#[tokio::test]
async fn a_signed_in_browser_has_no_business_on_the_sign_in_page() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    browser.sign_in_with_password(ADMIN, PASSWORD).await;
    assert_eq!(browser.get("/sign-in").await.location(), "/integrations");
}
