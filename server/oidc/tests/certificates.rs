//! Certificates that are trusted for one provider (security rule S-18). `ca.pem` signed `leaf.pem`, which is for
//! `op.test`; the key of `ca.pem` was thrown away.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::integration::IntegrationSettings;
use oidc::{DiscoveryError, Engine, Error, HttpError, Lookup};
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
