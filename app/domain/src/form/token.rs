use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors, check_text};
use crate::{
    role::{self, RoleName},
    target::Level,
    time::Timestamp,
};

/// An API token as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ApiTokenForm {
    /// What it is for: 1 to 64 characters, unique.
    pub name: String,
    /// Global roles it is limited to; empty: all its owner has.
    pub roles: Vec<String>,
    /// When it ends; empty: never.
    pub expires_at: Option<Timestamp>,
    /// Addresses and networks it may be used from; empty: any.
    pub access_list: Vec<String>,
}

/// A token that holds by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidApiToken {
    /// What it is for.
    pub name: String,
    /// Global roles it is limited to.
    pub roles: Vec<RoleName>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Addresses and networks; the server parses them.
    pub access_list: Vec<String>,
}

impl ApiTokenForm {
    /// Checks name, roles and date.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self, now: Timestamp) -> Result<ValidApiToken, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = self.name.trim().to_owned();
        check_text(&mut errors, "name", &name, 1, 64);
        let mut roles = Vec::new();
        for text in &self.roles {
            match role::builtin(text) {
                Some(role) if role.level == Level::Global => roles.push(RoleName::new(role.name)),
                Some(_) => errors.add("roles", FieldCode::RoleNotOfLevel),
                None => errors.add("roles", FieldCode::UnknownChoice),
            }
        }
        errors.check(self.expires_at.is_none_or(|at| at > now), "expiresAt", FieldCode::BadDate);
        let access_list = self.access_list.clone();
        errors.into_result(ValidApiToken { name, roles, expires_at: self.expires_at, access_list })
    }
}
