//! Tries with passwords are counted in the database, before the password is looked at: a hundred at once, a restart or
//! a second server change nothing. The counters are rows by name and by address, so strangers' names push nobody out.

use std::net::IpAddr;

use store::{TryOutcome, Tx, joined_key};

use super::ServiceError;
use crate::state::Core;

/// Tries for one name (OMS's `max-failed-login-attempt-times`).
pub const PER_NAME: u32 = 5;
/// Tries from one address: people may share one.
pub const PER_ADDRESS: u32 = 20;
/// How long they are counted, and how long one then waits (OMS's `failed-login-lock-timeout-seconds`), in minutes.
pub const MINUTES: i64 = 10;

/// Counts tries for this name, in its canonical form.
#[must_use]
pub fn name_key(canonical: &str) -> String {
    joined_key(&["sign-in", "name", canonical])
}

/// Counts tries from this address; an IPv6 network of 64 bits counts as one.
#[must_use]
pub fn address_key(address: Option<IpAddr>) -> String {
    let text = match address {
        Some(IpAddr::V6(ip)) => {
            ipnet::Ipv6Net::new(ip, 64).map_or_else(|_| ip.to_string(), |net| net.trunc().to_string())
        }
        Some(IpAddr::V4(ip)) => ip.to_string(),
        None => "none".to_owned(),
    };
    joined_key(&["sign-in", "address", &text])
}

/// Counts a try; whether it may be made. The caller commits before it looks at the password.
///
/// # Errors
/// The database's.
pub async fn may_try(core: &Core, tx: &mut Tx, key: &str, most: u32) -> Result<bool, ServiceError> {
    let outcome = tx.sign_in_failures().try_begin(key, core.now(), most, MINUTES).await?;
    Ok(matches!(outcome, TryOutcome::Allowed))
}

/// Whether the refusals behind a lock are to be recorded once more: the first in each window is, so that a flood of
/// tries does not become a flood of audit events.
///
/// # Errors
/// The database's.
pub async fn is_news(core: &Core, tx: &mut Tx, key: &str) -> Result<bool, ServiceError> {
    may_try(core, tx, &joined_key(&["sign-in", "news", key]), 1).await
}
