use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors};
use crate::{
    role::{self, RoleName},
    target::{Level, Target},
};

/// The mapping-rule form as a browser posts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    /// The integration's name; empty: any.
    pub integration: String,
    /// The group, byte for byte.
    pub group: String,
    /// The role's name.
    pub role: String,
    /// `global`, or an organization's or project's identifier.
    pub target: String,
    /// `global`, `organization` or `project`.
    pub level: String,
    /// `on`: it counts.
    pub enabled: Option<String>,
    /// The revision that was edited; empty at creation.
    pub revision: String,
}

/// A rule that holds by itself; whether its target and integration exist, the server looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRule {
    /// The integration's name; `None`: any.
    pub integration: Option<String>,
    /// The group.
    pub group: String,
    /// The role.
    pub role: RoleName,
    /// Where.
    pub target: Target,
    /// Whether it counts.
    pub enabled: bool,
    /// The revision that was edited.
    pub revision: Option<i64>,
}

/// The longest group, in bytes.
const MOST_GROUP_BYTES: usize = 1024;

impl RuleForm {
    /// Turns the form into a rule.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self) -> Result<ValidRule, FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.group.is_empty() {
            errors.add("group", FieldCode::Required);
        } else if self.group.len() > MOST_GROUP_BYTES {
            errors.add("group", FieldCode::TooLong { max: 1024 });
        } else if self.group.chars().any(|c| matches!(c, '\0' | '\n' | '\r')) {
            errors.add("group", FieldCode::BadCharacters);
        }
        let level = Level::parse(self.level.trim());
        errors.check(level.is_some(), "level", FieldCode::UnknownChoice);
        // Whether a custom role exists, the server looks up.
        let role = RoleName::read(self.role.trim());
        if self.role.trim().is_empty() {
            errors.add("role", FieldCode::Required);
        } else {
            errors.check(role.is_some(), "role", FieldCode::UnknownChoice);
        }
        if let (Some(level), Some(role)) = (level, &role) {
            let fits = role::level_of(role.as_str()) == Some(level);
            errors.check(fits, "role", FieldCode::RoleNotOfLevel);
        }
        let id = Some(self.target.trim()).filter(|id| !id.is_empty());
        let target = match level {
            Some(Level::Global) => Some(Target::Global),
            Some(level) => {
                let known = id.filter(|id| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric()));
                errors.check(known.is_some(), "target", FieldCode::Required);
                Target::from_parts(level, known)
            }
            None => None,
        };
        match (role, target, errors.is_empty()) {
            (Some(role), Some(target), true) => Ok(ValidRule {
                integration: Some(self.integration.trim().to_owned()).filter(|name| !name.is_empty()),
                group: self.group.clone(),
                role,
                target,
                enabled: self.enabled.is_some(),
                revision: self.revision.trim().parse().ok(),
            }),
            _ => Err(errors),
        }
    }
}
