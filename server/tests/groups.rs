//! Groups that do not come, groups that come in pages, and groups that change while people are signed in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use axum::{body::Body, http::Method};
use fake_idp::{Directory, Endpoint, FakeIdp, Fault, Person};
use futures::future::join;
use serde_json::{Value, json};
use server::service::live_groups::refresh_due;
use support::{Answer, Browser, TestApp};

fn bob(groups: &[&str]) -> Person {
    Person::new("bob").groups(groups)
}

async fn with(settings: Value) -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", settings).await;
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    (app, idp)
}

/// The roles of whoever is signed in; `None`: nobody is.
async fn roles(browser: &Browser) -> Option<Vec<String>> {
    let answer = browser.api().get("/me").await;
    if answer.status == 401 {
        return None;
    }
    let me = answer.json();
    let grants = me["roleGrants"].as_array().unwrap();
    Some(grants.iter().map(|grant| grant["role"].as_str().unwrap().to_owned()).collect())
}

fn role(name: &str) -> Option<Vec<String>> {
    Some(vec![name.to_owned()])
}

const NO_ROLES: Option<Vec<String>> = Some(Vec::new());

async fn last_detail(app: &TestApp, query: &str) -> Value {
    app.audit(query).await.pop().expect("an audit event")["detail"].clone()
}

#[tokio::test]
async fn a_missing_claim_means_no_roles_and_says_so() {
    let (app, idp) = with(json!({})).await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, bob(&["dba"])).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    assert_eq!(roles(&browser).await, NO_ROLES, "roles of an earlier sign-in are not kept");
    let detail = last_detail(&app, "kind=login.succeeded&actor=bob").await;
    assert_eq!((&detail["groupsMissing"], &detail["manyGroups"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn a_missing_claim_refuses_where_that_is_set() {
    let (app, idp) = with(json!({"onMissingGroups": "refuse"})).await;
    let mut browser = app.browser();
    let answer = app.log_in_at(&mut browser, &idp, "corp", Person::new("bob")).await;
    app.assert_login_failed(&answer, "groups_missing").await;
    // An empty list is an answer: the person is in no group.
    app.sign_in(&mut browser, &idp, bob(&[])).await;
    assert_eq!(roles(&browser).await, NO_ROLES);
    let simulation = json!({"claims": {"sub": "x"}, "integration": "corp"});
    let simulated = app.admin().await.post("/mapping-rules/simulate", simulation).await;
    assert_eq!(simulated.json()["refused"], "groups_missing", "{simulated:?}");
}

async fn overage(app: &TestApp, idp: &FakeIdp, fault: Fault) -> (Browser, Answer) {
    idp.set_fault(Some(fault));
    let mut browser = app.browser();
    let answer = app.log_in_at(&mut browser, idp, "corp", bob(&["dba"])).await;
    (browser, answer)
}

#[tokio::test]
async fn left_out_groups_are_read_from_the_directory_page_by_page() {
    for link_header in [false, true] {
        for fault in [Fault::GroupsOverage, Fault::HasGroups] {
            let app = TestApp::new().await;
            let idp = app.idp().await;
            app.integration(&idp, "corp", json!({"groupsEndpoint": idp.directory()})).await;
            app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
            let page = |from: usize| (from..from + 3).map(|id| format!("id-{id}")).collect::<Vec<_>>();
            let pages = vec![page(0), page(3), vec!["dba".to_owned()]];
            idp.config(|config| config.directory = Directory { pages, link_header, ..Directory::default() });
            let (browser, _) = overage(&app, &idp, fault).await;
            assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"), "{fault:?} {link_header}");
            assert_eq!(idp.count(Endpoint::Directory), 3);
            assert_eq!(last_detail(&app, "kind=login.succeeded&actor=bob").await["groupCount"], 7);
        }
    }
}

#[tokio::test]
async fn left_out_groups_without_a_directory_refuse_and_take_no_role_away() {
    let (app, idp) = with(json!({})).await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, bob(&["dba"])).await;
    let (_, answer) = overage(&app, &idp, Fault::GroupsOverage).await;
    app.assert_login_failed(&answer, "groups_overage").await;
    let detail = last_detail(&app, "kind=login.failed").await;
    assert!(detail["cause"].as_str().unwrap().contains("groupsEndpoint"), "{detail}");
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
}

#[tokio::test]
async fn a_directory_that_cannot_be_read_to_its_end_refuses_and_takes_no_role_away() {
    let (app, idp) = with(json!({})).await;
    let stranger = app.idp().await;
    let patch = json!({"groupsEndpoint": idp.directory()});
    assert_eq!(app.admin().await.patch("/integrations/corp", patch).await.status, 200);
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, bob(&["dba"])).await;
    let pages = vec![vec!["dba".to_owned()], vec!["b".to_owned()], vec!["c".to_owned()]];
    let good = Directory { pages, ..Directory::default() };
    for (bad, cause) in [
        (Directory { fails_at: Some(0), ..good.clone() }, "page 1"),
        (Directory { fails_at: Some(2), ..good.clone() }, "page 3"),
        (Directory { next_elsewhere: Some(stranger.directory()), ..good.clone() }, "another host"),
        (
            Directory { next_elsewhere: Some("https://evil.example/".to_owned()), ..good.clone() },
            "another host",
        ),
        (Directory { circle: true, ..good.clone() }, "circle"),
        (Directory { pages: vec![vec![String::new()]], ..good.clone() }, "groupsEndpointField"),
    ] {
        idp.config(|config| config.directory = bad.clone());
        let (_, answer) = overage(&app, &idp, Fault::GroupsOverage).await;
        app.assert_login_failed(&answer, "groups_unreadable").await;
        let detail = last_detail(&app, "kind=login.failed").await;
        assert!(detail["cause"].as_str().unwrap().contains(cause), "{bad:?} {detail}");
        assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"), "{bad:?}");
    }
    assert!(stranger.requests().is_empty(), "the access token went to another host");
}

#[tokio::test]
async fn failed_userinfo_is_not_the_absence_of_groups() {
    let (app, idp) = with(json!({})).await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, bob(&["dba"])).await;
    let (_, answer) = overage(&app, &idp, Fault::Userinfo500).await;
    app.assert_login_failed(&answer, "userinfo_invalid").await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
}

#[tokio::test]
async fn very_many_groups_are_a_warning_on_the_integration() {
    let (app, idp) = with(json!({})).await;
    let groups = |count: usize| (0..count).map(|number| format!("group-{number}")).collect::<Vec<_>>();
    let sign_in = async |count: usize| {
        let groups = groups(count);
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        app.sign_in(&mut app.browser(), &idp, bob(&groups)).await;
        app.admin().await.get("/integrations/corp").await.json()["manyGroups"].clone()
    };
    assert_eq!(sign_in(149).await, Value::Null);
    assert_eq!(sign_in(160).await["most"], 160);
    assert_eq!(last_detail(&app, "kind=login.succeeded&actor=bob").await["manyGroups"], true);
    app.advance_minutes(1);
    let seen = sign_in(150).await;
    assert_eq!((&seen["most"], &seen["seenAt"]), (&json!(160), &json!(app.now())));
    let page = app.admin_browser().await.get("/integrations/corp").await;
    assert!(page.body().contains("very many groups"), "{page:?}");
    // What GET shows may be sent back.
    let shown = app.admin().await.get("/integrations/corp").await.json();
    assert_eq!(app.admin().await.patch("/integrations/corp", shown).await.status, 200);
}

async fn live(change: Value) -> (TestApp, Arc<FakeIdp>, Browser) {
    let mut settings = json!({"liveGroups": true});
    for (name, value) in change.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let (app, idp) = with(settings).await;
    idp.config(|config| config.refresh_tokens = true);
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, bob(&["staff"])).await;
    assert_eq!(roles(&browser).await, NO_ROLES);
    (app, idp, browser)
}

/// Lets minutes pass, the session in use all the while, and refreshes what is due at their end.
async fn pass(app: &TestApp, browser: &Browser, minutes: i64) {
    for _ in 0..minutes / 10 {
        app.advance_minutes(10);
        browser.who().await;
    }
    app.advance_minutes(minutes % 10);
    refresh_due(&app.core).await.unwrap();
}

#[tokio::test]
async fn live_groups_bring_and_take_roles_while_the_session_lives() {
    let (app, idp, browser) = live(json!({})).await;
    idp.change_person(bob(&["dba"]));
    pass(&app, &browser, 14).await;
    assert_eq!(roles(&browser).await, NO_ROLES, "not due yet");
    pass(&app, &browser, 1).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
    let events = app.audit("kind=roles.changed").await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((&events[0]["actor"], &events[0]["target"]), (&json!("server"), &json!("user:bob")));
    assert_eq!(events[0]["detail"]["change"]["added"][0]["role"], "GLOBAL_READ_ONLY");
    // Nothing differs: nothing is recorded, and each refresh shows the token that the one before brought.
    pass(&app, &browser, 15).await;
    assert_eq!(app.audit("kind=roles.changed").await.len(), 1);
    idp.change_person(bob(&[]));
    pass(&app, &browser, 15).await;
    assert_eq!(roles(&browser).await, NO_ROLES);
    let shown: Vec<_> = idp
        .requests()
        .into_iter()
        .filter_map(|request| request.param("refresh_token").map(str::to_owned))
        .collect();
    let issued: Vec<_> = idp.issued().into_iter().filter_map(|issued| issued.refresh_token).collect();
    assert_eq!(shown, issued[..3], "rotated tokens are kept and shown once");
}

#[tokio::test]
async fn a_revoked_grant_ends_the_session() {
    let (app, idp, browser) = live(json!({})).await;
    let mut other = app.browser();
    app.integration(&idp, "still", json!({"name": "still"})).await;
    app.log_in_at(&mut other, &idp, "still", bob(&[])).await;
    idp.revoke_refresh_tokens();
    pass(&app, &browser, 15).await;
    assert_eq!(roles(&browser).await, None);
    assert_eq!(roles(&other).await, NO_ROLES, "a session without a refresh token lives on");
    let event = app.audit("kind=session.ended").await.pop().unwrap();
    assert_eq!((&event["code"], &event["target"]), (&json!("invalid_grant"), &json!("user:bob")));
    assert_eq!(refresh_due(&app.core).await.unwrap(), 0, "the token went with its session");
}

#[tokio::test]
async fn an_outage_ends_the_session_only_after_the_grace_time() {
    let (app, idp, browser) = live(json!({})).await;
    idp.change_person(bob(&["dba"]));
    pass(&app, &browser, 15).await;
    idp.config(|config| config.token_down = true);
    pass(&app, &browser, 20).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
    pass(&app, &browser, 39).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"), "roles stay while nothing is known");
    // It is back for a moment: the grace time begins anew.
    idp.config(|config| config.token_down = false);
    pass(&app, &browser, 1).await;
    idp.config(|config| config.token_down = true);
    pass(&app, &browser, 30).await;
    pass(&app, &browser, 29).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
    pass(&app, &browser, 1).await;
    assert_eq!(roles(&browser).await, None);
    let event = app.audit("kind=session.ended").await.pop().unwrap();
    assert_eq!(event["code"], "provider_unreachable");
}

#[tokio::test]
async fn groups_that_cannot_be_read_again_change_nothing() {
    let (app, idp, browser) = live(json!({})).await;
    idp.change_person(bob(&["dba"]));
    pass(&app, &browser, 15).await;
    for fault in [Fault::GroupsOverage, Fault::Userinfo500, Fault::WrongAudience, Fault::BadSignature] {
        idp.set_fault(Some(fault));
        pass(&app, &browser, 11).await;
        assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"), "{fault:?}");
    }
    assert!(idp.issued().len() >= 5, "the provider was asked in vain");
    idp.set_fault(None);
    idp.change_person(bob(&["staff"]));
    pass(&app, &browser, 1).await;
    assert_eq!(roles(&browser).await, NO_ROLES, "and then they can again");
}

#[tokio::test]
async fn a_needed_group_that_is_lost_ends_the_session() {
    let (app, idp, browser) = live(json!({"requiredGroups": ["staff"]})).await;
    idp.change_person(bob(&["dba"]));
    pass(&app, &browser, 15).await;
    assert_eq!(roles(&browser).await, None);
    let event = app.audit("kind=session.ended").await.pop().unwrap();
    assert_eq!(event["code"], "required_group_missing");
}

#[tokio::test]
async fn a_refresh_without_an_id_token_reads_groups_from_userinfo() {
    let (app, idp, browser) = live(json!({})).await;
    idp.config(|config| config.refresh_without_id_token = true);
    idp.change_person(bob(&["dba"]));
    pass(&app, &browser, 15).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
    // They may be in the ID token that did not come: then nothing is known.
    idp.change_person(Person::new("bob"));
    pass(&app, &browser, 15).await;
    assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
}

/// Plain OAuth 2.0 with the same provider.
fn plain(idp: &FakeIdp) -> Value {
    let base = idp.issuer();
    json!({
        "protocol": "oauth2", "issuer": "", "discovery": false, "liveGroups": true,
        "endpoints": {
            "authorization": format!("{base}authorize"),
            "token": format!("{base}token"),
            "userinfo": format!("{base}userinfo"),
        },
    })
}

async fn live_plain(app: &TestApp, change: Value) -> (Arc<FakeIdp>, Browser) {
    let idp = app.idp().await;
    idp.config(|config| {
        config.openid = false;
        config.refresh_tokens = true;
    });
    let mut settings = plain(&idp);
    for (name, value) in change.as_object().unwrap() {
        settings[name] = value.clone();
    }
    app.integration(&idp, "corp", settings).await;
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, bob(&["staff"])).await;
    assert_eq!(roles(&browser).await, NO_ROLES);
    (idp, browser)
}

#[tokio::test]
async fn live_groups_of_plain_oauth2_are_read_from_userinfo() {
    for app in TestApp::on_each_database().await {
        let (idp, browser) = live_plain(&app, json!({})).await;
        idp.change_person(bob(&["dba"]));
        pass(&app, &browser, 15).await;
        assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
        // Away for a while: the roles stay. A groups claim that is gone is the absence of groups.
        idp.config(|config| config.token_down = true);
        pass(&app, &browser, 20).await;
        assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
        idp.config(|config| config.token_down = false);
        idp.set_fault(Some(Fault::Userinfo500));
        pass(&app, &browser, 1).await;
        assert_eq!(roles(&browser).await, role("GLOBAL_READ_ONLY"));
        idp.set_fault(None);
        idp.change_person(Person::new("bob"));
        pass(&app, &browser, 1).await;
        assert_eq!(roles(&browser).await, NO_ROLES);
        idp.revoke_refresh_tokens();
        pass(&app, &browser, 15).await;
        assert_eq!(roles(&browser).await, None);
        let event = app.audit("kind=session.ended").await.pop().unwrap();
        assert_eq!(event["code"], "invalid_grant");
    }
}

#[tokio::test]
async fn a_failed_login_is_recorded_by_what_the_integration_speaks() {
    let app = TestApp::new().await;
    let (idp, _) = live_plain(&app, json!({})).await;
    app.integration(&idp, "other", json!({"name": "other"})).await;
    idp.set_fault(Some(Fault::TokenError));
    for (name, method) in [("corp", "oauth2"), ("other", "oidc")] {
        idp.config(|config| config.openid = method == "oidc");
        let answer = app.log_in_at(&mut app.browser(), &idp, name, bob(&[])).await;
        app.assert_login_failed(&answer, "code_rejected").await;
        assert_eq!(last_detail(&app, "kind=login.failed").await["method"], method);
    }
}

const HTML: [(&str, &str); 1] = [("accept", "text/html,*/*")];

#[tokio::test]
async fn whoever_was_signed_out_by_the_server_learns_why_and_nobody_else_does() {
    for app in TestApp::on_each_database().await {
        let (idp, mut browser) = live_plain(&app, json!({})).await;
        // Single sign-on only, as soon as an owner has come in that way.
        app.rule("owners", "GLOBAL_OWNER", "global").await;
        let admin = app.admin().await;
        app.sign_in(&mut app.browser(), &idp, Person::new("root").groups(&["owners"])).await;
        let answer = admin.patch("/integrations/corp", json!({"localSignIn": false})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        idp.revoke_refresh_tokens();
        pass(&app, &browser, 15).await;
        // A script's question does not use the answer up.
        assert_eq!(browser.api().get("/me").await.status, 401);
        assert_eq!(browser.call("/fn/access/me", &[]).await.status, 401);
        assert!(browser.is_signed_in(), "the cookie is still there");
        let stranger = app.browser().get("/me").await;
        assert!(stranger.location().starts_with("/oauth2/authorization/corp"), "{stranger:?}");
        // Not straight to the provider, which would not tell.
        let answer = browser.send(Method::GET, "/me?x=1", &HTML, Body::empty()).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert_eq!(answer.location_param("note").as_deref(), Some("ended_by_service"), "{answer:?}");
        assert_eq!(answer.location_param("return_to").as_deref(), Some("/me?x=1"), "{answer:?}");
        assert!(!browser.is_signed_in(), "and the cookie goes");
        let page = browser.get(answer.location()).await;
        assert!(page.body().contains("Your sign-in service ended your session."), "{page:?}");
        let later = browser.get("/sign-in").await;
        assert!(!later.body().contains("ended your session"), "told once");
    }
}

#[tokio::test]
async fn whoever_lost_a_needed_group_learns_that_at_the_sign_in_page() {
    let (app, idp, mut browser) = live(json!({"requiredGroups": ["staff"]})).await;
    idp.change_person(bob(&["dba"]));
    pass(&app, &browser, 15).await;
    let session = browser.session().unwrap();
    let answer = browser.send(Method::GET, "/sign-in", &HTML, Body::empty()).await;
    assert_eq!(answer.location_param("note").as_deref(), Some("no_longer_admitted"), "{answer:?}");
    let page = browser.get(answer.location()).await;
    assert!(page.body().contains("no longer names you in a group"), "{page:?}");
    // After a day nobody is told any more.
    app.advance_minutes(24 * 60 + 1);
    let mut late = app.browser();
    late.set_session(&session);
    let answer = late.send(Method::GET, "/me", &HTML, Body::empty()).await;
    assert!(!answer.location().contains("note="), "{answer:?}");
}

#[tokio::test]
async fn turned_off_live_groups_forget_the_tokens_and_end_nothing() {
    let (app, idp, browser) = live(json!({})).await;
    app.admin().await.patch("/integrations/corp", json!({"liveGroups": false})).await;
    let before = idp.count(Endpoint::Token);
    pass(&app, &browser, 15).await;
    assert_eq!(roles(&browser).await, NO_ROLES);
    assert_eq!(refresh_due(&app.core).await.unwrap(), 0);
    assert_eq!(idp.count(Endpoint::Token), before);
}

#[tokio::test]
async fn two_servers_show_each_token_once() {
    for here in TestApp::on_each_database().await {
        let there = here.replica().await;
        let idp = here.idp().await;
        idp.config(|config| config.refresh_tokens = true);
        here.integration(&idp, "corp", json!({"liveGroups": true})).await;
        let mut browsers = Vec::new();
        for number in 0..5 {
            let mut browser = here.browser();
            here.sign_in(&mut browser, &idp, Person::new(&format!("person-{number}"))).await;
            browsers.push(browser);
        }
        let before = idp.count(Endpoint::Token);
        here.advance_minutes(15);
        let (one, two) = join(refresh_due(&here.core), refresh_due(&there.core)).await;
        assert!(one.unwrap() + two.unwrap() >= 5);
        assert_eq!(idp.count(Endpoint::Token), before + 5);
        for browser in &browsers {
            assert_eq!(roles(browser).await, NO_ROLES, "nobody was signed out");
        }
    }
}

#[tokio::test]
async fn refresh_tokens_are_sealed_and_never_shown() {
    let (app, idp, browser) = live(json!({})).await;
    pass(&app, &browser, 15).await;
    let tokens: Vec<_> = idp.issued().into_iter().filter_map(|issued| issued.refresh_token).collect();
    assert_eq!(tokens.len(), 2);
    let bytes = app.database_bytes();
    for token in &tokens {
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "in the database");
    }
    let logs = support::logs::text();
    assert!(tokens.iter().all(|token| !logs.contains(token)), "in the log");
}

#[tokio::test]
async fn a_provider_that_names_the_scope_is_asked_for_refresh_tokens() {
    let (app, idp) = with(json!({"liveGroups": true})).await;
    let leaving = app.leave(&mut app.browser(), &idp, "/oauth2/authorization/corp").await;
    assert!(leaving.url.contains("offline_access"), "{}", leaving.url);
}
