//! What differs between one look at a provider and the next.

use domain::{
    api::{ProviderChange, ProviderChangeKind as Kind, ProviderKey, ProviderSnapshot},
    integration::IntegrationSettings,
};
use serde_json::{Map, Value, json};
use store::NewSnapshot;

/// Members of the metadata that say where something is sent.
const ENDPOINTS: [&str; 6] = ["issuer", "authorization", "token", "userinfo", "jwks", "endSession"];
/// The member that says what was set here; the provider did not say it.
pub(super) const CONFIGURED: &str = "configured";

/// What is kept of a provider's metadata.
pub(super) fn metadata(settings: &IntegrationSettings, seen: Option<&oidc::Metadata>) -> Value {
    let ends = &settings.endpoints;
    let by_hand = [
        Some(settings.issuer.as_str()),
        ends.authorization.as_deref(),
        ends.token.as_deref(),
        ends.userinfo.as_deref(),
        ends.jwks.as_deref(),
        ends.end_session.as_deref(),
    ]
    .map(Option::unwrap_or_default)
    .join(" ");
    let Some(metadata) = seen else {
        return json!({
            CONFIGURED: by_hand,
            "authorization": ends.authorization,
            "token": ends.token,
            "userinfo": ends.userinfo,
        });
    };
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list.dedup();
        list
    };
    json!({
        CONFIGURED: by_hand,
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
/// it could be read. When somebody set other addresses here meanwhile, it is another provider: there is nothing to
/// compare with.
pub(super) fn changes(before: &[ProviderSnapshot], new: &NewSnapshot) -> Vec<ProviderChange> {
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
    let configured = |metadata: &Value| metadata.get(CONFIGURED).cloned();
    let now_configured = new.metadata.as_ref().and_then(configured);
    let same = |then: Option<Value>| then.is_none() || now_configured.is_none() || then == now_configured;
    let read = before
        .iter()
        .find(|snapshot| snapshot.error.is_none())
        .filter(|read| same(read.metadata.as_ref().and_then(configured)));
    if let (Some(read), Some(now)) = (read, &new.metadata) {
        let empty = Map::new();
        let was = read.metadata.as_ref().and_then(Value::as_object).unwrap_or(&empty);
        for (member, is) in now.as_object().unwrap_or(&empty) {
            // What an older version did not look at is no change.
            let Some(old) = was.get(member).filter(|old| *old != is && member != CONFIGURED) else {
                continue;
            };
            let kind = if ENDPOINTS.contains(&member.as_str()) { Kind::Endpoint } else { Kind::Capability };
            found.push(change(kind, member, shown(old), shown(is)));
        }
    }
    if let (Some(old), Some(now)) = (read.and_then(|read| read.keys.as_ref()), &new.keys) {
        key_changes(old, now, &mut found);
    }
    found
}

/// Whether other addresses are set here than when the provider was last read.
pub(super) fn is_elsewhere(last: &ProviderSnapshot, new: &NewSnapshot) -> bool {
    let of = |metadata: &Option<Value>| metadata.as_ref().and_then(|all| all.get(CONFIGURED)).cloned();
    let (then, now) = (of(&last.metadata), of(&new.metadata));
    now.is_some() && last.metadata.is_some() && then != now
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
    fn another_provider_that_was_set_here_is_no_change_of_the_first() {
        let with = |configured: &str, token: &str, keys: &[&str]| {
            let mut one = snapshot(keys, token, None);
            one.metadata = Some(json!({CONFIGURED: configured, "token": token}));
            one
        };
        let before = [with("one", "t", &["a"])];
        assert_eq!(kinds(&before, with("two", "u", &["b"])), []);
        assert_eq!(kinds(&before, with("one", "u", &["b"])), [Kind::Endpoint, Kind::KeysReplaced]);
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
