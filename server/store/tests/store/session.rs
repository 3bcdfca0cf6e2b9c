use std::collections::HashMap;

use domain::{id::SessionId, secret::SecretInput};
use store::{BoundStore, Error, NewSession, SessionHash, UniqueKey};
use time::OffsetDateTime;
use tower_sessions_core::{
    SessionStore as _,
    session::{Id, Record},
};

use crate::support::{on_every_database, page};

#[test]
fn a_session_resolves_to_its_user_and_integration() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let ann = t.user("Ann").await;
        let hash = t.session(&ann, Some(&corp.id), 7).await;
        let found = t.db.resolve_session(&hash, t.now(), 30).await.unwrap().unwrap();
        assert_eq!((found.user_id.clone(), found.username.as_str()), (ann.clone(), "Ann"));
        assert_eq!(found.integration.as_deref(), Some("corp"));
        assert_eq!(found.created_at, t.now());
        assert_eq!(found.expires_at, t.now().plus_hours(12));
        assert_eq!(found.user_revision, t.user_revision(&ann).await);
        assert!(!found.must_change_password);
        assert!(t.db.resolve_session(&SessionHash([8; 32]), t.now(), 30).await.unwrap().is_none());
        let stored: Vec<(String,)> = t.look("select session_id_hash from session").await;
        assert_eq!(stored[0].0, "07".repeat(32));
    });
}

#[test]
fn a_session_ends_after_its_idle_time_and_at_its_absolute_end() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let hash = t.session(&ann, None, 1).await;
        t.clock.forward(30 * 60 - 1);
        let found = t.db.resolve_session(&hash, t.now(), 30).await.unwrap().expect("one second before");
        t.clock.forward(1);
        assert!(!t.is_live(&hash).await, "idle");
        assert!(t.db.resolve_session(&hash, t.now(), 60).await.unwrap().is_some());
        t.db.touch_session(&found.session_id, t.now()).await.unwrap();
        assert!(t.is_live(&hash).await, "used again");
        for _ in 0..46 {
            t.clock.forward(15 * 60);
            t.db.touch_session(&found.session_id, t.now()).await.unwrap();
        }
        t.clock.forward(-1);
        assert!(t.now() < found.expires_at);
        assert!(t.is_live(&hash).await, "in use, before its end");
        t.clock.forward(1);
        assert_eq!(t.now(), found.expires_at);
        assert!(!t.is_live(&hash).await, "in use, at its end");
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.sessions().purge(t.now()).await.unwrap(), 1);
    });
}

#[test]
fn a_session_of_a_disabled_user_or_integration_does_not_count() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let (ann, bob) = (t.user("ann").await, t.user("bob").await);
        let of_ann = t.session(&ann, None, 1).await;
        let of_bob = t.session(&bob, Some(&corp.id), 2).await;
        assert!(t.is_live(&of_ann).await && t.is_live(&of_bob).await);
        let mut tx = t.db.begin().await.unwrap();
        tx.users().set_enabled(&ann, false).await.unwrap();
        let corp = tx.integrations().update(&corp, &corp.settings, SecretInput::Keep).await.unwrap();
        tx.integrations().set_enabled(&corp, false).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!t.is_live(&of_ann).await);
        assert!(!t.is_live(&of_bob).await);
    });
}

#[test]
fn a_one_time_password_binds_only_sessions_that_began_with_it() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let ann = t.user("ann").await;
        let mut tx = t.db.begin().await.unwrap();
        tx.passwords().set(&ann, "$argon2id$", true, Some(t.now().plus_hours(1))).await.unwrap();
        let password = tx.passwords().find(&ann).await.unwrap().unwrap();
        assert!(password.must_change && password.expires_at == Some(t.now().plus_hours(1)));
        tx.commit().await.unwrap();
        let (local, sso) = (t.session(&ann, None, 1).await, t.session(&ann, Some(&corp.id), 2).await);
        let must =
            async |hash| t.db.resolve_session(hash, t.now(), 30).await.unwrap().unwrap().must_change_password;
        assert!(must(&local).await);
        assert!(!must(&sso).await);
        let mut tx = t.db.begin().await.unwrap();
        tx.passwords().set(&ann, "$argon2id$2", false, None).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!must(&local).await);
    });
}

fn record(value: &str) -> Record {
    Record {
        id: Id(1),
        data: HashMap::from([("flash".to_owned(), value.into())]),
        expiry_date: OffsetDateTime::UNIX_EPOCH,
    }
}

#[test]
fn saving_after_sign_out_does_not_bring_the_session_back() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let hash = t.session(&ann, None, 1).await;
        let store = BoundStore::new(t.db.clone(), hash, 30);
        let loaded = store.load(&Id(5)).await.unwrap().expect("a live session");
        assert_eq!(loaded.id, Id(5));
        assert_eq!(loaded.data["session"]["username"], "ann");
        store.save(&record("saved")).await.unwrap();
        let loaded = store.load(&Id(5)).await.unwrap().unwrap();
        assert_eq!(loaded.data["flash"], "saved");
        assert_eq!(loaded.data["session"]["username"], "ann", "nobody writes over who it is");

        // A request loads, the person signs out, the request saves.
        let mut tx = t.db.begin().await.unwrap();
        assert!(tx.sessions().end_by_hash(&hash).await.unwrap().is_some());
        assert!(tx.sessions().end_by_hash(&hash).await.unwrap().is_none());
        tx.commit().await.unwrap();
        store.save(&loaded).await.unwrap();
        assert_eq!(t.count("session").await, 0);
        assert!(store.load(&Id(5)).await.unwrap().is_none());
        assert!(store.create(&mut record("new")).await.is_err());
        assert_eq!(t.count("session").await, 0);
    });
}

#[test]
fn deleting_through_the_store_ends_the_session() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let (one, two) = (t.session(&ann, None, 1).await, t.session(&ann, None, 2).await);
        BoundStore::new(t.db.clone(), one, 30).delete(&Id(1)).await.unwrap();
        assert!(!t.is_live(&one).await);
        assert!(t.is_live(&two).await);
    });
}

#[test]
fn sessions_end_one_by_one_by_user_and_by_integration() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let (ann, bob) = (t.user("ann").await, t.user("bob").await);
        let one = t.session(&ann, None, 1).await;
        let two = t.session(&ann, Some(&corp.id), 2).await;
        let three = t.session(&ann, None, 3).await;
        let four = t.session(&bob, Some(&corp.id), 4).await;
        let id = async |hash| t.db.resolve_session(hash, t.now(), 30).await.unwrap().unwrap().session_id;
        let (first, third) = (id(&one).await, id(&three).await);

        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.sessions().list(None, &page(10), t.now()).await.unwrap().total, 4);
        assert_eq!(
            tx.sessions().list(Some(&bob), &page(10), t.now()).await.unwrap().items[0].username,
            "bob"
        );
        assert_eq!(tx.sessions().find(&first).await.unwrap().unwrap().address.as_deref(), Some("192.0.2.1"));
        assert!(tx.sessions().end(&first).await.unwrap());
        assert!(!tx.sessions().end(&first).await.unwrap());
        assert!(!tx.sessions().end(&SessionId::new("nobody")).await.unwrap());
        assert_eq!(tx.sessions().end_for_user(&ann, Some(&third)).await.unwrap(), 1);
        assert_eq!(tx.sessions().end_for_integration(&corp.id).await.unwrap(), 1);
        tx.commit().await.unwrap();
        for (session, live) in [(one, false), (two, false), (three, true), (four, false)] {
            assert_eq!(t.is_live(&session).await, live);
        }
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.sessions().end_for_user(&ann, None).await.unwrap(), 1);
    });
}

#[test]
fn lists_leave_out_what_is_over() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        t.session(&ann, None, 1).await;
        t.clock.forward(31 * 60);
        t.session(&ann, None, 2).await;
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.sessions().list(None, &page(10), t.now()).await.unwrap().total, 2);
        t.db.set_idle_minutes(30);
        assert_eq!(tx.sessions().list(None, &page(10), t.now()).await.unwrap().total, 1);
        assert_eq!(tx.sessions().count_live(t.now()).await.unwrap(), 1);
        assert_eq!(tx.sessions().purge(t.now()).await.unwrap(), 1);
        t.clock.forward(12 * 3600);
        assert_eq!(tx.sessions().list(None, &page(10), t.now()).await.unwrap().total, 0);
    });
}

#[test]
fn a_cookie_value_is_never_used_twice() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let id_hash = t.session(&ann, None, 1).await;
        let again = NewSession {
            id_hash,
            user_id: ann,
            integration_id: None,
            idp_session_id: None,
            subject: None,
            address: None,
            user_agent: None,
            expires_at: t.now().plus_hours(1),
        };
        let mut tx = t.db.begin().await.unwrap();
        let error = tx.sessions().insert(&again).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::Session)), "{error}");
    });
}
