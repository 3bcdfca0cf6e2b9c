//! Which addresses are called (security rules S-1 to S-6).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use domain::integration::IntegrationSettings;
use domain::login_failure::LoginFailure as F;
use fake_idp::{Endpoint, FakeIdp};
use oidc::{Engine, Lookup, OutboundPolicy, UrlProblem as P};
use url::Url;

fn settings(issuer: &str) -> IntegrationSettings {
    IntegrationSettings { issuer: issuer.to_owned(), ..IntegrationSettings::default() }
}

/// Answers one after the other, the last one for ever, and counts.
fn lookup(answers: Vec<Vec<&str>>) -> (Lookup, Arc<AtomicUsize>) {
    let answers: Vec<Vec<SocketAddr>> = answers
        .into_iter()
        .map(|all| all.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect())
        .collect();
    let (asked, left) = (Arc::new(AtomicUsize::new(0)), Mutex::new(answers));
    let count = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        let mut left = left.lock().unwrap();
        let answer = if left.len() > 1 { left.remove(0) } else { left[0].clone() };
        Box::pin(async move { Ok(answer) })
    });
    (lookup, asked)
}

#[test]
fn s_2_s_22_what_is_no_plain_https_url_is_refused() {
    let engine = Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap();
    let long = format!("https://op.example/{}", "a".repeat(2048));
    for (issuer, problem) in [
        ("http://op.example", P::Plain),
        ("file:///etc/passwd", P::Scheme),
        ("ftp://op.example", P::Scheme),
        ("gopher://op.example", P::Scheme),
        ("data:text/plain,x", P::Scheme),
        ("javascript:alert(1)", P::Scheme),
        ("unix:/run/x", P::Scheme),
        ("ws://op.example", P::Scheme),
        ("op.example", P::NotAUrl),
        ("//op.example", P::NotAUrl),
        ("", P::NotAUrl),
        ("https:op.example", P::NotAUrl),
        ("https:///op.example", P::NotAUrl),
        ("https:\\\\op.example", P::NotAUrl),
        ("https://op.example/a b", P::NotAUrl),
        ("https://op.example/\n", P::NotAUrl),
        ("https://[fe80::1%25eth0]/", P::NotAUrl),
        ("https://u:p@op.example", P::UserInfo),
        ("https://@op.example", P::UserInfo),
        ("https://op.example#x", P::Fragment),
        ("https://op.example/#", P::Fragment),
        ("https://op.example/a?x=1", P::Query),
        ("https://op.example/?", P::Query),
        (&long, P::TooLong),
    ] {
        assert_eq!(engine.check_issuer(issuer), Err(problem), "{issuer:.60}");
    }
    for issuer in ["https://op.example", "https://op.example:8443/test/a/x/", "HTTPS://op.example/a"] {
        assert_eq!(engine.check_issuer(issuer), Ok(()), "{issuer}");
    }
}

#[tokio::test]
async fn s_3_s_4_s_5_private_and_metadata_addresses_are_refused_in_every_writing() {
    let engine = Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap();
    for host in [
        "169.254.169.254",
        "169.254.170.2",
        "[fd00:ec2::254]",
        "metadata.google.internal",
        "metadata.google.internal.",
        "METADATA.GOOGLE.INTERNAL",
        "100.100.100.200",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "[fc00::1]",
        "[fe80::1]",
        "0.0.0.0",
        "127.0.0.1",
        "[::1]",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "[::ffff:169.254.169.254]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
    ] {
        let issuer = format!("https://{host}/");
        assert_eq!(engine.check_issuer(&issuer).map_err(|p| matches!(p, P::Address(_))), Err(true), "{host}");
        let error = engine.discover(&settings(&issuer)).await.unwrap_err();
        assert_eq!(error.failure(), F::ProviderAddressRefused, "{host}");
    }
}

#[tokio::test]
async fn s_5_names_for_this_machine_are_refused_when_they_resolve() {
    let engine = Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap();
    for host in ["localhost", "LOCALHOST", "localhost."] {
        let error = engine.discover(&settings(&format!("https://{host}/"))).await.unwrap_err();
        assert_eq!(error.failure(), F::ProviderAddressRefused, "{host}");
    }
}

#[tokio::test]
async fn s_6_a_name_with_one_private_address_is_refused_without_a_connection() {
    for addresses in [vec!["10.0.0.1"], vec!["93.184.216.34", "10.0.0.1"], vec!["::ffff:10.0.0.1"]] {
        let (lookup, asked) = lookup(vec![addresses]);
        let engine = Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap();
        let engine = engine.with_lookup(lookup).unwrap();
        let error = engine.discover(&settings("https://op.example/")).await.unwrap_err();
        assert_eq!(error.failure(), F::ProviderAddressRefused);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn s_6_the_address_that_was_checked_is_the_one_that_is_connected_to() {
    let idp = FakeIdp::start().await;
    let port = Url::parse(&idp.origin()).unwrap().port().unwrap();
    let named = |name: &str| settings(&idp.issuer().replace("127.0.0.1", name));
    // Rebinding: the second answer would be another machine.
    let (rebinding, asked) = lookup(vec![vec!["127.0.0.1"], vec!["10.9.9.9"]]);
    let engine = support::engine().with_lookup(rebinding).unwrap();
    let error = engine.discover(&named("op.example")).await.unwrap_err();
    assert_eq!(error.failure(), F::IssuerMismatch, "the provider on port {port} answered: {}", error.chain());
    assert_eq!((idp.count(Endpoint::Discovery), asked.load(Ordering::SeqCst)), (1, 1));
    let error = engine.discover(&named("other.example")).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderAddressRefused, "the next connection is checked again");
    assert_eq!(idp.count(Endpoint::Discovery), 1);
}

#[tokio::test]
async fn http_to_a_name_is_taken_only_when_every_address_is_listed() {
    let (public, _) = lookup(vec![vec!["93.184.216.34"]]);
    let engine = support::engine().with_lookup(public).unwrap();
    let error = engine.discover(&settings("http://op.example/")).await.unwrap_err();
    assert_eq!(error.failure(), F::ProviderAddressRefused);
}

#[tokio::test]
async fn the_message_of_a_refused_address_names_no_address() {
    let (private, _) = lookup(vec![vec!["10.1.2.3"]]);
    let engine = Engine::new(OutboundPolicy::default(), Arc::new(support::clock())).unwrap();
    let error =
        engine.with_lookup(private).unwrap().discover(&settings("https://op.example/")).await.unwrap_err();
    assert!(!error.chain().contains("10.1.2.3"), "{}", error.chain());
    assert!(error.chain().contains("allowed networks"), "the message names the way out: {}", error.chain());
}
