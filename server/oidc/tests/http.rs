//! The way out: caps, timeouts, headers, broken connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::integration::IntegrationSettings;
use domain::login_failure::LoginFailure as F;
use fake_idp::Fault;
use oidc::{AttemptSecrets, Callback, DiscoveryError, Error, HttpError, SettingsError, Timeouts};
use support::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A server that gives every connection the same bytes, closes it, and counts.
struct Raw {
    port: u16,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Raw {
    /// `hold`: keep the connection open afterwards.
    async fn start(answer: impl Into<Vec<u8>>, hold: bool) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0_u8; 8192];
                // A client that gave up is no failure of this server.
                let _read = stream.read(&mut request).await;
                let _written = stream.write_all(&answer).await;
                if hold {
                    held.push(stream);
                }
            }
        });
        Self { port, connections, task }
    }

    fn settings(&self, scheme: &str) -> IntegrationSettings {
        IntegrationSettings {
            issuer: format!("{scheme}://127.0.0.1:{}", self.port),
            client_id: "c".to_owned(),
            ..IntegrationSettings::default()
        }
    }

    async fn discovery(&self, scheme: &str) -> HttpError {
        let short = Timeouts { connect: Duration::from_millis(500), total: Duration::from_millis(500) };
        let engine = support::engine().with_timeouts(short).unwrap();
        match engine.discover(&self.settings(scheme)).await {
            Err(Error::Discovery(DiscoveryError::Http(error))) => error,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn s_9_an_announced_length_over_the_cap_is_refused_and_a_lying_one_is_not_believed() {
    let announced = Raw::start("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", true).await;
    assert_eq!(announced.discovery("http").await, HttpError::TooLarge(256 * 1024));
    let short = Raw::start("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", false).await;
    assert_eq!(short.discovery("http").await, HttpError::Unreachable);
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(5));
    let endless = Raw::start(endless, true).await;
    assert_eq!(endless.discovery("http").await, HttpError::TooLarge(256 * 1024));
}

#[tokio::test]
async fn s_9_compressed_answers_are_not_asked_for_and_not_unpacked() {
    let world = World::new().await;
    world.begin().await.unwrap();
    let request = &world.idp.requests()[0];
    assert!(!request.headers.iter().any(|(name, _)| name == "accept-encoding"), "{:?}", request.headers);
}

#[tokio::test]
async fn s_10_a_server_that_never_answers_or_drips_ends_at_the_time_limit() {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"] {
        let silent = Raw::start(answer, true).await;
        assert_eq!(silent.discovery("http").await, HttpError::Timeout, "{answer:?}");
    }
}

#[tokio::test]
async fn s_13_statuses_that_are_no_answer_are_told_by_number_only() {
    for status in [201, 204, 206, 400, 404, 500, 599] {
        let raw = Raw::start(format!("HTTP/1.1 {status} X\r\nContent-Length: 6\r\n\r\nsecret"), false).await;
        assert_eq!(raw.discovery("http").await, HttpError::Status(status));
    }
}

#[tokio::test]
async fn s_7_redirects_of_every_kind_are_not_followed() {
    let target = Raw::start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("http://127.0.0.1:{}/", target.port);
        let raw =
            Raw::start(format!("HTTP/1.1 {status} X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"), false)
                .await;
        assert_eq!(raw.discovery("http").await, HttpError::Redirect(status));
    }
    assert_eq!(target.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn s_14_a_get_on_a_broken_connection_is_tried_once_more_and_the_token_post_never() {
    let raw = Raw::start("", false).await;
    assert_eq!(raw.discovery("http").await, HttpError::Unreachable);
    assert_eq!(raw.connections.load(Ordering::SeqCst), 2);

    let raw = Raw::start("", false).await;
    let mut settings = raw.settings("http");
    let at = |path: &str| Some(format!("http://127.0.0.1:{}/{path}", raw.port));
    settings.discovery = false;
    settings.endpoints.authorization = at("authorize");
    settings.endpoints.token = at("token");
    settings.endpoints.jwks = at("jwks");
    let engine = support::engine();
    let integration = support::integration(settings);
    let begun = engine.begin(&integration, support::REDIRECT, None).await.unwrap();
    let attempt = AttemptSecrets {
        nonce: begun.nonce,
        pkce_verifier: begun.pkce_verifier,
        issuer: begun.issuer,
        redirect_uri: support::REDIRECT.to_owned(),
    };
    let callback = Callback::parse("state=s&code=c").unwrap();
    let error = engine.complete(&integration, None, &attempt, &callback).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderUnreachable);
    assert_eq!(raw.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failed_tls_handshake_is_told_apart_from_a_closed_port() {
    let plain = Raw::start("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", true).await;
    assert_eq!(plain.discovery("https").await, HttpError::Tls);
    let closed = Raw::start("", false).await;
    let port = closed.port;
    closed.task.abort();
    drop(closed);
    // The port is free again once nobody connects any more.
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let settings =
        IntegrationSettings { issuer: format!("http://127.0.0.1:{port}"), ..IntegrationSettings::default() };
    let error = support::engine().discover(&settings).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderUnreachable);
}

#[tokio::test]
async fn s_16_requests_carry_our_name_and_neither_cookies_nor_a_referer() {
    let world = World::new().await;
    world.sign_in().await.unwrap();
    let sent: Vec<_> =
        world.idp.requests().into_iter().filter(|request| !request.headers.is_empty()).collect();
    assert_eq!(sent.len(), 4);
    for request in sent {
        let header =
            |wanted: &str| request.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        assert!(header("user-agent").unwrap().starts_with("Latchkey/"));
        assert_eq!(header("accept").unwrap(), "application/json");
        assert_eq!((header("cookie"), header("referer"), header("origin")), (None, None, None));
    }
}

#[tokio::test]
async fn s_11_logins_that_wait_for_a_silent_provider_share_one_request() {
    let mut world = World::new().await;
    let short = Timeouts { connect: Duration::from_secs(3), total: Duration::from_millis(500) };
    world.engine = world.engine.with_timeouts(short).unwrap();
    world.idp.set_fault(Some(Fault::SlowDiscovery));
    let outcomes = futures::future::join_all((0..200).map(|_| world.begin())).await;
    assert!(
        outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(|e| e.failure() == F::ProviderUnreachable))
    );
    assert_eq!(world.count(fake_idp::Endpoint::Discovery), 1);
}

#[tokio::test]
async fn s_18_certificates_that_are_none_are_refused_and_a_private_key_above_all() {
    let world = World::new().await;
    let block = |name: &str, body: &str| format!("-----BEGIN {name}-----\n{body}\n-----END {name}-----\n");
    for (pem, problem) in [
        (String::new(), SettingsError::Certificates),
        ("no certificate".to_owned(), SettingsError::Certificates),
        (block("CERTIFICATE", "AAAA"), SettingsError::Certificates),
        (block("PRIVATE KEY", "AAAA"), SettingsError::PrivateKeyInCertificates),
        (
            block("CERTIFICATE", "AAAA") + &block("EC PRIVATE KEY", "AAAA"),
            SettingsError::PrivateKeyInCertificates,
        ),
    ] {
        let settings =
            IntegrationSettings { custom_ca: Some(pem.clone()), ..world.integration.settings.clone() };
        match world.engine.discover(&settings).await {
            Err(Error::Settings(error)) => assert_eq!(error, problem, "{pem}"),
            other => panic!("{pem}: {other:?}"),
        }
    }
    assert!(world.idp.requests().is_empty());
}
