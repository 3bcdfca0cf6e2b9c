//! Two servers on one database behave as one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use fake_idp::{Endpoint, Person};
use futures::future::join_all;
use serde_json::json;
use support::{ADMIN, Browser, PASSWORD, TestApp};

/// The same browser, whose next requests reach the other server.
fn at(app: &TestApp, browser: &Browser) -> Browser {
    let mut there = app.browser();
    there.cookies = browser.cookies.clone();
    there
}

async fn pairs() -> Vec<(TestApp, TestApp)> {
    let mut pairs = Vec::new();
    for a in TestApp::on_each_database().await {
        let b = a.replica().await;
        pairs.push((a, b));
    }
    pairs
}

#[tokio::test]
async fn a_login_begun_here_is_finished_there_and_once() {
    for (a, b) in pairs().await {
        let idp = a.idp().await;
        a.with_integration(&idp, "corp").await;
        idp.set_person(Person::new("bob"));
        let mut browser = a.browser();
        let leaving = a.leave(&mut browser, &idp, "/oauth2/authorization/corp").await;
        let mut there = at(&b, &browser);
        there.get_from_elsewhere(&leaving.callback).await;
        assert_eq!(there.who().await.as_deref(), Some("bob"));
        assert_eq!(at(&a, &there).who().await.as_deref(), Some("bob"));
        let again = browser.get_from_elsewhere(&leaving.callback).await;
        a.assert_login_failed(&again, "already_used").await;
        assert_eq!(idp.count(Endpoint::Token), 1);
    }
}

#[tokio::test]
async fn an_answer_that_reaches_both_at_once_opens_one_session() {
    for (a, b) in pairs().await {
        let idp = a.idp().await;
        a.with_integration(&idp, "corp").await;
        idp.set_person(Person::new("bob"));
        for _ in 0..5 {
            let before = idp.count(Endpoint::Token);
            let mut here = a.browser();
            let leaving = a.leave(&mut here, &idp, "/oauth2/authorization/corp").await;
            let mut there = at(&b, &here);
            tokio::join!(
                here.get_from_elsewhere(&leaving.callback),
                there.get_from_elsewhere(&leaving.callback)
            );
            assert!(here.is_signed_in() != there.is_signed_in());
            assert_eq!(idp.count(Endpoint::Token), before + 1);
        }
    }
}

#[tokio::test]
async fn first_logins_of_one_person_at_both_make_one_user() {
    for (a, b) in pairs().await {
        let idp = a.idp().await;
        a.with_integration(&idp, "corp").await;
        idp.set_person(Person::new("bob"));
        let (mut here, mut there) = (a.browser(), b.browser());
        let one = a.leave(&mut here, &idp, "/oauth2/authorization/corp").await;
        let two = b.leave(&mut there, &idp, "/oauth2/authorization/corp").await;
        tokio::join!(here.get_from_elsewhere(&one.callback), there.get_from_elsewhere(&two.callback));
        assert_eq!((here.who().await.as_deref(), there.who().await.as_deref()), (Some("bob"), Some("bob")));
        assert_eq!(a.admin().await.get("/users").await.json()["total"], 2);
    }
}

#[tokio::test]
async fn a_session_ended_here_is_refused_there_at_the_next_request() {
    for (a, b) in pairs().await {
        let bob = a.user("bob", "a quiet sentence of bob").await;
        let admin = a.admin().await;
        let begin = async || {
            let mut browser = a.browser();
            browser.sign_in_with_password("bob", "a quiet sentence of bob").await;
            let there = at(&b, &browser);
            assert_eq!(there.who().await.as_deref(), Some("bob"));
            (browser, there)
        };
        let (mut here, there) = begin().await;
        here.sign_out().await;
        assert_eq!(there.who().await, None, "signed out");

        let (here, there) = begin().await;
        let session = here.api().get("/me").await.json()["session"]["id"].as_str().unwrap().to_owned();
        assert_eq!(admin.delete(&format!("/sessions/{session}")).await.status, 204);
        assert_eq!(there.who().await, None, "ended");

        let (_here, there) = begin().await;
        admin.patch(&format!("/users/{bob}"), json!({"enabled": false})).await;
        assert_eq!(there.who().await, None, "disabled");
    }
}

#[tokio::test]
async fn roles_and_rules_changed_here_count_there_at_once() {
    for (a, b) in pairs().await {
        let idp = a.idp().await;
        a.with_integration(&idp, "corp").await;
        let person = || Person::new("bob").groups(&["dba"]);
        let mut there = b.browser();
        b.sign_in(&mut there, &idp, person()).await;
        assert_eq!(there.api().get("/users").await.status, 403);
        a.rule("dba", "GLOBAL_READ_ONLY", "global").await;
        b.sign_in(&mut there, &idp, person()).await;
        assert_eq!(there.api().get("/users").await.status, 200);
        // Losing the group at one server closes what the other one knows as open.
        a.sign_in(&mut a.browser(), &idp, Person::new("bob").groups(&[])).await;
        assert_eq!(there.api().get("/users").await.status, 403);
    }
}

#[tokio::test]
async fn wrong_passwords_count_together() {
    for (a, b) in pairs().await {
        for n in 0..5 {
            let app = if n % 2 == 0 { &a } else { &b };
            let answer = app.browser().sign_in_with_password(ADMIN, "wrong").await;
            assert_eq!(answer.location_param("error").as_deref(), Some("wrong_credentials"));
        }
        for app in [&a, &b] {
            let answer = app.browser().sign_in_with_password(ADMIN, PASSWORD).await;
            assert_eq!(answer.location_param("error").as_deref(), Some("too_many_tries"));
        }
        a.advance_minutes(11);
        let tries = (0..40).map(|n| {
            let mut browser = if n % 2 == 0 { a.browser() } else { b.browser() };
            async move { browser.sign_in_with_password(ADMIN, "wrong").await }
        });
        let answers = join_all(tries).await;
        let looked_at =
            answers.iter().filter(|answer| answer.header("location").contains("wrong_credentials")).count();
        assert!((1..=5).contains(&looked_at), "{looked_at}");
    }
}

#[tokio::test]
async fn servers_that_start_at_once_make_one_administrator() {
    for app in TestApp::on_each_database().await {
        let admin = app.admin().await;
        let all = join_all((0..4).map(|_| app.replica())).await;
        assert!(all.iter().all(|replica| replica.one_time.is_none()));
        assert_eq!(admin.get("/users").await.json()["total"], 1);
        assert_eq!(app.audit("kind=bootstrap").await.len(), 1);
    }
    for apps in TestApp::together(4).await {
        let shown = apps.iter().filter(|app| app.one_time.is_some()).count();
        assert_eq!(shown, 1, "one password is shown");
        let first = apps.iter().find(|app| app.one_time.is_some()).unwrap();
        let mut browser = apps[0].browser();
        browser.sign_in_with_password(ADMIN, first.one_time.clone().unwrap().expose()).await;
        assert!(browser.is_signed_in(), "and it is the right one");
    }
}

#[tokio::test]
async fn changes_at_both_keep_one_audit_chain() {
    for (a, b) in pairs().await {
        let (here, there) = (a.admin().await, b.admin().await);
        let changes =
            (0..20).map(|n| {
                let api = if n % 2 == 0 { &here } else { &there };
                async move {
                    api.post("/organizations", json!({"name": format!("Organization {n}")})).await.status
                }
            });
        let statuses = join_all(changes).await;
        assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
        let numbers: Vec<i64> =
            a.audit("").await.iter().map(|event| event["number"].as_i64().unwrap()).collect();
        let expected: Vec<i64> = (1..=i64::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, expected, "no gap, no fork");
        assert_eq!(a.audit("kind=organization.created").await.len(), 20);
    }
}

#[tokio::test]
async fn of_two_changes_to_one_version_one_is_told_that_it_is_stale() {
    for (a, b) in pairs().await {
        let id = a.organization("Payments").await;
        let (here, there) = (a.admin().await, b.admin().await);
        let path = format!("/organizations/{id}");
        let tag = here.get(&path).await.header("etag").to_owned();
        let change = |name: &str| json!({"name": name});
        let (one, two) = (change("One"), change("Two"));
        let header = [("if-match", tag.as_str())];
        let (x, y) = tokio::join!(
            here.send(axum::http::Method::PATCH, &path, &header, Some(&one)),
            there.send(axum::http::Method::PATCH, &path, &header, Some(&two)),
        );
        let mut statuses = [x.status, y.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{x:?}\n{y:?}");
    }
}
