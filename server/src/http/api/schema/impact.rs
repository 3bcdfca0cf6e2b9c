use super::{COUNT, LEVEL, TEXT_OR_NULL};
use crate::service::shape::{Shape, field};

const IMPACT_PLACE: Shape = Shape::Named(
    "ImpactPlace",
    &Shape::Object(&[
        field("level", LEVEL, "Its level."),
        field("target", TEXT_OR_NULL, "Its identifier; null at the global level."),
        field("targetName", TEXT_OR_NULL, "Its name, where it is known."),
    ]),
);
const ROLE_IMPACT: Shape = Shape::Named(
    "RoleImpact",
    &Shape::Object(&[
        field("role", Shape::Text, "The role."),
        field("place", IMPACT_PLACE, "Where."),
        field("count", COUNT, "How many people."),
        field("users", Shape::List(&Shape::Text), "At most 20 of them."),
        field("lastWay", COUNT, "Of those who lose it, how many would have no other role there."),
    ]),
);

/// What a change of the rules would do.
pub const IMPACT: Shape = Shape::Named(
    "Impact",
    &Shape::Object(&[
        field("considered", COUNT, "How many people's last claims were looked at."),
        field("affected", COUNT, "How many of them gain or lose a role."),
        field("gains", Shape::List(&ROLE_IMPACT), "Roles that people gain, by place."),
        field("losses", Shape::List(&ROLE_IMPACT), "Roles that people lose, by place."),
        field(
            "leftEmpty",
            Shape::List(&IMPACT_PLACE),
            "Places where somebody has a role by the rules now, and nobody would have one.",
        ),
        field("dropsOwners", Shape::Bool, "Whether people lose a role that owns a place."),
    ]),
);
