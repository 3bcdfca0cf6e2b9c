//! Mapping rules, as the API and the console show them.

use serde::{Deserialize, Serialize};

use crate::{
    access::Scope,
    form::FieldCode,
    id::RuleId,
    mapping::{Condition, FindingKind, RuleFinding},
    role::RoleName,
    target::Level,
    time::Timestamp,
};

/// A mapping rule as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Its identifier.
    pub id: RuleId,
    /// The integration's name; `null`: any.
    pub integration: Option<String>,
    /// The group; empty: the conditions alone decide.
    pub group: String,
    /// What else must hold; left out when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The role.
    pub role: RoleName,
    /// `global`, `organization`, `project`.
    pub level: Level,
    /// The organization's or project's identifier.
    pub target: Option<String>,
    /// What people call the target: `Atlas` or `Atlas / billing`; `null` at the global level.
    pub target_name: Option<String>,
    /// Whether it counts.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
    /// When it last gave somebody its role, to the day; `null`: not yet.
    #[serde(default)]
    pub last_matched_at: Option<Timestamp>,
    /// What somebody should look at.
    #[serde(default)]
    pub findings: Vec<RuleFinding>,
}

/// Which rules are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleFilter {
    /// Of this integration, by name; `*`: of no particular one.
    pub integration: Option<String>,
    /// For exactly this group.
    pub group: Option<String>,
    /// Giving this role.
    pub role: Option<String>,
    /// At this level.
    pub level: Option<Level>,
    /// At this organization or project.
    pub target: Option<String>,
    /// About which this was found.
    pub finding: Option<FindingKind>,
    /// In these places: set by the server from what the caller may see, never by the caller. `None`: everywhere.
    #[serde(skip)]
    pub within: Option<Scope>,
}

/// What a rule's fields offer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingChoices {
    /// Name and label of each integration.
    pub integrations: Vec<(String, String)>,
    /// Identifier and name of each organization.
    pub organizations: Vec<(String, String)>,
    /// Identifier and name (`Atlas / billing`) of each project.
    pub projects: Vec<(String, String)>,
    /// Groups that came with recent sign-ins, the most frequent first.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Custom roles: level, name and label.
    #[serde(default)]
    pub custom_roles: Vec<(Level, String, String)>,
}

/// What became of a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleImportReport {
    /// Rules that were made, or would be.
    pub created: u32,
    /// Rules of the file that were there already.
    pub unchanged: u32,
    /// Whether it was only looked at.
    pub dry_run: bool,
    /// What is wrong, the first 200; then nothing was made.
    pub problems: Vec<RuleRowProblem>,
    /// How many more there are.
    pub more: u32,
}

/// What is wrong in one row of a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleRowProblem {
    /// The line on which the row begins, or the entry, from 1; `null`: the whole file.
    pub row: Option<u32>,
    /// The field; empty: the whole row.
    pub field: String,
    /// What is wrong with it.
    pub problem: FieldCode,
}

/// What is done to several rules at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// They count again.
    Enable,
    /// They stay, and give nothing.
    Disable,
    /// They are removed.
    Delete,
    /// They give another role.
    Role,
}

impl BulkAction {
    /// Every action, as forms offer them.
    pub const ALL: [Self; 4] = [Self::Disable, Self::Enable, Self::Role, Self::Delete];

    /// `enable`, `disable`, `delete`, `role`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::Role => "role",
        }
    }

    /// Reads [`BulkAction::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// A change of several rules at once, as a browser posts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    /// The rules' identifiers.
    pub rules: Vec<String>,
    /// One of [`BulkAction::as_str`].
    pub action: String,
    /// The role, for [`BulkAction::Role`].
    pub role: String,
}
