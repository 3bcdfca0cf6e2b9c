//! The JSON of the REST API; the console's own screens use the same shapes.

mod import;
mod integration;
mod managed;
mod people;
mod provider;
mod rules;
mod tenancy;
mod watch;

pub use import::*;
pub use integration::IntegrationView;
pub use managed::*;
pub use people::*;
pub use provider::{CertificateView, ManyGroups};
pub use rules::*;
use serde::{Deserialize, Serialize};
pub use tenancy::*;
pub use watch::*;

use crate::{id::PendingChangeId, target::Target, time::Timestamp};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next page; `null` on the last.
    pub next_cursor: Option<String>,
    /// How many there are in all, with the filter.
    pub total: u64,
}

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PageQuery {
    /// Items a page, 1 to 500.
    pub page_size: u32,
    /// From the page before.
    pub cursor: Option<String>,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { page_size: 50, cursor: None }
    }
}

impl PageQuery {
    /// The most items a page.
    pub const MOST: u32 = 500;
}

/// What turning an integration off, or deleting it, would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationConsequences {
    /// Sessions that would end.
    pub sessions: u64,
    /// People who signed in with it and have no other way in.
    pub users: u64,
    /// Rules that belong to it.
    pub rules: u64,
    /// Global owners who could still sign in, by user name.
    pub owners_left: Vec<String>,
    /// Whether passwords may be used afterwards.
    pub local_sign_in: bool,
    /// Whose sessions would end, by user name, at most 20.
    pub session_users: Vec<String>,
    /// How each of those owners could sign in.
    pub owner_ways: Vec<OwnerWays>,
    /// Whether it would be done at once; otherwise only provisionally, or not at all.
    pub is_safe: bool,
}

/// How a global owner can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerWays {
    /// The user name.
    pub username: String,
    /// Whether with a password.
    pub password: bool,
    /// With which integrations, by name.
    pub integrations: Vec<String>,
}

/// A change that is taken back by itself unless an owner confirms it in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingChangeView {
    /// Its identifier.
    pub id: PendingChangeId,
    /// What was done, one sentence.
    pub summary: String,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it is taken back.
    pub deadline_at: Timestamp,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// When it was taken back.
    pub reverted_at: Option<Timestamp>,
}

/// What an issuer's discovery document says, for the form that is being filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscoveryView {
    /// The issuer, byte for byte.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorization: String,
    /// Where the code becomes tokens.
    pub token: String,
    /// Where claims are read.
    pub userinfo: Option<String>,
    /// The provider's keys.
    pub jwks: String,
    /// Where the provider's own session ends.
    pub end_session: Option<String>,
    /// The scopes it knows; empty: it does not say.
    pub scopes_supported: Vec<String>,
    /// The claims it knows; empty: it does not say.
    pub claims_supported: Vec<String>,
    /// The signature algorithms of its ID tokens.
    pub signing_algorithms: Vec<String>,
    /// How its token endpoint knows clients.
    pub client_auth_methods: Vec<String>,
    /// Whether it names PKCE's S256.
    pub pkce: bool,
    /// Whether requests can be pushed to it (RFC 9126).
    pub pushed_authorization: bool,
}

/// What the sign-in page offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInOptions {
    /// One button each.
    pub integrations: Vec<SignInButton>,
    /// Whether the password form is shown.
    pub local_sign_in: bool,
    /// Why it is, or is not.
    pub why: LocalSignInReason,
    /// Whether an e-mail address may say which integration is meant.
    pub by_email: bool,
}

/// Why passwords may be used, or may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LocalSignInReason {
    /// On: no integration is enabled.
    NoIntegration,
    /// On: this integration allows it beside itself.
    Integration {
        /// Its name.
        name: String,
        /// Its label.
        label: String,
    },
    /// Off: no enabled integration allows it beside itself.
    NoneAllows,
    /// On, whatever integrations say.
    TurnedOn,
    /// Off, whatever integrations say.
    TurnedOff,
}

/// A button of the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInButton {
    /// The integration's name.
    pub name: String,
    /// What it says.
    pub label: String,
    /// Whether this browser used it last.
    pub last_used: bool,
    /// Its drawing; `None`: the first letter of its label.
    pub icon: Option<String>,
}

/// A user made or found for an audit row, a rule or a grant: what a target is called.
#[must_use]
pub fn target_name(target: &Target, organization: Option<&str>, project: Option<&str>) -> Option<String> {
    match target {
        Target::Global => None,
        Target::Organization(_) => organization.map(str::to_owned),
        Target::Project(_) => Some(format!("{} / {}", organization.unwrap_or("?"), project.unwrap_or("?"))),
    }
}
