//! Whether the audit log is what was written: every event follows from the one before, and the last one is
//! the one that the key vouches for.

use crate::{
    AuditEvents,
    audit_event::{GENESIS, Head, Row, columns},
    error::Result,
    key::text_key,
    sql::{count, fetch_all, fetch_optional},
};

/// How many events are read at once.
const BATCH: i64 = 2000;

/// What a check of the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainReport {
    /// How many events are genuine, counted from the first.
    pub checked: u64,
    /// The first thing that is wrong; `None`: nothing.
    pub problem: Option<ChainProblem>,
}

/// Something wrong with the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainProblem {
    /// Where: the number of the event that is, or should be, there.
    pub number: i64,
    /// What.
    pub what: ChainFault,
}

/// What was done to the chain, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// The event's content was changed.
    Changed,
    /// An event was here.
    Removed,
    /// The event was put here.
    Inserted,
    /// The event belongs to another place.
    Swapped,
    /// The last events are gone.
    TailCut,
    /// The record of the end of the chain was not written with the key.
    HeadForged,
}

/// Where the check stands.
struct Walk {
    number: i64,
    /// The hash of the event before, and of the one before that.
    previous: String,
    before_previous: String,
}

impl Row {
    /// Whether hash and search keys are those of the content.
    fn is_intact(&self) -> bool {
        self.hash == self.hash_after(&self.previous_hash)
            && self.actor_key == text_key(&self.actor)
            && self.target_key == self.target.as_deref().map(text_key)
            && self.integration_key == self.integration.as_deref().map(text_key)
    }
}

impl AuditEvents<'_> {
    /// Checks the whole chain, in portions; `progress` hears how many events are checked so far. What was
    /// appended meanwhile is not looked at.
    ///
    /// # Errors
    /// The driver's.
    pub async fn verify(&mut self, mut progress: impl FnMut(u64) + Send) -> Result<ChainReport> {
        let Some(head) = self.head().await? else {
            let problem = ChainProblem { number: 0, what: ChainFault::HeadForged };
            return Ok(ChainReport { checked: 0, problem: Some(problem) });
        };
        let mut walk = Walk { number: 0, previous: GENESIS.to_owned(), before_previous: String::new() };
        let mut last = i64::MIN;
        let mut checked = 0;
        let problem = loop {
            let sql = concat!(
                "select ",
                columns!(),
                " from audit_event where number > ? and number <= ? order by number limit ?"
            );
            let rows = fetch_all!(self.tx, Row, sql, last, head.number, BATCH)?;
            let Some(row) = rows.last() else {
                break self.check_end(&walk, &head).await?;
            };
            last = row.number;
            let mut problem = None;
            for row in &rows {
                problem = self.check(&walk, row).await?;
                if problem.is_some() {
                    break;
                }
                walk.before_previous = std::mem::replace(&mut walk.previous, row.hash.clone());
                walk.number = row.number;
                checked += 1;
            }
            progress(checked);
            if problem.is_some() {
                break problem;
            }
        };
        Ok(ChainReport { checked, problem })
    }

    async fn head(&mut self) -> Result<Option<Head>> {
        let sql = "select number, hash, mac from audit_head where audit_head_id = 1";
        fetch_optional!(self.tx, Head, sql)
    }

    /// The next event, and if it is wrong, what was probably done to it.
    async fn check(&mut self, walk: &Walk, row: &Row) -> Result<Option<ChainProblem>> {
        let found = |number, what| Ok(Some(ChainProblem { number, what }));
        let expected = walk.number + 1;
        if row.number < expected {
            return found(row.number, ChainFault::Inserted);
        }
        if row.number > expected {
            return found(expected, ChainFault::Removed);
        }
        let intact = row.is_intact();
        if intact && row.previous_hash == walk.previous {
            return Ok(None);
        }
        if intact && row.previous_hash == walk.before_previous {
            // Two events follow the same one: the one before was put between.
            return found(walk.number, ChainFault::Inserted);
        }
        if intact {
            let predecessor_elsewhere = self.exists("hash", &row.previous_hash).await?;
            let successor_elsewhere = self.exists("previous_hash", &walk.previous).await?;
            return found(
                expected,
                match (predecessor_elsewhere, successor_elsewhere) {
                    (true, _) => ChainFault::Swapped,
                    (false, true) => ChainFault::Inserted,
                    (false, false) => ChainFault::Removed,
                },
            );
        }
        let sql = "select count(*) from audit_event where previous_hash = ? and number > ?";
        if count!(self.tx, sql, &walk.previous, expected)? > 0 {
            return found(expected, ChainFault::Inserted);
        }
        if self.belongs_elsewhere(row).await? {
            return found(expected, ChainFault::Swapped);
        }
        found(expected, ChainFault::Changed)
    }

    /// Whether some event has this hash. It reads the whole table; a chain in order never asks.
    async fn exists(&mut self, column: &'static str, hash: &str) -> Result<bool> {
        let sql = match column {
            "hash" => "select count(*) from audit_event where hash = ?",
            _ => "select count(*) from audit_event where previous_hash = ?",
        };
        Ok(count!(self.tx, sql, hash)? > 0)
    }

    /// Whether the content, without the hashes, is another event's.
    async fn belongs_elsewhere(&mut self, row: &Row) -> Result<bool> {
        let mut last = row.number;
        loop {
            let sql = "select number, previous_hash, hash from audit_event where number > ? order by number limit ?";
            let others = fetch_all!(self.tx, (i64, String, String), sql, last, BATCH)?;
            let Some((number, ..)) = others.last() else {
                return Ok(false);
            };
            last = *number;
            if others.iter().any(|(_, previous, hash)| row.hash_after(previous) == *hash) {
                return Ok(true);
            }
        }
    }

    /// The end of the chain against the head.
    async fn check_end(&mut self, walk: &Walk, head: &Head) -> Result<Option<ChainProblem>> {
        let found = |number, what| Ok(Some(ChainProblem { number, what }));
        if !head.is_genuine(self.tx.keys()) {
            return found(head.number, ChainFault::HeadForged);
        }
        if walk.number < head.number {
            return found(walk.number + 1, ChainFault::TailCut);
        }
        if walk.previous != head.hash {
            return found(walk.number, ChainFault::Changed);
        }
        // Events beyond the head are foreign, unless they were appended meanwhile: then the head has moved on
        // too.
        let sql = "select coalesce(max(number), 0) from audit_event";
        let newest = fetch_optional!(self.tx, (i64,), sql)?.map_or(0, |(number,)| number);
        if newest > head.number && self.head().await?.is_none_or(|head| newest > head.number) {
            return found(head.number + 1, ChainFault::Inserted);
        }
        Ok(None)
    }
}
