//! Mapping rules.

use domain::{
    access::{Action, Caller, Permission, Scope},
    api::{ManagedKind, MappingChoices, Page, PageQuery, RuleFilter, RuleView},
    audit::{AuditKind, diff},
    form::{FieldCode, FieldErrors, RuleForm, ValidRule},
    id::RuleId,
    mapping::MappingRule,
    problem::ProblemCode,
    role::RoleName,
    target::Target,
};
use serde_json::{Value, json};
use store::{Tx, UniqueKey};

use super::{
    ServiceError, audit, delegated,
    expected::Expected,
    guarded::{self, Before, Mode, PutOff, Verdict},
    managed, places, roles, shape,
    tenancy::{found, shown},
};
use crate::state::Core;

mod bulk;
mod findings;
mod import;
mod json;
mod seen;

pub use bulk::bulk;
pub use import::{ImportOptions, RuleFormat, export, import, keep_report, read_rows, report};

use json::READ_ONLY;
pub use json::{CONDITION, CREATE, PATCH, form_from_json};

/// Rules, in the order they were made.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn list(
    core: &Core,
    caller: &Caller,
    filter: &RuleFilter,
    page: &PageQuery,
) -> Result<Page<RuleView>, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let within = match caller.scope(Action::SeeRules) {
        Scope::All => None,
        some => Some(some),
    };
    let filter = RuleFilter { within, ..filter.clone() };
    let mut tx = core.db.read().await?;
    let index = core.rules.get(&mut tx).await?;
    let among = filter.finding.and_then(|kind| index.with_finding(kind));
    let mut page = tx.mapping_rules().list_among(&filter, among.as_deref(), page).await?;
    page.items.iter_mut().for_each(|rule| findings::add(rule, &index, core.now()));
    Ok(page)
}

/// One rule.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, id: &RuleId) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let index = core.rules.get(&mut tx).await?;
    let known = found(tx.mapping_rules().find(id).await?)?;
    delegated::see_rule(&mut tx, caller, &known.target).await?;
    let mut rule = found(tx.mapping_rules().view(id).await?)?;
    findings::add(&mut rule, &index, core.now());
    Ok(rule)
}

/// What a rule's fields offer.
///
/// # Errors
/// Not allowed; the database.
pub async fn choices(core: &Core, caller: &Caller) -> Result<MappingChoices, ServiceError> {
    let mut choices = places::choices(core, caller).await?;
    // Whoever sees only a part of the rules does not learn which groups the company has.
    if caller.require(Permission::ViewMappings).is_ok() {
        let mut tx = core.db.read().await?;
        let integrations = tx.integrations().list().await?;
        choices.groups = seen::groups(&mut tx, &integrations).await?;
    }
    Ok(choices)
}

/// Creates a rule from the console's form.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create(core: &Core, caller: &Caller, form: &RuleForm) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let mut rules = Vec::new();
    for (line, form) in form.split()? {
        rules.push((line, form.validate().map_err(|errors| in_list(line, errors))?));
    }
    let mut tx = core.db.begin().await?;
    let mut first = None;
    for (line, rule) in &rules {
        let made = insert_in(caller, &mut tx, rule).await.map_err(|error| match error {
            ServiceError::Fields(errors) => in_list(*line, errors).into(),
            other => other,
        })?;
        first = first.or(Some(made.id));
    }
    let view = match &first {
        Some(id) => found(tx.mapping_rules().view(id).await?)?,
        None => return Err(ServiceError::Refused(ProblemCode::NotFound)),
    };
    tx.commit().await?;
    Ok(view)
}

/// A problem with a group of the list is one of that line; the others are told at their fields.
fn in_list(line: Option<u32>, errors: FieldErrors) -> FieldErrors {
    let Some(line) = line else { return errors };
    let mut all = FieldErrors::default();
    for error in errors.iter() {
        match error.field.as_str() {
            "group" => all.add("moreGroups", FieldCode::BadLine { line }),
            field => all.add(field, error.code.clone()),
        }
    }
    all
}

/// Creates a rule from JSON.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_from_json(
    core: &Core,
    caller: &Caller,
    mut body: Value,
) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    shape::take_read_only(&mut body, &Value::Null, &READ_ONLY)?;
    create(core, caller, &form_from_json(&body)?).await
}

/// Changes a rule from the console's form.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; no way in is known to remain; the database.
pub async fn update(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    form: &RuleForm,
    mode: Mode,
) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let rule = form.validate()?;
    let expected = Expected::from(rule.revision);
    change(core, caller, id, &expected, mode, |_| Ok(rule)).await
}

/// Changes a rule by a JSON merge patch (RFC 7396).
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn update_from_json(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    expected: &Expected,
    mut body: Value,
    mode: Mode,
) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    change(core, caller, id, expected, mode, |old| {
        shape::take_read_only(&mut body, &shown(old)?, &READ_ONLY)?;
        let mut errors = FieldErrors::default();
        PATCH.check(&body, "", &mut errors);
        errors.into_result(())?;
        let mut whole = json!({
            "integration": old.integration, "group": old.group, "conditions": old.conditions, "role": old.role,
            "level": old.level, "target": old.target, "enabled": old.enabled,
        });
        shape::merge(&mut whole, body, &PATCH);
        Ok(form_from_json(&whole)?.validate()?)
    })
    .await
}

async fn change(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    expected: &Expected,
    mode: Mode,
    read: impl FnOnce(&RuleView) -> Result<ValidRule, ServiceError> + Send,
) -> Result<RuleView, ServiceError> {
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let old = found(tx.mapping_rules().find(id).await?)?;
    delegated::change_rule(&mut tx, caller, &old).await?;
    expected.check(old.revision)?;
    let view = found(tx.mapping_rules().view(id).await?)?;
    let rule = read(&view)?;
    update_in(caller, &mut tx, &old, &rule).await?;
    if makes_owners(&old) {
        let summary = format!("Change the rule for {}", old.group);
        guarded::decide(core, caller, &mut tx, &before, mode, summary, &PutOff::default()).await?;
    }
    let view = found(tx.mapping_rules().view(id).await?)?;
    tx.commit().await?;
    Ok(view)
}

/// Whether people who are in its group are global owners, or an organization's, by it.
fn makes_owners(rule: &MappingRule) -> bool {
    rule.enabled && [RoleName::GLOBAL_OWNER, RoleName::ORG_OWNER].contains(&rule.role.as_str())
}

/// Removes a rule. Provisionally, a rule that makes owners is turned off, and removed when that is confirmed.
///
/// # Errors
/// Not allowed; not there; changed meanwhile; no way in is known to remain; the database.
pub async fn remove(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    expected: &Expected,
    mode: Mode,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let mut old = found(tx.mapping_rules().find(id).await?)?;
    delegated::change_rule(&mut tx, caller, &old).await?;
    expected.check(old.revision)?;
    let summary = format!("Remove the rule for {}", old.group);
    let (is_guarded, mut is_put_off) = (makes_owners(&old), false);
    if is_guarded && mode == Mode::Provisional {
        old = turn_off_in(caller, &mut tx, &old).await?;
        let put_off = PutOff { integrations: Vec::new(), rules: vec![old.clone()] };
        let verdict =
            guarded::decide(core, caller, &mut tx, &before, mode, summary.clone(), &put_off).await?;
        is_put_off = verdict != Verdict::Final;
    }
    if !is_put_off {
        remove_in(caller, &mut tx, &old).await?;
    }
    if is_guarded && !is_put_off {
        guarded::decide(core, caller, &mut tx, &before, Mode::Final, summary, &PutOff::default()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Creates a rule in an open transaction.
pub(crate) async fn insert_in(
    caller: &Caller,
    tx: &mut Tx,
    rule: &ValidRule,
) -> Result<MappingRule, ServiceError> {
    delegated::give(tx, caller, &rule.role, &rule.target).await?;
    check_places(tx, rule).await?;
    let made = tx.mapping_rules().insert(rule).await.map_err(duplicate)?;
    record(caller, tx, AuditKind::RuleCreated, &made, body_of(&made)).await?;
    Ok(made)
}

/// Changes a rule in an open transaction. Nothing happens when nothing differs.
pub(crate) async fn update_in(
    caller: &Caller,
    tx: &mut Tx,
    old: &MappingRule,
    rule: &ValidRule,
) -> Result<(), ServiceError> {
    delegated::change_rule(tx, caller, old).await?;
    delegated::give(tx, caller, &rule.role, &rule.target).await?;
    check_places(tx, rule).await?;
    let after = MappingRule {
        integration: rule.integration.clone(),
        group: rule.group.clone(),
        conditions: rule.conditions.clone(),
        role: rule.role.clone(),
        target: rule.target.clone(),
        enabled: rule.enabled,
        ..old.clone()
    };
    if after == *old {
        return Ok(());
    }
    managed::check_rule(tx, old, &after).await?;
    tx.mapping_rules().update(old, rule).await.map_err(duplicate)?;
    record(caller, tx, AuditKind::RuleChanged, &after, diff(&body_of(old), &body_of(&after), &[])).await
}

/// Turns a rule off in an open transaction; the rule as it is then.
pub(crate) async fn turn_off_in(
    caller: &Caller,
    tx: &mut Tx,
    old: &MappingRule,
) -> Result<MappingRule, ServiceError> {
    let rule = ValidRule { enabled: false, ..ValidRule::of(old) };
    update_in(caller, tx, old, &rule).await?;
    found(tx.mapping_rules().find(&old.id).await?)
}

/// Removes a rule in an open transaction.
pub(crate) async fn remove_in(caller: &Caller, tx: &mut Tx, old: &MappingRule) -> Result<(), ServiceError> {
    delegated::change_rule(tx, caller, old).await?;
    managed::check_removal(tx, ManagedKind::MappingRule, old.id.as_str()).await?;
    tx.mapping_rules().delete(old).await?;
    record(caller, tx, AuditKind::RuleDeleted, old, body_of(old)).await
}

/// Whether integration and target exist.
async fn check_places(tx: &mut Tx, rule: &ValidRule) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    if let Some(name) = &rule.integration {
        let there = tx.integrations().find(name).await?.is_some_and(|found| found.name() == name);
        errors.check(there, "integration", FieldCode::NotThere);
    }
    let there = match &rule.target {
        Target::Global => true,
        Target::Organization(id) => tx.organizations().find(id).await?.is_some(),
        Target::Project(id) => tx.projects().find(id).await?.is_some(),
    };
    errors.check(there, "target", FieldCode::NotThere);
    let is_known = roles::counts_at(tx, &rule.role, &rule.target).await?;
    errors.check(is_known, "role", FieldCode::UnknownChoice);
    Ok(errors.into_result(())?)
}

/// A rule as the audit log shows it.
pub(crate) fn body_of(rule: &MappingRule) -> Value {
    let mut body = json!({
        "integration": rule.integration,
        "group": rule.group,
        "role": rule.role,
        "level": rule.target.level(),
        "target": rule.target.id(),
        "enabled": rule.enabled,
    });
    if let (Some(members), false) = (body.as_object_mut(), rule.conditions.is_empty()) {
        members.insert("conditions".to_owned(), json!(rule.conditions));
    }
    body
}

async fn record(
    caller: &Caller,
    tx: &mut Tx,
    kind: AuditKind,
    rule: &MappingRule,
    detail: Value,
) -> Result<(), ServiceError> {
    let mut event = audit::event(caller, kind, Some(format!("rule:{}", rule.id)), detail);
    event.integration.clone_from(&rule.integration);
    tx.audit_events().append(&event).await?;
    Ok(())
}

fn duplicate(error: store::Error) -> ServiceError {
    match error {
        store::Error::Taken(UniqueKey::MappingRule) => FieldErrors::one("group", FieldCode::Taken).into(),
        other => other.into(),
    }
}
