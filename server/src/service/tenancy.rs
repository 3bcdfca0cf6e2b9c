//! Organizations and projects.

use domain::{
    access::{Action, Caller, Permission, Place},
    api::{OrganizationView, Page, PageQuery, ProjectView, UsedBy},
    audit::{AuditKind, diff},
    form::{FieldCode, FieldErrors, OrganizationForm, ProjectForm},
    id::{OrganizationId, ProjectId},
    problem::ProblemCode,
};
use serde_json::{Value, json};
use store::{Tx, UniqueKey};

use super::{
    ServiceError, audit, delegated,
    expected::Expected,
    places,
    shape::{self, Shape, field, optional},
};
use crate::state::Core;

/// The body of an organization.
pub const ORGANIZATION: Shape = Shape::Named(
    "OrganizationInput",
    &Shape::Object(&[field("name", Shape::Text, "1 to 64 characters, unique.")]),
);
/// The body of a project.
pub const PROJECT: Shape = Shape::Named(
    "ProjectInput",
    &Shape::Object(&[
        field("name", Shape::Text, "1 to 64 characters, unique in the organization."),
        field("organization", Shape::Text, "The organization's identifier; fixed after creation."),
    ]),
);
/// What may be changed of an organization or a project.
pub const RENAME: Shape = Shape::Named(
    "NamePatch",
    &Shape::Object(&[optional("name", Shape::Text, "1 to 64 characters, unique.")]),
);

const READ_ONLY: [&str; 4] = ["id", "createdAt", "updatedAt", "revision"];

/// Organizations.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn organizations(
    core: &Core,
    caller: &Caller,
    page: &PageQuery,
) -> Result<Page<OrganizationView>, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    Ok(tx.organizations().list(&caller.scope(Action::See), page).await?)
}

/// One organization.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn organization(
    core: &Core,
    caller: &Caller,
    id: &OrganizationId,
) -> Result<OrganizationView, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    places::seen_organization(&mut tx, caller, id).await
}

/// Creates an organization.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_organization(
    core: &Core,
    caller: &Caller,
    body: Value,
) -> Result<OrganizationView, ServiceError> {
    caller.require(Permission::ManageTenancy)?;
    let form: OrganizationForm = ORGANIZATION.read(body)?;
    let mut tx = core.db.begin().await?;
    let made = insert_organization(caller, &mut tx, &form.validate()?).await?;
    tx.commit().await?;
    Ok(made)
}

/// Creates an organization in an open transaction.
pub(crate) async fn insert_organization(
    caller: &Caller,
    tx: &mut Tx,
    name: &str,
) -> Result<OrganizationView, ServiceError> {
    let made = tx.organizations().insert(name).await.map_err(|error| name_taken(error, "name"))?;
    let detail = json!({"name": made.name});
    let event = audit::event(
        caller,
        AuditKind::OrganizationCreated,
        Some(format!("organization:{}", made.id)),
        detail,
    );
    tx.audit_events().append(&event).await?;
    Ok(made)
}

/// Renames an organization.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn rename_organization(
    core: &Core,
    caller: &Caller,
    id: &OrganizationId,
    expected: &Expected,
    body: Value,
) -> Result<OrganizationView, ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let mut tx = core.db.begin().await?;
    let old = places::seen_organization(&mut tx, caller, id).await?;
    delegated::allow(caller, Action::Rename, &Place::Organization(id.clone()))?;
    expected.check(old.revision)?;
    let Some(name) = new_name(body, &shown(&old)?, &READ_ONLY, &old.name)? else { return Ok(old) };
    let new = tx.organizations().update(&old, &name).await.map_err(|error| name_taken(error, "name"))?;
    let detail = diff(&json!({"name": old.name}), &json!({"name": new.name}), &[]);
    let event =
        audit::event(caller, AuditKind::OrganizationChanged, Some(format!("organization:{id}")), detail);
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(new)
}

/// Deletes an organization that nothing hangs on.
///
/// # Errors
/// Not allowed; not there; in use; changed meanwhile; the database.
pub async fn delete_organization(
    core: &Core,
    caller: &Caller,
    id: &OrganizationId,
    expected: &Expected,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageTenancy)?;
    let mut tx = core.db.begin().await?;
    let old = found(tx.organizations().find(id).await?)?;
    expected.check(old.revision)?;
    remove_organization(caller, &mut tx, &old).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes an organization in an open transaction.
pub(crate) async fn remove_organization(
    caller: &Caller,
    tx: &mut Tx,
    old: &OrganizationView,
) -> Result<(), ServiceError> {
    let projects = tx.organizations().count_projects(&old.id).await?;
    let rules = tx.organizations().count_rules(&old.id).await?;
    if projects > 0 || rules > 0 {
        let items = places::organization_used_by(tx, &old.id).await?;
        return Err(in_use(&[("project", projects), ("mapping rule", rules)], items));
    }
    tx.organizations().delete(old).await?;
    let detail = json!({"name": old.name});
    let event = audit::event(
        caller,
        AuditKind::OrganizationDeleted,
        Some(format!("organization:{}", old.id)),
        detail,
    );
    tx.audit_events().append(&event).await?;
    Ok(())
}

/// Projects, of one organization or of all.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn projects(
    core: &Core,
    caller: &Caller,
    organization: Option<&OrganizationId>,
    page: &PageQuery,
) -> Result<Page<ProjectView>, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    Ok(tx.projects().list(&caller.scope(Action::See), organization, page).await?)
}

/// One project.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn project(core: &Core, caller: &Caller, id: &ProjectId) -> Result<ProjectView, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    Ok(places::seen_project(&mut tx, caller, id).await?.0)
}

/// Creates a project.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_project(core: &Core, caller: &Caller, body: Value) -> Result<ProjectView, ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let form: ProjectForm = PROJECT.read(body)?;
    let name = form.validate()?;
    let nowhere = || ServiceError::Fields(FieldErrors::one("organization", FieldCode::NotThere));
    let organization = OrganizationId::parse(form.organization.trim()).map_err(|_| nowhere())?;
    let mut tx = core.db.begin().await?;
    tx.organizations().find(&organization).await?.ok_or_else(nowhere)?;
    if !delegated::sees_organization(&mut tx, caller, &organization).await? {
        return Err(nowhere());
    }
    let made = insert_project(caller, &mut tx, &organization, &name).await?;
    tx.commit().await?;
    Ok(made)
}

/// Creates a project in an open transaction.
pub(crate) async fn insert_project(
    caller: &Caller,
    tx: &mut Tx,
    organization: &OrganizationId,
    name: &str,
) -> Result<ProjectView, ServiceError> {
    delegated::allow(caller, Action::CreateProject, &Place::Organization(organization.clone()))?;
    let made = tx.projects().insert(organization, name).await.map_err(|error| name_taken(error, "name"))?;
    let detail = json!({"name": made.name, "organization": made.organization});
    let event = audit::event(caller, AuditKind::ProjectCreated, Some(format!("project:{}", made.id)), detail);
    tx.audit_events().append(&event).await?;
    Ok(made)
}

/// Renames a project.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn rename_project(
    core: &Core,
    caller: &Caller,
    id: &ProjectId,
    expected: &Expected,
    mut body: Value,
) -> Result<ProjectView, ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let mut tx = core.db.begin().await?;
    let (old, place) = places::seen_project(&mut tx, caller, id).await?;
    delegated::allow(caller, Action::Rename, &place)?;
    expected.check(old.revision)?;
    if let Some(given) = body.as_object_mut().and_then(|body| body.remove("organization"))
        && given.as_str() != Some(old.organization.as_str())
    {
        return Err(FieldErrors::one("organization", FieldCode::Fixed).into());
    }
    let Some(name) = new_name(body, &shown(&old)?, &READ_ONLY, &old.name)? else { return Ok(old) };
    let new = tx.projects().update(&old, &name).await.map_err(|error| name_taken(error, "name"))?;
    let detail = diff(&json!({"name": old.name}), &json!({"name": new.name}), &[]);
    let event = audit::event(caller, AuditKind::ProjectChanged, Some(format!("project:{id}")), detail);
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(new)
}

/// Deletes a project that nothing hangs on.
///
/// # Errors
/// Not allowed; not there; in use; changed meanwhile; the database.
pub async fn delete_project(
    core: &Core,
    caller: &Caller,
    id: &ProjectId,
    expected: &Expected,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let mut tx = core.db.begin().await?;
    let (old, place) = places::seen_project(&mut tx, caller, id).await?;
    delegated::allow(caller, Action::Delete, &place)?;
    expected.check(old.revision)?;
    remove_project(caller, &mut tx, &old).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a project in an open transaction.
pub(crate) async fn remove_project(
    caller: &Caller,
    tx: &mut Tx,
    old: &ProjectView,
) -> Result<(), ServiceError> {
    let rules = tx.projects().count_rules(&old.id).await?;
    if rules > 0 {
        return Err(in_use(&[("mapping rule", rules)], places::project_used_by(tx, &old.id).await?));
    }
    tx.projects().delete(old).await?;
    let detail = json!({"name": old.name, "organization": old.organization});
    let event = audit::event(caller, AuditKind::ProjectDeleted, Some(format!("project:{}", old.id)), detail);
    tx.audit_events().append(&event).await?;
    Ok(())
}

/// The thing, or that it is not there.
pub(crate) fn found<T>(thing: Option<T>) -> Result<T, ServiceError> {
    thing.ok_or(ServiceError::Refused(ProblemCode::NotFound))
}

/// A thing as clients read it.
pub(crate) fn shown<T: serde::Serialize>(thing: &T) -> Result<Value, ServiceError> {
    serde_json::to_value(thing).map_err(|error| ServiceError::Internal(Box::new(error)))
}

/// The new name, `None` when it stays.
fn new_name(
    mut body: Value,
    current: &Value,
    read_only: &[&str],
    old: &str,
) -> Result<Option<String>, ServiceError> {
    shape::take_read_only(&mut body, current, read_only)?;
    let mut errors = FieldErrors::default();
    RENAME.check(&body, "", &mut errors);
    errors.into_result(())?;
    let Some(name) = body.get("name").and_then(Value::as_str) else { return Ok(None) };
    let name = OrganizationForm { name: name.to_owned() }.validate()?;
    Ok(Some(name).filter(|name| name != old))
}

fn name_taken(error: store::Error, field: &str) -> ServiceError {
    match error {
        store::Error::Taken(UniqueKey::OrganizationName | UniqueKey::ProjectName) => {
            FieldErrors::one(field, FieldCode::Taken).into()
        }
        other => other.into(),
    }
}

fn in_use(counts: &[(&'static str, u64)], items: Vec<UsedBy>) -> ServiceError {
    let counts = counts.iter().copied().filter(|(_, count)| *count > 0).collect();
    ServiceError::UsedBy { counts, items }
}
