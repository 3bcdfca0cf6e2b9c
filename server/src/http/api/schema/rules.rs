use super::{COUNT, CREATED, LEVEL, REVISION, TEXT_OR_NULL, UPDATED};
use crate::service::{
    mappings,
    shape::{Shape, field, optional},
};

/// A mapping rule.
pub const RULE: Shape = Shape::Named(
    "MappingRule",
    &Shape::Object(&[
        field("id", Shape::Text, "Its identifier."),
        field("integration", TEXT_OR_NULL, "The integration's name; null: any."),
        field("group", Shape::Text, "The group, byte for byte; empty: the conditions alone decide."),
        optional("conditions", Shape::List(&mappings::CONDITION), "What else must hold; left out: nothing."),
        field("role", Shape::Text, "The role."),
        field("level", LEVEL, "Where the role counts."),
        field("target", TEXT_OR_NULL, "The organization's or project's identifier."),
        field("targetName", TEXT_OR_NULL, "What people call the target."),
        field("enabled", Shape::Bool, "Whether it counts."),
        CREATED,
        UPDATED,
        REVISION,
        field(
            "lastMatchedAt",
            Shape::Optional(&Shape::Time),
            "When it last gave somebody its role, to the day; null: not yet.",
        ),
        field("findings", Shape::List(&FINDING), "What somebody should look at."),
    ]),
);
const FINDING: Shape = Shape::Object(&[
    field(
        "kind",
        Shape::Choice(&["duplicate", "shadowed", "wrong_level", "never_matched", "unused"]),
        "What it is.",
    ),
    optional("rule", Shape::Text, "The other rule, where there is one."),
]);
/// Mapping rules.
pub const RULES: Shape = page!("MappingRuleList", RULE);
