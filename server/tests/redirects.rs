//! Where people are sent after a login: to a page of ours, or to an origin the configuration names. Judged as browsers
//! do (WHATWG URL): by the origin that the `Location` leads to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use fake_idp::Person;
use support::{ADMIN, Answer, ORIGIN, PASSWORD, TestApp, corpus::hostile_targets, form};
use url::Url;

/// Asserts that the redirect stays here, and that nothing was put into the headers.
fn assert_stays(case: &str, answer: &Answer) {
    assert_eq!(answer.status, 303, "{case:?}: {answer:?}");
    assert!(answer.headers.get_all("location").iter().count() == 1, "{case:?}");
    let location = answer.headers.get("location").unwrap().as_bytes();
    assert!(location.iter().all(|byte| byte.is_ascii_graphic()), "{case:?}: {answer:?}");
    let location = std::str::from_utf8(location).unwrap();
    let url = Url::parse(ORIGIN)
        .unwrap()
        .join(location)
        .unwrap_or_else(|error| panic!("{case:?}: {location}: {error}"));
    assert_eq!(url.origin().ascii_serialization(), ORIGIN, "{case:?}: {location}");
    assert!(!location.starts_with("//") && !location.contains('\\'), "{case:?}: {location}");
    for cookie in answer.set_cookies() {
        assert!(
            cookie.starts_with("__Host-latchkey") || cookie.starts_with("latchkey-"),
            "{case:?}: {cookie}"
        );
    }
}

#[tokio::test]
async fn no_return_target_of_the_sign_in_form_leads_elsewhere() {
    let app = TestApp::new().await;
    assert!(hostile_targets().len() > 300);
    for target in hostile_targets() {
        let mut browser = app.browser();
        let fields = [("username", "nobody"), ("password", "wrong"), ("return_to", target.as_str())];
        let answer = browser.post_form("/fn/sign_in", &fields).await;
        assert_stays(&target, &answer);
        assert_eq!(answer.location_param("return_to"), None, "{target:?} is kept");
    }
    // With the right password, which is slower: every seventh.
    for target in hostile_targets().iter().step_by(7) {
        let fields = [("username", ADMIN), ("password", PASSWORD), ("return_to", target.as_str())];
        let answer = app.browser().post_form("/fn/sign_in", &fields).await;
        assert_stays(target, &answer);
        assert_eq!(answer.location(), "/", "{target:?}");
    }
}

#[tokio::test]
async fn no_return_target_of_a_login_leads_elsewhere() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    idp.set_person(Person::new("bob"));
    for (n, target) in hostile_targets().iter().enumerate().step_by(3) {
        let name = ["return_to", "oms_back_url"][n % 2];
        let mut browser = app.browser();
        let begin = format!("/oauth2/authorization/corp?{}", form(&[(name, target)]));
        let leaving = app.leave(&mut browser, &idp, &begin).await;
        assert!(!leaving.url.contains("evil"), "{target:?}");
        let answer = browser.get_from_elsewhere(&leaving.callback).await;
        assert_stays(target, &answer);
        assert_eq!(answer.location(), "/", "{target:?}");
    }
}

#[tokio::test]
async fn the_theme_form_leads_back_to_our_pages_only() {
    let app = TestApp::new().await;
    for target in hostile_targets() {
        let mut browser = app.browser();
        let answer = browser.post_form("/fn/theme", &[("theme", "dark"), ("back", &target)]).await;
        assert_stays(&target, &answer);
    }
    for prefix in ["/sign-in?return_to=", "/signed-out?x=", "/sign-in#"] {
        for target in hostile_targets() {
            let back = format!("{prefix}{target}");
            let answer = app.browser().post_form("/fn/theme", &[("theme", "dark"), ("back", &back)]).await;
            assert_stays(&back, &answer);
        }
    }
    let answer = app.browser().post_form("/fn/theme", &[("theme", "dark"), ("back", "/me?tab=1")]).await;
    assert_eq!(answer.location(), "/me?tab=1");
}

#[tokio::test]
async fn the_sign_in_page_keeps_no_hostile_target() {
    let app = TestApp::new().await;
    for target in hostile_targets() {
        let page = app.browser().get(&format!("/sign-in?{}", form(&[("return_to", &target)]))).await;
        assert_eq!(page.status, 200, "{target:?}");
        let document = scraper::Html::parse_document(&page.body());
        for (selector, attribute) in [("a[href]", "href"), ("form[action]", "action")] {
            for element in document.select(&scraper::Selector::parse(selector).unwrap()) {
                let address = element.value().attr(attribute).unwrap();
                let url = Url::parse(ORIGIN).unwrap().join(address).unwrap();
                assert_eq!(url.origin().ascii_serialization(), ORIGIN, "{target:?}: {address}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_asked_for_without_session_is_come_back_to() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let answer = browser.get("/mapping-rules?group=a%26b").await;
    assert!(answer.location().starts_with("/sign-in?"), "{answer:?}");
    let target = answer.location_param("return_to").unwrap();
    assert_eq!(target, "/mapping-rules?group=a%26b");
    let fields = [("username", ADMIN), ("password", PASSWORD), ("return_to", target.as_str())];
    assert_eq!(browser.post_form("/fn/sign_in", &fields).await.location(), target);
}

#[tokio::test]
async fn a_wrong_password_keeps_the_return_target() {
    let app = TestApp::new().await;
    let fields = [("username", ADMIN), ("password", "wrong"), ("return_to", "/audit?kind=logout")];
    let answer = app.browser().post_form("/fn/sign_in", &fields).await;
    assert_eq!(answer.location_param("return_to").as_deref(), Some("/audit?kind=logout"));
    assert_eq!(answer.location_param("error").as_deref(), Some("wrong_credentials"));
}

#[tokio::test]
async fn origins_that_the_configuration_names_are_allowed_exactly() {
    let app = TestApp::with(|config| {
        let allowed = ["https://grafana.example.com", "https://tools.example.com:8443/wiki"];
        config.sign_in.return_to_allow =
            allowed.map(|text| domain::return_to::AllowedOrigin::parse(text).unwrap()).into();
    })
    .await;
    let land = async |target: &str| {
        let fields = [("username", ADMIN), ("password", PASSWORD), ("return_to", target)];
        app.browser().post_form("/fn/sign_in", &fields).await.location().to_owned()
    };
    for target in [
        "https://grafana.example.com/d/1?from=now",
        "https://tools.example.com:8443/wiki",
        "https://tools.example.com:8443/wiki/page#x",
    ] {
        assert_eq!(land(target).await, target);
    }
    for target in [
        "http://grafana.example.com/",
        "https://grafana.example.com:8443/",
        "https://evil-grafana.example.com/",
        "https://sub.grafana.example.com/",
        "https://grafana.example.com.evil.example/",
        "https://user@grafana.example.com/",
        "https://tools.example.com:8443/wikipedia",
        "https://tools.example.com:8443/wiki/../admin",
        "https://tools.example.com:8443/",
        "https://tools.example.com/wiki",
    ] {
        assert_eq!(land(target).await, "/", "{target}");
    }
}

#[tokio::test]
async fn a_target_that_is_too_long_is_dropped_and_not_cut() {
    let app = TestApp::new().await;
    let land = async |target: &str| {
        let fields = [("username", ADMIN), ("password", PASSWORD), ("return_to", target)];
        app.browser().post_form("/fn/sign_in", &fields).await.location().to_owned()
    };
    let fits = format!("/me?x={}", "a".repeat(2048 - 6));
    assert_eq!(land(&fits).await, fits);
    assert_eq!(land(&format!("{fits}a")).await, "/");
}

#[tokio::test]
async fn nothing_from_a_request_becomes_a_header() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    for path in [
        "/login/oauth2/code/corp?state=x%0d%0aSet-Cookie:%20a=b&code=c",
        "/login/oauth2/code/corp?error=x%0d%0aSet-Cookie:%20a=b&error_description=y%0d%0aX:%20z&state=s",
        "/login/oauth2/code/x%0d%0aSet-Cookie:%20a=b?state=s&code=c",
        "/oauth2/authorization/x%0d%0aSet-Cookie:%20a=b",
        "/oauth2/authorization/corp?login_hint=x%0d%0aSet-Cookie:%20a=b",
    ] {
        let answer = app.browser().get(path).await;
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        assert!(
            answer.set_cookies().iter().all(|cookie| cookie.starts_with("__Host-latchkey-login=")),
            "{path}: {answer:?}"
        );
        assert!(answer.headers.get("x").is_none());
        assert!(answer.location().bytes().all(|byte| byte.is_ascii_graphic()), "{path}");
    }
}
