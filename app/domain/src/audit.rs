//! The record of what was done or refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{id::AuditEventId, time::Timestamp};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $risk:ident $text:literal,)+) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum AuditKind {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl AuditKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// How much depends on it.
            #[must_use]
            pub const fn risk(self) -> Risk {
                match self { $(Self::$name => Risk::$risk,)+ }
            }

            /// What people call it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

kinds! {
    /// A session began.
    LoginSucceeded = "login.succeeded" Low "Signed in",
    /// A login was refused.
    LoginFailed = "login.failed" Moderate "Sign-in failed",
    /// Somebody signed out.
    Logout = "logout" Low "Signed out",
    /// Somebody ended a session.
    SessionEnded = "session.ended" Moderate "Session ended",
    /// Sign-in with a password was held up.
    LockedOut = "login.locked_out" Critical "Locked out",
    /// A password changed.
    PasswordChanged = "password.changed" Moderate "Password changed",
    /// A one-time password was set.
    PasswordReset = "password.reset" Critical "Password reset",
    /// An integration was created.
    IntegrationCreated = "integration.created" Critical "Integration created",
    /// An integration was changed.
    IntegrationChanged = "integration.changed" Critical "Integration changed",
    /// An integration was enabled.
    IntegrationEnabled = "integration.enabled" Critical "Integration enabled",
    /// An integration was disabled.
    IntegrationDisabled = "integration.disabled" Critical "Integration disabled",
    /// An integration was deleted.
    IntegrationDeleted = "integration.deleted" Critical "Integration deleted",
    /// An earlier version of an integration was put back.
    IntegrationRestored = "integration.restored" Critical "Integration restored",
    /// The provider refused one client secret and took the other, which is tried first from then on.
    SecretSwitched = "integration.secret_switched" Critical "Client secret switched",
    /// What a provider says of itself changed in what trust hangs on.
    ProviderChanged = "integration.provider_changed" Moderate "Provider changed",
    /// A notice was put away by somebody who has looked at it.
    NoticeDismissed = "notice.dismissed" Low "Notice dismissed",
    /// An integration, or a draft of one, was probed.
    IntegrationProbed = "integration.probed" Low "Integration probed",
    /// A mapping rule was created.
    RuleCreated = "rule.created" Critical "Mapping rule created",
    /// A mapping rule was changed.
    RuleChanged = "rule.changed" Critical "Mapping rule changed",
    /// A mapping rule was removed.
    RuleDeleted = "rule.deleted" Critical "Mapping rule removed",
    /// An organization was created.
    OrganizationCreated = "organization.created" Moderate "Organization created",
    /// An organization was changed.
    OrganizationChanged = "organization.changed" Moderate "Organization changed",
    /// An organization was deleted.
    OrganizationDeleted = "organization.deleted" Critical "Organization deleted",
    /// A project was created.
    ProjectCreated = "project.created" Moderate "Project created",
    /// A project was changed.
    ProjectChanged = "project.changed" Moderate "Project changed",
    /// A project was deleted.
    ProjectDeleted = "project.deleted" Critical "Project deleted",
    /// A custom role was created.
    RoleCreated = "role.created" Moderate "Custom role created",
    /// A custom role was changed.
    RoleChanged = "role.changed" Moderate "Custom role changed",
    /// A custom role was deleted.
    RoleDeleted = "role.deleted" Critical "Custom role deleted",
    /// A user was created.
    UserCreated = "user.created" Moderate "User created",
    /// A user was changed.
    UserChanged = "user.changed" Moderate "User changed",
    /// A user was disabled.
    UserDisabled = "user.disabled" Critical "User disabled",
    /// A user was enabled.
    UserEnabled = "user.enabled" Critical "User enabled",
    /// A user was deleted.
    UserDeleted = "user.deleted" Critical "User deleted",
    /// A user's roles changed.
    RolesChanged = "roles.changed" Critical "Roles changed",
    /// An API token was created.
    ApiTokenCreated = "api_token.created" Critical "API token created",
    /// An API token was revoked.
    ApiTokenRevoked = "api_token.revoked" Moderate "API token revoked",
    /// A key of the public API was created.
    ApiKeyCreated = "api_key.created" Critical "API key created",
    /// A key of the public API was changed.
    ApiKeyChanged = "api_key.changed" Critical "API key changed",
    /// A key of the public API was deleted.
    ApiKeyDeleted = "api_key.deleted" Moderate "API key deleted",
    /// A setting was changed.
    SettingChanged = "setting.changed" Critical "Setting changed",
    /// This server's first client key was made.
    ClientKeyMade = "client_key.made" Moderate "Client key made",
    /// A new client key was made beside the old one.
    ClientKeyRotated = "client_key.rotated" Critical "Client key rotated",
    /// A change was made that has to be confirmed.
    ChangePending = "change.pending" Critical "Change made provisionally",
    /// A provisional change was kept.
    ChangeConfirmed = "change.confirmed" Critical "Provisional change kept",
    /// A provisional change was taken back.
    ChangeReverted = "change.reverted" Critical "Provisional change taken back",
    /// Failed sign-ins of one source beyond those recorded one by one, counted.
    LoginFailuresCounted = "login.failures_counted" Moderate "Failed sign-ins, counted",
    /// The first administrator was made.
    Bootstrap = "bootstrap" Urgent "First administrator created",
    /// The audit log or the configuration was written out.
    Exported = "exported" Moderate "Exported",
    /// Somebody was refused.
    AccessRefused = "access.refused" Moderate "Access refused",
}

impl AuditKind {
    /// Reads [`AuditKind::code`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == text)
    }
}

/// OMS's four risk levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Everyday.
    Low,
    /// Worth a look.
    Moderate,
    /// Changes who may do what.
    Critical,
    /// To be seen at once.
    Urgent,
}

/// Whether it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Done.
    Success,
    /// Refused or failed.
    Failure,
}

/// What is to be recorded; the store adds number, time and hashes.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEvent {
    /// What happened.
    pub kind: AuditKind,
    /// Whether it was done.
    pub outcome: Outcome,
    /// Who did it: a user name, `host`, or `anonymous`.
    pub actor: String,
    /// The actor's user row, if there is one.
    pub actor_id: Option<String>,
    /// What it was done to, as a word and a name: `integration:corp`.
    pub target: Option<String>,
    /// The integration it concerns, by name.
    pub integration: Option<String>,
    /// The code of a failure.
    pub code: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// The request's id, equal to the log's.
    pub reference: String,
    /// Diff, trace, cause: never a secret.
    pub detail: Value,
}

/// An immutable record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// Its identifier.
    pub id: AuditEventId,
    /// Its place in the chain, from 1, without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: AuditKind,
    /// How much depends on it.
    pub risk: Risk,
    /// Whether it was done.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: String,
    /// The actor's user row.
    pub actor_id: Option<String>,
    /// What it was done to.
    pub target: Option<String>,
    /// The integration it concerns.
    pub integration: Option<String>,
    /// The code of a failure.
    pub code: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// The request's id.
    pub reference: String,
    /// Diff, trace, cause.
    pub detail: Value,
}

/// What differs between two JSON objects: `{"member": {"from": …, "to": …}}`, members of nested objects with dots.
/// Values of members in `hidden` are replaced by `"[hidden]"`.
#[must_use]
pub fn diff(before: &Value, after: &Value, hidden: &[&str]) -> Value {
    let mut changes = serde_json::Map::new();
    walk("", before, after, hidden, &mut changes);
    Value::Object(changes)
}

fn walk(
    path: &str,
    before: &Value,
    after: &Value,
    hidden: &[&str],
    changes: &mut serde_json::Map<String, Value>,
) {
    if let (Value::Object(a), Value::Object(b)) = (before, after) {
        let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let null = Value::Null;
            walk(&inner, a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null), hidden, changes);
        }
    } else if before != after {
        let show = |value: &Value| {
            if hidden.contains(&path) && !value.is_null() { Value::from("[hidden]") } else { value.clone() }
        };
        changes.insert(path.to_owned(), serde_json::json!({"from": show(before), "to": show(after)}));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_diff_names_what_changed_and_hides_secrets() {
        let before = json!({"label": "A", "claims": {"groups": "g"}, "same": 1, "clientSecret": "s1"});
        let after = json!({"label": "B", "claims": {"groups": "h"}, "same": 1, "clientSecret": "s2"});
        assert_eq!(
            diff(&before, &after, &["clientSecret"]),
            json!({
                "label": {"from": "A", "to": "B"},
                "claims.groups": {"from": "g", "to": "h"},
                "clientSecret": {"from": "[hidden]", "to": "[hidden]"},
            })
        );
    }
}
