use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    schema::{conforms, problem_fields},
    support::TestApp,
};

#[tokio::test]
async fn organizations_and_projects_are_made_renamed_and_deleted() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let answer = admin.post("/organizations", json!({"name": " Atlas "})).await;
    assert_eq!((answer.status, answer.header("etag")), (201, "\"1\""), "{answer:?}");
    let organization = conforms(&answer, "Organization");
    assert_eq!(organization["name"], "Atlas");
    let id = organization["id"].as_str().unwrap();
    assert!(id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    let answer = admin.post("/projects", json!({"name": "billing", "organization": id})).await;
    let project = conforms(&answer, "Project");
    assert_eq!(project["organization"], id);
    let project_path = format!("/projects/{}", project["id"].as_str().unwrap());
    let path = format!("/organizations/{id}");
    let renamed = admin.patch(&path, json!({"name": "Atlas 2"})).await;
    assert_eq!((renamed.status, renamed.header("etag")), (200, "\"2\""));
    assert_eq!(
        app.audit("kind=organization.changed").await[0]["detail"],
        json!({"name": {"from": "Atlas", "to": "Atlas 2"}})
    );
    let stale = admin.send(Method::PATCH, &path, &[("if-match", "\"1\"")], Some(&json!({"name": "x"}))).await;
    assert_eq!(stale.status, 412);
    assert_eq!(admin.patch(&project_path, json!({"name": "accounts"})).await.json()["name"], "accounts");
    conforms(&admin.get("/organizations").await, "OrganizationList");
    conforms(&admin.get(&format!("/projects?organization={id}")).await, "ProjectList");
    let answer = admin.delete(&path).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "in_use"));
    assert_eq!(answer.json()["detail"], "It is used by 1 project.");
    assert_eq!(admin.delete(&project_path).await.status, 204);
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.get(&path).await.status, 404);
}

#[tokio::test]
async fn names_are_unique_where_they_must_be() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (first, second) = (app.organization("Atlas").await, app.organization("Borg").await);
    assert_eq!(
        problem_fields(&admin.post("/organizations", json!({"name": "Atlas"})).await),
        ["name: taken"]
    );
    let rename = admin.patch(&format!("/organizations/{second}"), json!({"name": "Atlas"})).await;
    assert_eq!(problem_fields(&rename), ["name: taken"]);
    let project = |organization: &str| json!({"name": "billing", "organization": organization});
    assert_eq!(admin.post("/projects", project(&first)).await.status, 201);
    assert_eq!(admin.post("/projects", project(&second)).await.status, 201);
    assert_eq!(problem_fields(&admin.post("/projects", project(&first)).await), ["name: taken"]);
}

#[tokio::test]
async fn a_project_stays_in_its_organization_and_what_rules_use_stays() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (first, second) = (app.organization("Atlas").await, app.organization("Borg").await);
    let project = admin.post("/projects", json!({"name": "billing", "organization": first})).await.json();
    let id = project["id"].as_str().unwrap();
    let path = format!("/projects/{id}");
    assert_eq!(
        problem_fields(&admin.patch(&path, json!({"organization": second})).await),
        ["organization: fixed"]
    );
    assert_eq!(admin.patch(&path, project.clone()).await.status, 200, "what was read may be sent back");
    assert_eq!(problem_fields(&admin.patch(&path, json!({"id": "x", "nam": 1})).await), ["id: read_only"]);
    app.rule("dba", "GROUP_OWNER", &format!("project:{id}")).await;
    let answer = admin.delete(&path).await;
    assert_eq!(
        (answer.code().as_str(), &answer.json()["detail"]),
        ("in_use", &json!("It is used by 1 mapping rule."))
    );
    let nowhere = json!({"name": "x", "organization": "0123456789abcdef01234567"});
    assert_eq!(problem_fields(&admin.post("/projects", nowhere).await), ["organization: not_there"]);
    assert_eq!(
        problem_fields(&admin.post("/projects", json!({"name": ""})).await),
        ["organization: required"]
    );
    assert_eq!(
        problem_fields(&admin.post("/organizations", json!({"name": "a\u{7}"})).await),
        ["name: bad_characters"]
    );
}

#[tokio::test]
async fn the_catalogue_of_roles_is_listed_by_level() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let all = conforms(&admin.get("/roles").await, "RoleList");
    assert_eq!(all["total"], 24);
    for (level, count) in [("global", 6), ("organization", 5), ("project", 13)] {
        assert_eq!(admin.get(&format!("/roles?level={level}")).await.json()["total"], count);
    }
    let first = admin.get("/roles?pageSize=20").await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = admin.get(&format!("/roles?pageSize=20&cursor={cursor}")).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["nextCursor"]), (4, &Value::Null));
}
