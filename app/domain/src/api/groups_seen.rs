//! What a provider said of somebody's groups at their last sign-in.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How somebody's groups came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupsState {
    /// A list, perhaps an empty one.
    Came,
    /// The provider said nothing of groups.
    Missing,
    /// They were left out because there are too many, or nobody can read what came.
    Unreadable,
}

/// As it is kept with an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsSeen {
    /// How they came.
    pub state: GroupsState,
    /// How many.
    pub count: u32,
    /// When.
    pub at: Timestamp,
}

/// The last that a provider said of somebody's groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyGroups {
    /// The integration, by name.
    pub integration: String,
    /// What it said.
    pub seen: GroupsSeen,
}
