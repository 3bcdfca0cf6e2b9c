//! What rules would do with given claims, without anybody signing in.

use domain::{
    access::{Caller, Permission},
    claims::{Claims, GroupsClaim},
    form::{FieldCode, FieldErrors},
    id::RuleId,
    integration::{ClaimMapping, OnMissingGroups, WhenNothingMatches},
    login_failure::LoginFailure,
    mapping::{Evaluation, EvaluationInput, MappingRule, evaluate},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    ServiceError, mappings,
    shape::{Shape, field, join, optional},
};
use crate::state::Core;

/// The body of a simulation.
pub const BODY: Shape = Shape::Named(
    "SimulationInput",
    &Shape::Object(&[
        field("claims", Shape::AnyObject, "Claims as the provider would send them."),
        optional(
            "integration",
            Shape::Optional(&Shape::Text),
            "The integration the person would sign in with.",
        ),
        optional(
            "rules",
            Shape::Optional(&Shape::List(&mappings::CREATE)),
            "Rules to ask instead of the stored ones.",
        ),
    ]),
);

/// What the rules say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    /// The groups that were found; empty when there are none.
    pub groups: Vec<String>,
    /// Why a sign-in with these claims would be refused, as a login failure's code.
    pub refused: Option<LoginFailure>,
    /// The revision of the stored rules; `null` when others were asked.
    pub rules_revision: Option<i64>,
    /// What the integration does, as the rules gave nothing; `null`: they gave something, or none was named.
    #[serde(rename = "whenNothingMatches")]
    pub fallback: Option<WhenNothingMatches>,
    /// Grants and trace.
    #[serde(flatten)]
    pub evaluation: Evaluation,
}

/// Evaluates the stored rules, or the given ones, for these claims.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn simulate(core: &Core, caller: &Caller, body: &Value) -> Result<Simulation, ServiceError> {
    caller.require(Permission::ViewMappings)?;
    let mut errors = FieldErrors::default();
    BODY.check(body, "", &mut errors);
    errors.into_result(())?;
    let claims = Claims::new(body.get("claims").and_then(Value::as_object).cloned().unwrap_or_else(Map::new));
    let mut tx = core.db.read().await?;
    let integration = match body.get("integration").and_then(Value::as_str) {
        Some(name) => {
            let missing = || ServiceError::Fields(FieldErrors::one("integration", FieldCode::NotThere));
            Some(tx.integrations().find(name).await?.ok_or_else(missing)?)
        }
        None => None,
    };
    let now = core.clock.now();
    let (rules, rules_revision) = match body.get("rules").and_then(Value::as_array) {
        Some(rules) => (drafts(rules, now)?, None),
        None => {
            let revision = tx.mapping_rules().revision().await?;
            (tx.mapping_rules().all().await?, Some(revision))
        }
    };
    drop(tx);
    let settings = integration.as_ref().map(|integration| &integration.settings);
    let path =
        settings.map_or_else(|| ClaimMapping::default().groups, |settings| settings.claims.groups.clone());
    let (groups, mut refused) = match claims.groups(&path) {
        GroupsClaim::Groups(groups) => (groups, None),
        GroupsClaim::Missing => {
            let refuses =
                settings.is_some_and(|settings| settings.on_missing_groups == OnMissingGroups::Refuse);
            (Vec::new(), refuses.then_some(LoginFailure::GroupsMissing))
        }
        GroupsClaim::Overage => (Vec::new(), Some(LoginFailure::GroupsOverage)),
        GroupsClaim::Malformed => (Vec::new(), Some(LoginFailure::GroupsUnreadable)),
    };
    let required = settings.map(|settings| settings.required_groups.as_slice()).unwrap_or_default();
    if refused.is_none() && !required.is_empty() && !required.iter().any(|group| groups.contains(group)) {
        refused = Some(LoginFailure::RequiredGroupMissing);
    }
    let name = integration.as_ref().map(domain::integration::Integration::name);
    let mut evaluation =
        evaluate(&rules, EvaluationInput { integration: name, groups: &groups, claims: Some(&claims) });
    let fallback = settings.and_then(|settings| settings.fall_back(&mut evaluation));
    if refused.is_none() && fallback == Some(WhenNothingMatches::Refuse) {
        refused = Some(LoginFailure::NothingMatched);
    }
    Ok(Simulation { groups, refused, rules_revision, fallback, evaluation })
}

/// Rules that are not stored; the trace calls them `draft1`, `draft2`, …
pub(crate) fn drafts(
    rules: &[Value],
    now: domain::time::Timestamp,
) -> Result<Vec<MappingRule>, ServiceError> {
    let mut errors = FieldErrors::default();
    let mut drafts = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        match mappings::form_from_json(rule).and_then(|form| form.validate()) {
            Ok(rule) => drafts.push(MappingRule {
                id: RuleId::new(format!("draft{}", index + 1)),
                integration: rule.integration,
                group: rule.group,
                conditions: rule.conditions,
                role: rule.role,
                target: rule.target,
                enabled: rule.enabled,
                created_at: now,
                updated_at: now,
                revision: 0,
            }),
            Err(problems) => {
                for problem in problems.iter() {
                    errors.add(join(&format!("rules.{index}"), &problem.field), problem.code.clone());
                }
            }
        }
    }
    Ok(errors.into_result(drafts)?)
}
