//! A rule's JSON.

use domain::form::{ConditionForm, FieldCode, FieldErrors, RuleForm};
use serde_json::Value;

use crate::service::shape::{Shape, field, optional};

/// What a condition looks at.
const KIND: Shape = Shape::Choice(&[
    "group_is",
    "group_glob",
    "group_regex",
    "claim_equals",
    "claim_contains",
    "claim_glob",
    "integration_is",
]);
/// One thing that must hold.
pub const CONDITION: Shape = Shape::Named(
    "MappingCondition",
    &Shape::Object(&[
        field("kind", KIND, "What it looks at, and how."),
        optional("path", TEXT_OR_NULL, "The claim's name or path, for conditions on a claim."),
        field(
            "value",
            Shape::Text,
            "The text, or the pattern: * any text, ? one character; or an expression for the whole group.",
        ),
    ]),
);
const CONDITIONS: Shape = Shape::Optional(&Shape::List(&CONDITION));
const LEVEL: Shape = Shape::Choice(&["global", "organization", "project"]);
const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);

/// The body of a new rule.
pub const CREATE: Shape = Shape::Named(
    "MappingRuleInput",
    &Shape::Object(&[
        optional("integration", TEXT_OR_NULL, "The integration's name; null: any."),
        optional(
            "group",
            TEXT_OR_NULL,
            "The group, byte for byte as the provider writes it; may be left out when there are conditions.",
        ),
        optional("conditions", CONDITIONS, "What else must hold, all of it; at most 16."),
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
        optional("group", TEXT_OR_NULL, "The group, byte for byte."),
        optional("conditions", CONDITIONS, "What else must hold, instead of what did."),
        optional("role", Shape::Text, "The role."),
        optional("level", LEVEL, "Where the role counts."),
        optional("target", TEXT_OR_NULL, "The organization's or project's identifier."),
        optional("enabled", Shape::Bool, "Whether it counts."),
    ]),
);

/// Members that only the server sets.
pub(super) const READ_ONLY: [&str; 7] =
    ["id", "targetName", "createdAt", "updatedAt", "revision", "lastMatchedAt", "findings"];

/// A rule's form from the JSON of a new rule.
///
/// # Errors
/// Every problem, by member.
pub fn form_from_json(body: &Value) -> Result<RuleForm, FieldErrors> {
    let mut errors = FieldErrors::default();
    CREATE.check(body, "", &mut errors);
    let is_there = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    errors.check(is_there("group") || is_there("conditions"), "group", FieldCode::Required);
    errors.into_result(())?;
    let form = form_of(body);
    // A target beside the global level would silently be dropped.
    if form.level == "global" && !form.target.is_empty() && form.target != "global" {
        return Err(FieldErrors::one("target", FieldCode::NotThere));
    }
    Ok(form)
}

/// The form of JSON that was checked.
pub(super) fn form_of(body: &Value) -> RuleForm {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    RuleForm {
        integration: text("integration"),
        group: text("group"),
        conditions: body.get("conditions").and_then(Value::as_array).into_iter().flatten().map(row).collect(),
        role: text("role"),
        target: text("target"),
        level: text("level"),
        enabled: body.get("enabled").and_then(Value::as_bool).unwrap_or(true).then(|| "on".to_owned()),
        revision: String::new(),
        more_groups: String::new(),
    }
}

fn row(condition: &Value) -> ConditionForm {
    let text = |name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    ConditionForm { kind: text("kind"), path: text("path"), value: text("value") }
}
