//! The request that the browser carries to the provider.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use domain::integration::{ClientAuthMethod, ResponseMode};
use fake_idp::{Authorized, Endpoint};
use oidc::Callback;
use support::{REDIRECT, World};
use url::Url;

fn parameters(url: &str) -> BTreeMap<String, String> {
    let url = Url::parse(url).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(pairs.len(), map.len(), "no parameter comes twice");
    map
}

#[tokio::test]
async fn ct_1_the_request_has_state_nonce_and_an_s256_challenge_of_256_bits() {
    let world = World::new().await;
    let begun = world.begin().await.unwrap();
    let sent = parameters(&begun.url);
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], world.idp.client_id());
    assert_eq!(sent["redirect_uri"], REDIRECT);
    assert_eq!(sent["state"], begun.state.expose());
    assert_eq!(sent["nonce"], begun.nonce.expose());
    assert_eq!(sent["code_challenge_method"], "S256");
    for text in [&sent["state"], &sent["nonce"], &sent["code_challenge"], begun.pkce_verifier.expose()] {
        assert_eq!(text.len(), 43, "{text}");
        assert!(
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "URL-safe: {text}"
        );
    }
    assert_eq!(begun.issuer, world.idp.issuer());
}

#[tokio::test]
async fn no_two_logins_share_a_random_value() {
    let world = World::new().await;
    let (a, b) = (world.begin().await.unwrap(), world.begin().await.unwrap());
    let all = [a.state, a.nonce, a.pkce_verifier, b.state, b.nonce, b.pkce_verifier];
    let distinct: std::collections::BTreeSet<_> = all.iter().map(|secret| secret.expose()).collect();
    assert_eq!(distinct.len(), all.len());
}

#[tokio::test]
async fn ct_50_the_configured_scopes_are_asked_for_and_openid_is_among_them_once() {
    let mut world = World::new().await;
    assert_eq!(parameters(&world.begin().await.unwrap().url)["scope"], "openid profile email");
    world.set(|s| s.oauth_scopes = ["address", "openid", "phone"].map(str::to_owned).to_vec());
    assert_eq!(parameters(&world.begin().await.unwrap().url)["scope"], "openid address phone");
}

#[tokio::test]
async fn prompt_max_age_acr_values_and_the_login_hint_are_sent_when_set() {
    let mut world = World::new().await;
    let sent = parameters(&world.begin().await.unwrap().url);
    for absent in ["prompt", "max_age", "acr_values", "login_hint"] {
        assert!(!sent.contains_key(absent), "{absent}");
    }
    world.set(|s| {
        s.prompt = Some("login consent".to_owned());
        s.max_age = Some(0);
        s.acr_values = vec!["phr".to_owned(), "mfa".to_owned()];
    });
    let begun = world.engine.begin(&world.integration, REDIRECT, Some(" al\nice&x=1 ")).await.unwrap();
    let sent = parameters(&begun.url);
    assert_eq!(sent["prompt"], "login consent");
    assert_eq!(sent["max_age"], "0");
    assert_eq!(sent["acr_values"], "phr mfa");
    assert_eq!(sent["login_hint"], "alice&x=1");
}

#[tokio::test]
async fn extra_parameters_are_sent_but_never_replace_those_of_the_login() {
    let mut world = World::new().await;
    let reserved = [
        "state",
        "NONCE",
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "request_uri",
    ];
    world.set(|s| {
        s.extra_authorization_params.insert("kc_idp_hint".to_owned(), "a b&c".to_owned());
        for name in reserved {
            s.extra_authorization_params.insert(name.to_owned(), "forged".to_owned());
        }
    });
    let sent = parameters(&world.begin().await.unwrap().url);
    assert_eq!(sent["kc_idp_hint"], "a b&c");
    assert!(!sent.values().any(|value| value == "forged"), "{sent:?}");
}

#[tokio::test]
async fn pkce_can_be_turned_off_for_providers_that_choke_on_it() {
    let mut world = World::new().await;
    world.set(|s| s.pkce = false);
    world.idp.config(|config| config.require_pkce = false);
    let begun = world.begin().await.unwrap();
    assert!(begun.pkce_verifier.is_empty());
    assert!(!parameters(&begun.url).contains_key("code_challenge"));
    world.sign_in().await.unwrap();
    let token = world.idp.requests().into_iter().find(|request| request.endpoint == Endpoint::Token).unwrap();
    assert_eq!(token.param("code_verifier"), None);
}

#[tokio::test]
async fn a_query_of_the_authorization_endpoint_is_kept() {
    let mut world = World::new().await;
    world.set(|s| s.endpoints.authorization = Some("https://op.example/authorize?tenant=a%20b".to_owned()));
    let begun = world.begin().await.unwrap();
    assert!(begun.url.starts_with("https://op.example/authorize?tenant=a%20b&"), "{}", begun.url);
    assert_eq!(parameters(&begun.url)["tenant"], "a b");
}

#[tokio::test]
async fn debug_output_of_a_begun_login_shows_neither_state_nor_nonce() {
    let begun = World::new().await.begin().await.unwrap();
    let shown = format!("{begun:?}");
    for secret in [&begun.state, &begun.nonce, &begun.pkce_verifier] {
        assert!(!shown.contains(secret.expose()), "{shown}");
    }
}

#[tokio::test]
async fn form_post_is_asked_for_when_it_is_set_and_never_else() {
    let mut world = World::new().await;
    assert!(!parameters(&world.begin().await.unwrap().url).contains_key("response_mode"));
    world.set(|s| s.response_mode = ResponseMode::FormPost);
    let begun = world.begin().await.unwrap();
    assert_eq!(parameters(&begun.url)["response_mode"], "form_post");
    let Authorized::FormPost { action, fields } = world.idp.authorize(&begun.url) else { panic!("no form") };
    assert_eq!(action, REDIRECT);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let callback = Callback::parse(&body).unwrap();
    assert_eq!(world.complete(&begun, &callback).await.unwrap().subject, "alice");
}

#[tokio::test]
async fn a_public_client_uses_pkce_whatever_is_set() {
    let mut world = World::new().await;
    world.set(|s| {
        s.client_auth_method = ClientAuthMethod::None;
        s.pkce = false;
    });
    let begun = world.begin().await.unwrap();
    assert_eq!(begun.pkce_verifier.expose().len(), 43);
    assert_eq!(parameters(&begun.url)["code_challenge_method"], "S256");
}
