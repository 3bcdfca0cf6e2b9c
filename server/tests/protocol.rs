//! Both protocols and every way within them, over HTTP: plain OAuth 2.0, client authentication, answers that are posted,
//! pushed requests, and the key set this server publishes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::{collections::BTreeSet, sync::Arc};

use axum::http::Method;
use fake_idp::{Authorized, ClientAuth, Endpoint, FakeIdp, Fault, Person, UserinfoToken};
use serde_json::{Value, json};
use support::{Answer, Browser, ORIGIN, TestApp, form};

const BEGIN: &str = "/oauth2/authorization/corp";
const CALLBACK: &str = "/login/oauth2/code/corp";
const JWKS: &str = "/.well-known/jwks.json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a browser sends along when a page of the provider posts a form to us. `SameSite=Lax` cookies are not among it.
const FROM_PROVIDER: [(&str, &str); 5] = [
    ("content-type", FORM),
    ("origin", "https://idp.example.com"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

/// A provider that speaks OAuth 2.0 only, and the settings that fit it.
async fn oauth2(app: &TestApp) -> (Arc<FakeIdp>, Value) {
    let idp = app.idp().await;
    idp.config(|config| config.openid = false);
    let at = |path: &str| format!("{}{path}", idp.issuer());
    let settings = json!({
        "protocol": "oauth2",
        "issuer": "",
        "oauthScopes": ["read_user"],
        "endpoints": {"authorization": at("authorize"), "token": at("token"), "userinfo": at("userinfo")},
        "claims": {"subject": "id", "username": "login", "groups": "org.teams"},
    });
    (idp, settings)
}

fn octocat(id: u64, teams: &[&str]) -> Person {
    Person::new("not-used")
        .without("preferred_username")
        .claim("id", id)
        .claim("login", "octocat")
        .claim("org", json!({"teams": teams}))
}

/// An integration whose answers are posted.
async fn posting(change: Value) -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let mut settings = json!({"responseMode": "form_post"});
    for (key, value) in change.as_object().unwrap() {
        settings[key] = value.clone();
    }
    app.integration(&idp, "corp", settings).await;
    (app, idp)
}

/// As far as the form on the provider's page: its fields.
async fn leave(browser: &mut Browser, idp: &FakeIdp) -> Vec<(String, String)> {
    let begun = browser.get(BEGIN).await;
    match idp.authorize(begun.location()) {
        Authorized::FormPost { action, fields } => {
            assert_eq!(action, format!("{ORIGIN}{CALLBACK}"));
            fields
        }
        other => panic!("no form: {other:?}"),
    }
}

fn body(fields: &[(String, String)]) -> String {
    let pairs: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form(&pairs)
}

/// The provider's page posts; the browser leaves the `Lax` cookies out.
async fn post(browser: &Browser, path: &str, fields: &[(String, String)]) -> Answer {
    browser.client.send(Method::POST, path, &FROM_PROVIDER, body(fields)).await
}

fn location_of_kept(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.location().starts_with(&format!("{CALLBACK}?answer=")), "{answer:?}");
    answer.location().to_owned()
}

#[tokio::test]
async fn a_provider_without_openid_connect_gives_a_user_with_groups_and_roles() {
    for app in TestApp::on_each_database().await {
        let (idp, settings) = oauth2(&app).await;
        app.integration(&idp, "corp", settings).await;
        app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
        let mut browser = app.browser();
        let answer = app.log_in_at(&mut browser, &idp, "corp", octocat(583_231, &["dba", "ops"])).await;
        assert!(answer.set_cookie("__Host-latchkey").is_some(), "{answer:?}");
        let me = browser.api().get("/me").await.json();
        assert_eq!(me["user"]["username"], "octocat");
        let identity = &me["user"]["identities"][0];
        assert_eq!(identity["subject"], "583231", "a number is kept digit by digit");
        assert_eq!(identity["issuer"], format!("oauth2:{}userinfo#id", idp.issuer()));
        let event = &app.audit("kind=login.succeeded&actor=octocat").await[0];
        assert_eq!(
            (&event["detail"]["method"], &event["detail"]["groups"]),
            (&json!("oauth2"), &json!(["dba", "ops"]))
        );
        assert_eq!(me["roleGrants"][0]["role"], "GLOBAL_READ_ONLY", "{me}");
        assert_eq!((idp.count(Endpoint::Discovery), idp.count(Endpoint::Jwks)), (0, 0));
        // The same person again, under another name: the same user.
        let renamed = octocat(583_231, &[]).claim("login", "octo");
        app.log_in_at(&mut app.browser(), &idp, "corp", renamed).await;
        assert_eq!(app.audit("kind=login.succeeded&actor=octo").await[0]["detail"]["newUser"], false);
    }
}

#[tokio::test]
async fn an_oauth2_answer_without_subject_or_user_name_lets_nobody_in() {
    let app = TestApp::new().await;
    let (idp, settings) = oauth2(&app).await;
    app.integration(&idp, "corp", settings).await;
    for (person, code) in [
        (octocat(1, &[]).without("id"), "subject_invalid"),
        (octocat(1, &[]).claim("id", json!({"n": 1})), "subject_invalid"),
        (octocat(1, &[]).without("login"), "username_missing"),
        (octocat(1, &[]).claim("login", json!(["a"])), "username_missing"),
    ] {
        let answer = app.log_in_at(&mut app.browser(), &idp, "corp", person).await;
        app.assert_login_failed(&answer, code).await;
    }
}

#[tokio::test]
async fn pointing_an_integration_elsewhere_never_makes_somebody_a_person_of_the_old_provider() {
    let app = TestApp::new().await;
    let (idp, settings) = oauth2(&app).await;
    app.integration(&idp, "corp", settings).await;
    app.log_in_at(&mut app.browser(), &idp, "corp", octocat(1, &[])).await;
    // The number of one person is now the name of another.
    let change = json!({"claims": {"subject": "login", "username": "id"}});
    assert_eq!(app.admin().await.patch("/integrations/corp", change).await.status, 200);
    let mut browser = app.browser();
    let mallory = octocat(7, &[]).claim("login", "1");
    app.log_in_at(&mut browser, &idp, "corp", mallory).await;
    assert_eq!(browser.who().await.as_deref(), Some("7"), "a new person");
}

#[tokio::test]
async fn each_client_authentication_signs_in() {
    for (method, wanted, secret) in [
        ("client_secret_basic", ClientAuth::Basic, true),
        ("client_secret_post", ClientAuth::Post, true),
        ("client_secret_jwt", ClientAuth::SecretJwt, true),
        ("private_key_jwt", ClientAuth::PrivateKeyJwt, false),
        ("none", ClientAuth::Public, false),
    ] {
        for pushed in [false, true] {
            let app = TestApp::new().await;
            let idp = app.idp().await;
            let keys = app.client().get(JWKS).await.json()["keys"].as_array().unwrap().clone();
            idp.config(|config| {
                config.client_auth = wanted;
                config.client_jwks = keys;
                config.require_par = pushed;
            });
            let mut settings = json!({"clientAuthMethod": method});
            if !secret {
                settings["clientSecret"] = Value::Null;
            }
            app.integration(&idp, "corp", settings).await;
            let mut browser = app.browser();
            app.sign_in(&mut browser, &idp, Person::new("bob")).await;
            assert_eq!(browser.who().await.as_deref(), Some("bob"), "{method}, pushed: {pushed}");
            assert_eq!(idp.count(Endpoint::Push), usize::from(pushed));
        }
    }
}

#[tokio::test]
async fn a_secret_is_asked_for_exactly_where_one_is_needed() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let admin = app.admin().await;
    let new = |name: &str, method: &str| {
        json!({"name": name, "label": name, "issuer": idp.issuer(), "clientId": "c", "clientAuthMethod": method,
            "enabled": true})
    };
    for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
        let answer = admin.post("/integrations", new("corp", method)).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][0]["field"]),
            (422, &json!("clientSecret")),
            "{method}"
        );
    }
    for (name, method) in [("key", "private_key_jwt"), ("public", "none")] {
        assert_eq!(admin.post("/integrations", new(name, method)).await.status, 201, "{method}");
        // Not by the back door either.
        let answer =
            admin.patch(&format!("/integrations/{name}"), json!({"clientAuthMethod": "basic"})).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][0]["field"]),
            (422, &json!("clientSecret")),
            "{method}"
        );
    }
    let answer = admin.patch("/integrations/public", json!({"pkce": false})).await;
    assert_eq!(
        (answer.status, &answer.json()["fields"][0]),
        (
            422,
            &json!({"field": "pkce", "code": "pkce_needed",
        "message": answer.json()["fields"][0]["message"]})
        )
    );
}

#[tokio::test]
async fn what_only_openid_connect_can_do_is_refused_for_oauth2_at_its_field() {
    let app = TestApp::new().await;
    let (idp, settings) = oauth2(&app).await;
    app.integration(&idp, "corp", settings).await;
    let admin = app.admin().await;
    for (change, field) in [
        (json!({"maxAge": 60}), "maxAge"),
        (json!({"acrValues": ["mfa"]}), "acrValues"),
        (json!({"endpoints": {"userinfo": null}}), "endpoints.userinfo"),
        (json!({"endpoints": {"token": null}}), "endpoints.token"),
        (json!({"protocol": "oidc"}), "issuer"),
    ] {
        let answer = admin.patch("/integrations/corp", change.clone()).await;
        assert_eq!(answer.status, 422, "{change}: {answer:?}");
        let fields = answer.json()["fields"].as_array().unwrap().clone();
        assert!(fields.iter().any(|problem| problem["field"] == field), "{change}: {answer:?}");
    }
}

#[tokio::test]
async fn userinfo_gets_the_access_token_as_configured() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    for (name, way, wanted) in
        [("form1", "form", UserinfoToken::Form), ("query", "query", UserinfoToken::Query)]
    {
        idp.config(|config| config.userinfo_token = wanted);
        app.integration(&idp, name, json!({"userinfoAuth": way, "userinfo": "always"})).await;
        let answer = app.log_in_at(&mut app.browser(), &idp, name, Person::new("bob")).await;
        assert!(answer.set_cookie("__Host-latchkey").is_some(), "{way}: {answer:?}");
    }
}

#[tokio::test]
async fn a_posted_answer_signs_in_without_code_or_state_in_any_url() {
    for prefix in ["", "/omsp"] {
        let (app, idp) = posting(json!({})).await;
        idp.set_person(Person::new("bob"));
        let mut browser = app.browser();
        let fields = leave(&mut browser, &idp).await;
        let kept = post(&browser, &format!("{prefix}{CALLBACK}?code=ignored&state=ignored"), &fields).await;
        assert_eq!(kept.status, 303, "{kept:?}");
        assert_eq!(
            (kept.header("cache-control"), kept.header("referrer-policy")),
            ("no-store", "no-referrer")
        );
        assert!(kept.set_cookies().is_empty(), "nobody is signed in by a post: {kept:?}");
        assert_eq!(idp.count(Endpoint::Token), 0, "nothing is asked before the browser has shown itself");
        let location = kept.location().to_owned();
        assert!(location.starts_with(&format!("{prefix}{CALLBACK}?answer=")), "{location}");
        for (name, value) in fields.iter().filter(|(name, _)| name != "iss") {
            assert!(!location.contains(value.as_str()), "{name} is in {location}");
        }
        let done = browser.get_from_elsewhere(&location).await;
        assert_eq!((done.status, done.location()), (303, "/"), "{done:?}");
        assert_eq!(browser.who().await.as_deref(), Some("bob"));
    }
}

#[tokio::test]
async fn the_database_holds_a_posted_answer_sealed() {
    let (app, idp) = posting(json!({})).await;
    let mut browser = app.browser();
    let fields = leave(&mut browser, &idp).await;
    location_of_kept(&post(&browser, CALLBACK, &fields).await);
    let bytes = app.database_bytes();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("login_answer"), "the database was read");
    for (name, value) in fields.iter().filter(|(name, _)| name == "code" || name == "state") {
        assert!(!holds(value), "{name} is readable");
    }
}

#[tokio::test]
async fn a_posted_answer_is_of_no_use_to_another_browser_or_to_one_without_the_cookie() {
    let (app, idp) = posting(json!({})).await;
    idp.set_person(Person::new("mallory"));
    let mut leaving_too = app.browser();
    leave(&mut leaving_too, &idp).await;
    let mut ended = 0;
    for mut victim in [app.browser(), leaving_too, app.admin_browser().await] {
        let was = victim.who().await;
        let mut attacker = app.browser();
        let fields = leave(&mut attacker, &idp).await;
        // Their page makes the victim's browser post it, and follow.
        let location = location_of_kept(&post(&victim, CALLBACK, &fields).await);
        let answer = victim.get_from_elsewhere(&location).await;
        app.assert_login_failed(&answer, "state_mismatch").await;
        assert_eq!(victim.who().await, was);
        // Nobody has lost a login by it: the browser that began it ends it.
        assert_eq!(idp.count(Endpoint::Token), ended);
        attacker.get_from_elsewhere(&location).await;
        assert_eq!(attacker.who().await.as_deref(), Some("mallory"));
        ended += 1;
    }
    assert_eq!(idp.count(Endpoint::Token), ended);
}

#[tokio::test]
async fn a_posted_answer_is_taken_once() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.integration(&idp, "corp", json!({"responseMode": "form_post"})).await;
        idp.set_person(Person::new("bob"));
        let mut browser = app.browser();
        let fields = leave(&mut browser, &idp).await;
        let location = location_of_kept(&post(&browser, CALLBACK, &fields).await);
        // Posted again before the browser came: the first one counts.
        let again = post(&browser, CALLBACK, &fields).await;
        app.assert_login_failed(&again, "already_used").await;
        browser.get_from_elsewhere(&location).await;
        assert_eq!(browser.who().await.as_deref(), Some("bob"));
        let replay = browser.get_from_elsewhere(&location).await;
        app.assert_login_failed(&replay, "already_used").await;
        let posted_late = post(&browser, CALLBACK, &fields).await;
        app.assert_login_failed(&posted_late, "already_used").await;
        assert_eq!(idp.count(Endpoint::Token), 1);
        // Nor under a made-up reference.
        let unknown = browser.get_from_elsewhere(&format!("{CALLBACK}?answer={}", "A".repeat(43))).await;
        app.assert_login_failed(&unknown, "state_mismatch").await;
    }
}

#[tokio::test]
async fn an_answer_that_comes_the_other_way_is_refused_and_uses_the_attempt_up() {
    // In the URL although it must be posted.
    let (app, idp) = posting(json!({})).await;
    let mut browser = app.browser();
    let fields = leave(&mut browser, &idp).await;
    let answer = browser.get_from_elsewhere(&format!("{CALLBACK}?{}", body(&fields))).await;
    app.assert_login_failed(&answer, "callback_invalid").await;
    let answer = post(&browser, CALLBACK, &fields).await;
    app.assert_login_failed(&answer, "already_used").await;
    // Posted although it must be in the URL.
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let mut browser = app.browser();
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    let query = leaving.callback.split_once('?').unwrap().1.to_owned();
    let answer = browser.client.send(Method::POST, CALLBACK, &FROM_PROVIDER, query).await;
    app.assert_login_failed(&answer, "callback_invalid").await;
    let answer = browser.get_from_elsewhere(&leaving.callback).await;
    app.assert_login_failed(&answer, "already_used").await;
    assert_eq!(idp.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_posted_answer_is_read_as_strictly_as_one_in_the_url() {
    let (app, idp) = posting(json!({})).await;
    for (fault, code) in [
        (Fault::CallbackWrongState, "state_mismatch"),
        (Fault::CallbackMissingState, "state_mismatch"),
        (Fault::CallbackDuplicateState, "callback_invalid"),
        (Fault::CallbackDuplicateCode, "callback_invalid"),
        (Fault::CallbackCodeAndError, "callback_invalid"),
    ] {
        idp.set_fault(Some(fault));
        let mut browser = app.browser();
        let fields = leave(&mut browser, &idp).await;
        let answer = post(&browser, CALLBACK, &fields).await;
        app.assert_login_failed(&answer, code).await;
    }
    for (fault, code) in [
        (Fault::CallbackMissingIss, "issuer_mismatch"),
        (Fault::CallbackWrongIss, "issuer_mismatch"),
        (Fault::CallbackErrorWrongIss, "issuer_mismatch"),
        (Fault::CallbackError, "provider_refused"),
    ] {
        idp.set_fault(Some(fault));
        let mut browser = app.browser();
        let fields = leave(&mut browser, &idp).await;
        let location = location_of_kept(&post(&browser, CALLBACK, &fields).await);
        let answer = browser.get_from_elsewhere(&location).await;
        app.assert_login_failed(&answer, code).await;
    }
    assert_eq!(idp.count(Endpoint::Token), 0);
    idp.set_fault(None);
    let mut browser = app.browser();
    let fields = leave(&mut browser, &idp).await;
    let late = browser.clone();
    app.advance_seconds(601);
    let answer = post(&late, CALLBACK, &fields).await;
    app.assert_login_failed(&answer, "login_expired").await;
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", ""] {
        let headers = [("content-type", kind), ("sec-fetch-site", "cross-site")];
        let answer = browser.client.send(Method::POST, CALLBACK, &headers, "state=x&code=y").await;
        assert_eq!(answer.status, 415, "{kind}");
    }
    let long = format!("state=x&code={}", "y".repeat(70 * 1024));
    assert_eq!(browser.client.send(Method::POST, CALLBACK, &FROM_PROVIDER, long).await.status, 413);
}

#[tokio::test]
async fn another_integrations_callback_takes_no_posted_answer() {
    let (app, idp) = posting(json!({})).await;
    app.integration(&idp, "other", json!({"responseMode": "form_post"})).await;
    let mut browser = app.browser();
    let fields = leave(&mut browser, &idp).await;
    let answer = post(&browser, "/login/oauth2/code/other", &fields).await;
    app.assert_login_failed(&answer, "state_mismatch").await;
    // And what was kept for one is no answer at the other.
    let fields = leave(&mut browser, &idp).await;
    let location = location_of_kept(&post(&browser, CALLBACK, &fields).await);
    let moved = location.replace("/corp?", "/other?");
    let answer = browser.get_from_elsewhere(&moved).await;
    app.assert_login_failed(&answer, "state_mismatch").await;
    assert_eq!(idp.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn the_key_set_is_public_holds_no_private_member_and_is_cached_by_its_tag() {
    for app in TestApp::on_each_database().await {
        let answer = app.client().get(JWKS).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwk-set+json"));
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        assert!(answer.set_cookies().is_empty());
        let set = answer.json();
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 1);
        for key in keys {
            let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]), "{key}");
        }
        let tag = answer.header("etag").to_owned();
        assert!(tag.len() > 10);
        let again = app.client().send(Method::GET, JWKS, &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status, again.body().as_str()), (304, ""));
        assert_eq!(
            app.replica().await.client().get(JWKS).await.json(),
            set,
            "every server publishes the same"
        );
        let made = app.audit("kind=client_key.made").await;
        assert_eq!(made.len(), 1, "{made:?}");
    }
}

#[tokio::test]
async fn servers_that_need_the_first_key_at_once_make_one() {
    for apps in TestApp::together(4).await {
        let asked = apps.iter().map(|app| async { app.client().get(JWKS).await.json() });
        let sets: Vec<Value> = futures::future::join_all(asked).await;
        assert_eq!(sets[0]["keys"].as_array().unwrap().len(), 1);
        assert!(sets.iter().all(|set| *set == sets[0]), "{sets:?}");
    }
}

#[tokio::test]
async fn a_rotated_key_is_published_before_it_signs_and_the_old_one_for_a_day_after() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let kids = async || -> Vec<String> {
        let set = app.client().get(JWKS).await.json();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let old = kids().await[0].clone();
    app.integration(&idp, "corp", json!({"clientAuthMethod": "private_key_jwt", "clientSecret": null})).await;
    let host = domain::access::Caller::host("reference");
    let made = server::service::client_keys::rotate(&app.core, &host).await.unwrap();
    assert_eq!(kids().await, [made.kid.clone(), old.clone()]);
    let signs_with = async || -> String {
        let keys = app.client().get(JWKS).await.json()["keys"].as_array().unwrap().clone();
        idp.config(|config| {
            config.client_auth = ClientAuth::PrivateKeyJwt;
            config.client_jwks = keys;
        });
        app.sign_in(&mut app.browser(), &idp, Person::new("bob")).await;
        let requests = idp.requests();
        let token = requests.iter().rfind(|request| request.endpoint == Endpoint::Token).unwrap();
        let header = token.param("client_assertion").unwrap().split('.').next().unwrap().to_owned();
        use base64::Engine as _;
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    };
    assert_eq!(signs_with().await, old);
    app.advance_seconds(599);
    assert_eq!(signs_with().await, old);
    app.advance_seconds(1);
    assert_eq!(signs_with().await, made.kid);
    app.advance_minutes(24 * 60 - 1);
    assert_eq!(kids().await, [made.kid.clone(), old]);
    app.advance_minutes(1);
    assert_eq!(kids().await, std::slice::from_ref(&made.kid));
    assert_eq!(signs_with().await, made.kid);
    assert_eq!(app.audit("kind=client_key.rotated").await.len(), 1);
}

#[tokio::test]
async fn who_may_not_change_settings_makes_no_key() {
    let app = TestApp::new().await;
    let nobody = domain::access::Caller { global_roles: Vec::new(), ..domain::access::Caller::host("x") };
    let refused = server::service::client_keys::rotate(&app.core, &nobody).await;
    assert!(refused.is_err());
    assert!(app.audit("kind=client_key.rotated").await.is_empty());
}
