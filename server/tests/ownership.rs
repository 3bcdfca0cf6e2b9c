//! What a configuration file sets belongs to it until it is released.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::access::Caller;
use serde_json::{Value, json};
use server::service::{
    apply::{self, ApplyError, Change, Document, Options},
    managed,
};
use support::TestApp;

const FILE: &str = "\
integrations:
  - name: corp
    label: Corp SSO
    issuer: https://idp.example.com/
    clientId: latchkey
    clientSecretEnv: CORP_SECRET
    claims:
      groups: realm_access.roles
    enabled: true
mappingRules:
  - {group: auditors, role: ADMIN_VIEWER, level: global, integration: corp}
";

async fn run(app: &TestApp, name: &str, text: &str, prune: bool) -> Result<Vec<String>, Vec<String>> {
    let env = |name: &str| (name == "CORP_SECRET").then(|| "canary-owned-secret".to_owned());
    let document = Document::parse(name, text, false, &env)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let options = Options { dry_run: false, prune };
    let done = apply::apply(&app.core, &Caller::host("test"), &document, options).await;
    let words =
        |change: &Change| format!("{:?} {} {} {}", change.action, change.kind, change.name, change.diff);
    done.map(|changes| changes.iter().map(words).collect()).map_err(|error| match error {
        ApplyError::Problems(problems) => problems.iter().map(ToString::to_string).collect(),
        ApplyError::Service(error) => vec![error.public().code.code().to_owned()],
    })
}

async fn apply(app: &TestApp, text: &str) -> Vec<String> {
    run(app, "conf/latchkey.yaml", text, false).await.unwrap()
}

/// The wrong fields of a refusal, all of them for the same reason.
fn fields(answer: &support::Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer:?}");
    let fields = answer.json()["fields"].as_array().unwrap().clone();
    assert!(fields.iter().all(|field| field["code"] == "managed_by_configuration"), "{fields:?}");
    let mut fields: Vec<String> =
        fields.iter().map(|field| field["field"].as_str().unwrap().to_owned()).collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn what_a_file_names_is_its_own_and_the_rest_is_everybodys() {
    for app in TestApp::on_each_database().await {
        apply(&app, FILE).await;
        let admin = app.admin().await;
        let path = "/integrations/corp";
        let change =
            json!({"label": "Mine", "claims": {"groups": "x", "email": "mail"}, "clientSecret": "new"});
        assert_eq!(fields(&admin.patch(path, change).await), ["claims.groups", "clientSecret", "label"]);
        assert_eq!(fields(&admin.post("/integrations/corp/disable", Value::Null).await), ["enabled"]);
        assert_eq!(fields(&admin.delete(path).await), ["name"]);
        let rule = admin.get("/mapping-rules").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let rule = format!("/mapping-rules/{rule}");
        assert_eq!(
            fields(&admin.patch(&rule, json!({"group": "g", "enabled": false})).await),
            ["enabled", "group"]
        );
        assert_eq!(fields(&admin.delete(&rule).await), ["name"]);
        // What the file does not name, and what stays as it says, may be sent.
        let free = json!({"pkce": false, "claims": {"email": "mail"}, "label": "Corp SSO"});
        assert_eq!(admin.patch(path, free).await.status, 200);
        assert_eq!(
            apply(&app, FILE).await,
            Vec::<String>::new(),
            "what it never named stays as people set it"
        );
        let now = admin.get(path).await.json();
        assert_eq!((&now["pkce"], &now["claims"]["email"]), (&json!(false), &json!("mail")));
        let managed = admin.get("/integrations/corp/managed").await.json()["managedBy"].clone();
        assert_eq!((&managed["file"], &managed["released"]), (&json!("latchkey.yaml"), &json!(false)));
        assert_eq!(
            managed["fields"],
            json!(["claims.groups", "clientId", "clientSecret", "enabled", "issuer", "label", "name"])
        );
        assert_eq!(managed["drift"], json!([]));
        assert_eq!(admin.get(&format!("{rule}/managed")).await.json()["managedBy"]["drift"], json!([]));
        assert!(!app.transcript.text().contains("canary-owned-secret"));
    }
}

#[tokio::test]
async fn a_field_that_leaves_the_file_goes_back_to_its_default() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let changes = apply(&app, &FILE.replace("    claims:\n      groups: realm_access.roles\n", "")).await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes[0].contains(r#""to":"groups""#), "{changes:?}");
    let admin = app.admin().await;
    assert_eq!(admin.patch("/integrations/corp", json!({"claims": {"groups": "free"}})).await.status, 200);
}

#[tokio::test]
async fn a_release_gives_the_fields_back_and_shows_what_differs_until_the_file_is_applied_again() {
    for app in TestApp::on_each_database().await {
        apply(&app, FILE).await;
        let admin = app.admin().await;
        let released = admin.post("/integrations/corp/release", Value::Null).await;
        assert_eq!(released.json()["managedBy"]["released"], true, "{released:?}");
        assert_eq!(admin.patch("/integrations/corp", json!({"label": "Mine"})).await.status, 200);
        let managed = admin.get("/integrations/corp/managed").await.json();
        assert_eq!(managed["managedBy"]["drift"], json!(["label"]));
        let rule = admin.get("/mapping-rules").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(
            admin.patch(&format!("/mapping-rules/{rule}"), json!({"enabled": false})).await.status,
            200
        );
        let event = app.audit("kind=integration.changed&target=integration:corp").await.remove(0);
        assert_eq!(event["detail"]["setBy"], json!({"from": "latchkey.yaml", "to": null}));
        let page = app.admin_browser().await.get("/integrations/corp").await.body();
        assert!(page.contains("It differs from the applied file in:"), "{page}");
        // The next application makes it as the file says again.
        assert_eq!(apply(&app, FILE).await.len(), 2);
        assert_eq!(fields(&admin.patch("/integrations/corp", json!({"label": "Mine"})).await), ["label"]);
        assert_eq!(admin.get("/integrations/corp/managed").await.json()["managedBy"]["drift"], json!([]));
        managed::release(&app.core, &Caller::host("test"), "corp").await.unwrap();
        assert_eq!(admin.delete("/integrations/corp").await.status, 204, "what was released may be deleted");
    }
}

#[tokio::test]
async fn prune_never_removes_what_this_file_did_not_set() {
    for app in TestApp::on_each_database().await {
        let admin = app.admin().await;
        app.organization("By hand").await;
        app.rule("by-hand", "GLOBAL_READ_ONLY", "global").await;
        let by_hand =
            json!({"name": "hand", "label": "H", "issuer": "https://h.example.com", "clientId": "x"});
        assert_eq!(admin.post("/integrations", by_hand).await.status, 201);
        apply(&app, FILE).await;
        let other = "organizations:\n  - name: Other file\n";
        run(&app, "other.yaml", other, false).await.unwrap();
        let nothing = "integrations: []\norganizations: []\nprojects: []\nmappingRules: []\n";
        let removed = run(&app, "elsewhere/latchkey.yaml", nothing, true).await.unwrap();
        assert_eq!(
            removed,
            [
                "Delete mapping rule auditors \u{2192} GLOBAL_READ_ONLY (corp) null",
                "Delete integration corp null",
            ]
        );
        for (path, total) in [("/integrations", 1), ("/organizations", 2), ("/mapping-rules", 1)] {
            assert_eq!(admin.get(path).await.json()["total"], total, "{path}");
        }
    }
}

#[tokio::test]
async fn prune_refuses_to_take_rules_of_others_with_an_integration() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let admin = app.admin().await;
    let rule = json!({"integration": "corp", "group": "g", "role": "GLOBAL_READ_ONLY", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", rule).await.status, 201);
    let nothing = "integrations: []\nmappingRules: []\n";
    assert_eq!(run(&app, "latchkey.yaml", nothing, true).await.unwrap_err(), ["in_use"]);
    assert_eq!(admin.get("/mapping-rules").await.json()["total"], 2, "everything was taken back");
}

#[tokio::test]
async fn what_is_released_is_not_pruned() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    managed::release(&app.core, &Caller::host("test"), "corp").await.unwrap();
    let nothing = "integrations: []\nmappingRules: []\n";
    assert_eq!(run(&app, "latchkey.yaml", nothing, true).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn the_pages_show_what_is_set_and_lock_it() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let mut admin = app.admin_browser().await;
    let page = admin.get("/integrations/corp").await.body();
    assert!(
        page.contains("Set by the server&#x27;s configuration (latchkey.yaml).")
            || page.contains("Set by the server's configuration (latchkey.yaml)."),
        "{page}"
    );
    assert!(
        !page.contains("/integrations/corp/delete") && !page.contains("/integrations/corp/disable"),
        "{page}"
    );
    let html = scraper::Html::parse_document(&page);
    let is_readonly = |name: &str| {
        let selector = scraper::Selector::parse(&format!("input[name=\"form[{name}]\"][readonly]")).unwrap();
        html.select(&selector).next().is_some()
    };
    assert!(is_readonly("label") && is_readonly("claim_groups"));
    assert!(!is_readonly("claim_email"));
    // The form as the page has it can be sent: nothing of the file's is lost on the way.
    let rule = admin.api().get("/mapping-rules").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let page = admin.get(&format!("/mapping-rules/{rule}")).await.body();
    assert!(!page.contains("Remove this rule"), "{page}");
    assert!(page.contains("latchkey apply --release corp"), "{page}");
}
