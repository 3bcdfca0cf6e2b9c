//! The outbound proxy: what goes through it, what goes around it, and what still never leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};

use domain::integration::IntegrationSettings;
use domain::secret::Secret;
use oidc::{DiscoveryError, Engine, Error, HttpError, Lookup, OutboundPolicy, Proxy, UrlProblem};
use support::World;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that wants `user:pa ss`, takes every host for this machine, and writes down what it was asked for.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

async fn start() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let log = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, log.clone()));
        }
    });
    (format!("http://user:pa%20ss@proxy.test:{}", address.port()), seen)
}

/// One connection; errors end it.
async fn serve(stream: TcpStream, seen: Seen) -> std::io::Result<()> {
    let mut client = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            break;
        }
        head.push(line);
    }
    let first = head.first().cloned().unwrap_or_default();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    seen.0.lock().unwrap().push(format!("{method} {target}"));
    // user:pa ss
    let known = head
        .iter()
        .any(|line| line.trim().eq_ignore_ascii_case("proxy-authorization: Basic dXNlcjpwYSBzcw=="));
    if !known {
        return client.write_all(b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    }
    let authority = target.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let port = authority.rsplit(':').next().unwrap_or("80");
    let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    } else {
        let path = target.trim_start_matches("http://").find('/').map_or("/", |at| &target[at + 7..]);
        server.write_all(format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n").as_bytes()).await?;
        for line in head.iter().skip(1) {
            let lower = line.to_ascii_lowercase();
            if !lower.starts_with("proxy-") && !lower.starts_with("connection:") {
                server.write_all(line.as_bytes()).await?;
            }
        }
        server.write_all(b"\r\n").await?;
    }
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Only the proxy's own name resolves.
fn only_the_proxy() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            match name.as_str() {
                "proxy.test" => Ok(vec!["127.0.0.1:0".parse().unwrap()]),
                other => Err(std::io::Error::other(format!("{other} was looked up here"))),
            }
        })
    })
}

fn through(engine: Engine, proxy: &str, around: &[&str]) -> Engine {
    let around: Vec<String> = around.iter().map(|text| (*text).to_owned()).collect();
    engine
        .with_lookup(only_the_proxy())
        .unwrap()
        .with_proxy(Proxy::new(&Secret::new(proxy), &around).unwrap())
        .unwrap()
}

fn strict() -> Engine {
    Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap()
}

async fn ask(engine: &Engine, issuer: &str) -> DiscoveryError {
    let settings = IntegrationSettings { issuer: issuer.to_owned(), ..IntegrationSettings::default() };
    match engine.discover(&settings).await {
        Err(Error::Discovery(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_the_proxy_resolves_the_name() {
    // Nothing that speaks TLS: it is enough that the tunnel leads there.
    let target = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = target.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = target.accept().await {
            let _written = stream.write_all(b"this is no TLS\r\n").await;
        }
    });
    let (proxy, seen) = start().await;
    // Although the proxy itself lives at a private address that is not listed.
    let error = ask(&through(strict(), &proxy, &[]), &format!("https://idp.test:{port}")).await;
    assert!(matches!(error, DiscoveryError::Http(HttpError::Tls | HttpError::Unreachable)), "{error:?}");
    assert!(seen.all().iter().all(|line| *line == format!("CONNECT idp.test:{port}")), "{:?}", seen.all());
    assert!(!seen.all().is_empty());
}

#[tokio::test]
async fn a_whole_sign_in_works_through_it_and_around_it() {
    for (around, is_used) in [(&[][..], true), (&["127.0.0.0/8"][..], false), (&["*"][..], false)] {
        let (proxy, seen) = start().await;
        let mut world = World::new().await;
        world.engine =
            through(Engine::new(support::policy(), Arc::new(world.clock.clone())).unwrap(), &proxy, around);
        world.sign_in().await.unwrap();
        assert_eq!(!seen.all().is_empty(), is_used, "{around:?} {:?}", seen.all());
        assert!(seen.all().iter().all(|line| line.contains(" http://127.0.0.1:")), "{:?}", seen.all());
    }
}

#[tokio::test]
async fn what_may_not_be_called_does_not_reach_the_proxy() {
    let (proxy, seen) = start().await;
    let engine = through(strict(), &proxy, &[]);
    for issuer in [
        "https://10.0.0.1",
        "https://127.0.0.1:8443",
        "https://169.254.169.254",
        "https://[::1]",
        "https://localhost",
        "https://metadata.google.internal",
        "http://idp.example.com",
    ] {
        let error = ask(&engine, issuer).await;
        assert!(
            matches!(error, DiscoveryError::Url { .. } | DiscoveryError::Http(HttpError::Url(_))),
            "{issuer}: {error:?}"
        );
    }
    let plain = through(Engine::new(support::policy(), Arc::new(support::clock())).unwrap(), &proxy, &[]);
    let error = ask(&plain, "http://idp.example.com").await;
    assert!(
        matches!(error, DiscoveryError::Http(HttpError::Url(UrlProblem::Plain))),
        "what a plain name resolves to is not known here: {error:?}"
    );
    assert_eq!(seen.all(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_unreachable_provider() {
    let (proxy, seen) = start().await;
    let engine = through(strict(), &proxy.replace("user:", "stranger:"), &[]);
    let error = ask(&engine, "https://idp.test").await;
    assert_eq!(error, DiscoveryError::Http(HttpError::Unreachable));
    assert!(!seen.all().is_empty());
}
