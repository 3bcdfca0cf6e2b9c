use domain::notice::NoticeKind::{SecretExpired, SecretRefused};
use serde_json::json;

use crate::support::on_every_database;

#[test]
fn a_notice_holds_once_until_it_is_resolved() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let id = Some(&corp.id);
        let begin = t.now();
        let mut tx = t.db.begin().await.unwrap();
        assert!(tx.notices().raise(id, SecretRefused, "slot 1", &json!({"text": "Old."})).await.unwrap());
        t.clock.forward(60);
        assert!(!tx.notices().raise(id, SecretRefused, "slot 1", &json!({"text": "New."})).await.unwrap());
        assert!(tx.notices().raise(id, SecretRefused, "slot 2", &json!({})).await.unwrap());
        assert!(tx.notices().raise(None, SecretExpired, "", &json!({})).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = t.db.begin().await.unwrap();
        let open = tx.notices().open().await.unwrap();
        assert_eq!(open.len(), 3);
        let first = open.iter().find(|notice| notice.subject == "slot 1").unwrap();
        assert_eq!((first.text.as_str(), first.integration.as_deref()), ("New.", Some("corp")));
        assert_eq!((first.first_seen_at, first.last_seen_at), (begin, t.now()));
        assert_eq!(tx.notices().resolve(id, SecretRefused, Some("slot 1")).await.unwrap(), 1);
        assert_eq!(tx.notices().resolve(id, SecretRefused, Some("slot 1")).await.unwrap(), 0);
        assert_eq!(tx.notices().open().await.unwrap().len(), 2);
        assert!(
            tx.notices().raise(id, SecretRefused, "slot 1", &json!({})).await.unwrap(),
            "it can come again"
        );
        assert_eq!(tx.notices().resolve(id, SecretRefused, None).await.unwrap(), 2);
        assert_eq!(tx.notices().resolve(None, SecretExpired, None).await.unwrap(), 1);
        assert_eq!(tx.notices().open().await.unwrap(), []);
        t.clock.forward(60);
        assert_eq!(tx.notices().purge(t.now()).await.unwrap(), 4);
    });
}

#[test]
fn what_holds_unchanged_is_written_again_once_a_day_and_one_can_be_closed() {
    on_every_database(async |t| {
        let begin = t.now();
        let mut tx = t.db.begin().await.unwrap();
        let same = json!({"text": "Same."});
        assert!(tx.notices().raise(None, SecretExpired, "", &same).await.unwrap());
        for _ in 0..60 {
            t.clock.forward(60);
            assert!(!tx.notices().raise(None, SecretExpired, "", &same).await.unwrap());
        }
        assert_eq!(tx.notices().open().await.unwrap()[0].last_seen_at, begin);
        t.clock.forward(24 * 3600);
        tx.notices().raise(None, SecretExpired, "", &same).await.unwrap();
        let open = tx.notices().open().await.unwrap();
        assert_eq!((open[0].first_seen_at, open[0].last_seen_at), (begin, t.now()));
        assert!(tx.notices().close(&open[0].id).await.unwrap());
        assert!(!tx.notices().close(&open[0].id).await.unwrap());
        assert!(tx.notices().raise(None, SecretExpired, "", &same).await.unwrap(), "it can come again");
        tx.commit().await.unwrap();
    });
}
