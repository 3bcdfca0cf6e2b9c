use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors, check_text};
use crate::username;

/// A local user as an administrator makes one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct UserForm {
    /// What is typed at sign-in: 1 to 64 characters.
    pub username: String,
    /// The full name.
    pub display_name: String,
    /// The e-mail address.
    pub email: String,
}

impl UserForm {
    /// Checks every field.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        check_text(&mut errors, "username", &self.username, 1, 64);
        errors.check(username::is_plain(&self.username), "username", FieldCode::BadCharacters);
        check_text(&mut errors, "displayName", &self.display_name, 0, 128);
        check_text(&mut errors, "email", &self.email, 0, 254);
        let email_ok = self.email.is_empty()
            || self.email.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        errors.check(email_ok, "email", FieldCode::BadEmail);
        errors.into_result(())
    }
}
