//! The JSON of the REST API; the console's own screens use the same shapes.

mod import;
mod managed;
mod people;
mod provider;
mod watch;

pub use import::*;
pub use managed::*;
pub use people::*;
pub use provider::{CertificateView, ManyGroups};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
pub use watch::*;

use crate::{
    id::{OrganizationId, PendingChangeId, ProjectId, RuleId},
    integration::{Integration, IntegrationSettings},
    role::RoleName,
    secret::SecretState,
    target::{Level, Target},
    time::Timestamp,
    tree,
};

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

/// An integration as the API shows it. The secret's value is never in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationView {
    /// What the administrator set.
    #[serde(flatten)]
    pub settings: IntegrationSettings,
    /// Whether a secret is stored, and since when.
    pub client_secret: SecretState,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
    /// To be registered at the provider.
    pub callback_url: String,
    /// The last sign-in that worked.
    pub last_success_at: Option<Timestamp>,
    /// The last sign-in that failed.
    pub last_failure_at: Option<Timestamp>,
    /// The code of the last failure.
    pub last_failure_code: Option<String>,
    /// The certificates of `customCa`, named.
    #[serde(default)]
    pub custom_ca_certificates: Vec<CertificateView>,
    /// Whether people come with so many groups that the provider may soon leave them out; only when one integration
    /// is asked for.
    #[serde(default)]
    pub many_groups: Option<ManyGroups>,
    /// When its client secret expires, as far as that is known.
    pub secret_expires_at: Option<Timestamp>,
    /// When the first of its certificates expires, as far as that is known.
    pub certificate_expires_at: Option<Timestamp>,
}

/// All of an [`IntegrationView`] but its settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntegrationRest {
    client_secret: SecretState,
    enabled: bool,
    created_by: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    revision: i64,
    callback_url: String,
    last_success_at: Option<Timestamp>,
    last_failure_at: Option<Timestamp>,
    last_failure_code: Option<String>,
    #[serde(default)]
    custom_ca_certificates: Vec<CertificateView>,
    #[serde(default)]
    many_groups: Option<ManyGroups>,
    secret_expires_at: Option<Timestamp>,
    certificate_expires_at: Option<Timestamp>,
}

/// By hand, from one tree twice: what serde makes for flattened fields keeps everything in a form of its own first, and
/// is the largest single piece of code a page would bring.
impl<'de> Deserialize<'de> for IntegrationView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let settings = tree::read_part(&value).map_err(D::Error::custom)?;
        let IntegrationRest {
            client_secret,
            enabled,
            created_by,
            created_at,
            updated_at,
            revision,
            callback_url,
            last_success_at,
            last_failure_at,
            last_failure_code,
            custom_ca_certificates,
            many_groups,
            secret_expires_at,
            certificate_expires_at,
        } = tree::read_part(&value).map_err(D::Error::custom)?;
        Ok(Self {
            settings,
            client_secret,
            enabled,
            created_by,
            created_at,
            updated_at,
            revision,
            callback_url,
            last_success_at,
            last_failure_at,
            last_failure_code,
            custom_ca_certificates,
            many_groups,
            secret_expires_at,
            certificate_expires_at,
        })
    }
}

impl IntegrationView {
    /// What may be shown of an integration.
    #[must_use]
    pub fn new(integration: Integration, public_url: &str) -> Self {
        let base = public_url.trim_end_matches('/');
        Self {
            callback_url: format!("{base}/login/oauth2/code/{}", integration.settings.name),
            settings: integration.settings,
            client_secret: integration.client_secret,
            enabled: integration.enabled,
            created_by: integration.created_by,
            created_at: integration.created_at,
            updated_at: integration.updated_at,
            revision: integration.revision,
            last_success_at: integration.last_success_at,
            last_failure_at: integration.last_failure_at,
            last_failure_code: integration.last_failure_code,
            custom_ca_certificates: Vec::new(),
            many_groups: None,
            secret_expires_at: None,
            certificate_expires_at: None,
        }
    }
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

/// A mapping rule as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Its identifier.
    pub id: RuleId,
    /// The integration's name; `null`: any.
    pub integration: Option<String>,
    /// The group.
    pub group: String,
    /// The role.
    pub role: RoleName,
    /// `global`, `organization`, `project`.
    pub level: Level,
    /// The organization's or project's identifier.
    pub target: Option<String>,
    /// What people call the target: `Atlas` or `Atlas / billing`; `null` at the global level.
    pub target_name: Option<String>,
    /// Whether it counts.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}

/// Which rules are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleFilter {
    /// Of this integration, by name; `*`: of no particular one.
    pub integration: Option<String>,
    /// For exactly this group.
    pub group: Option<String>,
    /// Giving this role.
    pub role: Option<String>,
    /// At this level.
    pub level: Option<Level>,
    /// At this organization or project.
    pub target: Option<String>,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    /// 24 hex digits.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectView {
    /// 24 hex digits.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}

/// A role of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    /// `GLOBAL_OWNER`.
    pub name: RoleName,
    /// Where it can be granted.
    pub level: Level,
    /// What people call it.
    pub label: String,
    /// What it lets somebody do.
    pub description: String,
    /// Whether every installation has it.
    pub builtin: bool,
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

/// What a rule's fields offer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingChoices {
    /// Name and label of each integration.
    pub integrations: Vec<(String, String)>,
    /// Identifier and name of each organization.
    pub organizations: Vec<(String, String)>,
    /// Identifier and name (`Atlas / billing`) of each project.
    pub projects: Vec<(String, String)>,
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
