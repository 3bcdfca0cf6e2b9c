//! Keys that rotate, vanish or cannot be had.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::login_failure::LoginFailure as F;
use fake_idp::{Endpoint, Fault};
use support::World;

#[tokio::test]
async fn the_keys_are_read_once_for_many_logins() {
    let world = World::new().await;
    for _ in 0..3 {
        world.sign_in().await.unwrap();
    }
    assert_eq!(world.count(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn ct_52_s_24_new_keys_are_fetched_exactly_once() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    world.idp.rotate_keys();
    world.sign_in().await.unwrap();
    world.sign_in().await.unwrap();
    assert_eq!(world.count(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn ct_53_keys_that_rotate_right_before_signing_are_fetched_and_accepted() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    world.idp.set_fault(Some(Fault::RotatedKeys));
    world.sign_in().await.unwrap();
    assert_eq!(world.count(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn s_25_a_hundred_logins_with_unknown_keys_cost_one_fetch_per_cool_down() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    world.idp.set_fault(Some(Fault::UnknownKid));
    world.idp.clear_requests();
    let outcomes = futures::future::join_all((0..100).map(|_| world.sign_in())).await;
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().failure(), F::IdTokenSignature);
    }
    assert_eq!(world.count(Endpoint::Jwks), 1);
    world.pass(29);
    world.sign_in().await.unwrap_err();
    assert_eq!(world.count(Endpoint::Jwks), 1, "still cooling down");
    world.pass(1);
    world.sign_in().await.unwrap_err();
    assert_eq!(world.count(Endpoint::Jwks), 2);
    world.idp.set_fault(None);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn during_the_cool_down_a_rotated_key_is_refused_and_afterwards_taken() {
    let world = World::new().await;
    world.failure(Fault::UnknownKid).await.unwrap();
    world.idp.set_fault(None);
    world.idp.rotate_keys();
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::IdTokenSignature, "fails closed");
    world.pass(30);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn s_26_s_29_known_keys_outlive_a_bad_key_set_for_a_day() {
    for fault in [Fault::Jwks500, Fault::JwksEmpty, Fault::JwksHtml, Fault::JwksRedirect, Fault::JwksHuge] {
        let world = World::new().await;
        world.sign_in().await.unwrap();
        world.idp.set_fault(Some(fault));
        world.pass(3600);
        world.sign_in().await.unwrap();
        assert_eq!(world.count(Endpoint::Jwks), 2, "{}: it was asked again", fault.name());
        world.sign_in().await.unwrap();
        assert_eq!(world.count(Endpoint::Jwks), 2, "{}: but not by every login", fault.name());
        world.pass(24 * 3600);
        assert_eq!(world.sign_in().await.unwrap_err().failure(), F::KeysInvalid, "{}", fault.name());
    }
}

#[tokio::test]
async fn a_poisoned_set_at_a_rotation_does_not_drive_the_good_keys_out() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    world.idp.set_faults(vec![Fault::UnknownKid, Fault::JwksEmpty]);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::IdTokenSignature);
    world.idp.set_fault(None);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_key_set_that_fails_at_first_is_tried_again_at_the_next_login() {
    let world = World::new().await;
    assert_eq!(world.failure(Fault::Jwks500).await, Some(F::KeysInvalid));
    world.idp.set_fault(None);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn forgetting_an_integration_fetches_its_keys_anew() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    world.engine.forget(&world.integration.id);
    world.sign_in().await.unwrap();
    assert_eq!(world.count(Endpoint::Jwks), 2);
}
