//! Organizations, projects and roles, and what their pages show.

use serde::{Deserialize, Serialize};

use crate::{
    id::{OrganizationId, ProjectId},
    role::RoleName,
    target::Level,
    time::Timestamp,
};

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    /// 24 hex digits.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectView {
    /// 24 hex digits.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}

/// A role of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    /// `GLOBAL_OWNER`.
    pub name: RoleName,
    /// Where it can be granted.
    pub level: Level,
    /// What people call it.
    pub label: String,
    /// What it lets somebody do.
    pub description: String,
    /// Whether every installation has it.
    pub builtin: bool,
    /// The organization a custom role belongs to: it counts there and in its projects only; `null`: everywhere.
    #[serde(default)]
    pub organization: Option<OrganizationId>,
    /// Grows by one with every change of a custom role; 0 for a built-in one.
    #[serde(default)]
    pub revision: i64,
}

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
