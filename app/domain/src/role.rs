//! The role catalogue: Ops Manager's 24 roles, and OMS's two names for two of them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::target::Level;

/// A role's name, in its canonical spelling (`GLOBAL_OWNER`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(Arc<str>);

impl RoleName {
    /// Everything, everywhere.
    pub const GLOBAL_OWNER: &'static str = "GLOBAL_OWNER";
    /// May look at everything, change nothing.
    pub const GLOBAL_READ_ONLY: &'static str = "GLOBAL_READ_ONLY";
    /// Looks after everybody's roles.
    pub const GLOBAL_USER_ADMIN: &'static str = "GLOBAL_USER_ADMIN";
    /// Everything in one organization.
    pub const ORG_OWNER: &'static str = "ORG_OWNER";
    /// Makes projects in one organization.
    pub const ORG_GROUP_CREATOR: &'static str = "ORG_GROUP_CREATOR";
    /// May look at one organization.
    pub const ORG_READ_ONLY: &'static str = "ORG_READ_ONLY";
    /// Belongs to one organization.
    pub const ORG_MEMBER: &'static str = "ORG_MEMBER";
    /// Everything in one project.
    pub const GROUP_OWNER: &'static str = "GROUP_OWNER";
    /// Looks after the roles of one project.
    pub const GROUP_USER_ADMIN: &'static str = "GROUP_USER_ADMIN";
    /// May look at one project.
    pub const GROUP_READ_ONLY: &'static str = "GROUP_READ_ONLY";

    /// Wraps a name that is known to be canonical (from the database).
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The canonical name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a name that a rule can give: of the catalogue, an alias, or one that a custom role can have. Whether that
    /// custom role exists, the server looks up.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| is_custom(text).then(|| Self::new(text)))
    }

    /// Reads a name of the catalogue, or one of OMS's aliases (`ADMIN`, `ADMIN_VIEWER`, `ADMIN-VIEWER`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        builtin(text).map(|role| Self::new(role.name))
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role every installation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinRole {
    /// The canonical name, as Ops Manager's API spells it.
    pub name: &'static str,
    /// Where it can be granted.
    pub level: Level,
    /// What people call it.
    pub label: &'static str,
    /// What it lets somebody do.
    pub description: &'static str,
}

const fn role(
    name: &'static str,
    level: Level,
    label: &'static str,
    description: &'static str,
) -> BuiltinRole {
    BuiltinRole { name, level, label, description }
}

/// Ops Manager's roles: 6 global, 5 of an organization, 13 of a project.
pub const CATALOGUE: [BuiltinRole; 24] = [
    role("GLOBAL_OWNER", Level::Global, "Global owner", "Everything, everywhere, these settings included."),
    role("GLOBAL_AUTOMATION_ADMIN", Level::Global, "Global automation admin", "Automation in every project."),
    role("GLOBAL_BACKUP_ADMIN", Level::Global, "Global backup admin", "Backups in every project."),
    role("GLOBAL_MONITORING_ADMIN", Level::Global, "Global monitoring admin", "Monitoring in every project."),
    role("GLOBAL_USER_ADMIN", Level::Global, "Global user admin", "Users and their roles in every project."),
    role("GLOBAL_READ_ONLY", Level::Global, "Global read only", "Looks at everything, changes nothing."),
    role(
        "ORG_OWNER",
        Level::Organization,
        "Organization owner",
        "Everything in one organization and its projects.",
    ),
    role(
        "ORG_GROUP_CREATOR",
        Level::Organization,
        "Project creator",
        "Creates projects in the organization.",
    ),
    role("ORG_BILLING_ADMIN", Level::Organization, "Billing admin", "Billing of the organization."),
    role(
        "ORG_READ_ONLY",
        Level::Organization,
        "Organization read only",
        "Looks at the organization and its projects.",
    ),
    role("ORG_MEMBER", Level::Organization, "Organization member", "Belongs to the organization."),
    role("GROUP_OWNER", Level::Project, "Project owner", "Everything in one project."),
    role("GROUP_READ_ONLY", Level::Project, "Project read only", "Looks at one project."),
    role("GROUP_AUTOMATION_ADMIN", Level::Project, "Automation admin", "Automation in one project."),
    role("GROUP_BACKUP_ADMIN", Level::Project, "Backup admin", "Backups in one project."),
    role("GROUP_MONITORING_ADMIN", Level::Project, "Monitoring admin", "Monitoring in one project."),
    role("GROUP_USER_ADMIN", Level::Project, "User admin", "Users of one project."),
    role("GROUP_BILLING_ADMIN", Level::Project, "Project billing admin", "Billing of one project."),
    role(
        "GROUP_DATA_ACCESS_ADMIN",
        Level::Project,
        "Data access admin",
        "Reads, writes and administers a project's data.",
    ),
    role("GROUP_DATA_ACCESS_READ_ONLY", Level::Project, "Data access read only", "Reads a project's data."),
    role(
        "GROUP_DATA_ACCESS_READ_WRITE",
        Level::Project,
        "Data access read and write",
        "Reads and writes a project's data.",
    ),
    role("GROUP_CHARTS_ADMIN", Level::Project, "Charts admin", "Charts of one project."),
    role("GROUP_CLUSTER_MANAGER", Level::Project, "Cluster manager", "Clusters of one project."),
    role(
        "GROUP_SEARCH_INDEX_EDITOR",
        Level::Project,
        "Search index editor",
        "Search indexes of one project.",
    ),
];

/// The catalogue's entry for this name or alias.
#[must_use]
pub fn builtin(text: &str) -> Option<&'static BuiltinRole> {
    let name = match text {
        "ADMIN" => RoleName::GLOBAL_OWNER,
        "ADMIN_VIEWER" | "ADMIN-VIEWER" => RoleName::GLOBAL_READ_ONLY,
        other => other,
    };
    CATALOGUE.iter().find(|role| role.name == name)
}

/// What the names of each level's roles begin with.
pub const PREFIXES: [(Level, &str); 3] =
    [(Level::Global, "GLOBAL_"), (Level::Organization, "ORG_"), (Level::Project, "GROUP_")];

/// The most characters of a role's name.
pub const MOST_NAME: usize = 64;

/// The level of the role with this name: what it begins with decides, so that the database cannot make a project's role
/// count everywhere.
#[must_use]
pub fn level_of(name: &str) -> Option<Level> {
    PREFIXES.iter().find(|(_, prefix)| name.starts_with(prefix)).map(|(level, _)| *level)
}

/// Whether a custom role can have this name: a level's prefix, then capital letters, digits and single underscores, and
/// not the catalogue's.
#[must_use]
pub fn is_custom(name: &str) -> bool {
    let rest = PREFIXES.iter().find_map(|(_, prefix)| name.strip_prefix(prefix)).unwrap_or_default();
    let plain = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    name.len() <= MOST_NAME
        && rest.bytes().next().is_some_and(|c| c.is_ascii_uppercase())
        && rest.bytes().all(plain)
        && !rest.ends_with('_')
        && !rest.contains("__")
        && builtin(name).is_none()
}

/// The catalogue's roles of one level.
pub fn at_level(level: Level) -> impl Iterator<Item = &'static BuiltinRole> {
    CATALOGUE.iter().filter(move |role| role.level == level)
}

/// What people call this role; its name when it is not in the catalogue.
#[must_use]
pub fn label(name: &str) -> &str {
    builtin(name).map_or(name, |role| role.label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_6_global_5_organization_and_13_project_roles() {
        let counts = Level::ALL.map(|level| at_level(level).count());
        assert_eq!(counts, [6, 5, 13]);
        for role in &CATALOGUE {
            let prefix = match role.level {
                Level::Global => "GLOBAL_",
                Level::Organization => "ORG_",
                Level::Project => "GROUP_",
            };
            assert!(role.name.starts_with(prefix), "{}", role.name);
        }
    }

    #[test]
    fn oms_names_are_aliases_on_input() {
        assert_eq!(RoleName::parse("ADMIN").unwrap().as_str(), "GLOBAL_OWNER");
        for viewer in ["ADMIN_VIEWER", "ADMIN-VIEWER"] {
            assert_eq!(RoleName::parse(viewer).unwrap().as_str(), "GLOBAL_READ_ONLY");
        }
        assert_eq!(RoleName::parse("global_owner"), None);
    }

    #[test]
    fn a_custom_roles_name_begins_with_its_level_and_is_nobody_elses() {
        for good in ["GROUP_AUDITOR", "ORG_ON_CALL_2", "GLOBAL_X"] {
            assert!(is_custom(good), "{good}");
            assert_eq!(RoleName::read(good).unwrap().as_str(), good);
        }
        for bad in [
            "GROUP_OWNER",
            "AUDITOR",
            "GROUP_",
            "GROUP__X",
            "GROUP_X_",
            "GROUP_x",
            "GROUP_1",
            "GROUP_A B",
            "GROUP_\u{c4}",
            "ADMIN",
            "group_auditor",
        ] {
            assert!(!is_custom(bad), "{bad}");
        }
        assert!(!is_custom(&format!("GROUP_{}", "A".repeat(60))));
        assert_eq!(RoleName::read("ADMIN").unwrap().as_str(), "GLOBAL_OWNER");
        assert_eq!(
            [level_of("ORG_X"), level_of("GROUP_X"), level_of("X")],
            [Some(Level::Organization), Some(Level::Project), None]
        );
    }
}
