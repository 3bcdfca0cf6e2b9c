//! Text that must not be seen.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A secret in memory. `Debug` shows nothing, there is no `Display`, no `Serialize` and no `PartialEq`.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; the caller sees to it that it goes only where it must.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A secret, or where it is. What a reference leads to is read when it is used, so that it can change there.
#[derive(Debug, Clone)]
pub enum SecretValue {
    /// The secret itself.
    Given(Secret),
    /// An environment variable of the server.
    Environment(String),
    /// A file the server can read.
    File(String),
}

impl SecretValue {
    /// Where it is kept.
    #[must_use]
    pub const fn source(&self) -> SecretSource {
        match self {
            Self::Given(_) => SecretSource::Stored,
            Self::Environment(_) => SecretSource::Environment,
            Self::File(_) => SecretSource::File,
        }
    }

    /// The variable's or file's name.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Given(_) => None,
            Self::Environment(name) | Self::File(name) => Some(name),
        }
    }
}

/// What is to happen to one of an integration's two secrets.
#[derive(Debug, Clone)]
pub enum SlotChange {
    /// Puts a secret in the place of the preferred one.
    Replace {
        /// The secret.
        value: SecretValue,
        /// When the provider will stop taking it.
        expires_at: Option<Timestamp>,
    },
    /// Puts a secret beside the preferred one, in the place of the other.
    Add {
        /// The secret.
        value: SecretValue,
        /// When the provider will stop taking it.
        expires_at: Option<Timestamp>,
    },
    /// Removes the secret of a slot.
    Remove(u8),
    /// Tries the secret of this slot first from now on.
    Prefer(u8),
    /// Says when the secret of a slot ends.
    Expires(u8, Option<Timestamp>),
}

/// What a form wants done with a stored secret. The stored value never travels to the form.
#[derive(Debug, Clone, Default)]
pub enum SecretInput {
    /// Leave what is stored.
    #[default]
    Keep,
    /// Put this in the place of the preferred one.
    Replace(Secret),
    /// Remove it, from both slots.
    Clear,
    /// Change one slot.
    Slot(SlotChange),
}

impl SecretInput {
    /// The new secret, if there is one.
    #[must_use]
    pub const fn given(&self) -> Option<&Secret> {
        match self {
            Self::Replace(secret)
            | Self::Slot(
                SlotChange::Replace { value: SecretValue::Given(secret), .. }
                | SlotChange::Add { value: SecretValue::Given(secret), .. },
            ) => Some(secret),
            _ => None,
        }
    }

    /// Whether the preferred secret is given anew, as a value or a reference.
    #[must_use]
    pub const fn is_replacement(&self) -> bool {
        matches!(self, Self::Replace(_) | Self::Slot(SlotChange::Replace { .. }))
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// Sealed in the database.
    #[default]
    Stored,
    /// In an environment variable.
    Environment,
    /// In a file.
    File,
}

impl SecretSource {
    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Environment => "environment",
            Self::File => "file",
        }
    }

    /// Reads [`SecretSource::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stored, Self::Environment, Self::File].into_iter().find(|source| source.as_str() == text)
    }
}

/// What may be shown of one of an integration's two secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretSlot {
    /// 1 or 2.
    pub slot: u8,
    /// Where it is kept.
    pub source: SecretSource,
    /// The variable's or file's name.
    pub reference: Option<String>,
    /// Since when.
    pub set_at: Timestamp,
    /// Who set it; empty when that is not known.
    pub set_by: String,
    /// When the provider will stop taking it, as somebody said.
    pub expires_at: Option<Timestamp>,
    /// Whole days until then, below zero afterwards; filled in when it is shown.
    pub expires_in_days: Option<i64>,
    /// When the provider last took it, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When the provider last refused it, to the minute.
    pub last_rejected_at: Option<Timestamp>,
    /// Whether it is tried first.
    pub preferred: bool,
}

/// What may be shown of an integration's secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", from = "SecretStateFields")]
pub enum SecretState {
    /// There is none.
    #[default]
    Unset,
    /// There is one, or two.
    #[serde(rename_all = "camelCase")]
    Set {
        /// When the preferred one was set.
        set_at: Timestamp,
        /// How many slots hold a secret.
        slots: u8,
        /// Where the preferred one is kept.
        source: SecretSource,
        /// When the preferred one ends.
        expires_at: Option<Timestamp>,
        /// Each of them.
        held: Vec<SecretSlot>,
    },
}

/// A [`SecretState`] with all that it may hold: what serde makes for a tagged variant is large in the browser's module.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecretStateFields {
    set_at: Option<Timestamp>,
    #[serde(default)]
    slots: u8,
    #[serde(default)]
    source: SecretSource,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    held: Vec<SecretSlot>,
}

impl From<SecretStateFields> for SecretState {
    fn from(fields: SecretStateFields) -> Self {
        let SecretStateFields { set_at, slots, source, expires_at, held } = fields;
        set_at.map_or(Self::Unset, |set_at| Self::Set { set_at, slots, source, expires_at, held })
    }
}

const DAY_MS: i64 = 24 * 3600 * 1000;

impl SecretState {
    /// Of these slots, one of which is preferred.
    #[must_use]
    pub fn of(held: Vec<SecretSlot>) -> Self {
        let Some(first) = held.iter().find(|slot| slot.preferred).or_else(|| held.first()) else {
            return Self::Unset;
        };
        let slots = u8::try_from(held.len()).unwrap_or(u8::MAX);
        let (set_at, source, expires_at) = (first.set_at, first.source, first.expires_at);
        Self::Set { set_at, slots, source, expires_at, held }
    }

    /// The slots that hold a secret.
    #[must_use]
    pub fn held(&self) -> &[SecretSlot] {
        match self {
            Self::Unset => &[],
            Self::Set { held, .. } => held,
        }
    }

    /// Fills in how many days are left.
    pub fn count_days(&mut self, now: Timestamp) {
        if let Self::Set { held, .. } = self {
            for slot in held {
                slot.expires_in_days =
                    slot.expires_at.map(|at| at.ms().saturating_sub(now.ms()).div_euclid(DAY_MS));
            }
        }
    }

    /// The fewest days left to any of them.
    #[must_use]
    pub fn days_left(&self) -> Option<i64> {
        self.held().iter().filter_map(|slot| slot.expires_in_days).min()
    }
}

/// Days before the end at which a warning is due; 0: it is over.
pub const EXPIRY_WARNINGS: [i64; 4] = [0, 1, 7, 30];

/// The warning that is due at this moment: the smallest that is reached.
#[must_use]
pub fn due_warning(expires_at: Timestamp, now: Timestamp) -> Option<i64> {
    let left = expires_at.ms().saturating_sub(now.ms());
    EXPIRY_WARNINGS.into_iter().find(|days| left <= days.saturating_mul(DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_secret() {
        let text = format!("{:?} {:?}", Secret::new("hunter2"), SecretInput::Replace(Secret::new("hunter2")));
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_warning_is_due_thirty_seven_and_one_days_before_the_end_and_after_it() {
        let end = Timestamp::from_ms(100 * DAY_MS);
        for (days_before, due) in [
            (31, None),
            (30, Some(30)),
            (8, Some(30)),
            (7, Some(7)),
            (2, Some(7)),
            (1, Some(1)),
            (0, Some(0)),
            (-5, Some(0)),
        ] {
            let now = Timestamp::from_ms(end.ms() - days_before * DAY_MS);
            assert_eq!(due_warning(end, now), due, "{days_before} days before");
        }
    }

    #[test]
    fn the_state_speaks_of_the_preferred_secret() {
        let slot = |slot, preferred| SecretSlot {
            slot,
            source: SecretSource::Stored,
            reference: None,
            set_at: Timestamp::from_ms(i64::from(slot)),
            set_by: String::new(),
            expires_at: Some(Timestamp::from_ms(DAY_MS)),
            expires_in_days: None,
            last_used_at: None,
            last_rejected_at: None,
            preferred,
        };
        let mut state = SecretState::of(vec![slot(1, false), slot(2, true)]);
        state.count_days(Timestamp::from_ms(DAY_MS + 1));
        assert_eq!(state.days_left(), Some(-1));
        assert!(matches!(state, SecretState::Set { set_at, slots: 2, .. } if set_at.ms() == 2));
        assert_eq!(SecretState::of(Vec::new()), SecretState::Unset);
    }
}
