//! Certificates that are trusted for one provider (security rule S-18). `ca.pem` signed `leaf.pem`, which is for
//! `op.test`; the key of `ca.pem` was thrown away.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::integration::IntegrationSettings;
use oidc::{DiscoveryError, Engine, Error, HttpError, Lookup};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const CA: &str = include_str!("certificates/ca.pem");

/// A TLS server that answers everything with 404; gives its port.
async fn start() -> u16 {
    let leaf = CertificateDer::from_pem_slice(include_bytes!("certificates/leaf.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("certificates/leaf.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not like the certificate hangs up.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _read = stream.read(&mut [0_u8; 8192]).await;
            let _written = stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    port
}

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
    let (port, engine) = (start().await, engine());
    assert_eq!(ask(&engine, "op.test", port, None).await, HttpError::Tls);
    assert_eq!(ask(&engine, "op.test", port, Some(CA)).await, HttpError::Status(404), "it answered");
    assert_eq!(ask(&engine, "op.test", port, None).await, HttpError::Tls, "nobody else trusts it now");
}

#[tokio::test]
async fn a_trusted_certificate_for_another_host_is_refused() {
    let (port, engine) = (start().await, engine());
    assert_eq!(ask(&engine, "other.test", port, Some(CA)).await, HttpError::Tls);
}

#[tokio::test]
async fn many_certificates_are_taken_and_too_many_refused() {
    let (port, engine) = (start().await, engine());
    assert_eq!(ask(&engine, "op.test", port, Some(&CA.repeat(50))).await, HttpError::Status(404));
    let settings = IntegrationSettings {
        issuer: format!("https://op.test:{port}"),
        custom_ca: Some(CA.repeat(51)),
        ..IntegrationSettings::default()
    };
    assert!(matches!(engine.discover(&settings).await, Err(Error::Settings(_))));
}
