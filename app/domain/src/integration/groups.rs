//! What an integration does about groups that do not come.

use serde::{Deserialize, Serialize};

use super::IntegrationSettings;

/// What happens when the groups claim is not there at all. Groups that *cannot be read* are another matter: they
/// always refuse the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMissingGroups {
    /// The person gets in without any mapped role.
    #[default]
    NoRoles,
    /// The person does not get in.
    Refuse,
}

impl OnMissingGroups {
    /// Every choice, as forms offer them.
    pub const ALL: [Self; 2] = [Self::NoRoles, Self::Refuse];

    /// `no_roles`, `refuse`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoRoles => "no_roles",
            Self::Refuse => "refuse",
        }
    }

    /// Reads [`OnMissingGroups::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text)
    }
}

/// From so many groups on a provider may soon leave them out of the token: Entra ID does so above 150 in SAML and
/// above 200 in OpenID Connect, and other providers' tokens outgrow headers.
pub const MANY_GROUPS: usize = 150;

/// The scope that asks for a refresh token (OpenID Connect Core 1.0 section 11).
const OFFLINE_ACCESS: &str = "offline_access";

impl IntegrationSettings {
    /// What is sent as `scope`: as configured, and `offline_access` when live groups need a refresh token and the
    /// provider names that scope. Providers that do not name it give refresh tokens without it, or by a parameter of
    /// their own.
    #[must_use]
    pub fn scopes_sent(&self, supported: &[String]) -> Vec<String> {
        let mut scopes = self.oauth_scopes.clone();
        let asked = scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
        if self.live_groups && !asked && supported.iter().any(|scope| scope == OFFLINE_ACCESS) {
            scopes.push(OFFLINE_ACCESS.to_owned());
        }
        scopes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_for_refresh_tokens_is_asked_for_once_and_only_when_needed_and_known() {
        let known = vec!["openid".to_owned(), OFFLINE_ACCESS.to_owned()];
        let mut settings = IntegrationSettings::default();
        assert_eq!(settings.scopes_sent(&known), settings.oauth_scopes);
        settings.live_groups = true;
        assert_eq!(settings.scopes_sent(&[]), settings.oauth_scopes);
        assert_eq!(settings.scopes_sent(&known).last().map(String::as_str), Some(OFFLINE_ACCESS));
        settings.oauth_scopes.push(OFFLINE_ACCESS.to_owned());
        assert_eq!(settings.scopes_sent(&known), settings.oauth_scopes);
    }

    #[test]
    fn settings_stored_before_these_members_existed_still_read() {
        let stored: IntegrationSettings = serde_json::from_str(r#"{"name": "corp"}"#).unwrap();
        assert_eq!(stored.on_missing_groups, OnMissingGroups::NoRoles);
        assert_eq!((stored.groups_endpoint, stored.groups_endpoint_field.as_str()), (None, "id"));
        assert!(!stored.live_groups);
        assert_eq!(
            OnMissingGroups::ALL.map(|choice| OnMissingGroups::parse(choice.as_str())),
            [Some(OnMissingGroups::NoRoles), Some(OnMissingGroups::Refuse)]
        );
    }
}
