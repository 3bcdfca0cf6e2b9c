//! The mapping rules, ready to be asked at every login: kept until their revision changes, and only those rules are
//! looked at that one of the person's groups names exactly or nearly.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use domain::mapping::{MappingRule, normalized};
use store::Tx;

/// All rules of one revision, by group.
pub(crate) struct RuleIndex {
    pub(crate) revision: i64,
    rules: Vec<MappingRule>,
    by_group: HashMap<String, Vec<usize>>,
    by_normalized: HashMap<String, Vec<usize>>,
}

impl RuleIndex {
    fn new(revision: i64, rules: Vec<MappingRule>) -> Self {
        let mut by_group: HashMap<String, Vec<usize>> = HashMap::with_capacity(rules.len());
        let mut by_normalized: HashMap<String, Vec<usize>> = HashMap::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            by_group.entry(rule.group.clone()).or_default().push(index);
            by_normalized.entry(normalized(&rule.group)).or_default().push(index);
        }
        Self { revision, rules, by_group, by_normalized }
    }

    /// How many rules there are.
    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// The rules that these groups match or nearly match, in the rules' order. All others could only say that their
    /// group is absent.
    pub(crate) fn candidates(&self, groups: &[String]) -> Vec<MappingRule> {
        let mut found = BTreeSet::new();
        for group in groups {
            found.extend(self.by_group.get(group.as_str()).into_iter().flatten());
            found.extend(self.by_normalized.get(&normalized(group)).into_iter().flatten());
        }
        found.into_iter().filter_map(|index: &usize| self.rules.get(*index)).cloned().collect()
    }
}

/// The newest index.
#[derive(Default)]
pub(crate) struct RuleCache(Mutex<Option<Arc<RuleIndex>>>);

impl RuleCache {
    /// The rules as this transaction sees them.
    pub(crate) async fn get(&self, tx: &mut Tx) -> Result<Arc<RuleIndex>, store::Error> {
        let revision = tx.mapping_rules().revision().await?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(index) = known.filter(|index| index.revision == revision) {
            return Ok(index);
        }
        let index = Arc::new(RuleIndex::new(revision, tx.mapping_rules().all().await?));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&index));
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        id::RuleId,
        mapping::{EvaluationInput, Verdict, evaluate},
        role::RoleName,
        target::Target,
        time::Timestamp,
    };

    use super::*;

    fn rule(id: &str, group: &str) -> MappingRule {
        MappingRule {
            id: RuleId::new(id),
            integration: None,
            group: group.to_owned(),
            role: RoleName::new("GLOBAL_READ_ONLY"),
            target: Target::Global,
            enabled: true,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            revision: 1,
        }
    }

    #[test]
    fn the_candidates_say_what_all_rules_would_say() {
        let rules = vec![
            rule("1", "admins"),
            rule("2", "Admins"),
            rule("3", "other"),
            rule("4", "/admins"),
            rule("5", "x"),
        ];
        let groups = vec!["admins".to_owned(), "x".to_owned(), "none".to_owned()];
        let input = EvaluationInput { integration: None, groups: &groups };
        let whole = evaluate(&rules, input);
        let few = RuleIndex::new(1, rules).candidates(&groups);
        let partial = evaluate(&few, input);
        assert_eq!(partial.grants, whole.grants);
        let telling = |verdict: &Verdict| !matches!(verdict, Verdict::GroupAbsent { near_miss: None });
        let whole: Vec<_> = whole.trace.into_iter().filter(|outcome| telling(&outcome.verdict)).collect();
        assert_eq!(partial.trace, whole);
    }
}
