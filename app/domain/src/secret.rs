//! Text that must not be seen.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// What a form wants done with a stored secret. The stored value never travels to the form.
#[derive(Debug, Clone, Default)]
pub enum SecretInput {
    /// Leave what is stored.
    #[default]
    Keep,
    /// Put this in its place.
    Replace(Secret),
    /// Remove it.
    Clear,
}

/// What may be shown of a stored secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum SecretState {
    /// None is stored.
    #[default]
    Unset,
    /// One is stored.
    #[serde(rename_all = "camelCase")]
    Set {
        /// When it was stored.
        set_at: crate::time::Timestamp,
        /// How many slots hold a secret.
        slots: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_secret() {
        let text = format!("{:?} {:?}", Secret::new("hunter2"), SecretInput::Replace(Secret::new("hunter2")));
        assert!(!text.contains("hunter2"), "{text}");
    }
}
