use domain::secret::Secret;
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

#[test]
fn the_newest_sealed_text_is_its_owners_until_it_is_forgotten() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        for (text, minutes) in [("first", 5), ("second", 6)] {
            tx.form_drafts()
                .put_sealed("mine", &Secret::new(text), t.now().plus_minutes(minutes))
                .await
                .unwrap();
        }
        let newest = tx.form_drafts().newest_sealed("mine", t.now()).await.unwrap();
        assert_eq!(newest.unwrap().expose(), "second");
        assert!(tx.form_drafts().newest_sealed("theirs", t.now()).await.unwrap().is_none());
        assert!(tx.form_drafts().newest_sealed("mine", t.now().plus_minutes(6)).await.unwrap().is_none());
        tx.form_drafts().forget_all("mine").await.unwrap();
        assert!(tx.form_drafts().newest_sealed("mine", t.now()).await.unwrap().is_none());
    });
}
