//! The probe: each step that can fail, with what it expected, what came and what it says to change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::integration::{ClientAuthMethod, IntegrationSettings, Protocol, SigningAlgorithm, UserinfoMode};
use domain::probe::ProbeState::{Failed, Ok as Passed, Skipped, Warn};
use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use domain::secret::Secret;
use fake_idp::{ClientAuth, Endpoint, Fault, SECRET_MARKER};
use oidc::{Engine, Lookup, OutboundPolicy, ProbeSubject, Timeouts};
use support::tls::tls_server;
use support::{REDIRECT, World};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

const CA: &str = include_str!("certificates/ca.pem");

async fn probe(engine: &Engine, settings: &IntegrationSettings, secret: Option<&Secret>) -> Vec<ProbeReport> {
    let reports = Mutex::new(Vec::new());
    let done = |report| reports.lock().unwrap().push(report);
    engine.probe(ProbeSubject { settings, secret, other_secret: None, redirect_uri: REDIRECT }, &done).await;
    let reports = reports.into_inner().unwrap();
    let order: Vec<ProbeStep> = reports.iter().map(|report| report.step).collect();
    let mut sorted = ProbeStep::ALL.to_vec();
    sorted.retain(|step| order.contains(step));
    assert_eq!(order, ProbeStep::ALL, "every step once and in order");
    assert_eq!(order, sorted);
    reports
}

async fn of(world: &World) -> Vec<ProbeReport> {
    probe(&world.engine, &world.integration.settings, Some(&world.secret)).await
}

fn step(reports: &[ProbeReport], step: ProbeStep) -> &ProbeReport {
    reports.iter().find(|report| report.step == step).unwrap()
}

fn states(reports: &[ProbeReport]) -> Vec<ProbeState> {
    reports.iter().map(|report| report.state).collect()
}

/// A failed step says all three things.
fn advice(reports: &[ProbeReport], which: ProbeStep) -> String {
    let report = step(reports, which);
    assert_eq!(report.state, Failed, "{report:?}");
    assert!(report.expected.is_some() && report.found.is_some(), "{report:?}");
    format!("{} | {}", report.found.clone().unwrap(), report.advice.clone().unwrap())
}

#[tokio::test]
async fn a_good_provider_passes_every_step_and_keeps_its_users_out_of_it() {
    let world = World::new().await;
    let reports = of(&world).await;
    // Plain http, as tests have it, is worth a warning.
    assert_eq!(
        states(&reports),
        [Passed, Warn, Passed, Passed, Passed, Passed, Passed, Passed],
        "{reports:#?}"
    );
    let facts = format!("{reports:?}");
    assert!(
        facts.contains("127.0.0.1") && facts.contains("2048 bits") && facts.contains("usable"),
        "{facts}"
    );
    let order: Vec<_> = world.idp.requests().iter().map(|request| request.endpoint).collect();
    assert_eq!(order, [Endpoint::Discovery, Endpoint::Jwks, Endpoint::Token]);
    assert!(!facts.contains(world.secret.expose()), "the secret is in a report");
    of(&world).await;
    assert_eq!(world.count(Endpoint::Discovery), 2, "nothing is cached");
}

#[tokio::test]
async fn a_slash_too_few_is_named_and_the_secret_is_not_sent() {
    let mut world = World::new().await;
    let right = world.idp.issuer();
    world.set(|s| s.issuer = right.trim_end_matches('/').to_owned());
    let reports = of(&world).await;
    let said = advice(&reports, ProbeStep::Issuer);
    assert!(said.contains(&format!("Did you mean {right} ?")), "{said}");
    assert_eq!(step(&reports, ProbeStep::Keys).state, Passed, "the keys do not need the issuer");
    assert_eq!(step(&reports, ProbeStep::Client).state, Skipped);
    assert_eq!(world.count(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_strangers_issuer_is_shown_beside_the_one_that_is_set() {
    let world = World::new().await;
    world.idp.set_fault(Some(Fault::DiscoveryIssuerMismatch));
    let reports = of(&world).await;
    let said = advice(&reports, ProbeStep::Issuer);
    assert!(said.contains("INVALID") && !said.contains("Did you mean"), "{said}");
}

#[tokio::test]
async fn every_broken_discovery_document_has_its_own_advice() {
    let world = World::new().await;
    for (fault, words) in [
        (Fault::DiscoveryNotJson, "in a browser"),
        (Fault::Discovery500, "look into its log"),
        (Fault::DiscoveryRedirect, "Enter the address that it leads to"),
        (Fault::DiscoveryHuge, "no provider sends that much"),
        (Fault::DiscoveryJavascriptEndpoint, "authorization_endpoint"),
        (Fault::DiscoveryPrivateJwks, "jwks_uri"),
        (Fault::DiscoveryMissingJwksUri, "Enter that endpoint"),
    ] {
        world.idp.set_fault(Some(fault));
        let reports = of(&world).await;
        let said = advice(&reports, ProbeStep::Discovery);
        assert!(said.contains(words), "{}: {said}", fault.name());
        for later in [ProbeStep::Keys, ProbeStep::Capabilities, ProbeStep::Client] {
            assert_eq!(step(&reports, later).state, Skipped, "{}", fault.name());
        }
        let all = format!("{reports:?}");
        assert!(!all.contains("alert(1)") && !all.contains("169.254"), "{}: {all}", fault.name());
    }
}

#[tokio::test]
async fn a_wrong_path_is_told_by_its_status() {
    let mut world = World::new().await;
    let wrong = format!("{}/realms/nobody", world.idp.origin());
    world.set(|s| s.issuer = wrong);
    let reports = of(&world).await;
    let said = advice(&reports, ProbeStep::Discovery);
    assert!(said.contains("404") && said.contains("realm"), "{said}");
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_told_and_do_not_stop_the_client() {
    let world = World::new().await;
    for (fault, words) in [
        (Fault::JwksEmpty, "publish a signing key"),
        (Fault::JwksHtml, "in a browser"),
        (Fault::Jwks500, "look into its log"),
        (Fault::EncryptUseKey, "publish a signing key"),
    ] {
        world.idp.set_fault(Some(fault));
        let reports = of(&world).await;
        if fault == Fault::EncryptUseKey && step(&reports, ProbeStep::Keys).state == Passed {
            assert!(format!("{reports:?}").contains("for encryption, not used"));
            continue;
        }
        let said = advice(&reports, ProbeStep::Keys);
        assert!(said.contains(words), "{}: {said}", fault.name());
        assert_eq!(step(&reports, ProbeStep::Client).state, Passed, "{}", fault.name());
    }
}

#[tokio::test]
async fn a_wrong_secret_a_missing_one_and_another_method_are_told() {
    let mut world = World::new().await;
    world.secret = Secret::new("canary-wrong-secret");
    let reports = of(&world).await;
    assert!(advice(&reports, ProbeStep::Client).contains("Copy both again"));
    assert!(!format!("{reports:?}").contains("canary"), "{reports:?}");
    let none = probe(&world.engine, &world.integration.settings, None).await;
    assert!(advice(&none, ProbeStep::Client).contains("Enter the client secret"));
    world.secret = Secret::new(world.idp.client_secret());
    world.idp.config(|config| config.client_auth = ClientAuth::Post);
    let reports = of(&world).await;
    assert!(advice(&reports, ProbeStep::Client).contains("client authentication"));
    world.set(|s| s.client_auth_method = ClientAuthMethod::ClientSecretPost);
    assert_eq!(step(&of(&world).await, ProbeStep::Client).state, Passed);
}

#[tokio::test]
async fn what_the_token_endpoint_says_beside_its_code_is_not_shown() {
    let world = World::new().await;
    world.idp.set_fault(Some(Fault::TokenError));
    let reports = of(&world).await;
    assert_eq!(step(&reports, ProbeStep::Client).state, Passed, "invalid_grant: the client is known");
    world.idp.set_fault(Some(Fault::TokenHtml));
    let unclear = of(&world).await;
    assert_eq!(step(&unclear, ProbeStep::Client).state, Warn, "{unclear:?}");
    world.idp.set_fault(Some(Fault::TokenRedirect));
    let redirect = of(&world).await;
    assert!(advice(&redirect, ProbeStep::Client).contains("redirects are not followed"));
    for reports in [reports, unclear, redirect] {
        assert!(!format!("{reports:?}").contains(SECRET_MARKER));
    }
}

#[tokio::test]
async fn what_is_set_is_held_against_what_is_offered() {
    let mut world = World::new().await;
    world.set(|s| s.signing_algorithms = vec![SigningAlgorithm::EdDsa]);
    let reports = of(&world).await;
    let said = advice(&reports, ProbeStep::Capabilities);
    assert!(said.contains("RS256") || said.contains("other kinds"), "{said}");
    world.set(|s| {
        s.signing_algorithms = SigningAlgorithm::DEFAULT.to_vec();
        s.pkce = false;
        s.userinfo = UserinfoMode::Always;
        s.oauth_scopes.push("nonsense_scope".to_owned());
    });
    let report = of(&world).await;
    let report = step(&report, ProbeStep::Capabilities);
    let all = format!("{report:?}");
    assert_eq!(report.state, Warn, "{all}");
    assert!(all.contains("PKCE is off"), "{all}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_both_ways() {
    let world = World::new().await;
    for (seconds, state, word) in
        [(29, Passed, "29 seconds"), (120, Warn, "ahead"), (-120, Warn, "behind"), (0, Passed, "agree")]
    {
        world.idp.set_now(support::START + seconds);
        let reports = of(&world).await;
        let report = step(&reports, ProbeStep::Clock);
        assert_eq!(report.state, state, "{seconds}: {report:?}");
        assert!(report.summary.contains(word), "{seconds}: {report:?}");
    }
}

#[tokio::test]
async fn an_address_that_may_not_be_called_is_refused_without_being_named() {
    let world = World::new().await;
    let engine = Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap();
    let here: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["10.20.30.40:0".parse().unwrap()]) }));
    let engine = engine.with_lookup(here).unwrap();
    let settings = IntegrationSettings {
        issuer: "https://idp.corp.example".to_owned(),
        ..IntegrationSettings::default()
    };
    let reports = probe(&engine, &settings, None).await;
    let said = advice(&reports, ProbeStep::Address);
    assert!(said.contains("outbound.allow_private"), "{said}");
    assert!(!format!("{reports:?}").contains("10.20.30.40"), "the address helps to map a network");
    assert!(reports[1..].iter().all(|report| report.state == Skipped));
    let plain = probe(&engine, &world.integration.settings, None).await;
    assert!(advice(&plain, ProbeStep::Address).contains("https"));
}

#[tokio::test]
async fn a_name_that_does_not_resolve_and_a_port_that_nobody_listens_at_are_told() {
    let nowhere: Lookup = Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    let engine = support::engine().with_lookup(nowhere).unwrap();
    let at =
        |issuer: &str| IntegrationSettings { issuer: issuer.to_owned(), ..IntegrationSettings::default() };
    let reports = probe(&engine, &at("https://idp.nowhere.example"), None).await;
    assert!(advice(&reports, ProbeStep::Address).contains("spelling"));
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let reports = probe(&support::engine(), &at(&format!("https://{free}")), None).await;
    assert!(advice(&reports, ProbeStep::Tls).contains("firewall"));
}

#[tokio::test]
async fn certificates_are_shown_and_judged_as_sign_ins_judge_them() {
    let port = tls_server().await;
    let here: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1:0".parse().unwrap()]) }));
    let engine = support::engine().with_lookup(here).unwrap();
    let at = |host: &str, custom_ca: Option<&str>| IntegrationSettings {
        issuer: format!("https://{host}:{port}"),
        custom_ca: custom_ca.map(str::to_owned),
        ..IntegrationSettings::default()
    };
    let unknown = probe(&engine, &at("op.test", None), None).await;
    let said = advice(&unknown, ProbeStep::Tls);
    assert!(said.contains("Issued by") && said.contains("Certificates"), "{said}");
    assert!(format!("{unknown:?}").contains("valid until"), "the certificate is shown all the same");
    assert_eq!(step(&unknown, ProbeStep::Discovery).state, Skipped);

    let trusted = probe(&engine, &at("op.test", Some(CA)), None).await;
    assert_eq!(step(&trusted, ProbeStep::Tls).state, Passed, "{trusted:?}");
    assert!(advice(&trusted, ProbeStep::Discovery).contains("404"), "the connection worked");

    let other = probe(&engine, &at("other.test", Some(CA)), None).await;
    let said = advice(&other, ProbeStep::Tls);
    assert!(said.contains("op.test"), "the names it is for: {said}");

    let nonsense = at("op.test", Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));
    let nonsense = probe(&engine, &nonsense, None).await;
    assert!(advice(&nonsense, ProbeStep::Tls).contains("Certificates"));
}

#[tokio::test]
async fn something_that_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _written = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    let short = Timeouts { connect: Duration::from_secs(2), total: Duration::from_secs(2) };
    let engine = support::engine().with_timeouts(short).unwrap();
    let settings =
        IntegrationSettings { issuer: format!("https://127.0.0.1:{port}"), ..IntegrationSettings::default() };
    let reports = probe(&engine, &settings, None).await;
    assert!(advice(&reports, ProbeStep::Tls).contains("TLS"), "{reports:?}");
}

#[tokio::test]
async fn without_discovery_the_endpoints_by_hand_are_probed() {
    let mut world = World::new().await;
    let found = world.engine.metadata(&world.integration).await.unwrap();
    world.set(|s| {
        s.discovery = false;
        s.endpoints.authorization = Some(found.authorization.to_string());
        s.endpoints.token = Some(found.token.to_string());
        s.endpoints.jwks = Some(found.jwks_uri.to_string());
    });
    let reports = of(&world).await;
    assert_eq!(
        states(&reports),
        [Passed, Warn, Skipped, Skipped, Passed, Passed, Passed, Passed],
        "{reports:#?}"
    );
    world.set(|s| s.endpoints.jwks = None);
    let reports = of(&world).await;
    assert!(advice(&reports, ProbeStep::Discovery).contains("jwks_uri"));
}

#[tokio::test]
async fn oauth2_is_probed_without_discovery_and_keys() {
    let mut world = World::new().await;
    let found = world.engine.metadata(&world.integration).await.unwrap();
    world.idp.clear_requests();
    world.set(|s| {
        s.protocol = Protocol::OAuth2;
        s.issuer = String::new();
        s.discovery = false;
        s.endpoints.authorization = Some(found.authorization.to_string());
        s.endpoints.token = Some(found.token.to_string());
        s.endpoints.userinfo = found.userinfo.as_ref().map(ToString::to_string);
    });
    let reports = of(&world).await;
    let expected = [Passed, Warn, Skipped, Skipped, Skipped, Passed, Passed, Passed];
    assert_eq!(states(&reports), expected, "{reports:#?}");
    // The token endpoint says what time it is.
    world.idp.set_now(support::START + 120);
    let reports = of(&world).await;
    assert!(step(&reports, ProbeStep::Clock).summary.contains("120 seconds ahead"), "{reports:#?}");
    world.idp.set_now(support::START);
    world.secret = Secret::new("wrong");
    assert!(advice(&of(&world).await, ProbeStep::Client).contains("Copy both again"));
}
