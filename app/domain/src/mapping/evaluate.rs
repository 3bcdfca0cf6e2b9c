//! The one function that turns groups into role grants, at login, in the simulator and in the API.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use serde::{Deserialize, Serialize};

use super::{
    condition::{Asked, Condition},
    near_miss::{NearMiss, difference, normal_form},
    rule::MappingRule,
};
use crate::{
    claims::Claims,
    id::RuleId,
    role::RoleName,
    target::{Level, Target},
};

/// Whom the rules are asked about.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationInput<'a> {
    /// The integration the person signed in with; `None` leaves rules of a particular integration out.
    pub integration: Option<&'a str>,
    /// The person's groups, byte for byte.
    pub groups: &'a [String],
    /// The person's claims; `None`: they are not known, and no condition on a claim holds.
    pub claims: Option<&'a Claims>,
}

/// What follows from the rules, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// Each role at each target once, with every rule that gives it, in a fixed order.
    pub grants: Vec<RoleGrantDraft>,
    /// One verdict per rule, in the rules' order.
    pub trace: Vec<RuleOutcome>,
}

/// A role at a target, because of these rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleGrantDraft {
    /// The role.
    pub role: RoleName,
    /// Where.
    #[serde(flatten)]
    pub target: Target,
    /// The rules that give it, in the rules' order.
    pub rules: Vec<RuleId>,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleOutcome {
    /// The rule.
    pub rule: RuleId,
    /// Its verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Why a rule did or did not give its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase", tag = "verdict")]
pub enum Verdict {
    /// The group is there: the role is granted.
    Granted,
    /// The group is not among the person's groups.
    GroupAbsent {
        /// A group that nearly is the rule's.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        near_miss: Option<NearMiss>,
    },
    /// The group is there, and a condition does not hold.
    ConditionFailed {
        /// Its place among the rule's conditions, from 0.
        index: usize,
        /// The first that does not hold.
        condition: Condition,
    },
    /// The rule is turned off.
    RuleDisabled,
    /// The rule belongs to another integration.
    OtherIntegration,
    /// The role belongs to another level than the target: the rule gives nothing.
    RoleNotOfLevel,
}

/// Rules made ready to be asked many times.
#[derive(Debug)]
pub struct RuleSet<'a> {
    rules: &'a [MappingRule],
    /// By [`normal_form`]: equal groups have equal forms, so this finds the matches and the near misses.
    by_form: HashMap<Cow<'a, str>, Vec<usize>>,
}

impl<'a> RuleSet<'a> {
    /// Indexes the rules by group.
    #[must_use]
    pub fn new(rules: &'a [MappingRule]) -> Self {
        let mut by_form: HashMap<Cow<'_, str>, Vec<usize>> = HashMap::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.group.is_empty()) {
            by_form.entry(normal_form(&rule.group)).or_default().push(index);
        }
        Self { rules, by_form }
    }

    /// What these rules say about this person. The order of the groups does not matter; groups compare byte for byte.
    #[must_use]
    pub fn evaluate(&self, input: EvaluationInput<'_>) -> Evaluation {
        let mut found = vec![Found::Nothing; self.rules.len()];
        for group in input.groups {
            for &index in self.by_form.get(&normal_form(group)).into_iter().flatten() {
                if let (Some(slot), Some(rule)) = (found.get_mut(index), self.rules.get(index)) {
                    *slot = slot.with(&rule.group, group);
                }
            }
        }
        conclude(self.rules.iter().zip(found), input)
    }
}

/// What the person's groups hold for a rule.
#[derive(Clone, Copy)]
enum Found<'a> {
    Nothing,
    /// The smallest text that nearly is the rule's group, so that the order of the groups does not matter.
    Near(&'a str),
    Same,
}

impl<'a> Found<'a> {
    /// Takes in one more group whose form equals that of the rule's group.
    fn with(self, wanted: &str, group: &'a str) -> Self {
        match self {
            _ if wanted == group => Self::Same,
            Self::Same => Self::Same,
            Self::Near(best) if best <= group => self,
            Self::Near(_) | Self::Nothing => Self::Near(group),
        }
    }

    fn near_miss(self, wanted: &str) -> Option<NearMiss> {
        let Self::Near(group) = self else { return None };
        Some(NearMiss { group: group.to_owned(), difference: difference(wanted, group) })
    }
}

/// Puts the verdicts together.
fn conclude<'r, 'g>(
    rules: impl ExactSizeIterator<Item = (&'r MappingRule, Found<'g>)>,
    input: EvaluationInput<'_>,
) -> Evaluation {
    let EvaluationInput { integration, groups, claims } = input;
    let asked = Asked { integration, groups, claims };
    let mut grants: BTreeMap<(&Target, &RoleName), Vec<RuleId>> = BTreeMap::new();
    let mut trace = Vec::with_capacity(rules.len());
    for (rule, found) in rules {
        let verdict = if !rule.enabled {
            Verdict::RuleDisabled
        } else if rule.integration.as_deref().is_some_and(|name| Some(name) != integration) {
            Verdict::OtherIntegration
        } else if !fits_level(rule) {
            Verdict::RoleNotOfLevel
        } else if rule.group.is_empty() && rule.conditions.is_empty() {
            // Nothing is asked: that must not mean everybody.
            Verdict::GroupAbsent { near_miss: None }
        } else if !rule.group.is_empty() && !matches!(found, Found::Same) {
            Verdict::GroupAbsent { near_miss: found.near_miss(&rule.group) }
        } else if let Some((index, condition)) = rule.conditions.first_failing(asked) {
            Verdict::ConditionFailed { index, condition: condition.clone() }
        } else {
            grants.entry((&rule.target, &rule.role)).or_default().push(rule.id.clone());
            Verdict::Granted
        };
        trace.push(RuleOutcome { rule: rule.id.clone(), verdict });
    }
    let grants = grants
        .into_iter()
        .map(|((target, role), rules)| RoleGrantDraft { role: role.clone(), target: target.clone(), rules })
        .collect();
    Evaluation { grants, trace }
}

/// Decided by the name's prefix, which custom roles will carry too: the database cannot make a project's rule
/// give a global role even if somebody wrote one there by hand.
pub(super) fn fits_level(rule: &MappingRule) -> bool {
    let level = rule.target.level();
    let name = rule.role.as_str();
    let of_global = name.starts_with("GLOBAL_");
    let of_organization = name.starts_with("ORG_");
    match level {
        Level::Global => of_global,
        Level::Organization => of_organization,
        Level::Project => !of_global && !of_organization,
    }
}

/// [`RuleSet::evaluate`] for rules that are asked once: indexes the groups, which are fewer than the rules.
#[must_use]
pub fn evaluate(rules: &[MappingRule], input: EvaluationInput<'_>) -> Evaluation {
    let mut by_form: HashMap<Cow<'_, str>, Vec<&str>> = HashMap::with_capacity(input.groups.len());
    for group in input.groups {
        by_form.entry(normal_form(group)).or_default().push(group);
    }
    let find = |rule: &MappingRule| {
        let groups = by_form.get(&normal_form(&rule.group)).into_iter().flatten();
        groups.fold(Found::Nothing, |found, group| found.with(&rule.group, group))
    };
    conclude(rules.iter().map(|rule| (rule, find(rule))), input)
}
