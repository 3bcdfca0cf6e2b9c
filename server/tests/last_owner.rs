//! Nobody takes the last owner away, of the console or of an organization: by no door, and not two at the same moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::{access::Caller, id::UserId, role::RoleName, target::Target};
use fake_idp::Person;
use serde_json::{Value, json};
use server::service::apply::{self, ApplyError, Document, Options};
use support::{ADMIN, Answer, PASSWORD, TestApp};

async fn own(app: &TestApp, user: &str, organization: &str) {
    let user = UserId::parse(user).unwrap();
    let mut tx = app.core.db.begin().await.unwrap();
    let target = Target::Organization(domain::id::OrganizationId::new(organization));
    assert!(tx.role_grants().set_manual(&user, RoleName::new("ORG_OWNER"), target).await.unwrap());
    tx.commit().await.unwrap();
}

fn last(answer: &Answer, of: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (409, "last_owner"), "{answer:?}");
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains(&format!("The organization {of} would be left without an owner")), "{answer:?}");
}

#[tokio::test]
async fn an_organizations_last_owner_is_neither_disabled_nor_deleted() {
    for app in TestApp::on_each_database().await {
        let admin = app.admin().await;
        let atlas = app.organization("Atlas").await;
        let (olga, otto) = (app.user("olga", PASSWORD).await, app.user("otto", PASSWORD).await);
        own(&app, &olga, &atlas).await;
        let (olga_path, otto_path) = (format!("/users/{olga}"), format!("/users/{otto}"));
        last(&admin.patch(&olga_path, json!({"enabled": false})).await, "Atlas");
        last(&admin.delete(&olga_path).await, "Atlas");
        assert_eq!(admin.get(&olga_path).await.json()["enabled"], true);
        // Another name is no loss, and neither is one of two.
        assert_eq!(admin.patch(&olga_path, json!({"displayName": "Olga"})).await.status, 200);
        own(&app, &otto, &atlas).await;
        assert_eq!(admin.patch(&olga_path, json!({"enabled": false})).await.status, 200);
        last(&admin.delete(&otto_path).await, "Atlas");
        assert_eq!(admin.delete(&olga_path).await.status, 204, "a disabled owner is none to lose");
        // Without the organization nobody owns it.
        assert_eq!(admin.delete(&format!("/organizations/{atlas}")).await.status, 204);
        assert_eq!(admin.delete(&otto_path).await.status, 204);
    }
}

#[tokio::test]
async fn the_rule_that_makes_an_organizations_owners_stays_while_anything_is_left_in_it() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let (admin, atlas) = (app.admin().await, app.organization("Atlas").await);
        let rule = app.rule("atlas-owners", "ORG_OWNER", &format!("organization:{atlas}")).await;
        let path = format!("/mapping-rules/{}", rule["id"].as_str().unwrap());
        // Nobody owns it yet: whoever made a mistake repairs it.
        assert_eq!(admin.patch(&path, json!({"enabled": false})).await.status, 200);
        assert_eq!(admin.patch(&path, json!({"enabled": true})).await.status, 200);
        let project = admin.post("/projects", json!({"name": "p", "organization": atlas})).await.json();
        let mut olga = app.browser();
        app.sign_in(&mut olga, &idp, Person::new("olga").groups(&["atlas-owners"])).await;
        for change in [
            json!({"enabled": false}),
            json!({"group": "others"}),
            json!({"role": "ORG_READ_ONLY"}),
            json!({"integration": "corp", "group": "others"}),
        ] {
            last(&admin.patch(&path, change).await, "Atlas");
        }
        last(&admin.delete(&path).await, "Atlas");
        last(&admin.delete(&format!("{path}?provisional=true")).await, "Atlas");
        last(&olga.api().delete(&path).await, "Atlas");
        assert_eq!(admin.get(&path).await.json()["group"], "atlas-owners", "nothing of that was kept");
        // A rule for those who own it anyway may go.
        let second = app.rule("atlas-owners-2", "ORG_OWNER", &format!("organization:{atlas}")).await;
        let second = format!("/mapping-rules/{}", second["id"].as_str().unwrap());
        assert_eq!(admin.delete(&second).await.status, 204);
        // Nor by the API that speaks as Ops Manager's.
        let token = admin.post("/api-tokens", json!({"name": "om", "roles": ["GLOBAL_OWNER"]})).await.json();
        let bearer = format!("Bearer {}", token["value"].as_str().unwrap());
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = json!({"idpGroupMappings": [{"roleName": "ORG_OWNER", "idpGroups": ["others"]}]});
        let public = format!("/api/public/v1.0/orgs/{atlas}");
        let answer = app
            .client()
            .send(axum::http::Method::PATCH, &public, &headers, axum::body::Body::from(body.to_string()))
            .await;
        assert_eq!(
            (answer.status, answer.json()["errorCode"].as_str()),
            (403, Some("CANNOT_DEMOTE_LAST_ORG_OWNER")),
            "{answer:?}"
        );
        // By a file neither.
        let caller = Caller::host("test");
        let text = "organizations:\n  - name: Atlas\nmappingRules:\n  - {group: atlas-owners, role: ORG_OWNER, level: organization, target: Atlas, enabled: false}\n";
        let document = Document::parse("file.yaml", text, true, &|_| None).unwrap();
        let refused = apply::apply(&app.core, &caller, &document, Options::default()).await.unwrap_err();
        let ApplyError::Service(refused) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.public().code.code(), "last_owner");
        // An organization in which nothing else is left is dissolved, owners and all.
        assert_eq!(admin.delete(&format!("/projects/{}", project["id"].as_str().unwrap())).await.status, 204);
        assert_eq!(admin.delete(&path).await.status, 204);
        assert_eq!(admin.delete(&format!("/organizations/{atlas}")).await.status, 204);
    }
}

#[tokio::test]
async fn two_administrators_who_turn_one_another_off_at_the_same_moment_leave_one() {
    for app in TestApp::on_each_database().await {
        let there = app.replica().await;
        for round in 0..5 {
            let second = app.user(&format!("second{round}"), PASSWORD).await;
            app.grant(&second, "GLOBAL_OWNER").await;
            let first = app.user_id(ADMIN).await;
            let mut other = there.browser();
            other.sign_in_with_password(&format!("second{round}"), PASSWORD).await;
            let (a, b) = (app.admin().await, other.api());
            let off = json!({"enabled": false});
            let (of_second, of_first) = (format!("/users/{second}"), format!("/users/{first}"));
            let (one, two) = tokio::join!(a.patch(&of_second, off.clone()), b.patch(&of_first, off.clone()));
            // The slower one is told that nobody would be left, or is nobody any more.
            let done = [&one, &two].iter().filter(|answer| answer.status == 200).count();
            assert_eq!(done, 1, "{one:?} {two:?}");
            let (slow, is_first_left) = if one.status == 200 { (&two, true) } else { (&one, false) };
            assert!(matches!(slow.status, 401 | 409), "{slow:?}");
            if !is_first_left {
                assert_eq!(b.patch(&format!("/users/{first}"), json!({"enabled": true})).await.status, 200);
            }
            let admin = app.admin().await;
            assert_eq!(admin.get(&format!("/users/{first}")).await.json()["enabled"], true);
            if is_first_left {
                assert_eq!(
                    admin.patch(&format!("/users/{second}"), json!({"enabled": true})).await.status,
                    200
                );
            }
            assert_eq!(admin.delete(&format!("/users/{second}")).await.status, 204);
        }
    }
}

#[tokio::test]
async fn two_administrators_who_take_an_organizations_two_owners_away_at_once_leave_one() {
    for app in TestApp::on_each_database().await {
        let there = app.replica().await;
        let atlas = app.organization("Atlas").await;
        for round in 0..5 {
            let (x, y) = (
                app.user(&format!("x{round}"), PASSWORD).await,
                app.user(&format!("y{round}"), PASSWORD).await,
            );
            own(&app, &x, &atlas).await;
            own(&app, &y, &atlas).await;
            let (a, b) = (app.admin().await, there.admin().await);
            let (of_x, of_y) = (format!("/users/{x}"), format!("/users/{y}"));
            let (one, two) = tokio::join!(a.delete(&of_x), b.patch(&of_y, json!({"enabled": false})));
            let answers = [one, two];
            let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 409).collect();
            assert_eq!(refused.len(), 1, "{answers:?}");
            last(refused[0], "Atlas");
            let left = if answers[0].status == 409 { &x } else { &y };
            let user: Value = a.get(&format!("/users/{left}")).await.json();
            assert_eq!(user["enabled"], true);
            // The next round begins with owners of its own.
            let next = app.user(&format!("n{round}"), PASSWORD).await;
            own(&app, &next, &atlas).await;
            assert_eq!(a.delete(&format!("/users/{left}")).await.status, 204);
            let mut tx = app.core.db.begin().await.unwrap();
            let target = Target::Organization(domain::id::OrganizationId::new(atlas.as_str()));
            let next = UserId::parse(&next).unwrap();
            assert!(tx.role_grants().remove_manual(&next, RoleName::new("ORG_OWNER"), target).await.unwrap());
            tx.commit().await.unwrap();
        }
    }
}
