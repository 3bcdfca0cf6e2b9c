//! Shapes of what is looked at before a change, and of changes that wait.

use super::{COUNT, TEXT_OR_NULL, TIME_OR_NULL};
use crate::service::shape::{Shape, field};

const STATE: Shape = Shape::Choice(&["ok", "warn", "failed", "skipped"]);
const PROBE_STEP: Shape = Shape::Object(&[
    field(
        "step",
        Shape::Choice(&["address", "tls", "discovery", "issuer", "keys", "capabilities", "client", "clock"]),
        "What was looked at.",
    ),
    field("state", STATE, "How it ended."),
    field("summary", Shape::Text, "One sentence."),
    field(
        "facts",
        Shape::List(&Shape::Object(&[
            field("label", Shape::Text, "What it is."),
            field("value", Shape::Text, "What was found."),
        ])),
        "What was found, in detail.",
    ),
    field("expected", TEXT_OR_NULL, "What should have come."),
    field("found", TEXT_OR_NULL, "What came instead."),
    field("advice", TEXT_OR_NULL, "What to change."),
]);
/// What a probe found.
pub const PROBE: Shape = Shape::Named(
    "Probe",
    &Shape::Object(&[
        field("integration", Shape::Text, "The integration's name."),
        field("state", STATE, "The worst of the steps."),
        field("steps", Shape::List(&PROBE_STEP), "The steps, in order."),
    ]),
);

/// Provisional changes.
pub const PENDING_CHANGES: Shape = page!("PendingChangeList", PENDING_CHANGE);
/// A provisional change.
pub const PENDING_CHANGE: Shape = Shape::Named(
    "PendingChange",
    &Shape::Object(&[
        field("id", Shape::Text, "Its identifier."),
        field("summary", Shape::Text, "What was done."),
        field("madeBy", Shape::Text, "Who made it."),
        field("madeAt", Shape::Time, "When it was made."),
        field("deadlineAt", Shape::Time, "When it is taken back."),
        field("confirmedAt", TIME_OR_NULL, "When it was confirmed."),
        field("confirmedBy", TEXT_OR_NULL, "Who confirmed it."),
        field("revertedAt", TIME_OR_NULL, "When it was taken back."),
    ]),
);
