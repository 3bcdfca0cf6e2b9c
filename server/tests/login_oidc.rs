//! The way to the provider and back: what is sent, what is accepted once and from whom, where people land.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::{collections::HashSet, sync::Arc};

use axum::{body::Body, http::Method};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fake_idp::{Endpoint, FakeIdp, Fault, Person};
use serde_json::json;
use support::{ADMIN, Browser, ORIGIN, PASSWORD, TestApp};
use url::Url;

const BEGIN: &str = "/oauth2/authorization/corp";

async fn corp() -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    (app, idp)
}

fn param(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    let mut found = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let first = found.next();
    assert!(found.next().is_none(), "{name} twice in {url}");
    first
}

/// No path that starts with the provider's callback may be asked for a code again.
async fn assert_refused(app: &TestApp, idp: &FakeIdp, browser: &mut Browser, callback: &str, code: &str) {
    let before = idp.count(Endpoint::Token);
    let answer = browser.get_from_elsewhere(callback).await;
    app.assert_login_failed(&answer, code).await;
    assert_eq!(idp.count(Endpoint::Token), before, "the token endpoint was asked");
}

#[tokio::test]
async fn a_login_leaves_for_the_provider_and_comes_back_signed_in() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let mut browser = app.browser();
        idp.set_person(Person::new("bob"));

        let begun = browser.get(BEGIN).await;
        assert_eq!(begun.status, 303);
        assert_eq!(
            (begun.header("cache-control"), begun.header("referrer-policy")),
            ("no-store", "no-referrer")
        );
        let binding = begun.set_cookie("__Host-latchkey-login").unwrap();
        assert!(binding.contains("HttpOnly") && binding.contains("SameSite=Lax"), "{binding}");
        assert!(binding.contains("Max-Age=600"), "{binding}");
        assert_eq!(begun.set_cookie("__Host-latchkey"), None, "no session before the login");

        let url = begun.location().to_owned();
        let get = |name| param(&url, name).unwrap_or_default();
        assert_eq!(get("response_type"), "code");
        assert_eq!(get("client_id"), idp.client_id());
        assert_eq!(get("redirect_uri"), format!("{ORIGIN}/login/oauth2/code/corp"));
        assert!(get("scope").split(' ').any(|scope| scope == "openid"));
        assert_eq!(get("code_challenge_method"), "S256");
        assert_eq!(get("code_challenge").len(), 43);
        assert!(get("state").len() >= 22 && (22..=43).contains(&get("nonce").len()), "{url}");

        let callback = idp.authorize(&url).callback_url();
        let done = browser.get_from_elsewhere(&callback).await;
        assert_eq!((done.status, done.location()), (303, "/"));
        assert_eq!(
            (done.header("cache-control"), done.header("referrer-policy")),
            ("no-store", "no-referrer")
        );

        let requests = idp.requests();
        let token: Vec<_> = requests.iter().filter(|request| request.endpoint == Endpoint::Token).collect();
        assert_eq!(token.len(), 1);
        assert_eq!(token[0].param("redirect_uri"), Some(format!("{ORIGIN}/login/oauth2/code/corp").as_str()));
        assert!((43..=128).contains(&token[0].param("code_verifier").unwrap().len()));
        let basic = token[0].authorization.clone().unwrap();
        let basic = STANDARD.decode(basic.strip_prefix("Basic ").unwrap()).unwrap();
        assert!(
            !String::from_utf8(basic).unwrap().contains(":%+"),
            "id and secret are not form-urlencoded first"
        );

        let me = browser.api().get("/me").await.json();
        assert_eq!(me["user"]["username"], "bob");
        assert_eq!(me["user"]["displayName"], "bob Example");
        assert_eq!(me["user"]["email"], "bob@example.com");
        let identity = &me["user"]["identities"][0];
        assert_eq!(
            (&identity["integration"], &identity["issuer"], &identity["subject"]),
            (&json!("corp"), &json!(idp.issuer()), &json!("bob"))
        );
        assert_eq!(me["session"]["integration"], "corp");
        let event = &app.audit("kind=login.succeeded&actor=bob").await[0];
        assert_eq!((&event["integration"], &event["detail"]["method"]), (&json!("corp"), &json!("oidc")));
        assert_eq!(browser.follow("/").await.status, 200);
    }
}

#[tokio::test]
async fn state_nonce_and_challenge_are_new_each_time() {
    let (app, idp) = corp().await;
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let leaving = app.leave(&mut app.browser(), &idp, BEGIN).await;
        for name in ["state", "nonce", "code_challenge"] {
            assert!(seen.insert(param(&leaving.url, name).unwrap()), "{name} repeats");
        }
    }
}

#[tokio::test]
async fn the_query_of_a_login_sets_nothing_but_return_target_and_hint() {
    let (app, idp) = corp().await;
    let query = "redirect_uri=https://evil.example/&scope=all&prompt=none&state=s&nonce=n&client_id=c&login_hint=bob%40x";
    let url = app.leave(&mut app.browser(), &idp, &format!("{BEGIN}?{query}")).await.url;
    assert_eq!(param(&url, "redirect_uri").unwrap(), format!("{ORIGIN}/login/oauth2/code/corp"));
    assert_eq!(param(&url, "client_id").unwrap(), idp.client_id());
    assert_eq!(param(&url, "prompt"), None);
    assert_eq!(param(&url, "login_hint").as_deref(), Some("bob@x"));
    assert_ne!(param(&url, "state").as_deref(), Some("s"));
    assert_ne!(param(&url, "nonce").as_deref(), Some("n"));
    assert_ne!(param(&url, "scope").as_deref(), Some("all"));
}

#[tokio::test]
async fn two_tabs_in_any_order_both_end_where_they_wanted() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    idp.set_person(Person::new("bob"));
    let first = app.leave(&mut browser, &idp, &format!("{BEGIN}?return_to=/me?tab=1")).await;
    let second = app.leave(&mut browser, &idp, &format!("{BEGIN}?return_to=/me?tab=2")).await;
    assert_eq!(browser.get_from_elsewhere(&second.callback).await.location(), "/me?tab=2");
    assert_eq!(browser.get_from_elsewhere(&first.callback).await.location(), "/me?tab=1");
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn an_answer_is_accepted_once() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let mut browser = app.browser();
        idp.set_person(Person::new("bob"));
        let leaving = app.leave(&mut browser, &idp, BEGIN).await;
        browser.get_from_elsewhere(&leaving.callback).await;
        assert_eq!(idp.count(Endpoint::Token), 1);
        assert_refused(&app, &idp, &mut browser, &leaving.callback, "already_used").await;
        assert_eq!(browser.who().await.as_deref(), Some("bob"), "the session that there is goes on");
    }
}

#[tokio::test]
async fn an_answer_sent_twice_at_once_opens_one_session() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    idp.set_person(Person::new("bob"));
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (a, b) =
        tokio::join!(one.get_from_elsewhere(&leaving.callback), two.get_from_elsewhere(&leaving.callback));
    let opened = [&a, &b].iter().filter(|answer| answer.set_cookie("__Host-latchkey").is_some()).count();
    assert_eq!(opened, 1, "{a:?}\n{b:?}");
    assert_eq!(idp.count(Endpoint::Token), 1);
}

#[tokio::test]
async fn a_login_that_failed_at_the_provider_is_used_up() {
    for fault in [Fault::TokenError, Fault::TokenHtml, Fault::WrongNonce, Fault::Userinfo500] {
        let (app, idp) = corp().await;
        let mut browser = app.browser();
        idp.set_person(Person::new("bob"));
        let leaving = app.leave(&mut browser, &idp, BEGIN).await;
        idp.set_fault(Some(fault));
        browser.get_from_elsewhere(&leaving.callback).await;
        idp.set_fault(None);
        assert_refused(&app, &idp, &mut browser, &leaving.callback, "already_used").await;
        assert!(!browser.is_signed_in());
    }
}

#[tokio::test]
async fn an_answer_begun_in_another_browser_is_refused() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("mallory"));
    // Once to a browser that has nothing, once to one with its own login under way, once to one that is signed in.
    let fresh = app.browser();
    let mut leaving_too = app.browser();
    app.leave(&mut leaving_too, &idp, BEGIN).await;
    let signed_in = app.admin_browser().await;
    for mut victim in [fresh, leaving_too, signed_in] {
        let was = victim.who().await;
        let theirs = app.leave(&mut app.browser(), &idp, BEGIN).await;
        assert_refused(&app, &idp, &mut victim, &theirs.callback, "state_mismatch").await;
        assert_eq!(victim.who().await, was);
    }
}

#[tokio::test]
async fn an_answer_at_another_integrations_callback_is_refused() {
    let (app, idp) = corp().await;
    let other = app.idp().await;
    app.with_integration(&other, "other").await;
    let mut browser = app.browser();
    idp.set_person(Person::new("bob"));
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    let crossed = leaving.callback.replace("/code/corp?", "/code/other?");
    assert_ne!(crossed, leaving.callback);
    assert_refused(&app, &idp, &mut browser, &crossed, "state_mismatch").await;
    assert_eq!(other.count(Endpoint::Token), 0);
    // It was used up: the right path comes too late.
    assert_refused(&app, &idp, &mut browser, &leaving.callback, "already_used").await;
}

#[tokio::test]
async fn a_code_of_another_login_is_refused() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("mallory"));
    let theirs = app.leave(&mut app.browser(), &idp, BEGIN).await;
    let mut browser = app.browser();
    let mine = app.leave(&mut browser, &idp, BEGIN).await;
    let code = param(&format!("{ORIGIN}{}", theirs.callback), "code").unwrap();
    let own = param(&format!("{ORIGIN}{}", mine.callback), "code").unwrap();
    let answer = browser.get_from_elsewhere(&mine.callback.replace(&own, &code)).await;
    app.assert_login_failed(&answer, "code_rejected").await;
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn people_land_where_they_wanted_under_each_name_of_the_target() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("bob"));
    for (begin, target) in [
        (format!("{BEGIN}?return_to=%2Fmapping-rules%3Fgroup%3Dx"), "/mapping-rules?group=x"),
        (format!("{BEGIN}?oms_back_url=%2Fme%23roles"), "/me#roles"),
        (format!("/omsp{BEGIN}?oms_back_url=%2Fme"), "/me"),
        (format!("/omsp{BEGIN}"), "/"),
    ] {
        let mut browser = app.browser();
        let leaving = app.leave(&mut browser, &idp, &begin).await;
        let done = browser.get_from_elsewhere(&leaving.callback).await;
        assert_eq!(done.location(), target, "{begin}");
        assert!(browser.is_signed_in());
    }
}

#[tokio::test]
async fn the_callback_below_omsp_is_the_same() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("bob"));
    let mut browser = app.browser();
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    browser.get_from_elsewhere(&format!("/omsp{}", leaving.callback)).await;
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn a_session_begins_under_a_new_id_never_one_the_browser_brought() {
    let (app, idp) = corp().await;
    let chosen = "A".repeat(43);
    let mut browser = app.browser();
    browser.set_session(&chosen);
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    let first = browser.session().unwrap();
    assert_ne!(first, chosen);
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    assert_ne!(browser.session().unwrap(), first);
    for dead in [chosen, first] {
        let mut old = app.browser();
        old.set_session(&dead);
        assert_eq!(old.who().await, None);
    }
    let mut local = app.browser();
    local.set_session(&"B".repeat(43));
    local.sign_in_with_password(ADMIN, PASSWORD).await;
    assert_ne!(local.session().unwrap(), "B".repeat(43));
}

#[tokio::test]
async fn a_second_login_in_a_browser_ends_the_first() {
    let (app, idp) = corp().await;
    let mut browser = app.admin_browser().await;
    let old = browser.clone();
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
    assert_eq!(old.who().await, None);
    let old = browser.clone();
    browser.sign_in_with_password(ADMIN, PASSWORD).await;
    assert!(browser.is_admin().await);
    assert_eq!(old.who().await, None);
}

#[tokio::test]
async fn an_integration_disabled_meanwhile_lets_nobody_in() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    assert_eq!(app.admin().await.post("/integrations/corp/disable", json!(null)).await.status, 200);
    assert_refused(&app, &idp, &mut browser, &leaving.callback, "integration_disabled").await;
    let begin = browser.get(BEGIN).await;
    app.assert_login_failed(&begin, "integration_disabled").await;
}

#[tokio::test]
async fn an_issuer_changed_meanwhile_lets_nobody_in() {
    let (app, idp) = corp().await;
    let other = app.idp().await;
    let mut browser = app.browser();
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    let change = json!({"issuer": other.issuer(), "clientSecret": other.client_secret()});
    let answer = app.admin().await.patch("/integrations/corp", change).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_refused(&app, &idp, &mut browser, &leaving.callback, "issuer_mismatch").await;
    assert_eq!(other.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn unknown_integrations_start_nothing() {
    let (app, _idp) = corp().await;
    for name in ["nothere", "CORP", "corp%00", "%2e%2e", "corp%2f"] {
        let answer = app.browser().get(&format!("/oauth2/authorization/{name}")).await;
        app.assert_login_failed(&answer, "integration_unknown").await;
    }
}

#[tokio::test]
async fn a_login_may_take_ten_minutes_at_the_provider() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("bob"));
    for (seconds, fits) in [(599, true), (601, false)] {
        let mut browser = app.browser();
        let url = browser.get(BEGIN).await.location().to_owned();
        app.advance_seconds(seconds);
        let callback = idp.authorize(&url).callback_url();
        if fits {
            browser.get_from_elsewhere(&callback).await;
            assert_eq!(browser.who().await.as_deref(), Some("bob"));
        } else {
            assert_refused(&app, &idp, &mut browser, &callback, "login_expired").await;
        }
    }
}

#[tokio::test]
async fn many_abandoned_logins_grow_no_cookie_and_stop_nobody() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("bob"));
    let mut bystander = app.browser();
    let waiting = app.leave(&mut bystander, &idp, BEGIN).await;
    let mut browser = app.browser();
    let first = app.leave(&mut browser, &idp, BEGIN).await;
    let size = browser.cookie_header().len();
    for _ in 0..50 {
        app.leave(&mut browser, &idp, BEGIN).await;
    }
    assert_eq!(browser.cookie_header().len(), size);
    assert_refused(&app, &idp, &mut browser, &first.callback, "state_mismatch").await;
    let last = app.leave(&mut browser, &idp, BEGIN).await;
    browser.get_from_elsewhere(&last.callback).await;
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
    bystander.get_from_elsewhere(&waiting.callback).await;
    assert_eq!(bystander.who().await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn only_a_person_who_opens_a_page_starts_or_ends_a_login() {
    let (app, idp) = corp().await;
    idp.set_person(Person::new("bob"));
    let mut browser = app.browser();
    assert_eq!(browser.send(Method::HEAD, BEGIN, &[], Body::empty()).await.status, 405);
    for header in [("sec-fetch-dest", "image"), ("sec-fetch-dest", "iframe"), ("sec-purpose", "prefetch")] {
        let answer = browser.send(Method::GET, BEGIN, &[header], Body::empty()).await;
        assert_eq!(answer.status, 403, "{header:?}");
        assert!(answer.set_cookies().is_empty());
    }
    let leaving = app.leave(&mut browser, &idp, BEGIN).await;
    assert_eq!(browser.send(Method::HEAD, &leaving.callback, &[], Body::empty()).await.status, 405);
    browser.get_from_elsewhere(&leaving.callback).await;
    assert_eq!(browser.who().await.as_deref(), Some("bob"), "HEAD used nothing up");
}

#[tokio::test]
async fn the_sign_in_page_offers_the_integration_and_remembers_it() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    let page = browser.get("/sign-in").await;
    assert_eq!(page.status, 200);
    assert!(page.body().contains("/oauth2/authorization/corp"), "{page:?}");
    assert!(page.body().contains("Sign in with corp"), "{page:?}");
    let done = app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    assert!(done.set_cookie("latchkey-last").unwrap().starts_with("latchkey-last=corp;"));
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_everything_else_alone() {
    let (app, idp) = corp().await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob")).await;
    idp.set_faults(vec![Fault::Discovery500, Fault::Jwks500, Fault::TokenHtml]);
    app.advance_minutes(10);
    assert_eq!(browser.who().await.as_deref(), Some("bob"));
    assert!(app.admin_browser().await.is_admin().await);
    assert_eq!(app.client().get("/readyz").await.status, 200);
}
