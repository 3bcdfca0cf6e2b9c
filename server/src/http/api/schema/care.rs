//! Versions of integrations, and notices.

use super::{COUNT, TEXT_OR_NULL};
use crate::service::{
    integrations::input,
    shape::{Shape, field},
};

const CHANGES: Shape = Shape::List(&Shape::Object(&[
    field("field", Shape::Text, "The member, nested ones with dots."),
    field("from", Shape::Any, "Before."),
    field("to", Shape::Any, "After."),
]));
/// One change of an integration.
pub const REVISION_OF_INTEGRATION: Shape = Shape::Named(
    "IntegrationRevision",
    &Shape::Object(&[
        field("revision", COUNT, "The integration's revision since this change."),
        field("at", Shape::Time, "When."),
        field("by", Shape::Text, "Who."),
        field("byKind", Shape::Choice(&["user", "token", "host", "unknown"]), "How they came in."),
        field(
            "action",
            Shape::Choice(&["created", "changed", "enabled", "disabled", "restored", "earlier"]),
            "What it was; earlier: how it stood before changes were kept.",
        ),
        field("restoredFrom", Shape::Optional(&COUNT), "The version whose settings were put back."),
        field("changed", Shape::List(&Shape::Text), "The members that differ from the version before."),
    ]),
);
/// The changes of an integration.
pub const REVISIONS_OF_INTEGRATION: Shape = page!("IntegrationRevisionList", REVISION_OF_INTEGRATION);
/// One change, whole.
pub const REVISION_DETAIL: Shape = Shape::Named(
    "IntegrationRevisionDetail",
    &Shape::Object(&[
        field("version", REVISION_OF_INTEGRATION, "The change."),
        field("settings", Shape::Object(input::SETTINGS), "What was set then; never a secret."),
        field("enabled", Shape::Bool, "Whether people could sign in with it then."),
        field("changes", CHANGES, "From the version before to this one."),
        field("restoring", CHANGES, "From now to this one: what restoring it would change."),
        field("needsSecret", Shape::Bool, "Whether restoring it needs clientSecret."),
        field("newest", COUNT, "The integration's revision now."),
    ]),
);

/// A notice.
pub const NOTICE: Shape = Shape::Named(
    "Notice",
    &Shape::Object(&[
        field("id", Shape::Text, "Its identifier."),
        field("integration", TEXT_OR_NULL, "The integration it concerns, by name."),
        field("kind", Shape::Text, "What it is about, as a stable code."),
        field("urgency", Shape::Choice(&["info", "warning", "problem"]), "How soon it wants somebody."),
        field("subject", Shape::Text, "What of it; may be empty."),
        field("text", Shape::Text, "What happened and what to do."),
        field("detail", Shape::AnyObject, "More about it."),
        field("firstSeenAt", Shape::Time, "Since when it holds."),
        field("lastSeenAt", Shape::Time, "When it was last seen to hold."),
    ]),
);
/// Notices.
pub const NOTICES: Shape = page!("NoticeList", NOTICE);
