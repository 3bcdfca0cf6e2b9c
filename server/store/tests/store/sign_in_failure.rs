use store::TryOutcome;

use crate::support::{TestDb, on_every_database};

const KEY: &str = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";

async fn attempt(t: &TestDb) -> TryOutcome {
    let mut tx = t.db.begin().await.unwrap();
    let outcome = tx.sign_in_failures().try_begin(KEY, t.now(), 5, 15).await.unwrap();
    tx.commit().await.unwrap();
    outcome
}

#[test]
fn of_many_tries_at_once_only_so_many_reach_a_password() {
    on_every_database(async |t| {
        let tasks: Vec<_> = (0..40)
            .map(|_| {
                let (db, now) = (t.db.clone(), t.now());
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    let outcome = tx.sign_in_failures().try_begin(KEY, now, 5, 15).await.unwrap();
                    tx.commit().await.unwrap();
                    outcome
                })
            })
            .collect();
        let mut allowed = 0;
        for task in tasks {
            match task.await.unwrap() {
                TryOutcome::Allowed => allowed += 1,
                TryOutcome::LockedUntil(until) => assert_eq!(until, t.now().plus_minutes(15)),
            }
        }
        assert_eq!(allowed, 5);
    });
}

#[test]
fn a_lock_lasts_from_the_last_counted_try_and_then_the_count_starts_anew() {
    on_every_database(async |t| {
        for _ in 0..4 {
            assert_eq!(attempt(t).await, TryOutcome::Allowed);
        }
        t.clock.forward(10 * 60);
        assert_eq!(attempt(t).await, TryOutcome::Allowed, "the fifth");
        let until = t.now().plus_minutes(15);
        t.clock.forward(15 * 60 - 1);
        assert_eq!(attempt(t).await, TryOutcome::LockedUntil(until));
        t.clock.forward(1);
        assert_eq!(attempt(t).await, TryOutcome::Allowed);
        let mut tx = t.db.read().await.unwrap();
        let row = tx.sign_in_failures().get(KEY).await.unwrap().unwrap();
        assert_eq!((row.count, row.window_started_at, row.locked_until), (1, t.now(), None));
    });
}

#[test]
fn tries_outside_the_window_are_forgotten() {
    on_every_database(async |t| {
        for _ in 0..12 {
            assert_eq!(attempt(t).await, TryOutcome::Allowed);
            t.clock.forward(4 * 60);
        }
    });
}

#[test]
fn a_right_password_clears_the_count() {
    on_every_database(async |t| {
        for _ in 0..3 {
            for _ in 0..4 {
                assert_eq!(attempt(t).await, TryOutcome::Allowed);
            }
            let mut tx = t.db.begin().await.unwrap();
            tx.sign_in_failures().clear(KEY).await.unwrap();
            assert_eq!(tx.sign_in_failures().get(KEY).await.unwrap(), None);
            tx.commit().await.unwrap();
        }
        attempt(t).await;
        t.clock.forward(25 * 3600);
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.sign_in_failures().purge(t.now()).await.unwrap(), 1);
    });
}
