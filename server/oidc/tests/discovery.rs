//! The discovery document: what is refused, and that it is refused before anything is fetched from it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::integration::IntegrationSettings;
use domain::login_failure::LoginFailure as F;
use fake_idp::{Endpoint, Fault};
use oidc::{Engine, OutboundPolicy};
use support::World;

#[tokio::test]
async fn ct_5_ct_7_a_document_that_cannot_be_used_stops_the_login_before_the_browser_leaves() {
    let world = World::new().await;
    for fault in Fault::ALL.iter().copied().filter(|fault| fault.stage() == fake_idp::Stage::Discovery) {
        if fault == Fault::SlowDiscovery {
            continue;
        }
        world.idp.set_fault(Some(fault));
        world.idp.clear_requests();
        let error = world.begin().await.unwrap_err();
        assert_ne!(error.failure(), F::Internal, "{}", fault.name());
        let asked: Vec<_> = world.idp.requests().iter().map(|request| request.endpoint).collect();
        assert_eq!(asked, [Endpoint::Discovery], "{}", fault.name());
    }
    world.idp.set_fault(None);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn s_20_the_issuer_is_compared_byte_for_byte_and_the_message_says_which_is_meant() {
    let mut world = World::new().await;
    let right = world.idp.issuer();
    world.set(|s| s.issuer = right.trim_end_matches('/').to_owned());
    let error = world.begin().await.unwrap_err();
    assert_eq!(error.failure(), F::IssuerMismatch);
    assert!(error.chain().contains(&format!("did you mean “{right}”")), "{}", error.chain());
    world.idp.set_fault(Some(Fault::DiscoveryIssuerMismatch));
    let error = world.begin().await.unwrap_err();
    assert!(!error.chain().contains("INVALID"), "a stranger's issuer is not repeated: {}", error.chain());
}

#[tokio::test]
async fn s_17_an_error_holds_nothing_of_the_document() {
    let world = World::new().await;
    for fault in [Fault::DiscoveryNotJson, Fault::DiscoveryJavascriptEndpoint, Fault::DiscoveryPrivateJwks] {
        world.idp.set_fault(Some(fault));
        let error = world.engine.discover(&world.integration.settings).await.unwrap_err();
        let shown = format!("{} {error:?}", error.chain());
        for part in ["alert", "169.254", "<"] {
            assert!(!shown.contains(part), "{}: {shown}", fault.name());
        }
    }
    world.idp.set_fault(Some(Fault::DiscoveryJavascriptEndpoint));
    let error = world.engine.discover(&world.integration.settings).await.unwrap_err();
    assert!(
        error.chain().contains("authorization_endpoint"),
        "the message names the member: {}",
        error.chain()
    );
}

#[tokio::test]
async fn the_document_is_kept_for_ten_minutes_and_per_revision() {
    let mut world = World::new().await;
    for _ in 0..3 {
        world.begin().await.unwrap();
    }
    assert_eq!(world.count(Endpoint::Discovery), 1);
    world.pass(599);
    world.begin().await.unwrap();
    assert_eq!(world.count(Endpoint::Discovery), 1);
    world.pass(1);
    world.begin().await.unwrap();
    assert_eq!(world.count(Endpoint::Discovery), 2);
    world.set(|s| s.label = "New".to_owned());
    world.begin().await.unwrap();
    assert_eq!(world.count(Endpoint::Discovery), 3, "a new revision");
    world.engine.forget(&world.integration.id);
    world.begin().await.unwrap();
    assert_eq!(world.count(Endpoint::Discovery), 4, "forgotten");
    world.engine.discover(&world.integration.settings).await.unwrap();
    assert_eq!(world.count(Endpoint::Discovery), 5, "a check is never answered from the cache");
}

#[tokio::test]
async fn an_old_document_stands_in_for_a_silent_provider_but_not_for_a_bad_document() {
    let world = World::new().await;
    world.begin().await.unwrap();
    world.pass(700);
    world.idp.set_fault(Some(Fault::Discovery500));
    world.begin().await.unwrap();
    world.pass(31);
    world.idp.set_fault(Some(Fault::DiscoveryIssuerMismatch));
    assert_eq!(world.begin().await.unwrap_err().failure(), F::IssuerMismatch);
    world.pass(24 * 3600);
    world.idp.set_fault(Some(Fault::Discovery500));
    assert_eq!(world.begin().await.unwrap_err().failure(), F::DiscoveryInvalid, "over a day old");
}

#[tokio::test]
async fn endpoints_set_by_hand_override_one_by_one() {
    let mut world = World::new().await;
    let elsewhere = format!("{}/elsewhere/userinfo", world.idp.origin());
    world.set(|s| s.endpoints.userinfo = Some(elsewhere.clone()));
    let metadata = world.engine.metadata(&world.integration).await.unwrap();
    assert_eq!(metadata.userinfo.as_ref().unwrap().as_str(), elsewhere);
    assert!(metadata.token.as_str().starts_with(&world.idp.issuer()));
    world.set(|s| s.endpoints.jwks = Some("http://169.254.169.254/keys".to_owned()));
    assert_eq!(world.begin().await.unwrap_err().failure(), F::ProviderAddressRefused);
}

#[tokio::test]
async fn without_discovery_the_endpoints_by_hand_are_enough() {
    let mut world = World::new().await;
    let found = world.engine.metadata(&world.integration).await.unwrap();
    world.idp.clear_requests();
    world.set(|s| {
        s.discovery = false;
        s.endpoints.authorization = Some(found.authorization.to_string());
        s.endpoints.token = Some(found.token.to_string());
        s.endpoints.jwks = Some(found.jwks_uri.to_string());
    });
    world.sign_in().await.unwrap();
    assert_eq!((world.count(Endpoint::Discovery), world.count(Endpoint::Userinfo)), (0, 0));
    world.set(|s| s.endpoints.token = None);
    let error = world.begin().await.unwrap_err();
    assert!(error.chain().contains("token_endpoint"), "{}", error.chain());
}

#[tokio::test]
async fn s_1_http_is_refused_unless_the_server_allows_it() {
    let world = World::new().await;
    let closed = OutboundPolicy { allow_http: false, ..support::policy() };
    let engine = Engine::new(closed, Arc::new(support::clock())).unwrap();
    let error = engine.discover(&world.integration.settings).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderAddressRefused);
    assert!(error.chain().contains("https://"), "the message says what to write: {}", error.chain());
    assert!(world.idp.requests().is_empty());
}

#[tokio::test]
async fn a_check_tells_what_the_provider_offers_and_counts_its_keys() {
    let world = World::new().await;
    let settings: &IntegrationSettings = &world.integration.settings;
    let metadata = world.engine.discover(settings).await.unwrap();
    assert!(metadata.iss_parameter);
    assert!(metadata.end_session.is_some());
    assert!(metadata.claims_supported.iter().any(|claim| claim == "groups"), "{metadata:?}");
    assert_eq!(metadata.response_modes, ["query", "form_post"]);
    assert_eq!(metadata.pkce_methods, ["S256"]);
    assert_eq!((&metadata.pushed_authorization, metadata.pushed_authorization_required), (&None, false));
    world.idp.config(|config| config.require_par = true);
    let metadata = world.engine.discover(settings).await.unwrap();
    assert!(metadata.pushed_authorization.is_some() && metadata.pushed_authorization_required);
    assert!(metadata.signing_algorithms.iter().any(|alg| alg == "RS256"), "{metadata:?}");
    assert!(world.engine.count_keys(settings, &metadata).await.unwrap() > 0);
    world.idp.set_fault(Some(Fault::JwksEmpty));
    assert_eq!(world.engine.count_keys(settings, &metadata).await.unwrap_err().failure(), F::KeysInvalid);
}
