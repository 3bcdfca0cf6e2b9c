//! Certificates that are trusted for one provider (security rule S-18). `ca.pem` signed `leaf.pem`, which is for
//! `op.test`; the key of `ca.pem` was thrown away.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::integration::IntegrationSettings;
use domain::time::Timestamp;
use oidc::{DiscoveryError, Engine, Error, HttpError, Lookup, read_certificates};
use support::tls::tls_server;

const CA: &str = include_str!("certificates/ca.pem");

fn engine() -> Engine {
    let here: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1:0".parse().unwrap()]) }));
    support::engine().with_lookup(here).unwrap()
}

async fn ask(engine: &Engine, host: &str, port: u16, custom_ca: Option<&str>) -> HttpError {
    let settings = IntegrationSettings {
        issuer: format!("https://{host}:{port}"),
        custom_ca: custom_ca.map(str::to_owned),
        ..IntegrationSettings::default()
    };
    match engine.discover(&settings).await {
        Err(Error::Discovery(DiscoveryError::Http(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_provider_with_its_own_certificate_is_trusted_by_its_own_integration_only() {
    let (port, engine) = (tls_server().await, engine());
    assert_eq!(ask(&engine, "op.test", port, None).await, HttpError::Tls);
    assert_eq!(ask(&engine, "op.test", port, Some(CA)).await, HttpError::Status(404), "it answered");
    assert_eq!(ask(&engine, "op.test", port, None).await, HttpError::Tls, "nobody else trusts it now");
}

#[tokio::test]
async fn a_trusted_certificate_for_another_host_is_refused() {
    let (port, engine) = (tls_server().await, engine());
    assert_eq!(ask(&engine, "other.test", port, Some(CA)).await, HttpError::Tls);
}

#[tokio::test]
async fn many_certificates_are_taken_and_too_many_refused() {
    let (port, engine) = (tls_server().await, engine());
    assert_eq!(ask(&engine, "op.test", port, Some(&CA.repeat(50))).await, HttpError::Status(404));
    let settings = IntegrationSettings {
        issuer: format!("https://op.test:{port}"),
        custom_ca: Some(CA.repeat(51)),
        ..IntegrationSettings::default()
    };
    assert!(matches!(engine.discover(&settings).await, Err(Error::Settings(_))));
}

#[tokio::test]
async fn the_certificates_that_a_host_shows_are_read_also_when_they_are_not_trusted() {
    let (port, engine) = (tls_server().await, engine());
    let settings = |custom_ca: Option<&str>| IntegrationSettings {
        issuer: format!("https://op.test:{port}"),
        custom_ca: custom_ca.map(str::to_owned),
        ..IntegrationSettings::default()
    };
    let leaf = read_certificates(include_str!("certificates/leaf.pem"), Timestamp::default()).unwrap();
    for custom_ca in [None, Some(CA)] {
        let hosts = engine.hosts(&settings(custom_ca), None).await;
        assert_eq!(hosts.len(), 1, "issuer and key set are one host");
        assert_eq!(hosts[0].host, format!("op.test:{port}"));
        let shown = hosts[0].certificates.as_ref().expect("a handshake");
        assert_eq!((&shown[0].subject, shown[0].not_after), (&leaf[0].subject, leaf[0].not_after));
        assert_eq!(shown[0].fingerprint, leaf[0].fingerprint);
    }
    let nobody =
        IntegrationSettings { issuer: "https://op.test:1".to_owned(), ..IntegrationSettings::default() };
    assert_eq!(engine.hosts(&nobody, None).await[0].certificates, None);
    let plain =
        IntegrationSettings { issuer: "http://127.0.0.1:1".to_owned(), ..IntegrationSettings::default() };
    assert_eq!(engine.hosts(&plain, None).await, []);
}
