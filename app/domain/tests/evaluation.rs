//! Properties of the evaluation that hold for any rules and any groups.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use domain::{
    id::{OrganizationId, RuleId},
    mapping::{
        Condition, ConditionKind, Conditions, EvaluationInput, FindingKind, MappingRule, RuleSet, Verdict,
        analyse, evaluate,
    },
    role::RoleName,
    target::Target,
    time::Timestamp,
};
use proptest::prelude::*;

/// Nothing, a pattern or an expression beside the group, or instead of it.
fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let condition = |kind, value: &str| Condition { kind, path: None, value: value.to_owned() };
    prop::collection::vec(
        prop_oneof![
            Just(condition(ConditionKind::GroupIs, "a")),
            Just(condition(ConditionKind::GroupGlob, "*b")),
            Just(condition(ConditionKind::GroupGlob, "?")),
            Just(condition(ConditionKind::GroupRegex, "[aA]+")),
            Just(condition(ConditionKind::IntegrationIs, "one")),
        ],
        0..3,
    )
}

/// Group, conditions, integration, place with role, enabled.
type Draft = (String, Vec<Condition>, Option<String>, (Target, &'static str), bool);

fn rules() -> impl Strategy<Value = Vec<MappingRule>> {
    let group = prop_oneof![
        "[abAB]{1,2} ?",
        Just(String::new()),
        Just("/a".to_owned()),
        Just("CN=a,OU=x".to_owned())
    ];
    let integration = prop_oneof![Just(None), Just(Some("one".to_owned())), Just(Some("two".to_owned()))];
    let place = prop_oneof![
        Just((Target::Global, "GLOBAL_OWNER")),
        Just((Target::Global, "GLOBAL_READ_ONLY")),
        Just((Target::Organization(OrganizationId::new("o1")), "ORG_OWNER")),
        Just((Target::Organization(OrganizationId::new("o1")), "GLOBAL_OWNER")),
    ];
    prop::collection::vec((group, conditions(), integration, place, any::<bool>()), 0..12).prop_map(
        |drafts| {
            let rule = |(i, (group, conditions, integration, (target, role), enabled)): (usize, Draft)| {
                MappingRule {
                    id: RuleId::new(format!("r{i}")),
                    integration,
                    group,
                    conditions: Conditions::new(conditions),
                    role: RoleName::new(role),
                    target,
                    enabled,
                    created_at: Timestamp::default(),
                    updated_at: Timestamp::default(),
                    revision: 1,
                }
            };
            drafts.into_iter().enumerate().map(rule).collect()
        },
    )
}

fn groups() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(
        prop_oneof!["[abAB]{1,2} ?", Just("/a".to_owned()), Just("CN=a,OU=x".to_owned())],
        0..6,
    )
}

proptest! {
    #[test]
    fn prepared_rules_say_the_same_as_rules_asked_once(rules in rules(), groups in groups()) {
        let input = EvaluationInput { integration: Some("one"), groups: &groups, claims: None };
        prop_assert_eq!(RuleSet::new(&rules).evaluate(input), evaluate(&rules, input));
    }

    #[test]
    fn the_order_of_groups_does_not_matter(rules in rules(), groups in groups()) {
        let mut other = groups.clone();
        other.reverse();
        let ask = |groups: &[String]| evaluate(&rules, EvaluationInput { integration: Some("one"), groups, claims: None });
        prop_assert_eq!(ask(&groups), ask(&other));
    }

    #[test]
    fn more_groups_never_take_a_role_away(rules in rules(), groups in groups(), more in groups()) {
        let fewer = evaluate(&rules, EvaluationInput { integration: Some("one"), groups: &groups, claims: None });
        let all: Vec<String> = groups.iter().chain(&more).cloned().collect();
        let wider = evaluate(&rules, EvaluationInput { integration: Some("one"), groups: &all, claims: None });
        for grant in &fewer.grants {
            prop_assert!(wider.grants.iter().any(|g| g.role == grant.role && g.target == grant.target));
        }
    }

    #[test]
    fn grants_and_trace_tell_the_same(rules in rules(), groups in groups()) {
        let answer = evaluate(&rules, EvaluationInput { integration: Some("one"), groups: &groups, claims: None });
        prop_assert_eq!(answer.trace.len(), rules.len());
        for (rule, outcome) in rules.iter().zip(&answer.trace) {
            let granted = answer.grants.iter().any(|g| g.rules.contains(&rule.id));
            prop_assert_eq!(granted, outcome.verdict == Verdict::Granted);
            if granted {
                let in_group = groups.contains(&rule.group);
                let by_conditions = rule.group.is_empty() && !rule.conditions.is_empty();
                prop_assert!((in_group || by_conditions) && rule.enabled);
                prop_assert!(rule.integration.as_deref().is_none_or(|name| name == "one"));
            }
        }
    }

    #[test]
    fn asking_again_says_the_same(rules in rules(), groups in groups()) {
        let input = EvaluationInput { integration: Some("one"), groups: &groups, claims: None };
        let prepared = RuleSet::new(&rules);
        prop_assert_eq!(prepared.evaluate(input), prepared.evaluate(input));
        let twice: Vec<String> = groups.iter().chain(&groups).cloned().collect();
        prop_assert_eq!(prepared.evaluate(input), prepared.evaluate(EvaluationInput { groups: &twice, ..input }));
    }

    #[test]
    fn a_rule_that_is_called_needless_is(rules in rules(), groups in groups()) {
        let input = EvaluationInput { integration: Some("one"), groups: &groups, claims: None };
        let needless = analyse(&rules);
        let is_needless = |rule: &MappingRule| {
            needless.get(&rule.id).is_some_and(|found| found.iter().any(|one| one.kind != FindingKind::WrongLevel))
        };
        let kept: Vec<MappingRule> = rules.iter().filter(|rule| !is_needless(rule)).cloned().collect();
        let roles = |rules: &[MappingRule]| -> Vec<_> {
            evaluate(rules, input).grants.into_iter().map(|grant| (grant.target, grant.role)).collect()
        };
        prop_assert_eq!(roles(&rules), roles(&kept));
    }
}
