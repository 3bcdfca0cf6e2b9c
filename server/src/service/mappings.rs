//! Mapping rules.

use domain::{
    access::{Action, Caller, Permission, Scope},
    api::{ManagedKind, MappingChoices, Page, PageQuery, RuleFilter, RuleView},
    audit::{AuditKind, diff},
    form::{FieldCode, FieldErrors, RuleForm, ValidRule},
    id::RuleId,
    mapping::MappingRule,
    role::RoleName,
    target::Target,
};
use serde_json::{Value, json};
use store::{Tx, UniqueKey};

use super::{
    ServiceError, audit, delegated,
    expected::Expected,
    guarded::{self, Before, Mode, PutOff, Verdict},
    managed, places, roles,
    shape::{self, Shape, field, optional},
    tenancy::{found, shown},
};
use crate::state::Core;

const LEVEL: Shape = Shape::Choice(&["global", "organization", "project"]);
const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);

/// The body of a new rule.
pub const CREATE: Shape = Shape::Named(
    "MappingRuleInput",
    &Shape::Object(&[
        optional("integration", TEXT_OR_NULL, "The integration's name; null: any."),
        field("group", Shape::Text, "The group, byte for byte as the provider writes it."),
        field("role", Shape::Text, "The role; OMS's ADMIN and ADMIN_VIEWER are understood."),
        field("level", LEVEL, "Where the role counts."),
        optional(
            "target",
            TEXT_OR_NULL,
            "The organization's or project's identifier; null at the global level.",
        ),
        optional("enabled", Shape::Bool, "Whether it counts; true when left out."),
    ]),
);
/// The body of a change: what is left out stays.
pub const PATCH: Shape = Shape::Named(
    "MappingRulePatch",
    &Shape::Object(&[
        optional("integration", TEXT_OR_NULL, "The integration's name; null: any."),
        optional("group", Shape::Text, "The group, byte for byte."),
        optional("role", Shape::Text, "The role."),
        optional("level", LEVEL, "Where the role counts."),
        optional("target", TEXT_OR_NULL, "The organization's or project's identifier."),
        optional("enabled", Shape::Bool, "Whether it counts."),
    ]),
);

const READ_ONLY: [&str; 5] = ["id", "targetName", "createdAt", "updatedAt", "revision"];

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
    Ok(tx.mapping_rules().list(&filter, page).await?)
}

/// One rule.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, id: &RuleId) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ViewPlaces)?;
    let mut tx = core.db.read().await?;
    let rule = found(tx.mapping_rules().find(id).await?)?;
    delegated::see_rule(&mut tx, caller, &rule.target).await?;
    found(tx.mapping_rules().view(id).await?)
}

/// What a rule's fields offer.
///
/// # Errors
/// Not allowed; the database.
pub async fn choices(core: &Core, caller: &Caller) -> Result<MappingChoices, ServiceError> {
    places::choices(core, caller).await
}

/// Creates a rule from the console's form.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create(core: &Core, caller: &Caller, form: &RuleForm) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let rule = form.validate()?;
    let mut tx = core.db.begin().await?;
    let made = insert_in(caller, &mut tx, &rule).await?;
    let view = found(tx.mapping_rules().view(&made.id).await?)?;
    tx.commit().await?;
    Ok(view)
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

/// A rule's form from the JSON of a new rule.
///
/// # Errors
/// Every problem, by member.
pub fn form_from_json(body: &Value) -> Result<RuleForm, FieldErrors> {
    let mut errors = FieldErrors::default();
    CREATE.check(body, "", &mut errors);
    errors.into_result(())?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let form = RuleForm {
        integration: text("integration"),
        group: text("group"),
        role: text("role"),
        target: text("target"),
        level: text("level"),
        enabled: body.get("enabled").and_then(Value::as_bool).unwrap_or(true).then(|| "on".to_owned()),
        revision: String::new(),
    };
    // A target beside the global level would silently be dropped.
    if form.level == "global" && !form.target.is_empty() && form.target != "global" {
        return Err(FieldErrors::one("target", FieldCode::NotThere));
    }
    Ok(form)
}

/// Changes a rule from the console's form.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn update(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    form: &RuleForm,
) -> Result<RuleView, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let rule = form.validate()?;
    let expected = Expected::from(rule.revision);
    change(core, caller, id, &expected, Mode::Final, |_| Ok(rule)).await
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
            "integration": old.integration, "group": old.group, "role": old.role, "level": old.level,
            "target": old.target, "enabled": old.enabled,
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
    let rule = ValidRule {
        integration: old.integration.clone(),
        group: old.group.clone(),
        role: old.role.clone(),
        target: old.target.clone(),
        enabled: false,
        revision: None,
    };
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
    json!({
        "integration": rule.integration,
        "group": rule.group,
        "role": rule.role,
        "level": rule.target.level(),
        "target": rule.target.id(),
        "enabled": rule.enabled,
    })
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
