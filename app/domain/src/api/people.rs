//! People: users, their roles and reasons, sessions, tokens, and what is searched in the audit log.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ApiTokenId, IdentityId, RuleId, SessionId, UserId},
    role::RoleName,
    target::Level,
    time::Timestamp,
};

/// An (issuer, subject) pair somebody signs in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityView {
    /// Its identifier.
    pub id: IdentityId,
    /// The integration's name; `null` when that is deleted.
    pub integration: Option<String>,
    /// The issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
}

/// A role at a target, with every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleGrantView {
    /// The role.
    pub role: RoleName,
    /// `global`, `organization`, `project`.
    pub level: Level,
    /// The organization's or project's identifier.
    pub target: Option<String>,
    /// What people call the target.
    pub target_name: Option<String>,
    /// Why.
    pub because: Vec<Because>,
}

/// Why somebody has a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Because {
    /// The rule; `null` for a role given by hand.
    pub rule: Option<RuleId>,
    /// The group that matched.
    pub group: Option<String>,
    /// The integration the person signed in with, by name.
    pub integration: Option<String>,
    /// The role it follows from; left out where it follows from none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implied_by: Option<ImpliedBy>,
}

/// The role that brings another one with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpliedBy {
    /// The role.
    pub role: RoleName,
    /// `global`, `organization`, `project`.
    pub level: Level,
    /// The organization's or project's identifier.
    pub target: Option<String>,
    /// What people call the target.
    pub target_name: Option<String>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// Its identifier.
    pub id: UserId,
    /// What they are called; what a local user types at sign-in.
    pub username: String,
    /// The full name.
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether they have a password.
    pub has_password: bool,
    /// How they sign in with SSO.
    pub identities: Vec<IdentityView>,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
}

/// Which users are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserFilter {
    /// Part of user name, full name or e-mail address.
    pub search: Option<String>,
    /// Only enabled, or only disabled ones.
    pub enabled: Option<bool>,
}

/// `GET /api/v1/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Who.
    pub user: MeUser,
    /// Which roles, and why.
    pub role_grants: Vec<RoleGrantView>,
    /// This session; `null` for an API token.
    pub session: Option<MeSession>,
    /// Nothing else is allowed until the one-time password is changed.
    pub must_change_password: bool,
}

/// Who, in [`Me`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeUser {
    /// The user's identifier.
    pub id: UserId,
    /// The user name.
    pub username: String,
    /// The full name.
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// How they sign in with SSO.
    pub identities: Vec<IdentityView>,
    /// Whether they have a password.
    pub has_password: bool,
}

/// This session, in [`Me`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeSession {
    /// Its identifier; never the cookie's value.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The integration, by name; `null`: a password.
    pub integration: Option<String>,
}

/// How somebody's groups came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupsState {
    /// A list, perhaps an empty one.
    Came,
    /// The provider said nothing of groups.
    Missing,
    /// They were left out because there are too many, or nobody can read what came.
    Unreadable,
}

/// As it is kept with an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsSeen {
    /// How they came.
    pub state: GroupsState,
    /// How many.
    pub count: u32,
    /// When.
    pub at: Timestamp,
}

/// The last that a provider said of somebody's groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyGroups {
    /// The integration, by name.
    pub integration: String,
    /// What it said.
    pub seen: GroupsSeen,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Its identifier; never the cookie's value.
    pub id: SessionId,
    /// Who.
    pub user_id: UserId,
    /// Their user name.
    pub username: String,
    /// The integration, by name; `null`: a password.
    pub integration: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used (to the minute).
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Where it began.
    pub address: Option<String>,
    /// The browser, as it called itself.
    pub user_agent: Option<String>,
    /// Whether it is the one asking.
    pub current: bool,
}

/// An API token; never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiTokenView {
    /// Its identifier.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Whose it is, by user name; `null`: made on the host.
    pub owner: Option<String>,
    /// Global roles it is limited to.
    pub roles: Vec<RoleName>,
    /// Addresses and networks it may be used from.
    pub access_list: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used (to the minute).
    pub last_used_at: Option<Timestamp>,
}

/// A new API token with its value, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewApiToken {
    /// The token.
    #[serde(flatten)]
    pub token: ApiTokenView,
    /// `lk_…`: to be kept now, it cannot be shown again.
    pub value: String,
}

/// A user with a new one-time password, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTimePassword {
    /// Whose.
    pub username: String,
    /// To be changed at the first sign-in.
    pub password: String,
}

/// Which audit events are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditFilter {
    /// By this actor, exactly.
    pub actor: Option<String>,
    /// Of this kind, by code.
    pub kind: Option<String>,
    /// `success` or `failure`.
    pub outcome: Option<crate::audit::Outcome>,
    /// Concerning this integration, by name.
    pub integration: Option<String>,
    /// Done to this, exactly: `integration:corp`.
    pub target: Option<String>,
    /// With this reference.
    pub reference: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}
