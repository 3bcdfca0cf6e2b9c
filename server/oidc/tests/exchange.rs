//! The code becomes tokens: what is sent, and what the whole sign-in gives.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::claims::GroupsClaim;
use domain::integration::ClientAuthMethod;
use domain::login_failure::LoginFailure as F;
use domain::secret::Secret;
use fake_idp::{ClientAuth, Endpoint, Fault, Person};
use oidc::{Callback, CallbackProblem};
use support::{REDIRECT, START, World};

#[tokio::test]
async fn ct_1_a_good_sign_in_gives_the_person_with_claims_and_groups() {
    let world = World::new().await;
    world.idp.set_person(Person::new("alice").groups(&["staff", "ops"]));
    let person = world.sign_in().await.unwrap();
    assert_eq!(person.issuer, world.idp.issuer());
    assert_eq!(person.subject, "alice");
    assert_eq!(person.idp_session_id, Some(world.idp.issued()[0].sid.clone()));
    assert_eq!(person.groups, GroupsClaim::Groups(vec!["staff".to_owned(), "ops".to_owned()]));
    assert_eq!((person.auth_time, person.id_token_iat), (Some(START), START));
    assert_eq!(person.claims.as_map()["email"], "alice@example.com");
    assert_eq!(person.sources["email"], "userinfo");
    assert_eq!(person.sources["iss"], "id_token");
    let order: Vec<_> = world.idp.requests().iter().map(|request| request.endpoint).collect();
    use Endpoint::{Authorize, Discovery, Jwks, Token, Userinfo};
    // CT-6, CT-7: discovery is used, and the keys are read before userinfo.
    assert_eq!(order, [Discovery, Authorize, Token, Jwks, Userinfo]);
}

#[tokio::test]
async fn the_code_travels_with_its_verifier_and_the_same_redirect_uri_and_no_secret_in_the_body() {
    let world = World::new().await;
    let begun = world.begin().await.unwrap();
    let callback = world.come_back(&begun).unwrap();
    world.complete(&begun, &callback).await.unwrap();
    let token = world.idp.requests().into_iter().find(|request| request.endpoint == Endpoint::Token).unwrap();
    assert_eq!(token.method, "POST");
    assert!(token.query.is_empty());
    assert_eq!(token.param("grant_type"), Some("authorization_code"));
    assert_eq!(token.param("redirect_uri"), Some(REDIRECT));
    assert_eq!(token.param("code_verifier"), Some(begun.pkce_verifier.expose()));
    assert_eq!(token.param("client_secret"), None);
    // The fake provider decodes Basic by RFC 6749 section 2.3.1, and its secret holds characters that change.
    assert!(token.authorization.unwrap().starts_with("Basic "));
}

#[tokio::test]
async fn ct_4_client_secret_basic_and_post_are_used_as_registered() {
    let mut world = World::new().await;
    world.idp.config(|config| config.client_auth = ClientAuth::Basic);
    world.sign_in().await.unwrap();
    world.set(|s| s.client_auth_method = ClientAuthMethod::ClientSecretPost);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::ClientRejected);
    world.idp.config(|config| config.client_auth = ClientAuth::Post);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_secret_names_itself_in_the_body() {
    let mut world = World::new().await;
    world.idp.config(|config| config.client_auth = ClientAuth::Public);
    world.secret = Secret::default();
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_wrong_secret_is_told_apart_from_a_wrong_code() {
    let mut world = World::new().await;
    let begun = world.begin().await.unwrap();
    let callback = world.come_back(&begun).unwrap();
    world.complete(&begun, &callback).await.unwrap();
    let again = world.complete(&begun, &callback).await.unwrap_err();
    assert_eq!(again.failure(), F::CodeRejected, "a code works once");
    assert_eq!(again.foreign(), Some("invalid_grant"));
    world.secret = Secret::new("another");
    let rejected = world.sign_in().await.unwrap_err();
    assert_eq!(rejected.failure(), F::ClientRejected);
    assert!(rejected.shown().contains("client secret"), "the message says what to check");
}

#[tokio::test]
async fn a_token_request_is_never_sent_twice() {
    let world = World::new().await;
    for fault in [Fault::TokenError, Fault::TokenRedirect, Fault::TokenHtml, Fault::NoIdToken] {
        world.idp.clear_requests();
        assert!(world.failure(fault).await.is_some());
        assert_eq!(world.count(Endpoint::Token), 1, "{}", fault.name());
    }
}

#[tokio::test]
async fn what_the_provider_says_in_the_browser_is_kept_cleaned_and_short() {
    let callback =
        Callback::parse("state=s&error=access_denied&error_description=a%00b%0Ac%E2%80%AEd").unwrap();
    let world = World::new().await;
    let begun = world.begin().await.unwrap();
    world.idp.config(|config| config.iss_parameter = false);
    let with_iss = Callback { iss: Some(world.idp.issuer()), ..callback };
    let error = world.complete(&begun, &with_iss).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderRefused);
    assert_eq!(error.foreign(), Some("access_denied: abcd"));
    assert!(!error.chain().contains("access_denied"), "foreign text is kept apart: {}", error.chain());
    let long = format!("state=s&error=x&error_description={}", "y".repeat(5000));
    let long = Callback { iss: Some(world.idp.issuer()), ..Callback::parse(&long).unwrap() };
    let error = world.complete(&begun, &long).await.unwrap_err();
    assert_eq!(error.foreign().unwrap().chars().count(), 300);
}

#[tokio::test]
async fn an_issuer_that_changed_during_the_login_ends_it_before_the_code_is_sent() {
    let world = World::new().await;
    let begun = world.begin().await.unwrap();
    let callback = world.come_back(&begun).unwrap();
    let mut attempt = world.attempt(&begun);
    attempt.issuer = "https://before.example".to_owned();
    let outcome = world.engine.complete(&world.integration, Some(&world.secret), &attempt, &callback).await;
    assert_eq!(outcome.unwrap_err().failure(), F::IssuerMismatch);
    assert_eq!(world.count(Endpoint::Token), 0);
}

#[test]
fn ct_61_the_callback_is_read_strictly_and_names_the_attempt_when_it_can() {
    use CallbackProblem as P;
    let long = format!("state=s&code={}", "c".repeat(17 * 1024));
    let long_state = format!("state={}&code=c", "s".repeat(600));
    for (query, problem, state) in [
        ("", P::MissingState, None),
        ("code=c", P::MissingState, None),
        ("state=&code=c", P::MissingState, None),
        ("state=s", P::Neither, Some("s")),
        ("state=s&code=", P::Neither, Some("s")),
        ("state=s&code=c&error=e", P::CodeAndError, Some("s")),
        ("state=s&state=s&code=c", P::Duplicate, None),
        ("state=s&state=&code=c", P::Duplicate, None),
        ("state=s&code=c&code=c", P::Duplicate, Some("s")),
        ("state=s&code=c&iss=a&iss=a", P::Duplicate, Some("s")),
        ("state=s&error=e&error_description=a&error_description=b", P::Duplicate, Some("s")),
        ("state=%00&code=c", P::BadState, None),
        ("state=s&code=%0Ac", P::BadCode, Some("s")),
        (&long, P::TooLong, None),
        (&long_state, P::BadState, None),
    ] {
        let error = Callback::parse(query).unwrap_err();
        assert_eq!((error.problem(), error.state()), (problem, state), "{query:.60}");
    }
}

#[tokio::test]
async fn ct_59_an_empty_iss_is_a_wrong_one() {
    let world = World::new().await;
    let begun = world.begin().await.unwrap();
    let callback = Callback { iss: Some(String::new()), ..world.come_back(&begun).unwrap() };
    assert_eq!(world.complete(&begun, &callback).await.unwrap_err().failure(), F::IssuerMismatch);
    assert_eq!(world.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn an_answer_without_iss_is_taken_when_the_provider_promises_none() {
    let world = World::new().await;
    world.idp.config(|config| config.iss_parameter = false);
    world.sign_in().await.unwrap();
}
