//! Roles that follow from other roles, as in Ops Manager: a project role brings membership of the project's organization,
//! and who owns an organization owns its projects. They are worked out when they are asked for and not stored, so that a
//! new project is covered at once.

use crate::{
    id::{OrganizationId, ProjectId},
    role::RoleName,
    target::Target,
};

/// A role that follows from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpliedGrant {
    /// The role.
    pub role: RoleName,
    /// Where.
    pub target: Target,
    /// The role it follows from, and where that is held.
    pub by: (RoleName, Target),
}

/// What follows from these roles; `projects` are the projects that matter, each with its organization.
#[must_use]
pub fn implied<'a>(
    held: impl Iterator<Item = (&'a RoleName, &'a Target)>,
    projects: &[(ProjectId, OrganizationId)],
) -> Vec<ImpliedGrant> {
    let mut all = Vec::new();
    for (role, at) in held {
        let mut add = |name: &'static str, target: Target| {
            all.push(ImpliedGrant { role: RoleName::new(name), target, by: (role.clone(), at.clone()) });
        };
        match at {
            Target::Organization(id) if role.as_str() == RoleName::ORG_OWNER => {
                for (project, _) in projects.iter().filter(|(_, organization)| organization == id) {
                    add(RoleName::GROUP_OWNER, Target::Project(project.clone()));
                }
            }
            Target::Project(id) => {
                if let Some((_, organization)) = projects.iter().find(|(project, _)| project == id) {
                    add(RoleName::ORG_MEMBER, Target::Organization(organization.clone()));
                }
            }
            Target::Global | Target::Organization(_) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_role_brings_membership_and_an_organizations_owner_owns_its_projects() {
        let (atlas, borg) = (OrganizationId::new("atlas"), OrganizationId::new("borg"));
        let (billing, stock, cube) =
            (ProjectId::new("billing"), ProjectId::new("stock"), ProjectId::new("cube"));
        let projects =
            [(billing.clone(), atlas.clone()), (stock.clone(), atlas.clone()), (cube.clone(), borg.clone())];
        let grant = |role: &str, target: Target| (RoleName::new(role), target);
        let held = [
            grant("ORG_OWNER", Target::Organization(atlas)),
            grant("GROUP_MY_ROLE", Target::Project(cube)),
            grant("ORG_READ_ONLY", Target::Organization(borg.clone())),
            grant("GLOBAL_OWNER", Target::Global),
        ];
        let found = implied(held.iter().map(|(role, at)| (role, at)), &projects);
        let found: Vec<_> =
            found.iter().map(|g| (g.role.as_str(), g.target.clone(), g.by.0.as_str())).collect();
        assert_eq!(
            found,
            [
                ("GROUP_OWNER", Target::Project(billing), "ORG_OWNER"),
                ("GROUP_OWNER", Target::Project(stock), "ORG_OWNER"),
                ("ORG_MEMBER", Target::Organization(borg), "GROUP_MY_ROLE"),
            ]
        );
    }
}
