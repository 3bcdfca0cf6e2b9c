//! What a change of the rules would do to a company: 100,000 people in 10 groups each, 10,000 rules, each of them changed.

use std::{hint::black_box, time::Instant};

use domain::mapping::{Impact, KnownPerson, MappingRule, Replay};
use domain::role::RoleName;

use crate::evaluate;
use crate::report::{Bound, Figure};

const PEOPLE: usize = 100_000;
const GROUPS_EACH: usize = 10;

/// Measures it, everything from the two sets of rules to the counted answer.
///
/// # Errors
/// If the answer is not what the change means: then its time is worth nothing.
pub fn measure(rounds: usize) -> Result<Vec<Figure>, String> {
    let before = evaluate::rules();
    let after: Vec<MappingRule> = before
        .iter()
        .map(|rule| MappingRule { role: RoleName::new("GROUP_USER_ADMIN"), ..rule.clone() })
        .collect();
    let people: Vec<(String, Vec<String>)> = (0..PEOPLE)
        .map(|person| {
            let groups =
                (0..GROUPS_EACH).map(|nth| evaluate::group((person * 7 + nth * 531) % 6_000)).collect();
            (format!("person-{person:06}"), groups)
        })
        .collect();
    let replay = || {
        let start = Instant::now();
        let answer = black_box(replay(&before, &after, &people));
        (start.elapsed().as_secs_f64() * 1_000.0, answer)
    };
    let (_, answer) = replay();
    let losers: u64 = answer.losses.iter().map(|loss| loss.people.count).sum();
    if answer.considered != 100_000 || answer.affected < 90_000 || losers < 900_000 {
        return Err(format!(
            "the replay found {} of {} people, {losers} losses",
            answer.affected, answer.considered
        ));
    }
    let times = (0..rounds).map(|_| replay().0).collect();
    Ok(vec![Figure::new(
        "impact",
        "impact of changing 10,000 rules on 100,000 people",
        "ms",
        Bound::AtMost(1_000.0),
        times,
    )])
}

fn replay(before: &[MappingRule], after: &[MappingRule], people: &[(String, Vec<String>)]) -> Impact {
    let mut replay = Replay::new(before, after);
    for (username, groups) in people {
        replay.add(KnownPerson {
            username,
            integration: Some(evaluate::INTEGRATION),
            groups,
            claims: None,
            fallback: None,
        });
    }
    replay.finish()
}
