//! What the API answers with, as shapes: the API's description is written from them, and tests hold answers to them.

use crate::service::{
    integrations::input,
    mappings,
    shape::{Field, Shape, field, optional},
};

const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);
const TIME_OR_NULL: Shape = Shape::Optional(&Shape::Time);
const COUNT: Shape = Shape::Number(u64::MAX);
const LEVEL: Shape = Shape::Choice(&["global", "organization", "project"]);
const REVISION: Field = field("revision", COUNT, "Grows by one with every change; the number in the ETag.");
const CREATED: Field = field("createdAt", Shape::Time, "When it was made.");
const UPDATED: Field = field("updatedAt", Shape::Time, "When it was last changed.");

/// A page of a list.
macro_rules! page {
    ($doc_name:literal, $item:expr) => {
        Shape::Named(
            $doc_name,
            &Shape::Object(&[
                field("items", Shape::List(&$item), "The items."),
                field("nextCursor", TEXT_OR_NULL, "The cursor of the next page; null on the last."),
                field("total", COUNT, "How many there are in all, with the filter."),
            ]),
        )
    };
}

mod care;
mod change;
mod impact;
mod places;
mod rules;

pub use care::*;
pub use change::*;
pub use impact::IMPACT;
pub use places::*;
pub use rules::*;

/// What may be shown of a client secret.
const SECRET_STATE: Shape = Shape::Object(&[
    field("state", Shape::Choice(&["set", "unset"]), "Whether one is stored."),
    optional("setAt", Shape::Time, "When it was stored."),
    optional("slots", Shape::Number(255), "How many slots hold a secret."),
    optional("source", SECRET_SOURCE, "Where the one in use is kept."),
    optional("expiresAt", TIME_OR_NULL, "When the one in use ends, as somebody said."),
    optional("held", Shape::List(&SECRET_SLOT), "Each of them."),
]);
const SECRET_SOURCE: Shape = Shape::Choice(&["stored", "environment", "file"]);
const SECRET_SLOT: Shape = Shape::Named(
    "ClientSecretSlot",
    &Shape::Object(&[
        field("slot", Shape::Number(2), "1 or 2."),
        field("source", SECRET_SOURCE, "Where it is kept."),
        field("reference", TEXT_OR_NULL, "The variable's or file's name."),
        field("setAt", Shape::Time, "Since when."),
        field("setBy", Shape::Text, "Who set it; empty when that is not known."),
        field("expiresAt", TIME_OR_NULL, "When it ends, as somebody said."),
        field(
            "expiresInDays",
            Shape::Any,
            "Whole days until then, below zero afterwards; null without an end.",
        ),
        field("lastUsedAt", TIME_OR_NULL, "When the provider last took it, to the minute."),
        field("lastRejectedAt", TIME_OR_NULL, "When the provider last refused it, to the minute."),
        field("preferred", Shape::Bool, "Whether it is tried first."),
    ]),
);

/// An integration.
pub const INTEGRATION: Shape = Shape::Named(
    "Integration",
    &Shape::And(
        &Shape::Object(input::SETTINGS),
        &[
            field("clientSecret", SECRET_STATE, "Never the value."),
            field("enabled", Shape::Bool, "Whether people can sign in with it."),
            field("createdBy", Shape::Text, "Who made it."),
            CREATED,
            UPDATED,
            REVISION,
            field("callbackUrl", Shape::Text, "To be registered at the provider."),
            field("lastSuccessAt", TIME_OR_NULL, "The last sign-in that worked."),
            field("lastFailureAt", TIME_OR_NULL, "The last sign-in that failed."),
            field("lastFailureCode", TEXT_OR_NULL, "The code of the last failure."),
            field("customCaCertificates", input::CERTIFICATES, "The certificates of customCa, named."),
            field(
                "manyGroups",
                Shape::Optional(&input::MANY_GROUPS),
                "Somebody came with 150 groups or more; only when one integration is asked for.",
            ),
            field("secretExpiresAt", TIME_OR_NULL, "When its client secret expires; null: not known."),
            field(
                "certificateExpiresAt",
                TIME_OR_NULL,
                "When its first certificate expires; null: not known.",
            ),
        ],
    ),
);
/// Integrations.
pub const INTEGRATIONS: Shape = page!("IntegrationList", INTEGRATION);

const GRANT: Shape = Shape::Object(&[
    field("role", Shape::Text, "The role."),
    field("level", LEVEL, "Where it counts."),
    optional("target", TEXT_OR_NULL, "The organization's or project's identifier."),
    field("rules", Shape::List(&Shape::Text), "The rules that give it."),
]);
const NEAR_MISS: Shape = Shape::Object(&[
    field("group", Shape::Text, "The group as the claims have it."),
    field(
        "difference",
        Shape::Choice(&["case", "space", "leading_slash", "distinguished_name", "several"]),
        "What differs.",
    ),
]);
const OUTCOME: Shape = Shape::Object(&[
    field("rule", Shape::Text, "The rule; draft1, draft2, … for rules of the request."),
    field(
        "verdict",
        Shape::Choice(&[
            "granted",
            "group_absent",
            "condition_failed",
            "rule_disabled",
            "other_integration",
            "role_not_of_level",
        ]),
        "What it said.",
    ),
    optional("nearMiss", NEAR_MISS, "A group that nearly is the rule's."),
    optional("index", COUNT, "The place of the condition that does not hold, from 0."),
    optional("condition", mappings::CONDITION, "The first condition that does not hold."),
]);
/// What rules say about given claims.
pub const SIMULATION: Shape = Shape::Named(
    "Simulation",
    &Shape::Object(&[
        field("groups", Shape::List(&Shape::Text), "The groups that were found."),
        field("refused", TEXT_OR_NULL, "Why a sign-in with these claims would be refused, as a code."),
        field(
            "rulesRevision",
            Shape::Optional(&COUNT),
            "The revision of the stored rules; null: others were asked.",
        ),
        field(
            "whenNothingMatches",
            TEXT_OR_NULL,
            "What the integration does (no_roles, refuse, role), as the rules gave nothing; null: they gave something.",
        ),
        field(
            "grants",
            Shape::List(&GRANT),
            "Each role at each target once; without rules: the default role.",
        ),
        field("trace", Shape::List(&OUTCOME), "One verdict per rule, in the rules' order."),
    ]),
);

/// An organization.
pub const ORGANIZATION: Shape = Shape::Named(
    "Organization",
    &Shape::Object(&[
        field("id", Shape::Text, "24 hex digits."),
        field("name", Shape::Text, "Its name."),
        CREATED,
        UPDATED,
        REVISION,
    ]),
);
/// Organizations.
pub const ORGANIZATIONS: Shape = page!("OrganizationList", ORGANIZATION);

/// A project.
pub const PROJECT: Shape = Shape::Named(
    "Project",
    &Shape::Object(&[
        field("id", Shape::Text, "24 hex digits."),
        field("name", Shape::Text, "Its name."),
        field("organization", Shape::Text, "The organization's identifier."),
        CREATED,
        UPDATED,
        REVISION,
    ]),
);
/// Projects.
pub const PROJECTS: Shape = page!("ProjectList", PROJECT);

const IDENTITY: Shape = Shape::Object(&[
    field("id", Shape::Text, "Its identifier."),
    field("integration", TEXT_OR_NULL, "The integration's name; null when that is deleted."),
    field("issuer", Shape::Text, "The issuer."),
    field("subject", Shape::Text, "The subject."),
]);
const USER_FIELDS: Shape = Shape::Object(&[
    field("id", Shape::Text, "Its identifier."),
    field("username", Shape::Text, "What they are called."),
    field("displayName", TEXT_OR_NULL, "The full name."),
    field("email", TEXT_OR_NULL, "The e-mail address."),
    field("enabled", Shape::Bool, "Whether they may sign in."),
    field("hasPassword", Shape::Bool, "Whether they have a password."),
    field("identities", Shape::List(&IDENTITY), "How they sign in with SSO."),
    field("lastLoginAt", TIME_OR_NULL, "When they last signed in."),
    CREATED,
    UPDATED,
    REVISION,
]);
/// A user.
pub const USER: Shape = Shape::Named("User", &USER_FIELDS);
/// A user just made.
pub const NEW_USER: Shape = Shape::Named(
    "NewUser",
    &Shape::And(
        &USER_FIELDS,
        &[field("oneTimePassword", Shape::Text, "Shown this once; to be changed at the first sign-in.")],
    ),
);
/// Users.
pub const USERS: Shape = page!("UserList", USER);
/// A one-time password.
pub const ONE_TIME_PASSWORD: Shape = Shape::Named(
    "OneTimePassword",
    &Shape::Object(&[
        field("username", Shape::Text, "Whose."),
        field("password", Shape::Text, "Shown this once; to be changed at the first sign-in."),
    ]),
);

const BECAUSE: Shape = Shape::Object(&[
    field("rule", TEXT_OR_NULL, "The rule; null for a role given by hand."),
    field("group", TEXT_OR_NULL, "The group that matched."),
    field("integration", TEXT_OR_NULL, "The integration, by name."),
    optional("impliedBy", IMPLIED_BY, "The role it follows from; left out where it follows from none."),
]);
const ROLE_GRANT: Shape = Shape::Object(&[
    field("role", Shape::Text, "The role."),
    field("level", LEVEL, "Where it counts."),
    field("target", TEXT_OR_NULL, "The organization's or project's identifier."),
    field("targetName", TEXT_OR_NULL, "What people call the target."),
    field("because", Shape::List(&BECAUSE), "Why."),
]);
const ME_USER: Shape = Shape::Object(&[
    field("id", Shape::Text, "The user's identifier."),
    field("username", Shape::Text, "The user name."),
    field("displayName", TEXT_OR_NULL, "The full name."),
    field("email", TEXT_OR_NULL, "The e-mail address."),
    field("identities", Shape::List(&IDENTITY), "How they sign in with SSO."),
    field("hasPassword", Shape::Bool, "Whether they have a password."),
]);
const ME_SESSION: Shape = Shape::Object(&[
    field("id", Shape::Text, "Its identifier; never the cookie's value."),
    field("createdAt", Shape::Time, "When it began."),
    field("expiresAt", Shape::Time, "When it ends at the latest."),
    field("integration", TEXT_OR_NULL, "The integration, by name; null: a password."),
]);
/// Who is asking.
pub const ME: Shape = Shape::Named(
    "Me",
    &Shape::Object(&[
        field("user", ME_USER, "Who."),
        field("roleGrants", Shape::List(&ROLE_GRANT), "Which roles, and why."),
        field("session", Shape::Optional(&ME_SESSION), "This session; null for an API token."),
        field("mustChangePassword", Shape::Bool, "Nothing else is allowed until the password is changed."),
    ]),
);

/// A session.
pub const SESSION: Shape = Shape::Named(
    "Session",
    &Shape::Object(&[
        field("id", Shape::Text, "Its identifier; never the cookie's value."),
        field("userId", Shape::Text, "Who."),
        field("username", Shape::Text, "Their user name."),
        field("integration", TEXT_OR_NULL, "The integration, by name; null: a password."),
        field("createdAt", Shape::Time, "When it began."),
        field("lastSeenAt", Shape::Time, "When it was last used, to the minute."),
        field("expiresAt", Shape::Time, "When it ends at the latest."),
        field("address", TEXT_OR_NULL, "Where it began."),
        field("userAgent", TEXT_OR_NULL, "The browser, as it called itself."),
        field("current", Shape::Bool, "Whether it is the one asking."),
    ]),
);
/// Sessions.
pub const SESSIONS: Shape = page!("SessionList", SESSION);
/// How many sessions ended.
pub const ENDED: Shape =
    Shape::Named("SessionsEnded", &Shape::Object(&[field("ended", COUNT, "How many sessions ended.")]));

/// An audit event.
pub const AUDIT_EVENT: Shape = Shape::Named(
    "AuditEvent",
    &Shape::Object(&[
        field("id", Shape::Text, "Its identifier."),
        field("number", COUNT, "Its place in the chain, from 1, without gaps."),
        field("at", Shape::Time, "When."),
        field("kind", Shape::Text, "What happened, as a code such as integration.changed."),
        field("risk", Shape::Choice(&["low", "moderate", "critical", "urgent"]), "How much depends on it."),
        field("outcome", Shape::Choice(&["success", "failure"]), "Whether it was done."),
        field("actor", Shape::Text, "Who did it: a user name, host, or anonymous."),
        field("actorId", TEXT_OR_NULL, "The actor's identifier."),
        field("target", TEXT_OR_NULL, "What it was done to: integration:corp."),
        field("integration", TEXT_OR_NULL, "The integration it concerns."),
        field("code", TEXT_OR_NULL, "The code of a failure."),
        field("address", TEXT_OR_NULL, "Where the request came from."),
        field("reference", Shape::Text, "The request's id."),
        field("detail", Shape::Any, "Diff, trace, cause; never a secret."),
    ]),
);
/// Audit events.
pub const AUDIT_EVENTS: Shape = page!("AuditEventList", AUDIT_EVENT);

const TOKEN_FIELDS: Shape = Shape::Object(&[
    field("id", Shape::Text, "Its identifier."),
    field("name", Shape::Text, "What it is for."),
    field("owner", TEXT_OR_NULL, "Whose it is, by user name; null: made on the host."),
    field("roles", Shape::List(&Shape::Text), "Global roles it is limited to; empty: all its owner has."),
    field("accessList", Shape::List(&Shape::Text), "Addresses and networks it may be used from."),
    CREATED,
    field("expiresAt", TIME_OR_NULL, "When it ends; null: never."),
    field("lastUsedAt", TIME_OR_NULL, "When it was last used, to the minute."),
]);
/// An API token.
pub const API_TOKEN: Shape = Shape::Named("ApiToken", &TOKEN_FIELDS);
/// An API token just made.
pub const NEW_API_TOKEN: Shape = Shape::Named(
    "NewApiToken",
    &Shape::And(&TOKEN_FIELDS, &[field("value", Shape::Text, "lk_…: shown this once.")]),
);
/// API tokens.
pub const API_TOKENS: Shape = page!("ApiTokenList", API_TOKEN);

/// The settings.
pub const SETTINGS: Shape = Shape::Named(
    "Settings",
    &Shape::Object(&[
        field("localSignIn", Shape::Choice(&["auto", "on", "off"]), "Whether passwords may be used."),
        field("localSignInNow", Shape::Bool, "What follows from it at the moment."),
        field("localSignInWhy", Shape::Text, "Why, one sentence."),
        REVISION,
    ]),
);

/// What every refusal looks like.
pub const PROBLEM: Shape = Shape::Named(
    "Problem",
    &Shape::Object(&[
        field("type", Shape::Text, "urn:latchkey:problem: and the code."),
        field("title", Shape::Text, "What happened and what to do."),
        field("status", Shape::Number(599), "The HTTP status."),
        field("code", Shape::Text, "The stable code; the list is in errors.md."),
        optional("detail", Shape::Text, "More about it."),
        optional(
            "fields",
            Shape::List(&Shape::Object(&[
                field("field", Shape::Text, "The field, nested ones with dots."),
                field("code", Shape::Text, "The stable code."),
                field("message", Shape::Text, "What is wrong and the way out."),
            ])),
            "Which fields are wrong, and how.",
        ),
        optional("current", COUNT, "The newest revision, when the code is stale and it is known."),
        optional("usedBy", USED_BY, "What hangs on it, the first hundred, when the code is in_use."),
        field("reference", Shape::Text, "The request's id; it finds the cause in the server's log."),
    ]),
);
