//! What was changed of an integration, change by change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{form::IntegrationForm, integration::IntegrationSettings, time::Timestamp};

/// What a change was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RevisionAction {
    /// It was made.
    Created,
    /// Settings or secrets were changed.
    Changed,
    /// It was turned on.
    Enabled,
    /// It was turned off.
    Disabled,
    /// The settings of an earlier version were put back.
    Restored,
    /// How it stood before changes were kept.
    Earlier,
}

impl RevisionAction {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Created, "created"),
        (Self::Changed, "changed"),
        (Self::Enabled, "enabled"),
        (Self::Disabled, "disabled"),
        (Self::Restored, "restored"),
        (Self::Earlier, "earlier"),
    ];

    /// Its stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(action, _)| *action == self).map_or("changed", |(_, text)| text)
    }

    /// Reads [`RevisionAction::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == text).map(|(action, _)| *action)
    }
}

/// One change of an integration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionView {
    /// The integration's revision since this change.
    pub revision: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// `user`, `token`, `host` or `unknown`.
    pub by_kind: String,
    /// What it was.
    pub action: RevisionAction,
    /// The version whose settings were put back.
    pub restored_from: Option<i64>,
    /// The members that differ from the version before; `clientSecret` stands for any change of the secrets.
    pub changed: Vec<String>,
}

/// A member that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// Its name, nested ones with dots.
    pub field: String,
    /// Before.
    pub from: Value,
    /// After.
    pub to: Value,
}

/// One change, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionDetail {
    /// The change.
    pub version: RevisionView,
    /// What an administrator had set then; never a secret.
    pub settings: IntegrationSettings,
    /// Whether people could sign in with it then.
    pub enabled: bool,
    /// From the version before to this one.
    pub changes: Vec<FieldChange>,
    /// From now to this one: what restoring it would change.
    pub restoring: Vec<FieldChange>,
    /// Whether restoring it needs the client secret again.
    pub needs_secret: bool,
    /// The integration's revision now.
    pub newest: i64,
}

/// A member that two people changed, or that only the other one did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictField {
    /// Its name, nested ones with dots.
    pub field: String,
    /// When the form was opened.
    pub before: Value,
    /// What the other one made of it.
    pub theirs: Value,
    /// What this form says.
    pub yours: Value,
}

/// What somebody else saved while a form was being filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// Who changed it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The members that differ between before, theirs and yours.
    pub fields: Vec<ConflictField>,
    /// Theirs with what this form changed on top, ready to be saved.
    pub merged: IntegrationForm,
}

/// The members in which two objects differ, nested ones with dots.
#[must_use]
pub fn changes(from: &Value, to: &Value) -> Vec<FieldChange> {
    let Value::Object(map) = crate::audit::diff(from, to, &[]) else { return Vec::new() };
    map.into_iter()
        .map(|(field, change)| {
            let side = |name: &str| change.get(name).cloned().unwrap_or_default();
            FieldChange { field, from: side("from"), to: side("to") }
        })
        .collect()
}

/// `theirs` with everything on top in which `yours` differs from `before`. All three have the same members.
#[must_use]
pub fn merge(before: &Value, theirs: &Value, yours: &Value) -> Value {
    match (theirs, yours) {
        (Value::Object(other), Value::Object(mine)) if before.is_object() => {
            let none = Value::Null;
            let mut merged = other.clone();
            for (name, yours) in mine {
                let side = |object: &Value| object.get(name).cloned().unwrap_or_default();
                let (before, theirs) = (side(before), other.get(name).unwrap_or(&none));
                merged.insert(name.clone(), merge(&before, theirs, yours));
            }
            // A member that only `before` and `theirs` have was taken out by this form.
            merged.retain(|name, _| mine.contains_key(name) || before.get(name).is_none());
            Value::Object(merged)
        }
        _ if yours == before => theirs.clone(),
        _ => yours.clone(),
    }
}

/// Every member in which not all three agree.
#[must_use]
pub fn conflicts(before: &Value, theirs: &Value, yours: &Value) -> Vec<ConflictField> {
    let mut names: Vec<String> = changes(before, theirs)
        .into_iter()
        .chain(changes(before, yours))
        .map(|change| change.field)
        .collect();
    names.sort();
    names.dedup();
    let at = |object: &Value, path: &str| {
        path.split('.').try_fold(object, |value, part| value.get(part)).cloned().unwrap_or_default()
    };
    names
        .into_iter()
        .map(|field| ConflictField {
            before: at(before, &field),
            theirs: at(theirs, &field),
            yours: at(yours, &field),
            field,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_keeps_what_both_changed_and_mine_where_both_touched_the_same() {
        let before =
            json!({"label": "A", "claims": {"groups": "g", "email": "e"}, "pkce": true, "list": [1]});
        let theirs =
            json!({"label": "B", "claims": {"groups": "h", "email": "e"}, "pkce": true, "list": [1]});
        let yours =
            json!({"label": "C", "claims": {"groups": "g", "email": "f"}, "pkce": false, "list": [1, 2]});
        assert_eq!(
            merge(&before, &theirs, &yours),
            json!({"label": "C", "claims": {"groups": "h", "email": "f"}, "pkce": false, "list": [1, 2]})
        );
        let found = conflicts(&before, &theirs, &yours);
        let fields: Vec<&str> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["claims.email", "claims.groups", "label", "list", "pkce"]);
        assert_eq!(
            (&found[2].before, &found[2].theirs, &found[2].yours),
            (&json!("A"), &json!("B"), &json!("C"))
        );
    }
}
