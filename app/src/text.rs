//! Words for codes: a sentence and a next step for everything that has a stable code. Matches are exhaustive, so a new
//! code without words does not compile.

mod login_failure;
mod login_failure_title;

use domain::{
    api::LocalSignInReason,
    audit::{Outcome, Risk},
    integration::{
        ClientAuthMethod, OnMissingGroups, Protocol, PushedAuthorization, ResponseMode, UserinfoAuth,
        UserinfoMode,
    },
    mapping::{Difference, NearMiss, Verdict},
    target::Level,
};

pub use login_failure::{FailureText, UNKNOWN_FAILURE, login_failure};
pub use login_failure_title::login_failure_title;

use crate::error::AppError;

/// The product's name.
pub const PRODUCT: &str = "Latchkey";

/// What people call a level.
#[must_use]
pub const fn level(level: Level) -> &'static str {
    match level {
        Level::Global => "Global",
        Level::Organization => "Organization",
        Level::Project => "Project",
    }
}

/// What roles of a level reach, one sentence.
#[must_use]
pub const fn level_reach(level: Level) -> &'static str {
    match level {
        Level::Global => "Counts everywhere in this console.",
        Level::Organization => "Counts in one organization.",
        Level::Project => "Counts in one project.",
    }
}

/// Where a role counts, in a sentence: `everywhere`, or the target's name.
#[must_use]
pub fn place(level: Level, name: Option<&str>, id: Option<&str>) -> String {
    match level {
        Level::Global => "everywhere".to_owned(),
        Level::Organization | Level::Project => name.or(id).unwrap_or("a deleted target").to_owned(),
    }
}

/// What people call a protocol.
#[must_use]
pub const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Oidc => "OpenID Connect",
        Protocol::OAuth2 => "OAuth 2.0",
    }
}

/// What a way of client authentication means.
#[must_use]
pub const fn client_auth(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::ClientSecretBasic => "In the header (client_secret_basic)",
        ClientAuthMethod::ClientSecretPost => "In the body (client_secret_post)",
        ClientAuthMethod::ClientSecretJwt => "A token signed with the secret (client_secret_jwt)",
        ClientAuthMethod::PrivateKeyJwt => "A token signed with this console's key (private_key_jwt)",
        ClientAuthMethod::None => "None: a public client, PKCE only (none)",
    }
}

/// What a userinfo mode means.
#[must_use]
pub const fn userinfo(mode: UserinfoMode) -> &'static str {
    match mode {
        UserinfoMode::Auto => "When the provider has the endpoint",
        UserinfoMode::Always => "Always",
        UserinfoMode::Never => "Never",
    }
}

/// How the access token travels to userinfo.
#[must_use]
pub const fn userinfo_auth(way: UserinfoAuth) -> &'static str {
    match way {
        UserinfoAuth::Header => "In the header (usual)",
        UserinfoAuth::Form => "In the body of a form",
        UserinfoAuth::Query => "In the address (logs may keep it)",
    }
}

/// How the provider's answer comes back.
#[must_use]
pub const fn response_mode(mode: ResponseMode) -> &'static str {
    match mode {
        ResponseMode::Query => "In the address (query)",
        ResponseMode::FormPost => "In a form that the browser sends (form_post)",
    }
}

/// Whether requests are pushed.
#[must_use]
pub const fn pushed_authorization(mode: PushedAuthorization) -> &'static str {
    match mode {
        PushedAuthorization::Auto => "When the provider offers it",
        PushedAuthorization::Never => "Only when the provider insists",
    }
}

/// What happens when a provider sends no groups.
#[must_use]
pub const fn on_missing_groups(choice: OnMissingGroups) -> &'static str {
    match choice {
        OnMissingGroups::NoRoles => "Let people in without roles",
        OnMissingGroups::Refuse => "Let nobody in",
    }
}

/// What people call an outcome.
#[must_use]
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "Done",
        Outcome::Failure => "Refused or failed",
    }
}

/// What people call a risk level.
#[must_use]
pub const fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "Low",
        Risk::Moderate => "Moderate",
        Risk::Critical => "Critical",
        Risk::Urgent => "Urgent",
    }
}

/// What a rule's verdict means, one sentence.
#[must_use]
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Granted => "Gave its role: the person is in the group.".to_owned(),
        Verdict::GroupAbsent { near_miss: None } => {
            "Gave nothing: the person is not in the group.".to_owned()
        }
        Verdict::GroupAbsent { near_miss: Some(near) } => near_miss(near),
        Verdict::RuleDisabled => "Gave nothing: the rule is turned off.".to_owned(),
        Verdict::OtherIntegration => "Gave nothing: the rule belongs to another integration.".to_owned(),
        Verdict::RoleNotOfLevel => {
            "Gave nothing: the role belongs to another level than the target.".to_owned()
        }
    }
}

/// What separates a group from the rule's, with the way out.
fn near_miss(near: &NearMiss) -> String {
    let what = match near.difference {
        Difference::Case => "upper and lower case",
        Difference::Space => "white space at an end",
        Difference::LeadingSlash => "a slash at the front",
        Difference::DistinguishedName => "a distinguished name instead of a common name",
        Difference::Several => "more than one detail",
    };
    format!(
        "Gave nothing, but nearly: the token says \u{201c}{}\u{201d}, which differs by {what}. Write the group exactly \
         as the token has it.",
        near.group
    )
}

/// What an error says, one or two sentences, from its code alone.
#[must_use]
pub fn error(error: &AppError) -> &'static str {
    match error {
        AppError::Invalid { .. } => domain::problem::ProblemCode::Invalid.message(),
        AppError::Refused { code, .. } => code.message(),
        AppError::Transport => "The server did not answer. Check the connection and try again.",
    }
}

/// Whether passwords may be used and why, one sentence.
#[must_use]
pub fn local_sign_in(why: &LocalSignInReason) -> String {
    match why {
        LocalSignInReason::NoIntegration => {
            "Passwords are on because no single sign-on is enabled.".to_owned()
        }
        LocalSignInReason::Integration { label, .. } => format!("Passwords are on because of {label}."),
        LocalSignInReason::NoneAllows => "Passwords are off: single sign-on is the only way in.".to_owned(),
        LocalSignInReason::TurnedOn => {
            "Passwords are on because they were turned on for the whole console.".to_owned()
        }
        LocalSignInReason::TurnedOff => {
            "Passwords are off because they were turned off for the whole console.".to_owned()
        }
    }
}

/// Why the sign-in page is shown, by the note in its address; `None`: there is no such note.
#[must_use]
pub fn sign_in_note(note: &str) -> Option<&'static str> {
    Some(match note {
        "returned" => {
            "You came back from the sign-in service several times without being signed in. Choose how to go on; if it \
             happens again, allow cookies for this site or ask your administrator."
        }
        "stay" => "You are signed out here. Choose how to sign in again.",
        "unknown" => {
            "The link names a sign-in service that is not offered here. Choose another way to sign in."
        }
        "no_service" => "No sign-in service is set up for this address. Choose another way to sign in.",
        "ended_by_service" => "Your sign-in service ended your session. Sign in again to go on.",
        "service_away" => {
            "Your session ended, because your sign-in service could not be asked for too long. Sign in again to go on."
        }
        "no_longer_admitted" => {
            "Your session ended, because your sign-in service no longer names you in a group that may use this console. If \
             that is wrong, ask your administrator."
        }
        "several" => "More than one sign-in service fits. Choose yours.",
        _ => return None,
    })
}

/// A reference as it may be shown: only what one can look like, because it may come from an address.
#[must_use]
pub fn reference(text: &str) -> Option<&str> {
    let known =
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    known.then_some(text)
}

/// `1 session`, `2 sessions`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

#[cfg(test)]
mod tests;
