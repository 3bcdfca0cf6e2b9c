//! Userinfo: when it is asked, how, and what its answer may change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::claims::GroupsClaim;
use domain::integration::{UserinfoAuth, UserinfoMode};
use domain::login_failure::LoginFailure as F;
use fake_idp::{Endpoint, Fault, GroupsIn, Person, UserinfoToken};
use serde_json::json;
use support::World;

#[tokio::test]
async fn ct_55_the_access_token_travels_in_the_header_and_nowhere_else() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    let asked =
        world.idp.requests().into_iter().find(|request| request.endpoint == Endpoint::Userinfo).unwrap();
    assert_eq!(asked.method, "GET");
    assert_eq!(asked.authorization, Some(format!("Bearer {}", world.idp.issued()[0].access_token)));
    assert!(asked.query.is_empty() && asked.body.is_empty());
}

#[tokio::test]
async fn it_is_asked_as_the_mode_says() {
    let mut world = World::new().await;
    for (mode, offered, calls, failure) in [
        (UserinfoMode::Auto, true, 1, None),
        (UserinfoMode::Auto, false, 0, None),
        (UserinfoMode::Always, true, 1, None),
        (UserinfoMode::Always, false, 0, Some(F::UserinfoInvalid)),
        (UserinfoMode::Never, true, 0, None),
        (UserinfoMode::Never, false, 0, None),
    ] {
        world.idp.config(|config| config.userinfo_endpoint = offered);
        world.set(|s| s.userinfo = mode);
        world.idp.clear_requests();
        assert_eq!(
            world.sign_in().await.err().map(|stopped| stopped.failure()),
            failure,
            "{mode:?} {offered}"
        );
        assert_eq!(world.count(Endpoint::Userinfo), calls, "{mode:?} {offered}");
    }
}

#[tokio::test]
async fn ct_50_claims_that_only_userinfo_has_are_used() {
    let world = World::new().await;
    let mut person = Person::new("alice").without("email");
    person.userinfo.insert("email".to_owned(), json!("new@example.com"));
    person.userinfo.insert("name".to_owned(), json!("Newer Name"));
    person.groups = Some(json!(["from-userinfo"]));
    world.idp.config(|config| config.groups = GroupsIn::Userinfo);
    world.idp.set_person(person);
    let signed_in = world.sign_in().await.unwrap();
    let claims = signed_in.claims.as_map();
    assert_eq!((&claims["email"], &claims["name"]), (&json!("new@example.com"), &json!("Newer Name")));
    assert_eq!(signed_in.groups, GroupsClaim::Groups(vec!["from-userinfo".to_owned()]));
    assert_eq!(signed_in.sources["groups"], "userinfo");
}

#[tokio::test]
async fn ct_56_an_answer_about_somebody_else_ends_the_login() {
    let world = World::new().await;
    assert_eq!(world.failure(Fault::UserinfoWrongSub).await, Some(F::UserinfoSubject));
    assert_eq!(world.failure(Fault::UserinfoMissingSub).await, Some(F::UserinfoSubject));
}

#[tokio::test]
async fn it_cannot_replace_what_the_signed_token_says_of_the_sign_in() {
    let world = World::new().await;
    let mut person = Person::new("alice");
    for name in ["iss", "aud", "exp", "iat", "nonce", "sid", "acr", "amr", "azp", "auth_time", "at_hash"] {
        person.userinfo.insert(name.to_owned(), json!("forged"));
    }
    world.idp.set_person(person);
    let signed_in = world.sign_in().await.unwrap();
    assert_eq!(signed_in.issuer, world.idp.issuer());
    assert_ne!(signed_in.idp_session_id.as_deref(), Some("forged"));
    assert!(!signed_in.claims.as_map().values().any(|value| value == "forged"));
}

#[tokio::test]
async fn a_failing_answer_never_counts_as_no_groups() {
    let mut world = World::new().await;
    for mode in [UserinfoMode::Auto, UserinfoMode::Always] {
        world.set(|s| s.userinfo = mode);
        for fault in
            [Fault::Userinfo500, Fault::UserinfoNotJson, Fault::UserinfoRedirect, Fault::UserinfoHuge]
        {
            assert_eq!(world.failure(fault).await, Some(F::UserinfoInvalid), "{mode:?} {}", fault.name());
        }
    }
}

#[tokio::test]
async fn ct_57_a_signed_answer_is_checked_and_used() {
    let world = World::new().await;
    world.idp.config(|config| config.groups = GroupsIn::Userinfo);
    world.idp.set_person(Person::new("alice").groups(&["from-userinfo"]));
    world.idp.set_fault(Some(Fault::UserinfoSigned));
    let signed_in = world.sign_in().await.unwrap();
    assert_eq!(signed_in.groups, GroupsClaim::Groups(vec!["from-userinfo".to_owned()]));
    assert_eq!(signed_in.issuer, world.idp.issuer());
}

#[tokio::test]
async fn a_signed_answer_is_refused_for_whatever_is_wrong_with_it_and_never_read_all_the_same() {
    let mut world = World::new().await;
    for (fault, failure, says) in [
        (Fault::UserinfoSignedBadSignature, F::UserinfoInvalid, "its signature is wrong"),
        (Fault::UserinfoSignedWrongKey, F::UserinfoInvalid, "its signature is wrong"),
        (Fault::UserinfoSignedAlgNone, F::UserinfoInvalid, "its algorithm none is not among the accepted"),
        (
            Fault::UserinfoSignedWithSecret,
            F::UserinfoInvalid,
            "its algorithm HS256 is not among the accepted",
        ),
        (Fault::UserinfoSignedWrongAud, F::UserinfoInvalid, "its aud is not our client id"),
        (Fault::UserinfoSignedMissingAud, F::UserinfoInvalid, "it has no aud"),
        (Fault::UserinfoSignedWrongIss, F::UserinfoInvalid, "its iss is not the integration's issuer"),
        (Fault::UserinfoSignedExpired, F::UserinfoInvalid, "it expired at"),
        (Fault::UserinfoSignedWrongSub, F::UserinfoSubject, "somebody else"),
    ] {
        world.idp.set_fault(Some(fault));
        let stopped = world.sign_in().await.unwrap_err();
        assert_eq!(stopped.failure(), failure, "{}", fault.name());
        assert!(stopped.shown().contains(says), "{}: {}", fault.name(), stopped.shown());
    }
    // The same list of algorithms as for ID tokens.
    world.idp.set_fault(Some(Fault::UserinfoSigned));
    world.idp.config(|config| config.alg = fake_idp::Alg::Es384);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::IdTokenAlgorithm);
    world.set(|s| s.signing_algorithms.push(domain::integration::SigningAlgorithm::Es384));
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn the_access_token_travels_as_the_integration_says_and_in_one_place_only() {
    let mut world = World::new().await;
    for (way, wanted, method) in [
        (UserinfoAuth::Form, UserinfoToken::Form, "POST"),
        (UserinfoAuth::Query, UserinfoToken::Query, "GET"),
        (UserinfoAuth::Header, UserinfoToken::Header, "GET"),
    ] {
        world.set(|s| s.userinfo_auth = way);
        world.idp.config(|config| config.userinfo_token = wanted);
        world.idp.clear_requests();
        // The fake provider takes it at the one place only.
        world.sign_in().await.unwrap();
        let requests = world.idp.requests();
        let asked = requests.iter().find(|request| request.endpoint == Endpoint::Userinfo).unwrap();
        assert_eq!(asked.method, method, "{way:?}");
    }
    world.idp.config(|config| config.userinfo_token = UserinfoToken::Form);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::UserinfoInvalid, "401 is no answer");
    world.set(|s| s.userinfo_auth = UserinfoAuth::Form);
    for fault in [Fault::Userinfo500, Fault::UserinfoRedirect, Fault::UserinfoHuge, Fault::UserinfoNotJson] {
        assert_eq!(world.failure(fault).await, Some(F::UserinfoInvalid), "by form: {}", fault.name());
    }
    assert_eq!(world.count(Endpoint::Other), 0);
}

#[tokio::test]
async fn a_token_in_the_url_is_in_no_error() {
    let mut world = World::new().await;
    world.set(|s| s.userinfo_auth = UserinfoAuth::Query);
    world.idp.config(|config| config.userinfo_token = UserinfoToken::Query);
    for fault in
        [Fault::Userinfo500, Fault::UserinfoRedirect, Fault::UserinfoNotJson, Fault::UserinfoMissingSub]
    {
        world.idp.set_fault(Some(fault));
        let shown = world.sign_in().await.unwrap_err().shown();
        let token = world.idp.issued().last().unwrap().access_token.clone();
        assert!(!shown.contains(&token) && !shown.contains("access_token="), "{}: {shown}", fault.name());
    }
}

#[tokio::test]
async fn ct_3_ct_10_aggregated_and_distributed_claims_are_neither_fetched_nor_believed() {
    let world = World::new().await;
    world.idp.config(|config| config.groups = GroupsIn::Userinfo);
    for fault in [Fault::AggregatedClaims, Fault::GroupsOverage] {
        world.idp.set_fault(Some(fault));
        assert_eq!(world.sign_in().await.unwrap().groups, GroupsClaim::Overage, "{}", fault.name());
        assert_eq!(world.count(Endpoint::Other), 0, "{}", fault.name());
    }
}
