//! The role for people whom no rule gives one: where it counts, and who may set it.

use domain::{
    access::{Caller, Permission},
    form::{FieldCode, FieldErrors},
    integration::IntegrationSettings,
    role,
    target::Level,
};
use store::Tx;

use crate::service::{ServiceError, apply::places::Places};

/// The member that names the place.
const FIELD: &str = "defaultRoleTarget";

/// Replaces the place's name by its identifier. Whoever sets a default role gives roles, so they must be allowed to.
///
/// # Errors
/// Not allowed; the place is not there; the database.
pub(crate) async fn settle(
    caller: &Caller,
    tx: &mut Tx,
    old: Option<&IntegrationSettings>,
    settings: &mut IntegrationSettings,
) -> Result<(), ServiceError> {
    let role = settings.default_role.as_deref().and_then(role::builtin);
    if let (Some(text), Some(role)) = (settings.default_role_target.clone(), role) {
        let same = old.is_some_and(|old| {
            old.default_role == settings.default_role
                && old.default_role_target == settings.default_role_target
        });
        if !same {
            settings.default_role_target = Some(resolve(tx, role.level, &text).await?);
        }
    }
    let given = |settings: &IntegrationSettings| settings.default_grant();
    if settings.default_grant().is_some() && old.and_then(given) != settings.default_grant() {
        caller.require(Permission::ManageMappings)?;
    }
    Ok(())
}

/// The identifier of what somebody called by name.
pub(crate) async fn resolve(tx: &mut Tx, level: Level, text: &str) -> Result<String, ServiceError> {
    let places = Places::read(tx).await?;
    let found = match level {
        Level::Global => Err(FieldCode::RoleNotOfLevel),
        Level::Organization => places.organization(text).map(|id| id.to_string()),
        Level::Project => places.project(text).map(|id| id.to_string()),
    };
    found.map_err(|code| FieldErrors::one(FIELD, code).into())
}
