//! Who may do what: one pure table that pages, server functions and the REST API share.

mod delegation;
mod implied;

use std::net::IpAddr;

pub use delegation::{Action, Place, Scope, has_somewhere, may, permits};
pub use implied::{ImpliedGrant, implied};
use serde::{Deserialize, Serialize};

use crate::{
    id::{ApiTokenId, SessionId, UserId},
    role::RoleName,
    target::Target,
};

/// What code checks before it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Anybody, signed in or not.
    Public,
    /// One's own page: who I am, my roles, my sessions, my password.
    OwnAccess,
    /// See integrations.
    ViewIntegrations,
    /// Create, change, enable, disable, delete integrations.
    ManageIntegrations,
    /// See mapping rules, organizations, projects, roles.
    ViewMappings,
    /// Change mapping rules.
    ManageMappings,
    /// Change organizations and projects.
    ManageTenancy,
    /// See users and their roles.
    ViewUsers,
    /// Create, change, disable, delete users.
    ManageUsers,
    /// See everybody's sessions.
    ViewSessions,
    /// End anybody's session.
    ManageSessions,
    /// Read the audit log and the login attempts.
    ViewAudit,
    /// See API tokens (never their values).
    ViewApiTokens,
    /// Create and revoke API tokens.
    ManageApiTokens,
    /// See settings.
    ViewSettings,
    /// Change settings.
    ManageSettings,
    /// See organizations, projects, roles and mapping rules, all or those of some places.
    ViewPlaces,
    /// Change mapping rules, all or those of some places.
    ManageSomeRules,
    /// Change organizations, projects and custom roles, all or some.
    ManageSomePlaces,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 19] = [
        Self::Public,
        Self::OwnAccess,
        Self::ViewIntegrations,
        Self::ManageIntegrations,
        Self::ViewMappings,
        Self::ManageMappings,
        Self::ManageTenancy,
        Self::ViewUsers,
        Self::ManageUsers,
        Self::ViewSessions,
        Self::ManageSessions,
        Self::ViewAudit,
        Self::ViewApiTokens,
        Self::ManageApiTokens,
        Self::ViewSettings,
        Self::ManageSettings,
        Self::ViewPlaces,
        Self::ManageSomeRules,
        Self::ManageSomePlaces,
    ];

    /// Whether it only looks.
    #[must_use]
    pub const fn is_view(self) -> bool {
        matches!(
            self,
            Self::ViewIntegrations
                | Self::ViewMappings
                | Self::ViewUsers
                | Self::ViewSessions
                | Self::ViewAudit
                | Self::ViewApiTokens
                | Self::ViewSettings
                | Self::ViewPlaces
        )
    }
}

/// Whether somebody with these global roles has the permission. What organization and project roles permit, and where,
/// [`permits`] says. An anonymous visitor has only [`Permission::Public`].
#[must_use]
pub fn allows(global_roles: &[RoleName], permission: Permission) -> bool {
    let has = |name: &str| global_roles.iter().any(|role| role.as_str() == name);
    match permission {
        Permission::Public | Permission::OwnAccess => true,
        _ if has(RoleName::GLOBAL_OWNER) => true,
        Permission::ViewMappings | Permission::ViewPlaces => {
            has(RoleName::GLOBAL_READ_ONLY) || has(RoleName::GLOBAL_USER_ADMIN)
        }
        // Every rule but those that make global owners; a service that honours this asks [`permits`] too.
        Permission::ManageSomeRules => has(RoleName::GLOBAL_USER_ADMIN),
        _ if permission.is_view() => has(RoleName::GLOBAL_READ_ONLY),
        _ => false,
    }
}

/// How a request showed who makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A signed-in browser.
    Session {
        /// The session.
        id: SessionId,
        /// The integration it was signed in with; `None`: a password.
        integration: Option<String>,
    },
    /// An API token.
    ApiToken(ApiTokenId),
    /// A command on the server's own host.
    Host,
}

/// Who makes this request: a user in a session or with an API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user; `None` for a command on the host.
    pub user_id: Option<UserId>,
    /// The user's name, for the audit log.
    pub username: String,
    /// How it was shown.
    pub via: Via,
    /// Global roles in force: of the user, cut down to the token's when there is one.
    pub global_roles: Vec<RoleName>,
    /// Every role at every target in force.
    pub grants: Vec<(RoleName, Target)>,
    /// Nothing but changing the password is allowed until that is done.
    pub must_change_password: bool,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The request's id.
    pub reference: String,
}

/// The caller lacks a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The roles do not give it.
    #[error("missing permission {0:?}")]
    Missing(Permission),
    /// A one-time password must be changed first.
    #[error("the password must be changed first")]
    PasswordChangeNeeded,
}

impl Caller {
    /// A command on the host: allowed everything, named so in the audit log.
    #[must_use]
    pub fn host(reference: impl Into<String>) -> Self {
        Self {
            user_id: None,
            username: "host".to_owned(),
            via: Via::Host,
            global_roles: vec![RoleName::new(RoleName::GLOBAL_OWNER)],
            grants: Vec::new(),
            must_change_password: false,
            address: None,
            reference: reference.into(),
        }
    }

    /// Passes when the caller has the permission.
    ///
    /// # Errors
    /// [`NotAllowed`] otherwise.
    pub fn require(&self, permission: Permission) -> Result<(), NotAllowed> {
        if self.must_change_password && !matches!(permission, Permission::Public | Permission::OwnAccess) {
            return Err(NotAllowed::PasswordChangeNeeded);
        }
        let has = allows(&self.global_roles, permission) || has_somewhere(&self.grants, permission);
        if has { Ok(()) } else { Err(NotAllowed::Missing(permission)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_may_all_viewers_look_others_see_their_own_page() {
        let owner = [RoleName::new("GLOBAL_OWNER")];
        let viewer = [RoleName::new("GLOBAL_READ_ONLY")];
        let people = [RoleName::new("GLOBAL_USER_ADMIN")];
        let other = [RoleName::new("GLOBAL_MONITORING_ADMIN"), RoleName::new("GLOBAL_BACKUP_ADMIN")];
        for permission in Permission::ALL {
            let own = matches!(permission, Permission::Public | Permission::OwnAccess);
            assert!(allows(&owner, permission), "{permission:?}");
            assert_eq!(allows(&viewer, permission), own || permission.is_view(), "{permission:?}");
            let rules = [Permission::ViewMappings, Permission::ViewPlaces, Permission::ManageSomeRules];
            assert_eq!(allows(&people, permission), own || rules.contains(&permission), "{permission:?}");
            assert_eq!(allows(&other, permission), own, "{permission:?}");
            assert_eq!(allows(&[], permission), own, "{permission:?}");
        }
    }

    #[test]
    fn a_one_time_password_allows_nothing_but_its_change() {
        let mut caller = Caller::host("r");
        caller.must_change_password = true;
        assert_eq!(caller.require(Permission::OwnAccess), Ok(()));
        assert_eq!(caller.require(Permission::ViewAudit), Err(NotAllowed::PasswordChangeNeeded));
    }
}
