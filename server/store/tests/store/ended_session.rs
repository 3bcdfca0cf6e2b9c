use store::{NewSession, SessionHash};

use crate::support::on_every_database;

#[test]
fn the_reason_of_an_end_is_found_by_the_cookie_alone_and_for_a_time() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let hash = SessionHash([7; 32]);
        let mut tx = t.db.begin().await.unwrap();
        let new = NewSession {
            id_hash: hash,
            user_id: ann,
            integration_id: None,
            idp_session_id: None,
            subject: None,
            address: None,
            user_agent: None,
            expires_at: t.now().plus_hours(12),
        };
        let id = tx.sessions().insert(&new).await.unwrap();
        tx.ended_sessions().note(&id, "gone", t.now().plus_minutes(10)).await.unwrap();
        assert!(tx.sessions().end(&id).await.unwrap());
        tx.ended_sessions().note(&id, "late", t.now().plus_minutes(10)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = t.db.begin().await.unwrap();
        let found = tx.ended_sessions().find(&hash, t.now()).await.unwrap();
        assert_eq!(found.as_deref(), Some("gone"));
        assert_eq!(tx.ended_sessions().find(&SessionHash([8; 32]), t.now()).await.unwrap(), None);
        t.clock.forward(600);
        assert_eq!(tx.ended_sessions().find(&hash, t.now()).await.unwrap(), None);
        assert_eq!(tx.ended_sessions().purge(t.now()).await.unwrap(), 1);
    });
}
