//! The configuration as a file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::access::Caller;
use server::service::apply::{self, Action, ApplyError, Change, Document, Options};
use support::TestApp;

const SECRET: &str = "canary-client-secret-5512";
const FILE: &str = "\
organizations:
  - name: Atlas
projects:
  - name: billing
    organization: Atlas
integrations:
  - name: corp
    label: Corp SSO
    issuer: https://idp.example.com/
    clientId: latchkey
    clientSecretEnv: CORP_SECRET
    oauthScopes: [openid, groups]
    claims:
      groups: realm_access.roles
    enabled: true
mappingRules:
  - group: dba-team
    role: GROUP_OWNER
    level: project
    target: Atlas/billing
    integration: corp
  - {group: auditors, role: ADMIN_VIEWER, level: global}
";

fn env(name: &str) -> Option<String> {
    (name == "CORP_SECRET").then(|| SECRET.to_owned())
}

fn parse(text: &str) -> Result<Document, Vec<String>> {
    Document::parse("f.yaml", text, false, &env)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

async fn run(app: &TestApp, text: &str, options: Options) -> Result<Vec<Change>, Vec<String>> {
    let document = parse(text)?;
    apply::apply(&app.core, &Caller::host("test"), &document, options).await.map_err(|error| match error {
        ApplyError::Problems(problems) => problems.iter().map(ToString::to_string).collect(),
        ApplyError::Service(error) => vec![error.public().code.code().to_owned()],
    })
}

async fn apply(app: &TestApp, text: &str) -> Vec<String> {
    words(&run(app, text, Options::default()).await.unwrap())
}

fn words(changes: &[Change]) -> Vec<String> {
    let verb = |action| match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    };
    changes.iter().map(|c| format!("{} {} {}", verb(c.action), c.kind, c.name)).collect()
}

async fn export(app: &TestApp) -> String {
    apply::export::export(&app.core, &Caller::host("test")).await.unwrap()
}

#[tokio::test]
async fn a_file_makes_everything_and_a_second_time_nothing() {
    for app in TestApp::on_each_database().await {
        assert_eq!(
            apply(&app, FILE).await,
            [
                "create organization Atlas",
                "create project Atlas/billing",
                "create integration corp",
                "create mapping rule dba-team → GROUP_OWNER at Atlas/billing (corp)",
                "create mapping rule auditors → GLOBAL_READ_ONLY",
            ]
        );
        assert_eq!(apply(&app, FILE).await, Vec::<String>::new());
        let corp = app.admin().await.get("/integrations/corp").await.json();
        assert_eq!((&corp["enabled"], &corp["createdBy"]), (&true.into(), &"host".into()));
        assert_eq!(corp["claims"]["email"], "email", "what the file leaves out has its default");
        let events = app.audit("actor=host").await;
        let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&"integration.created") && kinds.contains(&"rule.created"), "{kinds:?}");
        assert!(!app.transcript.text().contains(SECRET));
    }
}

#[tokio::test]
async fn an_export_applied_changes_nothing_and_holds_no_secret() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let text = export(&app).await;
    assert!(text.contains("clientSecretEnv: CORP_SECRET"), "the reference that was given: {text}");
    assert!(!text.contains(SECRET), "{text}");
    assert_eq!(apply(&app, &text).await, Vec::<String>::new());
    assert_eq!(export(&app).await, text);
    let prune = Options { prune: true, dry_run: false };
    assert_eq!(words(&run(&app, &text, prune).await.unwrap()), Vec::<String>::new());
    // Without the variable the stored secret stays.
    let elsewhere = text.replace("CORP_SECRET", "NOT_SET");
    assert_eq!(apply(&app, &elsewhere).await, Vec::<String>::new());
    assert_eq!(app.admin().await.get("/integrations/corp").await.json()["clientSecret"]["state"], "set");
    // On another installation it makes the same again.
    let other = TestApp::new().await;
    assert_eq!(apply(&other, &text).await.len(), 5);
    assert_eq!(export(&other).await, text);
}

#[tokio::test]
async fn an_integration_made_elsewhere_is_exported_with_the_usual_reference() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "a__b").await;
    let text = export(&app).await;
    assert!(text.contains("clientSecretEnv: LATCHKEY_SECRET_A_B"), "{text}");
    assert!(!text.contains(idp.client_secret()), "{text}");
}

#[tokio::test]
async fn a_difference_is_shown_by_member_with_the_secret_hidden() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let changed = FILE.replace("Corp SSO", "New label").replace("enabled: true", "enabled: false");
    let changes = run(&app, &changed, Options::default()).await.unwrap();
    assert_eq!(words(&changes), ["update integration corp"]);
    assert_eq!(
        changes[0].diff,
        serde_json::json!({
            "enabled": {"from": true, "to": false}, "label": {"from": "Corp SSO", "to": "New label"},
        })
    );
    let moved = FILE.replace("https://idp.example.com/", "https://other.example.com/");
    let changes = run(&app, &moved, Options::default()).await.unwrap();
    assert_eq!(changes[0].diff["clientSecret"], serde_json::json!({"from": "[hidden]", "to": "[hidden]"}));
    let nowhere = FILE
        .replace("CORP_SECRET", "NOT_SET")
        .replace("https://idp.example.com/", "https://third.example.com/");
    assert_eq!(
        run(&app, &nowhere, Options::default()).await.unwrap_err(),
        [
            "f.yaml:7: integrations.0.clientSecret: Enter the client secret again: the issuer or token endpoint changed."
        ]
    );
}

#[tokio::test]
async fn a_dry_run_plans_the_same_and_changes_nothing() {
    let app = TestApp::new().await;
    let before = app.audit("").await.len();
    let dry = Options { dry_run: true, prune: true };
    assert_eq!(run(&app, FILE, dry).await.unwrap().len(), 5);
    let admin = app.admin().await;
    for path in ["/integrations", "/organizations", "/projects", "/mapping-rules"] {
        assert_eq!(admin.get(path).await.json()["total"], 0, "{path}");
    }
    assert_eq!(app.audit("").await.len(), before + 2, "the reader's own sign-ins, nothing else");
}

#[tokio::test]
async fn prune_removes_what_the_file_does_not_name_in_the_sections_it_has() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let prune = Options { prune: true, dry_run: false };
    let rules_only = "mappingRules:\n  - {group: auditors, role: GLOBAL_READ_ONLY, level: global}\n";
    assert_eq!(apply(&app, rules_only).await, Vec::<String>::new(), "without prune nothing is removed");
    assert_eq!(
        words(&run(&app, rules_only, prune).await.unwrap()),
        ["delete mapping rule dba-team → GROUP_OWNER at Atlas/billing (corp)"]
    );
    let nothing = "integrations: []\norganizations: []\nprojects: []\nmappingRules: []\n";
    assert_eq!(
        words(&run(&app, nothing, prune).await.unwrap()),
        [
            "delete mapping rule auditors → GLOBAL_READ_ONLY",
            "delete integration corp",
            "delete project Atlas/billing",
            "delete organization Atlas",
        ]
    );
    assert_eq!(export(&app).await.lines().filter(|line| line.ends_with("[]")).count(), 5);
}

#[tokio::test]
async fn what_cannot_be_removed_or_would_lock_out_takes_everything_back() {
    let app = TestApp::new().await;
    apply(&app, FILE).await;
    let prune = Options { prune: true, dry_run: false };
    let refused = run(&app, "organizations:\n  - name: New\n", prune).await.unwrap_err();
    assert_eq!(refused, ["in_use"]);
    let locked = FILE.replace("    enabled: true", "    enabled: true\n    localSignIn: false");
    assert_eq!(run(&app, &locked, Options::default()).await.unwrap_err(), ["last_way_in"]);
    let admin = app.admin().await;
    assert_eq!(admin.get("/organizations").await.json()["total"], 1);
    assert_eq!(admin.get("/integrations/corp").await.json()["localSignIn"], true);
}

#[test]
fn every_problem_of_a_file_is_told_with_its_line() {
    let text = "\
organizations:
  - name: Atlas
  - name: Atlas
integrations:
  - name: corp
    label: Corp
    issuer: http://idp.example.com/
    clientId: x
    clientSecretEnv: A
    clientSecretFile: B
  - name: Corp
    label: ''
    issuer: https://idp.example.com/
    clientId: x
mappingRules:
  - group: g
    role: ORG_OWNER
    level: global
  - {group: h, role: GLOBAL_OWNER, level: global}
  - {group: h, role: ADMIN, level: global}
";
    let problems = parse(text).unwrap_err();
    let places: Vec<&str> = problems.iter().map(|p| p.rsplit_once(": ").unwrap().0).collect();
    let found = |start: &str| places.iter().any(|place| place.starts_with(start));
    for wanted in [
        "f.yaml:3: organizations.1.name",
        "f.yaml:7: integrations.0.issuer",
        "f.yaml:10: integrations.0.clientSecretFile",
        "f.yaml:11: integrations.1.name",
        "f.yaml:12: integrations.1.label",
        "f.yaml:17: mappingRules.0.role",
        "f.yaml:20: mappingRules.2.group",
    ] {
        assert!(found(wanted), "{wanted} is missing: {problems:#?}");
    }
    assert_eq!(problems.len(), 7, "{problems:#?}");
}

#[test]
fn unknown_members_wrong_types_and_secrets_are_refused_with_their_line() {
    let text = "\
organisations: []
integrations:
  - name: corp
    lable: Corp
    pkce: maybe
    clientSecret: canary-literal
";
    let problems = parse(text).unwrap_err();
    assert_eq!(problems.len(), 4, "{problems:#?}");
    assert!(problems[0].starts_with("f.yaml:1: organisations: Remove this member"), "{problems:#?}");
    assert!(problems[1].starts_with("f.yaml:4: integrations.0.lable: Remove this member"), "{problems:#?}");
    assert!(problems[2].starts_with("f.yaml:5: integrations.0.pkce: Give a value"), "{problems:#?}");
    assert!(
        problems[3].starts_with("f.yaml:6: integrations.0.clientSecret: Keep the secret out"),
        "{problems:#?}"
    );
    assert!(!problems.concat().contains("canary-literal"));
}

#[test]
fn what_is_no_yaml_is_told_with_its_line() {
    for (text, start) in [
        ("", "f.yaml: The file is empty."),
        ("integrations:\n  - name: a\n   label: b\n", "f.yaml:"),
        ("organizations: []\norganizations: []\n", "f.yaml"),
        ("1: x\n", "f.yaml: Use text keys"),
        ("- a\n", "f.yaml:1: Give a value"),
    ] {
        let problems = parse(text).unwrap_err();
        assert!(problems[0].starts_with(start), "{text:?}: {problems:?}");
    }
    assert!(parse("organizations: []\norganizations: []\n").unwrap_err()[0].contains("duplicate"));
}

#[test]
fn json_is_read_too() {
    let json = r#"{"organizations": [{"name": "Atlas"}], "mappingRules": []}"#;
    assert_eq!(parse(json).unwrap().organizations.unwrap(), ["Atlas"]);
}

#[tokio::test]
async fn targets_that_are_not_there_are_told_all_at_once() {
    let app = TestApp::new().await;
    let text = "\
projects:
  - {name: p, organization: Nowhere}
integrations:
  - {name: corp, label: C, issuer: 'https://idp.example.com/', clientId: x, clientSecretEnv: NOT_SET}
mappingRules:
  - {group: a, role: ORG_OWNER, level: organization, target: Atlas}
  - {group: b, role: GROUP_OWNER, level: project, target: Atlas/x}
  - {group: c, role: GLOBAL_OWNER, level: global, integration: none}
";
    assert_eq!(
        run(&app, text, Options::default()).await.unwrap_err(),
        [
            "f.yaml:2: projects.0.organization: Choose something that exists.",
            "f.yaml:4: integrations.0.clientSecretEnv: Set the environment variable, or write the file, that this names.",
            "f.yaml:6: mappingRules.0.target: Choose something that exists.",
            "f.yaml:7: mappingRules.1.target: Choose something that exists.",
            "f.yaml:8: mappingRules.2.integration: Choose something that exists.",
        ]
    );
}

const ROLES: &str = "\
organizations:
  - name: Atlas
roles:
  - {name: GROUP_ON_CALL, label: On call, description: Answers at night.}
  - {name: ORG_AUDITOR, label: Auditor, organization: Atlas}
mappingRules:
  - {group: night, role: ORG_AUDITOR, level: organization, target: Atlas}
";

#[tokio::test]
async fn custom_roles_are_made_changed_pruned_and_written_out() {
    for app in TestApp::on_each_database().await {
        assert_eq!(
            apply(&app, ROLES).await,
            [
                "create organization Atlas",
                "create role GROUP_ON_CALL",
                "create role ORG_AUDITOR",
                "create mapping rule night → ORG_AUDITOR at Atlas",
            ]
        );
        assert_eq!(apply(&app, ROLES).await, [""; 0]);
        let exported = export(&app).await;
        assert!(
            exported.contains("label: Auditor\n  description: ''\n  organization: Atlas\n"),
            "{exported}"
        );
        assert_eq!(apply(&app, &exported).await, [""; 0], "what is written out says the same");
        assert_eq!(apply(&app, ROLES).await, [""; 0]);
        let relabelled = ROLES.replace("label: On call", "label: At night");
        assert_eq!(apply(&app, &relabelled).await, ["update role GROUP_ON_CALL"]);
        // What another file made, or a person, is not pruned; what is used is not removed.
        let prune = Options { prune: true, ..Options::default() };
        let without = "roles:\n  - {name: GROUP_ON_CALL, label: At night, description: Answers at night.}\n";
        assert_eq!(run(&app, without, prune).await.unwrap_err(), ["in_use"]);
        let none = "roles: []\nmappingRules: []\n";
        assert_eq!(
            words(&run(&app, none, prune).await.unwrap()),
            [
                "delete mapping rule night → ORG_AUDITOR at Atlas",
                "delete role GROUP_ON_CALL",
                "delete role ORG_AUDITOR",
            ]
        );
        for (wrong, said) in [
            ("roles:\n  - {name: AUDITOR, label: x}\n", "f.yaml:2: roles.0.name: Begin with GLOBAL_"),
            ("roles:\n  - {name: ORG_X, label: ''}\n", "f.yaml:2: roles.0.label: Enter a value."),
            (
                "roles:\n  - {name: ORG_X, label: x}\n  - {name: ORG_X, label: y}\n",
                "f.yaml:3: roles.1.name: ",
            ),
            ("roles:\n  - {name: ORG_X, label: x, organization: No}\n", "f.yaml:2: roles.0.organization: "),
            (
                "mappingRules:\n  - {group: g, role: ORG_NO, level: organization, target: Atlas}\n",
                "f.yaml:2: mappingRules.0.role: ",
            ),
        ] {
            let told = run(&app, wrong, Options::default()).await.unwrap_err();
            assert!(told[0].starts_with(said), "{told:?}");
        }
    }
}
