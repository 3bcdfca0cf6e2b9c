use domain::{
    history::{RevisionAction, RevisionView},
    integration::Integration,
    secret::{Secret, SecretInput, SecretSource, SecretState, SecretValue, SlotChange},
    time::Timestamp,
};
use store::StoredRevision;

use crate::support::{TestDb, keys, on_every_database};

fn value(text: &str) -> SecretValue {
    SecretValue::Given(Secret::new(text))
}

fn beside(value: SecretValue, expires_at: Option<Timestamp>) -> SlotChange {
    SlotChange::Add { value, expires_at }
}

async fn change(t: &TestDb, old: &Integration, change: SlotChange) -> Integration {
    let mut tx = t.db.begin().await.unwrap();
    let new = tx.integrations().update(old, &old.settings, SecretInput::Slot(change)).await.unwrap();
    tx.client_secrets().attribute(&new.id, "ann").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = t.db.read().await.unwrap();
    tx.integrations().find_by_id(&new.id).await.unwrap().unwrap()
}

async fn order(t: &TestDb, of: &Integration) -> Vec<(u8, String)> {
    let mut tx = t.db.read().await.unwrap();
    let held = tx.client_secrets().open(&of.id).await.unwrap();
    held.into_iter()
        .map(|held| {
            let text = match held.value {
                SecretValue::Given(secret) => secret.expose().to_owned(),
                SecretValue::Environment(name) | SecretValue::File(name) => name,
            };
            (held.slot, text)
        })
        .collect()
}

#[test]
fn a_second_secret_stands_beside_the_first_and_either_can_go() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let first = (1, "the client secret".to_owned());
        let second = (2, "the second".to_owned());
        assert_eq!(order(t, &corp).await, std::slice::from_ref(&first));
        let corp = change(t, &corp, beside(value("the second"), None)).await;
        assert_eq!(order(t, &corp).await, [first.clone(), second.clone()]);
        assert_eq!(corp.revision, 2);
        let held = corp.client_secret.held();
        assert_eq!((held[0].preferred, held[1].preferred, held[1].set_by.as_str()), (true, false, "ann"));
        let corp = change(t, &corp, SlotChange::Prefer(2)).await;
        assert_eq!(order(t, &corp).await, [second.clone(), first.clone()]);
        let gone = change(t, &corp, SlotChange::Remove(1)).await;
        assert_eq!(order(t, &gone).await, std::slice::from_ref(&second));
        assert!(matches!(gone.client_secret, SecretState::Set { slots: 1, .. }));
        // The next one takes the free place, and what is preferred stays.
        let corp = change(t, &gone, beside(value("the third"), None)).await;
        assert_eq!(order(t, &corp).await, [second, (1, "the third".to_owned())]);
        let cleared = {
            let mut tx = t.db.begin().await.unwrap();
            let new = tx.integrations().update(&corp, &corp.settings, SecretInput::Clear).await.unwrap();
            tx.commit().await.unwrap();
            new
        };
        assert_eq!(cleared.client_secret, SecretState::Unset);
        assert_eq!(t.count("client_secret").await, 0);
        let rows: Vec<(Option<String>,)> = t.look("select secret from integration").await;
        assert_eq!(rows, [(None,)]);
    });
}

#[test]
fn a_reference_is_kept_as_a_name() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let named = SlotChange::Replace {
            value: SecretValue::Environment("LATCHKEY_SECRET_CORP".to_owned()),
            expires_at: None,
        };
        let corp = change(t, &corp, named).await;
        assert_eq!(order(t, &corp).await, [(1, "LATCHKEY_SECRET_CORP".to_owned())]);
        let slot = &corp.client_secret.held()[0];
        assert_eq!(slot.source, SecretSource::Environment);
        assert_eq!(slot.reference.as_deref(), Some("LATCHKEY_SECRET_CORP"));
        let mut tx = t.db.read().await.unwrap();
        assert!(tx.integrations().secret(&corp).await.unwrap().is_none(), "it is not here");
    });
}

#[test]
fn a_secret_of_before_slots_is_slot_one() {
    on_every_database(async |t| {
        let made = t.integration("corp").await;
        // As a server of before leaves it: a value without a row.
        t.tamper("delete from client_secret").await;
        assert_eq!(order(t, &made).await, [(1, "the client secret".to_owned())]);
        let mut tx = t.db.read().await.unwrap();
        let corp = tx.integrations().find("corp").await.unwrap().unwrap();
        drop(tx);
        assert!(matches!(corp.client_secret, SecretState::Set { slots: 1, .. }));
        let end = t.now().plus_hours(24);
        let corp = change(t, &corp, SlotChange::Expires(1, Some(end))).await;
        assert_eq!(corp.client_secret.held()[0].expires_at, Some(end));
        assert_eq!(order(t, &corp).await, [(1, "the client secret".to_owned())]);
    });
}

#[test]
fn of_many_switches_at_once_one_counts() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let corp = change(t, &corp, beside(value("the second"), None)).await;
        let mut tasks = Vec::new();
        for _ in 0..16 {
            let (db, corp) = (t.db.clone(), corp.clone());
            tasks.push(tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let is_first = tx.client_secrets().switch(&corp, 2).await.unwrap();
                tx.commit().await.unwrap();
                is_first
            }));
        }
        let mut switched = 0;
        for task in tasks {
            switched += i32::from(task.await.unwrap());
        }
        assert_eq!(switched, 1);
        assert_eq!(order(t, &corp).await[0].0, 2);
        // Not over somebody's change.
        let newer = change(t, &corp, SlotChange::Prefer(1)).await;
        let mut tx = t.db.begin().await.unwrap();
        assert!(!tx.client_secrets().switch(&corp, 2).await.unwrap());
        assert!(tx.client_secrets().switch(&newer, 2).await.unwrap());
    });
}

#[test]
fn use_is_written_down_at_most_once_a_minute_and_leaves_the_revision_alone() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let begin = t.now();
        for (wait, noted) in [(0, begin), (59, begin), (1, begin.plus_seconds(60))] {
            t.clock.forward(wait);
            let mut tx = t.db.begin().await.unwrap();
            tx.client_secrets().note_used(&corp.id, 1, t.now()).await.unwrap();
            tx.client_secrets().note_rejected(&corp.id, 1, t.now()).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = t.db.read().await.unwrap();
            let now = tx.integrations().find("corp").await.unwrap().unwrap();
            assert_eq!(now.client_secret.held()[0].last_used_at, Some(noted));
            assert_eq!(now.client_secret.held()[0].last_rejected_at, Some(noted));
            assert_eq!(now.revision, corp.revision);
        }
    });
}

#[test]
fn a_warning_is_given_once_a_threshold() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let end = t.now().plus_hours(24 * 20);
        change(t, &corp, beside(value("the second"), Some(end))).await;
        let mut tx = t.db.begin().await.unwrap();
        let all = tx.client_secrets().expiring().await.unwrap();
        assert_eq!((all.len(), all[0].slot, all[0].expires_at), (1, 2, end));
        assert!(tx.client_secrets().warn(&all[0], 30).await.unwrap());
        assert!(!tx.client_secrets().warn(&all[0], 30).await.unwrap());
        assert!(tx.client_secrets().warn(&all[0], 7).await.unwrap());
        assert!(!tx.client_secrets().warn(&all[0], 30).await.unwrap());
        assert_eq!(tx.client_secrets().expiring().await.unwrap()[0].warned_days, Some(7));
    });
}

#[test]
fn resealing_reaches_both_slots() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let corp = change(t, &corp, beside(value("the second"), None)).await;
        let (_, new) = store::Keys::generate();
        let both = store::Keys::from_base64(&new, std::slice::from_ref(&t.key)).unwrap();
        assert!(t.reopen(both).await.reseal().await.unwrap() >= 2);
        let db = t.reopen(keys(&new)).await;
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.client_secrets().open(&corp.id).await.unwrap().len(), 2);
    });
}

#[test]
fn revisions_are_kept_once_and_go_with_their_integration() {
    on_every_database(async |t| {
        let corp = t.integration("corp").await;
        let revision = |number: i64, label: &str| {
            let mut settings = corp.settings.clone();
            settings.label = label.to_owned();
            StoredRevision {
                view: RevisionView {
                    revision: number,
                    at: t.now(),
                    by: "ann".to_owned(),
                    by_kind: "user".to_owned(),
                    action: RevisionAction::Changed,
                    restored_from: Some(1),
                    changed: vec!["label".to_owned()],
                },
                settings,
                enabled: true,
                reference: "ref".to_owned(),
            }
        };
        let mut tx = t.db.begin().await.unwrap();
        for (number, label) in [(1, "one"), (3, "three"), (3, "again")] {
            tx.integration_revisions().keep(&corp.id, &revision(number, label)).await.unwrap();
        }
        assert_eq!(
            tx.integration_revisions().list(&corp.id).await.unwrap(),
            [revision(3, "three"), revision(1, "one")]
        );
        assert_eq!(tx.integration_revisions().before(&corp.id, 3).await.unwrap(), Some(revision(1, "one")));
        assert_eq!(tx.integration_revisions().find(&corp.id, 2).await.unwrap(), None);
        tx.integrations().delete(&corp).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(t.count("integration_revision").await + t.count("client_secret").await, 0);
    });
}
