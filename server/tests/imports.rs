//! What OMS and Ops Manager have configured becomes a draft here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::{body::Body, http::Method};
use domain::{
    access::Caller,
    api::{ImportPlan, ImportSource},
};
use serde_json::{Value, json};
use server::service::import::{self, ImportError, Options};
use support::{Answer, Browser, TestApp};

const OMS: &str = include_str!("fixtures/oms-config.yaml");
const OPS_MANAGER: &str = include_str!("fixtures/ops-manager.properties");
/// What of the fixtures must never be seen again.
const SECRETS: [&str; 4] =
    ["s3cr3t-of-oms", "s3cr3t-of-ops-manager", "not-for-latchkey", "not-for-latchkey-either"];

async fn run(
    app: &TestApp,
    source: ImportSource,
    text: &str,
    options: &Options,
) -> Result<ImportPlan, Vec<String>> {
    let caller = Caller::host("test");
    import::import(&app.core, &caller, source, text.as_bytes(), options).await.map_err(|error| match error {
        ImportError::Problems(problems) => problems.iter().map(ToString::to_string).collect(),
        ImportError::Service(error) => vec![error.public().code.code().to_owned()],
    })
}

async fn oms(app: &TestApp, text: &str) -> Result<ImportPlan, Vec<String>> {
    run(app, ImportSource::Oms, text, &Options::default()).await
}

async fn ops_manager(app: &TestApp, text: &str) -> Result<ImportPlan, Vec<String>> {
    run(app, ImportSource::OpsManager, text, &Options::default()).await
}

fn dry() -> Options {
    Options { dry_run: true, ..Options::default() }
}

/// What became of a key: the result, what it became, and the note.
fn line<'a>(plan: &'a ImportPlan, key: &str) -> (&'static str, &'a str, &'a str) {
    let line = plan.lines.iter().find(|line| line.key.as_deref() == Some(key));
    let line = line.unwrap_or_else(|| panic!("{key} is not in {plan:#?}"));
    (line.outcome.label(), line.became.as_deref().unwrap_or(""), line.note.as_deref().unwrap_or(""))
}

fn assert_no_secret(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn the_plan_of_an_oms_file_is_as_it_was_looked_at() {
    let app = TestApp::new().await;
    let plan = run(&app, ImportSource::Oms, OMS, &dry()).await.unwrap();
    insta::assert_json_snapshot!(plan);
    assert_eq!(app.admin().await.get("/integrations").await.json()["total"], 0, "a dry run makes nothing");
}

#[tokio::test]
async fn the_plan_of_an_ops_manager_file_is_as_it_was_looked_at() {
    let app = TestApp::new().await;
    let plan = run(&app, ImportSource::OpsManager, OPS_MANAGER, &dry()).await.unwrap();
    insta::assert_json_snapshot!(plan);
    assert_eq!(app.admin().await.get("/mapping-rules").await.json()["total"], 0, "a dry run makes nothing");
}

#[tokio::test]
async fn an_oms_file_becomes_a_disabled_draft_with_its_secret_sealed() {
    for app in TestApp::on_each_database().await {
        let plan = oms(&app, OMS).await.unwrap();
        assert!(plan.applied && !plan.exists && !plan.needs_force);
        let admin = app.admin().await;
        let made = admin.get("/integrations/oms").await.json();
        assert_eq!(made["enabled"], false);
        assert_eq!(made["clientId"], "oms-console");
        assert_eq!(made["clientAuthMethod"], "client_secret_basic");
        assert_eq!(made["oauthScopes"], json!(["openid", "profile"]));
        assert_eq!(made["claims"]["username"], "nickname");
        assert_eq!(made["claims"]["email"], "email", "what the file does not say has its default");
        assert_eq!(made["endpoints"]["jwks"], "https://idp.example.org/keys");
        assert_eq!((&made["discovery"], &made["issuer"]), (&json!(false), &json!("https://idp.example.org")));
        assert_eq!(made["localSignIn"], true);
        assert_eq!(made["clientSecret"]["state"], "set");
        let mut tx = app.core.db.begin().await.unwrap();
        let stored = tx.integrations().find("oms").await.unwrap().unwrap();
        let secret = tx.integrations().secret(&stored).await.unwrap().unwrap();
        assert_eq!(secret.expose(), "s3cr3t-of-oms");
        drop(tx);
        assert_eq!(app.audit("kind=integration.created").await.len(), 1);
        assert_no_secret(&app.transcript.text());
        assert_no_secret(&serde_json::to_string(&plan).unwrap());
    }
}

#[tokio::test]
async fn ops_managers_group_lists_become_rules_of_the_draft() {
    for app in TestApp::on_each_database().await {
        ops_manager(&app, OPS_MANAGER).await.unwrap();
        let admin = app.admin().await;
        let made = admin.get("/integrations/ops_manager").await.json();
        assert_eq!(made["issuer"], "https://idp.example.org/realms/data", "without the path of discovery");
        assert_eq!(
            (&made["discovery"], &made["pkce"], &made["enabled"]),
            (&true.into(), &true.into(), &false.into())
        );
        let rules = admin.get("/mapping-rules").await.json();
        let mut rules: Vec<String> = rules["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| {
                assert_eq!((&rule["integration"], &rule["level"]), (&json!("ops_manager"), &json!("global")));
                format!("{} {}", rule["group"].as_str().unwrap(), rule["role"].as_str().unwrap())
            })
            .collect();
        let mut wanted = [
            "om-owners GLOBAL_OWNER",
            "platform-leads GLOBAL_OWNER",
            "om-automation GLOBAL_AUTOMATION_ADMIN",
            "om-backup GLOBAL_BACKUP_ADMIN",
            "om-monitoring GLOBAL_MONITORING_ADMIN",
            "om-user-admins GLOBAL_USER_ADMIN",
            "om-auditors GLOBAL_READ_ONLY",
            "om-readers GLOBAL_READ_ONLY",
        ];
        rules.sort();
        wanted.sort_unstable();
        assert_eq!(rules, wanted);
        assert_no_secret(&app.transcript.text());
    }
}

#[tokio::test]
async fn importing_twice_changes_nothing() {
    for app in TestApp::on_each_database().await {
        for (source, text, name) in
            [(ImportSource::Oms, OMS, "oms"), (ImportSource::OpsManager, OPS_MANAGER, "ops_manager")]
        {
            run(&app, source, text, &Options::default()).await.unwrap();
            let admin = app.admin().await;
            let before = admin.get(&format!("/integrations/{name}")).await.json();
            let again = run(&app, source, text, &Options::default()).await.unwrap();
            assert!(again.changes.is_empty() && again.exists && !again.needs_force, "{again:#?}");
            assert_eq!(admin.get(&format!("/integrations/{name}")).await.json(), before);
            assert_eq!(app.audit("kind=integration.changed").await, Vec::<Value>::new());
        }
    }
}

#[tokio::test]
async fn what_only_this_console_knows_may_be_edited_without_being_a_difference() {
    let app = TestApp::new().await;
    oms(&app, OMS).await.unwrap();
    let admin = app.admin().await;
    let better = json!({"issuer": "https://idp.example.org/real", "label": "Better", "pkce": false,
                        "clientSecret": "s3cr3t-of-oms"});
    assert_eq!(admin.patch("/integrations/oms", better).await.status, 200);
    assert!(oms(&app, OMS).await.unwrap().changes.is_empty(), "OMS has no issuer, label or PKCE");
    assert_eq!(admin.get("/integrations/oms").await.json()["issuer"], "https://idp.example.org/real");
}

#[tokio::test]
async fn an_edited_integration_is_only_changed_with_force_and_its_difference_is_shown() {
    let app = TestApp::new().await;
    ops_manager(&app, OPS_MANAGER).await.unwrap();
    let admin = app.admin().await;
    assert_eq!(admin.patch("/integrations/ops_manager", json!({"clientId": "other"})).await.status, 200);
    let rules = admin.get("/mapping-rules?group=om-backup").await.json();
    let id = rules["items"][0]["id"].as_str().unwrap();
    assert_eq!(admin.delete(&format!("/mapping-rules/{id}")).await.status, 204);
    assert_eq!(
        ops_manager(&app, OPS_MANAGER).await.unwrap_err(),
        [
            "force: Look at the differences first: it exists and is not as in the file. Then import with force, or under another name."
        ]
    );
    assert_eq!(admin.get("/integrations/ops_manager").await.json()["clientId"], "other");
    let plan = run(&app, ImportSource::OpsManager, OPS_MANAGER, &dry()).await.unwrap();
    assert!(plan.needs_force);
    assert_eq!(plan.changes[0].diff, json!({"clientId": {"from": "other", "to": "ops-manager"}}));
    assert_eq!(plan.changes[1].name, "om-backup \u{2192} GLOBAL_BACKUP_ADMIN (ops_manager)");
    let force = Options { force: true, ..Options::default() };
    run(&app, ImportSource::OpsManager, OPS_MANAGER, &force).await.unwrap();
    assert_eq!(admin.get("/integrations/ops_manager").await.json()["clientId"], "ops-manager");
    assert!(ops_manager(&app, OPS_MANAGER).await.unwrap().changes.is_empty());
    let named = Options { name: Some("second".to_owned()), ..Options::default() };
    assert!(!run(&app, ImportSource::OpsManager, OPS_MANAGER, &named).await.unwrap().exists);
}

#[tokio::test]
async fn an_issuer_that_is_typed_wins_over_the_guess() {
    let app = TestApp::new().await;
    let options = Options {
        issuer: Some("https://idp.example.org/.well-known/openid-configuration".to_owned()),
        ..Options::default()
    };
    // With an issuer discovery finds the endpoints.
    let few: String =
        OMS.lines().filter(|line| !line.contains("client_provider")).map(|l| format!("{l}\n")).collect();
    let plan = run(&app, ImportSource::Oms, &few, &options).await.unwrap();
    assert!(!plan.needs_force);
    let made = app.admin().await.get("/integrations/oms").await.json();
    assert_eq!((&made["issuer"], &made["discovery"]), (&json!("https://idp.example.org"), &json!(true)));
    let without = oms(&TestApp::new().await, &few).await.unwrap_err();
    assert!(
        without.iter().any(|line| line.contains("provider_authorization_uri: Enter a value")),
        "{without:#?}"
    );
}

#[tokio::test]
async fn plain_http_is_refused_with_the_setting_that_would_allow_it() {
    let app = TestApp::with(|config| config.outbound.allow_http = false).await;
    let text = OMS.replace("https://idp.example.org/api/token", "http://idp.example.org/api/token");
    let lines = oms(&app, &text).await.unwrap_err();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(
        lines[0].starts_with("33: spring_security_oauth2_client_provider_token_uri: Use https."),
        "{lines:#?}"
    );
    assert!(
        lines[0].contains("outbound.allow_http") && lines[0].contains("outbound.allow_private"),
        "{lines:#?}"
    );
    let lab = TestApp::new().await;
    assert!(oms(&lab, &text).await.is_ok(), "allowed in a lab");
}

#[tokio::test]
async fn oddities_of_the_documents_are_understood() {
    let app = TestApp::new().await;
    let text = OMS
        .replace("oms_scope: openid,profile", "oms_scope: profile groups")
        .replace("Method: basic", "Method: post")
        .replace(
            "http://oms.example.org:8090/omsp/login/oauth2/code/{registrationId}",
            "http://oms.example/org:8090/login/oauth2/code/oms",
        )
        .replace("OAUTH2", "LOCAL")
        .replace('\n', "\r\n");
    let plan = run(&app, ImportSource::Oms, &format!("\u{feff}{text}"), &dry()).await.unwrap();
    let key = |end: &str| format!("spring_security_oauth2_client_registration_oms_{end}");
    assert_eq!(line(&plan, &key("scope")).1, "oauthScopes: openid profile groups");
    assert_eq!(line(&plan, &key("clientAuthenticationMethod")).1, "clientAuthMethod: client_secret_post");
    assert!(line(&plan, &key("redirect_uri")).2.contains("oms.example.org:8090 was probably meant"));
    assert!(line(&plan, "oms_iam_auth").2.contains("LOCAL means that OMS did not use it"));
    let login = line(&plan, "oms_oauth2_sso_login_url");
    assert_eq!(login.0, "not taken over");
    assert!(login.2.contains("sign_in.return_to_allow"), "{login:?}");
    let allowed = TestApp::with(|config| {
        let origin = domain::return_to::AllowedOrigin::parse("http://oms.example.org:8090").unwrap();
        config.sign_in.return_to_allow = vec![origin];
    })
    .await;
    let plan = run(&allowed, ImportSource::Oms, OMS, &dry()).await.unwrap();
    assert!(!line(&plan, "oms_oauth2_sso_login_url").2.contains("return_to_allow"));
}

#[tokio::test]
async fn every_problem_is_told_with_line_and_key() {
    let app = TestApp::new().await;
    let text = "\
oms_iam_auth: SOMETIMES
oms_oauth2_user_account_name_field: .a
spring_security_oauth2_client_registration_oms_client_id: [a, b]
spring_security_oauth2_client_registration_oms_client_secret: 12345
spring_security_oauth2_client_registration_oms_authorization_grant_type: implicit
spring_security_oauth2_client_registration_oms_clientAuthenticationMethod: magic
spring_security_oauth2_client_registration_other_client_id: x
spring_security_oauth2_client_provider_jwk_set_uri: nonsense
spring_security_oauth2_client_provider_authorization_uri: https://idp.example/org:8443/auth
oms_iam_auth: OAUTH2
";
    let problems = oms(&app, text).await.unwrap_err();
    for start in [
        "1: oms_iam_auth: Choose",
        "2: oms_oauth2_user_account_name_field: Enter a claim",
        "3: spring_security_oauth2_client_registration_oms_client_id: Give a value",
        "4: spring_security_oauth2_client_registration_oms_client_secret: Give a value",
        "5: spring_security_oauth2_client_registration_oms_authorization_grant_type: Choose",
        "6: spring_security_oauth2_client_registration_oms_clientAuthenticationMethod: Choose",
        "7: spring_security_oauth2_client_registration_other_client_id: Use the identifier",
        "8: spring_security_oauth2_client_provider_jwk_set_uri: Enter a whole URL",
        "9: spring_security_oauth2_client_provider_authorization_uri: Repair the host",
        "10: oms_iam_auth: Remove one",
        "spring_security_oauth2_client_provider_token_uri: Enter a value",
    ] {
        assert!(problems.iter().any(|line| line.starts_with(start)), "{start}: {problems:#?}");
    }
    let problems =
        ops_manager(&app, "mms.oidc.client.id=x\nmms.oidc.client.id=y\nmms.oidc.pkce.enabled=maybe\n")
            .await
            .unwrap_err();
    for start in [
        "mms.oidc.issuer.uri: Enter a value",
        "2: mms.oidc.client.id: Remove one",
        "3: mms.oidc.pkce.enabled: Choose",
    ] {
        assert!(problems.iter().any(|line| line.starts_with(start)), "{start}: {problems:#?}");
    }
}

#[tokio::test]
async fn hostile_files_are_refused_quickly() {
    let app = TestApp::new().await;
    let huge = format!("a: {}\n", "x".repeat(1024 * 1024));
    assert_eq!(oms(&app, &huge).await.unwrap_err(), ["Use at most 1048576 characters."]);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..60 {
        let before = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    assert!(oms(&app, &bomb).await.is_err());
    let deep = format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert!(oms(&app, &deep).await.is_err());
    for text in ["", "- a", "a: b: c", "\u{0}", "? [a]\n: b\n", "a: !x y\n--- \nb: c\n"] {
        assert!(oms(&app, text).await.is_err(), "{text:?}");
    }
    assert!(ops_manager(&app, "a=\\u00g0").await.unwrap_err()[0].starts_with("1: a: Repair the file"));
    let many: String = (0..3000).map(|n| format!("k{n}=1\n")).collect();
    assert!(ops_manager(&app, &many).await.unwrap_err()[0].starts_with("2001: Repair the file"));
    let groups = format!("mms.oidc.global.role.owner={}\n", "g,".repeat(100_000));
    let problems = ops_manager(&app, &groups).await.unwrap_err();
    assert!(problems.contains(
        &"1: mms.oidc.global.role.owner: Choose another value: this one is not supported.".to_owned()
    ));
    let caller = Caller::host("test");
    let bytes = b"a: 1\nb: \xff\xfe\n";
    let error = import::import(&app.core, &caller, ImportSource::Oms, bytes, &dry()).await.unwrap_err();
    let ImportError::Problems(problems) = error else { panic!("{error:?}") };
    assert_eq!(problems[0].line, Some(2));
}

#[tokio::test]
async fn commas_inside_distinguished_names_are_kept_and_said() {
    let app = TestApp::new().await;
    let text = OPS_MANAGER.replace(
        "mms.oidc.global.role.owner=om-owners,platform-leads",
        "mms.oidc.global.role.owner=CN=owners,OU=groups,DC=example,DC=org",
    );
    let plan = ops_manager(&app, &text).await.unwrap();
    let line = line(&plan, "mms.oidc.global.role.owner");
    assert_eq!(line.1, "mapping rule: CN=owners,OU=groups,DC=example,DC=org \u{2192} GLOBAL_OWNER");
    assert!(line.2.contains("no way to write such a comma"), "{line:?}");
    let rules = app.admin().await.get("/mapping-rules?role=GLOBAL_OWNER").await.json();
    assert_eq!(rules["items"][0]["group"], "CN=owners,OU=groups,DC=example,DC=org");
}

async fn post_text(app: &TestApp, path: &str, text: &str) -> Answer {
    let browser = app.admin_browser().await;
    let cookies = browser.cookie_header();
    let origin = browser.client.origin.clone();
    let headers = [("cookie", cookies.as_str()), ("origin", &origin), ("content-type", "text/plain")];
    browser.client.send(Method::POST, &format!("/api/v1{path}"), &headers, text.to_owned()).await
}

#[tokio::test]
async fn the_api_takes_the_file_itself_or_json_and_tells_problems_by_key() {
    let app = TestApp::new().await;
    let plan = post_text(&app, "/imports/oms?dryRun=true", OMS).await;
    assert_eq!(plan.status, 200, "{plan:?}");
    assert_eq!((&plan.json()["applied"], &plan.json()["integration"]), (&json!(false), &json!("oms")));
    let admin = app.admin().await;
    let path = "/imports/ops-manager?name=om&issuer=https%3A%2F%2Fi.example.org";
    let done = admin.post(path, json!({"content": OPS_MANAGER})).await;
    assert_eq!((done.status, &done.json()["applied"]), (200, &json!(true)), "{done:?}");
    assert_eq!(admin.get("/integrations/om").await.json()["issuer"], "https://i.example.org");
    let wrong = admin.post("/imports/oms", json!({"content": "oms_iam_auth: X\n"})).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (422, "invalid"), "{wrong:?}");
    assert_eq!(wrong.json()["fields"][0]["code"], "required");
    assert!(wrong.json()["detail"].as_str().unwrap().contains("Line 1: oms_iam_auth: Choose"), "{wrong:?}");
    assert_eq!(admin.post("/imports/oms", json!({})).await.status, 422);
    assert_eq!(admin.post("/imports/oms?dryRun=maybe", json!({"content": OMS})).await.status, 422);
    assert_no_secret(&app.transcript.text());
}

/// A form with a file, as browsers send it (RFC 7578).
async fn upload(browser: &mut Browser, fields: &[(&str, &str)], file: &str) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!("--XX\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str(&format!(
        "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\ncontent-type: text/plain\r\n\r\n\
         {file}\r\n--XX--\r\n"
    ));
    let origin = browser.client.origin.clone();
    let headers = [
        ("accept", "text/html"),
        ("origin", origin.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "multipart/form-data; boundary=XX"),
    ];
    browser.send(Method::POST, "/fn/import/plan", &headers, Body::from(body)).await
}

#[tokio::test]
async fn a_file_is_handed_in_looked_at_and_made_without_scripts() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    assert!(admin.get("/integrations/import").await.body().contains("multipart/form-data"));
    let kept = upload(&mut admin, &[("source", "oms"), ("name", ""), ("content", "")], OMS).await;
    assert_eq!(kept.status, 303, "{kept:?}");
    let page = kept.location().to_owned();
    let plan = admin.get(&page).await.body();
    for wanted in ["clientId: oms-console", "Make the draft integration", "oms_meta_password", "Check"] {
        assert!(plan.contains(wanted), "{wanted} is not in {plan}");
    }
    let id = page.split_once("plan=").unwrap().1.to_owned();
    // The file is sealed in the database, and nobody else's session opens it.
    assert!(!String::from_utf8_lossy(&app.database_bytes()).contains("s3cr3t-of-oms"));
    let mut other = app.admin_browser().await;
    assert_eq!(other.get(&page).await.status, 404);
    assert_eq!(other.post_form("/fn/import/make", &[("plan", &id)]).await.status, 404);
    let made = admin.post_form("/fn/import/make", &[("plan", &id)]).await;
    assert_eq!((made.status, made.location()), (303, "/integrations/oms?created=1"), "{made:?}");
    assert_eq!(admin.get(&page).await.status, 404, "what was made is forgotten");
    assert_eq!(admin.api().get("/integrations/oms").await.json()["enabled"], false);
    assert_no_secret(&app.transcript.text());
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_shown_and_nothing_is_an_answer_too() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    let nothing = upload(&mut admin, &[("source", "oms"), ("content", " ")], "").await;
    assert_eq!(nothing.location(), "/integrations/import?nothing=1");
    assert!(admin.get("/integrations/import?nothing=1").await.body().contains("Nothing was handed in"));
    let pasted =
        upload(&mut admin, &[("source", "ops-manager"), ("content", "mms.oidc.pkce.enabled=x")], "").await;
    let page = admin.get(pasted.location()).await;
    assert_eq!(page.status, 200);
    assert!(page.body().contains("mms.oidc.client.id") && page.body().contains("Line 1"), "{page:?}");
    // Thirty minutes later it is gone.
    let kept = upload(&mut admin, &[("source", "oms")], OMS).await.location().to_owned();
    app.advance_minutes(20);
    assert_eq!(admin.get(&kept).await.status, 200);
    app.advance_minutes(11);
    assert_eq!(admin.get(&kept).await.status, 404);
}

#[tokio::test]
async fn nobody_else_may_import_and_no_other_site_may_send_it() {
    let app = TestApp::new().await;
    let word = "a quiet sentence of everybody";
    let id = app.user("viewer", word).await;
    app.grant(&id, "GLOBAL_READ_ONLY").await;
    let mut viewer = app.browser();
    viewer.sign_in_with_password("viewer", word).await;
    assert_eq!(upload(&mut viewer, &[("source", "oms")], OMS).await.status, 403);
    assert_eq!(viewer.post_form("/fn/import/make", &[("plan", "x")]).await.status, 403);
    assert!(!app.audit("kind=access.refused").await.is_empty());
    assert_eq!(upload(&mut app.browser(), &[("source", "oms")], OMS).await.status, 401);
    let mut admin = app.admin_browser().await;
    let headers = [("origin", "https://evil.example"), ("content-type", "multipart/form-data; boundary=XX")];
    let foreign = admin.send(Method::POST, "/fn/import/plan", &headers, Body::from("--XX--\r\n")).await;
    assert_eq!(foreign.status, 403, "{foreign:?}");
    let _: Value = admin.api().get("/integrations").await.json();
}
