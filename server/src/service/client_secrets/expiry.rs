//! Secrets that end: warned of 30, 7 and 1 days before, and afterwards.

use domain::{notice::NoticeKind, secret::due_warning, time::Timestamp};
use serde_json::json;
use store::{ExpiringSecret, Tx};

use super::subject;
use crate::{service::notices, state::Core};

/// The task's name among the leases.
const LEASE: &str = "client_secret_expiry";

const DAY_MS: i64 = 24 * 3600 * 1000;

/// One round: what the metrics show, on every server; warnings, on one server at a time.
///
/// # Errors
/// The database's.
pub async fn look(core: &Core, holder: &str) -> Result<(), store::Error> {
    let now = core.now();
    let mut tx = core.db.read().await?;
    let all = tx.client_secrets().expiring().await?;
    drop(tx);
    core.metrics.secrets_expire(
        all.iter()
            .map(|one| (one.integration.clone(), one.slot, (one.expires_at.ms() - now.ms()).div_euclid(1000)))
            .collect(),
    );
    let due = |one: &ExpiringSecret| due_warning(one.expires_at, now);
    let mut tx = core.db.read().await?;
    let open = tx.notices().open().await?;
    drop(tx);
    // Once a threshold and a day: whatever is due and was said today is left alone, the lease too.
    let is_said = |one: &ExpiringSecret| {
        open.iter().any(|notice| {
            notice.integration.as_ref() == Some(&one.integration)
                && notice.subject == subject(one.slot)
                && matches!(notice.kind, NoticeKind::SecretExpiring | NoticeKind::SecretExpired)
                && now.ms() - notice.last_seen_at.ms() < DAY_MS
                && one.warned_days == due(one)
        })
    };
    if all.iter().all(|one| due(one).is_none() || is_said(one)) {
        return Ok(());
    }
    let mut tx = core.db.begin().await?;
    if !tx.leases().acquire(LEASE, holder, now, now.plus_minutes(2)).await? {
        return Ok(());
    }
    // Read again under the lease: another server may have been at it.
    for secret in tx.client_secrets().expiring().await? {
        if let Some(days) = due(&secret) {
            warn(&mut tx, &secret, days, now).await?;
        }
    }
    tx.commit().await
}

/// Raises the notice, and says it in the log when this threshold is new.
async fn warn(tx: &mut Tx, secret: &ExpiringSecret, days: i64, now: Timestamp) -> Result<(), store::Error> {
    let ExpiringSecret { integration_id, integration, slot, expires_at, .. } = secret;
    let is_over = days == 0;
    let when = expires_at.for_people();
    let text = if is_over {
        format!(
            "The client secret in slot {slot} of {integration} expired on {when}. Add a new one from the provider."
        )
    } else {
        let left = left(*expires_at, now);
        format!(
            "The client secret in slot {slot} of {integration} expires on {when}, in {left}. Add a new one beside it \
             before then."
        )
    };
    let (kind, other) = if is_over {
        (NoticeKind::SecretExpired, NoticeKind::SecretExpiring)
    } else {
        (NoticeKind::SecretExpiring, NoticeKind::SecretExpired)
    };
    let detail = json!({"slot": slot, "expiresAt": expires_at, "thresholdDays": days, "text": text});
    let subject = subject(*slot);
    if tx.client_secrets().warn(secret, days).await? {
        tracing::warn!(
            integration = integration.as_str(),
            slot,
            threshold_days = days,
            expires_at = %expires_at,
            "a client secret ends"
        );
    }
    notices::resolve(tx, Some(integration_id), other, Some(&subject)).await?;
    notices::raise(tx, Some(integration_id), kind, &subject, &detail).await?;
    Ok(())
}

/// How long it is to an end, in whole days.
pub(in crate::service) fn left(end: Timestamp, now: Timestamp) -> String {
    match (end.ms() - now.ms()).div_euclid(DAY_MS) {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
