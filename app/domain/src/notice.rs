//! Things an administrator should know about: they hold until they are resolved.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $urgency:ident $text:literal,)+) => {
        /// What it is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum NoticeKind {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl NoticeKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// How soon it wants somebody.
            #[must_use]
            pub const fn urgency(self) -> Urgency {
                match self { $(Self::$name => Urgency::$urgency,)+ }
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
    /// The provider refuses the secret that was tried first; the other one is used.
    SecretRefused = "secret.refused" Warning "The provider refuses the old client secret",
    /// A secret ends soon.
    SecretExpiring = "secret.expiring" Warning "A client secret expires soon",
    /// A secret's end has come.
    SecretExpired = "secret.expired" Problem "A client secret has expired",
    /// What a secret's reference names is not there or cannot be used.
    SecretUnreadable = "secret.unreadable" Problem "A client secret cannot be read",
    /// What the provider says of itself, or its addresses, cannot be read.
    ProviderUnreachable = "provider.unreachable" Problem "The provider cannot be read",
    /// The provider names another issuer than the one that is set.
    ProviderIssuerChanged = "provider.issuer_changed" Problem "The provider names another issuer",
    /// No key of the provider stayed, which is not how keys are rotated.
    ProviderKeysReplaced = "provider.keys_replaced" Warning "All keys of the provider were replaced at once",
    /// Browsers, codes or secrets are sent to another address than before.
    ProviderAddressChanged = "provider.address_changed" Warning "An address of the provider changed",
    /// The provider no longer offers what the integration's settings ask for.
    ProviderMisfit = "provider.misfit" Problem "The provider no longer offers what is set",
    /// A certificate of the provider, or one that is trusted for it, ends soon.
    CertificateExpiring = "certificate.expiring" Warning "A certificate expires soon",
    /// A certificate's end has come.
    CertificateExpired = "certificate.expired" Problem "A certificate has expired",
}

impl NoticeKind {
    /// Reads [`NoticeKind::code`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == text)
    }

    /// Whether it tells of something that happened and not of something that lasts: it is over when somebody has looked
    /// at it, or when things are again as they were.
    #[must_use]
    pub const fn is_event(self) -> bool {
        matches!(self, Self::ProviderKeysReplaced | Self::ProviderAddressChanged)
    }

    /// Whether it comes from looking at providers.
    #[must_use]
    pub const fn is_of_the_watch(self) -> bool {
        matches!(
            self,
            Self::ProviderUnreachable
                | Self::ProviderIssuerChanged
                | Self::ProviderKeysReplaced
                | Self::ProviderAddressChanged
                | Self::ProviderMisfit
                | Self::CertificateExpiring
                | Self::CertificateExpired
        )
    }
}

/// How soon something wants somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Worth knowing.
    Info,
    /// Soon.
    Warning,
    /// Now.
    Problem,
}

/// A notice as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// Its identifier.
    pub id: String,
    /// The integration it concerns, by name.
    pub integration: Option<String>,
    /// What it is about.
    pub kind: NoticeKind,
    /// How soon it wants somebody.
    pub urgency: Urgency,
    /// What of it; may be empty.
    pub subject: String,
    /// What happened and what to do, a sentence or two.
    pub text: String,
    /// More about it; never a secret.
    pub detail: Value,
    /// Since when it holds.
    pub first_seen_at: Timestamp,
    /// When it was last seen to hold.
    pub last_seen_at: Timestamp,
}

/// What happened and what to do: `text` of the detail when whoever raised it wrote one, else what the kind is called.
#[must_use]
pub fn sentence(kind: NoticeKind, detail: &Value) -> String {
    detail.get("text").and_then(Value::as_str).map_or_else(|| format!("{}.", kind.label()), str::to_owned)
}
