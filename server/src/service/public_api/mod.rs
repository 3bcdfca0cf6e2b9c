//! What the public API that speaks as Ops Manager's does: organizations, projects, which groups of the identity
//! provider give which roles there, and the keys it is used with. See features A5 and A5b of Ops Manager's own
//! documentation, "Public API Resources" 1.0.

pub mod keys;
pub mod mappings;

use domain::{
    access::{Action, Caller, Permission, Place},
    api::ProjectView,
    id::OrganizationId,
    target::Target,
};

fn holds(caller: &Caller, at: &Target, roles: &[&str]) -> bool {
    caller
        .grants
        .iter()
        .any(|(role, target)| target == at && (roles.is_empty() || roles.contains(&role.as_str())))
}

fn may(caller: &Caller, permission: Permission) -> bool {
    caller.require(permission).is_ok()
}

/// Whether the caller sees the organization: by a global role, a role in it, or a role in one of its projects.
#[must_use]
pub fn sees_organization(caller: &Caller, id: &OrganizationId, projects: &[ProjectView]) -> bool {
    may(caller, Permission::ViewMappings)
        || holds(caller, &Target::Organization(id.clone()), &[])
        || projects
            .iter()
            .filter(|project| project.organization == *id)
            .any(|project| holds(caller, &Target::Project(project.id.clone()), &[]))
}

/// Whether the caller may change the organization and what groups give there: a global or an organization's owner.
#[must_use]
pub fn owns_organization(caller: &Caller, id: &OrganizationId) -> bool {
    caller.may(Action::Rename, &Place::Organization(id.clone()))
}

/// Whether the caller may make organizations.
#[must_use]
pub fn makes_organizations(caller: &Caller) -> bool {
    may(caller, Permission::ManageTenancy) && may(caller, Permission::ManageMappings)
}

/// Whether the caller may make projects in the organization.
#[must_use]
pub fn makes_projects(caller: &Caller, id: &OrganizationId) -> bool {
    caller.may(Action::CreateProject, &Place::Organization(id.clone()))
}

/// Whether the caller sees the project.
#[must_use]
pub fn sees_project(caller: &Caller, project: &ProjectView) -> bool {
    may(caller, Permission::ViewMappings)
        || holds(caller, &Target::Organization(project.organization.clone()), &["ORG_OWNER", "ORG_READ_ONLY"])
        || holds(caller, &Target::Project(project.id.clone()), &[])
}

/// Whether the caller may rename and tag the project.
#[must_use]
pub fn owns_project(caller: &Caller, project: &ProjectView) -> bool {
    caller.may(Action::Rename, &at(project))
}

/// Whether the caller may say what groups give in the project; which roles, each rule is asked.
#[must_use]
pub fn maps_project(caller: &Caller, project: &ProjectView) -> bool {
    caller.may(Action::EditRules, &at(project))
}

fn at(project: &ProjectView) -> Place {
    Place::Project { id: project.id.clone(), organization: project.organization.clone() }
}
