use domain::time::Timestamp;
use sqlx::FromRow;

use crate::{
    Tx,
    error::Result,
    sql::{execute, fetch_optional},
    tx::Open,
};

/// Tries with passwords, counted by what the caller hashes: a folded user name, an address.
pub struct SignInFailures<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// The tries so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureRow {
    /// How many in this window.
    pub count: i64,
    /// When the first of them was.
    pub window_started_at: Timestamp,
    /// Until when no password is looked at; `None`: not locked.
    pub locked_until: Option<Timestamp>,
}

/// Whether a password may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryOutcome {
    /// Yes; the try is counted.
    Allowed,
    /// No, not before this moment.
    LockedUntil(Timestamp),
}

#[derive(FromRow)]
struct Row {
    failure_count: i64,
    window_started_at: i64,
    locked_until: Option<i64>,
}

impl SignInFailures<'_> {
    /// The tries so far.
    ///
    /// # Errors
    /// The driver's.
    pub async fn get(&mut self, key_hash: &str) -> Result<Option<FailureRow>> {
        let sql =
            "select failure_count, window_started_at, locked_until from sign_in_failure where key_hash = ?";
        Ok(fetch_optional!(self.tx, Row, sql, key_hash)?.map(|row| FailureRow {
            count: row.failure_count,
            window_started_at: Timestamp::from_ms(row.window_started_at),
            locked_until: row.locked_until.map(Timestamp::from_ms),
        }))
    }

    /// Counts a try *before* its password is looked at, so that of many tries at once at most `max` reach a
    /// password. The caller commits before it hashes, and calls [`SignInFailures::clear`] when the password
    /// was right. The `max`th try in `window_minutes` locks for `window_minutes`. Who counts by several keys
    /// in one transaction takes them in the same order each time.
    ///
    /// # Errors
    /// The driver's.
    pub async fn try_begin(
        &mut self,
        key_hash: &str,
        now: Timestamp,
        max: u32,
        window_minutes: i64,
    ) -> Result<TryOutcome> {
        let (max, until) = (i64::from(max), now.plus_minutes(window_minutes));
        let window = now.plus_minutes(-window_minutes).ms();
        // Each statement takes the row's lock and looks and counts in one, whoever else tries at the same
        // moment.
        for _ in 0..3 {
            // MySQL assigns from left to right: `locked_until` must come before the count changes.
            let counted = execute!(
                self.tx,
                "update sign_in_failure set locked_until = case when failure_count + 1 >= ? then ? else null end, \
                 failure_count = failure_count + 1 \
                 where key_hash = ? and failure_count < ? and window_started_at > ? and locked_until is null",
                max,
                until.ms(),
                key_hash,
                max,
                window,
            )?;
            if counted > 0 {
                return Ok(TryOutcome::Allowed);
            }
            let first_lock = (max <= 1).then_some(until.ms());
            let restarted = execute!(
                self.tx,
                "update sign_in_failure set failure_count = 1, window_started_at = ?, locked_until = ? \
                 where key_hash = ? and ((locked_until is null and window_started_at <= ?) or locked_until <= ?)",
                now.ms(),
                first_lock,
                key_hash,
                window,
                now.ms(),
            )?;
            if restarted > 0 {
                return Ok(TryOutcome::Allowed);
            }
            if let Some(row) = self.get(key_hash).await? {
                let until = row.locked_until.unwrap_or(row.window_started_at.plus_minutes(window_minutes));
                return Ok(TryOutcome::LockedUntil(until));
            }
            self.make(key_hash, now).await?;
        }
        Ok(TryOutcome::LockedUntil(until))
    }

    /// Makes the row of a first try, not counted yet; whoever else made it meanwhile is waited for.
    async fn make(&mut self, key_hash: &str, now: Timestamp) -> Result<()> {
        // A plain insert that meets another's row leaves a shared lock on it, and several of those a
        // deadlock.
        let sql = match self.tx.open {
            Open::Sqlite(_) => {
                "insert into sign_in_failure (key_hash, failure_count, window_started_at) values (?, 0, ?)"
            }
            Open::MySql(_) => {
                "insert into sign_in_failure (key_hash, failure_count, window_started_at) values (?, 0, ?) \
                 on duplicate key update failure_count = failure_count"
            }
        };
        execute!(self.tx, sql, key_hash, now.ms())?;
        Ok(())
    }

    /// Takes back one try that [`SignInFailures::try_begin`] counted: the password was right. A lock that this try
    /// began ends with it; `max` as there.
    ///
    /// # Errors
    /// The driver's.
    pub async fn take_back(&mut self, key_hash: &str, max: u32) -> Result<()> {
        // MySQL assigns from left to right: `locked_until` must come before the count changes.
        execute!(
            self.tx,
            "update sign_in_failure set locked_until = case when failure_count <= ? then null else locked_until end, \
             failure_count = failure_count - 1 where key_hash = ? and failure_count > 0",
            i64::from(max),
            key_hash,
        )?;
        Ok(())
    }

    /// Forgets the tries: the password was right, or an administrator says so.
    ///
    /// # Errors
    /// The driver's.
    pub async fn clear(&mut self, key_hash: &str) -> Result<()> {
        execute!(self.tx, "delete from sign_in_failure where key_hash = ?", key_hash)?;
        Ok(())
    }

    /// Forgets locks that are over and windows that began a day ago; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        let sql = "delete from sign_in_failure where window_started_at <= ? and (locked_until is null or locked_until <= ?)";
        execute!(self.tx, sql, now.plus_hours(-24).ms(), now.ms())
    }
}
