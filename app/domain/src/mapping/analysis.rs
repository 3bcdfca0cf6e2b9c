//! What is wrong with a set of rules as a set: rules that say the same, rules that another one makes needless, and rules
//! that can give nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Condition, ConditionKind, MappingRule, condition::implies, evaluate::fits_level};
use crate::{id::RuleId, role::RoleName, target::Target, time::Timestamp};

/// What can be found about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Another rule says the same in other words.
    Duplicate,
    /// Another rule already gives everybody whom this one reaches the same role at the same place.
    Shadowed,
    /// The role belongs to another level than the place: the rule gives nothing.
    WrongLevel,
    /// It has never given anybody its role.
    NeverMatched,
    /// It has not given anybody its role for [`UNUSED_DAYS`] days.
    Unused,
}

/// After so many days without anybody who got its role a rule is pointed out.
pub const UNUSED_DAYS: i64 = 90;

impl FindingKind {
    /// Every kind, as filters offer them.
    pub const ALL: [Self; 5] =
        [Self::Duplicate, Self::Shadowed, Self::WrongLevel, Self::NeverMatched, Self::Unused];

    /// `duplicate`, `shadowed`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Shadowed => "shadowed",
            Self::WrongLevel => "wrong_level",
            Self::NeverMatched => "never_matched",
            Self::Unused => "unused",
        }
    }

    /// Reads [`FindingKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Two or three words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Duplicate => "Said twice",
            Self::Shadowed => "Needless",
            Self::WrongLevel => "Gives nothing",
            Self::NeverMatched => "Never matched",
            Self::Unused => "Not used",
        }
    }

    /// One sentence with the way out.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Duplicate => "Another rule says the same in other words: remove one of them.",
            Self::Shadowed => "Another rule already gives this role to everybody whom this one reaches.",
            Self::WrongLevel => {
                "The role belongs to another level than the place, so nobody gets it: choose another role."
            }
            Self::NeverMatched => {
                "Nobody has got a role by it yet: look whether the group is spelled as the provider writes it."
            }
            Self::Unused => "Nobody has got a role by it for 90 days.",
        }
    }
}

/// Something about a rule that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleFinding {
    /// What it is.
    pub kind: FindingKind,
    /// The other rule, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
}

/// What use a rule has been: nothing, never, or not for long. A rule of yesterday or younger had no chance yet.
#[must_use]
pub fn use_of(
    enabled: bool,
    changed: Timestamp,
    last_matched: Option<Timestamp>,
    now: Timestamp,
) -> Option<FindingKind> {
    match last_matched {
        _ if !enabled => None,
        None => (changed < now.plus_hours(-24)).then_some(FindingKind::NeverMatched),
        Some(at) => (at < now.plus_hours(-24 * UNUSED_DAYS)).then_some(FindingKind::Unused),
    }
}

/// A rule with its group as one of its conditions, each in its plainest form.
struct Plain<'a> {
    index: usize,
    rule: &'a MappingRule,
    conditions: Vec<Condition>,
}

/// What the rules say about each other, by rule. Rules that are off neither make others needless nor are.
#[must_use]
pub fn analyse(rules: &[MappingRule]) -> HashMap<RuleId, Vec<RuleFinding>> {
    let mut found: HashMap<RuleId, Vec<RuleFinding>> = HashMap::new();
    let mut places: HashMap<(&RoleName, &Target), Vec<Plain<'_>>> = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        if !fits_level(rule) {
            let finding = RuleFinding { kind: FindingKind::WrongLevel, rule: None };
            found.entry(rule.id.clone()).or_default().push(finding);
        } else if rule.enabled {
            let plain = Plain { index, rule, conditions: plain(rule) };
            // A rule that asks nothing gives nothing.
            if !plain.conditions.is_empty() {
                places.entry((&rule.role, &rule.target)).or_default().push(plain);
            }
        }
    }
    for here in places.values() {
        compare(here, &mut found);
    }
    found
}

/// Compares the rules that give one role at one place. A rule that asks for one exact group can only make rules needless
/// that ask for that group too, so it is looked up; the few others are compared with all.
fn compare(here: &[Plain<'_>], found: &mut HashMap<RuleId, Vec<RuleFinding>>) {
    let mut by_group: HashMap<&str, Vec<&Plain<'_>>> = HashMap::new();
    let mut others = Vec::new();
    for one in here {
        match one.conditions.iter().find(|condition| condition.kind == ConditionKind::GroupIs) {
            Some(group) => by_group.entry(group.value.as_str()).or_default().push(one),
            None => others.push(one),
        }
    }
    for one in here {
        let groups = one.conditions.iter().filter(|condition| condition.kind == ConditionKind::GroupIs);
        let same_group = groups.filter_map(|group| by_group.get(group.value.as_str())).flatten();
        // Of rules that say the same, all but the oldest are pointed out.
        let covering = same_group.chain(&others).find_map(|other| {
            let covers = other.index != one.index && other.covers(one);
            let same = covers && one.covers(other);
            match (covers, same) {
                (true, true) => (other.index < one.index).then_some((FindingKind::Duplicate, other)),
                (true, false) => Some((FindingKind::Shadowed, other)),
                (false, _) => None,
            }
        });
        if let Some((kind, other)) = covering {
            let finding = RuleFinding { kind, rule: Some(other.rule.id.clone()) };
            found.entry(one.rule.id.clone()).or_default().push(finding);
        }
    }
}

impl Plain<'_> {
    /// Whether everybody who fits `other` fits this one too.
    fn covers(&self, other: &Self) -> bool {
        let integration = match &self.rule.integration {
            None => true,
            mine => *mine == other.rule.integration,
        };
        integration
            && self.conditions.iter().all(|wanted| other.conditions.iter().any(|has| implies(has, wanted)))
    }
}

fn plain(rule: &MappingRule) -> Vec<Condition> {
    let group = (!rule.group.is_empty()).then(|| Condition {
        kind: ConditionKind::GroupIs,
        path: None,
        value: rule.group.clone(),
    });
    let is_literal = |text: &str| !text.contains(['*', '?', '\\']);
    let mut all: Vec<Condition> = group.into_iter().chain(rule.conditions.list().iter().cloned()).collect();
    for condition in &mut all {
        match condition.kind {
            ConditionKind::GroupGlob if is_literal(&condition.value) => {
                condition.kind = ConditionKind::GroupIs
            }
            ConditionKind::ClaimGlob if is_literal(&condition.value) => {
                condition.kind = ConditionKind::ClaimContains;
            }
            _ => {}
        }
    }
    all.sort();
    all.dedup();
    all
}
