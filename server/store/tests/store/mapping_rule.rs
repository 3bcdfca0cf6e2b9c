use domain::{
    api::RuleFilter,
    form::ValidRule,
    mapping::{Condition, ConditionKind, Conditions, FindingKind},
    target::{Level, Target},
};
use store::{Error, UniqueKey};

use crate::support::{on_every_database, page, rule};

#[test]
fn groups_that_differ_in_case_or_spaces_are_different_groups() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        for group in ["admins", "Admins", "Admins ", " Admins"] {
            tx.mapping_rules().insert(&rule(group, "GLOBAL_OWNER", Target::Global)).await.unwrap();
        }
        let groups: Vec<String> =
            tx.mapping_rules().all().await.unwrap().into_iter().map(|rule| rule.group).collect();
        assert_eq!(groups.len(), 4);
        assert!(groups.contains(&"Admins ".to_owned()), "{groups:?}");
        let filter = RuleFilter { group: Some("Admins".to_owned()), ..RuleFilter::default() };
        let found = tx.mapping_rules().list(&filter, &page(10)).await.unwrap();
        assert_eq!((found.total, found.items[0].group.as_str()), (1, "Admins"));
    });
}

#[test]
fn an_exact_duplicate_is_taken() {
    on_every_database(async |t| {
        t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        let first = rule("admins", "GLOBAL_OWNER", Target::Global);
        tx.mapping_rules().insert(&first).await.unwrap();
        let error = tx.mapping_rules().insert(&first).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::MappingRule)), "{error}");
        let mut of_corp = first.clone();
        of_corp.integration = Some("corp".to_owned());
        assert_eq!(tx.mapping_rules().insert(&of_corp).await.unwrap().integration.as_deref(), Some("corp"));
        let other_role = rule("admins", "GLOBAL_READ_ONLY", Target::Global);
        let other = tx.mapping_rules().insert(&other_role).await.unwrap();
        let error = tx.mapping_rules().update(&other, &first).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::MappingRule)), "{error}");
    });
}

#[test]
fn a_rule_changes_once_for_each_reading() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let revision = tx.mapping_rules().revision().await.unwrap();
        let read = tx.mapping_rules().insert(&rule("a", "GLOBAL_OWNER", Target::Global)).await.unwrap();
        assert_eq!(tx.mapping_rules().find(&read.id).await.unwrap().unwrap(), read);
        let mut off = rule("b", "GLOBAL_OWNER", Target::Global);
        off.enabled = false;
        let changed = tx.mapping_rules().update(&read, &off).await.unwrap();
        assert_eq!(tx.mapping_rules().find(&read.id).await.unwrap().unwrap(), changed);
        assert!(matches!(tx.mapping_rules().update(&read, &off).await, Err(Error::Stale)));
        assert!(matches!(tx.mapping_rules().delete(&read).await, Err(Error::Stale)));
        tx.mapping_rules().delete(&changed).await.unwrap();
        assert_eq!(tx.mapping_rules().find(&read.id).await.unwrap(), None);
        assert_eq!(tx.mapping_rules().revision().await.unwrap(), revision + 3);
    });
}

#[test]
fn a_rule_names_its_target_as_people_do() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let atlas = tx.organizations().insert("Atlas").await.unwrap();
        let billing = tx.projects().insert(&atlas.id, "billing").await.unwrap();
        let at_project = rule("a", "GROUP_OWNER", Target::Project(billing.id.clone()));
        let at_organization = rule("a", "ORG_OWNER", Target::Organization(atlas.id.clone()));
        let made = tx.mapping_rules().insert(&at_project).await.unwrap();
        tx.mapping_rules().insert(&at_organization).await.unwrap();
        tx.mapping_rules().insert(&rule("a", "GLOBAL_OWNER", Target::Global)).await.unwrap();
        let view = tx.mapping_rules().view(&made.id).await.unwrap().unwrap();
        assert_eq!(view.target_name.as_deref(), Some("Atlas / billing"));
        let all = tx.mapping_rules().list(&RuleFilter::default(), &page(10)).await.unwrap();
        let mut names: Vec<_> = all.items.into_iter().map(|rule| rule.target_name).collect();
        names.sort();
        assert_eq!(names, [None, Some("Atlas".to_owned()), Some("Atlas / billing".to_owned())]);
        assert_eq!(tx.organizations().count_rules(&atlas.id).await.unwrap(), 2);
        assert_eq!(tx.projects().count_rules(&billing.id).await.unwrap(), 1);

        for filter in [
            RuleFilter { target: Some(billing.id.to_string()), ..RuleFilter::default() },
            RuleFilter { level: Some(Level::Project), ..RuleFilter::default() },
            RuleFilter { role: Some("GROUP_OWNER".to_owned()), ..RuleFilter::default() },
        ] {
            let found = tx.mapping_rules().list(&filter, &page(10)).await.unwrap();
            assert_eq!((found.total, &found.items[0].id), (1, &made.id), "{filter:?}");
        }
        let star = RuleFilter { integration: Some("*".to_owned()), ..RuleFilter::default() };
        assert_eq!(tx.mapping_rules().list(&star, &page(10)).await.unwrap().total, 3);
    });
}

#[test]
fn a_rule_for_what_does_not_exist_is_refused() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let mut of_nobody = rule("a", "GLOBAL_OWNER", Target::Global);
        of_nobody.integration = Some("nobody".to_owned());
        let error = tx.mapping_rules().insert(&of_nobody).await.unwrap_err();
        assert!(matches!(error, Error::Missing("integration")), "{error}");
        let nowhere =
            rule("a", "ORG_OWNER", Target::Organization("000000000000000000000000".to_owned().into()));
        let error = tx.mapping_rules().insert(&nowhere).await.unwrap_err();
        assert!(matches!(error, Error::Missing("organization")), "{error}");
    });
}

fn asking(group: &str, value: &str) -> ValidRule {
    let condition = Condition { kind: ConditionKind::GroupGlob, path: None, value: value.to_owned() };
    let conditions = Conditions::new(vec![condition]);
    ValidRule { conditions, ..rule(group, "GLOBAL_READ_ONLY", Target::Global) }
}

#[test]
fn conditions_are_kept_and_make_another_rule_of_it() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let plain = tx.mapping_rules().insert(&rule("a", "GLOBAL_READ_ONLY", Target::Global)).await.unwrap();
        assert!(tx.mapping_rules().find(&plain.id).await.unwrap().unwrap().conditions.is_empty());
        let made = tx.mapping_rules().insert(&asking("a", "Team-* ")).await.unwrap();
        assert_eq!(tx.mapping_rules().find(&made.id).await.unwrap().unwrap(), made);
        let view = tx.mapping_rules().view(&made.id).await.unwrap().unwrap();
        assert_eq!(view.conditions[0].value, "Team-* ");
        assert_eq!(ValidRule::of(&made).conditions, asking("a", "Team-* ").conditions);
        // Byte for byte, as groups are.
        tx.mapping_rules().insert(&asking("a", "team-* ")).await.unwrap();
        tx.mapping_rules().insert(&asking("", "Team-* ")).await.unwrap();
        let error = tx.mapping_rules().insert(&asking("a", "Team-* ")).await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::MappingRule)), "{error}");
        let gone =
            tx.mapping_rules().update(&made, &rule("b", "GLOBAL_OWNER", Target::Global)).await.unwrap();
        assert_eq!(tx.mapping_rules().find(&made.id).await.unwrap().unwrap(), gone);
        assert!(gone.conditions.is_empty());
    });
}

#[test]
fn when_a_rule_last_gave_its_role_is_noted_and_revises_nothing() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let made = tx.mapping_rules().insert(&rule("a", "GLOBAL_OWNER", Target::Global)).await.unwrap();
        tx.mapping_rules().insert(&rule("b", "GLOBAL_OWNER", Target::Global)).await.unwrap();
        let revision = tx.mapping_rules().revision().await.unwrap();
        assert_eq!(tx.mapping_rules().view(&made.id).await.unwrap().unwrap().last_matched_at, None);
        tx.mapping_rules().matched(std::slice::from_ref(&made.id)).await.unwrap();
        let view = tx.mapping_rules().view(&made.id).await.unwrap().unwrap();
        assert_eq!((view.last_matched_at.is_some(), view.revision), (true, 1));
        assert_eq!(tx.mapping_rules().revision().await.unwrap(), revision);

        let of = |finding| RuleFilter { finding: Some(finding), ..RuleFilter::default() };
        let young = tx.mapping_rules().list(&of(FindingKind::NeverMatched), &page(10)).await.unwrap();
        let unused = tx.mapping_rules().list(&of(FindingKind::Unused), &page(10)).await.unwrap();
        assert_eq!((young.total, unused.total), (0, 0), "nothing is a day old");
        let all = RuleFilter::default();
        let among = tx.mapping_rules().list_among(&all, Some(&[made.id]), &page(10)).await.unwrap();
        assert_eq!((among.total, among.items[0].group.as_str()), (1, "a"));
        assert_eq!(tx.mapping_rules().list_among(&all, Some(&[]), &page(10)).await.unwrap().total, 0);
    });
}
