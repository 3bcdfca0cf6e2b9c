//! What providers say of themselves is looked at regularly, by one server, and differences are kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use fake_idp::{Endpoint, Fault};
use serde_json::{Value, json};
use server::service::watch;
use support::TestApp;

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
