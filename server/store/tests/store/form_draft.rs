use serde_json::json;

use crate::support::on_every_database;

#[test]
fn a_draft_is_given_back_once_in_time_and_to_its_owner() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let until = t.now().plus_minutes(5);
        let id = tx.form_drafts().put("session 1", &json!({"name": "corp"}), until).await.unwrap();
        assert_eq!(tx.form_drafts().take(&id, "session 2", t.now()).await.unwrap(), None);
        assert_eq!(tx.form_drafts().take(&id, "session 1", until).await.unwrap(), None);
        let fields = tx.form_drafts().take(&id, "session 1", t.now()).await.unwrap();
        assert_eq!(fields, Some(json!({"name": "corp"})));
        assert_eq!(tx.form_drafts().take(&id, "session 1", t.now()).await.unwrap(), None);
        tx.form_drafts().put("session 1", &json!({}), until).await.unwrap();
        assert_eq!(tx.form_drafts().purge(t.now()).await.unwrap(), 0);
        assert_eq!(tx.form_drafts().purge(until).await.unwrap(), 1);
    });
}
