use serde_json::json;

use crate::{
    schema::{conforms, problem_fields},
    support::TestApp,
};

#[tokio::test]
async fn events_are_found_by_every_filter() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    app.organization("Atlas").await;
    app.advance_minutes(1);
    let middle = app.now();
    app.advance_minutes(1);
    app.organization("Borg").await;
    let list = conforms(&admin.get("/audit-events").await, "AuditEventList");
    let newest = &list["items"][0];
    assert_eq!((&newest["kind"], &newest["actor"]), (&json!("organization.created"), &json!("admin")));
    assert_eq!(newest["detail"]["name"], "Borg");
    let one = conforms(
        &admin.get(&format!("/audit-events/{}", newest["id"].as_str().unwrap())).await,
        "AuditEvent",
    );
    assert_eq!(one, *newest);
    let count =
        async |query: String| admin.get(&format!("/audit-events?{query}")).await.json()["total"].clone();
    assert_eq!(count("kind=organization.created".to_owned()).await, 2);
    assert_eq!(count(format!("kind=organization.created&from={middle}")).await, 1);
    assert_eq!(count(format!("kind=organization.created&until={middle}")).await, 1);
    assert_eq!(count(format!("target={}", newest["target"].as_str().unwrap())).await, 1);
    assert_eq!(count(format!("reference={}", newest["reference"].as_str().unwrap())).await, 1);
    assert_eq!(count("actor=nobody".to_owned()).await, 0);
    assert_eq!(count("kind=organization.created&outcome=failure".to_owned()).await, 0);
    let answer = admin.get("/audit-events?kind=x&outcome=maybe&from=yesterday&format=xml").await;
    assert_eq!(
        problem_fields(&answer),
        ["format: unknown_choice", "from: bad_date", "kind: unknown_choice", "outcome: unknown_choice"]
    );
    assert_eq!(admin.get("/audit-events/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.status, 404);
}

#[tokio::test]
async fn the_csv_has_every_event_and_no_cell_is_a_formula() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for name in ["=1+1", "@x", "a,\"b\""] {
        assert_eq!(admin.post("/users", json!({"username": name})).await.status, 201, "{name}");
    }
    let answer = admin.get("/audit-events?format=csv&kind=user.created").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/csv"), "{answer:?}");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"audit-events.csv\"");
    let text = answer.body();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 5, "a head, three events, nothing after the last line break: {text}");
    assert!(lines[0].starts_with("number,at,kind,"), "{text}");
    assert!(text.contains(",\"user:a,\"\"b\"\"\","), "{text}");
    for line in &lines[1..4] {
        assert!(!line.contains(",=") && !line.contains(",@"), "{line}");
    }
    assert_eq!(app.audit("kind=exported&target=audit").await.len(), 1, "who took it is on record");
    let refused = app.anonymous().get("/audit-events?format=csv").await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn a_change_and_its_event_are_one() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let before = app.audit("").await.len();
    assert_eq!(admin.post("/organizations", json!({"name": ""})).await.status, 422);
    assert_eq!(app.audit("").await.len(), before + 1, "the reader's own sign-in, nothing else");
    let report =
        server::service::audit::verify(&app.core, &domain::access::Caller::host("test")).await.unwrap();
    assert_eq!(report.problem, None);
}
