//! OAuth 2.0 without OpenID Connect: who somebody is comes from userinfo alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::claims::{ClaimPath, GroupsClaim};
use domain::integration::{IntegrationSettings, Protocol, UserinfoAuth};
use domain::login_failure::LoginFailure as F;
use fake_idp::{Endpoint, Fault, Person, UserinfoToken};
use oidc::{Error, RefreshToken, UserinfoError};
use serde_json::{Value, json};
use support::{START, World};
use url::Url;

async fn plain() -> World {
    let mut world = World::new().await;
    world.idp.config(|config| config.openid = false);
    let base = world.idp.issuer();
    world.set(|s| {
        s.protocol = Protocol::OAuth2;
        s.issuer = String::new();
        s.oauth_scopes = vec!["read_user".to_owned()];
        s.endpoints.authorization = Some(format!("{base}authorize"));
        s.endpoints.token = Some(format!("{base}token"));
        s.endpoints.userinfo = Some(format!("{base}userinfo"));
    });
    world
}

fn path(text: &str) -> ClaimPath {
    ClaimPath::parse(text).unwrap()
}

#[tokio::test]
async fn a_sign_in_needs_neither_discovery_nor_keys_nor_an_id_token() {
    let world = plain().await;
    world.idp.set_person(Person::new("alice").groups(&["staff"]));
    let begun = world.begin().await.unwrap();
    let url = Url::parse(&begun.url).unwrap();
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert!(!names.contains(&"nonce".to_owned()), "{names:?}");
    let scope = url.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned();
    assert_eq!(scope, "read_user", "openid is not added");
    assert!(begun.nonce.is_empty() && !begun.pkce_verifier.is_empty());
    let callback = world.come_back(&begun).unwrap();
    let person = world.complete(&begun, &callback).await.unwrap();
    assert_eq!(person.subject, "alice");
    assert_eq!(person.issuer, format!("oauth2:{}userinfo#sub", world.idp.issuer()));
    assert_eq!(person.groups, GroupsClaim::Groups(vec!["staff".to_owned()]));
    assert_eq!((person.auth_time, person.id_token_iat), (None, START));
    assert_eq!(person.sources["email"], "userinfo");
    let order: Vec<_> = world.idp.requests().iter().map(|request| request.endpoint).collect();
    assert_eq!(order, [Endpoint::Authorize, Endpoint::Token, Endpoint::Userinfo]);
}

#[tokio::test]
async fn no_scope_at_all_sends_no_scope() {
    let mut world = plain().await;
    world.set(|s| s.oauth_scopes.clear());
    assert!(!world.begin().await.unwrap().url.contains("scope="));
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn subject_and_user_name_may_be_numbers_and_deep_inside() {
    let mut world = plain().await;
    world.set(|s| {
        s.claims.subject = path("data.attributes.id");
        s.claims.username = path("data.number");
        s.claims.groups = path("data.teams");
    });
    let mut person = Person::new("ignored");
    person.userinfo.insert(
        "data".to_owned(),
        json!({"attributes": {"id": 18_446_744_073_709_551_615_u64}, "number": 7, "teams": ["ops"]}),
    );
    world.idp.set_person(person);
    let person = world.sign_in().await.unwrap();
    assert_eq!(person.subject, "18446744073709551615", "no digit is lost");
    assert_eq!(person.groups, GroupsClaim::Groups(vec!["ops".to_owned()]));
}

#[tokio::test]
async fn a_subject_that_is_missing_or_neither_text_nor_a_number_is_refused() {
    let mut world = plain().await;
    world.set(|s| s.claims.subject = path("id"));
    for value in [
        Value::Null,
        json!(""),
        json!(true),
        json!(1.5),
        json!(1e300),
        json!(["a"]),
        json!({"a": 1}),
        json!("a\nb"),
        json!("é"),
        json!("x".repeat(256)),
    ] {
        let mut person = Person::new("alice");
        person.userinfo.insert("id".to_owned(), value.clone());
        world.idp.set_person(person);
        assert_eq!(world.sign_in().await.unwrap_err().failure(), F::SubjectInvalid, "{value}");
    }
    world.idp.set_person(Person::new("alice"));
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::SubjectInvalid, "missing");
}

#[tokio::test]
async fn a_user_name_that_is_missing_or_neither_text_nor_a_number_is_refused() {
    let world = plain().await;
    for value in [Value::Null, json!("  "), json!(true), json!(["a"]), json!({"a": 1})] {
        let mut person = Person::new("alice");
        person.userinfo.insert("preferred_username".to_owned(), value.clone());
        world.idp.set_person(person);
        assert_eq!(world.sign_in().await.unwrap_err().failure(), F::UsernameMissing, "{value}");
    }
    world.idp.set_person(Person::new("alice").without("preferred_username"));
    assert_eq!(
        world.sign_in().await.unwrap_err().failure(),
        F::UsernameMissing,
        "no fall-back to the mail address"
    );
}

#[tokio::test]
async fn two_subjects_that_differ_by_a_space_are_two_people() {
    let world = plain().await;
    for sub in ["bob", " bob", "bob "] {
        world.idp.set_person(Person::new(sub).claim("preferred_username", "bob"));
        assert_eq!(world.sign_in().await.unwrap().subject, sub);
    }
}

#[tokio::test]
async fn userinfo_is_always_asked_and_every_fault_of_it_ends_the_login() {
    let mut world = plain().await;
    world.set(|s| s.userinfo = domain::integration::UserinfoMode::Never);
    for (fault, failure) in [
        (Fault::UserinfoMissingSub, F::SubjectInvalid),
        (Fault::UserinfoStrangeSub, F::SubjectInvalid),
        (Fault::UserinfoNotJson, F::UserinfoInvalid),
        (Fault::UserinfoList, F::UserinfoInvalid),
        (Fault::Userinfo500, F::UserinfoInvalid),
        (Fault::UserinfoRedirect, F::UserinfoInvalid),
        (Fault::UserinfoHuge, F::UserinfoInvalid),
        // There is no key to check it with.
        (Fault::UserinfoSigned, F::UserinfoInvalid),
        (Fault::UserinfoSignedAlgNone, F::UserinfoInvalid),
        (Fault::TokenError, F::CodeRejected),
        (Fault::InvalidClient, F::ClientRejected),
        (Fault::NoAccessToken, F::TokenResponseInvalid),
        (Fault::TokenTypeMac, F::TokenResponseInvalid),
        (Fault::HostileAccessToken, F::TokenResponseInvalid),
        (Fault::CallbackError, F::ProviderRefused),
    ] {
        assert_eq!(world.failure(fault).await, Some(failure), "{}", fault.name());
    }
    assert_eq!(world.failure(Fault::IdTokenNotAString).await, None, "an id_token means nothing here");
    assert_eq!(world.count(Endpoint::Other), 0);
}

#[tokio::test]
async fn the_access_token_travels_as_the_integration_says() {
    let mut world = plain().await;
    for (way, wanted) in
        [(UserinfoAuth::Query, UserinfoToken::Query), (UserinfoAuth::Form, UserinfoToken::Form)]
    {
        world.set(|s| s.userinfo_auth = way);
        world.idp.config(|config| config.userinfo_token = wanted);
        assert_eq!(world.sign_in().await.unwrap().subject, "alice", "{way:?}");
    }
}

#[tokio::test]
async fn another_endpoint_or_another_claim_is_another_name_space_and_none_is_an_issuer() {
    let mut world = plain().await;
    let name = |settings: &IntegrationSettings| settings.identity_issuer();
    let first = name(&world.integration.settings);
    world.set(|s| s.claims.subject = path("login"));
    let second = name(&world.integration.settings);
    world.set(|s| s.endpoints.userinfo = Some("https://other.example/user".to_owned()));
    let third = name(&world.integration.settings);
    assert!(first != second && second != third);
    for name in [first, second, third] {
        assert!(world.engine.check_issuer(&name).is_err(), "{name} could be an issuer");
    }
    world.set(|s| s.protocol = Protocol::Oidc);
    world.set(|s| s.issuer = "https://idp.example".to_owned());
    assert_eq!(name(&world.integration.settings), "https://idp.example");
}

#[tokio::test]
async fn a_change_of_where_subjects_come_from_ends_logins_under_way() {
    let mut world = plain().await;
    let begun = world.begin().await.unwrap();
    let callback = world.come_back(&begun).unwrap();
    world.set(|s| s.claims.subject = path("email"));
    assert_eq!(world.complete(&begun, &callback).await.unwrap_err().failure(), F::IssuerMismatch);
    assert_eq!(world.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn an_issuer_that_is_given_is_compared_with_the_answers_iss() {
    let mut world = plain().await;
    world.set(|s| s.issuer = "https://other.example".to_owned());
    assert_eq!(world.sign_in().await.unwrap_err().failure(), F::IssuerMismatch);
    assert_eq!(world.count(Endpoint::Token), 0);
    let issuer = world.idp.issuer();
    world.set(|s| s.issuer = issuer);
    world.sign_in().await.unwrap();
}

#[tokio::test]
async fn endpoints_are_checked_before_anything_goes_there() {
    let mut world = plain().await;
    for url in ["http://169.254.169.254/latest", "javascript:alert(1)", "https://u:p@idp.example/"] {
        let mut changed = world.integration.settings.clone();
        changed.endpoints.authorization = Some(url.to_owned());
        world.set(|s| *s = changed);
        assert!(world.begin().await.is_err(), "{url}");
    }
    assert_eq!(world.engine.metadata(&world.integration).await.unwrap_err().failure(), F::Internal);
    assert!(world.idp.requests().is_empty());
}

#[tokio::test]
async fn a_refresh_reads_the_groups_from_userinfo_anew() {
    let mut world = plain().await;
    world.set(|s| s.live_groups = true);
    world.idp.config(|config| config.refresh_tokens = true);
    world.idp.set_person(Person::new("bob").groups(&["a"]));
    let token = world.sign_in().await.unwrap().refresh_token.expect("a refresh token");
    let refresh = async |token: &RefreshToken, subject: &str| {
        world.engine.refresh(&world.integration, Some(&world.secret), token, subject).await
    };
    world.idp.change_person(Person::new("bob").groups(&["a", "b"]));
    let refreshed = refresh(&token, "bob").await.unwrap();
    let groups = GroupsClaim::Groups(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(refreshed.who.unwrap().groups, groups);
    let next = RefreshToken { token: refreshed.rotated.unwrap(), ..token.clone() };
    // Userinfo is all there is: what it does not say is missing.
    world.idp.change_person(Person::new("bob"));
    let refreshed = refresh(&next, "bob").await.unwrap();
    assert_eq!(refreshed.who.unwrap().groups, GroupsClaim::Missing);
    let last = RefreshToken { token: refreshed.rotated.unwrap(), ..token.clone() };
    let refreshed = refresh(&last, "ann").await.unwrap();
    assert!(matches!(refreshed.who, Err(Error::Userinfo(UserinfoError::OtherPerson))));
    assert!(refresh(&token, "bob").await.unwrap_err().is_invalid_grant(), "it was used");
    world.idp.config(|config| config.token_down = true);
    assert!(!refresh(&last, "bob").await.unwrap_err().is_invalid_grant());
}

#[tokio::test]
async fn addresses_that_answer_are_told_from_addresses_that_do_not() {
    let mut world = plain().await;
    let seen = world.engine.inspect(&world.integration.settings).await.unwrap();
    assert_eq!((seen.metadata, seen.keys), (None, Vec::new()));
    assert_eq!(world.count(Endpoint::Discovery), 0);
    let good = world.integration.settings.clone();
    for (bad, failure) in [
        ("http://127.0.0.1:1/userinfo", F::ProviderUnreachable),
        ("http://192.0.2.1/userinfo", F::ProviderAddressRefused),
        ("https://169.254.169.254/", F::ProviderAddressRefused),
    ] {
        world.set(|s| s.endpoints.userinfo = Some(bad.to_owned()));
        let error = world.engine.inspect(&world.integration.settings).await.unwrap_err();
        assert_eq!(error.failure(), failure, "{bad} {error:?}");
    }
    world.set(|s| *s = IntegrationSettings { endpoints: good.endpoints.clone(), ..good.clone() });
    world.set(|s| s.endpoints.authorization = Some("https://10.0.0.1/authorize".to_owned()));
    let error = world.engine.inspect(&world.integration.settings).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderAddressRefused);
}
