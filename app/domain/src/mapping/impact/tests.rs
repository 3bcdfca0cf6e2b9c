use super::*;
use crate::{
    id::{OrganizationId, RuleId},
    mapping::{EvaluationInput, evaluate},
    time::Timestamp,
};

fn rule(id: &str, group: &str, role: &str, target: &Target) -> MappingRule {
    MappingRule {
        id: RuleId::new(id),
        integration: None,
        group: group.to_owned(),
        conditions: crate::mapping::Conditions::default(),
        role: RoleName::new(role),
        target: target.clone(),
        enabled: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 1,
    }
}

fn replay(before: &[MappingRule], after: &[MappingRule], people: &[(&str, &[&str])]) -> Impact {
    let mut replay = Replay::new(before, after);
    for (username, groups) in people {
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        replay.add(KnownPerson {
            username,
            integration: None,
            groups: &groups,
            claims: None,
            fallback: None,
        });
    }
    replay.finish()
}

fn atlas() -> Target {
    Target::Organization(OrganizationId::new("a"))
}

#[test]
fn a_removed_rule_takes_its_role_from_those_who_have_it_by_no_other() {
    let before = [
        rule("1", "dba", "ORG_OWNER", &atlas()),
        rule("2", "ops", "ORG_OWNER", &atlas()),
        rule("3", "all", "ORG_MEMBER", &atlas()),
    ];
    let after = before[1..].to_vec();
    let people: [(&str, &[&str]); 4] =
        [("ann", &["dba"]), ("bob", &["dba", "ops"]), ("cid", &["dba", "all"]), ("dan", &["all"])];
    let impact = replay(&before, &after, &people);
    assert_eq!((impact.considered, impact.affected), (4, 2));
    assert_eq!(impact.losses.len(), 1);
    assert_eq!(impact.losses[0].people, ImpactCount { count: 2, users: vec!["ann".into(), "cid".into()] });
    assert_eq!(impact.losses[0].last_way, 1, "cid stays a member");
    assert!(impact.gains.is_empty() && impact.left_empty.is_empty() && impact.drops_owners);
}

#[test]
fn a_place_that_loses_its_last_person_is_named() {
    let before = [rule("1", "dba", "ORG_MEMBER", &atlas())];
    let impact = replay(&before, &[], &[("ann", &["dba"]), ("bob", &["x"])]);
    assert_eq!(impact.left_empty, [ImpactPlace::of(&atlas())]);
    assert!(!impact.drops_owners);
}

#[test]
fn a_change_that_changes_nothing_meets_nobody() {
    let before = [rule("1", "dba", "ORG_OWNER", &atlas())];
    let after = [MappingRule { revision: 2, ..before[0].clone() }];
    assert_eq!(replay(&before, &after, &[("ann", &["dba"])]), Impact { considered: 1, ..Impact::default() });
    let moved = [rule("2", "dba", "ORG_OWNER", &atlas())];
    assert_eq!(replay(&before, &moved, &[("ann", &["dba"])]).affected, 0, "another rule, the same role");
}

#[test]
fn what_the_integration_gives_instead_counts() {
    let before = [rule("1", "dba", "ORG_OWNER", &atlas())];
    let mut replay = Replay::new(&before, &[]);
    let (member, groups) = (RoleName::new("ORG_MEMBER"), ["dba".to_owned()]);
    let at = atlas();
    replay.add(KnownPerson {
        username: "ann",
        integration: None,
        groups: &groups,
        claims: None,
        fallback: Some((&at, &member)),
    });
    let impact = replay.finish();
    assert_eq!((impact.gains[0].role.as_str(), impact.losses[0].last_way), ("ORG_MEMBER", 0));
    assert!(impact.left_empty.is_empty());
}

#[test]
fn the_short_way_grants_what_the_whole_evaluation_grants() {
    let rules = [
        rule("1", "dba", "ORG_OWNER", &atlas()),
        rule("2", "DBA", "ORG_MEMBER", &atlas()),
        rule("3", "dba", "GROUP_OWNER", &atlas()),
        MappingRule { enabled: false, ..rule("4", "dba", "ORG_READ_ONLY", &atlas()) },
        MappingRule {
            integration: Some("corp".to_owned()),
            ..rule("5", "dba", "ORG_BILLING_ADMIN", &atlas())
        },
        rule("6", "", "ORG_GROUP_CREATOR", &atlas()),
    ];
    for integration in [None, Some("corp"), Some("other")] {
        for groups in [vec!["dba"], vec!["DBA", "dba"], vec!["dba", "dba"], vec![" dba"], vec![]] {
            let groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
            let whole = evaluate(&rules, EvaluationInput { integration, groups: &groups, claims: None });
            let mut replay = Replay::new(&rules, &[]);
            replay.add(KnownPerson {
                username: "ann",
                integration,
                groups: &groups,
                claims: None,
                fallback: None,
            });
            let lost = replay.finish().losses;
            let lost: Vec<_> = lost.iter().map(|loss| (loss.place.clone(), &loss.role)).collect();
            let granted: Vec<_> =
                whole.grants.iter().map(|grant| (ImpactPlace::of(&grant.target), &grant.role)).collect();
            assert_eq!(lost, granted, "{integration:?} {groups:?}");
        }
    }
}
