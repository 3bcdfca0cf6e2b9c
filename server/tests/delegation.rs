//! Who looks after one organization or project does that there, and neither sees nor touches what belongs to others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::{id::UserId, role::RoleName, target::Target};
use serde_json::{Value, json};
use support::{Answer, Api, Browser, PASSWORD, TestApp};

/// Two organizations with a project and a rule each; `olga` owns the first, `petra` its project, `uma` administers that
/// project's roles, `gus` everybody's roles.
struct House {
    app: TestApp,
    atlas: String,
    borg: String,
    billing: String,
    cube: String,
    atlas_rule: String,
    borg_rule: String,
}

async fn grant(app: &TestApp, user: &str, role: &str, target: Target) {
    let user = UserId::parse(user).unwrap();
    let mut tx = app.core.db.begin().await.unwrap();
    assert!(tx.role_grants().set_manual(&user, RoleName::new(role), target).await.unwrap());
    tx.commit().await.unwrap();
}

fn organization(id: &str) -> Target {
    Target::Organization(domain::id::OrganizationId::new(id))
}

fn project(id: &str) -> Target {
    Target::Project(domain::id::ProjectId::new(id))
}

fn id_of(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

fn fields(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer:?}");
    let all = answer.json()["fields"].as_array().unwrap().clone();
    all.iter().map(|f| format!("{}: {}", f["field"].as_str().unwrap(), f["code"].as_str().unwrap())).collect()
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
}

impl House {
    async fn on(app: TestApp) -> Self {
        let admin = app.admin().await;
        let (atlas, borg) = (app.organization("Atlas").await, app.organization("Borg").await);
        let make = async |name: &str, of: &str| {
            id_of(&admin.post("/projects", json!({"name": name, "organization": of})).await.json())
        };
        let (billing, cube) = (make("billing", &atlas).await, make("cube", &borg).await);
        let atlas_rule = id_of(&app.rule("atlas-dba", "GROUP_OWNER", &format!("project:{billing}")).await);
        let borg_rule =
            id_of(&app.rule("borg-secret", "ORG_READ_ONLY", &format!("organization:{borg}")).await);
        app.rule("cube-secret", "GROUP_OWNER", &format!("project:{cube}")).await;
        app.rule("everybody", "GLOBAL_READ_ONLY", "global").await;
        for (name, role, target) in [
            ("olga", "ORG_OWNER", organization(&atlas)),
            ("petra", "GROUP_OWNER", project(&billing)),
            ("uma", "GROUP_USER_ADMIN", project(&billing)),
            ("gus", "GLOBAL_USER_ADMIN", Target::Global),
        ] {
            let id = app.user(name, PASSWORD).await;
            grant(&app, &id, role, target).await;
        }
        Self { app, atlas, borg, billing, cube, atlas_rule, borg_rule }
    }

    async fn new() -> Self {
        Self::on(TestApp::new().await).await
    }

    async fn browser(&self, name: &str) -> Browser {
        let mut browser = self.app.browser();
        browser.sign_in_with_password(name, PASSWORD).await;
        assert!(browser.is_signed_in(), "{name}");
        browser
    }

    async fn api(&self, name: &str) -> Api {
        self.browser(name).await.api()
    }
}

fn rule(group: &str, role: &str, level: &str, target: &str) -> Value {
    let target = if target.is_empty() { Value::Null } else { json!(target) };
    json!({"integration": null, "group": group, "role": role, "level": level, "target": target})
}

fn names(answer: &Answer, member: &str) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let items = answer.json()["items"].as_array().unwrap().clone();
    assert_eq!(answer.json()["total"], items.len(), "{answer:?}");
    items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_organizations_owner_sees_and_changes_their_own_and_nothing_of_another() {
    for app in TestApp::on_each_database().await {
        let house = House::on(app).await;
        let olga = house.api("olga").await;
        assert_eq!(names(&olga.get("/organizations").await, "name"), ["Atlas"]);
        assert_eq!(names(&olga.get("/projects").await, "name"), ["billing"]);
        assert_eq!(
            names(&olga.get(&format!("/projects?organization={}", house.borg)).await, "name"),
            [""; 0]
        );
        assert_eq!(names(&olga.get("/mapping-rules").await, "group"), ["atlas-dba"]);
        for filter in
            ["group=borg-secret", "role=ORG_READ_ONLY", "level=global", &format!("target={}", house.borg)]
        {
            assert_eq!(
                names(&olga.get(&format!("/mapping-rules?{filter}")).await, "group"),
                [""; 0],
                "{filter}"
            );
        }
        // What is another's is not there, whatever is done to it, and however one asks.
        let (borg, cube) = (format!("/organizations/{}", house.borg), format!("/projects/{}", house.cube));
        let borg_rule = format!("/mapping-rules/{}", house.borg_rule);
        for path in [&borg, &cube, &borg_rule] {
            refused(&olga.get(path).await, 404, "not_found");
            if *path != borg {
                refused(&olga.delete(path).await, 404, "not_found");
            }
        }
        refused(&olga.get(&format!("{borg_rule}/managed")).await, 404, "not_found");
        refused(&olga.patch(&borg, json!({"name": "Mine"})).await, 404, "not_found");
        refused(&olga.patch(&cube, json!({"name": "Mine"})).await, 404, "not_found");
        refused(&olga.patch(&borg_rule, json!({"enabled": false})).await, 404, "not_found");
        let stale = [("if-match", "\"77\"")];
        let answer = olga.send(axum::http::Method::PATCH, &borg_rule, &stale, Some(&json!({}))).await;
        refused(&answer, 404, "not_found");
        let there = olga.post("/mapping-rules", rule("x", "ORG_OWNER", "organization", &house.borg)).await;
        assert_eq!(fields(&there), ["target: not_there"]);
        let nowhere =
            olga.post("/mapping-rules", rule("x", "ORG_OWNER", "organization", &"0".repeat(24))).await;
        assert_eq!(fields(&nowhere), fields(&there), "the same answer as for one that does not exist");
        let into = olga.post("/projects", json!({"name": "x", "organization": house.borg})).await;
        assert_eq!(fields(&into), ["organization: not_there"]);
        let everywhere = olga.post("/mapping-rules", rule("x", "GLOBAL_READ_ONLY", "global", "")).await;
        assert_eq!(fields(&everywhere), ["role: role_not_own"]);
        // A rule of one's own cannot be moved there either.
        let atlas_rule = format!("/mapping-rules/{}", house.atlas_rule);
        let moved = olga.patch(&atlas_rule, json!({"target": house.cube})).await;
        assert_eq!(fields(&moved), ["target: not_there"]);
        let moved =
            olga.patch(&atlas_rule, json!({"level": "global", "role": "GLOBAL_OWNER", "target": null})).await;
        assert_eq!(fields(&moved), ["role: role_not_own"]);
        // Their own.
        let atlas = format!("/organizations/{}", house.atlas);
        assert_eq!(olga.patch(&atlas, json!({"name": "Atlas 2"})).await.json()["name"], "Atlas 2");
        refused(&olga.delete(&atlas).await, 403, "forbidden");
        refused(&olga.post("/organizations", json!({"name": "Third"})).await, 403, "forbidden");
        let made = olga.post("/projects", json!({"name": "stock", "organization": house.atlas})).await;
        assert_eq!(made.status, 201, "{made:?}");
        let stock = id_of(&made.json());
        for (role, level, target) in
            [("ORG_OWNER", "organization", &house.atlas), ("GROUP_OWNER", "project", &stock)]
        {
            let made = olga.post("/mapping-rules", rule("mine", role, level, target)).await;
            assert_eq!(made.status, 201, "{made:?}");
            let path = format!("/mapping-rules/{}", id_of(&made.json()));
            assert_eq!(olga.patch(&path, json!({"group": "ours"})).await.status, 200);
            assert_eq!(olga.delete(&path).await.status, 204);
        }
        assert_eq!(olga.delete(&format!("/projects/{stock}")).await.status, 204);
        // Nothing that concerns the whole console.
        for path in ["/integrations", "/users", "/audit-events", "/sessions", "/settings", "/api-tokens"] {
            refused(&olga.get(path).await, 403, "forbidden");
        }
        refused(&olga.post("/mapping-rules/simulate", json!({"claims": {}})).await, 403, "forbidden");
        let admin = house.app.admin().await;
        assert_eq!(admin.get(&borg).await.json()["revision"], 1, "nothing of it was touched");
        assert_eq!(admin.get(&borg_rule).await.json()["revision"], 1);
    }
}

#[tokio::test]
async fn a_projects_people_look_after_its_rules_and_grant_no_more_than_they_hold() {
    let house = House::new().await;
    let (petra, uma) = (house.api("petra").await, house.api("uma").await);
    let post = async |api: &Api, role: &str| {
        api.post("/mapping-rules", rule(&format!("g-{role}"), role, "project", &house.billing)).await
    };
    for role in ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN", "GROUP_READ_ONLY"] {
        assert_eq!(post(&petra, role).await.status, 201, "{role}");
    }
    for role in ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN"] {
        assert_eq!(fields(&post(&uma, role).await), ["role: role_not_own"], "{role}");
    }
    let made = post(&uma, "GROUP_USER_ADMIN").await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/mapping-rules/{}", id_of(&made.json()));
    let raised = uma.patch(&path, json!({"role": "GROUP_OWNER"})).await;
    assert_eq!(fields(&raised), ["role: role_not_own"]);
    // They see the rule that makes owners, and may not touch it.
    let owners = format!("/mapping-rules/{}", house.atlas_rule);
    assert_eq!(uma.get(&owners).await.status, 200);
    refused(&uma.patch(&owners, json!({"role": "GROUP_READ_ONLY"})).await, 403, "forbidden");
    refused(&uma.patch(&owners, json!({"group": "mine"})).await, 403, "forbidden");
    refused(&uma.delete(&owners).await, 403, "forbidden");
    assert_eq!(uma.delete(&path).await.status, 204);
    // Who holds a role may give it where they administer roles.
    let id = house.app.user_id("uma").await;
    grant(&house.app, &id, "GROUP_DATA_ACCESS_ADMIN", project(&house.billing)).await;
    assert_eq!(post(&uma, "GROUP_DATA_ACCESS_ADMIN").await.status, 422, "the rule is there already");
    let data = rule("g-data", "GROUP_DATA_ACCESS_ADMIN", "project", &house.billing);
    assert_eq!(uma.post("/mapping-rules", data).await.status, 201);
    // The organization is there by its name, and not theirs.
    let atlas = format!("/organizations/{}", house.atlas);
    for api in [&petra, &uma] {
        assert_eq!(api.get(&atlas).await.json()["name"], "Atlas");
        assert_eq!(names(&api.get("/organizations").await, "name"), ["Atlas"]);
        refused(&api.get(&format!("/organizations/{}", house.borg)).await, 404, "not_found");
        let at_organization =
            api.post("/mapping-rules", rule("x", "ORG_MEMBER", "organization", &house.atlas)).await;
        assert_eq!(fields(&at_organization), ["target: not_there"]);
    }
    refused(&petra.patch(&atlas, json!({"name": "x"})).await, 403, "forbidden");
    refused(
        &petra.post("/projects", json!({"name": "x", "organization": house.atlas})).await,
        403,
        "forbidden",
    );
    let billing = format!("/projects/{}", house.billing);
    assert_eq!(petra.patch(&billing, json!({"name": "invoices"})).await.status, 200);
    refused(&petra.delete(&billing).await, 403, "forbidden");
    refused(&uma.patch(&billing, json!({"name": "x"})).await, 403, "forbidden");
}

#[tokio::test]
async fn a_global_user_admin_changes_every_rule_but_those_that_make_global_owners() {
    let house = House::new().await;
    let gus = house.api("gus").await;
    let owners = house.app.rule("owners", "GLOBAL_OWNER", "global").await;
    assert_eq!(gus.get("/mapping-rules").await.json()["total"], 5);
    let path = format!("/mapping-rules/{}", id_of(&owners));
    refused(&gus.patch(&path, json!({"group": "us"})).await, 403, "forbidden");
    refused(&gus.patch(&path, json!({"role": "GLOBAL_READ_ONLY"})).await, 403, "forbidden");
    refused(&gus.delete(&path).await, 403, "forbidden");
    let more = gus.post("/mapping-rules", rule("us", "GLOBAL_OWNER", "global", "")).await;
    assert_eq!(fields(&more), ["role: role_not_own"]);
    let alias = gus.post("/mapping-rules", rule("us", "ADMIN", "global", "")).await;
    assert_eq!(fields(&alias), ["role: role_not_own"]);
    let made = gus.post("/mapping-rules", rule("us", "GLOBAL_USER_ADMIN", "global", "")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = format!("/mapping-rules/{}", id_of(&made.json()));
    assert_eq!(fields(&gus.patch(&made, json!({"role": "GLOBAL_OWNER"})).await), ["role: role_not_own"]);
    let borg_rule = format!("/mapping-rules/{}", house.borg_rule);
    assert_eq!(gus.patch(&borg_rule, json!({"role": "ORG_OWNER"})).await.status, 200);
    assert_eq!(gus.delete(&made).await.status, 204);
    // Rules only: places are another's to change.
    refused(
        &gus.patch(&format!("/organizations/{}", house.borg), json!({"name": "x"})).await,
        403,
        "forbidden",
    );
    refused(&gus.post("/roles", json!({"name": "GROUP_X", "label": "X"})).await, 403, "forbidden");
    refused(&gus.get("/integrations").await, 403, "forbidden");
}

#[tokio::test]
async fn pages_show_their_own_people_their_own_places() {
    let house = House::new().await;
    let mut olga = house.browser("olga").await;
    for path in ["/organizations", "/mapping-rules", "/mapping-rules/new", "/roles", "/roles/new", "/me"] {
        let page = olga.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let body = page.body();
        assert!(
            !body.contains("Borg") && !body.contains("cube") && !body.contains("secret"),
            "{path}: {body}"
        );
        assert!(body.contains("/organizations"), "{path} has the way there");
    }
    assert!(olga.get("/organizations").await.body().contains("Atlas"));
    let own = olga.get(&format!("/organizations/{}", house.atlas)).await;
    assert!(own.status == 200 && own.body().contains("billing"), "{own:?}");
    for path in [
        format!("/organizations/{}", house.borg),
        format!("/projects/{}", house.cube),
        format!("/projects/{}/delete", house.cube),
        format!("/mapping-rules/{}", house.borg_rule),
    ] {
        let page = olga.get(&path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.body().contains("Borg"), "{path}");
    }
    for path in
        ["/integrations", "/audit", "/organizations/new", &format!("/organizations/{}/delete", house.atlas)]
    {
        assert_eq!(olga.get(path).await.status, 403, "{path}");
    }
    // The server functions behind the pages.
    let list = olga.call("/fn/rules/list", &[]).await;
    assert!(list.body().contains("atlas-dba") && !list.body().contains("secret"), "{list:?}");
    let choices = olga.call("/fn/rules/choices", &[]).await.json();
    assert_eq!(choices["organizations"], json!([[house.atlas, "Atlas"]]));
    assert_eq!(choices["projects"], json!([[house.billing, "Atlas / billing"]]));
    let taken = olga
        .call("/fn/organizations/rename", &[("id", house.borg.as_str()), ("name", "x"), ("revision", "1")])
        .await;
    refused(&taken, 404, "not_found");
    let removed = olga.call("/fn/rules/remove", &[("id", house.borg_rule.as_str())]).await;
    refused(&removed, 404, "not_found");
    // Somebody without such a role opens none of these pages.
    house.app.user("sam", PASSWORD).await;
    let mut sam = house.browser("sam").await;
    for path in ["/organizations", "/mapping-rules", "/roles", &format!("/organizations/{}", house.atlas)] {
        assert_eq!(sam.get(path).await.status, 403, "{path}");
    }
    assert!(!sam.get("/me").await.body().contains("href=\"/organizations\""));
}

#[tokio::test]
async fn what_follows_from_a_role_is_told_with_what_it_follows_from() {
    for app in TestApp::on_each_database().await {
        let house = House::on(app).await;
        let (olga, petra) = (house.api("olga").await, house.api("petra").await);
        let granted = async |api: &Api| -> Vec<String> {
            let me = api.get("/me").await.json();
            let line = |grant: &Value| {
                let because: Vec<String> = grant["because"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|because| match because.get("impliedBy") {
                        Some(by) => format!(
                            "{} at {}",
                            by["role"].as_str().unwrap(),
                            by["targetName"].as_str().unwrap()
                        ),
                        None => "given".to_owned(),
                    })
                    .collect();
                let place = grant["targetName"].as_str().unwrap();
                format!("{} at {place}: {}", grant["role"].as_str().unwrap(), because.join(", "))
            };
            me["roleGrants"].as_array().unwrap().iter().map(line).collect()
        };
        assert_eq!(
            granted(&olga).await,
            ["ORG_OWNER at Atlas: given", "GROUP_OWNER at Atlas / billing: ORG_OWNER at Atlas"]
        );
        assert_eq!(
            granted(&petra).await,
            ["GROUP_OWNER at Atlas / billing: given", "ORG_MEMBER at Atlas: GROUP_OWNER at Atlas / billing"]
        );
        // A project made a moment ago is covered at once.
        let admin = house.app.admin().await;
        let made =
            admin.post("/projects", json!({"name": "stock", "organization": house.atlas})).await.json();
        assert_eq!(granted(&olga).await[2], "GROUP_OWNER at Atlas / stock: ORG_OWNER at Atlas");
        let rule = rule("stock", "GROUP_OWNER", "project", made["id"].as_str().unwrap());
        assert_eq!(olga.post("/mapping-rules", rule).await.status, 201);
        // A role that is held anyway has both reasons.
        let id = house.app.user_id("olga").await;
        grant(&house.app, &id, "GROUP_OWNER", project(&house.billing)).await;
        assert!(
            granted(&olga)
                .await
                .contains(&"GROUP_OWNER at Atlas / billing: given, ORG_OWNER at Atlas".to_owned())
        );
        let page = house.browser("petra").await.get("/me").await.body();
        assert!(page.contains("implied: it comes with"), "{page}");
    }
}

#[tokio::test]
async fn custom_roles_belong_to_the_console_or_to_one_organization() {
    for app in TestApp::on_each_database().await {
        let house = House::on(app).await;
        let (admin, olga) = (house.app.admin().await, house.api("olga").await);
        let made = admin.post("/roles", json!({"name": "GROUP_ON_CALL", "label": " On call "})).await;
        assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{made:?}");
        assert_eq!(
            made.json(),
            json!({
                "name": "GROUP_ON_CALL", "level": "project", "label": "On call", "description": "", "builtin": false,
                "organization": null, "revision": 1,
            })
        );
        for (body, wrong) in [
            (json!({"name": "GROUP_ON_CALL", "label": "x"}), "name: taken"),
            (json!({"name": "GROUP_OWNER", "label": "x"}), "name: taken"),
            (json!({"name": "ON_CALL", "label": "x"}), "name: bad_role_name"),
            (json!({"name": "GROUP_on_call", "label": "x"}), "name: bad_role_name"),
            (json!({"name": "GROUP_ON_CALL ", "label": ""}), "label: required"),
            (
                json!({"name": "GLOBAL_X", "label": "x", "organization": house.atlas}),
                "name: role_of_organization",
            ),
            (
                json!({"name": "ORG_X", "label": "x", "organization": "0".repeat(24)}),
                "organization: not_there",
            ),
            (json!({"name": "ORG_X", "label": "x", "level": "global"}), "level: read_only"),
        ] {
            assert_eq!(fields(&admin.post("/roles", body.clone()).await), [wrong], "{body}");
        }
        // An owner makes roles of their own organization only.
        assert_eq!(
            fields(&olga.post("/roles", json!({"name": "ORG_X", "label": "x"})).await),
            ["organization: required"]
        );
        let theirs = json!({"name": "ORG_X", "label": "x", "organization": house.borg});
        assert_eq!(fields(&olga.post("/roles", theirs).await), ["organization: not_there"]);
        let own = json!({"name": "GROUP_AUDITOR", "label": "Auditor", "organization": house.atlas});
        assert_eq!(olga.post("/roles", own).await.status, 201);
        refused(&olga.patch("/roles/GROUP_ON_CALL", json!({"label": "x"})).await, 403, "forbidden");
        refused(&olga.delete("/roles/GROUP_ON_CALL").await, 403, "forbidden");
        let borgs = json!({"name": "ORG_DRONE", "label": "Drone", "organization": house.borg});
        assert_eq!(admin.post("/roles", borgs).await.status, 201);
        refused(&olga.get("/roles/ORG_DRONE").await, 404, "not_found");
        refused(&olga.patch("/roles/ORG_DRONE", json!({"label": "x"})).await, 404, "not_found");
        assert_eq!(admin.get("/roles").await.json()["total"], 27);
        assert_eq!(olga.get("/roles").await.json()["total"], 26);
        assert_eq!(admin.get("/roles?level=project").await.json()["total"], 15);
        // Changed by label and description; the name stays.
        let changed =
            olga.patch("/roles/GROUP_AUDITOR", json!({"label": "Reviser", "description": "Reads."})).await;
        assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{changed:?}");
        assert_eq!(
            fields(&olga.patch("/roles/GROUP_AUDITOR", json!({"name": "GROUP_Y"})).await),
            ["name: read_only"]
        );
        assert_eq!(fields(&admin.patch("/roles/GROUP_OWNER", json!({"label": "x"})).await), ["name: fixed"]);
        assert_eq!(fields(&admin.delete("/roles/GROUP_OWNER").await), ["name: fixed"]);
        // Rules give it where it counts.
        let at = |role: &str, project: &str| rule("auditors", role, "project", project);
        let given = olga.post("/mapping-rules", at("GROUP_AUDITOR", &house.billing)).await;
        assert_eq!(given.status, 201, "{given:?}");
        assert_eq!(
            fields(&admin.post("/mapping-rules", at("GROUP_AUDITOR", &house.cube)).await),
            ["role: unknown_choice"]
        );
        assert_eq!(
            fields(&admin.post("/mapping-rules", at("GROUP_NOWHERE", &house.cube)).await),
            ["role: unknown_choice"]
        );
        assert_eq!(
            fields(&admin.post("/mapping-rules", rule("x", "GROUP_ON_CALL", "global", "")).await),
            ["role: role_not_of_level"]
        );
        assert_eq!(admin.post("/mapping-rules", at("GROUP_ON_CALL", &house.cube)).await.status, 201);
        // Not deleted while it is used; the list says by what.
        let answer = olga.delete("/roles/GROUP_AUDITOR").await;
        refused(&answer, 409, "in_use");
        assert_eq!(answer.json()["detail"], "It is used by 1 mapping rule.");
        assert_eq!(
            answer.json()["usedBy"],
            json!([{
                "kind": "mapping rule", "id": id_of(&given.json()),
                "name": "auditors \u{2192} GROUP_AUDITOR at Atlas / billing",
            }])
        );
        let page = house.browser("olga").await.get("/roles/GROUP_AUDITOR/delete").await.body();
        assert!(page.contains("Cannot be deleted yet") && page.contains("auditors"), "{page}");
        assert_eq!(olga.delete(&format!("/mapping-rules/{}", id_of(&given.json()))).await.status, 204);
        assert_eq!(olga.delete("/roles/GROUP_AUDITOR").await.status, 204);
        let kinds: Vec<Value> = house
            .app
            .audit("target=role:GROUP_AUDITOR")
            .await
            .iter()
            .map(|event| event["kind"].clone())
            .collect();
        assert_eq!(kinds, ["role.created", "role.changed", "role.deleted"]);
    }
}

#[tokio::test]
async fn what_cannot_be_deleted_yet_says_what_hangs_on_it() {
    let house = House::new().await;
    let admin = house.app.admin().await;
    let answer = admin.delete(&format!("/organizations/{}", house.atlas)).await;
    refused(&answer, 409, "in_use");
    assert_eq!(answer.json()["detail"], "It is used by 1 project and 1 mapping rule.");
    let used_by = answer.json()["usedBy"].clone();
    assert_eq!(
        used_by,
        json!([
            {"kind": "project", "id": house.billing, "name": "billing"},
            {
                "kind": "mapping rule", "id": house.atlas_rule,
                "name": "atlas-dba \u{2192} Project owner at Atlas / billing",
            },
        ])
    );
    let mut browser = house.app.admin_browser().await;
    let page = browser.get(&format!("/organizations/{}/delete", house.atlas)).await.body();
    assert!(page.contains("Cannot be deleted yet") && page.contains(&house.atlas_rule), "{page}");
    // Asking the function behind the page all the same changes nothing.
    let forced = browser.call("/fn/organizations/remove", &[("id", house.atlas.as_str())]).await;
    refused(&forced, 409, "in_use");
    let answer = admin.delete(&format!("/projects/{}", house.billing)).await;
    assert_eq!(answer.json()["usedBy"][0]["id"], house.atlas_rule.as_str());
    assert_eq!(admin.delete(&format!("/mapping-rules/{}", house.atlas_rule)).await.status, 204);
    assert_eq!(admin.delete(&format!("/projects/{}", house.billing)).await.status, 204);
    let page = browser.get(&format!("/organizations/{}/delete", house.atlas)).await.body();
    assert!(page.contains("What happens"), "{page}");
    let gone = browser.post_form("/fn/organizations/remove", &[("id", house.atlas.as_str())]).await;
    assert_eq!((gone.status, gone.location()), (303, "/organizations?done=deleted"), "{gone:?}");
}
