use domain::{
    api::{AuditFilter, PageQuery},
    audit::{AuditKind, Outcome},
};
use store::{ChainFault, ChainReport};

use crate::support::{TestDb, event, keys, on_every_database, page};

async fn append(t: &TestDb, count: usize) {
    let mut tx = t.db.begin().await.unwrap();
    for i in 0..count {
        t.clock.forward(1);
        tx.audit_events().append(&event(&format!("actor {i}"))).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn verify(t: &TestDb) -> ChainReport {
    let mut tx = t.db.read().await.unwrap();
    tx.audit_events().verify(|_| ()).await.unwrap()
}

/// Ten events, then the statements, then what the check finds.
async fn found(t: &TestDb, tampering: &[&str]) -> Option<(i64, ChainFault)> {
    append(t, 10).await;
    assert_eq!(verify(t).await, ChainReport { checked: 10, problem: None });
    for sql in tampering {
        assert!(t.tamper(sql).await > 0, "{sql}");
    }
    verify(t).await.problem.map(|problem| (problem.number, problem.what))
}

#[test]
fn an_event_is_found_as_it_was_recorded() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let new = event("ann");
        let made = tx.audit_events().append(&new).await.unwrap();
        assert_eq!((made.number, made.at), (1, t.now()));
        assert_eq!((made.kind, made.risk), (AuditKind::LoginSucceeded, AuditKind::LoginSucceeded.risk()));
        assert_eq!(made.detail, new.detail);
        assert_eq!(tx.audit_events().find(&made.id).await.unwrap(), Some(made.clone()));
        let all = tx.audit_events().search(&AuditFilter::default(), &page(10)).await.unwrap();
        assert_eq!((all.total, all.items), (1, vec![made]));
    });
}

#[test]
fn each_filter_finds_exactly_its_events() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let mut other = event("Ann ");
        other.kind = AuditKind::LoginFailed;
        other.outcome = Outcome::Failure;
        other.integration = None;
        other.target = Some("user:x".to_owned());
        other.reference = "other".to_owned();
        tx.audit_events().append(&event("ann")).await.unwrap();
        let from = t.now();
        t.clock.forward(10);
        let wanted = tx.audit_events().append(&other).await.unwrap();
        t.clock.forward(10);
        tx.audit_events().append(&event("Ann")).await.unwrap();
        let none = AuditFilter::default();
        for filter in [
            AuditFilter { actor: Some("Ann ".to_owned()), ..none.clone() },
            AuditFilter { kind: Some("login.failed".to_owned()), ..none.clone() },
            AuditFilter { outcome: Some(Outcome::Failure), ..none.clone() },
            AuditFilter { target: Some("user:x".to_owned()), ..none.clone() },
            AuditFilter { reference: Some("other".to_owned()), ..none.clone() },
            AuditFilter { from: Some(from.plus_seconds(1)), until: Some(t.now()), ..none.clone() },
        ] {
            let page = tx.audit_events().search(&filter, &page(10)).await.unwrap();
            assert_eq!((page.total, &page.items[0]), (1, &wanted), "{filter:?}");
        }
        let of_corp = AuditFilter { integration: Some("corp".to_owned()), ..none };
        assert_eq!(tx.audit_events().search(&of_corp, &page(10)).await.unwrap().total, 2);
    });
}

#[test]
fn events_come_newest_first_and_each_once() {
    on_every_database(async |t| {
        append(t, 25).await;
        let mut tx = t.db.read().await.unwrap();
        let mut query = page(10);
        let mut numbers = Vec::new();
        loop {
            let page = tx.audit_events().search(&AuditFilter::default(), &query).await.unwrap();
            assert_eq!(page.total, 25);
            numbers.extend(page.items.iter().map(|event| event.number));
            match page.next_cursor {
                Some(cursor) => query = PageQuery { page_size: 10, cursor: Some(cursor) },
                None => break,
            }
        }
        assert_eq!(numbers, (1..=25).rev().collect::<Vec<i64>>());
    });
}

#[test]
fn an_empty_log_is_sound() {
    on_every_database(async |t| assert_eq!(verify(t).await, ChainReport { checked: 0, problem: None }));
}

#[test]
fn every_changed_column_is_found() {
    for change in [
        "actor = 'somebody else'",
        "detail = '{}'",
        "happened_at = happened_at + 1",
        "outcome = 'failure'",
        "kind = 'logout'",
        "address = null",
        "code = ''",
        "actor_id = 'x'",
        "target_key = null",
        "reference = 'ref '",
    ] {
        on_every_database(async |t| {
            let sql = format!("update audit_event set {change} where number = 4");
            assert_eq!(found(t, &[&sql]).await, Some((4, ChainFault::Changed)), "{change}");
        });
    }
}

#[test]
fn a_removed_event_is_found() {
    on_every_database(async |t| {
        let sql = "delete from audit_event where number = 4";
        assert_eq!(found(t, &[sql]).await, Some((4, ChainFault::Removed)));
    });
}

#[test]
fn a_removed_event_is_found_when_the_gap_is_closed() {
    on_every_database(async |t| {
        let sql = [
            "delete from audit_event where number = 4",
            "update audit_event set number = number - 100 where number > 4",
            "update audit_event set number = number + 99 where number < 0",
        ];
        assert_eq!(found(t, &sql).await, Some((4, ChainFault::Removed)));
    });
}

#[test]
fn swapped_events_are_found() {
    on_every_database(async |t| {
        let sql = [
            "update audit_event set number = 1004 where number = 4",
            "update audit_event set number = 4 where number = 7",
            "update audit_event set number = 7 where number = 1004",
        ];
        assert_eq!(found(t, &sql).await, Some((4, ChainFault::Swapped)));
    });
}

const COPY: &str = "insert into audit_event select '00000000000000000000000000', 1000, happened_at, kind, outcome, actor, \
     actor_key, actor_id, target, target_key, integration, integration_key, code, address, reference, detail, \
     previous_hash, hash from audit_event where number = 4";

#[test]
fn an_inserted_event_is_found() {
    on_every_database(async |t| {
        let sql = [
            COPY,
            "update audit_event set number = number + 2000 where number between 4 and 10",
            "update audit_event set number = number - 1999 where number > 2000",
            "update audit_event set number = 4 where number = 1000",
        ];
        assert_eq!(found(t, &sql).await, Some((4, ChainFault::Inserted)));
    });
}

#[test]
fn an_event_put_at_the_end_or_before_the_beginning_is_found() {
    for (number, at) in [(11, 11), (0, 0), (-5, -5)] {
        on_every_database(async |t| {
            let sql = format!("update audit_event set number = {number} where number = 1000");
            assert_eq!(found(t, &[COPY, &sql]).await, Some((at, ChainFault::Inserted)), "{number}");
        });
    }
}

#[test]
fn a_cut_tail_is_found_and_a_rewound_head_is_not_believed() {
    on_every_database(async |t| {
        let cut = "delete from audit_event where number > 7";
        assert_eq!(found(t, &[cut]).await, Some((8, ChainFault::TailCut)));
        let rewind = if t.is_mysql() {
            "update audit_head h join audit_event e on e.number = 7 set h.number = 7, h.hash = e.hash"
        } else {
            "update audit_head set number = 7, hash = (select hash from audit_event where number = 7)"
        };
        assert_eq!(t.tamper(rewind).await, 1);
        let problem = verify(t).await.problem.unwrap();
        assert_eq!((problem.number, problem.what), (7, ChainFault::HeadForged));
        // Going on does not hide it.
        append(t, 3).await;
        let problem = verify(t).await.problem.unwrap();
        assert_eq!(problem.what, ChainFault::HeadForged);
    });
}

#[test]
fn a_log_emptied_together_with_its_head_is_not_taken_for_a_new_one() {
    on_every_database(async |t| {
        t.db.check_key().await.unwrap();
        append(t, 3).await;
        t.tamper("delete from audit_event").await;
        let zeros = "0".repeat(64);
        t.tamper(&format!("update audit_head set number = 0, hash = '{zeros}', mac = ''")).await;
        assert_eq!(verify(t).await.problem.unwrap().what, ChainFault::HeadForged);
        t.db.migrate().await.unwrap();
        assert_eq!(verify(t).await.problem.unwrap().what, ChainFault::HeadForged);
    });
}

#[test]
fn without_the_key_nobody_can_vouch_for_the_end() {
    on_every_database(async |t| {
        append(t, 3).await;
        let (_, other) = store::Keys::generate();
        let db = t.reopen(keys(&other)).await;
        let mut tx = db.read().await.unwrap();
        let report = tx.audit_events().verify(|_| ()).await.unwrap();
        assert_eq!(report.problem.unwrap().what, ChainFault::HeadForged);
    });
}

#[test]
fn writers_at_the_same_moment_do_not_fork_the_chain() {
    on_every_database(async |t| {
        let second = t.reopen(keys(&t.key)).await;
        let tasks: Vec<_> = (0..24)
            .map(|i| {
                let db = if i % 2 == 0 { t.db.clone() } else { second.clone() };
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    // The snapshot is taken before the others write.
                    tx.users().count_global_owners().await.unwrap();
                    tx.audit_events().append(&event(&format!("writer {i}"))).await.unwrap();
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(verify(t).await, ChainReport { checked: 24, problem: None });
        second.close().await;
    });
}

#[test]
fn an_event_of_a_transaction_that_was_taken_back_leaves_no_gap() {
    on_every_database(async |t| {
        append(t, 2).await;
        let mut tx = t.db.begin().await.unwrap();
        tx.audit_events().append(&event("nobody")).await.unwrap();
        drop(tx);
        append(t, 2).await;
        assert_eq!(verify(t).await, ChainReport { checked: 4, problem: None });
    });
}
