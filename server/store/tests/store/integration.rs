use domain::{
    login_failure::LoginFailure,
    secret::{Secret, SecretInput, SecretState},
};
use store::{Error, NewIdentity, UniqueKey};

use crate::support::{keys, new_integration, on_every_database, rule};

#[test]
fn an_integration_is_found_as_it_was_made() {
    on_every_database(async |t| {
        let made = t.integration("corp").await;
        let mut tx = t.db.read().await.unwrap();
        assert_eq!(tx.integrations().find("corp").await.unwrap(), Some(made.clone()));
        assert_eq!(tx.integrations().find_by_id(&made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(tx.integrations().list().await.unwrap(), [made]);
        assert_eq!(tx.integrations().find("other").await.unwrap(), None);
    });
}

#[test]
fn a_name_that_differs_only_in_case_is_taken() {
    on_every_database(async |t| {
        t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        let error = tx.integrations().insert(&new_integration("Corp")).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::IntegrationName)), "{error}");
    });
}

#[test]
fn the_second_of_two_editors_is_told_that_the_row_is_stale() {
    on_every_database(async |t| {
        let read = t.integration("corp").await;
        let mut settings = read.settings.clone();
        settings.label = "Company".to_owned();
        let mut tx = t.db.begin().await.unwrap();
        let changed = tx.integrations().update(&read, &settings, SecretInput::Keep).await.unwrap();
        assert_eq!(tx.integrations().find("corp").await.unwrap().unwrap(), changed);
        assert_eq!(changed.revision, 2);
        let second = tx.integrations().update(&read, &settings, SecretInput::Keep).await;
        assert!(matches!(second, Err(Error::Stale)));
        assert!(matches!(tx.integrations().set_enabled(&read, false).await, Err(Error::Stale)));
        assert!(matches!(tx.integrations().delete(&read).await, Err(Error::Stale)));
        let off = tx.integrations().set_enabled(&changed, false).await.unwrap();
        assert!(!tx.integrations().find("corp").await.unwrap().unwrap().enabled);
        tx.integrations().delete(&off).await.unwrap();
        assert_eq!(tx.integrations().find("corp").await.unwrap(), None);
    });
}

#[test]
fn a_secret_is_kept_replaced_and_cleared() {
    on_every_database(async |t| {
        let made = t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.integrations().secret(&made).await.unwrap().unwrap().expose(), "the client secret");
        let kept = tx.integrations().update(&made, &made.settings, SecretInput::Keep).await.unwrap();
        assert_eq!(kept.client_secret, made.client_secret);
        assert_eq!(tx.integrations().secret(&kept).await.unwrap().unwrap().expose(), "the client secret");
        t.clock.forward(60);
        let input = SecretInput::Replace(Secret::new("another"));
        let replaced = tx.integrations().update(&kept, &made.settings, input).await.unwrap();
        let now = t.now();
        assert!(
            matches!(replaced.client_secret, SecretState::Set { set_at, slots: 1, .. } if set_at == now),
            "{:?}",
            replaced.client_secret
        );
        assert_eq!(tx.integrations().secret(&replaced).await.unwrap().unwrap().expose(), "another");
        let cleared = tx.integrations().update(&replaced, &made.settings, SecretInput::Clear).await.unwrap();
        assert_eq!(cleared.client_secret, SecretState::Unset);
        assert!(tx.integrations().secret(&cleared).await.unwrap().is_none());
        assert_eq!(tx.integrations().find("corp").await.unwrap().unwrap(), cleared);
    });
}

#[test]
fn the_database_never_holds_a_secret_in_the_clear() {
    on_every_database(async |t| {
        t.integration("corp").await;
        let rows: Vec<(String, String)> = t.look("select secret, settings from integration").await;
        assert!(rows[0].0.starts_with("v1."), "{}", rows[0].0);
        assert!(!format!("{rows:?}").contains("the client secret"));
    });
}

#[test]
fn a_secret_copied_to_another_row_does_not_open() {
    on_every_database(async |t| {
        let (a, b) = (t.integration("a").await, t.integration("b").await);
        let sealed: Vec<(String,)> = t.look("select secret from integration where name = 'a'").await;
        t.tamper(&format!("update integration set secret = '{}' where name = 'b'", sealed[0].0)).await;
        let mut tx = t.db.read().await.unwrap();
        assert!(tx.integrations().secret(&a).await.is_ok());
        assert!(matches!(tx.integrations().secret(&b).await, Err(Error::Key(store::KeyError::DoesNotOpen))));
    });
}

#[test]
fn resealing_lets_the_previous_key_go() {
    on_every_database(async |t| {
        t.db.check_key().await.unwrap();
        let corp = t.integration("corp").await;
        let (_, new) = store::Keys::generate();
        let both = store::Keys::from_base64(&new, std::slice::from_ref(&t.key)).unwrap();
        let db = t.reopen(both).await;
        db.check_key().await.unwrap();
        // The integration's secret, the key check and the end of the audit log.
        assert_eq!(db.reseal().await.unwrap(), 3);
        assert_eq!(db.reseal().await.unwrap(), 0);
        let db = t.reopen(keys(&new)).await;
        db.check_key().await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.integrations().secret(&corp).await.unwrap().unwrap().expose(), "the client secret");
        assert_eq!(tx.audit_events().verify(|_| ()).await.unwrap().problem, None);
    });
}

#[test]
fn the_last_result_leaves_the_revision_alone() {
    on_every_database(async |t| {
        let made = t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        tx.integrations().record_result(&made.id, t.now(), None).await.unwrap();
        let failure = Some(LoginFailure::ClientRejected);
        tx.integrations().record_result(&made.id, t.now(), failure).await.unwrap();
        let found = tx.integrations().find("corp").await.unwrap().unwrap();
        assert_eq!(found.revision, made.revision);
        assert_eq!(found.last_success_at, Some(t.now()));
        assert_eq!(found.last_failure_at, Some(t.now()));
        assert_eq!(found.last_failure_code.as_deref(), Some("client_rejected"));
    });
}

#[test]
fn deleting_an_integration_ends_its_rules_and_sessions_but_not_its_identities() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let user = t.user("ann").await;
        let session = t.session(&user, Some(&corp.id), 1).await;
        let mut tx = t.db.begin().await.unwrap();
        let mut of_corp = rule("admins", "GLOBAL_OWNER", domain::target::Target::Global);
        of_corp.integration = Some("corp".to_owned());
        tx.mapping_rules().insert(&of_corp).await.unwrap();
        let new = NewIdentity {
            user_id: user.clone(),
            integration_id: corp.id.clone(),
            issuer: "https://idp.example".to_owned(),
            subject: "1".to_owned(),
        };
        tx.identities().insert(&new).await.unwrap();
        assert_eq!(tx.integrations().count_sessions(&corp.id, t.now()).await.unwrap(), 1);
        assert_eq!(tx.integrations().count_dependent_users(&corp.id).await.unwrap(), 1);
        assert_eq!(tx.mapping_rules().count_for_integration("corp").await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(t.is_live(&session).await);

        let before = t.user_revision(&user).await;
        let mut tx = t.db.begin().await.unwrap();
        let rules = tx.mapping_rules().revision().await.unwrap();
        tx.integrations().delete(&corp).await.unwrap();
        assert_eq!(tx.mapping_rules().all().await.unwrap(), []);
        assert!(tx.mapping_rules().revision().await.unwrap() > rules);
        let identity = tx.identities().find("https://idp.example", "1").await.unwrap().unwrap();
        assert_eq!((identity.user_id, identity.integration_id), (user.clone(), None));
        tx.commit().await.unwrap();
        assert!(!t.is_live(&session).await);
        assert!(t.user_revision(&user).await > before);
    });
}

#[test]
fn settings_that_cannot_be_read_are_named() {
    on_every_database(async |t| {
        t.integration("corp").await;
        t.tamper("update integration set settings = 'nonsense'").await;
        let mut tx = t.db.read().await.unwrap();
        let error = tx.integrations().list().await.unwrap_err();
        assert!(error.to_string().starts_with("integration.settings of row 0"), "{error}");
    });
}

#[test]
fn many_sign_ins_at_once_with_one_integration_do_not_block_one_another() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let mut tasks = Vec::new();
        for i in 0..24_u8 {
            let user = t.user(&format!("user{i}")).await;
            let (db, corp, now) = (t.db.clone(), corp.id.clone(), t.now());
            tasks.push(tokio::spawn(async move {
                let new = store::NewSession {
                    id_hash: store::SessionHash([i; 32]),
                    user_id: user.clone(),
                    integration_id: Some(corp.clone()),
                    idp_session_id: None,
                    subject: None,
                    address: None,
                    user_agent: None,
                    expires_at: now.plus_hours(1),
                };
                let mut tx = db.begin().await.unwrap();
                tx.users().set_last_login(&user, now).await.unwrap();
                tx.sessions().insert(&new).await.unwrap();
                tx.integrations().record_result(&corp, now, None).await.unwrap();
                tx.audit_events().append(&crate::support::event("x")).await.unwrap();
                tx.commit().await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(t.count("session").await, 24);
        assert_eq!(t.count("audit_event").await, 24);
    });
}
