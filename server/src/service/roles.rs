//! The catalogue of roles and the custom ones beside it.

use domain::{
    access::{Action, Caller, Permission, Place, Scope},
    api::{RoleDetail, RoleList, RoleView, UsedBy},
    audit::{AuditKind, diff},
    form::{FieldCode, FieldErrors, RoleForm, ValidRole},
    id::OrganizationId,
    problem::ProblemCode,
    role::{CATALOGUE, RoleName, builtin},
    target::Target,
};
use serde_json::{Value, json};
use store::Tx;

use super::{
    ServiceError, audit, delegated,
    expected::Expected,
    places,
    shape::{self, Shape, field, optional},
    tenancy::{found, shown},
};
use crate::state::Core;

const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);

/// The body of a new custom role.
pub const CREATE: Shape = Shape::Named(
    "RoleInput",
    &Shape::Object(&[
        field(
            "name",
            Shape::Text,
            "GLOBAL_, ORG_ or GROUP_, then capital letters, digits and _; fixed afterwards.",
        ),
        field("label", Shape::Text, "What people call it, 1 to 64 characters."),
        optional("description", Shape::Text, "What it lets somebody do, up to 500 characters."),
        optional(
            "organization",
            TEXT_OR_NULL,
            "The organization it belongs to; null: it can be given everywhere.",
        ),
    ]),
);
/// What may be changed of a custom role.
pub const PATCH: Shape = Shape::Named(
    "RolePatch",
    &Shape::Object(&[
        optional("label", Shape::Text, "What people call it, 1 to 64 characters."),
        optional("description", Shape::Text, "What it lets somebody do, up to 500 characters."),
    ]),
);

const READ_ONLY: [&str; 5] = ["name", "level", "builtin", "organization", "revision"];

/// The roles of the catalogue, as clients read them.
#[must_use]
pub fn catalogue() -> Vec<RoleView> {
    let view = |role: &domain::role::BuiltinRole| RoleView {
        name: RoleName::new(role.name),
        level: role.level,
        label: role.label.to_owned(),
        description: role.description.to_owned(),
        builtin: true,
        organization: None,
        revision: 0,
    };
    CATALOGUE.iter().map(view).collect()
}

/// Every role the caller may see: the catalogue, then custom ones by name.
///
/// # Errors
/// Not allowed; the database.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<RoleView>, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let mut all = catalogue();
    all.extend(visible(&mut tx, caller).await?);
    Ok(all)
}

/// Custom roles the caller may see: those of no organization, and those of organizations they see.
pub(super) async fn visible(tx: &mut Tx, caller: &Caller) -> Result<Vec<RoleView>, ServiceError> {
    let seen = tx.organizations().within(&caller.scope(Action::See)).await?;
    let sees = |id: &OrganizationId| seen.iter().any(|organization| organization.id == *id);
    let all = tx.roles().all().await?;
    Ok(all.into_iter().filter(|role| role.organization.as_ref().is_none_or(sees)).collect())
}

/// One role.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, name: &str) -> Result<RoleView, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    if let Some(role) = catalogue().into_iter().find(|role| role.name.as_str() == name) {
        return Ok(role);
    }
    let mut tx = core.db.read().await?;
    custom(&mut tx, caller, name).await
}

/// A custom role that the caller sees.
async fn custom(tx: &mut Tx, caller: &Caller, name: &str) -> Result<RoleView, ServiceError> {
    let role = found(tx.roles().find(&RoleName::new(name)).await?)?;
    let is_seen = match &role.organization {
        Some(id) => delegated::sees_organization(tx, caller, id).await?,
        None => true,
    };
    if is_seen { Ok(role) } else { Err(ServiceError::Refused(ProblemCode::NotFound)) }
}

/// A custom role that the caller may change; built-in ones nobody may.
async fn changeable(tx: &mut Tx, caller: &Caller, name: &str) -> Result<RoleView, ServiceError> {
    if builtin(name).is_some_and(|role| role.name == name) {
        caller.require(Permission::ManageTenancy)?;
        return Err(FieldErrors::one("name", FieldCode::Fixed).into());
    }
    let role = custom(tx, caller, name).await?;
    delegated::allow(caller, Action::ManageRoles, &home(&role))?;
    Ok(role)
}

/// The place that a custom role belongs to.
pub(super) fn home(role: &RoleView) -> Place {
    role.organization.clone().map_or(Place::Global, Place::Organization)
}

/// Whether the role exists and can be given there: a custom one of an organization counts in that organization only.
///
/// # Errors
/// The database.
pub(crate) async fn counts_at(tx: &mut Tx, role: &RoleName, target: &Target) -> Result<bool, ServiceError> {
    if builtin(role.as_str()).is_some() {
        return Ok(true);
    }
    let Some(role) = tx.roles().find(role).await? else { return Ok(false) };
    let Some(organization) = role.organization else { return Ok(true) };
    // That there is no such target is another problem.
    let place = delegated::place_of(tx, target).await?;
    Ok(place.is_none_or(|place| place.lies_in(&Target::Organization(organization))))
}

/// Creates a custom role from JSON.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_from_json(
    core: &Core,
    caller: &Caller,
    mut body: Value,
) -> Result<RoleView, ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    shape::take_read_only(&mut body, &Value::Null, &["level", "builtin", "revision"])?;
    create(core, caller, &form(&body)?).await
}

/// A custom role's form from JSON.
///
/// # Errors
/// Every problem, by member.
pub fn form(body: &Value) -> Result<RoleForm, FieldErrors> {
    let mut errors = FieldErrors::default();
    CREATE.check(body, "", &mut errors);
    errors.into_result(())?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(RoleForm {
        name: text("name"),
        label: text("label"),
        description: text("description"),
        organization: text("organization"),
    })
}

/// Creates a custom role.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create(core: &Core, caller: &Caller, form: &RoleForm) -> Result<RoleView, ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let role = form.validate()?;
    let mut tx = core.db.begin().await?;
    let made = insert_in(caller, &mut tx, &role).await?;
    tx.commit().await?;
    Ok(made)
}

/// Creates a custom role in an open transaction.
pub(crate) async fn insert_in(
    caller: &Caller,
    tx: &mut Tx,
    role: &ValidRole,
) -> Result<RoleView, ServiceError> {
    let nowhere = || ServiceError::Fields(FieldErrors::one("organization", FieldCode::NotThere));
    match &role.organization {
        Some(id) => {
            tx.organizations().find(id).await?.ok_or_else(nowhere)?;
            if !delegated::sees_organization(tx, caller, id).await? {
                return Err(nowhere());
            }
            delegated::allow(caller, Action::ManageRoles, &Place::Organization(id.clone()))?;
        }
        None if caller.may(Action::ManageRoles, &Place::Global) => {}
        None => return Err(FieldErrors::one("organization", FieldCode::Required).into()),
    }
    let taken = || ServiceError::Fields(FieldErrors::one("name", FieldCode::Taken));
    if tx.roles().find(&role.name).await?.is_some() {
        return Err(taken());
    }
    let made = tx.roles().insert(role).await.map_err(|error| match error {
        store::Error::Taken(_) => taken(),
        other => other.into(),
    })?;
    record(caller, tx, AuditKind::RoleCreated, &made, body_of(&made)).await?;
    Ok(made)
}

/// Changes label and description by a JSON merge patch (RFC 7396).
///
/// # Errors
/// Not allowed; not there; built-in; fields; changed meanwhile; the database.
pub async fn update_from_json(
    core: &Core,
    caller: &Caller,
    name: &str,
    expected: &Expected,
    mut body: Value,
) -> Result<RoleView, ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let mut tx = core.db.begin().await?;
    let old = changeable(&mut tx, caller, name).await?;
    expected.check(old.revision)?;
    shape::take_read_only(&mut body, &shown(&old)?, &READ_ONLY)?;
    let mut errors = FieldErrors::default();
    PATCH.check(&body, "", &mut errors);
    errors.into_result(())?;
    let text = |name: &str, old: &str| body.get(name).and_then(Value::as_str).unwrap_or(old).to_owned();
    let form = RoleForm {
        name: old.name.to_string(),
        label: text("label", &old.label),
        description: text("description", &old.description),
        organization: String::new(),
    };
    let new = update_in(caller, &mut tx, &old, &form.validate()?).await?;
    tx.commit().await?;
    Ok(new)
}

/// Changes label and description in an open transaction. Nothing happens when nothing differs.
pub(crate) async fn update_in(
    caller: &Caller,
    tx: &mut Tx,
    old: &RoleView,
    new: &ValidRole,
) -> Result<RoleView, ServiceError> {
    if old.label == new.label && old.description == new.description {
        return Ok(old.clone());
    }
    let after = tx.roles().update(old, &new.label, &new.description).await?;
    let detail = diff(&body_of(old), &body_of(&after), &[]);
    record(caller, tx, AuditKind::RoleChanged, &after, detail).await?;
    Ok(after)
}

/// Deletes a custom role that nobody uses.
///
/// # Errors
/// Not allowed; not there; built-in; in use; changed meanwhile; the database.
pub async fn delete(
    core: &Core,
    caller: &Caller,
    name: &str,
    expected: &Expected,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageSomePlaces)?;
    let mut tx = core.db.begin().await?;
    let old = changeable(&mut tx, caller, name).await?;
    expected.check(old.revision)?;
    remove_in(caller, &mut tx, &old).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a custom role in an open transaction.
pub(crate) async fn remove_in(caller: &Caller, tx: &mut Tx, old: &RoleView) -> Result<(), ServiceError> {
    let rules = tx.roles().count_rules(&old.name).await?;
    let people = tx.roles().count_people(&old.name).await?;
    if rules > 0 || people > 0 {
        let counts =
            [("mapping rule", rules), ("person", people)].into_iter().filter(|(_, count)| *count > 0);
        return Err(ServiceError::UsedBy { counts: counts.collect(), items: users_of(tx, &old.name).await? });
    }
    tx.roles().delete(old).await?;
    record(caller, tx, AuditKind::RoleDeleted, old, body_of(old)).await
}

/// Rules that give it, and people who have it: the first hundred.
async fn users_of(tx: &mut Tx, name: &RoleName) -> Result<Vec<UsedBy>, ServiceError> {
    let mut all = places::rules_giving(tx, name.as_str()).await?;
    all.extend(tx.roles().people(name).await?);
    all.truncate(usize::try_from(places::LISTED).unwrap_or(usize::MAX));
    Ok(all)
}

/// The page with all roles.
///
/// # Errors
/// Not allowed; the database.
pub async fn overview(core: &Core, caller: &Caller) -> Result<RoleList, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let seen = tx.organizations().within(&caller.scope(Action::See)).await?;
    let name_of = |id: &OrganizationId| seen.iter().find(|o| o.id == *id).map(|o| o.name.clone());
    let mut all = catalogue();
    all.extend(visible(&mut tx, caller).await?);
    all.sort_by_key(|role| role.level);
    let detail = |role: RoleView| RoleDetail {
        organization_name: role.organization.as_ref().and_then(name_of),
        may_manage: !role.builtin && caller.may(Action::ManageRoles, &home(&role)),
        used_by: Vec::new(),
        role,
    };
    let own = match caller.scope(Action::ManageRoles) {
        Scope::All => seen.iter().collect::<Vec<_>>(),
        Scope::Some { organizations, .. } => seen.iter().filter(|o| organizations.contains(&o.id)).collect(),
    };
    Ok(RoleList {
        items: all.into_iter().map(detail).collect(),
        organizations: own.into_iter().map(|o| (o.id.to_string(), o.name.clone())).collect(),
        may_create_for_all: caller.may(Action::ManageRoles, &Place::Global),
    })
}

/// One role's page. Who uses it is told to those who may change it: they need it to delete it.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn detail(core: &Core, caller: &Caller, name: &str) -> Result<RoleDetail, ServiceError> {
    let role = get(core, caller, name).await?;
    let mut tx = core.db.read().await?;
    let organization_name = match &role.organization {
        Some(id) => tx.organizations().find(id).await?.map(|organization| organization.name),
        None => None,
    };
    let may_manage = !role.builtin && caller.may(Action::ManageRoles, &home(&role));
    let used_by = if may_manage { users_of(&mut tx, &role.name).await? } else { Vec::new() };
    Ok(RoleDetail { role, organization_name, used_by, may_manage })
}

/// A custom role as the audit log shows it.
fn body_of(role: &RoleView) -> Value {
    json!({
        "label": role.label,
        "description": role.description,
        "level": role.level,
        "organization": role.organization,
    })
}

async fn record(
    caller: &Caller,
    tx: &mut Tx,
    kind: AuditKind,
    role: &RoleView,
    detail: Value,
) -> Result<(), ServiceError> {
    tx.audit_events()
        .append(&audit::event(caller, kind, Some(format!("role:{}", role.name)), detail))
        .await?;
    Ok(())
}
