use serde::{Deserialize, Serialize};

use super::Conditions;
use crate::{id::RuleId, role::RoleName, target::Target, time::Timestamp};

/// "Members of `group` get `role` at `target`", for one integration or for all, and perhaps only when more holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingRule {
    /// Its identifier.
    pub id: RuleId,
    /// The integration's name; `None`: any integration.
    pub integration: Option<String>,
    /// The group, byte for byte as the provider writes it; empty: the conditions alone decide.
    pub group: String,
    /// What else must hold, all of it.
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    pub conditions: Conditions,
    /// The role it gives.
    pub role: RoleName,
    /// Where it gives it.
    #[serde(flatten)]
    pub target: Target,
    /// Whether it counts.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}
