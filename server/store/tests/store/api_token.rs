use domain::{id::UserId, role::RoleName, time::Timestamp};
use store::{Error, NewToken, UniqueKey};

use crate::support::{on_every_database, page};

fn token(name: &str, value: char, owner: Option<&UserId>, expires_at: Option<Timestamp>) -> NewToken {
    NewToken {
        name: name.to_owned(),
        value_hash: value.to_string().repeat(64),
        owner: owner.cloned(),
        roles: vec![RoleName::new(RoleName::GLOBAL_READ_ONLY)],
        access_list: vec!["192.0.2.0/24".to_owned()],
        expires_at,
    }
}

#[test]
fn a_token_resolves_to_its_owner_until_it_ends() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let mut tx = t.db.begin().await.unwrap();
        let end = t.now().plus_hours(1);
        let made = tx.api_tokens().insert(&token("ci", 'a', Some(&ann), Some(end))).await.unwrap();
        assert_eq!(made.owner.as_deref(), Some("ann"));
        tx.api_tokens().insert(&token("host", 'b', None, None)).await.unwrap();
        tx.api_tokens().touch(&made.id, t.now()).await.unwrap();
        assert_eq!(tx.api_tokens().owner(&made.id).await.unwrap(), Some(ann.clone()));
        tx.commit().await.unwrap();

        let found = t.db.resolve_api_token(&"a".repeat(64), t.now()).await.unwrap().unwrap();
        assert_eq!((&found.id, found.owner.as_ref()), (&made.id, Some(&ann)));
        assert_eq!((found.last_used_at, found.owner_username.as_deref()), (Some(t.now()), Some("ann")));
        assert_eq!(found.owner_revision, Some(t.user_revision(&ann).await));
        assert_eq!((found.roles, found.access_list), (made.roles, made.access_list));
        let of_host = t.db.resolve_api_token(&"b".repeat(64), t.now()).await.unwrap().unwrap();
        assert_eq!((of_host.owner, of_host.owner_revision), (None, None));
        assert!(t.db.resolve_api_token(&"c".repeat(64), t.now()).await.unwrap().is_none());
        assert!(t.db.resolve_api_token(&"a".repeat(64), end).await.unwrap().is_none(), "at its end");

        let mut tx = t.db.begin().await.unwrap();
        tx.users().set_enabled(&ann, false).await.unwrap();
        tx.commit().await.unwrap();
        assert!(t.db.resolve_api_token(&"a".repeat(64), t.now()).await.unwrap().is_none(), "owner disabled");
    });
}

#[test]
fn a_tokens_name_is_taken_byte_for_byte_until_it_is_revoked() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let made = tx.api_tokens().insert(&token("ci", 'a', None, None)).await.unwrap();
        tx.api_tokens().insert(&token("CI", 'b', None, None)).await.unwrap();
        let error = tx.api_tokens().insert(&token("ci", 'c', None, None)).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::ApiTokenName)), "{error}");
        assert_eq!(tx.api_tokens().list(&page(10)).await.unwrap().total, 2);
        assert!(tx.api_tokens().delete(&made.id).await.unwrap());
        assert!(!tx.api_tokens().delete(&made.id).await.unwrap());
        assert_eq!(tx.api_tokens().find(&made.id).await.unwrap(), None);
        tx.api_tokens().insert(&token("ci", 'c', None, None)).await.unwrap();
    });
}
