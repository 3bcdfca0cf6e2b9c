//! Roles, and what hangs on a thing that cannot be deleted.

use super::{COUNT, LEVEL, TEXT_OR_NULL};
use crate::service::shape::{Shape, field};

/// A role.
pub const ROLE: Shape = Shape::Named(
    "Role",
    &Shape::Object(&[
        field("name", Shape::Text, "Its name, such as GLOBAL_OWNER."),
        field("level", LEVEL, "Where it can be granted."),
        field("label", Shape::Text, "What people call it."),
        field("description", Shape::Text, "What it lets somebody do."),
        field("builtin", Shape::Bool, "Whether every installation has it."),
        field(
            "organization",
            TEXT_OR_NULL,
            "The organization a custom role belongs to: it counts there and in its projects only; null: everywhere.",
        ),
        field("revision", COUNT, "Grows by one with every change of a custom role; 0 for a built-in one."),
    ]),
);
/// Roles.
pub const ROLES: Shape = page!("RoleList", ROLE);

/// What hangs on a thing.
pub const USED_BY: Shape = Shape::List(&Shape::Object(&[
    field("kind", Shape::Text, "project, mapping rule, person."),
    field("id", Shape::Text, "Its identifier."),
    field("name", Shape::Text, "What people call it."),
]));

/// The role that brings another one with it.
pub const IMPLIED_BY: Shape = Shape::Object(&[
    field("role", Shape::Text, "The role."),
    field("level", LEVEL, "Where it is held."),
    field("target", TEXT_OR_NULL, "The organization's or project's identifier."),
    field("targetName", TEXT_OR_NULL, "What people call the target."),
]);
