//! One change of several rules: all of it, or nothing.

use domain::{
    access::{Caller, Permission},
    api::{BulkAction, BulkForm},
    form::{FieldCode, FieldErrors, ValidRule},
    id::RuleId,
    mapping::MappingRule,
    role::{BuiltinRole, RoleName, builtin},
};
use store::Tx;

use super::{makes_owners, remove_in, update_in};
use crate::{
    service::{
        ServiceError,
        guarded::{self, Before, Mode, PutOff},
    },
    state::Core,
};

/// The most rules of one change.
const MOST: usize = 500;

/// Changes these rules in one transaction; how many they were.
///
/// # Errors
/// Not allowed; what is wrong, with `rules.ID` for a rule; no way in is known to remain; the database.
pub async fn bulk(core: &Core, caller: &Caller, form: &BulkForm) -> Result<u32, ServiceError> {
    caller.require(Permission::ManageMappings)?;
    let (ids, action, role) = read(form)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let mut errors = FieldErrors::default();
    let mut is_guarded = false;
    for id in &ids {
        let at = format!("rules.{id}");
        let Some(old) = tx.mapping_rules().find(id).await? else {
            errors.add(at, FieldCode::NotThere);
            continue;
        };
        is_guarded |= makes_owners(&old);
        match one(caller, &mut tx, &old, action, role).await {
            Ok(()) => {}
            // The rule is named; the first thing that is wrong with it says why.
            Err(ServiceError::Fields(wrong)) => {
                let code = wrong.iter().next().map_or(FieldCode::Unsupported, |error| error.code.clone());
                errors.add(at, code);
            }
            Err(other) => return Err(other),
        }
    }
    errors.into_result(())?;
    if is_guarded {
        let summary = format!("Change {} mapping rules", ids.len());
        guarded::decide(core, caller, &mut tx, &before, Mode::Final, summary, &PutOff::default()).await?;
    }
    tx.commit().await?;
    Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX))
}

type Read = (Vec<RuleId>, BulkAction, Option<&'static BuiltinRole>);

fn read(form: &BulkForm) -> Result<Read, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut ids = Vec::new();
    for text in &form.rules {
        match RuleId::parse(text) {
            Ok(id) if ids.contains(&id) => {}
            Ok(id) => ids.push(id),
            Err(_) => errors.add("rules", FieldCode::NotThere),
        }
    }
    errors.check(!ids.is_empty() || !errors.is_empty(), "rules", FieldCode::Required);
    errors.check(ids.len() <= MOST, "rules", FieldCode::TooMany { max: 500 });
    let action = BulkAction::parse(&form.action);
    errors.check(action.is_some(), "action", FieldCode::UnknownChoice);
    let role = builtin(form.role.trim());
    if action == Some(BulkAction::Role) {
        let code = if form.role.trim().is_empty() { FieldCode::Required } else { FieldCode::UnknownChoice };
        errors.check(role.is_some(), "role", code);
    }
    match action {
        Some(action) if errors.is_empty() => Ok((ids, action, role)),
        _ => Err(errors),
    }
}

async fn one(
    caller: &Caller,
    tx: &mut Tx,
    old: &MappingRule,
    action: BulkAction,
    role: Option<&BuiltinRole>,
) -> Result<(), ServiceError> {
    let rule = ValidRule::of(old);
    match action {
        BulkAction::Delete => remove_in(caller, tx, old).await,
        BulkAction::Enable => update_in(caller, tx, old, &ValidRule { enabled: true, ..rule }).await,
        BulkAction::Disable => update_in(caller, tx, old, &ValidRule { enabled: false, ..rule }).await,
        BulkAction::Role => {
            let fits = role.filter(|role| role.level == old.target.level());
            let Some(role) = fits else {
                return Err(FieldErrors::one("role", FieldCode::RoleNotOfLevel).into());
            };
            update_in(caller, tx, old, &ValidRule { role: RoleName::new(role.name), ..rule }).await
        }
    }
}
