//! No secret is anywhere but where it belongs: not in a body, a header, the log, the database's files, the audit log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fake_idp::{Fault, Person, SECRET_MARKER};
use serde_json::json;
use support::{ADMIN, PASSWORD, TestApp, logs};

/// What must not be found, with a word about it.
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn add(&mut self, what: &str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() >= 8, "{what}: too short to be searched for: {value}");
        self.0.push((what.to_owned(), value));
    }

    fn assert_absent(&self, place: &str, text: &[u8], except: &[&str]) {
        assert!(!text.is_empty(), "{place} is empty: the search shows nothing");
        for (what, value) in self.0.iter().filter(|(what, _)| !except.contains(&what.as_str())) {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for form in [value.clone(), encoded, STANDARD.encode(value)] {
                let found = text.windows(form.len()).position(|window| window == form.as_bytes());
                if let Some(at) = found {
                    let around = &text[at.saturating_sub(120)..text.len().min(at + form.len() + 40)];
                    panic!("{place} holds {what}: {}", String::from_utf8_lossy(around));
                }
            }
        }
    }
}

#[tokio::test]
async fn no_secret_is_in_a_body_the_log_the_database_or_the_audit_log() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut secrets = Secrets(Vec::new());
    secrets.add("the administrator's password", PASSWORD);
    secrets.add("the client secret", idp.client_secret());
    let key = std::fs::read_to_string(app.key_file()).unwrap();
    secrets.add("the key", key.trim());

    // Logins that work.
    let mut admin = app.admin_browser().await;
    app.with_integration(&idp, "corp").await;
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    idp.set_person(Person::new("bob").groups(&["dba"]));
    for fault in [
        None,
        Some(Fault::WrongNonce),
        Some(Fault::TokenError),
        Some(Fault::CallbackError),
        Some(Fault::HostileAccessToken),
    ] {
        idp.set_fault(fault);
        let leaving = app.leave(&mut browser, &idp, "/oauth2/authorization/corp").await;
        for (name, value) in url::Url::parse(&leaving.url).unwrap().query_pairs() {
            if ["state", "nonce"].contains(&name.as_ref()) {
                secrets.add(&name, value.clone());
            }
        }
        let (_, query) = leaving.callback.split_once('?').unwrap();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "code")
        {
            secrets.add(&name, value);
        }
        secrets.add("the binding cookie", browser.cookies["__Host-latchkey-login"].clone());
        let answer = browser.get_from_elsewhere(&leaving.callback).await;
        browser.follow(answer.location()).await;
    }
    idp.set_fault(None);
    for issued in idp.issued() {
        if issued.access_token.len() >= 8 {
            secrets.add("an access token", issued.access_token);
        }
        secrets.add("an ID token", issued.id_token);
        secrets.0.extend(issued.refresh_token.map(|token| ("a refresh token".to_owned(), token)));
    }
    for request in idp.requests() {
        secrets
            .0
            .extend(request.param("code_verifier").map(|value| ("a verifier".to_owned(), value.to_owned())));
        secrets.0.extend(request.authorization.map(|value| ("an authorization".to_owned(), value)));
    }

    // Secrets that are changed, shown once, mistyped or sent to the wrong place.
    let replaced = "replaced-client-secret-91c7d2";
    secrets.add("the replaced client secret", replaced);
    let api = admin.api();
    assert_eq!(api.patch("/integrations/corp", json!({"clientSecret": replaced})).await.status, 200);
    api.patch(
        "/integrations/corp",
        json!({"clientSecret": "refused-secret-5b2a77", "clockSkewSeconds": 9999}),
    )
    .await;
    secrets.add("a client secret in a refused change", "refused-secret-5b2a77");
    let fields =
        [("form[name]", "x"), ("form[issuer]", "nonsense"), ("client_secret", "refused-form-secret-7be1")];
    admin.post_form("/fn/integrations/create", &fields).await;
    admin.call("/fn/integrations/create", &fields).await;
    secrets.add("a client secret in a refused form", "refused-form-secret-7be1");
    let user = api.post("/users", json!({"username": "eve"})).await.json();
    secrets.add("a one-time password", user["oneTimePassword"].as_str().unwrap());
    let token = api.post("/api-tokens", json!({"name": "ci"})).await.json();
    secrets.add("an API token", token["value"].as_str().unwrap());
    app.with_token(token["value"].as_str().unwrap()).get("/me").await;
    app.with_token("lk_mistyped-token-3f9c1a").get("/me").await;
    secrets.add("a mistyped token", "lk_mistyped-token-3f9c1a");
    app.browser().sign_in_with_password(ADMIN, "mistyped-password-c3d2").await;
    secrets.add("a mistyped password", "mistyped-password-c3d2");
    app.browser().sign_in_with_password("password-as-name-77ad0", "x").await;
    secrets.add("a password typed as a name", "password-as-name-77ad0");
    app.client().get("/login/oauth2/code/corp?code=stray-code-418ab2&state=stray-state-418ab2").await;
    secrets.add("a stray code", "stray-code-418ab2");
    secrets.add("a stray state", "stray-state-418ab2");
    secrets.add("the admin's cookie", admin.session().unwrap());
    secrets.add("bob's cookie", browser.session().unwrap());
    secrets.add("what a provider wrote about an error", SECRET_MARKER);

    // Everything there is to look at.
    for path in ["/me", "/integrations", "/integrations/corp", "/mapping-rules", "/audit"] {
        assert_eq!(admin.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/me",
        "/integrations",
        "/users",
        "/sessions",
        "/settings",
        "/api-tokens",
        "/audit-events?pageSize=500",
    ] {
        assert_eq!(api.get(path).await.status, 200, "{path}");
    }
    let csv = api.get("/audit-events?format=csv").await;
    assert_eq!(csv.status, 200);
    let shown = api.get("/integrations/corp").await.json()["clientSecret"].clone();
    assert_eq!(shown["state"], "set");

    // What is shown once is in the one body it is for; what the provider wrote is for the audit log.
    let once = ["a one-time password", "an API token"];
    let said = "what a provider wrote about an error";
    let bodies = app.transcript.text();
    for (what, value) in secrets.0.iter().filter(|(what, _)| once.contains(&what.as_str())) {
        assert_eq!(bodies.matches(value.as_str()).count(), 1, "{what}");
    }
    secrets.assert_absent("a body", bodies.as_bytes(), &[once[0], once[1], said]);
    secrets.assert_absent("the audit log as CSV", csv.body().as_bytes(), &[said]);
    secrets.assert_absent("the log", logs::text().as_bytes(), &[said]);
    secrets.assert_absent("the database", &app.database_bytes(), &[said]);
}

#[tokio::test]
async fn a_name_cannot_forge_a_line_of_the_log() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    app.client().get("/oauth2/authorization/forged%0aERROR%20forged-line%1b[31m").await;
    app.browser().sign_in_with_password("forged\nERROR forged-line", "x").await;
    let person = Person::new("bob").claim("preferred_username", "forged\nERROR forged-line\u{2028}x");
    app.log_in_at(&mut app.browser(), &idp, "corp", person).await;
    let log = logs::text();
    assert!(!log.lines().any(|line| line.starts_with("ERROR forged-line")), "{log}");
    assert!(!log.contains('\u{1b}') && !log.contains('\u{2028}'));
}

#[tokio::test]
async fn the_log_names_each_request_by_its_reference() {
    let app = TestApp::new().await;
    let answer = app.client().get("/sign-in?token=in-the-query-63c1").await;
    let lines = logs::lines_with(answer.header("x-request-id"));
    assert!(lines.iter().any(|line| line.contains("/sign-in") && line.contains("200")), "{lines:?}");
    assert!(!logs::text().contains("in-the-query-63c1"), "queries are not logged");
}
