use domain::{
    api::{GroupsSeen, GroupsState, UserFilter},
    role::RoleName,
    target::Target,
};
use store::{Error, NewIdentity, Profile, UniqueKey};

use crate::support::{on_every_database, page};

fn identity(
    user: &domain::id::UserId,
    integration: &domain::integration::Integration,
    subject: &str,
) -> NewIdentity {
    NewIdentity {
        user_id: user.clone(),
        integration_id: integration.id.clone(),
        issuer: "https://idp.example".to_owned(),
        subject: subject.to_owned(),
    }
}

#[test]
fn a_look_alike_name_is_taken() {
    on_every_database(async |t| {
        let ann = t.user("Ann").await;
        let mut tx = t.db.begin().await.unwrap();
        let new = store::NewUser {
            username: "ann".to_owned(),
            folded: domain::username::folded("ann"),
            display_name: None,
            email: None,
            enabled: true,
        };
        let error = tx.users().insert(&new).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::Username)), "{error}");
        assert_eq!(tx.users().find_by_username("ann").await.unwrap().unwrap().id, ann);
        assert!(tx.users().find_by_username("Ann").await.unwrap().is_none());
    });
}

#[test]
fn subjects_that_differ_in_case_or_spaces_are_different_people() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let mut people = Vec::new();
        for (name, subject) in [("a", "admins"), ("b", "Admins"), ("c", "Admins ")] {
            let user = t.user(name).await;
            let mut tx = t.db.begin().await.unwrap();
            tx.identities().insert(&identity(&user, &corp, subject)).await.unwrap();
            tx.commit().await.unwrap();
            people.push((user, subject));
        }
        let mut tx = t.db.begin().await.unwrap();
        for (user, subject) in &people {
            let found = tx.identities().find("https://idp.example", subject).await.unwrap().unwrap();
            assert_eq!(&found.user_id, user, "{subject:?}");
        }
        assert!(tx.identities().find("https://idp.example", "ADMINS").await.unwrap().is_none());
        assert!(tx.identities().find("https://idp.exampl", "eadmins").await.unwrap().is_none());
        let error = tx.identities().insert(&identity(&people[1].0, &corp, "admins")).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::Identity)), "{error}");
    });
}

#[test]
fn a_user_is_searched_by_part_of_any_name_whatever_its_case() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        t.user("bob").await;
        let mut tx = t.db.begin().await.unwrap();
        let profile = Profile {
            username: None,
            display_name: Some("Ann Österberg".to_owned()),
            email: Some("A_100%@example.org".to_owned()),
        };
        tx.users().update_profile(&ann, &profile).await.unwrap();
        for search in ["ÖSTER", "österB", "a_100%", "ANN"] {
            let filter = UserFilter { search: Some(search.to_owned()), enabled: Some(true) };
            let found = tx.users().list(&filter, &page(10)).await.unwrap();
            assert_eq!((found.total, &found.items[0].id), (1, &ann), "{search}");
        }
        for search in ["oster", "a%", "_"] {
            let filter = UserFilter { search: Some(search.to_owned()), enabled: None };
            let found = tx.users().list(&filter, &page(10)).await.unwrap();
            assert_eq!(found.total, u64::from(search == "_"), "{search}");
        }
    });
}

#[test]
fn a_list_shows_each_users_own_identities() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let (ann, bob) = (t.user("ann").await, t.user("bob").await);
        let mut tx = t.db.begin().await.unwrap();
        tx.identities().insert(&identity(&ann, &corp, "1")).await.unwrap();
        tx.identities().insert(&identity(&ann, &corp, "2")).await.unwrap();
        tx.identities().insert(&identity(&bob, &corp, "3")).await.unwrap();
        let users = tx.users().list(&UserFilter::default(), &page(10)).await.unwrap();
        for user in users.items {
            let mut subjects: Vec<&str> =
                user.identities.iter().map(|identity| identity.subject.as_str()).collect();
            subjects.sort_unstable();
            assert_eq!(subjects, if user.id == ann { vec!["1", "2"] } else { vec!["3"] });
            assert_eq!(user.identities[0].integration.as_deref(), Some("corp"));
            assert_eq!(tx.users().find(&user.id).await.unwrap(), Some(user));
        }
    });
}

#[test]
fn the_revision_grows_with_what_counts_and_not_with_a_sign_in() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let ann = t.user("ann").await;
        let mut revision = t.user_revision(&ann).await;
        let mut tx = t.db.begin().await.unwrap();
        let found = tx.identities().insert(&identity(&ann, &corp, "1")).await.unwrap();
        tx.commit().await.unwrap();
        let mut grew = async |what: &str| {
            let now = t.user_revision(&ann).await;
            assert!(now > revision, "{what}");
            revision = now;
        };
        grew("identity").await;
        for what in ["profile", "enabled", "password", "manual", "not manual", "no password"] {
            let mut tx = t.db.begin().await.unwrap();
            let owner = RoleName::new(RoleName::GLOBAL_OWNER);
            match what {
                "profile" => {
                    let profile = Profile { display_name: Some("Ann".to_owned()), ..Profile::default() };
                    tx.users().update_profile(&ann, &profile).await.unwrap();
                }
                "enabled" => tx.users().set_enabled(&ann, true).await.unwrap(),
                "password" => tx.passwords().set(&ann, "$argon2id$", true, None).await.unwrap(),
                "manual" => {
                    assert!(tx.role_grants().set_manual(&ann, owner, Target::Global).await.unwrap());
                }
                "not manual" => {
                    assert!(tx.role_grants().remove_manual(&ann, owner, Target::Global).await.unwrap());
                }
                _ => assert!(tx.passwords().remove(&ann).await.unwrap()),
            }
            tx.commit().await.unwrap();
            grew(what).await;
        }
        let mut tx = t.db.begin().await.unwrap();
        tx.users().set_last_login(&ann, t.now()).await.unwrap();
        let seen = |state, count| GroupsSeen { state, count, at: t.now() };
        tx.identities().touch(&found, r#"{"sub":"1"}"#, &seen(GroupsState::Came, 3)).await.unwrap();
        tx.identities().note_groups(&found, &seen(GroupsState::Missing, 0)).await.unwrap();
        let last = tx.identities().last_groups(&ann).await.unwrap();
        assert_eq!(last.map(|one| one.seen), Some(seen(GroupsState::Missing, 0)));
        let profile = Profile { display_name: Some("Ann".to_owned()), ..Profile::default() };
        tx.users().update_profile(&ann, &profile).await.unwrap();
        assert_eq!(tx.identities().last_claims(&found).await.unwrap().unwrap()["sub"], "1");
        let user = tx.users().find(&ann).await.unwrap().unwrap();
        assert_eq!(user.last_login_at, Some(t.now()));
        assert_eq!(user.revision, revision);
    });
}

#[test]
fn deleting_a_user_leaves_nothing_behind_but_audit_events() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let ann = t.user("ann").await;
        let session = t.session(&ann, Some(&corp.id), 1).await;
        let mut tx = t.db.begin().await.unwrap();
        tx.identities().insert(&identity(&ann, &corp, "1")).await.unwrap();
        tx.passwords().set(&ann, "$argon2id$", false, None).await.unwrap();
        tx.role_grants().set_manual(&ann, RoleName::new("GLOBAL_OWNER"), Target::Global).await.unwrap();
        let token = store::NewToken {
            name: "ci".to_owned(),
            value_hash: "0".repeat(64),
            owner: Some(ann.clone()),
            roles: Vec::new(),
            access_list: Vec::new(),
            expires_at: None,
        };
        tx.api_tokens().insert(&token).await.unwrap();
        tx.audit_events().append(&crate::support::event("ann")).await.unwrap();
        tx.users().delete(&ann).await.unwrap();
        assert!(matches!(tx.users().delete(&ann).await, Err(Error::Missing("user"))));
        tx.commit().await.unwrap();
        for table in ["user", "identity", "password", "role_grant", "session", "api_token"] {
            assert_eq!(t.count(table).await, 0, "{table}");
        }
        assert_eq!(t.count("audit_event").await, 1);
        assert!(!t.is_live(&session).await);
    });
}

#[test]
fn owners_are_listed_with_every_way_in() {
    on_every_database(async |t| {
        let (corp, off) = (t.integration("corp").await, t.integration("off").await);
        let (ann, bob) = (t.user("ann").await, t.user("bob").await);
        let mut tx = t.db.begin().await.unwrap();
        tx.integrations().set_enabled(&off, false).await.unwrap();
        for owner in [&ann, &bob] {
            tx.role_grants().set_manual(owner, RoleName::new("GLOBAL_OWNER"), Target::Global).await.unwrap();
        }
        tx.identities().insert(&identity(&ann, &corp, "1")).await.unwrap();
        tx.identities().insert(&identity(&ann, &off, "2")).await.unwrap();
        tx.passwords().set(&bob, "$argon2id$", false, None).await.unwrap();
        tx.users().set_enabled(&bob, false).await.unwrap();
        let mut owners = tx.users().owners().await.unwrap();
        owners.sort_by(|a, b| a.username.cmp(&b.username));
        assert_eq!(owners.len(), 2);
        assert_eq!((&owners[0].user_id, owners[0].has_password, owners[0].enabled), (&ann, false, true));
        assert_eq!(owners[0].integrations, ["corp"]);
        assert_eq!((&owners[1].user_id, owners[1].has_password, owners[1].enabled), (&bob, true, false));
        assert_eq!(tx.users().count_global_owners().await.unwrap(), 1);
    });
}
