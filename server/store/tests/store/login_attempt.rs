use domain::{id::IntegrationId, secret::Secret};
use store::{AttemptState, NewAttempt};

use crate::support::{TestDb, on_every_database};

fn attempt(t: &TestDb, integration: &IntegrationId, state: char) -> NewAttempt {
    NewAttempt {
        state_hash: state.to_string().repeat(64),
        browser_hash: "b".repeat(64),
        integration_id: integration.clone(),
        issuer: "https://idp.example".to_owned(),
        nonce: Secret::new("the nonce"),
        pkce_verifier: Secret::new("the verifier"),
        return_to: "/projects?x=1".to_owned(),
        expires_at: t.now().plus_minutes(10),
    }
}

#[test]
fn of_twenty_answers_at_once_exactly_one_consumes_the_attempt() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let new = attempt(t, &corp.id, 'a');
        let mut tx = t.db.begin().await.unwrap();
        tx.login_attempts().insert(&new).await.unwrap();
        tx.commit().await.unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (db, state, now) = (t.db.clone(), new.state_hash.clone(), t.now());
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    let found = tx.login_attempts().consume(&state, now).await.unwrap();
                    tx.commit().await.unwrap();
                    found
                })
            })
            .collect();
        let mut got = Vec::new();
        for task in tasks {
            got.extend(task.await.unwrap());
        }
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].nonce.expose(), "the nonce");
        assert_eq!(got[0].pkce_verifier.expose(), "the verifier");
        assert_eq!(got[0].integration_id, corp.id);
        assert_eq!(got[0].return_to, "/projects?x=1");
        assert_eq!(got[0].expires_at, new.expires_at);
    });
}

#[test]
fn nonce_and_verifier_are_sealed() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        tx.login_attempts().insert(&attempt(t, &corp.id, 'a')).await.unwrap();
        tx.commit().await.unwrap();
        let rows: Vec<(String, String)> = t.look("select nonce, pkce_verifier from login_attempt").await;
        assert!(rows[0].0.starts_with("v1.") && rows[0].1.starts_with("v1."), "{rows:?}");
        // One in the other's place does not open.
        t.tamper("update login_attempt set nonce = pkce_verifier").await;
        let mut tx = t.db.begin().await.unwrap();
        let error = tx.login_attempts().consume(&"a".repeat(64), t.now()).await.unwrap_err();
        assert!(matches!(error, store::Error::Key(store::KeyError::DoesNotOpen)), "{error}");
    });
}

#[test]
fn an_unknown_state_and_a_used_one_are_told_apart() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let state = "a".repeat(64);
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.login_attempts().find_state(&state).await.unwrap(), AttemptState::Unknown);
        assert!(tx.login_attempts().consume(&state, t.now()).await.unwrap().is_none());
        tx.login_attempts().insert(&attempt(t, &corp.id, 'a')).await.unwrap();
        assert_eq!(tx.login_attempts().find_state(&state).await.unwrap(), AttemptState::Live);
        assert!(tx.login_attempts().consume(&state, t.now()).await.unwrap().is_some());
        assert_eq!(tx.login_attempts().find_state(&state).await.unwrap(), AttemptState::Consumed);
    });
}

#[test]
fn attempts_of_a_browser_are_counted_while_they_are_live() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        for state in ['a', 'b', 'c'] {
            tx.login_attempts().insert(&attempt(t, &corp.id, state)).await.unwrap();
        }
        tx.login_attempts().consume(&"a".repeat(64), t.now()).await.unwrap();
        let browser = "b".repeat(64);
        assert_eq!(tx.login_attempts().count_live_for_browser(&browser, t.now()).await.unwrap(), 2);
        assert_eq!(tx.login_attempts().count_live_for_browser(&"c".repeat(64), t.now()).await.unwrap(), 0);
        assert_eq!(tx.login_attempts().count_live(t.now()).await.unwrap(), 2);
        assert_eq!(tx.login_attempts().purge(t.now()).await.unwrap(), 0);
        t.clock.forward(600);
        assert_eq!(tx.login_attempts().count_live_for_browser(&browser, t.now()).await.unwrap(), 0);
        assert_eq!(tx.login_attempts().purge(t.now()).await.unwrap(), 3);
    });
}
