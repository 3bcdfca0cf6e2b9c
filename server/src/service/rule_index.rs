//! The mapping rules, ready to be asked at every login: kept until their revision changes, and only those rules are
//! looked at that one of the person's groups names exactly or nearly, or that ask for no exact group.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use domain::{
    id::RuleId,
    mapping::{FindingKind, MappingRule, RuleFinding, analyse, normalized},
    time::Timestamp,
};
use store::Tx;

/// All rules of one revision, by group.
pub(crate) struct RuleIndex {
    pub(crate) revision: i64,
    rules: Vec<MappingRule>,
    by_group: HashMap<String, Vec<usize>>,
    by_normalized: HashMap<String, Vec<usize>>,
    /// Those that ask for no exact group.
    without_group: Vec<usize>,
    findings: OnceLock<HashMap<RuleId, Vec<RuleFinding>>>,
    /// When this server last noted that a rule gave its role.
    noted: Mutex<HashMap<RuleId, Timestamp>>,
}

/// How many rules with one finding a list can hold.
const MOST_FOUND: usize = 5_000;
/// A server notes that a rule gave its role at most once in so many hours; the database does it once a day.
const NOTE_EVERY_HOURS: i64 = 1;

impl RuleIndex {
    fn new(revision: i64, rules: Vec<MappingRule>) -> Self {
        let mut by_group: HashMap<String, Vec<usize>> = HashMap::with_capacity(rules.len());
        let mut by_normalized: HashMap<String, Vec<usize>> = HashMap::with_capacity(rules.len());
        let mut without_group = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            if rule.group.is_empty() {
                without_group.push(index);
                continue;
            }
            by_group.entry(rule.group.clone()).or_default().push(index);
            by_normalized.entry(normalized(&rule.group)).or_default().push(index);
        }
        let (findings, noted) = (OnceLock::new(), Mutex::default());
        Self { revision, rules, by_group, by_normalized, without_group, findings, noted }
    }

    /// How many rules there are.
    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// The rules that these groups match or nearly match, in the rules' order. All others could only say that their
    /// group is absent.
    pub(crate) fn candidates(&self, groups: &[String]) -> Vec<MappingRule> {
        let mut found: BTreeSet<&usize> = self.without_group.iter().collect();
        for group in groups {
            found.extend(self.by_group.get(group.as_str()).into_iter().flatten());
            found.extend(self.by_normalized.get(&normalized(group)).into_iter().flatten());
        }
        found.into_iter().filter_map(|index| self.rules.get(*index)).cloned().collect()
    }

    fn all_findings(&self) -> &HashMap<RuleId, Vec<RuleFinding>> {
        self.findings.get_or_init(|| analyse(&self.rules))
    }

    /// What the rules say about this one.
    pub(crate) fn findings(&self, id: &RuleId) -> &[RuleFinding] {
        self.all_findings().get(id).map_or(&[], Vec::as_slice)
    }

    /// The rules about which this was found, at most 5,000; `None`: it is not one that rules say about each other.
    pub(crate) fn with_finding(&self, kind: FindingKind) -> Option<Vec<RuleId>> {
        if matches!(kind, FindingKind::NeverMatched | FindingKind::Unused) {
            return None;
        }
        let has = |rule: &&MappingRule| self.findings(&rule.id).iter().any(|one| one.kind == kind);
        Some(self.rules.iter().filter(has).map(|rule| rule.id.clone()).take(MOST_FOUND).collect())
    }

    /// Of rules that gave their roles now, those that this server has not noted lately.
    pub(crate) fn to_note<'a>(
        &self,
        granted: impl Iterator<Item = &'a RuleId>,
        now: Timestamp,
    ) -> Vec<RuleId> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = BTreeSet::new();
        for id in granted {
            if noted.get(id).is_none_or(|at| *at < now.plus_hours(-NOTE_EVERY_HOURS)) {
                noted.insert(id.clone(), now);
                due.insert(id.clone());
            }
        }
        due.into_iter().collect()
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
        mapping::{Condition, ConditionKind, Conditions, EvaluationInput, Verdict, evaluate},
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
            conditions: Conditions::default(),
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
        let ask = |kind: ConditionKind, value: &str| {
            let condition = Condition { kind, path: None, value: value.to_owned() };
            MappingRule { conditions: Conditions::new(vec![condition]), ..rule(value, "") }
        };
        let rules = vec![
            ask(ConditionKind::GroupGlob, "adm*"),
            ask(ConditionKind::GroupRegex, "nothing"),
            rule("1", "admins"),
            rule("2", "Admins"),
            rule("3", "other"),
            rule("4", "/admins"),
            rule("5", "x"),
        ];
        let groups = vec!["admins".to_owned(), "x".to_owned(), "none".to_owned()];
        let input = EvaluationInput { integration: None, groups: &groups, claims: None };
        let whole = evaluate(&rules, input);
        let few = RuleIndex::new(1, rules).candidates(&groups);
        let partial = evaluate(&few, input);
        assert_eq!(partial.grants, whole.grants);
        let telling = |verdict: &Verdict| !matches!(verdict, Verdict::GroupAbsent { near_miss: None });
        let whole: Vec<_> = whole.trace.into_iter().filter(|outcome| telling(&outcome.verdict)).collect();
        assert_eq!(partial.trace, whole);
    }
}
