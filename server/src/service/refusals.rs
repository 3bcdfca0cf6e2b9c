//! Refusals of people who are signed in are recorded one by one only up to a number for each of them and minute. What goes
//! beyond is counted and recorded in one event: a script that asks without end does not fill the audit log.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{
    access::{Caller, Via},
    audit::{AuditKind, NewAuditEvent, Outcome},
    problem::ProblemCode,
    time::Timestamp,
};
use serde_json::json;

use super::{ServiceError, audit};
use crate::state::Core;

/// Recorded one by one, for a caller and a minute.
pub const PER_CALLER: u32 = 30;
/// Callers that are told apart; more wait for a place in the next minute and are counted nowhere until then.
const CALLERS: usize = 4096;
const MINUTE_MS: i64 = 60_000;

/// What was counted of a caller in their minute.
#[derive(Debug)]
struct Count {
    who: Caller,
    since: Timestamp,
    seen: u32,
    left_out: u64,
}

/// Counts refusals of this server. See the module.
#[derive(Debug, Default)]
pub(crate) struct RefusalGate(Mutex<HashMap<String, Count>>);

impl RefusalGate {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one; whether it is to be recorded by itself.
    pub(crate) fn admit(&self, caller: &Caller, now: Timestamp) -> bool {
        let mut counts = self.lock();
        let key = key(caller);
        if !counts.contains_key(&key) && counts.len() >= CALLERS {
            return false;
        }
        let fresh = || Count { who: caller.clone(), since: now, seen: 0, left_out: 0 };
        let count = counts.entry(key).or_insert_with(fresh);
        if is_over(count.since, now) && count.left_out == 0 {
            *count = fresh();
        }
        let admitted = count.seen < PER_CALLER && !is_over(count.since, now);
        if admitted {
            count.seen += 1;
        } else {
            count.left_out += 1;
        }
        admitted
    }

    /// What was left out in minutes that are over, by caller; it is told once.
    fn take(&self, now: Timestamp) -> Vec<(Caller, Timestamp, u64)> {
        let mut out = Vec::new();
        self.lock().retain(|_, count| {
            let over = is_over(count.since, now);
            if over && count.left_out > 0 {
                out.push((count.who.clone(), count.since, count.left_out));
            }
            !over
        });
        out
    }
}

fn is_over(since: Timestamp, now: Timestamp) -> bool {
    (now.ms() - since.ms()).abs() >= MINUTE_MS
}

/// A person is one, however many sessions they have; a token is one.
fn key(caller: &Caller) -> String {
    match (&caller.via, &caller.user_id) {
        (Via::ApiToken(id), _) => format!("token:{id}"),
        (_, Some(id)) => format!("user:{id}"),
        (_, None) => format!("name:{}", caller.username),
    }
}

/// Records what was left out since the last time, one event for each caller. For the work in the background.
///
/// # Errors
/// The database.
pub async fn record_left_out(core: &Core) -> Result<(), ServiceError> {
    let all = core.refusals.take(core.now());
    if all.is_empty() {
        return Ok(());
    }
    let mut tx = core.db.begin().await?;
    for (who, since, count) in all {
        let event = NewAuditEvent {
            outcome: Outcome::Failure,
            code: Some(ProblemCode::Forbidden.code().to_owned()),
            ..audit::event(&who, AuditKind::AccessRefused, None, json!({"count": count, "since": since}))
        };
        tx.audit_events().append(&event).await?;
    }
    Ok(tx.commit().await?)
}
