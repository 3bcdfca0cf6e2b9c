//! What a change of the mapping rules would do to everybody who has signed in: their last claims, asked again.

use std::collections::HashMap;

use domain::{
    access::{Caller, Permission},
    claims::{Claims, GroupsClaim},
    form::{FieldCode, FieldErrors, ValidRule},
    id::RuleId,
    integration::Integration,
    mapping::{Impact, ImpactPlace, KnownPerson, MappingRule, Replay, RoleGrantDraft},
    time::Timestamp,
};
use serde_json::Value;
use store::Tx;

use super::{
    ServiceError,
    expected::Expected,
    mappings,
    shape::{self, Shape, join, optional},
    simulate::drafts,
    tenancy::found,
};
use crate::state::Core;

/// The body: all rules anew, or what changes.
pub const BODY: Shape = Shape::Named(
    "ImpactInput",
    &Shape::Object(&[
        optional("rules", Shape::Optional(&Shape::List(&mappings::CREATE)), "All rules there would be."),
        optional("create", Shape::List(&mappings::CREATE), "Rules that would be created."),
        optional(
            "update",
            Shape::List(&Shape::AnyObject),
            "Rules that would be changed: id, and a merge patch.",
        ),
        optional("remove", Shape::List(&Shape::Text), "Identifiers of rules that would be removed."),
    ]),
);

/// People read at once.
const BATCH: u32 = 2_000;

/// Replays a change.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn of_body(core: &Core, caller: &Caller, body: &Value) -> Result<Impact, ServiceError> {
    caller.require(Permission::ViewMappings)?;
    let mut errors = FieldErrors::default();
    BODY.check(body, "", &mut errors);
    errors.into_result(())?;
    let list = |name: &str| body.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let now = core.clock.now();
    let mut tx = core.db.read().await?;
    let before = tx.mapping_rules().all().await?;
    if let Some(rules) = body.get("rules").and_then(Value::as_array) {
        let after = drafts(rules, now)?;
        return replay(&mut tx, &before, &after).await;
    }
    let mut after = before.clone();
    for (index, text) in list("remove").iter().enumerate() {
        let id = text.as_str().unwrap_or_default();
        let at = after.iter().position(|rule| rule.id.as_str() == id);
        let at = at.ok_or_else(|| FieldErrors::one(format!("remove.{index}"), FieldCode::NotThere))?;
        after.remove(at);
    }
    for (index, patch) in list("update").iter().enumerate() {
        let id = patch.get("id").and_then(Value::as_str).unwrap_or_default();
        let rule = after.iter_mut().find(|rule| rule.id.as_str() == id);
        let rule = rule.ok_or_else(|| FieldErrors::one(format!("update.{index}.id"), FieldCode::NotThere))?;
        let mut patch = patch.clone();
        if let Some(members) = patch.as_object_mut() {
            members.remove("id");
        }
        let valid = patched(rule, patch).map_err(|errors| below(&format!("update.{index}"), errors))?;
        *rule = changed(rule, valid);
    }
    after.extend(drafts(list("create"), now).map_err(|error| match error {
        ServiceError::Fields(errors) => renamed(&errors, "rules.", "create."),
        other => other,
    })?);
    replay(&mut tx, &before, &after).await
}

/// What creating this rule would do. Like the other two it does what the write does, so that it refuses what that
/// refuses, and then takes it back.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn of_creation(core: &Core, caller: &Caller, body: &Value) -> Result<Impact, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let rule = mappings::form_from_json(body)?.validate()?;
    let mut tx = core.db.begin().await?;
    let before = tx.mapping_rules().all().await?;
    mappings::insert_in(caller, &mut tx, &rule).await?;
    taken_back(core, tx, &before).await
}

/// What changing a rule by a JSON merge patch would do.
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; the database.
pub async fn of_change(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    expected: &Expected,
    patch: Value,
) -> Result<Impact, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let mut tx = core.db.begin().await?;
    let before = tx.mapping_rules().all().await?;
    let old = found(tx.mapping_rules().find(id).await?)?;
    expected.check(old.revision)?;
    mappings::update_in(caller, &mut tx, &old, &patched(&old, patch)?).await?;
    taken_back(core, tx, &before).await
}

/// What removing a rule would do.
///
/// # Errors
/// Not allowed; not there; changed meanwhile; the database.
pub async fn of_removal(
    core: &Core,
    caller: &Caller,
    id: &RuleId,
    expected: &Expected,
) -> Result<Impact, ServiceError> {
    caller.require(Permission::ManageSomeRules)?;
    let mut tx = core.db.begin().await?;
    let before = tx.mapping_rules().all().await?;
    let old = found(tx.mapping_rules().find(id).await?)?;
    expected.check(old.revision)?;
    mappings::remove_in(caller, &mut tx, &old).await?;
    taken_back(core, tx, &before).await
}

/// Reads the rules as the change left them, takes it back, and replays; others need not wait for that.
async fn taken_back(core: &Core, mut tx: Tx, before: &[MappingRule]) -> Result<Impact, ServiceError> {
    let after = tx.mapping_rules().all().await?;
    drop(tx);
    replay(&mut core.db.read().await?, before, &after).await
}

/// A rule with a JSON merge patch (RFC 7396) on it.
fn patched(old: &MappingRule, patch: Value) -> Result<ValidRule, ServiceError> {
    let mut errors = FieldErrors::default();
    mappings::PATCH.check(&patch, "", &mut errors);
    errors.into_result(())?;
    let mut whole = mappings::body_of(old);
    shape::merge(&mut whole, patch, &mappings::PATCH);
    Ok(mappings::form_from_json(&whole)?.validate()?)
}

fn draft(rule: ValidRule, now: Timestamp) -> MappingRule {
    MappingRule {
        id: RuleId::new("draft1"),
        integration: rule.integration,
        group: rule.group,
        conditions: rule.conditions,
        role: rule.role,
        target: rule.target,
        enabled: rule.enabled,
        created_at: now,
        updated_at: now,
        revision: 0,
    }
}

fn changed(old: &MappingRule, rule: ValidRule) -> MappingRule {
    let (id, created_at, updated_at, revision) =
        (old.id.clone(), old.created_at, old.updated_at, old.revision);
    MappingRule { id, created_at, updated_at, revision, ..draft(rule, old.updated_at) }
}

fn below(prefix: &str, error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Fields(errors) => {
            let mut all = FieldErrors::default();
            for problem in errors.iter() {
                all.add(join(prefix, &problem.field), problem.code.clone());
            }
            all.into()
        }
        other => other,
    }
}

fn renamed(errors: &FieldErrors, from: &str, to: &str) -> ServiceError {
    let mut all = FieldErrors::default();
    for problem in errors.iter() {
        all.add(problem.field.replacen(from, to, 1), problem.code.clone());
    }
    all.into()
}

/// What an integration's people are asked with.
struct Asked {
    integration: Integration,
    fallback: Option<RoleGrantDraft>,
}

/// Everybody's last claims against both sets of rules.
async fn replay(tx: &mut Tx, before: &[MappingRule], after: &[MappingRule]) -> Result<Impact, ServiceError> {
    let integrations: HashMap<String, Asked> = tx
        .integrations()
        .list()
        .await?
        .into_iter()
        .map(|integration| {
            let fallback = integration.settings.default_grant();
            (integration.id.to_string(), Asked { integration, fallback })
        })
        .collect();
    let mut replay = Replay::new(before, after);
    let mut last: Option<String> = None;
    loop {
        let batch = tx.identities().claims_of_everybody(last.as_deref(), BATCH).await?;
        let Some(end) = batch.last() else { break };
        last = Some(end.user_id.clone());
        for row in &batch {
            let asked = row.integration_id.as_ref().and_then(|id| integrations.get(id));
            let Ok(map) = serde_json::from_str(&row.claims) else {
                tracing::warn!(user = %row.user_id, "the claims of the last sign-in cannot be read");
                continue;
            };
            let claims = Claims::new(map);
            let Some(asked) = asked else { continue };
            let settings = &asked.integration.settings;
            let groups = match claims.groups(&settings.claims.groups) {
                GroupsClaim::Groups(groups) => groups,
                GroupsClaim::Missing => Vec::new(),
                // Nobody gets in with these, so no rule is asked.
                GroupsClaim::Overage | GroupsClaim::Malformed => continue,
            };
            let required = &settings.required_groups;
            if !required.is_empty() && !required.iter().any(|wanted| groups.contains(wanted)) {
                continue;
            }
            replay.add(KnownPerson {
                username: &row.username,
                integration: Some(asked.integration.name()),
                groups: &groups,
                claims: Some(&claims),
                fallback: asked.fallback.as_ref().map(|grant| (&grant.target, &grant.role)),
            });
        }
    }
    let mut impact = replay.finish();
    name_places(tx, &mut impact).await?;
    Ok(impact)
}

/// Puts the names of organizations and projects beside their identifiers.
async fn name_places(tx: &mut Tx, impact: &mut Impact) -> Result<(), ServiceError> {
    let organizations = tx.organizations().all().await?;
    let of_organization: HashMap<&str, &str> =
        organizations.iter().map(|found| (found.id.as_str(), found.name.as_str())).collect();
    let projects = tx.projects().all().await?;
    let mut names: HashMap<String, String> =
        organizations.iter().map(|found| (found.id.to_string(), found.name.clone())).collect();
    for project in &projects {
        let above = of_organization.get(project.organization.as_str()).copied().unwrap_or("?");
        names.insert(project.id.to_string(), format!("{above} / {}", project.name));
    }
    let named = |place: &mut ImpactPlace| {
        place.target_name = place.target.as_ref().and_then(|id| names.get(id)).cloned();
    };
    impact.gains.iter_mut().chain(&mut impact.losses).for_each(|change| named(&mut change.place));
    impact.left_empty.iter_mut().for_each(named);
    Ok(())
}
