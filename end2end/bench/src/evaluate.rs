//! Evaluating 10,000 rules for a person in 250 groups, trace included.

use std::hint::black_box;
use std::time::Instant;

use domain::{
    id::{ProjectId, RuleId, ulid},
    mapping::{Conditions, EvaluationInput, MappingRule, RuleSet, Verdict, evaluate},
    role::RoleName,
    target::Target,
    time::Timestamp,
};

use crate::report::{Bound, Figure};

const RULES: usize = 10_000;
const GROUPS: usize = 250;
/// Evaluations a round; the round's figure is their median.
const CALLS: usize = 101;
pub(crate) const INTEGRATION: &str = "corp";

/// 5,000 groups with two rules each, over 1,000 projects; half of the rules belong to one integration, a hundredth to
/// another, and a hundredth are turned off.
pub(crate) fn rules() -> Vec<MappingRule> {
    let rule = |index: usize| MappingRule {
        id: RuleId::new(ulid(1_700_000_000_000 + i64::try_from(index).unwrap_or_default(), [7; 10])),
        integration: match index % 100 {
            0 => Some("other".to_owned()),
            even if even % 2 == 0 => Some(INTEGRATION.to_owned()),
            _ => None,
        },
        group: group(index % 5_000),
        conditions: Conditions::default(),
        role: RoleName::new(if index < 5_000 { "GROUP_OWNER" } else { "GROUP_READ_ONLY" }),
        target: Target::Project(ProjectId::new(format!("{:024x}", index % 1_000))),
        enabled: index % 100 != 51,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 1,
    };
    (0..RULES).map(rule).collect()
}

/// Names of the length that directories have.
pub(crate) fn group(number: usize) -> String {
    format!("department-{}/team-{number:05}", number % 40)
}

/// Every fifth group is in no rule, every tenth differs from a rule's group by case only.
fn groups() -> Vec<String> {
    let one = |index: usize| match index % 10 {
        0 | 5 => format!("mailing-list-{index:05}"),
        3 => group(index * 17).to_uppercase(),
        _ => group(index * 17),
    };
    (0..GROUPS).map(one).collect()
}

/// Measures with the rules made ready beforehand, and with rules that are asked once.
///
/// # Errors
/// If the evaluation says something else than the rules mean: then its time is worth nothing.
pub fn measure(rounds: usize) -> Result<Vec<Figure>, String> {
    let (rules, groups) = (rules(), groups());
    let input = EvaluationInput { integration: Some(INTEGRATION), groups: &groups, claims: None };
    let prepared = RuleSet::new(&rules);
    check(&prepared, input)?;
    let with_set = sample(rounds, || prepared.evaluate(input));
    let once = sample(rounds, || evaluate(&rules, input));
    Ok(vec![
        Figure::new(
            "evaluate",
            "10,000 rules × 250 groups, rules prepared",
            "ms",
            Bound::AtMost(1.0),
            with_set,
        ),
        Figure::new(
            "evaluate_once",
            "10,000 rules × 250 groups, not prepared",
            "ms",
            Bound::AtMost(1.0),
            once,
        ),
    ])
}

fn check(prepared: &RuleSet<'_>, input: EvaluationInput<'_>) -> Result<(), String> {
    let answer = prepared.evaluate(input);
    let granted = answer.trace.iter().filter(|outcome| outcome.verdict == Verdict::Granted).count();
    let near = |verdict: &Verdict| matches!(verdict, Verdict::GroupAbsent { near_miss: Some(_) });
    let near_misses = answer.trace.iter().filter(|outcome| near(&outcome.verdict)).count();
    if answer.trace.len() == RULES && granted > 300 && near_misses > 40 && !answer.grants.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the evaluation gave {} verdicts, {granted} of them grants and {near_misses} near misses",
        answer.trace.len()
    ))
}

/// The median time of a call in each round, milliseconds.
fn sample<T>(rounds: usize, call: impl Fn() -> T) -> Vec<f64> {
    let once = || {
        let start = Instant::now();
        let answer = black_box(call());
        let took = start.elapsed().as_secs_f64() * 1_000.0;
        drop(answer);
        took
    };
    (0..20).for_each(|_| {
        black_box(once());
    });
    (0..rounds).map(|_| crate::report::median(&(0..CALLS).map(|_| once()).collect::<Vec<_>>())).collect()
}
