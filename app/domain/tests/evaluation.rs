//! Properties of the evaluation that hold for any rules and any groups.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use domain::{
    id::{OrganizationId, RuleId},
    mapping::{EvaluationInput, MappingRule, RuleSet, Verdict, evaluate},
    role::RoleName,
    target::Target,
    time::Timestamp,
};
use proptest::prelude::*;

/// Group, integration, place with role, enabled.
type Draft = (String, Option<String>, (Target, &'static str), bool);

fn rules() -> impl Strategy<Value = Vec<MappingRule>> {
    let group = prop_oneof!["[abAB]{1,2} ?", Just("/a".to_owned()), Just("CN=a,OU=x".to_owned())];
    let integration = prop_oneof![Just(None), Just(Some("one".to_owned())), Just(Some("two".to_owned()))];
    let place = prop_oneof![
        Just((Target::Global, "GLOBAL_OWNER")),
        Just((Target::Global, "GLOBAL_READ_ONLY")),
        Just((Target::Organization(OrganizationId::new("o1")), "ORG_OWNER")),
        Just((Target::Organization(OrganizationId::new("o1")), "GLOBAL_OWNER")),
    ];
    prop::collection::vec((group, integration, place, any::<bool>()), 0..12).prop_map(|drafts| {
        let rule = |(i, (group, integration, (target, role), enabled)): (usize, Draft)| MappingRule {
            id: RuleId::new(format!("r{i}")),
            integration,
            group,
            role: RoleName::new(role),
            target,
            enabled,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            revision: 1,
        };
        drafts.into_iter().enumerate().map(rule).collect()
    })
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
        let input = EvaluationInput { integration: Some("one"), groups: &groups };
        prop_assert_eq!(RuleSet::new(&rules).evaluate(input), evaluate(&rules, input));
    }

    #[test]
    fn the_order_of_groups_does_not_matter(rules in rules(), groups in groups()) {
        let mut other = groups.clone();
        other.reverse();
        let ask = |groups: &[String]| evaluate(&rules, EvaluationInput { integration: Some("one"), groups });
        prop_assert_eq!(ask(&groups), ask(&other));
    }

    #[test]
    fn more_groups_never_take_a_role_away(rules in rules(), groups in groups(), more in groups()) {
        let fewer = evaluate(&rules, EvaluationInput { integration: Some("one"), groups: &groups });
        let all: Vec<String> = groups.iter().chain(&more).cloned().collect();
        let wider = evaluate(&rules, EvaluationInput { integration: Some("one"), groups: &all });
        for grant in &fewer.grants {
            prop_assert!(wider.grants.iter().any(|g| g.role == grant.role && g.target == grant.target));
        }
    }

    #[test]
    fn grants_and_trace_tell_the_same(rules in rules(), groups in groups()) {
        let answer = evaluate(&rules, EvaluationInput { integration: Some("one"), groups: &groups });
        prop_assert_eq!(answer.trace.len(), rules.len());
        for (rule, outcome) in rules.iter().zip(&answer.trace) {
            let granted = answer.grants.iter().any(|g| g.rules.contains(&rule.id));
            prop_assert_eq!(granted, outcome.verdict == Verdict::Granted);
            if granted {
                prop_assert!(groups.contains(&rule.group) && rule.enabled);
                prop_assert!(rule.integration.as_deref().is_none_or(|name| name == "one"));
            }
        }
    }
}
