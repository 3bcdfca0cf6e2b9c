//! Looks again and again at what providers say of themselves, and keeps what changed: one server of all, on a schedule.

use domain::{
    access::{Caller, Permission},
    api::{ProviderChange, ProviderChangeKind as Kind, ProviderKey, ProviderSnapshot},
    integration::{Integration, Protocol},
};
use serde_json::{Map, Value, json};
use store::NewSnapshot;

use super::{ServiceError, tenancy::found};
use crate::{state::Core, telemetry};

/// The task that one server at a time does.
const LEASE: &str = "watch";
/// Members of the metadata that say where something is sent.
const ENDPOINTS: [&str; 6] = ["issuer", "authorization", "token", "userinfo", "jwks", "endSession"];

/// One round over the enabled integrations, unless another server, or this one, did it within the interval; how many
/// were looked at.
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
    let is_ours = tx.leases().acquire(LEASE, &holder, now, now.plus_minutes(minutes)).await?;
    let all = if is_ours { tx.integrations().list().await? } else { Vec::new() };
    tx.commit().await?;
    let mut looked_at = 0;
    for integration in all.iter().filter(|one| one.enabled && one.settings.protocol == Protocol::Oidc) {
        look(core, integration).await?;
        looked_at += 1;
    }
    Ok(looked_at)
}

/// Looks at one provider now and keeps what changed.
async fn look(core: &Core, integration: &Integration) -> Result<(), ServiceError> {
    let seen = core.engine.inspect(&integration.settings).await;
    if let Err(error) = &seen {
        tracing::info!(integration = integration.name(), cause = %error.chain(), "a provider could not be read");
    }
    let mut new = match seen {
        Ok(seen) => NewSnapshot {
            metadata: Some(metadata(&seen.metadata)),
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
    // It may have been deleted while its provider was asked.
    if tx.integrations().find(integration.name()).await?.is_none_or(|found| found.id != integration.id) {
        return Ok(());
    }
    let before = tx.provider_snapshots().list(&integration.id).await?;
    new.changes = changes(&before, &new);
    match before.first() {
        Some(last) if new.changes.is_empty() => tx.provider_snapshots().touch(&last.id, now).await?,
        _ => tx.provider_snapshots().insert(&integration.id, &new, now).await?,
    }
    tx.commit().await?;
    if !new.changes.is_empty() {
        if new.error.is_none() {
            // The next login uses what the provider says now.
            core.engine.forget(&integration.id);
        }
        raise(core, integration, &new.changes);
    }
    Ok(())
}

/// Tells of changes: log and counters. A notice in the console is raised from here.
fn raise(core: &Core, integration: &Integration, changes: &[ProviderChange]) {
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

/// What is kept of a provider's metadata.
fn metadata(metadata: &oidc::Metadata) -> Value {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list.dedup();
        list
    };
    json!({
        "issuer": metadata.issuer,
        "authorization": metadata.authorization.as_str(),
        "token": metadata.token.as_str(),
        "userinfo": metadata.userinfo.as_ref().map(url::Url::as_str),
        "jwks": metadata.jwks_uri.as_str(),
        "endSession": metadata.end_session.as_ref().map(url::Url::as_str),
        "scopes": sorted(&metadata.scopes_supported),
        "signingAlgorithms": sorted(&metadata.signing_algorithms),
        "clientAuthMethods": sorted(&metadata.auth_methods),
        "pkceMethods": sorted(&metadata.pkce_methods),
        "issParameter": metadata.iss_parameter,
        "backchannelLogout": metadata.backchannel_logout,
    })
}

/// What differs from before; nothing for the first look. A provider that comes back is compared with the last time that
/// it could be read.
fn changes(before: &[ProviderSnapshot], new: &NewSnapshot) -> Vec<ProviderChange> {
    let Some(last) = before.first() else { return Vec::new() };
    let change = |kind, what: &str, from: Option<String>, to: Option<String>| ProviderChange {
        kind,
        what: what.to_owned(),
        from,
        to,
    };
    let mut found = Vec::new();
    match (&last.error, &new.error) {
        (None, Some(code)) => found.push(change(Kind::Lost, code, None, None)),
        (Some(old), Some(code)) if old != code => {
            found.push(change(Kind::Lost, code, Some(old.clone()), Some(code.clone())));
        }
        (Some(old), None) => found.push(change(Kind::Found, old, None, None)),
        _ => {}
    }
    let read = before.iter().find(|snapshot| snapshot.error.is_none());
    if let (Some(read), Some(now)) = (read, &new.metadata) {
        let empty = Map::new();
        let was = read.metadata.as_ref().and_then(Value::as_object).unwrap_or(&empty);
        for (member, is) in now.as_object().unwrap_or(&empty) {
            // What an older version did not look at is no change.
            let Some(old) = was.get(member).filter(|old| *old != is) else { continue };
            let kind = if ENDPOINTS.contains(&member.as_str()) { Kind::Endpoint } else { Kind::Capability };
            found.push(change(kind, member, shown(old), shown(is)));
        }
    }
    if let (Some(old), Some(now)) = (read.and_then(|read| read.keys.as_ref()), &new.keys) {
        key_changes(old, now, &mut found);
    }
    found
}

/// Keys by thumbprint. A new one beside old ones is how rotation goes; all of them new at once is not.
fn key_changes(old: &[ProviderKey], now: &[ProviderKey], found: &mut Vec<ProviderChange>) {
    let holds =
        |list: &[ProviderKey], key: &ProviderKey| list.iter().any(|one| one.thumbprint == key.thumbprint);
    let name = |key: &ProviderKey| key.kid.clone().unwrap_or_else(|| key.thumbprint.clone());
    let names = |list: &[ProviderKey]| list.iter().map(name).collect::<Vec<_>>().join(", ");
    if !old.is_empty() && !now.is_empty() && !old.iter().any(|key| holds(now, key)) {
        found.push(ProviderChange {
            kind: Kind::KeysReplaced,
            what: "keys".to_owned(),
            from: Some(names(old)),
            to: Some(names(now)),
        });
        return;
    }
    for (kind, key) in now
        .iter()
        .filter(|key| !holds(old, key))
        .map(|key| (Kind::KeyAdded, key))
        .chain(old.iter().filter(|key| !holds(now, key)).map(|key| (Kind::KeyRemoved, key)))
    {
        let print = Some(key.thumbprint.clone());
        let (from, to) = if kind == Kind::KeyAdded { (None, print) } else { (print, None) };
        found.push(ProviderChange { kind, what: name(key), from, to });
    }
}

/// A value as people read it.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        other => Some(other.to_string()),
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

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn key(name: &str) -> ProviderKey {
        ProviderKey { kid: Some(name.to_owned()), thumbprint: format!("print-{name}") }
    }

    fn snapshot(keys: &[&str], token: &str, error: Option<&str>) -> ProviderSnapshot {
        ProviderSnapshot {
            id: "S".to_owned(),
            seen_at: Timestamp::from_ms(0),
            checked_at: Timestamp::from_ms(0),
            metadata: error.is_none().then(|| json!({"token": token, "scopes": ["a"]})),
            keys: error.is_none().then(|| keys.iter().map(|name| key(name)).collect()),
            error: error.map(str::to_owned),
            changes: Vec::new(),
        }
    }

    fn kinds(before: &[ProviderSnapshot], now: ProviderSnapshot) -> Vec<Kind> {
        let new =
            NewSnapshot { metadata: now.metadata, keys: now.keys, error: now.error, changes: Vec::new() };
        changes(before, &new).into_iter().map(|change| change.kind).collect()
    }

    #[test]
    fn a_rotation_is_told_from_a_replacement() {
        let before = [snapshot(&["a", "b"], "t", None)];
        assert_eq!(kinds(&[], snapshot(&["a"], "t", None)), []);
        assert_eq!(kinds(&before, snapshot(&["b", "a"], "t", None)), []);
        assert_eq!(kinds(&before, snapshot(&["a", "b", "c"], "t", None)), [Kind::KeyAdded]);
        assert_eq!(kinds(&before, snapshot(&["b"], "t", None)), [Kind::KeyRemoved]);
        assert_eq!(kinds(&before, snapshot(&["b", "c"], "t", None)), [Kind::KeyAdded, Kind::KeyRemoved]);
        assert_eq!(kinds(&before, snapshot(&["c", "d"], "t", None)), [Kind::KeysReplaced]);
        assert_eq!(kinds(&before, snapshot(&["a", "b"], "u", None)), [Kind::Endpoint]);
    }

    #[test]
    fn a_provider_that_was_away_is_compared_with_when_it_was_there() {
        let lost = snapshot(&[], "", Some("provider_unreachable"));
        let before = [lost.clone(), snapshot(&["a"], "t", None)];
        assert_eq!(kinds(&before[1..], lost.clone()), [Kind::Lost]);
        assert_eq!(kinds(&before, lost), []);
        assert_eq!(kinds(&before, snapshot(&["a"], "t", None)), [Kind::Found]);
        assert_eq!(kinds(&before, snapshot(&["b"], "t", None)), [Kind::Found, Kind::KeysReplaced]);
        assert_eq!(kinds(&before, snapshot(&[], "", Some("other"))), [Kind::Lost]);
    }
}
