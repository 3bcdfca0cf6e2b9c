use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors};
use crate::{
    claims::ClaimPath,
    mapping::{Condition, ConditionKind, Conditions, MOST_PATTERN_BYTES, MappingRule, is_usable_regex},
    role::{self, RoleName},
    target::{Level, Target},
};

/// The mapping-rule form as a browser posts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    /// The integration's name; empty: any.
    pub integration: String,
    /// The group, byte for byte; empty: the conditions alone decide.
    pub group: String,
    /// What else must hold; empty rows do not count.
    pub conditions: Vec<ConditionForm>,
    /// The role's name.
    pub role: String,
    /// `global`, or an organization's or project's identifier.
    pub target: String,
    /// `global`, `organization` or `project`.
    pub level: String,
    /// `on`: it counts.
    pub enabled: Option<String>,
    /// The revision that was edited; empty at creation.
    pub revision: String,
    /// More groups, one a line: each becomes a rule of its own, with all the rest the same. At creation only.
    pub more_groups: String,
}

/// One row of conditions, as a browser posts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConditionForm {
    /// One of [`ConditionKind::as_str`]; empty: the row does not count.
    pub kind: String,
    /// The claim's path; empty: it is not about a claim.
    pub path: String,
    /// The text or pattern.
    pub value: String,
}

/// A rule that holds by itself; whether its target and integration exist, the server looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRule {
    /// The integration's name; `None`: any.
    pub integration: Option<String>,
    /// The group; empty: the conditions alone decide.
    pub group: String,
    /// What else must hold. A condition on the integration has become `integration`, and the first on an exact group
    /// has become `group` where that was empty, so that one rule is written one way only.
    pub conditions: Conditions,
    /// The role.
    pub role: RoleName,
    /// Where.
    pub target: Target,
    /// Whether it counts.
    pub enabled: bool,
    /// The revision that was edited.
    pub revision: Option<i64>,
}

/// The longest group, or value of a condition, in bytes.
const MOST_GROUP_BYTES: usize = 1024;
/// The most groups that one form makes rules of.
pub const MOST_GROUPS: usize = 500;
/// The most conditions of one rule.
pub const MOST_CONDITIONS: usize = 16;

impl ValidRule {
    /// A stored rule as it would be stored again.
    #[must_use]
    pub fn of(rule: &MappingRule) -> Self {
        Self {
            integration: rule.integration.clone(),
            group: rule.group.clone(),
            conditions: rule.conditions.clone(),
            role: rule.role.clone(),
            target: rule.target.clone(),
            enabled: rule.enabled,
            revision: None,
        }
    }
}

impl ConditionForm {
    /// A condition as a form shows it.
    #[must_use]
    pub fn of(condition: &Condition) -> Self {
        Self {
            kind: condition.kind.as_str().to_owned(),
            path: condition.path.clone().unwrap_or_default(),
            value: condition.value.clone(),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.kind.is_empty() && self.path.trim().is_empty() && self.value.is_empty()
    }

    fn read(&self, place: &str, errors: &mut FieldErrors) -> Option<Condition> {
        let before = errors.iter().count();
        let at = |member: &str| format!("{place}.{member}");
        let Some(kind) = ConditionKind::parse(self.kind.trim()) else {
            let code = if self.kind.is_empty() { FieldCode::Required } else { FieldCode::UnknownChoice };
            errors.add(at("kind"), code);
            return None;
        };
        let path = self.path.trim();
        match kind.has_path() {
            true if path.is_empty() => errors.add(at("path"), FieldCode::Required),
            true if ClaimPath::parse(path).is_err() => errors.add(at("path"), FieldCode::BadClaimPath),
            false if !path.is_empty() => errors.add(at("path"), FieldCode::OnlyForClaims),
            _ => {}
        }
        let most = if kind.is_pattern() { MOST_PATTERN_BYTES } else { MOST_GROUP_BYTES };
        check_exact(&self.value, most, &at("value"), errors);
        (errors.iter().count() == before).then(|| Condition {
            kind,
            path: kind.has_path().then(|| path.to_owned()),
            value: self.value.clone(),
        })
    }
}

/// Checks text that counts byte for byte.
fn check_exact(text: &str, most: usize, field: &str, errors: &mut FieldErrors) {
    if text.is_empty() {
        errors.add(field, FieldCode::Required);
    } else if text.len() > most {
        errors.add(field, FieldCode::TooLong { max: u32::try_from(most).unwrap_or(u32::MAX) });
    } else if text.chars().any(|c| matches!(c, '\0' | '\n' | '\r')) {
        errors.add(field, FieldCode::BadCharacters);
    }
}

impl RuleForm {
    /// One form a rule: of the group, and of each line of the list that is not blank.
    ///
    /// # Errors
    /// Too many lines.
    pub fn split(&self) -> Result<Vec<(Option<u32>, Self)>, FieldErrors> {
        let lines = self.more_groups.lines().zip(1_u32..).filter(|(line, _)| !line.is_empty());
        let one = |group: &str| Self { group: group.to_owned(), more_groups: String::new(), ..self.clone() };
        let mut forms: Vec<_> = lines.map(|(line, number)| (Some(number), one(line))).collect();
        if forms.len() > MOST_GROUPS {
            return Err(FieldErrors::one("moreGroups", FieldCode::TooMany { max: 500 }));
        }
        // Without a group of its own the form is only there for the list.
        if forms.is_empty() || !self.group.is_empty() {
            forms.insert(0, (None, one(&self.group)));
        }
        Ok(forms)
    }

    /// Turns the form into a rule.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self) -> Result<ValidRule, FieldErrors> {
        let mut errors = FieldErrors::default();
        for (index, row) in self.conditions.iter().enumerate().take(MOST_CONDITIONS) {
            // Too long ones are named below.
            let is_regex = row.kind.trim() == ConditionKind::GroupRegex.as_str();
            if is_regex && !row.value.is_empty() && row.value.len() <= MOST_PATTERN_BYTES {
                let usable = is_usable_regex(&row.value);
                errors.check(usable, &format!("conditions.{index}.value"), FieldCode::BadRegex);
            }
        }
        match self.draft() {
            Ok(rule) => errors.into_result(rule),
            Err(mut all) => {
                all.extend(errors);
                Err(all)
            }
        }
    }

    /// [`RuleForm::validate`] without a look into regular expressions: for the browser, which has no engine for them.
    ///
    /// # Errors
    /// Every other problem, by field.
    pub fn draft(&self) -> Result<ValidRule, FieldErrors> {
        let mut errors = FieldErrors::default();
        let rows = self.conditions.iter().enumerate().filter(|(_, row)| !row.is_blank());
        let mut conditions = Vec::new();
        if rows.clone().count() > MOST_CONDITIONS {
            errors.add("conditions", FieldCode::TooMany { max: 16 });
        } else {
            for (index, row) in rows {
                conditions.extend(row.read(&format!("conditions.{index}"), &mut errors));
            }
        }
        let (mut integration, mut group) = (self.integration.trim().to_owned(), self.group.clone());
        conditions.sort();
        conditions.retain(|condition| match condition.kind {
            ConditionKind::GroupIs if group.is_empty() || group == condition.value => {
                group.clone_from(&condition.value);
                false
            }
            ConditionKind::IntegrationIs if integration.is_empty() || integration == condition.value => {
                integration.clone_from(&condition.value);
                false
            }
            ConditionKind::IntegrationIs => {
                errors.add("integration", FieldCode::OneIntegration);
                true
            }
            _ => true,
        });
        if !group.is_empty() || (conditions.is_empty() && errors.is_empty()) {
            check_exact(&group, MOST_GROUP_BYTES, "group", &mut errors);
        }
        let level = Level::parse(self.level.trim());
        errors.check(level.is_some(), "level", FieldCode::UnknownChoice);
        // Whether a custom role exists, the server looks up.
        let role = RoleName::read(self.role.trim());
        if self.role.trim().is_empty() {
            errors.add("role", FieldCode::Required);
        } else {
            errors.check(role.is_some(), "role", FieldCode::UnknownChoice);
        }
        if let (Some(level), Some(role)) = (level, &role) {
            let fits = role::level_of(role.as_str()) == Some(level);
            errors.check(fits, "role", FieldCode::RoleNotOfLevel);
        }
        let id = Some(self.target.trim()).filter(|id| !id.is_empty());
        let target = match level {
            Some(Level::Global) => Some(Target::Global),
            Some(level) => {
                let known = id.filter(|id| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric()));
                errors.check(known.is_some(), "target", FieldCode::Required);
                Target::from_parts(level, known)
            }
            None => None,
        };
        match (role, target, errors.is_empty()) {
            (Some(role), Some(target), true) => Ok(ValidRule {
                integration: Some(integration).filter(|name| !name.is_empty()),
                group,
                conditions: Conditions::new(conditions),
                role,
                target,
                enabled: self.enabled.is_some(),
                revision: self.revision.trim().parse().ok(),
            }),
            _ => Err(errors),
        }
    }
}
