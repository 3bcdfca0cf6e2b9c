use serde::{Deserialize, Serialize};

use super::{FieldErrors, check_text};

/// An organization as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrganizationForm {
    /// Its name: 1 to 64 characters, unique.
    pub name: String,
}

impl OrganizationForm {
    /// Checks the name.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self) -> Result<String, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = self.name.trim().to_owned();
        check_text(&mut errors, "name", &name, 1, 64);
        errors.into_result(name)
    }
}

/// A project as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ProjectForm {
    /// Its name: 1 to 64 characters, unique in the organization.
    pub name: String,
    /// The organization it belongs to; fixed after creation.
    pub organization: String,
}

impl ProjectForm {
    /// Checks the name.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self) -> Result<String, FieldErrors> {
        OrganizationForm { name: self.name.clone() }.validate()
    }
}
