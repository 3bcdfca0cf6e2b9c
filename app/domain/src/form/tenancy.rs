use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors, check_text};
use crate::{
    id::OrganizationId,
    role::{self, RoleName},
    target::Level,
};

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

/// A custom role as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleForm {
    /// Its name: `GLOBAL_`, `ORG_` or `GROUP_`, which says where it counts, then capital letters, digits and `_`.
    pub name: String,
    /// What people call it; 1 to 64 characters.
    pub label: String,
    /// What it lets somebody do; up to 500 characters.
    pub description: String,
    /// The organization it belongs to; empty: none.
    pub organization: String,
}

/// A custom role that holds by itself; whether its organization exists, the server looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRole {
    /// Its name.
    pub name: RoleName,
    /// Where it counts.
    pub level: Level,
    /// What people call it.
    pub label: String,
    /// What it lets somebody do.
    pub description: String,
    /// The organization it belongs to.
    pub organization: Option<OrganizationId>,
}

impl RoleForm {
    /// Checks every field.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self) -> Result<ValidRole, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = self.name.trim();
        if name.is_empty() {
            errors.add("name", FieldCode::Required);
        } else if role::builtin(name).is_some() {
            errors.add("name", FieldCode::Taken);
        } else {
            errors.check(role::is_custom(name), "name", FieldCode::BadRoleName);
        }
        let (label, description) = (self.label.trim().to_owned(), self.description.trim().to_owned());
        check_text(&mut errors, "label", &label, 1, 64);
        check_text(&mut errors, "description", &description, 0, 500);
        let level = role::level_of(name).unwrap_or(Level::Project);
        let organization = Some(self.organization.trim()).filter(|text| !text.is_empty());
        if organization.is_some() {
            errors.check(level != Level::Global || !errors.is_empty(), "name", FieldCode::RoleOfOrganization);
        }
        let organization = organization.map(OrganizationId::parse).transpose().ok();
        errors.check(organization.is_some(), "organization", FieldCode::NotThere);
        let organization = organization.flatten();
        errors.into_result(ValidRole { name: RoleName::new(name), level, label, description, organization })
    }
}
