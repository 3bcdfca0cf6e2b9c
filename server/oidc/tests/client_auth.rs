//! How the token endpoint knows us, and requests that are pushed to the provider.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::integration::{ClientAuthMethod, PushedAuthorization};
use domain::login_failure::LoginFailure as F;
use domain::secret::Secret;
use fake_idp::{ClientAuth, Endpoint, Fault, Recorded};
use oidc::ClientKey;
use serde_json::Value;
use support::{START, World};
use url::Url;

fn sent(world: &World, endpoint: Endpoint) -> Recorded {
    world.idp.requests().into_iter().rfind(|request| request.endpoint == endpoint).unwrap()
}

/// Header and claims of the client assertion that was sent.
fn assertion(request: &Recorded) -> (Value, Value) {
    let text = request.param("client_assertion").unwrap();
    let parts: Vec<&str> = text.split('.').collect();
    assert_eq!(parts.len(), 3);
    let read = |part: &str| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(parts[0]), read(parts[1]))
}

/// A world in which we have a key that the provider knows.
async fn with_key() -> World {
    let mut world = World::new().await;
    let (key, _) = ClientKey::generate().unwrap();
    world.idp.config(|config| {
        config.client_auth = ClientAuth::PrivateKeyJwt;
        config.client_jwks = vec![key.public_jwk()];
    });
    world.engine.use_client_key(Arc::new(key));
    world.set(|s| s.client_auth_method = ClientAuthMethod::PrivateKeyJwt);
    world
}

#[tokio::test]
async fn ct_4_a_jwt_under_the_secret_shows_who_we_are_and_the_secret_stays_here() {
    let mut world = World::new().await;
    world.set(|s| s.client_auth_method = ClientAuthMethod::ClientSecretJwt);
    world.idp.config(|config| config.client_auth = ClientAuth::SecretJwt);
    world.sign_in().await.unwrap();
    let token = sent(&world, Endpoint::Token);
    let (header, claims) = assertion(&token);
    assert_eq!(header["alg"], "HS256");
    assert_eq!((token.param("client_secret"), token.authorization.as_deref()), (None, None));
    assert_eq!(claims["aud"], format!("{}token", world.idp.issuer()));
    world.secret = Secret::new("another");
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::ClientRejected);
    world.secret = Secret::default();
    let stopped = world.sign_in().await.unwrap_err();
    assert_eq!(stopped.failure(), F::Internal);
    assert!(stopped.shown().contains("needs a client secret"), "{}", stopped.shown());
}

#[tokio::test]
async fn ct_4_a_jwt_of_our_own_key_names_the_key_lives_a_minute_and_is_new_each_time() {
    let world = with_key().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        world.sign_in().await.unwrap();
        let token = sent(&world, Endpoint::Token);
        let (header, claims) = assertion(&token);
        assert_eq!((&header["alg"], &header["typ"]), (&Value::from("ES256"), &Value::from("JWT")));
        assert_eq!(header["kid"].as_str().unwrap().len(), 43, "an RFC 7638 thumbprint");
        assert_eq!(
            (&claims["iss"], &claims["sub"]),
            (&world.idp.client_id().into(), &world.idp.client_id().into())
        );
        assert_eq!((&claims["iat"], &claims["exp"]), (&START.into(), &(START + 60).into()));
        assert!(seen.insert(claims["jti"].as_str().unwrap().to_owned()), "a jti comes twice");
        assert_eq!((token.param("client_secret"), token.authorization.as_deref()), (None, None));
    }
}

#[tokio::test]
async fn a_key_that_the_provider_does_not_know_is_refused_and_without_any_nothing_is_sent() {
    let mut world = with_key().await;
    world.engine.use_client_key(Arc::new(ClientKey::generate().unwrap().0));
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::ClientRejected);
    let mut without = World::new().await;
    without.set(|s| s.client_auth_method = ClientAuthMethod::PrivateKeyJwt);
    assert_eq!(without.sign_in().await.unwrap_err().failure(), F::Internal);
    assert_eq!(without.count(Endpoint::Token), 0);
    // Not the secret in place of the key either.
    world.set(|s| s.client_auth_method = ClientAuthMethod::ClientSecretBasic);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::ClientRejected);
}

#[tokio::test]
async fn a_public_client_never_sends_a_secret_that_is_still_stored() {
    let mut world = World::new().await;
    world.set(|s| s.client_auth_method = ClientAuthMethod::None);
    world.idp.config(|config| config.client_auth = ClientAuth::Public);
    world.sign_in().await.unwrap();
    let token = sent(&world, Endpoint::Token);
    assert_eq!(token.param("client_id"), Some(world.idp.client_id()));
    assert_eq!((token.param("client_secret"), token.authorization.as_deref()), (None, None));
}

#[tokio::test]
async fn a_provider_that_offers_it_gets_the_request_past_the_browser() {
    let mut world = World::new().await;
    world.idp.config(|config| config.par = true);
    let begun = world.begin().await.unwrap();
    let url = Url::parse(&begun.url).unwrap();
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"], "the browser carries nothing else");
    let pushed = sent(&world, Endpoint::Push);
    assert_eq!(pushed.param("state"), Some(begun.state.expose()));
    assert_eq!(pushed.param("nonce"), Some(begun.nonce.expose()));
    assert!(pushed.authorization.unwrap().starts_with("Basic "));
    let callback = world.come_back(&begun).unwrap();
    assert_eq!(world.complete(&begun, &callback).await.unwrap().subject, "alice");
    world.set(|s| s.pushed_authorization = PushedAuthorization::Never);
    world.idp.clear_requests();
    world.sign_in().await.unwrap();
    assert_eq!(world.count(Endpoint::Push), 0);
}

#[tokio::test]
async fn a_provider_that_takes_no_other_requests_gets_it_so_whatever_is_set() {
    let mut world = World::new().await;
    world.idp.config(|config| config.require_par = true);
    world.set(|s| s.pushed_authorization = PushedAuthorization::Never);
    world.sign_in().await.unwrap();
    assert_eq!(world.count(Endpoint::Push), 1);
}

#[tokio::test]
async fn every_client_authentication_works_for_pushed_requests_and_an_assertion_there_names_the_issuer() {
    for (method, wanted) in [
        (ClientAuthMethod::ClientSecretBasic, ClientAuth::Basic),
        (ClientAuthMethod::ClientSecretPost, ClientAuth::Post),
        (ClientAuthMethod::ClientSecretJwt, ClientAuth::SecretJwt),
        (ClientAuthMethod::PrivateKeyJwt, ClientAuth::PrivateKeyJwt),
        (ClientAuthMethod::None, ClientAuth::Public),
    ] {
        let mut world = with_key().await;
        world.set(|s| s.client_auth_method = method);
        world.idp.config(|config| {
            config.client_auth = wanted;
            config.require_par = true;
        });
        world.sign_in().await.unwrap_or_else(|stopped| panic!("{method:?}: {}", stopped.shown()));
        if matches!(method, ClientAuthMethod::ClientSecretJwt | ClientAuthMethod::PrivateKeyJwt) {
            let (_, claims) = assertion(&sent(&world, Endpoint::Push));
            assert_eq!(claims["aud"], world.idp.issuer());
        }
    }
}

#[tokio::test]
async fn a_refused_push_ends_the_login_and_never_falls_back_to_an_open_request() {
    let world = World::new().await;
    for (fault, failure) in [
        (Fault::PushRefused, F::RequestRejected),
        (Fault::PushInvalidClient, F::ClientRejected),
        (Fault::PushNoRequestUri, F::RequestRejected),
        (Fault::PushStrangeUri, F::RequestRejected),
        (Fault::PushHtml, F::RequestRejected),
        (Fault::PushRedirect, F::RequestRejected),
        (Fault::Push500, F::RequestRejected),
    ] {
        world.idp.set_fault(Some(fault));
        world.idp.clear_requests();
        let error = world.begin().await.unwrap_err();
        assert_eq!(error.failure(), failure, "{}", fault.name());
        assert_eq!(world.count(Endpoint::Push), 1, "{}: sent once", fault.name());
        assert_eq!(world.count(Endpoint::Other), 0, "{}", fault.name());
        assert!(!error.chain().contains("<b>") && !format!("{:?}", error.foreign()).contains("<b>"));
    }
}
