use domain::{access::Scope, api::PageQuery, form::RoleForm, role::RoleName, target::Target};
use store::Error;

use crate::support::{on_every_database, rule};

fn custom(name: &str, organization: &str) -> domain::form::ValidRole {
    let form = RoleForm {
        name: name.to_owned(),
        label: "A label".to_owned(),
        description: String::new(),
        organization: organization.to_owned(),
    };
    form.validate().unwrap()
}

#[test]
fn a_custom_role_is_made_changed_and_deleted_as_it_was_read() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let atlas = tx.organizations().insert("Atlas").await.unwrap();
        let made = tx.roles().insert(&custom("ORG_ON_CALL", atlas.id.as_str())).await.unwrap();
        let everywhere = tx.roles().insert(&custom("GROUP_AUDITOR", "")).await.unwrap();
        assert_eq!(tx.roles().all().await.unwrap(), [everywhere.clone(), made.clone()]);
        assert!(matches!(tx.roles().insert(&custom("ORG_ON_CALL", "")).await, Err(Error::Taken(_))));
        let new = tx.roles().update(&made, "Other", "More").await.unwrap();
        assert_eq!((new.revision, new.label.as_str()), (2, "Other"));
        assert_eq!(tx.roles().find(&made.name).await.unwrap(), Some(new.clone()));
        assert!(matches!(tx.roles().update(&made, "x", "y").await, Err(Error::Stale)));
        assert!(matches!(tx.roles().delete(&made).await, Err(Error::Stale)));
        assert_eq!(tx.roles().find(&RoleName::new("ORG_ON_CALL ")).await.unwrap(), None);
        assert_eq!(tx.roles().find(&RoleName::new("org_on_call")).await.unwrap(), None);
        tx.roles().delete(&everywhere).await.unwrap();
        // With its organization a role goes too.
        tx.organizations().delete(&atlas).await.unwrap();
        assert_eq!(tx.roles().all().await.unwrap(), []);
    });
}

#[test]
fn lists_hold_what_is_in_scope_and_nothing_else() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let a = tx.organizations().insert("a").await.unwrap();
        let b = tx.organizations().insert("b").await.unwrap();
        let a1 = tx.projects().insert(&a.id, "a1").await.unwrap();
        let b1 = tx.projects().insert(&b.id, "b1").await.unwrap();
        let b2 = tx.projects().insert(&b.id, "b2").await.unwrap();
        let places = [
            ("GLOBAL_OWNER", Target::Global),
            ("ORG_OWNER", Target::Organization(a.id.clone())),
            ("GROUP_OWNER", Target::Project(a1.id.clone())),
            ("ORG_OWNER", Target::Organization(b.id.clone())),
            ("GROUP_OWNER", Target::Project(b1.id.clone())),
            ("GROUP_OWNER", Target::Project(b2.id.clone())),
        ];
        for (index, (role, target)) in places.into_iter().enumerate() {
            tx.mapping_rules().insert(&rule(&format!("g{index}"), role, target)).await.unwrap();
        }
        let all = Scope::All;
        let of_a = Scope::Some { organizations: vec![a.id.clone()], projects: Vec::new() };
        let of_b1 = Scope::Some { organizations: Vec::new(), projects: vec![b1.id.clone()] };
        let both = Scope::Some { organizations: vec![a.id.clone()], projects: vec![b1.id.clone()] };
        let nothing = Scope::default();
        for (scope, organizations, projects, rules) in [
            (&all, &["a", "b"][..], &["a1", "b1", "b2"][..], &["g0", "g1", "g2", "g3", "g4", "g5"][..]),
            (&of_a, &["a"], &["a1"], &["g1", "g2"]),
            (&of_b1, &["b"], &["b1"], &["g4"]),
            (&both, &["a", "b"], &["a1", "b1"], &["g1", "g2", "g4"]),
            (&nothing, &[], &[], &[]),
        ] {
            let query = PageQuery::default();
            let page = tx.organizations().list(scope, &query).await.unwrap();
            assert_eq!(page.total, organizations.len() as u64);
            let mut found: Vec<String> = page.items.into_iter().map(|o| o.name).collect();
            found.sort();
            assert_eq!(found, organizations);
            let found: Vec<String> =
                tx.organizations().within(scope).await.unwrap().into_iter().map(|o| o.name).collect();
            assert_eq!(found, organizations);
            let page = tx.projects().list(scope, None, &query).await.unwrap();
            let mut found: Vec<String> = page.items.into_iter().map(|p| p.name).collect();
            found.sort();
            assert_eq!(found, projects);
            let found: Vec<String> =
                tx.projects().within(scope).await.unwrap().into_iter().map(|p| p.name).collect();
            assert_eq!(found, projects);
            let filter = domain::api::RuleFilter { within: Some(scope.clone()), ..Default::default() };
            let page = tx.mapping_rules().list(&filter, &query).await.unwrap();
            let mut found: Vec<String> = page.items.into_iter().map(|rule| rule.group).collect();
            found.sort();
            assert_eq!(found, rules);
        }
        let counts = tx.organizations().rule_counts(&both).await.unwrap();
        assert_eq!(counts.organizations[a.id.as_str()], 2);
        assert_eq!(counts.organizations[b.id.as_str()], 1);
        assert_eq!(counts.projects.get(b2.id.as_str()), None);
    });
}

#[test]
fn owners_of_an_organization_are_those_who_are_enabled() {
    on_every_database(async |t| {
        let (ann, bob) = (t.user("ann").await, t.user("bob").await);
        let mut tx = t.db.begin().await.unwrap();
        let a = tx.organizations().insert("a").await.unwrap();
        for who in [&ann, &bob] {
            let (role, target) = (RoleName::new("ORG_OWNER"), Target::Organization(a.id.clone()));
            assert!(tx.role_grants().set_manual(who, role, target).await.unwrap());
        }
        let names = |owners: Vec<store::OrganizationOwner>| -> Vec<String> {
            owners.into_iter().map(|owner| owner.username).collect()
        };
        assert_eq!(names(tx.organizations().owners().await.unwrap()), ["ann", "bob"]);
        tx.users().set_enabled(&ann, false).await.unwrap();
        assert_eq!(names(tx.organizations().owners().await.unwrap()), ["bob"]);
        assert_eq!(tx.roles().count_people(&RoleName::new("ORG_OWNER")).await.unwrap(), 2);
    });
}
