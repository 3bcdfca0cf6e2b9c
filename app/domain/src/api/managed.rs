//! What the configuration sets that was applied from a file.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What of an object is set by a configuration file, and whether it still is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedView {
    /// The file's name.
    pub file: String,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Whether it was released: then everybody may change them until the file is applied again.
    pub released: bool,
    /// The fields it sets, nested ones with dots: `endpoints.token`.
    pub fields: Vec<String>,
    /// Fields that are no longer as they were applied.
    pub drift: Vec<String>,
}

impl ManagedView {
    /// Whether nobody but the file may change this field.
    #[must_use]
    pub fn owns(&self, field: &str) -> bool {
        !self.released && self.fields.iter().any(|owned| owned == field)
    }
}

/// What kind of object a configuration file sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagedKind {
    /// An integration.
    Integration,
    /// A mapping rule.
    MappingRule,
    /// An organization.
    Organization,
    /// A project.
    Project,
    /// A custom role.
    Role,
}

impl ManagedKind {
    /// `integration`, `mapping_rule`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::MappingRule => "mapping_rule",
            Self::Organization => "organization",
            Self::Project => "project",
            Self::Role => "role",
        }
    }
}
