use domain::{secret::Secret, time::Timestamp};
use serde_json::json;
use store::{Error, KeyError, NewAttempt, NewClientKey, text_key};

use crate::support::{keys, on_every_database};

fn key(kid: &str, private_key: &str) -> NewClientKey {
    NewClientKey {
        algorithm: "ES256".to_owned(),
        kid: kid.to_owned(),
        public_jwk: json!({"kid": kid}),
        private_key: Secret::new(private_key),
        activated_at: Timestamp::from_ms(1000),
    }
}

#[test]
fn a_generation_is_made_once_and_the_newest_key_is_listed_first() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        tx.client_keys().insert(1, &key("a", "private a")).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = t.db.begin().await.unwrap();
        let again = tx.client_keys().insert(1, &key("b", "private b")).await;
        assert!(matches!(again, Err(Error::Taken(_))), "{again:?}");
        drop(tx);
        let mut tx = t.db.begin().await.unwrap();
        tx.client_keys().insert(2, &key("c", "private c")).await.unwrap();
        let end = t.now().plus_minutes(5);
        assert_eq!(tx.client_keys().retire_up_to(1, end).await.unwrap(), 1);
        let all = tx.client_keys().list().await.unwrap();
        let seen: Vec<_> = all.iter().map(|key| (key.kid.as_str(), key.generation, key.retired_at)).collect();
        assert_eq!(seen, [("c", 2, None), ("a", 1, Some(end))]);
        assert_eq!(tx.client_keys().private_key(&all[1]).await.unwrap().expose(), "private a");
        assert_eq!(tx.client_keys().purge(t.now()).await.unwrap(), 0);
        assert_eq!(tx.client_keys().purge(end).await.unwrap(), 1);
        assert!(matches!(tx.client_keys().private_key(&all[1]).await, Err(Error::Missing(_))));
    });
}

#[test]
fn a_private_key_is_sealed_opens_in_its_own_row_only_and_is_sealed_anew_with_the_rest() {
    on_every_database(async |t| {
        t.db.check_key().await.unwrap();
        let mut tx = t.db.begin().await.unwrap();
        tx.client_keys().insert(1, &key("a", "private a")).await.unwrap();
        tx.client_keys().insert(2, &key("b", "private b")).await.unwrap();
        tx.commit().await.unwrap();
        let sealed: Vec<(String,)> = t.look("select private_key from client_key order by generation").await;
        assert!(sealed.iter().all(|(text,)| text.starts_with("v1.") && !text.contains("private")));

        let (_, new) = store::Keys::generate();
        let both = store::Keys::from_base64(&new, std::slice::from_ref(&t.key)).unwrap();
        let db = t.reopen(both).await;
        // Two private halves, the key check and the end of the audit log.
        assert_eq!(db.reseal().await.unwrap(), 4);
        assert_eq!(db.reseal().await.unwrap(), 0);
        let db = t.reopen(keys(&new)).await;
        let mut tx = db.read().await.unwrap();
        let all = tx.client_keys().list().await.unwrap();
        assert_eq!(tx.client_keys().private_key(&all[0]).await.unwrap().expose(), "private b");
        drop(tx);

        let resealed: Vec<(String,)> = t.look("select private_key from client_key order by generation").await;
        let sql = format!("update client_key set private_key = '{}' where generation = 2", resealed[0].0);
        t.tamper(&sql).await;
        let mut tx = db.read().await.unwrap();
        let moved = tx.client_keys().private_key(&all[0]).await;
        assert!(matches!(moved, Err(Error::Key(KeyError::DoesNotOpen))), "{moved:?}");
    });
}

#[test]
fn a_posted_answer_is_sealed_one_for_each_attempt_and_goes_with_it() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let new = NewAttempt {
            state_hash: text_key("state"),
            browser_hash: text_key("browser"),
            integration_id: corp.id.clone(),
            issuer: "https://idp.example".to_owned(),
            nonce: Secret::new("n"),
            pkce_verifier: Secret::new("v"),
            return_to: "/".to_owned(),
            expires_at: t.now().plus_minutes(10),
        };
        let (reference, answer) = (Secret::new("the reference"), Secret::new("code=c&state=s"));
        let mut tx = t.db.begin().await.unwrap();
        let id = tx.login_attempts().insert(&new).await.unwrap();
        let waiting = tx.login_attempts().find_waiting(&new.state_hash).await.unwrap();
        assert_eq!(waiting, Some((id.clone(), corp.id.clone(), new.expires_at)));
        tx.login_answers().insert(&reference, &id, &answer).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = t.db.begin().await.unwrap();
        let second = tx.login_answers().insert(&Secret::new("another"), &id, &answer).await;
        assert!(matches!(second, Err(Error::Taken(_))), "{second:?}");
        drop(tx);
        let stored: Vec<(String, String)> = t.look("select reference_hash, answer from login_answer").await;
        assert_eq!(stored[0].0, text_key("the reference"));
        assert!(!stored[0].1.contains("code="));
        let mut tx = t.db.begin().await.unwrap();
        let found = tx.login_answers().find("the reference").await.unwrap().unwrap();
        assert_eq!(found.expose(), answer.expose());
        assert!(tx.login_answers().find(&text_key("the reference")).await.unwrap().is_none());
        tx.login_attempts().consume(&new.state_hash, t.now()).await.unwrap();
        assert_eq!(tx.login_attempts().find_waiting(&new.state_hash).await.unwrap(), None);
        tx.login_attempts().purge(new.expires_at).await.unwrap();
        assert!(tx.login_answers().find("the reference").await.unwrap().is_none());
    });
}
