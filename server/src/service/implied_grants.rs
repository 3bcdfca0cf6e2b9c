//! Roles that follow from others, added to those that somebody was given. Worked out anew each time, so that a project
//! made a moment ago is there.

use domain::{
    access::{Scope, implied},
    api::{Because, ImpliedBy, RoleGrantView, target_name},
    role::RoleName,
    target::Target,
};

use super::ServiceError;
use crate::state::Core;

/// Adds what follows; a role that is held anyway gets one more reason.
///
/// # Errors
/// The database.
pub(crate) async fn add(core: &Core, grants: &mut Vec<RoleGrantView>) -> Result<(), ServiceError> {
    let held: Vec<(RoleName, Target)> = grants
        .iter()
        .filter_map(|grant| {
            Some((grant.role.clone(), Target::from_parts(grant.level, grant.target.as_deref())?))
        })
        .filter(|(_, target)| *target != Target::Global)
        .collect();
    if held.is_empty() {
        return Ok(());
    }
    let (mut organizations, mut projects) = (Vec::new(), Vec::new());
    for (_, target) in &held {
        match target {
            Target::Organization(id) => organizations.push(id.clone()),
            Target::Project(id) => projects.push(id.clone()),
            Target::Global => {}
        }
    }
    let scope = Scope::Some { organizations, projects };
    let mut tx = core.db.read().await?;
    let organizations = tx.organizations().within(&scope).await?;
    let projects = tx.projects().within(&scope).await?;
    drop(tx);
    let pairs: Vec<_> =
        projects.iter().map(|project| (project.id.clone(), project.organization.clone())).collect();
    let name = |target: &Target| {
        let project = match target {
            Target::Project(id) => projects.iter().find(|project| project.id == *id),
            _ => None,
        };
        let of = match target {
            Target::Organization(id) => Some(id),
            _ => project.map(|project| &project.organization),
        };
        let organization = organizations.iter().find(|organization| Some(&organization.id) == of);
        let organization = organization.map(|organization| organization.name.as_str());
        target_name(target, organization, project.map(|project| project.name.as_str()))
    };
    for new in implied(held.iter().map(|(role, at)| (role, at)), &pairs) {
        let (by, at) = &new.by;
        let because = Because {
            rule: None,
            group: None,
            integration: None,
            implied_by: Some(ImpliedBy {
                role: by.clone(),
                level: at.level(),
                target: at.id().map(str::to_owned),
                target_name: name(at),
            }),
        };
        let is_same = |grant: &&mut RoleGrantView| {
            grant.role == new.role
                && grant.level == new.target.level()
                && grant.target.as_deref() == new.target.id()
        };
        match grants.iter_mut().find(is_same) {
            Some(known) => known.because.push(because),
            None => grants.push(RoleGrantView {
                role: new.role.clone(),
                level: new.target.level(),
                target: new.target.id().map(str::to_owned),
                target_name: name(&new.target),
                because: vec![because],
            }),
        }
    }
    Ok(())
}
