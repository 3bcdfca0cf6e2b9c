//! Who somebody is after a login at a provider, and what they may do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use fake_idp::{Endpoint, FakeIdp, GroupsIn, Person};
use serde_json::{Value, json};
use support::{ADMIN, TestApp};

async fn corp() -> (TestApp, Arc<FakeIdp>) {
    with_change(json!({})).await
}

async fn with_change(change: Value) -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", change).await;
    (app, idp)
}

/// The roles of this person after a login.
async fn roles_of(app: &TestApp, idp: &FakeIdp, person: Person) -> Vec<String> {
    let mut browser = app.browser();
    app.sign_in(&mut browser, idp, person).await;
    let me = browser.api().get("/me").await.json();
    let grants = me["roleGrants"].as_array().unwrap();
    let mut roles: Vec<String> =
        grants.iter().map(|grant| grant["role"].as_str().unwrap().to_owned()).collect();
    roles.sort();
    roles
}

async fn refused(app: &TestApp, idp: &FakeIdp, person: Person, code: &str) {
    let mut browser = app.browser();
    let answer = app.log_in_at(&mut browser, idp, "corp", person).await;
    app.assert_login_failed(&answer, code).await;
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn roles_come_with_the_rule_and_group_they_come_from() {
    let (app, idp) = corp().await;
    let organization = app.organization("Payments").await;
    let rule = app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    app.rule("dba", "ORG_OWNER", &format!("organization:{organization}")).await;
    app.rule("other", "GLOBAL_OWNER", "global").await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["dba", "staff"])).await;
    let me = browser.api().get("/me").await.json();
    let grants = me["roleGrants"].as_array().unwrap();
    assert_eq!(grants.len(), 2, "{me}");
    let global = grants.iter().find(|grant| grant["level"] == "global").unwrap();
    assert_eq!(global["role"], "GLOBAL_READ_ONLY");
    assert_eq!(global["target"], json!(null));
    let because = &global["because"][0];
    assert_eq!((&because["rule"], &because["group"]), (&rule["id"], &json!("dba")));
    assert_eq!(because["integration"], "corp");
    let other = grants.iter().find(|grant| grant["level"] == "organization").unwrap();
    assert_eq!((&other["role"], &other["target"]), (&json!("ORG_OWNER"), &json!(organization)));
    assert_eq!(browser.api().get("/integrations").await.status, 200);
    assert_eq!(browser.api().delete("/integrations/corp").await.status, 403);
    assert!(browser.get("/me").await.body().contains("dba"), "the page says why");
}

#[tokio::test]
async fn the_next_login_replaces_mapped_roles_and_keeps_those_given_by_hand() {
    let (app, idp) = corp().await;
    app.rule("dba", "GLOBAL_BACKUP_ADMIN", "global").await;
    app.rule("ops", "GLOBAL_AUTOMATION_ADMIN", "global").await;
    let person = |groups: &[&str]| Person::new("bob").groups(groups);
    assert_eq!(roles_of(&app, &idp, person(&["dba"])).await, ["GLOBAL_BACKUP_ADMIN"]);
    app.grant(&app.user_id("bob").await, "GLOBAL_READ_ONLY").await;
    assert_eq!(roles_of(&app, &idp, person(&["ops"])).await, ["GLOBAL_AUTOMATION_ADMIN", "GLOBAL_READ_ONLY"]);
    assert_eq!(roles_of(&app, &idp, person(&[])).await, ["GLOBAL_READ_ONLY"]);
    assert_eq!(roles_of(&app, &idp, person(&["dba"])).await, ["GLOBAL_BACKUP_ADMIN", "GLOBAL_READ_ONLY"]);
    // The claim itself missing is no group, not "as before".
    assert_eq!(roles_of(&app, &idp, Person::new("bob")).await, ["GLOBAL_READ_ONLY"]);
}

#[tokio::test]
async fn roles_lost_at_one_login_are_lost_in_every_session() {
    let (app, idp) = corp().await;
    app.rule("owners", "GLOBAL_OWNER", "global").await;
    let mut first = app.browser();
    app.sign_in(&mut first, &idp, Person::new("bob").groups(&["owners"])).await;
    assert_eq!(first.api().get("/settings").await.status, 200);
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    assert_eq!(first.api().get("/settings").await.status, 403);
}

#[tokio::test]
async fn groups_compare_whole_and_byte_for_byte() {
    let (app, idp) = corp().await;
    app.rule("dba", "GLOBAL_BACKUP_ADMIN", "global").await;
    for near in
        ["DBA", "dba ", " dba", "a,dba", "dba,a", "dba;x", "db", "dbaa", "CN=dba,OU=x", "dba\u{200b}", "dbа"]
    {
        assert_eq!(roles_of(&app, &idp, Person::new("bob").groups(&[near])).await, [""; 0], "{near:?}");
    }
    let mut string = Person::new("bob");
    string.groups = Some(json!("x,dba"));
    assert_eq!(roles_of(&app, &idp, string.clone()).await, [""; 0]);
    string.groups = Some(json!("dba"));
    assert_eq!(roles_of(&app, &idp, string).await, ["GLOBAL_BACKUP_ADMIN"]);
}

#[tokio::test]
async fn a_rule_of_one_integration_says_nothing_about_another() {
    let (app, idp) = corp().await;
    let body =
        json!({"integration": "corp", "group": "dba", "role": "GLOBAL_BACKUP_ADMIN", "level": "global"});
    assert_eq!(app.admin().await.post("/mapping-rules", body).await.status, 201);
    let other = app.idp().await;
    app.with_integration(&other, "other").await;
    let mut browser = app.browser();
    app.log_in_at(&mut browser, &other, "other", Person::new("eve").groups(&["dba"])).await;
    assert_eq!(browser.api().get("/me").await.json()["roleGrants"], json!([]));
    assert_eq!(roles_of(&app, &idp, Person::new("bob").groups(&["dba"])).await, ["GLOBAL_BACKUP_ADMIN"]);
}

#[tokio::test]
async fn groups_are_found_inside_other_claims_and_under_names_with_dots() {
    for (path, claim, value) in [
        ("realm_access.roles", "realm_access", json!({"roles": ["dba"]})),
        ("https://corp.example/groups", "https://corp.example/groups", json!(["dba", "x"])),
        ("resource_access.latch.key.roles", "resource_access", json!({"latch.key": {"roles": ["dba"]}})),
        ("roles", "roles", json!("dba")),
    ] {
        let (app, idp) = with_change(json!({"claims": {"groups": path}})).await;
        app.rule("dba", "GLOBAL_BACKUP_ADMIN", "global").await;
        assert_eq!(
            roles_of(&app, &idp, Person::new("bob").claim(claim, value)).await,
            ["GLOBAL_BACKUP_ADMIN"],
            "{path}"
        );
    }
}

#[tokio::test]
async fn groups_that_cannot_be_read_let_nobody_in() {
    let (app, idp) = corp().await;
    for shape in [json!({"a": 1}), json!(["dba", 7]), json!(true), json!([["dba"]])] {
        let mut person = Person::new("bob");
        person.groups = Some(shape);
        refused(&app, &idp, person, "groups_unreadable").await;
    }
}

#[tokio::test]
async fn groups_missing_from_the_token_are_read_from_userinfo() {
    let (app, idp) = corp().await;
    app.rule("dba", "GLOBAL_BACKUP_ADMIN", "global").await;
    idp.config(|config| config.groups = GroupsIn::Userinfo);
    assert_eq!(roles_of(&app, &idp, Person::new("bob").groups(&["dba"])).await, ["GLOBAL_BACKUP_ADMIN"]);
    assert_eq!(idp.count(Endpoint::Userinfo), 1);
}

#[tokio::test]
async fn userinfo_is_left_alone_where_the_integration_says_never() {
    let (app, idp) = with_change(json!({"userinfo": "never"})).await;
    idp.config(|config| config.groups = GroupsIn::Userinfo);
    app.rule("dba", "GLOBAL_BACKUP_ADMIN", "global").await;
    assert_eq!(roles_of(&app, &idp, Person::new("bob").groups(&["dba"])).await, [""; 0]);
    assert_eq!(idp.count(Endpoint::Userinfo), 0);
}

#[tokio::test]
async fn required_groups_are_a_gate() {
    let (app, idp) = with_change(json!({"requiredGroups": ["latchkey-users", "admins"]})).await;
    refused(&app, &idp, Person::new("bob").groups(&["staff"]), "required_group_missing").await;
    refused(&app, &idp, Person::new("bob"), "required_group_missing").await;
    refused(&app, &idp, Person::new("bob").groups(&["Admins"]), "required_group_missing").await;
    assert_eq!(app.admin().await.get("/users").await.json()["total"], 1, "nobody was created");
    app.sign_in(&mut app.browser(), &idp, Person::new("bob").groups(&["staff", "admins"])).await;
}

#[tokio::test]
async fn without_create_users_only_known_people_get_in() {
    let (app, idp) = corp().await;
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    app.admin().await.patch("/integrations/corp", json!({"createUsers": false})).await;
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    refused(&app, &idp, Person::new("carol"), "user_unknown").await;
}

#[tokio::test]
async fn a_disabled_user_is_refused_and_their_session_ends() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    let id = app.user_id("bob").await;
    assert_eq!(app.admin().await.patch(&format!("/users/{id}"), json!({"enabled": false})).await.status, 200);
    assert_eq!(browser.who().await, None);
    refused(&app, &idp, Person::new("bob"), "user_disabled").await;
}

#[tokio::test]
async fn the_same_subject_at_two_issuers_is_two_people() {
    let (app, idp) = corp().await;
    let other = app.idp().await;
    app.with_integration(&other, "other").await;
    let (mut one, mut two) = (app.browser(), app.browser());
    app.sign_in(&mut one, &idp, Person::new("7").claim("preferred_username", "bob")).await;
    let carol = Person::new("7").claim("preferred_username", "carol").claim("email", "7@example.com");
    app.log_in_at(&mut two, &other, "other", carol).await;
    assert_eq!((one.who().await.as_deref(), two.who().await.as_deref()), (Some("bob"), Some("carol")));
    assert_eq!(app.admin().await.get("/users").await.json()["total"], 3);
}

#[tokio::test]
async fn a_mail_address_or_a_name_joins_nobody() {
    let (app, idp) = corp().await;
    let other = app.idp().await;
    app.with_integration(&other, "other").await;
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    let twin = Person::new("bob-2").claim("preferred_username", "robert").claim("email", "bob@example.com");
    let mut browser = app.browser();
    app.log_in_at(&mut browser, &other, "other", twin).await;
    assert_eq!(browser.who().await.as_deref(), Some("robert"));
    let taken = Person::new("bob-3").claim("preferred_username", "bob");
    let answer = app.log_in_at(&mut app.browser(), &other, "other", taken).await;
    app.assert_login_failed(&answer, "username_taken").await;
}

#[tokio::test]
async fn the_issuer_of_an_integration_changed_takes_nobody_along() {
    let (app, idp) = corp().await;
    app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
    let other = app.idp().await;
    let change = json!({"issuer": other.issuer(), "clientSecret": other.client_secret()});
    assert_eq!(app.admin().await.patch("/integrations/corp", change).await.status, 200);
    refused(&app, &other, Person::new("bob"), "username_taken").await;
}

#[tokio::test]
async fn nobody_becomes_the_administrator_by_a_name() {
    let (app, idp) = corp().await;
    let admin = app.user_id(ADMIN).await;
    for (n, name) in
        ["admin", "ADMIN", "admin ", "\u{430}dmin", "admin\u{200b}", "ａｄｍｉｎ"].into_iter().enumerate()
    {
        let person = Person::new(&format!("sub{n}")).claim("preferred_username", name);
        refused(&app, &idp, person, "username_taken").await;
    }
    // Nor by a subject: names and internal identifiers there mean nothing.
    for subject in [ADMIN, admin.as_str(), "1"] {
        let mut browser = app.browser();
        let name = format!("mallory{}", subject.len());
        app.sign_in(&mut browser, &idp, Person::new(subject).claim("preferred_username", name.clone())).await;
        let me = browser.api().get("/me").await.json();
        assert_eq!((&me["user"]["username"], &me["roleGrants"]), (&json!(name), &json!([])));
        assert_ne!(me["user"]["id"], admin);
    }
    assert!(app.admin_browser().await.is_admin().await, "the administrator is not locked out");
}

#[tokio::test]
async fn a_name_changed_at_the_provider_never_becomes_somebody_elses() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    app.sign_in(&mut browser, &idp, Person::new("bob").claim("preferred_username", "Robert")).await;
    assert_eq!(browser.who().await.as_deref(), Some("Robert"));
    app.sign_in(&mut browser, &idp, Person::new("bob").claim("preferred_username", "Admin")).await;
    assert_eq!(browser.who().await.as_deref(), Some("Robert"));
}

#[tokio::test]
async fn what_a_provider_says_is_shown_as_text() {
    let (app, idp) = corp().await;
    let hostile = "<script>alert(1)</script>\"><img src=x onerror=alert(2)></pre>";
    let person = Person::new("bob")
        .claim("name", hostile)
        .claim("email", hostile)
        .claim("preferred_username", hostile)
        .groups(&[hostile]);
    app.rule(hostile, "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, person).await;
    let mut pages = vec![];
    for path in ["/me", "/mapping-rules", "/audit", "/integrations"] {
        pages.push(browser.get(path).await);
    }
    let events = app.audit("kind=login.succeeded&integration=corp").await;
    pages.push(browser.get(&format!("/audit/{}", events[0]["id"].as_str().unwrap())).await);
    for page in &pages {
        assert_eq!(page.status, 200, "{page:?}");
        let body = page.body();
        assert!(!body.contains("<script>alert") && !body.contains("<img src=x"), "{body}");
    }
    assert!(pages[0].body().contains("&lt;script&gt;alert"), "{}", pages[0].body());
}
