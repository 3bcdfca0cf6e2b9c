//! Live groups: what a refresh must say, and what it may not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::claims::GroupsClaim;
use domain::login_failure::LoginFailure as F;
use domain::secret::Secret;
use fake_idp::{Fault, Person};
use oidc::{Error, RefreshToken, Refreshed, VerifyError};
use support::World;

async fn live() -> (World, RefreshToken) {
    let mut world = World::new().await;
    world.set(|settings| settings.live_groups = true);
    world.idp.config(|config| config.refresh_tokens = true);
    world.idp.set_person(Person::new("bob").groups(&["a"]));
    let token = world.sign_in().await.unwrap().refresh_token.expect("a refresh token");
    (world, token)
}

async fn refresh(world: &World, token: &RefreshToken) -> Result<Refreshed, Error> {
    world.engine.refresh(&world.integration, Some(&world.secret), token, "bob").await
}

fn groups(names: &[&str]) -> GroupsClaim {
    GroupsClaim::Groups(names.iter().map(|name| (*name).to_owned()).collect())
}

#[tokio::test]
async fn a_refresh_brings_new_groups_and_the_next_token() {
    let (world, token) = live().await;
    world.idp.change_person(Person::new("bob").groups(&["a", "b"]));
    world.pass(900);
    let refreshed = refresh(&world, &token).await.unwrap();
    assert_eq!(refreshed.who.unwrap().groups, groups(&["a", "b"]));
    let next = RefreshToken { token: refreshed.rotated.unwrap(), ..token.clone() };
    assert_ne!(next.token.expose(), token.token.expose());
    assert!(refresh(&world, &next).await.unwrap().who.is_ok());
    let error = refresh(&world, &token).await.unwrap_err();
    assert!(error.is_invalid_grant(), "{error:?}");
}

#[tokio::test]
async fn no_token_is_kept_unless_live_groups_are_wanted() {
    let world = World::new().await;
    world.idp.config(|config| config.refresh_tokens = true);
    assert!(world.sign_in().await.unwrap().refresh_token.is_none());
}

#[tokio::test]
async fn the_id_token_of_a_refresh_is_verified_as_any_other() {
    for (fault, failure) in [
        (Fault::BadSignature, Some(F::IdTokenSignature)),
        (Fault::AlgNone, Some(F::IdTokenAlgorithm)),
        (Fault::WrongIssuer, Some(F::IssuerMismatch)),
        (Fault::WrongAudience, Some(F::AudienceMismatch)),
        (Fault::ExpiredIdToken, Some(F::IdTokenExpired)),
        (Fault::WrongAtHash, Some(F::AccessTokenHash)),
        (Fault::WrongNonce, Some(F::NonceMismatch)),
        // OpenID Connect Core 1.0 section 12.2: it should have none.
        (Fault::MissingNonce, None),
        (Fault::UserinfoWrongSub, Some(F::UserinfoSubject)),
        (Fault::Userinfo500, Some(F::UserinfoInvalid)),
    ] {
        let (world, token) = live().await;
        world.idp.set_fault(Some(fault));
        let refreshed = refresh(&world, &token).await.unwrap();
        assert_eq!(refreshed.who.as_ref().err().map(Error::failure), failure, "{fault:?}");
        assert!(refreshed.rotated.is_some(), "{fault:?}: the next token is not lost");
    }
}

#[tokio::test]
async fn somebody_elses_token_is_refused() {
    let (world, token) = live().await;
    let integration = &world.integration;
    let refreshed = world.engine.refresh(integration, Some(&world.secret), &token, "ann").await.unwrap();
    assert!(matches!(refreshed.who, Err(Error::IdToken(VerifyError::OtherSubject))));
}

#[tokio::test]
async fn another_answer_than_invalid_grant_is_no_end() {
    let (world, token) = live().await;
    world.idp.config(|config| config.token_down = true);
    assert!(!refresh(&world, &token).await.unwrap_err().is_invalid_grant());
    world.idp.config(|config| config.token_down = false);
    world.idp.set_fault(Some(Fault::InvalidClient));
    assert!(!refresh(&world, &token).await.unwrap_err().is_invalid_grant());
    world.idp.set_fault(None);
    let unknown = RefreshToken { token: Secret::new("unknown"), nonce_hash: String::new() };
    let error = refresh(&world, &unknown).await.unwrap_err();
    assert!(error.is_invalid_grant() && !error.chain().contains("unknown,"), "{error:?}");
}

#[tokio::test]
async fn without_an_id_token_userinfo_alone_says_the_groups() {
    let (world, token) = live().await;
    world.idp.config(|config| config.refresh_without_id_token = true);
    world.idp.change_person(Person::new("bob").groups(&["c"]));
    let refreshed = refresh(&world, &token).await.unwrap();
    let who = refreshed.who.unwrap();
    assert_eq!((who.subject.as_str(), who.groups), ("bob", groups(&["c"])));
    world.idp.change_person(Person::new("bob"));
    let next = RefreshToken { token: refreshed.rotated.unwrap(), ..token };
    let who = refresh(&world, &next).await.unwrap().who.unwrap();
    assert_eq!(who.groups, GroupsClaim::Malformed, "not known, which is not none");
}
