//! What another site's page can make a signed-in browser do: nothing. The routes come from the program's own lists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use app::{functions::TABLE, routes};
use axum::http::Method;
use serde_json::json;
use server::http::api::ENDPOINTS;
use support::{ADMIN, Browser, ORIGIN, PASSWORD, TestApp, form};

const FORM: &str = "application/x-www-form-urlencoded";

/// What browsers send with a request that another site's page made, and what tools send that hide it.
const FOREIGN: [&[(&str, &str)]; 17] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
    &[("sec-fetch-site", "same-site"), ("origin", "https://sibling.example.com")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "none")],
    &[("sec-fetch-site", "nonsense")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://console.example.com")],
    &[("origin", "https://console.example.com:8443")],
    &[("origin", "https://console.example.com.evil.example")],
    &[("origin", "https://evilconsole.example.com")],
    &[("origin", "https://evil.example"), ("host", "evil.example")],
    &[("origin", "https://evil.example"), ("x-forwarded-host", "evil.example"), ("host", "evil.example")],
    &[("referer", "https://evil.example/https://console.example.com/")],
    &[],
];

/// Every route that takes something other than GET.
fn routes() -> Vec<(Method, String)> {
    let mut all: Vec<(Method, String)> = [
        routes::POST_SIGN_IN,
        routes::POST_SIGN_OUT,
        routes::POST_THEME,
        routes::POST_IMPORT,
        routes::POST_IMPORT_MAKE,
    ]
    .map(|path| (Method::POST, path.to_owned()))
    .into();
    all.extend(TABLE.iter().map(|(path, _)| (Method::POST, (*path).to_owned())));
    let changing = ENDPOINTS.iter().filter(|endpoint| endpoint.method != Method::GET);
    all.extend(changing.map(|endpoint| {
        let path = endpoint.path.replace("{name}", "corp").replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        (endpoint.method.clone(), format!("/api/v1{path}"))
    }));
    all
}

async fn send(
    browser: &mut Browser,
    method: &Method,
    path: &str,
    more: &[(&str, &str)],
    accept: &str,
) -> support::Answer {
    let api = path.starts_with("/api/");
    let (kind, body) =
        if api { ("application/json", "{}".to_owned()) } else { (FORM, form(&[("name", "corp")])) };
    let mut headers = vec![("content-type", kind), ("accept", accept)];
    headers.extend_from_slice(more);
    browser.send(method.clone(), path, &headers, body).await
}

#[tokio::test]
async fn no_route_does_anything_for_another_site() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let mut admin = app.admin_browser().await;
    let events = app.audit("").await.len();
    let cookies = admin.cookies.clone();
    assert!(routes().len() > 40);
    for (method, path) in routes() {
        for more in FOREIGN {
            for accept in ["text/html", "application/json"] {
                let answer = send(&mut admin, &method, &path, more, accept).await;
                let case = format!("{method} {path} {more:?}: {answer:?}");
                assert_eq!(answer.status, 403, "{case}");
                assert!(
                    answer.body().contains("another site") || answer.body().contains("cross_site"),
                    "{case}"
                );
                assert!(answer.set_cookies().is_empty(), "{case}");
                assert!(!answer.headers.contains_key("location"), "{case}");
                assert!(!answer.headers.contains_key("access-control-allow-origin"), "{case}");
            }
        }
    }
    assert_eq!(admin.cookies, cookies);
    assert!(admin.is_admin().await);
    // The two sign-ins of reading the log itself are new.
    let now = app.audit("").await;
    assert!(now.len() - events <= 2, "{now:?}");
}

#[tokio::test]
async fn our_own_pages_may() {
    let app = TestApp::new().await;
    let own: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "same-origin"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("origin", ORIGIN)],
        &[("referer", "https://console.example.com/organizations")],
    ];
    for (n, more) in own.into_iter().enumerate() {
        let mut admin = app.admin_browser().await;
        let mut headers = vec![("content-type", "application/json")];
        headers.extend_from_slice(more);
        let body = json!({"name": format!("Organization {n}")}).to_string();
        let answer = admin.send(Method::POST, "/api/v1/organizations", &headers, body).await;
        assert_eq!(answer.status, 201, "{more:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_token_needs_no_origin() {
    let app = TestApp::new().await;
    let made = app.admin().await.post("/api-tokens", json!({"name": "ci"})).await.json();
    let api = app.with_token(made["value"].as_str().unwrap());
    assert_eq!(api.post("/organizations", json!({"name": "One"})).await.status, 201);
    // A page of another site cannot make a browser's cookie count by adding a made-up token.
    let mut admin = app.admin_browser().await;
    let headers = [
        ("authorization", "Bearer x"),
        ("origin", "https://evil.example"),
        ("content-type", "application/json"),
    ];
    let answer =
        admin.send(Method::POST, "/api/v1/organizations", &headers, json!({"name": "Two"}).to_string()).await;
    assert_eq!(answer.status, 401, "{answer:?}");
}

#[tokio::test]
async fn nobody_can_be_signed_in_by_another_sites_form() {
    let app = TestApp::new().await;
    let body = form(&[("username", ADMIN), ("password", PASSWORD)]);
    for more in FOREIGN {
        let mut victim = app.browser();
        let mut headers = vec![("content-type", FORM)];
        headers.extend_from_slice(more);
        let answer = victim.send(Method::POST, "/fn/sign_in", &headers, body.clone()).await;
        assert_eq!(answer.status, 403, "{more:?}");
        assert!(!victim.is_signed_in());
    }
}

#[tokio::test]
async fn endpoints_take_json_only_and_functions_forms_only() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    let own = [("sec-fetch-site", "same-origin"), ("origin", ORIGIN)];
    let json = json!({"name": "One"}).to_string();
    for kind in [
        "text/plain",
        "multipart/form-data; boundary=x",
        FORM,
        "",
        "text/plain; application/json",
        "application/jsonx",
    ] {
        let mut headers = own.to_vec();
        if !kind.is_empty() {
            headers.push(("content-type", kind));
        }
        let answer = admin.send(Method::POST, "/api/v1/organizations", &headers, json.clone()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "unsupported_media_type"),
            "{kind:?}: {answer:?}"
        );
    }
    for kind in ["text/plain", "multipart/form-data; boundary=x", "application/json", "", "application/cbor"]
    {
        for path in ["/fn/integrations/remove", "/fn/sign_in", "/fn/theme"] {
            let mut headers = own.to_vec();
            if !kind.is_empty() {
                headers.push(("content-type", kind));
            }
            let answer =
                admin.send(Method::POST, path, &headers, "name=corp&username=a&password=b&theme=dark").await;
            assert!((400..=415).contains(&answer.status), "{path} {kind:?}: {answer:?}");
            assert!(answer.set_cookies().is_empty(), "{path} {kind:?}: {answer:?}");
        }
    }
    assert_eq!(admin.api().get("/organizations").await.json()["total"], 0);
}

#[tokio::test]
async fn nothing_changes_by_get_head_or_options() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let mut admin = app.admin_browser().await;
    for (_, path) in routes() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let answer = admin
                .send(method.clone(), &format!("{path}?name=corp"), &[], axum::body::Body::empty())
                .await;
            assert!(answer.status < 500, "{method} {path}: {answer:?}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{method} {path}");
        }
    }
    assert!(admin.is_admin().await);
    assert_eq!(admin.api().get("/integrations/corp").await.json()["enabled"], true);
    assert_eq!(app.audit("kind=logout").await.len(), 0);
}

#[tokio::test]
async fn a_preflight_from_another_site_is_told_nothing() {
    let app = TestApp::new().await;
    let headers = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "content-type,authorization"),
    ];
    for path in ["/api/v1/integrations", "/fn/integrations/list", "/fn/sign_in", "/"] {
        let answer = app.client().send(Method::OPTIONS, path, &headers, axum::body::Body::empty()).await;
        let told = answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!told, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_form_with_a_foreign_referer_leads_nowhere_and_tells_nothing() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    let headers = [
        ("content-type", FORM),
        ("accept", "text/html"),
        ("sec-fetch-site", "same-origin"),
        ("origin", ORIGIN),
        ("referer", "https://evil.example/x"),
    ];
    for (path, _) in TABLE {
        let answer = admin.send(Method::POST, path, &headers, "name=nothere").await;
        let location = answer.header("location");
        assert!(!location.contains("evil"), "{path}: {answer:?}");
        assert!(!answer.body().contains("evil"), "{path}: {answer:?}");
    }
    // And from a page of ours the refusal comes back to that page, as a code.
    let headers = [
        ("content-type", FORM),
        ("accept", "text/html"),
        ("origin", ORIGIN),
        ("referer", "https://console.example.com/integrations/nothere"),
    ];
    let answer = admin.send(Method::POST, "/fn/integrations/remove", &headers, "name=nothere").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.location().starts_with("/integrations/nothere?"), "{answer:?}");
}
