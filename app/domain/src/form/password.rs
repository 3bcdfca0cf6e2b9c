use serde::Deserialize;

use super::{FieldCode, FieldErrors};
use crate::{password_policy, secret::Secret};

/// A user's change of their own password.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    /// The password in force.
    pub current: Secret,
    /// The new one.
    pub new: Secret,
    /// The new one again.
    pub repeat: Secret,
}

impl PasswordForm {
    /// Checks what can be checked without the stored password.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self, username: &str) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        errors.check(!self.current.is_empty(), "current", FieldCode::Required);
        if let Err(code) = password_policy::check(self.new.expose(), username) {
            errors.add("new", code);
        }
        errors.check(self.new.expose() == self.repeat.expose(), "repeat", FieldCode::PasswordsDiffer);
        errors.into_result(())
    }
}
