use serde_json::json;
use store::Error;

use crate::support::on_every_database;

#[test]
fn a_setting_is_set_once_for_each_reading() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.settings().get("local_sign_in").await.unwrap(), None);
        assert!(matches!(tx.settings().set("local_sign_in", &json!(true), Some(3)).await, Err(Error::Stale)));
        assert_eq!(tx.settings().set("local_sign_in", &json!({"on": true}), Some(0)).await.unwrap(), 1);
        assert_eq!(tx.settings().get("local_sign_in").await.unwrap(), Some((json!({"on": true}), 1)));
        assert_eq!(tx.settings().set("local_sign_in", &json!(false), Some(1)).await.unwrap(), 2);
        assert!(matches!(tx.settings().set("local_sign_in", &json!(true), Some(1)).await, Err(Error::Stale)));
        assert_eq!(tx.settings().set("local_sign_in", &json!(null), None).await.unwrap(), 3);
    });
}

#[test]
fn a_task_has_one_holder_until_its_time_is_over() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let (now, until) = (t.now(), t.now().plus_minutes(1));
        assert!(tx.leases().acquire("purge", "a", now, until).await.unwrap());
        assert!(tx.leases().acquire("purge", "a", now, until).await.unwrap(), "renewed");
        assert!(!tx.leases().acquire("purge", "b", now, until).await.unwrap());
        assert!(tx.leases().acquire("purge", "b", until, until.plus_minutes(1)).await.unwrap(), "over");
        tx.leases().release("purge", "a").await.unwrap();
        assert!(!tx.leases().acquire("purge", "a", until, until).await.unwrap());
        tx.leases().release("purge", "b").await.unwrap();
        assert!(tx.leases().acquire("purge", "a", until, until).await.unwrap());
    });
}
