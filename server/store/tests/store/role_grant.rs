use domain::{
    id::UserId,
    mapping::{EvaluationInput, MappingRule, evaluate},
    role::RoleName,
    target::Target,
};
use store::GrantChange;

use crate::support::{TestDb, on_every_database, rule};

async fn sign_in(t: &TestDb, user: &UserId, rules: &[MappingRule], groups: &[&str]) -> GrantChange {
    let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
    let found = evaluate(rules, EvaluationInput { integration: Some("corp"), groups: &groups, claims: None });
    let mut tx = t.db.begin().await.unwrap();
    let change = tx.role_grants().replace_mapped(user, "corp", &found.grants, rules).await.unwrap();
    tx.commit().await.unwrap();
    change
}

#[test]
fn a_sign_in_makes_the_mapped_roles_equal_to_what_the_rules_give() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let mut tx = t.db.begin().await.unwrap();
        let atlas = tx.organizations().insert("Atlas").await.unwrap();
        let here = Target::Organization(atlas.id.clone());
        let mut rules = Vec::new();
        for rule in [rule("a", "GLOBAL_OWNER", Target::Global), rule("b", "ORG_OWNER", here)] {
            rules.push(tx.mapping_rules().insert(&rule).await.unwrap());
        }
        tx.commit().await.unwrap();

        let change = sign_in(t, &ann, &rules, &["a", "b"]).await;
        assert_eq!((change.added.len(), change.removed.len()), (2, 0));
        let revision = t.user_revision(&ann).await;
        assert!(sign_in(t, &ann, &rules, &["b", "a"]).await.is_empty());
        assert_eq!(t.user_revision(&ann).await, revision, "nothing differs, nothing is written");

        let change = sign_in(t, &ann, &rules, &["b"]).await;
        assert_eq!(change.added, []);
        assert_eq!(change.removed[0].role.as_str(), "GLOBAL_OWNER");
        assert!(t.user_revision(&ann).await > revision);
        let mut tx = t.db.read().await.unwrap();
        let grants = tx.role_grants().for_user(&ann).await.unwrap();
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0].target_name.as_deref(), Some("Atlas"));
        let because = &grants[0].because[0];
        assert_eq!(because.rule.as_ref(), Some(&rules[1].id));
        assert_eq!((because.group.as_deref(), because.integration.as_deref()), (Some("b"), Some("corp")));
    });
}

#[test]
fn a_role_given_by_hand_outlives_sign_ins_and_is_shown_once() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let owner = RoleName::new(RoleName::GLOBAL_OWNER);
        let mut tx = t.db.begin().await.unwrap();
        let rules = [tx.mapping_rules().insert(&rule("a", "GLOBAL_OWNER", Target::Global)).await.unwrap()];
        assert!(tx.role_grants().set_manual(&ann, owner.clone(), Target::Global).await.unwrap());
        assert!(!tx.role_grants().set_manual(&ann, owner.clone(), Target::Global).await.unwrap());
        tx.commit().await.unwrap();
        sign_in(t, &ann, &rules, &["a"]).await;
        let mut tx = t.db.begin().await.unwrap();
        let grants = tx.role_grants().for_user(&ann).await.unwrap();
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0].because.len(), 2, "by hand and by rule");
        tx.commit().await.unwrap();
        sign_in(t, &ann, &rules, &[]).await;
        let mut tx = t.db.begin().await.unwrap();
        let grants = tx.role_grants().for_user(&ann).await.unwrap();
        assert_eq!(grants[0].because[0].rule, None);
        assert_eq!(tx.role_grants().manual(&ann).await.unwrap(), grants);
        assert!(tx.role_grants().remove_manual(&ann, owner.clone(), Target::Global).await.unwrap());
        assert!(!tx.role_grants().remove_manual(&ann, owner, Target::Global).await.unwrap());
    });
}

#[test]
fn a_new_reason_for_the_same_role_is_kept() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let mut tx = t.db.begin().await.unwrap();
        let mut rules = Vec::new();
        for group in ["a", "b"] {
            rules
                .push(tx.mapping_rules().insert(&rule(group, "GLOBAL_OWNER", Target::Global)).await.unwrap());
        }
        tx.commit().await.unwrap();
        sign_in(t, &ann, &rules, &["a"]).await;
        let revision = t.user_revision(&ann).await;
        assert!(sign_in(t, &ann, &rules, &["a", "b"]).await.is_empty());
        let mut tx = t.db.read().await.unwrap();
        assert_eq!(tx.role_grants().for_user(&ann).await.unwrap()[0].because.len(), 2);
        drop(tx);
        assert!(t.user_revision(&ann).await > revision);
    });
}

#[test]
fn a_role_at_a_target_that_has_vanished_is_dropped() {
    on_every_database(async |t| {
        let ann = t.user("ann").await;
        let mut tx = t.db.begin().await.unwrap();
        let atlas = tx.organizations().insert("Atlas").await.unwrap();
        let here = Target::Organization(atlas.id.clone());
        let rules = [tx.mapping_rules().insert(&rule("a", "ORG_OWNER", here)).await.unwrap()];
        tx.organizations().delete(&atlas).await.unwrap();
        tx.commit().await.unwrap();
        // A server whose rules are a moment old still evaluates the rule.
        assert!(sign_in(t, &ann, &rules, &["a"]).await.is_empty());
        let mut tx = t.db.read().await.unwrap();
        assert_eq!(tx.role_grants().for_user(&ann).await.unwrap(), []);
    });
}
