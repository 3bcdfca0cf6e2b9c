//! Rules that ask for more than a group, what is found about rules, and rules by the hundred.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::sync::Arc;

use fake_idp::{FakeIdp, Person};
use serde_json::{Value, json};
use support::{Answer, Browser, TestApp};

async fn with(settings: Value) -> (TestApp, Arc<FakeIdp>) {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.integration(&idp, "corp", settings).await;
    (app, idp)
}

async fn roles(browser: &Browser) -> Vec<String> {
    let me = browser.api().get("/me").await.json();
    let grants = me["roleGrants"].as_array().unwrap_or_else(|| panic!("{me}"));
    grants.iter().map(|grant| grant["role"].as_str().unwrap().to_owned()).collect()
}

fn fields(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["fields"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|one| format!("{}: {}", one["field"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect()
}

fn reader(conditions: Value) -> Value {
    json!({"role": "GLOBAL_READ_ONLY", "level": "global", "conditions": conditions})
}

#[tokio::test]
async fn a_rule_on_a_claim_decides_at_a_sign_in_and_says_which_condition_failed() {
    let (app, idp) = with(json!({})).await;
    let admin = app.admin().await;
    let conditions = json!([
        {"kind": "group_glob", "value": "team-*"},
        {"kind": "claim_equals", "path": "department", "value": "42"},
    ]);
    let made = admin.post("/mapping-rules", reader(conditions.clone())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!((&made["group"], &made["lastMatchedAt"]), (&json!(""), &Value::Null));
    let mut browser = app.browser();
    let bob = || Person::new("bob").groups(&["team-a"]);
    app.sign_in(&mut browser, &idp, bob().claim("department", "7")).await;
    assert_eq!(roles(&browser).await, Vec::<String>::new());
    let detail = app.audit("kind=login.succeeded&actor=bob").await[0]["detail"].clone();
    assert_eq!(detail["rules"]["conditionFailed"][0]["condition"]["path"], "department", "{detail}");
    app.sign_in(&mut browser, &idp, bob().claim("department", "42")).await;
    assert_eq!(roles(&browser).await, ["GLOBAL_READ_ONLY"]);
    let path = format!("/mapping-rules/{}", made["id"].as_str().unwrap());
    let shown = admin.get(&path).await.json();
    assert!(shown["lastMatchedAt"].is_string(), "{shown}");
    assert_eq!(shown["revision"], 1);

    let claims = json!({"groups": ["team-a"], "department": "7"});
    let said =
        admin.post("/mapping-rules/simulate", json!({"integration": "corp", "claims": claims})).await.json();
    assert_eq!(said["trace"][0]["verdict"], "condition_failed", "{said}");
    assert_eq!((&said["trace"][0]["index"], &said["trace"][0]["condition"]), (&json!(1), &conditions[1]));

    let patched = admin.patch(&path, json!({"group": "dba", "conditions": []})).await;
    assert_eq!((patched.status, patched.json().get("conditions")), (200, None), "{patched:?}");
}

#[tokio::test]
async fn an_expression_that_is_built_to_explode_is_a_clear_error() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for evil in ["(?:a{1,50}){1,50}", "((((a{9}){9}){9}){9}){9}", "a)|(?:b", "(?=a)b"] {
        let answer =
            admin.post("/mapping-rules", reader(json!([{"kind": "group_regex", "value": evil}]))).await;
        assert_eq!(
            (answer.status, fields(&answer)),
            (422, vec!["conditions.0.value: bad_regex".to_owned()]),
            "{evil}"
        );
    }
    let huge = json!({"group": "g".repeat(1024 * 1024 - 200), "role": "GLOBAL_READ_ONLY", "level": "global"});
    let answer = admin.post("/mapping-rules", huge).await;
    assert!([413, 422].contains(&answer.status), "{}", answer.status);
    assert_eq!(admin.get("/mapping-rules").await.json()["total"], 0);
}

#[tokio::test]
async fn needless_rules_are_found_and_filtered_by() {
    let (app, _idp) = with(json!({})).await;
    let admin = app.admin().await;
    let any = app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    // Rules of one moment have no order.
    app.clock.advance(1);
    let of_corp =
        json!({"integration": "corp", "group": "dba", "role": "GLOBAL_READ_ONLY", "level": "global"});
    assert_eq!(admin.post("/mapping-rules", of_corp).await.status, 201);
    assert_eq!(
        admin.post("/mapping-rules", reader(json!([{"kind": "group_glob", "value": "dba"}]))).await.status,
        201
    );
    for (kind, integration) in [("shadowed", json!("corp")), ("duplicate", Value::Null)] {
        let found = admin.get(&format!("/mapping-rules?finding={kind}")).await.json();
        assert_eq!(
            (&found["total"], &found["items"][0]["integration"]),
            (&json!(1), &integration),
            "{found}"
        );
        let finding = &found["items"][0]["findings"][0];
        assert_eq!((&finding["kind"], &finding["rule"]), (&json!(kind), &any["id"]));
    }
    assert_eq!(admin.get("/mapping-rules?finding=never_matched").await.json()["total"], 0, "they are new");
    app.clock.advance(25 * 3600);
    assert_eq!(app.admin().await.get("/mapping-rules?finding=never_matched").await.json()["total"], 3);
    assert_eq!(app.admin().await.get("/mapping-rules?finding=odd").await.status, 422);
}

#[tokio::test]
async fn whom_no_rule_gives_a_role_gets_the_default_one() {
    let app = TestApp::new().await;
    let atlas = app.organization("Atlas").await;
    let idp = app.idp().await;
    let settings =
        json!({"whenNothingMatches": "role", "defaultRole": "ORG_MEMBER", "defaultRoleTarget": "Atlas"});
    let made = app.integration(&idp, "corp", settings).await;
    assert_eq!(made["defaultRoleTarget"], atlas.as_str(), "a name is kept as identifier");
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["none"])).await;
    assert_eq!(roles(&browser).await, ["ORG_MEMBER"]);
    let grant = browser.api().get("/me").await.json()["roleGrants"][0].clone();
    assert_eq!(
        (&grant["because"][0]["rule"], &grant["because"][0]["integration"]),
        (&Value::Null, &json!("corp"))
    );
    let detail = app.audit("kind=login.succeeded&actor=bob").await[0]["detail"].clone();
    assert_eq!(detail["whenNothingMatches"], "role", "{detail}");
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["dba"])).await;
    assert_eq!(roles(&browser).await, ["GLOBAL_READ_ONLY"], "a rule matches, so there is no default");
    let simulation = json!({"claims": {"groups": ["x"]}, "integration": "corp"});
    let said = app.admin().await.post("/mapping-rules/simulate", simulation).await.json();
    assert_eq!(
        (&said["whenNothingMatches"], &said["grants"][0]["role"]),
        (&json!("role"), &json!("ORG_MEMBER"))
    );
}

#[tokio::test]
async fn whom_no_rule_gives_a_role_is_refused_where_that_is_set() {
    let (app, idp) = with(json!({"whenNothingMatches": "refuse"})).await;
    app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.browser();
    let answer = app.log_in_at(&mut browser, &idp, "corp", Person::new("bob").groups(&["none"])).await;
    app.assert_login_failed(&answer, "nothing_matched").await;
    assert_eq!(app.admin().await.get("/users?search=bob").await.json()["total"], 0, "no user is made");
    app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["dba"])).await;
    assert_eq!(roles(&browser).await, ["GLOBAL_READ_ONLY"]);
    let simulation = json!({"claims": {"groups": ["x"]}, "integration": "corp"});
    let said = app.admin().await.post("/mapping-rules/simulate", simulation).await.json();
    assert_eq!(said["refused"], "nothing_matched");
}

#[tokio::test]
async fn a_default_role_must_fit_its_place_and_never_owns_the_console() {
    let (app, _idp) = with(json!({})).await;
    let admin = app.admin().await;
    for (change, problem) in [
        (json!({}), "defaultRole: required"),
        (json!({"defaultRole": "NOBODY"}), "defaultRole: unknown_choice"),
        (json!({"defaultRole": "GLOBAL_OWNER"}), "defaultRole: unsupported"),
        (json!({"defaultRole": "ORG_MEMBER"}), "defaultRoleTarget: required"),
        (
            json!({"defaultRole": "ORG_MEMBER", "defaultRoleTarget": "Nowhere"}),
            "defaultRoleTarget: not_there",
        ),
        (
            json!({"defaultRole": "GLOBAL_READ_ONLY", "defaultRoleTarget": "x"}),
            "defaultRoleTarget: role_not_of_level",
        ),
    ] {
        let mut body = change.clone();
        body["whenNothingMatches"] = json!("role");
        let answer = admin.patch("/integrations/corp", body).await;
        assert_eq!((answer.status, fields(&answer)), (422, vec![problem.to_owned()]), "{change}");
    }
}

const CSV: &str = "text/csv";

async fn total(api: &support::Api) -> Value {
    api.get("/mapping-rules?pageSize=1").await.json()["total"].clone()
}

#[tokio::test]
async fn what_is_exported_is_imported_again_byte_for_byte() {
    let (app, _idp) = with(json!({})).await;
    let admin = app.admin().await;
    let atlas = app.organization("Atlas").await;
    let project = admin.post("/projects", json!({"name": "billing", "organization": atlas})).await.json();
    for group in ["CN=Admins,OU=Groups,DC=x", " admins ", "=cmd|' /C calc'!A0", "say \"hi\"", "'='"] {
        app.rule(group, "GLOBAL_READ_ONLY", "global").await;
    }
    app.rule("dba", "GROUP_OWNER", &format!("project:{}", project["id"].as_str().unwrap())).await;
    let conditions = json!([{"kind": "claim_glob", "path": "dept", "value": "4,\"2*"}]);
    let of_corp = json!({"integration": "corp", "role": "ORG_MEMBER", "level": "organization", "target": atlas,
        "enabled": false, "conditions": conditions});
    assert_eq!(admin.post("/mapping-rules", of_corp).await.status, 201);
    let rules = async || -> Vec<Value> {
        let mut items =
            admin.get("/mapping-rules?pageSize=500").await.json()["items"].as_array().unwrap().clone();
        for item in &mut items {
            for member in ["id", "createdAt", "updatedAt"] {
                item.as_object_mut().unwrap().remove(member);
            }
        }
        items.sort_by_key(|item| item["group"].to_string());
        items
    };
    let before = rules().await;
    for (format, kind) in [("csv", CSV), ("json", "application/json")] {
        let file = admin.get(&format!("/mapping-rules/export?format={format}")).await;
        assert!(
            file.header("content-type").starts_with(kind) && file.body().contains("Atlas/billing"),
            "{file:?}"
        );
        let again = admin.post_file("/mapping-rules/import", kind, &file.body()).await;
        assert_eq!(again.status, 422, "they are there already");
        assert!(fields(&again).contains(&format!("rows.{}.group: taken", if kind == CSV { 2 } else { 1 })));
        let skipped = admin.post_file("/mapping-rules/import?skipExisting=true", kind, &file.body()).await;
        assert_eq!(skipped.json(), json!({"created": 0, "unchanged": 7, "dryRun": false}), "{skipped:?}");
        for rule in admin.get("/mapping-rules?pageSize=500").await.json()["items"].as_array().unwrap() {
            admin.delete(&format!("/mapping-rules/{}", rule["id"].as_str().unwrap())).await;
        }
        let looked = admin.post_file("/mapping-rules/import?dryRun=true", kind, &file.body()).await;
        assert_eq!((looked.json()["created"].clone(), total(&admin).await), (json!(7), json!(0)));
        let made = admin.post_file("/mapping-rules/import", kind, &file.body()).await;
        assert_eq!(made.json(), json!({"created": 7, "unchanged": 0, "dryRun": false}), "{made:?}");
        assert_eq!(rules().await, before);
    }
}

#[tokio::test]
async fn every_wrong_row_is_named_and_nothing_is_imported() {
    let (app, _idp) = with(json!({})).await;
    let admin = app.admin().await;
    app.rule("there", "GLOBAL_READ_ONLY", "global").await;
    let huge = "g".repeat(1024 * 1024);
    let file = format!(
        "group,role,level,target,integration,conditions\n\
         ok,GLOBAL_READ_ONLY,,,,\n\
         a,NOBODY,global,,,\n\
         a,ORG_OWNER,global,,,\n\
         a,ORG_OWNER,,Nowhere,,\n\
         {huge},GLOBAL_READ_ONLY,,,,\n\
         ok,GLOBAL_READ_ONLY,global,,,\n\
         there,GLOBAL_READ_ONLY,,,,\n\
         a,GLOBAL_READ_ONLY,,,nobody,\n\
         ,GLOBAL_READ_ONLY,,,,\"[{{\"\"kind\"\":\"\"group_regex\"\",\"\"value\"\":\"\"((((a{{9}}){{9}}){{9}}){{9}}){{9}}\"\"}}]\"\n\
         ,GLOBAL_READ_ONLY,,,,\n\
         b,GLOBAL_READ_ONLY,,,,nonsense\n"
    );
    let answer = admin.post_file("/mapping-rules/import", CSV, &file).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let found = fields(&answer);
    assert_eq!(found, ["rows.12.conditions: wrong_type"], "what is no row at all comes first");
    let answer = admin.post_file("/mapping-rules/import", CSV, &file.replace("nonsense", "")).await;
    let mut found = fields(&answer);
    found.sort();
    let mut wanted = vec![
        "rows.3.role: unknown_choice",
        "rows.4.role: role_not_of_level",
        "rows.5.target: not_there",
        "rows.6.group: too_long",
        "rows.7.group: repeated",
        "rows.8.group: taken",
        "rows.9.integration: not_there",
        "rows.10.conditions.0.value: bad_regex",
        "rows.11.group: required",
    ];
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert!(
        answer.json()["detail"]
            .as_str()
            .unwrap()
            .contains("Row 7, group: Remove one of them: row 2 says the same.")
    );
    assert_eq!(total(&admin).await, 1);
    for (wrong, problem) in [
        ("", "content: required"),
        ("group\nx\n", "rows.1.role: required"),
        ("group,role,group\n", "rows.1.group: duplicate_key"),
        ("group,role,colour\n", "rows.1.colour: unknown_field"),
        ("group,role\n\"open,GLOBAL_OWNER\n", "rows.2.: not_readable"),
    ] {
        let answer = admin.post_file("/mapping-rules/import", CSV, wrong).await;
        assert_eq!((answer.status, fields(&answer)), (422, vec![problem.to_owned()]), "{wrong:?}");
    }
}

#[tokio::test]
async fn fifty_thousand_rules_are_refused_and_some_thousand_are_made() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let file = |count: usize| {
        let rows = (0..count).map(|number| format!("CN=group-{number:05},GLOBAL_READ_ONLY\n"));
        format!("group,role\n{}", rows.collect::<String>())
    };
    let answer = admin.post_file("/mapping-rules/import", CSV, &file(50_000)).await;
    assert_eq!((answer.status, fields(&answer)), (422, vec!["content: too_many".to_owned()]), "{answer:?}");
    assert!(answer.json()["detail"].as_str().unwrap().contains("at most 10000"), "{answer:?}");
    let most = "x".repeat(9 * 1024 * 1024);
    assert_eq!(admin.post_file("/mapping-rules/import", CSV, &most).await.status, 413);
    assert_eq!(total(&admin).await, 0);
    let made = admin.post_file("/mapping-rules/import", CSV, &file(2_000)).await;
    assert_eq!((made.status, &made.json()["created"]), (200, &json!(2_000)), "{made:?}");
}

#[tokio::test]
async fn several_rules_change_together_or_not_at_all() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let atlas = app.organization("Atlas").await;
    let mut ids = Vec::new();
    for (group, role, target) in [
        ("a", "GLOBAL_READ_ONLY", "global".to_owned()),
        ("b", "GLOBAL_READ_ONLY", "global".to_owned()),
        ("c", "ORG_MEMBER", format!("organization:{atlas}")),
    ] {
        ids.push(app.rule(group, role, &target).await["id"].as_str().unwrap().to_owned());
    }
    let bulk = async |rules: &[String], action: &str, role: Value| {
        admin.post("/mapping-rules/bulk", json!({"rules": rules, "action": action, "role": role})).await
    };
    let refused = bulk(&ids, "role", json!("GLOBAL_USER_ADMIN")).await;
    assert_eq!(
        (refused.status, fields(&refused)),
        (422, vec![format!("rules.{}: role_not_of_level", ids[2])])
    );
    assert_eq!(
        admin.get("/mapping-rules?role=GLOBAL_USER_ADMIN").await.json()["total"],
        0,
        "nothing happened"
    );
    assert_eq!(bulk(&ids[..2], "role", json!("GLOBAL_USER_ADMIN")).await.json(), json!({"changed": 2}));
    assert_eq!(admin.get("/mapping-rules?role=GLOBAL_USER_ADMIN").await.json()["total"], 2);
    assert_eq!(bulk(&ids, "disable", Value::Null).await.json(), json!({"changed": 3}));
    assert_eq!(app.audit("kind=rule.changed").await.len(), 5);
    assert_eq!(fields(&bulk(&[], "disable", Value::Null).await), ["rules: required"]);
    let unknown = bulk(&["NOSUCHRULE".to_owned(), ids[0].clone()], "delete", Value::Null).await;
    assert_eq!((unknown.status, total(&admin).await), (422, json!(3)), "{unknown:?}");

    let mut browser = app.admin_browser().await;
    let posted = [
        ("form[rules][0]", ids[0].as_str()),
        ("form[rules][2]", ids[2].as_str()),
        ("form[action]", "delete"),
        ("form[role]", ""),
    ];
    let answer = browser.post_form_from("/mapping-rules", "/fn/rules/bulk", &posted).await;
    assert_eq!(answer.location(), "/mapping-rules?changed=2", "{answer:?}");
    assert_eq!(total(&admin).await, 1);
}

#[tokio::test]
async fn a_list_of_groups_becomes_a_rule_each_or_none() {
    let app = TestApp::new().await;
    app.rule("there", "GLOBAL_READ_ONLY", "global").await;
    let mut browser = app.admin_browser().await;
    let mut paste = async |group: &str, list: &str| {
        let fields = [
            ("form[group]", group),
            ("form[role]", "GLOBAL_READ_ONLY"),
            ("form[level]", "global"),
            ("form[enabled]", "on"),
            ("form[conditions][0][kind]", "claim_equals"),
            ("form[conditions][0][path]", "vip"),
            ("form[conditions][0][value]", "true"),
            ("form[conditions][1][kind]", ""),
            ("form[more_groups]", list),
        ];
        browser.call("/fn/rules/create", &fields).await
    };
    let refused = paste("a", "b\r\n\r\nCN=c,OU=x\r\na").await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body().contains("bad_line") && refused.body().contains('4'), "{refused:?}");
    assert_eq!(total(&app.admin().await).await, 1);
    assert_eq!(paste("", " b\r\n\r\nCN=c,OU=x").await.status, 200);
    let rules = app.admin().await.get("/mapping-rules").await.json();
    let mut groups: Vec<(&str, bool)> = Vec::new();
    for rule in rules["items"].as_array().unwrap() {
        groups.push((rule["group"].as_str().unwrap(), rule["conditions"][0]["path"] == "vip"));
    }
    groups.sort_unstable();
    assert_eq!(groups, [(" b", true), ("CN=c,OU=x", true), ("there", false)]);
}

#[tokio::test]
async fn a_file_of_rules_is_handed_in_without_scripts_and_says_what_became_of_it() {
    let app = TestApp::new().await;
    let mut admin = app.admin_browser().await;
    assert!(admin.get("/mapping-rules/import").await.body().contains("multipart/form-data"));
    let origin = admin.client.origin.clone();
    let mut hand_in = async |parts: &[(&str, &str)]| {
        let part = |(name, value): &(&str, &str)| {
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = format!("{}--XX--\r\n", parts.iter().map(part).collect::<String>());
        let headers = [
            ("accept", "text/html"),
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "multipart/form-data; boundary=XX"),
        ];
        let answer = admin
            .send(axum::http::Method::POST, "/fn/rule_import", &headers, axum::body::Body::from(body))
            .await;
        assert_eq!(answer.status, 303, "{answer:?}");
        admin.get(answer.location()).await.body()
    };
    let wrong = hand_in(&[("content", "group,role\n<b>x,NOBODY\n")]).await;
    assert!(wrong.contains("No rule was made") && wrong.contains("Row 2"), "{wrong}");
    let looked = hand_in(&[("content", "group,role\nx,GLOBAL_READ_ONLY\n"), ("check", "1")]).await;
    assert!(looked.contains("1 rule would be made"), "{looked}");
    assert_eq!(total(&app.admin().await).await, 0);
    let made = hand_in(&[("content", "[{\"group\": \"x\", \"role\": \"GLOBAL_READ_ONLY\"}]")]).await;
    assert!(made.contains("1 rule made"), "{made}");
    assert_eq!(total(&app.admin().await).await, 1);
}
