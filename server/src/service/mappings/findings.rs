//! What somebody should look at, beside each rule.

use domain::{
    api::RuleView,
    mapping::{RuleFinding, use_of},
    time::Timestamp,
};

use crate::service::rule_index::RuleIndex;

/// Adds what the rules say about each other, and of what use this one has been.
pub(super) fn add(rule: &mut RuleView, index: &RuleIndex, now: Timestamp) {
    rule.findings = index.findings(&rule.id).to_vec();
    if let Some(kind) = use_of(rule.enabled, rule.updated_at, rule.last_matched_at, now) {
        rule.findings.push(RuleFinding { kind, rule: None });
    }
}
