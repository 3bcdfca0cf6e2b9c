//! Looks again and again at what providers say of themselves and at the certificates they show, keeps what changed, and
//! raises notices: one server of all, on a schedule.

mod changes;
mod tell;

use domain::{
    access::{Caller, Permission},
    api::{ProviderCertificate, ProviderChange, ProviderKey, ProviderSnapshot},
    integration::Integration,
};
use store::NewSnapshot;

use super::{ServiceError, tenancy::found};
use crate::{state::Core, telemetry};

/// The task that one server at a time does.
const LEASE: &str = "watch";
/// How often it is looked which providers are due, in minutes; and how often one that could not be read is looked at.
const SOON: i64 = 5;

/// One round, unless another server, or this one, did one just now: over the enabled integrations that were not looked at
/// within the interval, that were changed since, or whose providers could not be read. How many were looked at.
///
/// # Errors
/// The database. What a provider does wrong is kept, not returned.
pub async fn pass(core: &Core) -> Result<usize, ServiceError> {
    let minutes = core.config.watch.interval_minutes;
    if minutes == 0 {
        return Ok(0);
    }
    let now = core.now();
    // A holder of its own each time: who did the last round must wait like everybody else.
    let holder = core.db.new_id();
    let mut tx = core.db.begin().await?;
    let is_ours = tx.leases().acquire(LEASE, &holder, now, now.plus_minutes(minutes.min(SOON))).await?;
    let looks = if is_ours { tx.provider_snapshots().last_looks().await? } else { Vec::new() };
    let all = if is_ours { tx.integrations().list().await? } else { Vec::new() };
    tx.commit().await?;
    let (enabled, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.enabled);
    // Nobody looks at those any more, so nothing of them can become good again.
    tell::forget(core, &others).await?;
    let is_due = |one: &&Integration| {
        looks.iter().find(|look| look.integration_id == one.id).is_none_or(|look| {
            let every = if look.could_be_read { minutes } else { minutes.min(SOON) };
            look.at.plus_minutes(every) <= now || look.at < one.updated_at
        })
    };
    let mut looked_at = 0;
    for integration in enabled.iter().filter(is_due) {
        look(core, integration).await?;
        looked_at += 1;
    }
    Ok(looked_at)
}

/// Looks at one provider now and keeps what changed.
async fn look(core: &Core, integration: &Integration) -> Result<(), ServiceError> {
    let settings = &integration.settings;
    let seen = core.engine.inspect(settings).await;
    let known = seen.as_ref().ok().and_then(|seen| seen.metadata.as_ref());
    let hosts = core.engine.hosts(settings, known).await;
    let cause = seen.as_ref().err().map(oidc::Error::chain);
    if let Some(cause) = &cause {
        let cause = telemetry::OneLine(cause);
        tracing::info!(integration = integration.name(), %cause, "a provider could not be read");
    }
    let mut new = match seen {
        Ok(seen) => NewSnapshot {
            metadata: Some(changes::metadata(settings, seen.metadata.as_ref())),
            keys: Some(
                seen.keys
                    .into_iter()
                    .map(|key| ProviderKey { kid: key.kid, thumbprint: key.thumbprint })
                    .collect(),
            ),
            error: None,
            changes: Vec::new(),
        },
        Err(error) => NewSnapshot {
            metadata: None,
            keys: None,
            error: Some(error.failure().code().to_owned()),
            changes: Vec::new(),
        },
    };
    core.metrics.watched(integration.name(), new.error.is_none());
    let now = core.now();
    let mut tx = core.db.begin().await?;
    // It may have been changed or deleted while its provider was asked: then this says nothing of it.
    let same = tx.integrations().find_by_id(&integration.id).await?;
    if !same.is_some_and(|found| found.enabled && found.settings == *settings) {
        return Ok(());
    }
    let before = tx.provider_snapshots().list(&integration.id).await?;
    new.changes = changes::changes(&before, &new);
    match before.first() {
        Some(last) if new.changes.is_empty() && !changes::is_elsewhere(last, &new) => {
            tx.provider_snapshots().touch(&last.id, now).await?;
        }
        _ => tx.provider_snapshots().insert(&integration.id, &new, now).await?,
    }
    let told = tell::Told { integration, new: &new, cause };
    tell::provider(&mut tx, &told, &before).await?;
    tell::certificates(core, &mut tx, integration, &hosts).await?;
    tell::record(core, &mut tx, integration, &new.changes).await?;
    tx.commit().await?;
    if !new.changes.is_empty() {
        if new.error.is_none() {
            // The next login uses what the provider says now.
            core.engine.forget(&integration.id);
        }
        count(core, integration, &new.changes);
    }
    Ok(())
}

/// Tells of changes: log and counters.
fn count(core: &Core, integration: &Integration, changes: &[ProviderChange]) {
    for change in changes {
        core.metrics.provider_changed(integration.name(), change.kind.as_str());
        let (kind, what) = (change.kind.as_str(), telemetry::OneLine(&change.what).to_string());
        if change.kind.is_warning() {
            tracing::warn!(integration = integration.name(), kind, what, "a provider changed");
        } else {
            tracing::info!(integration = integration.name(), kind, what, "a provider changed");
        }
    }
}

/// What an integration's provider said of itself, the newest first.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn history(
    core: &Core,
    caller: &Caller,
    name: &str,
) -> Result<Vec<ProviderSnapshot>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let integration = found(tx.integrations().find(name).await?)?;
    Ok(tx.provider_snapshots().list(&integration.id).await?)
}

/// The certificates that an integration's provider showed when it was last looked at, by host.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn certificates(
    core: &Core,
    caller: &Caller,
    name: &str,
) -> Result<Vec<ProviderCertificate>, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let mut tx = core.db.read().await?;
    let integration = found(tx.integrations().find(name).await?)?;
    Ok(tx.provider_certificates().list(&integration.id).await?)
}
