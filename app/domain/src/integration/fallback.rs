//! What an integration does about people whom no mapping rule gives a role.

use serde::{Deserialize, Serialize};

use super::IntegrationSettings;
use crate::{
    mapping::{Evaluation, RoleGrantDraft},
    role::{self, RoleName},
    target::{Level, Target},
};

/// What happens when no rule gives a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenNothingMatches {
    /// The person gets in without any mapped role.
    #[default]
    NoRoles,
    /// The person does not get in.
    Refuse,
    /// The person gets one role at one place.
    Role,
}

impl WhenNothingMatches {
    /// Every choice, as forms offer them.
    pub const ALL: [Self; 3] = [Self::NoRoles, Self::Refuse, Self::Role];

    /// `no_roles`, `refuse`, `role`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoRoles => "no_roles",
            Self::Refuse => "refuse",
            Self::Role => "role",
        }
    }

    /// Reads [`WhenNothingMatches::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text)
    }
}

impl IntegrationSettings {
    /// The role for people whom no rule gives one, and where; `None`: there is none, or it is none that may be given to
    /// everybody. The role that owns the console never is.
    #[must_use]
    pub fn default_grant(&self) -> Option<RoleGrantDraft> {
        if self.when_nothing_matches != WhenNothingMatches::Role {
            return None;
        }
        let role = role::builtin(self.default_role.as_deref()?)?;
        let id = self.default_role_target.as_deref().filter(|_| role.level != Level::Global);
        let target = Target::from_parts(role.level, id)?;
        (role.name != RoleName::GLOBAL_OWNER).then(|| RoleGrantDraft {
            role: RoleName::new(role.name),
            target,
            rules: Vec::new(),
        })
    }

    /// Adds what people get when the rules gave nothing; what it was, or `None` when the rules gave something.
    pub fn fall_back(&self, evaluation: &mut Evaluation) -> Option<WhenNothingMatches> {
        if !evaluation.grants.is_empty() {
            return None;
        }
        evaluation.grants.extend(self.default_grant());
        Some(self.when_nothing_matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OrganizationId;

    fn with(role: &str, target: Option<&str>) -> IntegrationSettings {
        IntegrationSettings {
            when_nothing_matches: WhenNothingMatches::Role,
            default_role: Some(role.to_owned()),
            default_role_target: target.map(str::to_owned),
            ..IntegrationSettings::default()
        }
    }

    #[test]
    fn the_default_role_is_given_only_when_no_rule_gives_one() {
        let mut nothing = Evaluation::default();
        let of_org = with("ORG_MEMBER", Some("o1"));
        assert_eq!(of_org.fall_back(&mut nothing), Some(WhenNothingMatches::Role));
        assert_eq!(nothing.grants[0].target, Target::Organization(OrganizationId::new("o1")));
        let something = nothing.clone();
        assert_eq!(with("GLOBAL_READ_ONLY", None).fall_back(&mut nothing), None);
        assert_eq!(nothing, something);
        let refuses = IntegrationSettings {
            when_nothing_matches: WhenNothingMatches::Refuse,
            ..IntegrationSettings::default()
        };
        let mut nothing = Evaluation::default();
        assert_eq!(refuses.fall_back(&mut nothing), Some(WhenNothingMatches::Refuse));
        assert!(nothing.grants.is_empty());
    }

    #[test]
    fn the_owner_of_the_console_and_nonsense_are_never_a_default() {
        for (role, target) in
            [("GLOBAL_OWNER", None), ("ADMIN", None), ("NOBODY", None), ("ORG_MEMBER", None)]
        {
            assert_eq!(with(role, target).default_grant(), None, "{role}");
        }
    }
}
