//! Identifiers: ULID text for our own rows, 24 hex digits for organizations and projects (as Ops Manager has them).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Crockford's base 32, the ULID alphabet.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A ULID (26 characters): 48 bits of milliseconds since 1970, then 80 random bits; sorts by time.
#[must_use]
pub fn ulid(ms: i64, random: [u8; 10]) -> String {
    let mut bits: u128 = u128::from(ms.max(0).unsigned_abs() & 0xFFFF_FFFF_FFFF);
    for byte in random {
        bits = (bits << 8) | u128::from(byte);
    }
    (0..26)
        .rev()
        .map(|i| {
            let index = usize::try_from((bits >> (5 * i)) & 31).unwrap_or(0);
            char::from(CROCKFORD.get(index).copied().unwrap_or(b'0'))
        })
        .collect()
}

/// 24 hex digits: 32 bits of seconds since 1970, then 64 random bits.
#[must_use]
pub fn hex24(ms: i64, random: [u8; 8]) -> String {
    let seconds = (ms.max(0) / 1000).unsigned_abs() & 0xFFFF_FFFF;
    format!("{seconds:08x}{:016x}", u64::from_be_bytes(random))
}

/// The text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct BadId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps text that is already known to be an identifier (from the database, or newly made).
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Reads an identifier that came from outside: letters, digits, at most 64 characters.
            ///
            /// # Errors
            /// [`BadId`] for anything else.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let ok = !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric());
                if ok { Ok(Self::new(text)) } else { Err(BadId) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

id!(/// An integration's row; in URLs its *name* stands instead.
    IntegrationId);
id!(/// A mapping rule.
    RuleId);
id!(/// An organization: 24 hex digits.
    OrganizationId);
id!(/// A project: 24 hex digits.
    ProjectId);
id!(/// A person known to us.
    UserId);
id!(/// An (issuer, subject) pair's row.
    IdentityId);
id!(/// A signed-in browser, as lists and the audit log name it; never the cookie's value.
    SessionId);
id!(/// An API token's row; never its value.
    ApiTokenId);
id!(/// A key of the public API: 24 hex digits.
    ApiKeyId);
id!(/// An audit event.
    AuditEventId);
id!(/// A login on its way to the provider and back.
    LoginAttemptId);
id!(/// A change that has to be confirmed.
    PendingChangeId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_has_26_characters_and_sorts_by_time() {
        let early = ulid(1_000, [0xFF; 10]);
        let late = ulid(1_001, [0; 10]);
        assert_eq!(early.len(), 26);
        assert!(early < late);
        // The specification's example: 1469918176385 is 01ARYZ6S41.
        assert!(ulid(1_469_918_176_385, [0; 10]).starts_with("01ARYZ6S41"));
    }

    #[test]
    fn a_hex_id_has_24_digits() {
        assert_eq!(hex24(1_000_000, [1, 2, 3, 4, 5, 6, 7, 8]), "000003e80102030405060708");
    }

    #[test]
    fn foreign_text_is_not_an_id() {
        for bad in ["", "a/b", "x y", "../x", "é", &"a".repeat(65)] {
            assert_eq!(UserId::parse(bad), Err(BadId), "{bad}");
        }
    }
}
