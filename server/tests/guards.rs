//! Who may see and do what: every page, every server function, every endpoint, for everybody. The lists come from the
//! program itself, so that what is added later is checked too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::collections::BTreeSet;

use app::{functions::TABLE, routes::PAGES};
use axum::http::Method;
use domain::{
    access::{Permission, allows},
    role::RoleName,
};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use server::http::api::ENDPOINTS;
use support::{Api, Browser, TestApp, logs};

const WORD: &str = "a quiet sentence of everybody";

/// Somebody with these global roles; `None`: nobody.
struct Who {
    name: &'static str,
    roles: Option<Vec<RoleName>>,
    browser: Browser,
}

impl Who {
    fn may(&self, permission: Permission) -> bool {
        match &self.roles {
            Some(roles) => allows(roles, permission),
            None => permission == Permission::Public,
        }
    }
}

/// Anonymous, a user without roles, one with roles that open nothing, a viewer, an owner.
async fn everybody(app: &TestApp) -> Vec<Who> {
    let mut all = vec![Who { name: "anonymous", roles: None, browser: app.browser() }];
    for (name, roles) in [
        ("plain", &[][..]),
        ("other", &["GLOBAL_USER_ADMIN", "GLOBAL_BACKUP_ADMIN"]),
        ("viewer", &["GLOBAL_READ_ONLY"]),
        ("owner", &["GLOBAL_OWNER"]),
    ] {
        let id = app.user(name, WORD).await;
        for role in roles {
            app.grant(&id, role).await;
        }
        let mut browser = app.browser();
        browser.sign_in_with_password(name, WORD).await;
        let roles = Some(roles.iter().map(|role| RoleName::new(*role)).collect());
        all.push(Who { name, roles, browser });
    }
    all
}

fn filled(path: &str) -> String {
    let mut out = String::new();
    for step in path.split('/').skip(1) {
        out.push('/');
        out.push_str(match step {
            "{name}" => "nothere",
            step if step.starts_with('{') => "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            step => step,
        });
    }
    out
}

#[tokio::test]
async fn every_page_opens_for_those_who_may_see_it_and_for_nobody_else() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "nothere").await;
    for mut who in everybody(&app).await {
        for (page, permission) in PAGES {
            let path = filled(page);
            let answer = who.browser.get(&path).await;
            let log = logs::lines_with(answer.header("x-request-id"));
            let case = format!("{} at {page}: {answer:?}\n{log:#?}", who.name);
            if who.may(permission) {
                // Some lead on; pages about something that is not there say so.
                assert!(matches!(answer.status, 200 | 303 | 404), "{case}");
                assert!(answer.status != 303 || !answer.location().starts_with("/sign-in"), "{case}");
            } else if who.roles.is_none() {
                assert_eq!(answer.status, 303, "{case}");
                assert!(answer.location().starts_with("/sign-in"), "{case}");
                assert!(!answer.location().contains("://"), "{case}");
            } else {
                assert_eq!(answer.status, 403, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_page_shows_nothing_of_what_it_is_about() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    app.rule("very-private-group", "GLOBAL_READ_ONLY", "global").await;
    app.user("plain", WORD).await;
    let mut browser = app.browser();
    browser.sign_in_with_password("plain", WORD).await;
    for path in ["/integrations", "/integrations/corp", "/mapping-rules", "/audit", "/integrations/new"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        let body = answer.body();
        assert!(!body.contains("very-private-group") && !body.contains(&idp.issuer()), "{path}: {body}");
        assert!(!body.contains(idp.client_id()) || idp.client_id() == "latchkey", "{path}: {body}");
    }
}

#[tokio::test]
async fn every_server_function_is_in_the_table_and_the_table_names_no_other() {
    let _app = TestApp::new().await;
    let known: BTreeSet<&str> = TABLE.iter().map(|(path, _)| *path).collect();
    let registered: Vec<(&str, Method)> = server_fn_paths().collect();
    assert!(registered.len() > 10, "the list is made when the program is linked");
    let paths: BTreeSet<&str> = registered.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, known);
    for (path, method) in registered {
        assert_eq!(method, Method::POST, "{path}: what is asked by GET can be asked from any page");
    }
}

#[tokio::test]
async fn every_server_function_refuses_those_who_may_not_use_it() {
    let app = TestApp::new().await;
    for mut who in everybody(&app).await {
        for (path, permission) in TABLE {
            let answer = who.browser.call(path, &[]).await;
            let case = format!("{} at {path}: {answer:?}", who.name);
            match (who.may(permission), &who.roles) {
                (true, _) => assert!(!matches!(answer.status, 401 | 403), "{case}"),
                (false, None) => {
                    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{case}")
                }
                (false, Some(_)) => {
                    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{case}")
                }
            }
            // A form without script is refused as well.
            let answer = who.browser.post_form(path, &[]).await;
            if !who.may(permission) {
                assert!(matches!(answer.status, 401 | 403), "{} at {path}: {answer:?}", who.name);
            }
        }
    }
}

#[tokio::test]
async fn server_functions_do_nothing_by_get_and_unknown_ones_are_not_there() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    for (path, _) in TABLE {
        let answer = admin.get(path).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {answer:?}");
    }
    for path in
        ["/fn/nothere", "/fn/", "/fn/integrations/list/", "/fn/INTEGRATIONS/list", "/fn/integrations%2flist"]
    {
        let answer = admin.call(path, &[]).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {answer:?}");
    }
}

async fn ask(api: &Api, method: &Method, path: &str) -> support::Answer {
    let body = json!({});
    let with_body = matches!(*method, Method::POST | Method::PATCH | Method::PUT);
    api.send(method.clone(), &filled(path), &[], with_body.then_some(&body)).await
}

#[tokio::test]
async fn every_endpoint_refuses_those_who_may_not_use_it() {
    let app = TestApp::new().await;
    assert!(ENDPOINTS.len() > 25);
    for who in everybody(&app).await {
        let api = who.browser.api();
        for endpoint in ENDPOINTS.iter() {
            let answer = ask(&api, &endpoint.method, endpoint.path).await;
            let case = format!("{} at {} {}: {answer:?}", who.name, endpoint.method, endpoint.path);
            match (who.may(endpoint.permission), &who.roles) {
                (true, _) => assert!(!matches!(answer.status, 401 | 403) && answer.status < 500, "{case}"),
                (false, None) => {
                    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{case}")
                }
                (false, Some(_)) => {
                    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{case}")
                }
            }
            if answer.status >= 400 {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{case}");
                assert_eq!(answer.json()["reference"], answer.header("x-request-id"), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_reads_asks_for_no_more_than_one_that_changes() {
    for endpoint in ENDPOINTS.iter() {
        assert_ne!(endpoint.permission, Permission::Public, "{}", endpoint.path);
        if endpoint.method != Method::GET && endpoint.permission.is_view() {
            // Questions that need a body.
            assert!(
                ["/mapping-rules/simulate", "/mapping-rules/impact"].contains(&endpoint.path),
                "{} {} changes something with a permission to look",
                endpoint.method,
                endpoint.path
            );
        }
    }
}

#[tokio::test]
async fn a_token_has_its_own_roles_only_and_dies_with_its_owner() {
    let app = TestApp::new().await;
    let owner = app.user("olga", WORD).await;
    app.grant(&owner, "GLOBAL_OWNER").await;
    let mut browser = app.browser();
    browser.sign_in_with_password("olga", WORD).await;
    let made = browser.api().post("/api-tokens", json!({"name": "ci", "roles": ["GLOBAL_READ_ONLY"]})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.json()["value"].as_str().unwrap().to_owned();
    let api = app.with_token(&token);
    assert_eq!(api.get("/integrations").await.status, 200);
    for endpoint in
        ENDPOINTS.iter().filter(|endpoint| !allows(&[RoleName::new("GLOBAL_READ_ONLY")], endpoint.permission))
    {
        let answer = ask(&api, &endpoint.method, endpoint.path).await;
        assert_eq!(answer.status, 403, "{} {}", endpoint.method, endpoint.path);
    }
    let admin = app.admin().await;
    assert_eq!(admin.patch(&format!("/users/{owner}"), json!({"enabled": false})).await.status, 200);
    assert_eq!(api.get("/integrations").await.status, 401);
}

#[tokio::test]
async fn wrong_tokens_open_nothing_and_do_not_fall_back_to_the_cookie() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for bad in ["Bearer lk_nothere", "Bearer ", "bearer x", "Bearer lk_", "Bearer \u{e4}"] {
        let answer = admin.send(Method::GET, "/users", &[("authorization", bad)], None).await;
        assert_eq!(answer.status, 401, "{bad}: {answer:?}");
    }
    let query = app.anonymous().get("/users?access_token=lk_x").await;
    assert_eq!(query.status, 401);
}

#[tokio::test]
async fn a_one_time_password_opens_its_own_change_and_nothing_else() {
    let app = TestApp::with(|config| config.bootstrap.admin_password = None).await;
    let mut browser = app.browser();
    browser.sign_in_with_password(support::ADMIN, app.one_time.clone().unwrap().expose()).await;
    let api = browser.api();
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.permission != Permission::OwnAccess) {
        let answer = ask(&api, &endpoint.method, endpoint.path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "password_change_needed"),
            "{}",
            endpoint.path
        );
    }
    for (path, permission) in TABLE {
        if !matches!(permission, Permission::Public | Permission::OwnAccess) {
            assert_eq!(browser.call(path, &[]).await.code(), "password_change_needed", "{path}");
        }
    }
    for (page, permission) in PAGES {
        if permission != Permission::Public && page != "/me/password" {
            assert_eq!(browser.get(&filled(page)).await.location(), "/me/password", "{page}");
        }
    }
}

#[tokio::test]
async fn tricks_with_paths_open_nothing() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let secret: Value = json!(idp.issuer());
    for path in [
        "//integrations",
        "/integrations/",
        "/INTEGRATIONS",
        "/integrations/..;/integrations",
        "/%69ntegrations",
        "/integrations%2f",
        "/./integrations",
        "/sign-in/../integrations",
        "/sign-in/..;/integrations",
        "/integrations;x",
        "/integrations%00",
        "/integrations%20",
        "/healthz/../integrations",
        "/pkg/../integrations",
        "/pkg/..%2f..%2fCargo.toml",
        "/pkg/%2e%2e",
        "/api/v1//integrations",
        "/api/v1/integrations/",
        "/API/v1/integrations",
        "/api/v1/%69ntegrations",
        "/api%2fv1/integrations",
        "/api/v1/../v1/integrations",
        "/api/v1;/integrations",
        "/api/v1/me/../integrations",
        "/fn/../integrations",
        "/omsp/integrations",
        "/integrations?x=/sign-in",
        "/integrations#/sign-in",
        "/api/v1/integrations?x=/healthz",
    ] {
        for agent in ["Mozilla/5.0", "kube-probe/1.30"] {
            let bare = path.split('#').next().unwrap();
            let headers = [
                ("user-agent", agent),
                ("accept", "text/html"),
                ("x-original-url", "/healthz"),
                ("x-rewrite-url", "/"),
            ];
            let answer = app.client().send(Method::GET, bare, &headers, axum::body::Body::empty()).await;
            assert!(matches!(answer.status, 303 | 307 | 308 | 401 | 404 | 405), "{path}: {answer:?}");
            assert!(!answer.body().contains(secret.as_str().unwrap()), "{path}: {answer:?}");
        }
    }
}
