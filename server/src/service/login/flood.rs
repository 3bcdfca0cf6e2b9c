//! Failed logins of people nobody knows are recorded one by one only up to a number for each source and minute. What
//! goes beyond is counted and recorded in one event: whoever asks without end does not fill the audit log.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use domain::{
    audit::{AuditKind, Outcome},
    time::Timestamp,
};
use serde_json::json;

use crate::{
    service::{ServiceError, audit, lockout},
    state::Core,
};

/// Recorded one by one, for a source and a minute.
pub const PER_SOURCE: u32 = 30;
/// Recorded one by one, for all sources and a minute.
pub const IN_ALL: u32 = 600;
/// Sources that are told apart; the others share one count.
const SOURCES: usize = 4096;
const MINUTE_MS: i64 = 60_000;

/// What was counted of a source in its minute.
#[derive(Debug, Clone)]
struct Count {
    address: Option<IpAddr>,
    since: Timestamp,
    seen: u32,
    left_out: u64,
}

#[derive(Debug, Default)]
struct Counts {
    by_source: HashMap<String, Count>,
    all: Option<(Timestamp, u32)>,
}

/// Counts failed logins of this server. See the module.
#[derive(Debug, Default)]
pub(crate) struct FloodGate(Mutex<Counts>);

/// Failed logins that were not recorded one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    address: Option<IpAddr>,
    since: Timestamp,
    count: u64,
}

fn is_over(since: Timestamp, now: Timestamp) -> bool {
    (now.ms() - since.ms()).abs() >= MINUTE_MS
}

impl FloodGate {
    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one; whether it is to be recorded by itself.
    pub(crate) fn admit(&self, address: Option<IpAddr>, now: Timestamp) -> bool {
        let mut counts = self.lock();
        let (since, seen) = counts.all.filter(|(since, _)| !is_over(*since, now)).unwrap_or((now, 0));
        let mut key = lockout::address_key(address);
        let mut address = address;
        if !counts.by_source.contains_key(&key) && counts.by_source.len() >= SOURCES {
            (key, address) = ("others".to_owned(), None);
        }
        let fresh = || Count { address, since: now, seen: 0, left_out: 0 };
        let count = counts.by_source.entry(key).or_insert_with(fresh);
        if is_over(count.since, now) && count.left_out == 0 {
            *count = fresh();
        }
        let admitted = seen < IN_ALL && count.seen < PER_SOURCE && !is_over(count.since, now);
        if admitted {
            count.seen += 1;
        } else {
            count.left_out += 1;
        }
        counts.all = Some((since, seen + u32::from(admitted)));
        admitted
    }

    /// What was left out in minutes that are over; it is told once.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<LeftOut> {
        let mut counts = self.lock();
        let mut out = Vec::new();
        counts.by_source.retain(|_, count| {
            let over = is_over(count.since, now);
            if over && count.left_out > 0 {
                out.push(LeftOut { address: count.address, since: count.since, count: count.left_out });
            }
            !over
        });
        out
    }
}

/// Records what was left out since the last time, one event for each source. For the work in the background.
///
/// # Errors
/// The database.
pub async fn record_left_out(core: &Core) -> Result<(), ServiceError> {
    let all = core.flood.take(core.now());
    if all.is_empty() {
        return Ok(());
    }
    let mut tx = core.db.begin().await?;
    for one in all {
        let kind = AuditKind::LoginFailuresCounted;
        let mut event = audit::anonymous(one.address, "flood", kind, Outcome::Failure, None);
        event.detail = json!({"count": one.count, "since": one.since});
        tx.audit_events().append(&event).await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_ms(1_000_000_000_000);

    fn source(n: u32) -> Option<IpAddr> {
        Some(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn a_source_is_recorded_up_to_a_number_a_minute_and_the_rest_is_counted() {
        let gate = FloodGate::default();
        let admitted = (0..100).filter(|_| gate.admit(source(1), AT)).count();
        assert_eq!(admitted, PER_SOURCE as usize);
        assert!(gate.admit(source(2), AT), "others are not held up");
        assert_eq!(gate.take(AT.plus_seconds(59)), []);
        let left_out = gate.take(AT.plus_seconds(60));
        assert_eq!(left_out, [LeftOut { address: source(1), since: AT, count: 70 }]);
        assert_eq!(gate.take(AT.plus_seconds(60)), [], "told once");
        assert!(gate.admit(source(1), AT.plus_seconds(60)), "a new minute");
    }

    #[test]
    fn many_sources_together_have_an_end_too_and_memory_has_one() {
        let gate = FloodGate::default();
        let admitted = (0..20_000).filter(|n| gate.admit(source(*n), AT)).count();
        assert_eq!(admitted, IN_ALL as usize);
        assert!(gate.lock().by_source.len() <= SOURCES + 1);
        let left_out: u64 = gate.take(AT.plus_minutes(1)).iter().map(|one| one.count).sum();
        assert_eq!(left_out, 20_000 - u64::from(IN_ALL));
    }
}
