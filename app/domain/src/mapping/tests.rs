use super::{near_miss::Difference, *};
use crate::{
    id::{ProjectId, RuleId},
    role::RoleName,
    target::Target,
    time::Timestamp,
};

fn rule(id: &str, group: &str, role: &str, target: Target) -> MappingRule {
    MappingRule {
        id: RuleId::new(id),
        integration: None,
        group: group.to_owned(),
        conditions: Conditions::default(),
        role: RoleName::new(role),
        target,
        enabled: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 1,
    }
}

fn ask(rules: &[MappingRule], integration: Option<&str>, groups: &[&str]) -> Evaluation {
    let groups: Vec<String> = groups.iter().map(|g| (*g).to_owned()).collect();
    evaluate(rules, EvaluationInput { integration, groups: &groups, claims: None })
}

#[test]
fn a_group_gives_its_role_and_says_why() {
    let rules = [
        rule("r1", "dba", "GLOBAL_OWNER", Target::Global),
        rule("r2", "dba", "GLOBAL_OWNER", Target::Global),
    ];
    let answer = ask(&rules, None, &["dba"]);
    assert_eq!(answer.grants.len(), 1);
    assert_eq!(answer.grants[0].rules, [RuleId::new("r1"), RuleId::new("r2")]);
    assert!(answer.trace.iter().all(|outcome| outcome.verdict == Verdict::Granted));
}

#[test]
fn groups_compare_byte_for_byte_and_near_misses_are_named() {
    for (group, token, difference) in [
        ("admins", "Admins", Difference::Case),
        ("admins", "admins ", Difference::Space),
        ("admins", "/admins", Difference::LeadingSlash),
        ("Admins", "CN=Admins,OU=x,DC=y", Difference::DistinguishedName),
        ("admins", " /Admins", Difference::Several),
    ] {
        let answer = ask(&[rule("r", group, "GLOBAL_OWNER", Target::Global)], None, &[token]);
        assert!(answer.grants.is_empty(), "{token}");
        let near_miss = Some(NearMiss { group: token.to_owned(), difference });
        assert_eq!(answer.trace[0].verdict, Verdict::GroupAbsent { near_miss }, "{token}");
    }
}

#[test]
fn a_rule_of_another_integration_or_turned_off_gives_nothing() {
    let mut other = rule("r1", "dba", "GLOBAL_OWNER", Target::Global);
    other.integration = Some("other".to_owned());
    let mut off = rule("r2", "dba", "GLOBAL_OWNER", Target::Global);
    off.enabled = false;
    let answer = ask(&[other, off], Some("corp"), &["dba"]);
    assert!(answer.grants.is_empty());
    assert_eq!(answer.trace[0].verdict, Verdict::OtherIntegration);
    assert_eq!(answer.trace[1].verdict, Verdict::RuleDisabled);
}

#[test]
fn a_role_of_another_level_is_never_granted() {
    let project = Target::Project(ProjectId::new("p"));
    let answer = ask(&[rule("r", "dba", "GLOBAL_OWNER", project)], None, &["dba"]);
    assert!(answer.grants.is_empty());
    assert_eq!(answer.trace[0].verdict, Verdict::RoleNotOfLevel);
}

#[test]
fn a_delimiter_cannot_smuggle_a_group() {
    let rules = [rule("r", "admins", "GLOBAL_OWNER", Target::Global)];
    for token in ["a,admins", "admins,a", "admins;a", "CN=admins", "admins\n"] {
        assert!(ask(&rules, None, &[token]).grants.is_empty(), "{token}");
    }
}

fn with(kind: ConditionKind, path: Option<&str>, value: &str, rule: MappingRule) -> MappingRule {
    let condition = Condition { kind, path: path.map(str::to_owned), value: value.to_owned() };
    let mut all = rule.conditions.list().to_vec();
    all.push(condition);
    MappingRule { conditions: Conditions::new(all), ..rule }
}

fn reader(id: &str, group: &str) -> MappingRule {
    rule(id, group, "GLOBAL_READ_ONLY", Target::Global)
}

#[test]
fn rules_that_say_the_same_and_needless_ones_are_pointed_out() {
    let of_corp = MappingRule { integration: Some("corp".to_owned()), ..reader("of-corp", "dba") };
    let off = MappingRule { enabled: false, ..reader("off", "dba") };
    let rules = [
        reader("any", "dba"),
        of_corp,
        off,
        with(ConditionKind::GroupGlob, None, "dba", reader("same", "")),
        with(ConditionKind::GroupGlob, None, "team-*", reader("teams", "")),
        reader("team-a", "team-a"),
        with(ConditionKind::ClaimEquals, Some("x"), "1", reader("narrow", "dba")),
        rule("elsewhere", "dba", "GLOBAL_OWNER", Target::Global),
        rule("wrong", "dba", "GLOBAL_OWNER", Target::Project(ProjectId::new("p"))),
    ];
    let found = analyse(&rules);
    let of = |id: &str| {
        let found = found.get(&RuleId::new(id)).and_then(|found| found.first());
        found.map(|one| (one.kind, one.rule.as_ref().map(|rule| rule.as_str().to_owned())))
    };
    assert_eq!(of("any"), None);
    assert_eq!(of("of-corp"), Some((FindingKind::Shadowed, Some("any".to_owned()))));
    assert_eq!(of("off"), None);
    assert_eq!(of("same"), Some((FindingKind::Duplicate, Some("any".to_owned()))));
    assert_eq!(of("teams"), None);
    assert_eq!(of("team-a"), Some((FindingKind::Shadowed, Some("teams".to_owned()))));
    assert_eq!(of("narrow"), Some((FindingKind::Shadowed, Some("any".to_owned()))));
    assert_eq!(of("elsewhere"), None);
    assert_eq!(of("wrong"), Some((FindingKind::WrongLevel, None)));
}

#[test]
fn a_rule_is_unused_after_90_days_and_never_matched_after_one() {
    let at = |days: i64| Timestamp::from_ms(days * 24 * 3_600_000);
    assert_eq!(use_of(true, at(10), None, at(10)), None);
    assert_eq!(use_of(true, at(10), None, at(12)), Some(FindingKind::NeverMatched));
    assert_eq!(use_of(true, at(0), Some(at(10)), at(99)), None);
    assert_eq!(use_of(true, at(0), Some(at(10)), at(101)), Some(FindingKind::Unused));
    assert_eq!(use_of(false, at(0), None, at(101)), None);
}
