//! What callers may do at one place and not at another: who looks after an organization or a project does that there
//! only, and does not learn of others.

use domain::{
    access::{Action, Caller, NotAllowed, Permission, Place},
    form::{FieldCode, FieldErrors},
    id::OrganizationId,
    mapping::MappingRule,
    problem::ProblemCode,
    role::RoleName,
    target::Target,
};
use store::Tx;

use super::ServiceError;

/// Where the target lies; `None`: there is no such target.
///
/// # Errors
/// The database.
pub(crate) async fn place_of(tx: &mut Tx, target: &Target) -> Result<Option<Place>, ServiceError> {
    Ok(match target {
        Target::Global => Some(Place::Global),
        Target::Organization(id) => {
            tx.organizations().find(id).await?.map(|_| Place::Organization(id.clone()))
        }
        Target::Project(id) => tx
            .projects()
            .find(id)
            .await?
            .map(|project| Place::Project { id: project.id, organization: project.organization }),
    })
}

/// Whether the caller sees the organization: by a role there, or because of a project in it.
///
/// # Errors
/// The database.
pub(crate) async fn sees_organization(
    tx: &mut Tx,
    caller: &Caller,
    id: &OrganizationId,
) -> Result<bool, ServiceError> {
    if caller.may(Action::See, &Place::Organization(id.clone())) {
        return Ok(true);
    }
    let seen = tx.projects().within(&caller.scope(Action::See)).await?;
    Ok(seen.iter().any(|project| project.organization == *id))
}

/// Passes when the caller, who sees the place, may do this there.
///
/// # Errors
/// [`NotAllowed`].
pub(crate) fn allow(caller: &Caller, action: Action<'_>, place: &Place) -> Result<(), ServiceError> {
    if caller.may(action, place) {
        return Ok(());
    }
    let missing = match action {
        Action::Grant(_) | Action::EditRules | Action::SeeRules => Permission::ManageMappings,
        _ => Permission::ManageTenancy,
    };
    Err(NotAllowed::Missing(missing).into())
}

/// Passes when the caller may see this rule.
///
/// # Errors
/// [`ProblemCode::NotFound`]; the database.
pub(crate) async fn see_rule(tx: &mut Tx, caller: &Caller, target: &Target) -> Result<(), ServiceError> {
    let hidden = ServiceError::Refused(ProblemCode::NotFound);
    let Some(place) = place_of(tx, target).await? else { return Err(hidden) };
    if caller.may(Action::SeeRules, &place) { Ok(()) } else { Err(hidden) }
}

/// Passes when the caller may change or remove this rule: they could have made it.
///
/// # Errors
/// [`ProblemCode::NotFound`], [`NotAllowed`]; the database.
pub(crate) async fn change_rule(
    tx: &mut Tx,
    caller: &Caller,
    rule: &MappingRule,
) -> Result<(), ServiceError> {
    let Some(place) = place_of(tx, &rule.target).await? else {
        return Err(ServiceError::Refused(ProblemCode::NotFound));
    };
    if !caller.may(Action::SeeRules, &place) {
        return Err(ServiceError::Refused(ProblemCode::NotFound));
    }
    // A role of another level than its target gives nothing; who edits rules there may clear it away.
    let action = Action::Grant(&rule.role);
    let action = if action.is_of(place.level()) { action } else { Action::EditRules };
    allow(caller, action, &place)
}

/// Passes when the caller may have a rule give this role there.
///
/// # Errors
/// By field; the database.
pub(crate) async fn give(
    tx: &mut Tx,
    caller: &Caller,
    role: &RoleName,
    target: &Target,
) -> Result<(), ServiceError> {
    // That there is no such target is told with the other fields.
    let Some(place) = place_of(tx, target).await? else { return Ok(()) };
    if caller.may(Action::Grant(role), &place) {
        return Ok(());
    }
    let is_hidden = place != Place::Global && !caller.may(Action::SeeRules, &place);
    Err(if is_hidden {
        FieldErrors::one("target", FieldCode::NotThere).into()
    } else {
        FieldErrors::one("role", FieldCode::RoleNotOwn).into()
    })
}
