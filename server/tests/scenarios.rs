//! The three ways a console is entered: passwords beside single sign-on, single sign-on alone, passwords alone. Nobody
//! goes round in circles, nobody is told whether somebody exists, and no failure fills the audit log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use axum::{body::Body, http::Method};
use fake_idp::{Endpoint, FakeIdp, Person};
use serde_json::{Value, json};
use server::service::{login, refusals};
use support::{ADMIN, Answer, Browser, PASSWORD, TestApp, form};

/// Single sign-on only: `corp` is the only integration, and passwords are off.
async fn only_corp() -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    app.rule("owners", "GLOBAL_OWNER", "global").await;
    let admin = app.admin().await;
    app.sign_in(&mut app.browser(), &idp, Person::new("root").groups(&["owners"])).await;
    let answer = admin.patch("/integrations/corp", json!({"localSignIn": false})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    (app, idp)
}

fn is_login(answer: &Answer) -> bool {
    answer.status == 303 && answer.location().starts_with("/oauth2/authorization/")
}

#[tokio::test]
async fn passwords_alone() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    assert_eq!(browser.get("/integrations").await.location(), "/sign-in?return_to=%2Fintegrations");
    let page = browser.get("/sign-in").await.body();
    assert!(page.contains("type=\"password\"") && !page.contains("/oauth2/authorization"), "{page}");
    assert!(page.contains("Passwords are on because no single sign-on is enabled."), "{page}");
    let admin = app.admin().await;
    assert_eq!(admin.get("/settings").await.json()["localSignInWhy"], "No integration is enabled.");
}

#[tokio::test]
async fn passwords_beside_single_sign_on() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({"label": "Corp SSO"})).await;
    let mut browser = app.browser();
    assert_eq!(browser.get("/me").await.location(), "/sign-in?return_to=%2Fme", "a choice, not a redirect");
    let page = browser.get("/sign-in?return_to=/me").await.body();
    assert!(page.contains("type=\"password\""), "{page}");
    assert!(page.contains("/oauth2/authorization/corp?return_to=%2Fme"), "{page}");
    assert!(page.contains("Passwords are on because of") && page.contains("<em>Corp SSO<"), "{page}");
    let list = app.admin_browser().await.get("/integrations").await.body();
    assert!(
        list.contains("Passwords are on because of") && list.contains("href=\"/integrations/corp\""),
        "{list}"
    );
}

#[tokio::test]
async fn single_sign_on_alone_goes_straight_to_the_only_provider() {
    let (app, idp) = only_corp().await;
    let mut browser = app.browser();
    let answer = browser.get("/audit?kind=login.failed").await;
    assert_eq!(answer.location(), "/oauth2/authorization/corp?return_to=%2Faudit%3Fkind%3Dlogin.failed");
    idp.set_person(Person::new("root").groups(&["owners"]));
    let leaving = app.leave(&mut browser, &idp, answer.location()).await;
    assert!(!leaving.url.contains("audit"), "the target stays with the login: {}", leaving.url);
    let back = browser.get_from_elsewhere(&leaving.callback).await;
    assert_eq!(back.location(), "/audit?kind=login.failed");
    assert_eq!(browser.get(back.location()).await.status, 200);
    // The page itself can always be looked at.
    let page = app.browser().get("/sign-in").await;
    assert_eq!(page.status, 200);
    assert!(page.body().contains("Passwords are off") && !page.body().contains("type=\"password\""));
    // What nobody opened is not sent to a provider.
    let headers = [("accept", "*/*"), ("sec-fetch-dest", "image"), ("sec-fetch-site", "same-origin")];
    let answer = app.browser().send(Method::GET, "/me", &headers, Body::empty()).await;
    assert_eq!(answer.location(), "/sign-in?return_to=%2Fme");
}

#[tokio::test]
async fn with_several_providers_there_is_a_choice() {
    let (app, idp) = only_corp().await;
    let other = app.idp().await;
    let root = {
        let mut browser = app.browser();
        app.sign_in(&mut browser, &idp, Person::new("root").groups(&["owners"])).await;
        browser.api()
    };
    let second = json!({
        "name": "second", "label": "Second", "issuer": other.issuer(), "clientId": "c", "clientSecret": "s",
        "enabled": true, "localSignIn": false, "order": 1, "icon": "building",
    });
    assert_eq!(root.post("/integrations", second).await.status, 201);
    let mut browser = app.browser();
    assert_eq!(browser.get("/me").await.location(), "/sign-in?return_to=%2Fme");
    let page = browser.get("/sign-in").await.body();
    let (first, then) =
        (page.find("/authorization/corp").unwrap(), page.find("/authorization/second").unwrap());
    assert!(first < then, "{page}");
    assert_eq!(root.patch("/integrations/corp", json!({"order": 5})).await.status, 200);
    let page = browser.get("/sign-in").await.body();
    assert!(
        page.find("/authorization/second").unwrap() < page.find("/authorization/corp").unwrap(),
        "{page}"
    );
    assert_eq!(root.patch("/integrations/second", json!({"hidden": true})).await.status, 200);
    assert!(!browser.get("/sign-in").await.body().contains("/authorization/second"));
    // Hidden is not closed: a link leads there.
    let answer = browser.get("/sign-in?integration=second&return_to=/me").await;
    assert_eq!(answer.location(), "/oauth2/authorization/second?return_to=%2Fme");
    let answer = browser.get("/sign-in?integration=nobody&return_to=/me").await;
    assert_eq!(answer.location(), "/sign-in?note=unknown&return_to=%2Fme");
    assert!(browser.follow("/sign-in?integration=nobody").await.body().contains("not offered here"));
}

#[tokio::test]
async fn whoever_signed_out_is_asked_before_being_signed_in_again() {
    let (app, idp) = only_corp().await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("root").groups(&["owners"])).await;
    assert_eq!(browser.sign_out().await.location(), "/signed-out");
    assert_eq!(browser.get("/signed-out").await.status, 200);
    let answer = browser.get("/audit").await;
    assert_eq!(answer.location(), "/sign-in?return_to=%2Faudit&note=stay");
    assert_eq!(browser.get(answer.location()).await.status, 200);
    assert_eq!(browser.get("/sign-in?integration=corp").await.location(), "/sign-in?note=stay");
    // Their own click goes there, and afterwards everything is as before.
    app.sign_in(&mut browser, &idp, Person::new("root").groups(&["owners"])).await;
    assert!(!browser.cookies.contains_key("latchkey-stay"));
}

#[tokio::test]
async fn neither_a_failed_login_nor_cancel_leads_round_in_circles() {
    let (app, idp) = only_corp().await;
    for callback in ["?error=access_denied&state=", "?code=c&state="] {
        let mut browser = app.browser();
        let begun = browser.get("/me").await;
        assert!(is_login(&begun), "{begun:?}");
        let leaving = app.leave(&mut browser, &idp, begun.location()).await;
        let state = url::Url::parse(&leaving.url).unwrap();
        let state = state.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        let failed = browser.get_from_elsewhere(&format!("/login/oauth2/code/corp{callback}{state}")).await;
        assert!(failed.location().starts_with("/sign-in/failed?"), "{failed:?}");
        let page = browser.get(failed.location()).await;
        assert_eq!(page.status, 200);
        assert_eq!(browser.get("/me").await.location(), "/sign-in?return_to=%2Fme&note=stay");
        app.advance_minutes(6);
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_again_and_again_is_shown_the_page() {
    let (app, _) = only_corp().await;
    let mut browser = app.browser();
    for _ in 0..3 {
        assert!(is_login(&browser.get("/me").await));
    }
    let answer = browser.get("/me").await;
    assert_eq!(answer.location(), "/sign-in?return_to=%2Fme&note=returned");
    assert!(browser.get(answer.location()).await.body().contains("several times"));
    app.advance_seconds(61);
    assert!(is_login(&browser.get("/me").await), "a minute later it is tried again");
}

#[tokio::test]
async fn turned_off_passwords_are_refused_the_same_for_everybody() {
    let (app, _) = only_corp().await;
    let mut answers = Vec::new();
    for (name, password) in [(ADMIN, PASSWORD), (ADMIN, "wrong"), ("nobody", "wrong"), ("", "")] {
        let answer = app.browser().sign_in_with_password(name, password).await;
        assert_eq!(answer.location_param("error").as_deref(), Some("local_sign_in_off"), "{answer:?}");
        answers.push((answer.status, answer.set_cookies().len()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    // The way back on the host.
    let (core, host) = (&app.core, domain::access::Caller::host("test"));
    let on = server::service::settings::LocalSignIn::On;
    let mode = server::service::guarded::Mode::Final;
    server::service::settings::set_local_sign_in(core, &host, on, mode).await.unwrap();
    assert!(
        app.browser().sign_in_with_password(ADMIN, PASSWORD).await.set_cookie("__Host-latchkey").is_some()
    );
    assert_eq!(app.browser().get("/me").await.location(), "/sign-in?return_to=%2Fme");
    assert!(app.browser().get("/sign-in").await.body().contains("turned on for the whole console"));
}

async fn by_address(browser: &mut Browser, email: &str) -> Answer {
    browser.post_form("/fn/home_realm", &[("email", email), ("return_to", "/me")]).await
}

#[tokio::test]
async fn an_e_mail_address_leads_to_the_provider_of_its_domain() {
    let app = TestApp::new().await;
    let (corp, branch) = (app.idp().await, app.idp().await);
    let domains = json!({"emailDomains": ["example.com", ".example.com", "xn--bcher-kva.example"]});
    app.integration(&corp, "corp", domains).await;
    app.integration(&branch, "branch", json!({"emailDomains": ["eu.example.com"], "hidden": true})).await;
    let page = app.browser().get("/sign-in").await.body();
    assert!(page.contains("type=\"email\"") && page.contains("Continue"), "{page}");
    for (email, idp) in [
        ("ada@example.com", &corp),
        ("Ada@EXAMPLE.com ", &corp),
        ("ada@us.example.com", &corp),
        ("ada@bücher.example", &corp),
        ("ada@eu.example.com", &branch),
    ] {
        let mut browser = app.browser();
        let answer = by_address(&mut browser, email).await;
        assert_eq!(answer.status, 200, "{email}: {answer:?}");
        let refresh = answer.header("refresh").to_owned();
        assert!(refresh.starts_with(&format!("0;url={}", idp.issuer())), "{email}: {refresh}");
        assert!(refresh.contains("login_hint="), "{refresh}");
        assert_eq!(answer.header("location"), "", "a form must not be led elsewhere by a redirect");
        idp.set_person(Person::new(if Arc::ptr_eq(idp, &corp) { "ada" } else { "eve" }));
        let callback =
            browser.path_of(&idp.authorize(refresh.strip_prefix("0;url=").unwrap()).callback_url());
        assert_eq!(browser.get_from_elsewhere(&callback).await.location(), "/me");
    }
    // Whether somebody exists makes no difference; only the domain counts.
    app.user("bob@elsewhere.example", "a quiet sentence of bob").await;
    for email in
        ["bob@elsewhere.example", "nobody@elsewhere.example", "notexample.com", "", "x@notexample.com"]
    {
        let answer = by_address(&mut app.browser(), email).await;
        assert_eq!(answer.location(), "/sign-in?note=no_service&return_to=%2Fme", "{email}");
    }
}

#[tokio::test]
async fn wrong_home_realm_settings_are_named() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let admin = app.admin().await;
    for (change, field) in [
        (json!({"emailDomains": ["Example.com"]}), "emailDomains"),
        (json!({"emailDomains": ["bücher.example"]}), "emailDomains"),
        (json!({"emailDomains": ["*.example.com"]}), "emailDomains"),
        (json!({"icon": "https://evil.example/i.svg"}), "icon"),
        (json!({"order": 10000}), "order"),
    ] {
        let answer = admin.patch("/integrations/corp", change.clone()).await;
        assert_eq!((answer.status, &answer.json()["fields"][0]["field"]), (422, &json!(field)), "{change}");
    }
}

#[tokio::test]
async fn the_list_has_its_columns_for_viewers_too_and_no_button() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({"label": "Corp SSO"})).await;
    app.integration(&idp, "alpha", json!({"label": "Alpha", "enabled": false})).await;
    app.log_in_at(&mut app.browser(), &idp, "corp", Person::new("bob")).await;
    let id = app.user("vera", "a quiet sentence of vera").await;
    app.grant(&id, "GLOBAL_READ_ONLY").await;
    let mut viewer = app.browser();
    viewer.sign_in_with_password("vera", "a quiet sentence of vera").await;
    let page = viewer.get("/integrations").await.body();
    for column in ["Name", "Type", "Local sign-in", "Creator", "Created", "Last modified", "Status"] {
        assert!(page.contains(column), "{column}: {page}");
    }
    assert!(
        page.contains("Enabled") && page.contains("Disabled") && page.contains("OpenID Connect"),
        "{page}"
    );
    assert!(!page.contains("New integration"), "{page}");
    let last = |page: &str, name: &str| page.rfind(&format!("href=\"/integrations/{name}\"")).unwrap();
    let names = |page: &str| last(page, "corp") < last(page, "alpha");
    assert!(!names(&viewer.get("/integrations?sort=name").await.body()));
    assert!(names(&viewer.get("/integrations?sort=name&dir=desc").await.body()));
    assert!(!viewer.get("/integrations/corp").await.body().contains(">Save<"));
    // Direct posts are refused, and recorded as the API's are.
    let refused = viewer.post_form("/fn/integrations/remove", &[("name", "corp")]).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(viewer.api().delete("/integrations/corp").await.status, 403);
    let events = app.audit("kind=access.refused").await;
    let targets: Vec<&Value> = events.iter().map(|event| &event["target"]).collect();
    assert_eq!(targets, ["function:/fn/integrations/remove", "api:DELETE /integrations/corp"]);
    assert_eq!(events[0]["actor"], "vera");
    assert_eq!(events[0]["detail"]["permission"], "manage_integrations");
}

#[tokio::test]
async fn refused_pages_are_recorded_and_very_many_are_counted() {
    let app = TestApp::new().await;
    let id = app.user("vera", "a quiet sentence of vera").await;
    app.grant(&id, "GLOBAL_READ_ONLY").await;
    let mut viewer = app.browser();
    viewer.sign_in_with_password("vera", "a quiet sentence of vera").await;
    assert_eq!(viewer.get("/integrations/new").await.status, 403);
    let events = app.audit("kind=access.refused").await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (&events[0]["actor"], &events[0]["target"]),
        (&json!("vera"), &json!("page:/integrations/new"))
    );
    assert_eq!(events[0]["detail"], json!({"permission": "manage_integrations"}));
    for _ in 0..60 {
        assert_eq!(viewer.get("/integrations/new").await.status, 403);
    }
    assert_eq!(app.audit("kind=access.refused").await.len(), 30);
    app.advance_minutes(1);
    refusals::record_left_out(&app.core).await.unwrap();
    let last = app.audit("kind=access.refused").await.pop().unwrap();
    assert_eq!((&last["actor"], &last["detail"]["count"]), (&json!("vera"), &json!(31)));
    refusals::record_left_out(&app.core).await.unwrap();
    assert_eq!(app.audit("kind=access.refused").await.len(), 31, "told once");
    viewer.get("/integrations/new").await;
    assert_eq!(app.audit("kind=access.refused").await.len(), 32, "a new minute");
}

#[tokio::test]
async fn a_stranger_with_the_state_alone_does_not_end_somebodys_login() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        idp.set_person(Person::new("bob"));
        let mut browser = app.browser();
        let leaving = app.leave(&mut browser, &idp, "/oauth2/authorization/corp").await;
        let mut other = app.browser();
        app.leave(&mut other, &idp, "/oauth2/authorization/corp").await;
        let state = leaving.callback.split('&').find(|part| part.contains("state=")).unwrap();
        let state = state.rsplit("state=").next().unwrap();
        for mut stranger in [app.browser(), other] {
            for callback in [
                leaving.callback.clone(),
                format!("/login/oauth2/code/corp?error=x&state={state}"),
                format!("/login/oauth2/code/corp?state={state}"),
            ] {
                let answer = stranger.get_from_elsewhere(&callback).await;
                assert!(answer.location().starts_with("/sign-in/failed?"), "{answer:?}");
                assert!(!stranger.is_signed_in());
            }
        }
        assert_eq!(idp.count(Endpoint::Token), 0);
        browser.get_from_elsewhere(&leaving.callback).await;
        assert_eq!(browser.who().await.as_deref(), Some("bob"), "the person comes in all the same");
        let again = browser.get_from_elsewhere(&leaving.callback).await;
        assert_eq!(again.location_param("code").as_deref(), Some("already_used"), "once");
    }
}

#[tokio::test]
async fn a_flood_of_failed_logins_does_not_fill_the_audit_log() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    let flood = app.client_at("203.0.113.9");
    for n in 0..100 {
        let path = if n % 2 == 0 {
            "/oauth2/authorization/nobody"
        } else {
            "/login/oauth2/code/corp?code=c&state=s"
        };
        assert_eq!(flood.get(path).await.status, 303);
    }
    app.client_at("203.0.113.10").get("/oauth2/authorization/nobody").await;
    assert_eq!(app.audit("kind=login.failed").await.len(), 31, "thirty of one source, one of another");
    login::record_left_out(&app.core).await.unwrap();
    assert_eq!(app.audit("kind=login.failures_counted").await.len(), 0, "the minute is not over");
    app.advance_seconds(61);
    login::record_left_out(&app.core).await.unwrap();
    login::record_left_out(&app.core).await.unwrap();
    let counted = app.audit("kind=login.failures_counted").await;
    assert_eq!(counted.len(), 1);
    assert_eq!((&counted[0]["detail"]["count"], &counted[0]["address"]), (&json!(70), &json!("203.0.113.9")));
}

#[tokio::test]
async fn a_dropped_target_is_logged_in_a_line_without_its_secrets() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    for (prefix, name) in [("", "return_to"), ("/omsp", "oms_back_url")] {
        let target =
            "https://user:canary-in-a-url@dropped.example/path?token=canary-in-a-url#canary-in-a-url";
        let query = form(&[(name, target)]);
        let begun = app.browser().get(&format!("{prefix}/oauth2/authorization/corp?{query}")).await;
        assert_eq!(begun.status, 303, "{begun:?}");
        assert!(!begun.location().contains("dropped.example"), "{begun:?}");
    }
    let lines = support::logs::lines_with("a return target was dropped");
    assert!(lines.iter().any(|line| line.contains("https://dropped.example/path")), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("canary-in-a-url")), "{lines:#?}");
}

#[tokio::test]
async fn a_return_target_may_name_an_allowed_prefix_and_nothing_beside_it() {
    let app = TestApp::with(|config| {
        config.sign_in.return_to_allow =
            vec![domain::return_to::AllowedOrigin::parse("https://app.example.com:8443/console").unwrap()];
    })
    .await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    for (target, lands) in [
        ("https://app.example.com:8443/console/a?b=c", "https://app.example.com:8443/console/a?b=c"),
        ("https://app.example.com:8443/console", "https://app.example.com:8443/console"),
        ("https://app.example.com:8443/console/../admin", "/"),
        ("https://app.example.com:8443/console/%2e%2e/admin", "/"),
        ("https://app.example.com:8443/console/x/..", "/"),
        ("https://app.example.com:8443/console/..;/admin", "/"),
        ("https://app.example.com:8443/console/%252e%252e/admin", "/"),
        ("https://app.example.com:8443/console//evil.example", "/"),
        ("https://app.example.com:8443/consolex", "/"),
        ("https://app.example.com/console", "/"),
        ("http://app.example.com:8443/console", "/"),
    ] {
        let mut browser = app.browser();
        idp.set_person(Person::new("bob"));
        let query = form(&[("oms_back_url", target)]);
        let leaving =
            app.leave(&mut browser, &idp, &format!("/omsp/oauth2/authorization/corp?{query}")).await;
        assert!(!leaving.url.contains("app.example.com"), "{}", leaving.url);
        assert_eq!(browser.get_from_elsewhere(&leaving.callback).await.location(), lands, "{target}");
    }
}
