//! One sign-in per fault of the provider: what the person is told, and that nothing more is asked of the provider.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::time::Duration;

use domain::claims::GroupsClaim;
use domain::login_failure::LoginFailure as F;
use fake_idp::{Alg, Endpoint, Expected, Fault, GroupsIn, Person, SECRET_MARKER, Stage};
use oidc::Timeouts;
use support::World;

/// The answer to every fault; `None`: the sign-in succeeds.
fn expected(fault: Fault) -> Option<F> {
    match fault {
        // CT-30, CT-62
        Fault::WrongNonce | Fault::MissingNonce => Some(F::NonceMismatch),
        // CT-16, CT-65, trap L7
        Fault::WrongAudience | Fault::SecondaryAudience | Fault::WrongAzp => Some(F::AudienceMismatch),
        // CT-18
        Fault::WrongIssuer => Some(F::IssuerMismatch),
        // CT-25, CT-27, CT-63
        Fault::MissingAudience | Fault::MissingIssuer | Fault::MissingIat | Fault::MissingExp => {
            Some(F::IdTokenInvalid)
        }
        // CT-28, trap L11
        Fault::MissingSubject | Fault::EmptySubject | Fault::LongSubject | Fault::ControlCharInSubject => {
            Some(F::SubjectInvalid)
        }
        // Trap L10
        Fault::IatInFuture | Fault::IatTooOld | Fault::NbfInFuture => Some(F::ClockSkew),
        Fault::ExpTooFar => Some(F::IdTokenInvalid),
        // CT-64
        Fault::ExpiredIdToken => Some(F::IdTokenExpired),
        // CT-15, trap L8
        Fault::WrongAtHash => Some(F::AccessTokenHash),
        Fault::DuplicateJsonKeys => Some(F::IdTokenInvalid),
        // CT-66, trap L15
        Fault::AudienceAsArray | Fault::StrangeClaimTypes => None,
        // Signed in, but the groups are known to be missing or unknown.
        Fault::GroupsMissing | Fault::GroupsOverage | Fault::HasGroups | Fault::AggregatedClaims => None,
        // CT-13, CT-20, CT-67
        Fault::AlgNone | Fault::Hs256WithSecret | Fault::Hs256WithPublicKey => Some(F::IdTokenAlgorithm),
        // CT-19, CT-21
        Fault::BadSignature | Fault::BadSignatureEs256 | Fault::WrongKey | Fault::UnknownKid => {
            Some(F::IdTokenSignature)
        }
        // ES256 is among the accepted algorithms; another test takes it away.
        Fault::AlternateAlg => None,
        // CT-22, CT-23
        Fault::KidAbsentSingleKey | Fault::KidAbsentManyKeys => None,
        // Trap L12: no usable key is left in the set.
        Fault::WeakRsaKey | Fault::EncryptUseKey | Fault::EncryptKeyOps => Some(F::KeysInvalid),
        // CT-52, CT-53
        Fault::RotatedKeys => None,
        // CT-5
        Fault::DiscoveryIssuerMismatch => Some(F::IssuerMismatch),
        Fault::DiscoveryRedirect
        | Fault::DiscoveryHuge
        | Fault::DiscoveryNotJson
        | Fault::DiscoveryJavascriptEndpoint
        | Fault::Discovery500
        | Fault::DiscoveryMissingJwksUri => Some(F::DiscoveryInvalid),
        // Trap L16
        Fault::DiscoveryPrivateJwks => Some(F::ProviderAddressRefused),
        Fault::SlowDiscovery | Fault::SlowToken | Fault::SlowUserinfo => Some(F::ProviderUnreachable),
        Fault::JwksEmpty | Fault::JwksHtml | Fault::Jwks500 | Fault::JwksHuge | Fault::JwksRedirect => {
            Some(F::KeysInvalid)
        }
        Fault::JwksStrangeKeys => None,
        Fault::TokenError => Some(F::CodeRejected),
        Fault::InvalidClient => Some(F::ClientRejected),
        Fault::TokenHtml
        | Fault::TokenHuge
        | Fault::TokenRedirect
        | Fault::NoIdToken
        | Fault::IdTokenNotAString
        | Fault::NoAccessToken
        | Fault::TokenTypeMac => Some(F::TokenResponseInvalid),
        // Trap L1
        Fault::HostileAccessToken => Some(F::TokenResponseInvalid),
        // CT-68, CT-69
        Fault::TokenTypeUpper | Fault::NoExpiresIn | Fault::WeirdExpiresIn => None,
        // CT-56, trap L9
        Fault::UserinfoWrongSub
        | Fault::UserinfoMissingSub
        | Fault::UserinfoStrangeSub
        | Fault::UserinfoSignedWrongSub => Some(F::UserinfoSubject),
        Fault::PushInvalidClient => Some(F::ClientRejected),
        Fault::PushRefused
        | Fault::PushNoRequestUri
        | Fault::PushStrangeUri
        | Fault::PushHtml
        | Fault::PushRedirect
        | Fault::Push500 => Some(F::RequestRejected),
        Fault::UserinfoSigned => None,
        Fault::UserinfoHuge
        | Fault::Userinfo500
        | Fault::UserinfoNotJson
        | Fault::UserinfoRedirect
        | Fault::UserinfoList
        | Fault::UserinfoSignedBadSignature
        | Fault::UserinfoSignedWrongKey
        | Fault::UserinfoSignedAlgNone
        | Fault::UserinfoSignedWithSecret
        | Fault::UserinfoSignedWrongAud
        | Fault::UserinfoSignedMissingAud
        | Fault::UserinfoSignedWrongIss
        | Fault::UserinfoSignedExpired => Some(F::UserinfoInvalid),
        // CT-58, CT-59
        Fault::CallbackMissingIss | Fault::CallbackWrongIss | Fault::CallbackErrorWrongIss => {
            Some(F::IssuerMismatch)
        }
        // CT-60, CT-61
        Fault::CallbackWrongState | Fault::CallbackMissingState => Some(F::StateMismatch),
        Fault::CallbackDuplicateState | Fault::CallbackDuplicateCode | Fault::CallbackCodeAndError => {
            Some(F::CallbackInvalid)
        }
        Fault::CallbackError => Some(F::ProviderRefused),
        Fault::EndSessionMissingState | Fault::EndSessionWrongState => None,
    }
}

/// How often token and userinfo endpoint may have been asked when the sign-in stops at that stage.
fn calls_before(stage: Stage) -> (usize, usize) {
    match stage {
        Stage::Discovery | Stage::Push | Stage::Callback => (0, 0),
        Stage::Token | Stage::IdToken | Stage::Jwks => (1, 0),
        Stage::Userinfo | Stage::EndSession => (1, 1),
    }
}

async fn world_for(fault: Fault) -> World {
    let mut world = World::new().await;
    if matches!(fault, Fault::SlowDiscovery | Fault::SlowToken | Fault::SlowUserinfo) {
        let short = Timeouts { connect: Duration::from_secs(3), total: Duration::from_millis(700) };
        world.engine = world.engine.with_timeouts(short).unwrap();
    }
    world.idp.set_fault(Some(fault));
    world
}

#[tokio::test]
async fn every_fault_has_its_answer_and_nothing_is_asked_after_it() {
    for fault in Fault::ALL.iter().copied() {
        let world = world_for(fault).await;
        let outcome = world.sign_in().await;
        let failure = outcome.as_ref().err().map(support::Stopped::failure);
        let why = outcome.as_ref().err().map(support::Stopped::shown).unwrap_or_default();
        assert_eq!(failure, expected(fault), "{}: {why}", fault.name());
        match fault.expected() {
            Expected::Refuse => assert!(failure.is_some(), "{}", fault.name()),
            Expected::Accept => assert!(failure.is_none(), "{}", fault.name()),
            Expected::Either => {}
        }
        if failure.is_some() {
            let calls = (world.count(Endpoint::Token), world.count(Endpoint::Userinfo));
            assert_eq!(calls, calls_before(fault.stage()), "{}", fault.name());
        }
        assert_eq!(
            world.count(Endpoint::Other),
            0,
            "{}: no redirect or claimed address is followed",
            fault.name()
        );
    }
}

#[tokio::test]
async fn no_error_shows_a_secret_a_code_or_a_token() {
    for fault in Fault::ALL.iter().copied().filter(|fault| expected(*fault).is_some()) {
        let world = world_for(fault).await;
        let begun = match world.begin().await {
            Ok(begun) => begun,
            Err(error) => {
                let shown = support::Stopped::Engine(error).shown();
                assert!(!shown.contains(world.idp.client_secret()), "{}: {shown}", fault.name());
                continue;
            }
        };
        let stopped = match world.come_back(&begun) {
            Err(stopped) => stopped,
            Ok(callback) => world.complete(&begun, &callback).await.unwrap_err().into(),
        };
        let shown = stopped.shown();
        let mut secrets = vec![
            world.idp.client_secret().to_owned(),
            SECRET_MARKER.to_owned(),
            begun.nonce.expose().to_owned(),
            begun.pkce_verifier.expose().to_owned(),
        ];
        for issued in world.idp.issued() {
            secrets.extend(issued.code);
            secrets.extend([issued.access_token, issued.id_token]);
        }
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!shown.contains(secret.as_str()), "{} shows {secret}: {shown}", fault.name());
        }
    }
}

#[tokio::test]
async fn ct_14_ct_67_each_accepted_algorithm_works_and_no_other() {
    use domain::integration::SigningAlgorithm as S;
    let mut world = World::new().await;
    for (alg, name) in
        [(Alg::Rs256, S::Rs256), (Alg::Es256, S::Es256), (Alg::Es512, S::Es512), (Alg::EdDsa, S::EdDsa)]
    {
        world.idp.config(|config| config.alg = alg);
        world.set(|s| s.signing_algorithms = vec![name]);
        world.sign_in().await.unwrap();
        world.set(|s| s.signing_algorithms = S::ALL.into_iter().filter(|other| *other != name).collect());
        let stopped = world.sign_in().await.unwrap_err();
        assert_eq!(stopped.failure(), F::IdTokenAlgorithm);
        assert!(stopped.shown().contains(name.as_str()), "the message names the algorithm");
    }
    // P-521 is verified apart from the others.
    world.set(|s| s.signing_algorithms = vec![S::Es512]);
    world.idp.config(|config| config.alg = Alg::Es512);
    for fault in [Fault::BadSignature, Fault::WrongKey, Fault::UnknownKid] {
        assert_eq!(world.failure(fault).await, Some(F::IdTokenSignature), "{}", fault.name());
    }
    assert_eq!(world.failure(Fault::WrongAtHash).await, Some(F::AccessTokenHash));
    world.idp.set_fault(None);
    world.set(|s| s.signing_algorithms = vec![S::Rs256]);
    world.idp.config(|config| config.alg = Alg::Rs256);
    assert_eq!(world.failure(Fault::AlternateAlg).await, Some(F::IdTokenAlgorithm));
}

#[tokio::test]
async fn s_30_the_clock_may_be_off_by_the_skew_and_no_more() {
    let world = World::new().await;
    for (offset, failure) in [
        (59, None),
        (-59, None),
        (60, None),
        (61, Some(F::ClockSkew)),
        (3600, Some(F::ClockSkew)),
        (90_000, Some(F::IdTokenInvalid)),
        (-3600, Some(F::IdTokenExpired)),
    ] {
        world.idp.set_clock_offset(offset);
        let stopped = world.sign_in().await.err();
        assert_eq!(stopped.as_ref().map(support::Stopped::failure), failure, "{offset}");
        if failure == Some(F::ClockSkew) {
            let shown = stopped.unwrap().shown();
            assert!(shown.contains("2026-01-01T00:00:00.000Z") && shown.contains("clock"), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_unpermitted_skew_is_cut_at_five_minutes() {
    let mut world = World::new().await;
    world.set(|s| s.clock_skew_seconds = 3600);
    world.idp.set_clock_offset(301);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::ClockSkew);
}

#[tokio::test]
async fn groups_that_were_left_out_are_never_taken_for_no_groups() {
    for (fault, groups) in [
        (Fault::GroupsOverage, GroupsClaim::Overage),
        (Fault::HasGroups, GroupsClaim::Overage),
        (Fault::GroupsMissing, GroupsClaim::Missing),
    ] {
        let world = world_for(fault).await;
        assert_eq!(world.sign_in().await.unwrap().groups, groups, "{}", fault.name());
    }
    let world = world_for(Fault::AggregatedClaims).await;
    world.idp.config(|config| config.groups = GroupsIn::Userinfo);
    assert_eq!(world.sign_in().await.unwrap().groups, GroupsClaim::Overage, "an embedded JWT is not read");
}

#[tokio::test]
async fn max_age_is_checked_when_it_was_asked_for() {
    let mut world = World::new().await;
    world.set(|s| s.max_age = Some(300));
    assert_eq!(world.sign_in().await.unwrap().auth_time, Some(support::START));
    // The code lives long enough here; the authentication is what has aged.
    world.idp.config(|config| config.code_lifetime = 3600);
    let begun = world.begin().await.unwrap();
    let callback = world.come_back(&begun).unwrap();
    world.pass(361);
    assert_eq!(world.complete(&begun, &callback).await.unwrap_err().failure(), F::AuthenticationTooWeak);
}

#[tokio::test]
async fn acr_is_checked_when_it_was_asked_for() {
    let mut world = World::new().await;
    world.set(|s| s.acr_values = vec!["phr".to_owned(), "phrh".to_owned()]);
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::AuthenticationTooWeak, "no acr");
    world.idp.set_person(Person::new("alice").claim("acr", "pwd"));
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::AuthenticationTooWeak, "another");
    world.idp.set_person(Person::new("alice").claim("acr", "phrh"));
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn any_visible_ascii_subject_is_kept_as_it_is() {
    let world = World::new().await;
    for sub in ["a", " ", "auth0|5f7c8ec7", "CN=Ada, O=\"X\" <a@b>", &"x".repeat(255)] {
        world.idp.set_person(Person::new(sub));
        assert_eq!(world.sign_in().await.unwrap().subject, sub);
    }
    for sub in ["é", "a\u{7f}", "a\tb", &"x".repeat(256)] {
        world.idp.set_person(Person::new(sub));
        assert_eq!(world.sign_in().await.unwrap_err().failure(), F::SubjectInvalid, "{sub:?}");
    }
}
