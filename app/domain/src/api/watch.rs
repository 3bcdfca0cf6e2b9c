//! What a provider said of itself over time.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

/// A public key of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderKey {
    /// Its name, if it has one.
    pub kid: Option<String>,
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
}

/// A certificate that a provider's host showed when it was last looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderCertificate {
    /// Name and port.
    pub host: String,
    /// The subject's common name, or the whole subject when it has none.
    pub subject: String,
    /// The issuer's common name, or the whole issuer.
    pub issuer: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate: hex, pairs separated by colons.
    pub fingerprint: String,
    /// When the host last showed it.
    pub seen_at: Timestamp,
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderChangeKind {
    /// An address changed: where browsers or secrets are sent.
    Endpoint,
    /// A key came beside the others: the usual rotation.
    KeyAdded,
    /// A key went, others stayed.
    KeyRemoved,
    /// No key stayed.
    KeysReplaced,
    /// What it can do changed: algorithms, scopes, ways to authenticate.
    Capability,
    /// It can no longer be read.
    Lost,
    /// It can be read again.
    Found,
}

impl ProviderChangeKind {
    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::KeyAdded => "key_added",
            Self::KeyRemoved => "key_removed",
            Self::KeysReplaced => "keys_replaced",
            Self::Capability => "capability",
            Self::Lost => "lost",
            Self::Found => "found",
        }
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Endpoint => "Address changed",
            Self::KeyAdded => "Key added",
            Self::KeyRemoved => "Key removed",
            Self::KeysReplaced => "All keys replaced at once",
            Self::Capability => "Abilities changed",
            Self::Lost => "Could not be read",
            Self::Found => "Could be read again",
        }
    }

    /// Whether somebody should look: addresses and keys are what trust hangs on.
    #[must_use]
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::Endpoint | Self::KeysReplaced | Self::Lost)
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderChange {
    /// Its kind.
    pub kind: ProviderChangeKind,
    /// What changed: `token`, a key's name, the code of a failure.
    pub what: String,
    /// What it was; `null`: nothing.
    pub from: Option<String>,
    /// What it is; `null`: nothing.
    pub to: Option<String>,
}

/// What a provider said of itself from one moment to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderSnapshot {
    /// Its identifier.
    pub id: String,
    /// When the provider first said so.
    pub seen_at: Timestamp,
    /// When it last said so.
    pub checked_at: Timestamp,
    /// What it says of itself; `null`: it could not be read.
    pub metadata: Option<Value>,
    /// Its keys; `null`: they could not be read.
    pub keys: Option<Vec<ProviderKey>>,
    /// The code of the failure.
    pub error: Option<String>,
    /// What differs from the one before; empty for the first.
    pub changes: Vec<ProviderChange>,
}
