#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use domain::{
    id::{IntegrationId, SessionId, UserId},
    secret::Secret,
};
use store::{NewSession, SessionHash};

use crate::support::{TestDb, keys, on_every_database};

const HASH: &str = "0123456789012345678901234567890123456789012";

/// A session with a refresh token that is due in 15 minutes.
async fn session(t: &TestDb, user: &UserId, integration: &IntegrationId, byte: u8) -> SessionId {
    let mut tx = t.db.begin().await.unwrap();
    let new = NewSession {
        id_hash: SessionHash([byte; 32]),
        user_id: user.clone(),
        integration_id: Some(integration.clone()),
        idp_session_id: None,
        subject: Some("sub".to_owned()),
        address: None,
        user_agent: None,
        expires_at: t.now().plus_hours(12),
    };
    let id = tx.sessions().insert(&new).await.unwrap();
    let token = Secret::new(format!("refresh-token-{byte}"));
    tx.session_tokens().insert(&id, &token, HASH, t.now().plus_minutes(15)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[test]
fn a_due_token_is_taken_once_and_opens() {
    on_every_database(async |t| {
        let (ann, corp) = (t.user("ann").await, t.integration("corp").await);
        let id = session(t, &ann, &corp.id, 1).await;
        let mut tx = t.db.begin().await.unwrap();
        assert!(tx.session_tokens().due(t.now(), 10).await.unwrap().is_empty());
        assert!(tx.session_tokens().claim(&id, t.now(), t.now().plus_minutes(3)).await.unwrap().is_none());
        drop(tx);
        t.clock.forward(15 * 60);
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.session_tokens().due(t.now(), 10).await.unwrap(), std::slice::from_ref(&id));
        let token = tx.session_tokens().claim(&id, t.now(), t.now().plus_minutes(3)).await.unwrap().unwrap();
        assert_eq!(token.refresh_token.expose(), "refresh-token-1");
        assert_eq!((token.username.as_str(), token.subject.as_str()), ("ann", "sub"));
        assert_eq!((token.nonce_hash.as_str(), token.failing_since), (HASH, None));
        assert!(tx.session_tokens().claim(&id, t.now(), t.now().plus_minutes(3)).await.unwrap().is_none());
        tx.commit().await.unwrap();
        let stored: Vec<(String,)> = t.look("select refresh_token from session_token").await;
        assert!(stored[0].0.starts_with("v1."), "sealed");
    });
}

#[test]
fn a_token_is_replaced_and_remembers_how_it_is_doing() {
    on_every_database(async |t| {
        let (ann, corp) = (t.user("ann").await, t.integration("corp").await);
        let id = session(t, &ann, &corp.id, 1).await;
        let began = t.now();
        t.clock.forward(60);
        let first = t.now();
        let mut tx = t.db.begin().await.unwrap();
        tx.session_tokens().failed(&id, first, first.plus_minutes(1)).await.unwrap();
        tx.session_tokens().failed(&id, first.plus_minutes(1), first.plus_minutes(2)).await.unwrap();
        assert!(tx.session_tokens().replace(&id, &Secret::new("the next")).await.unwrap());
        let token = tx.session_tokens().find(&id).await.unwrap().unwrap();
        assert_eq!((token.last_ok_at, token.failing_since), (began, Some(first)));
        assert_eq!(token.refresh_token.expose(), "the next");
        tx.session_tokens().succeeded(&id, t.now(), t.now().plus_minutes(15)).await.unwrap();
        let token = tx.session_tokens().find(&id).await.unwrap().unwrap();
        assert_eq!((token.last_ok_at, token.failing_since), (t.now(), None));
    });
}

#[test]
fn a_token_goes_with_its_session_and_an_idle_session_is_not_refreshed() {
    on_every_database(async |t| {
        let (ann, corp) = (t.user("ann").await, t.integration("corp").await);
        let id = session(t, &ann, &corp.id, 1).await;
        session(t, &ann, &corp.id, 2).await;
        let mut tx = t.db.begin().await.unwrap();
        assert!(tx.sessions().end(&id).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(t.count("session_token").await, 1);
        t.clock.forward(13 * 3600);
        let mut tx = t.db.begin().await.unwrap();
        assert!(tx.session_tokens().due(t.now(), 10).await.unwrap().is_empty(), "over");
    });
}

#[test]
fn resealing_reaches_refresh_tokens() {
    on_every_database(async |t| {
        t.db.check_key().await.unwrap();
        let (ann, corp) = (t.user("ann").await, t.integration("corp").await);
        let id = session(t, &ann, &corp.id, 1).await;
        let (_, new) = store::Keys::generate();
        let both = store::Keys::from_base64(&new, std::slice::from_ref(&t.key)).unwrap();
        assert!(t.reopen(both).await.reseal().await.unwrap() >= 1);
        let db = t.reopen(keys(&new)).await;
        let mut tx = db.read().await.unwrap();
        let token = tx.session_tokens().find(&id).await.unwrap().unwrap();
        assert_eq!(token.refresh_token.expose(), "refresh-token-1");
    });
}

#[test]
fn the_most_groups_are_remembered_and_the_last_time() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.group_counts().find(&corp.id).await.unwrap(), None);
        for (count, minutes, most) in [(200, 0, 200), (150, 1, 200), (300, 2, 300)] {
            let at = t.now().plus_minutes(minutes);
            tx.group_counts().record(&corp.id, count, at).await.unwrap();
            assert_eq!(tx.group_counts().find(&corp.id).await.unwrap(), Some((most, at)));
        }
    });
}
