//! Who may do what where: role × action × place. Organizations and projects are looked after by their own people, who
//! neither see nor touch what belongs to others.

use super::{Caller, Permission};
use crate::{
    id::{OrganizationId, ProjectId},
    role::{self, RoleName},
    target::{Level, Target},
};

/// A [`Target`] that knows where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The whole console.
    Global,
    /// This organization.
    Organization(OrganizationId),
    /// This project of this organization.
    Project {
        /// The project.
        id: ProjectId,
        /// The organization it belongs to.
        organization: OrganizationId,
    },
}

impl Place {
    /// The level of this place.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Global => Level::Global,
            Self::Organization(_) => Level::Organization,
            Self::Project { .. } => Level::Project,
        }
    }

    /// Whether a role that counts at `target` counts here too.
    #[must_use]
    pub fn lies_in(&self, target: &Target) -> bool {
        match (self, target) {
            (_, Target::Global) => true,
            (Self::Organization(id), Target::Organization(of)) => id == of,
            (Self::Project { organization, .. }, Target::Organization(of)) => organization == of,
            (Self::Project { id, .. }, Target::Project(of)) => id == of,
            _ => false,
        }
    }
}

/// What somebody wants to do at a [`Place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// See that it is there, and what it is called.
    See,
    /// See the rules that give roles there.
    SeeRules,
    /// Rename it.
    Rename,
    /// Delete it.
    Delete,
    /// Make a project in it.
    CreateProject,
    /// Make, change and delete the custom roles that belong to it.
    ManageRoles,
    /// Change rules there at all; which roles they may give is another question.
    EditRules,
    /// Have a rule give this role there, or take such a rule away.
    Grant(&'a RoleName),
}

impl Action<'_> {
    /// Whether there is such an action at this level.
    #[must_use]
    pub fn is_of(self, level: Level) -> bool {
        match self {
            Self::See | Self::SeeRules | Self::EditRules => true,
            Self::Rename | Self::Delete => level != Level::Global,
            Self::CreateProject => level == Level::Organization,
            Self::ManageRoles => level != Level::Project,
            Self::Grant(given) => role::level_of(given.as_str()) == Some(level),
        }
    }
}

/// Whether this role, held at this target, permits the action at the place. The whole table:
///
/// | role | where it counts | permits |
/// |---|---|---|
/// | `GLOBAL_OWNER` | everywhere | everything |
/// | `GLOBAL_USER_ADMIN` | everywhere | see; rules, except those that give `GLOBAL_OWNER` |
/// | `GLOBAL_READ_ONLY` | everywhere | see |
/// | `ORG_OWNER` | its organization and the projects in it | everything but deleting the organization |
/// | `ORG_GROUP_CREATOR` | the same | see places, make projects |
/// | `ORG_READ_ONLY` | the same | see |
/// | `GROUP_OWNER` | its project | see, rename, rules of every project role |
/// | `GROUP_USER_ADMIN` | its project | see; rules of `GROUP_USER_ADMIN`, `GROUP_READ_ONLY` and roles they hold themselves ([`may`]) |
/// | `GROUP_READ_ONLY` | its project | see |
/// | any other | | nothing |
#[must_use]
pub fn permits(role: &RoleName, held_at: &Target, action: Action<'_>, place: &Place) -> bool {
    let name = role.as_str();
    let is_real = role::level_of(name) == Some(held_at.level());
    if !is_real || !place.lies_in(held_at) || !action.is_of(place.level()) {
        return false;
    }
    let sees = matches!(action, Action::See | Action::SeeRules);
    match name {
        RoleName::GLOBAL_OWNER => true,
        RoleName::GLOBAL_USER_ADMIN => match action {
            Action::Grant(given) => given.as_str() != RoleName::GLOBAL_OWNER,
            action => sees || action == Action::EditRules,
        },
        RoleName::ORG_OWNER => action != Action::Delete || place.level() == Level::Project,
        RoleName::ORG_GROUP_CREATOR => matches!(action, Action::See | Action::CreateProject),
        RoleName::GROUP_OWNER => {
            sees || matches!(action, Action::Rename | Action::EditRules | Action::Grant(_))
        }
        RoleName::GROUP_USER_ADMIN => match action {
            Action::Grant(given) => {
                [RoleName::GROUP_USER_ADMIN, RoleName::GROUP_READ_ONLY].contains(&given.as_str())
            }
            action => sees || action == Action::EditRules,
        },
        RoleName::GLOBAL_READ_ONLY | RoleName::ORG_READ_ONLY | RoleName::GROUP_READ_ONLY => sees,
        _ => false,
    }
}

/// Whether somebody with these roles may do it: one of them permits it, or, for a rule's role, they may change rules
/// there and hold that role there themselves. Nobody grants more than they hold.
pub fn may<'a>(
    held: impl Iterator<Item = (&'a RoleName, &'a Target)> + Clone,
    action: Action<'_>,
    place: &Place,
) -> bool {
    if held.clone().any(|(role, at)| permits(role, at, action, place)) {
        return true;
    }
    let Action::Grant(given) = action else { return false };
    let holds = |(role, at): (&RoleName, &Target)| {
        role == given && at.level() == place.level() && place.lies_in(at) && action.is_of(place.level())
    };
    held.clone().any(|(role, at)| permits(role, at, Action::EditRules, place)) && held.clone().any(holds)
}

/// The places of which somebody may do one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// These organizations with everything in them, and these projects.
    Some {
        /// Organizations.
        organizations: Vec<OrganizationId>,
        /// Projects.
        projects: Vec<ProjectId>,
    },
}

impl Default for Scope {
    /// Nothing: what is forgotten stays hidden.
    fn default() -> Self {
        Self::Some { organizations: Vec::new(), projects: Vec::new() }
    }
}

impl Scope {
    /// Whether the place is among them.
    #[must_use]
    pub fn has(&self, place: &Place) -> bool {
        match (self, place) {
            (Self::All, _) => true,
            (Self::Some { .. }, Place::Global) => false,
            (Self::Some { organizations, .. }, Place::Organization(id)) => organizations.contains(id),
            (Self::Some { organizations, projects }, Place::Project { id, organization }) => {
                organizations.contains(organization) || projects.contains(id)
            }
        }
    }
}

/// A place inside this target, to ask what somebody may do there; whatever identifiers it lacks are empty.
fn inside(target: &Target) -> [Place; 2] {
    let project = |id: &str, organization: &str| Place::Project {
        id: ProjectId::new(id),
        organization: OrganizationId::new(organization),
    };
    match target {
        Target::Global => [Place::Global, project("", "")],
        Target::Organization(id) => [Place::Organization(id.clone()), project("", id.as_str())],
        Target::Project(id) => [project(id.as_str(), ""), project(id.as_str(), "")],
    }
}

/// What makes up a permission that counts somewhere; `None`: it is one for the whole console.
const fn actions_of(permission: Permission) -> Option<&'static [Action<'static>]> {
    match permission {
        Permission::ViewPlaces => Some(&[Action::See]),
        Permission::ManageSomeRules => Some(&[Action::EditRules]),
        Permission::ManageSomePlaces => Some(&[Action::Rename, Action::CreateProject, Action::ManageRoles]),
        _ => None,
    }
}

/// Whether somebody with these roles has the permission somewhere; it says nothing of where, which [`may`] does.
#[must_use]
pub fn has_somewhere(held: &[(RoleName, Target)], permission: Permission) -> bool {
    let Some(actions) = actions_of(permission) else { return false };
    held.iter().any(|(role, at)| {
        inside(at).iter().any(|place| actions.iter().any(|action| permits(role, at, *action, place)))
    })
}

impl Caller {
    /// Roles in force, the global ones too.
    fn held(&self) -> impl Iterator<Item = (&RoleName, &Target)> + Clone {
        let global = self.global_roles.iter().map(|role| (role, &Target::Global));
        global.chain(self.grants.iter().map(|(role, at)| (role, at)))
    }

    /// Whether the caller may do this there; see [`may`].
    #[must_use]
    pub fn may(&self, action: Action<'_>, place: &Place) -> bool {
        !self.must_change_password && may(self.held(), action, place)
    }

    /// The places where the caller may do this.
    #[must_use]
    pub fn scope(&self, action: Action<'_>) -> Scope {
        let (mut organizations, mut projects) = (Vec::new(), Vec::new());
        if self.must_change_password {
            return Scope::default();
        }
        for (role, at) in self.held() {
            if !inside(at).iter().any(|place| permits(role, at, action, place)) {
                continue;
            }
            match at {
                Target::Global => return Scope::All,
                Target::Organization(id) if !organizations.contains(id) => organizations.push(id.clone()),
                Target::Project(id) if !projects.contains(id) => projects.push(id.clone()),
                Target::Organization(_) | Target::Project(_) => {}
            }
        }
        Scope::Some { organizations, projects }
    }

    /// Those permissions of the caller that count only somewhere.
    #[must_use]
    pub fn delegated(&self) -> Vec<Permission> {
        let some = [Permission::ViewPlaces, Permission::ManageSomeRules, Permission::ManageSomePlaces];
        some.into_iter().filter(|permission| self.require(*permission).is_ok()).collect()
    }
}

#[cfg(test)]
mod tests;
