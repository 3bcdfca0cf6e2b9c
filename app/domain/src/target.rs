//! Where a role counts: everywhere, in an organization, in a project.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{OrganizationId, ProjectId};

/// The kind of place a role belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The whole console.
    Global,
    /// One organization.
    Organization,
    /// One project.
    Project,
}

impl Level {
    /// Every level, widest first.
    pub const ALL: [Self; 3] = [Self::Global, Self::Organization, Self::Project];

    /// `global`, `organization`, `project`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Organization => "organization",
            Self::Project => "project",
        }
    }

    /// Reads [`Level::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The place itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "level", content = "target", try_from = "TargetFields")]
pub enum Target {
    /// The whole console.
    Global,
    /// This organization.
    Organization(OrganizationId),
    /// This project.
    Project(ProjectId),
}

/// A [`Target`] as JSON has it.
#[derive(Deserialize)]
struct TargetFields {
    level: Level,
    #[serde(default)]
    target: Option<String>,
}

impl TryFrom<TargetFields> for Target {
    type Error = &'static str;

    fn try_from(TargetFields { level, target }: TargetFields) -> Result<Self, Self::Error> {
        Ok(match (level, target) {
            (Level::Global, None) => Self::Global,
            (Level::Organization, Some(id)) => Self::Organization(id.into()),
            (Level::Project, Some(id)) => Self::Project(id.into()),
            (Level::Global, Some(_)) => return Err("the global level has no target"),
            (_, None) => return Err("target: missing"),
        })
    }
}

impl Target {
    /// The level of this place.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Global => Level::Global,
            Self::Organization(_) => Level::Organization,
            Self::Project(_) => Level::Project,
        }
    }

    /// The organization's or project's identifier; `None` at the global level.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Global => None,
            Self::Organization(id) => Some(id.as_str()),
            Self::Project(id) => Some(id.as_str()),
        }
    }

    /// Puts level and identifier together; `None` when they do not fit.
    #[must_use]
    pub fn from_parts(level: Level, id: Option<&str>) -> Option<Self> {
        match (level, id) {
            (Level::Global, None) => Some(Self::Global),
            (Level::Organization, Some(id)) => Some(Self::Organization(OrganizationId::new(id))),
            (Level::Project, Some(id)) => Some(Self::Project(ProjectId::new(id))),
            _ => None,
        }
    }
}
