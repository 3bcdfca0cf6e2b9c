//! The one function that turns groups into role grants, at login, in the simulator and in the API.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{
    near_miss::{NearMiss, difference, normalized},
    rule::MappingRule,
};
use crate::{
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
    by_group: HashMap<&'a str, Vec<usize>>,
    by_normalized: HashMap<String, Vec<usize>>,
}

impl<'a> RuleSet<'a> {
    /// Indexes the rules by group.
    #[must_use]
    pub fn new(rules: &'a [MappingRule]) -> Self {
        let mut by_group: HashMap<&str, Vec<usize>> = HashMap::with_capacity(rules.len());
        let mut by_normalized: HashMap<String, Vec<usize>> = HashMap::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            by_group.entry(rule.group.as_str()).or_default().push(index);
            by_normalized.entry(normalized(&rule.group)).or_default().push(index);
        }
        Self { rules, by_group, by_normalized }
    }

    /// What these rules say about this person. The order of the groups does not matter; groups compare byte for byte.
    #[must_use]
    pub fn evaluate(&self, input: EvaluationInput<'_>) -> Evaluation {
        let mut has_group = vec![false; self.rules.len()];
        let mut near: HashMap<usize, &str> = HashMap::new();
        for group in input.groups {
            for &index in self.by_group.get(group.as_str()).into_iter().flatten() {
                if let Some(slot) = has_group.get_mut(index) {
                    *slot = true;
                }
            }
            for &index in self.by_normalized.get(&normalized(group)).into_iter().flatten() {
                let best = near.entry(index).or_insert(group);
                // The smallest text wins, so that the order of the groups does not matter.
                if group.as_str() < *best {
                    *best = group;
                }
            }
        }
        let mut grants: BTreeMap<(&Target, &RoleName), Vec<RuleId>> = BTreeMap::new();
        let mut trace = Vec::with_capacity(self.rules.len());
        for (index, (rule, has_group)) in self.rules.iter().zip(has_group).enumerate() {
            let verdict = if !rule.enabled {
                Verdict::RuleDisabled
            } else if rule.integration.as_deref().is_some_and(|name| Some(name) != input.integration) {
                Verdict::OtherIntegration
            } else if !fits(rule) {
                Verdict::RoleNotOfLevel
            } else if has_group {
                grants.entry((&rule.target, &rule.role)).or_default().push(rule.id.clone());
                Verdict::Granted
            } else {
                let near_miss = near.get(&index).map(|group| NearMiss {
                    group: (*group).to_owned(),
                    difference: difference(&rule.group, group),
                });
                Verdict::GroupAbsent { near_miss }
            };
            trace.push(RuleOutcome { rule: rule.id.clone(), verdict });
        }
        let grants = grants
            .into_iter()
            .map(|((target, role), rules)| RoleGrantDraft {
                role: role.clone(),
                target: target.clone(),
                rules,
            })
            .collect();
        Evaluation { grants, trace }
    }
}

/// Decided by the name's prefix, which custom roles will carry too: the database cannot make a project's rule
/// give a global role even if somebody wrote one there by hand.
fn fits(rule: &MappingRule) -> bool {
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

/// [`RuleSet::evaluate`] for rules that are asked once.
#[must_use]
pub fn evaluate(rules: &[MappingRule], input: EvaluationInput<'_>) -> Evaluation {
    RuleSet::new(rules).evaluate(input)
}
