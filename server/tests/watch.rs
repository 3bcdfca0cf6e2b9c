//! What providers say of themselves is looked at regularly, by one server, and differences are kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use domain::time::Timestamp;
use fake_idp::{Alg, ClientAuth, Endpoint, Fault};
use serde_json::{Value, json};
use server::service::watch;
use support::{TestApp, logs};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

async fn changes(app: &TestApp, name: &str) -> Vec<Value> {
    let answer = app.admin().await.get(&format!("/integrations/{name}/provider-changes")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["items"].as_array().unwrap().clone()
}

fn kinds(item: &Value) -> Vec<&str> {
    item["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn two_servers_ask_a_provider_once_an_interval() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        let other = app.replica().await;
        idp.clear_requests();
        let (one, two) = tokio::join!(watch::pass(&app.core), watch::pass(&other.core));
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        assert_eq!(idp.count(Endpoint::Discovery), 1);
        assert_eq!(watch::pass(&app.core).await.unwrap() + watch::pass(&other.core).await.unwrap(), 0);
        app.advance_minutes(61);
        assert_eq!(watch::pass(&other.core).await.unwrap(), 1);
        let items = changes(&app, "corp").await;
        assert_eq!(items.len(), 1, "nothing changed: one row, seen twice");
        assert_ne!(items[0]["seenAt"], items[0]["checkedAt"]);
        assert_eq!((&items[0]["changes"], &items[0]["error"]), (&json!([]), &Value::Null));
        assert_eq!(items[0]["metadata"]["issuer"], idp.issuer());
    }
}

#[tokio::test]
async fn keys_and_failures_make_a_history() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        watch::pass(&app.core).await.unwrap();
        idp.rotate_keys();
        app.advance_minutes(61);
        watch::pass(&app.core).await.unwrap();
        let items = changes(&app, "corp").await;
        assert_eq!(items.len(), 2);
        assert!(!kinds(&items[0]).is_empty(), "{items:#?}");
        assert!(kinds(&items[0]).iter().all(|kind| kind.starts_with("key")), "{items:#?}");
        idp.set_fault(Some(Fault::DiscoveryIssuerMismatch));
        app.advance_minutes(61);
        watch::pass(&app.core).await.unwrap();
        let items = changes(&app, "corp").await;
        assert_eq!((kinds(&items[0]), &items[0]["error"]), (vec!["lost"], &json!("issuer_mismatch")));
        idp.set_fault(None);
        app.advance_minutes(61);
        watch::pass(&app.core).await.unwrap();
        assert_eq!(kinds(&changes(&app, "corp").await[0]), ["found"]);
        let text = app.core.metrics.text();
        for line in [
            "latchkey_provider_changes_total{integration=\"corp\",kind=\"lost\"} 1",
            "latchkey_provider_watch_ok{integration=\"corp\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
        let page = app.admin_browser().await.get("/integrations/corp/watch").await;
        assert!(
            page.body().contains("Could not be read") && page.body().contains("Everything it said"),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn only_enabled_integrations_are_looked_at_and_never_when_it_is_off() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({"enabled": false})).await;
    assert_eq!(watch::pass(&app.core).await.unwrap(), 0);
    assert_eq!(changes(&app, "corp").await, Vec::<Value>::new());
    let off = TestApp::with(|config| config.watch.interval_minutes = 0).await;
    off.with_integration(&idp, "corp").await;
    assert_eq!(watch::pass(&off.core).await.unwrap(), 0);
    assert_eq!(app.admin().await.get("/integrations/nothere/provider-changes").await.status, 404);
}

/// Kinds and subjects of what holds, sorted.
async fn notices(app: &TestApp) -> Vec<String> {
    let all = app.admin().await.get("/notices").await.json();
    let kind = |notice: &Value| {
        format!("{} {}", notice["kind"].as_str().unwrap(), notice["subject"].as_str().unwrap())
    };
    let mut all: Vec<String> = all["items"].as_array().unwrap().iter().map(kind).collect();
    all.sort();
    all
}

/// The next round, and what holds after it.
async fn look(app: &TestApp) -> Vec<String> {
    app.advance_minutes(61);
    assert_eq!(watch::pass(&app.core).await.unwrap(), 1);
    notices(app).await
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_provider_that_cannot_be_read_or_is_another_is_told_until_it_is_good_again() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.with_integration(&idp, "corp").await;
        assert_eq!(look(&app).await, NOTHING);
        idp.set_fault(Some(Fault::Discovery500));
        assert_eq!(look(&app).await, ["provider.unreachable "]);
        let page = app.admin_browser().await.get("/integrations").await.body();
        assert!(page.contains("corp: The provider cannot be read"), "{page}");
        let page = app.admin_browser().await.get("/integrations/corp").await.body();
        assert!(page.contains("The provider cannot be read"), "{page}");
        idp.set_fault(Some(Fault::DiscoveryIssuerMismatch));
        assert_eq!(look(&app).await, ["provider.issuer_changed "]);
        assert_eq!(look(&app).await, ["provider.issuer_changed "]);
        idp.set_fault(None);
        assert_eq!(look(&app).await, NOTHING);
        let events = app.audit("kind=integration.provider_changed").await;
        assert_eq!(events.len(), 2, "once for each change, and not for what goes on: {events:?}");
        assert_eq!(
            (&events[0]["actor"], &events[0]["integration"], &events[0]["detail"]["changes"][0]["kind"]),
            (&json!("server"), &json!("corp"), &json!("lost"))
        );
    }
}

#[tokio::test]
async fn a_provider_that_is_away_or_newly_set_is_looked_at_again_soon() {
    let app = TestApp::new().await;
    let (idp, other) = (app.idp().await, app.idp().await);
    app.with_integration(&idp, "corp").await;
    app.integration(&other, "other", json!({"name": "other"})).await;
    assert_eq!(watch::pass(&app.core).await.unwrap(), 2);
    app.advance_minutes(5);
    assert_eq!(watch::pass(&app.core).await.unwrap(), 0);
    idp.set_fault(Some(Fault::Discovery500));
    app.advance_minutes(56);
    assert_eq!(watch::pass(&app.core).await.unwrap(), 2);
    assert_eq!(notices(&app).await, ["provider.unreachable "]);
    idp.set_fault(None);
    other.clear_requests();
    app.advance_minutes(5);
    assert_eq!(watch::pass(&app.core).await.unwrap(), 1);
    assert_eq!(notices(&app).await, NOTHING);
    assert_eq!(other.count(Endpoint::Discovery), 0, "it is not due");
    app.advance_minutes(5);
    assert_eq!(app.admin().await.patch("/integrations/other", json!({"label": "New"})).await.status, 200);
    assert_eq!(watch::pass(&app.core).await.unwrap(), 1);
    assert_eq!(other.count(Endpoint::Discovery), 1);
}

#[tokio::test]
async fn a_changed_address_is_told_until_it_is_as_before_or_somebody_has_looked() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    look(&app).await;
    idp.config(|config| config.userinfo_endpoint = false);
    assert_eq!(look(&app).await, ["provider.address_changed userinfo"]);
    assert_eq!(look(&app).await, ["provider.address_changed userinfo"], "it is not forgotten");
    idp.config(|config| config.userinfo_endpoint = true);
    assert_eq!(look(&app).await, NOTHING, "it is as before");
    idp.config(|config| config.userinfo_endpoint = false);
    assert_eq!(look(&app).await, ["provider.address_changed userinfo"]);
    let admin = app.admin().await;
    let held = app.admin().await.get("/notices").await.json()["items"][0].clone();
    let path = format!("/notices/{}/dismiss", held["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, Value::Null).await.status, 204);
    assert_eq!(admin.post(&path, Value::Null).await.status, 404);
    assert_eq!(look(&app).await, NOTHING);
    let event = app.audit("kind=notice.dismissed").await.pop().unwrap();
    assert_eq!((&event["actor"], &event["target"]), (&json!("admin"), &json!("integration:corp")));
    // What lasts cannot be put away; and from the page it goes by a plain form.
    idp.config(|config| config.userinfo_endpoint = true);
    idp.set_fault(Some(Fault::Discovery500));
    look(&app).await;
    let held = app.admin().await.get("/notices").await.json()["items"][0].clone();
    let id = held["id"].as_str().unwrap();
    let path = format!("/notices/{id}/dismiss");
    let answer = app.admin().await.post(&path, Value::Null).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "notice_holds"), "{answer:?}");
    idp.set_fault(None);
    assert_eq!(look(&app).await, ["provider.address_changed userinfo"]);
    let mut browser = app.admin_browser().await;
    assert!(browser.get("/integrations").await.body().contains("put this away"));
    let held = app.admin().await.get("/notices").await.json()["items"][0].clone();
    let answer = browser.post_form("/fn/notices/dismiss", &[("id", held["id"].as_str().unwrap())]).await;
    assert_eq!((answer.status, answer.location()), (303, "/integrations"), "{answer:?}");
    assert_eq!(notices(&app).await, NOTHING);
}

#[tokio::test]
async fn another_provider_set_here_is_no_change_at_the_first_one() {
    let app = TestApp::new().await;
    let (idp, other) = (app.idp().await, app.idp().await);
    app.with_integration(&idp, "corp").await;
    look(&app).await;
    let body = json!({"issuer": other.issuer(), "clientSecret": other.client_secret()});
    assert_eq!(app.admin().await.patch("/integrations/corp", body).await.status, 200);
    assert_eq!(look(&app).await, NOTHING);
    let items = changes(&app, "corp").await;
    assert_eq!((items.len(), &items[0]["changes"]), (2, &json!([])), "{items:#?}");
    other.config(|config| config.userinfo_endpoint = false);
    assert_eq!(look(&app).await, ["provider.address_changed userinfo"]);
}

#[tokio::test]
async fn what_is_set_and_no_longer_offered_is_told() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", json!({"signingAlgorithms": ["RS256"]})).await;
    assert_eq!(look(&app).await, NOTHING);
    idp.config(|config| config.alg = Alg::Es256);
    idp.config(|config| config.client_auth = ClientAuth::Post);
    let all = look(&app).await;
    assert_eq!(all, ["provider.misfit clientAuthMethod", "provider.misfit signingAlgorithms"]);
    let body = json!({"signingAlgorithms": ["ES256"]});
    assert_eq!(app.admin().await.patch("/integrations/corp", body).await.status, 200);
    assert_eq!(look(&app).await, ["provider.misfit clientAuthMethod"]);
    // Nobody looks at a disabled one any more, so nothing is said of it.
    assert_eq!(app.admin().await.post("/integrations/corp/disable", Value::Null).await.status, 200);
    app.advance_minutes(61);
    assert_eq!(watch::pass(&app.core).await.unwrap(), 0);
    assert_eq!(notices(&app).await, NOTHING);
}

/// Plain OAuth 2.0 with this base of its addresses.
fn plain(base: &str) -> Value {
    json!({
        "protocol": "oauth2",
        "issuer": "",
        "discovery": false,
        "endpoints": {
            "authorization": format!("{base}authorize"),
            "token": format!("{base}token"),
            "userinfo": format!("{base}userinfo"),
        },
    })
}

#[tokio::test]
async fn the_addresses_of_plain_oauth2_are_looked_at_too() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        app.integration(&idp, "plain", plain(&idp.issuer())).await;
        idp.clear_requests();
        assert_eq!(look(&app).await, NOTHING);
        assert_eq!(idp.count(Endpoint::Discovery), 0);
        let items = changes(&app, "plain").await;
        assert_eq!(items[0]["metadata"]["token"], format!("{}token", idp.issuer()));
        let gone = json!({"endpoints": plain("http://127.0.0.1:1/")["endpoints"], "clientSecret": "again"});
        let answer = app.admin().await.patch("/integrations/plain", gone).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(look(&app).await, ["provider.unreachable "]);
        let items = changes(&app, "plain").await;
        assert_eq!(items[0]["error"], "provider_unreachable");
    }
}

#[tokio::test]
async fn certificates_are_kept_and_warned_of_thirty_seven_and_one_days_before_they_end() {
    for app in TestApp::on_each_database().await {
        let idp = app.idp().await;
        let base = format!("https://127.0.0.1:{}/", tls_server().await);
        let mut settings = plain(&base);
        settings["customCa"] = json!(include_str!("../oidc/tests/certificates/ca.pem"));
        app.integration(&idp, "corp", settings).await;
        // The certificate is for another host: it is seen all the same.
        assert_eq!(look(&app).await, ["provider.unreachable "]);
        let admin = app.admin().await;
        let shown = admin.get("/integrations/corp/provider-certificates").await.json()["items"].clone();
        assert_eq!((&shown[0]["subject"], &shown[0]["issuer"]), (&json!("op.test"), &json!("Test CA")));
        let view = admin.get("/integrations/corp").await.json();
        assert_eq!(view["certificateExpiresAt"], shown[0]["notAfter"], "{view}");
        let list = admin.get("/integrations").await.json();
        assert_eq!(list["items"][0]["certificateExpiresAt"], shown[0]["notAfter"], "{list}");
        let page = app.admin_browser().await.get("/integrations/corp/watch").await;
        assert!(page.body().contains("op.test") && page.body().contains("Test CA"), "{page:?}");
        let end = Timestamp::parse(shown[0]["notAfter"].as_str().unwrap()).unwrap();
        let host = shown[0]["host"].as_str().unwrap();
        let line = format!(
            "latchkey_certificate_not_after_seconds{{integration=\"corp\",host=\"{host}\"}} {}",
            end.seconds()
        );
        assert!(app.core.metrics.text().contains(&line), "{line}");
        let day = 24 * 3600;
        for (days, kind) in [(29, "expiring"), (7, "expiring"), (1, "expiring"), (-1, "expired")] {
            app.advance_seconds(end.seconds() - days * day - app.now().seconds() - 61 * 60);
            let all = look(&app).await;
            let mut expected = vec![
                format!("certificate.{kind} {host}"),
                format!("certificate.{kind} customCa"),
                "provider.unreachable ".to_owned(),
            ];
            expected.sort();
            assert_eq!(all, expected, "{days} days before");
        }
        for days in [7, 1] {
            let word = format!("threshold_days={days} ");
            let lines = logs::lines_with("a certificate ends");
            assert!(lines.iter().any(|line| line.contains(&word)), "{word}: {lines:?}");
        }
        // Without the certificate and at another address both are over.
        let body = json!({"customCa": null, "endpoints": plain(&idp.issuer())["endpoints"], "clientSecret": "again"});
        let answer = app.admin().await.patch("/integrations/corp", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(look(&app).await, NOTHING);
        let shown = app.admin().await.get("/integrations/corp/provider-certificates").await.json();
        assert_eq!(shown["items"], json!([]));
    }
}

/// A TLS server whose certificate ends one day; gives its port.
async fn tls_server() -> u16 {
    let leaf = include_bytes!("../oidc/tests/certificates/leaf.pem");
    let leaf = CertificateDer::from_pem_slice(leaf).unwrap();
    let key = include_bytes!("../oidc/tests/certificates/leaf.key");
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(acceptor.accept(stream));
        }
    });
    port
}
