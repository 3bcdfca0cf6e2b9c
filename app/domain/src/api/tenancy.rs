//! What the pages of organizations, projects and roles show.

use serde::{Deserialize, Serialize};

use super::{OrganizationView, ProjectView, RoleView};

/// A thing that another one hangs on, so that it cannot be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedBy {
    /// `project`, `mapping rule`, `person`.
    pub kind: String,
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// An organization in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationSummary {
    /// The organization.
    pub organization: OrganizationView,
    /// How many of its projects the caller sees.
    pub projects: u64,
    /// How many rules the caller sees that give a role at it or in it.
    pub rules: u64,
    /// Enabled people who own it, by user name.
    pub owners: Vec<String>,
}

/// The list of organizations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationList {
    /// Those that the caller may see, by name.
    pub items: Vec<OrganizationSummary>,
    /// Whether the caller may make one.
    pub may_create: bool,
}

/// A project in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectSummary {
    /// The project.
    pub project: ProjectView,
    /// How many rules the caller sees that give a role in it.
    pub rules: u64,
}

/// An organization's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationDetail {
    /// The organization.
    pub organization: OrganizationView,
    /// Those of its projects that the caller sees, by name.
    pub projects: Vec<ProjectSummary>,
    /// Custom roles that belong to it.
    pub roles: Vec<RoleView>,
    /// How many rules the caller sees that give a role at it or in it.
    pub rules: u64,
    /// Enabled people who own it, by user name.
    pub owners: Vec<String>,
    /// What keeps it from being deleted: the first hundred of them.
    pub used_by: Vec<UsedBy>,
    /// Whether the caller may rename it.
    pub may_rename: bool,
    /// Whether the caller may delete it.
    pub may_delete: bool,
    /// Whether the caller may make projects in it.
    pub may_create_project: bool,
    /// Whether the caller may change its custom roles.
    pub may_manage_roles: bool,
}

/// A project's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectDetail {
    /// The project.
    pub project: ProjectView,
    /// What its organization is called.
    pub organization_name: String,
    /// How many rules the caller sees that give a role in it.
    pub rules: u64,
    /// What keeps it from being deleted: the first hundred of them.
    pub used_by: Vec<UsedBy>,
    /// Whether the caller may rename it.
    pub may_rename: bool,
    /// Whether the caller may delete it.
    pub may_delete: bool,
}

/// A role's page, and a row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDetail {
    /// The role.
    pub role: RoleView,
    /// What its organization is called.
    pub organization_name: Option<String>,
    /// What keeps it from being deleted: the first hundred of them. Empty in the list.
    pub used_by: Vec<UsedBy>,
    /// Whether the caller may change and delete it.
    pub may_manage: bool,
}

/// The list of roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleList {
    /// Built-in ones and those custom ones that the caller may see, level by level.
    pub items: Vec<RoleDetail>,
    /// Organizations that a new role may belong to: identifier and name.
    pub organizations: Vec<(String, String)>,
    /// Whether the caller may make a role that belongs to no organization.
    pub may_create_for_all: bool,
}
