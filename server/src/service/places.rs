//! What the pages of organizations and projects show, and what hangs on them.

use domain::{
    access::{Action, Caller, Permission, Place, Scope},
    api::{
        MappingChoices, OrganizationDetail, OrganizationList, OrganizationSummary, OrganizationView,
        PageQuery, ProjectDetail, ProjectSummary, ProjectView, RuleFilter, RuleView, UsedBy,
    },
    id::{OrganizationId, ProjectId},
    problem::ProblemCode,
    role,
};
use store::{OrganizationOwner, Tx};

use super::{ServiceError, delegated, roles, tenancy::found};
use crate::state::Core;

/// The most things that are listed by name when something is in use.
pub(crate) const LISTED: u32 = 100;

/// Every organization the caller sees, with what is in it.
///
/// # Errors
/// Not allowed; the database.
pub async fn organizations(core: &Core, caller: &Caller) -> Result<OrganizationList, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let seen = caller.scope(Action::See);
    let organizations = tx.organizations().within(&seen).await?;
    let projects = tx.projects().within(&seen).await?;
    let rules = tx.organizations().rule_counts(&caller.scope(Action::SeeRules)).await?;
    let owners = tx.organizations().owners().await?;
    let summary = |organization: OrganizationView| {
        let of_it = projects.iter().filter(|project| project.organization == organization.id).count();
        OrganizationSummary {
            projects: u64::try_from(of_it).unwrap_or(u64::MAX),
            rules: rules.organizations.get(organization.id.as_str()).copied().unwrap_or_default(),
            owners: owners_of(&owners, &organization.id),
            organization,
        }
    };
    Ok(OrganizationList {
        items: organizations.into_iter().map(summary).collect(),
        may_create: caller.require(Permission::ManageTenancy).is_ok(),
    })
}

fn owners_of(owners: &[OrganizationOwner], id: &OrganizationId) -> Vec<String> {
    owners.iter().filter(|owner| owner.organization == *id).map(|owner| owner.username.clone()).collect()
}

/// One organization's page.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn organization(
    core: &Core,
    caller: &Caller,
    id: &OrganizationId,
) -> Result<OrganizationDetail, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let organization = seen_organization(&mut tx, caller, id).await?;
    let projects = tx.projects().within(&caller.scope(Action::See)).await?;
    let rules = tx.organizations().rule_counts(&caller.scope(Action::SeeRules)).await?;
    let place = Place::Organization(id.clone());
    let may_delete = caller.may(Action::Delete, &place);
    let used_by = if may_delete { organization_used_by(&mut tx, id).await? } else { Vec::new() };
    let custom = roles::visible(&mut tx, caller).await?;
    let owners = tx.organizations().owners().await?;
    let projects = projects.into_iter().filter(|project| project.organization == *id);
    Ok(OrganizationDetail {
        projects: projects
            .map(|project| ProjectSummary {
                rules: rules.projects.get(project.id.as_str()).copied().unwrap_or_default(),
                project,
            })
            .collect(),
        roles: custom.into_iter().filter(|role| role.organization.as_ref() == Some(id)).collect(),
        rules: rules.organizations.get(id.as_str()).copied().unwrap_or_default(),
        owners: owners_of(&owners, id),
        used_by,
        may_rename: caller.may(Action::Rename, &place),
        may_delete,
        may_create_project: caller.may(Action::CreateProject, &place),
        may_manage_roles: caller.may(Action::ManageRoles, &place),
        organization,
    })
}

/// One project's page.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn project(core: &Core, caller: &Caller, id: &ProjectId) -> Result<ProjectDetail, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let (project, place) = seen_project(&mut tx, caller, id).await?;
    let organization = tx.organizations().find(&project.organization).await?;
    let rules = tx.organizations().rule_counts(&caller.scope(Action::SeeRules)).await?;
    let may_delete = caller.may(Action::Delete, &place);
    let used_by = if may_delete { project_used_by(&mut tx, id).await? } else { Vec::new() };
    Ok(ProjectDetail {
        organization_name: organization.map(|organization| organization.name).unwrap_or_default(),
        rules: rules.projects.get(id.as_str()).copied().unwrap_or_default(),
        used_by,
        may_rename: caller.may(Action::Rename, &place),
        may_delete,
        project,
    })
}

/// The organization, for those who see it.
///
/// # Errors
/// Not there; the database.
pub(crate) async fn seen_organization(
    tx: &mut Tx,
    caller: &Caller,
    id: &OrganizationId,
) -> Result<OrganizationView, ServiceError> {
    let organization = found(tx.organizations().find(id).await?)?;
    if delegated::sees_organization(tx, caller, id).await? {
        Ok(organization)
    } else {
        Err(ServiceError::Refused(ProblemCode::NotFound))
    }
}

/// The project and where it lies, for those who see it.
///
/// # Errors
/// Not there; the database.
pub(crate) async fn seen_project(
    tx: &mut Tx,
    caller: &Caller,
    id: &ProjectId,
) -> Result<(ProjectView, Place), ServiceError> {
    let project = found(tx.projects().find(id).await?)?;
    let place = Place::Project { id: project.id.clone(), organization: project.organization.clone() };
    if caller.may(Action::See, &place) {
        Ok((project, place))
    } else {
        Err(ServiceError::Refused(ProblemCode::NotFound))
    }
}

/// What keeps an organization from being deleted: its projects, then rules at it or in it.
///
/// # Errors
/// The database.
pub(crate) async fn organization_used_by(
    tx: &mut Tx,
    id: &OrganizationId,
) -> Result<Vec<UsedBy>, ServiceError> {
    let scope = Scope::Some { organizations: vec![id.clone()], projects: Vec::new() };
    let project = |project: ProjectView| UsedBy {
        kind: "project".to_owned(),
        id: project.id.to_string(),
        name: project.name,
    };
    let mut all: Vec<UsedBy> = tx.projects().within(&scope).await?.into_iter().map(project).collect();
    all.extend(rules_within(tx, scope).await?);
    all.truncate(usize::try_from(LISTED).unwrap_or(usize::MAX));
    Ok(all)
}

/// What keeps a project from being deleted: rules at it.
///
/// # Errors
/// The database.
pub(crate) async fn project_used_by(tx: &mut Tx, id: &ProjectId) -> Result<Vec<UsedBy>, ServiceError> {
    rules_within(tx, Scope::Some { organizations: Vec::new(), projects: vec![id.clone()] }).await
}

async fn rules_within(tx: &mut Tx, scope: Scope) -> Result<Vec<UsedBy>, ServiceError> {
    listed(tx, &RuleFilter { within: Some(scope), ..RuleFilter::default() }).await
}

/// The first hundred rules that give this role.
///
/// # Errors
/// The database.
pub(crate) async fn rules_giving(tx: &mut Tx, role: &str) -> Result<Vec<UsedBy>, ServiceError> {
    listed(tx, &RuleFilter { role: Some(role.to_owned()), ..RuleFilter::default() }).await
}

async fn listed(tx: &mut Tx, filter: &RuleFilter) -> Result<Vec<UsedBy>, ServiceError> {
    let query = PageQuery { page_size: LISTED, cursor: None };
    let page = tx.mapping_rules().list(filter, &query).await?;
    Ok(page.items.into_iter().map(used_by_rule).collect())
}

/// `platform-admins → Project owner at Atlas / billing`.
fn used_by_rule(rule: RuleView) -> UsedBy {
    let label = role::label(rule.role.as_str());
    let place = rule.target_name.map(|name| format!(" at {name}")).unwrap_or_default();
    UsedBy {
        kind: "mapping rule".to_owned(),
        id: rule.id.to_string(),
        name: format!("{} \u{2192} {label}{place}", rule.group),
    }
}

/// What a rule's fields offer this caller.
///
/// # Errors
/// Not allowed; the database.
pub(super) async fn choices(core: &Core, caller: &Caller) -> Result<MappingChoices, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let scope = caller.scope(Action::SeeRules);
    let integrations = tx.integrations().list().await?;
    let organizations = tx.organizations().within(&scope).await?;
    let projects = tx.projects().within(&scope).await?;
    let custom = roles::visible(&mut tx, caller).await?;
    let name_of = |id| organizations.iter().find(|org| &org.id == id).map_or("?", |org| org.name.as_str());
    let projects = projects.iter().map(|project| {
        (project.id.to_string(), format!("{} / {}", name_of(&project.organization), project.name))
    });
    // Organizations that are seen only because of a project in them take no rules of this caller's.
    let own = organizations.iter().filter(|org| scope.has(&Place::Organization(org.id.clone())));
    Ok(MappingChoices {
        integrations: integrations.into_iter().map(|i| (i.settings.name, i.settings.label)).collect(),
        projects: projects.collect(),
        organizations: own.map(|org| (org.id.to_string(), org.name.clone())).collect(),
        groups: Vec::new(),
        custom_roles: custom
            .into_iter()
            .map(|role| (role.level, role.name.to_string(), role.label))
            .collect(),
    })
}
