use domain::target::Target;
use store::{Error, UniqueKey};

use crate::support::{on_every_database, rule};

#[test]
fn names_compare_byte_for_byte() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        for name in ["atlas", "Atlas", "Atlas "] {
            tx.organizations().insert(name).await.unwrap();
        }
        let error = tx.organizations().insert("Atlas").await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::OrganizationName)), "{error}");
        let found = tx.organizations().find_by_name("Atlas ").await.unwrap().unwrap();
        assert_eq!(found.name, "Atlas ");
        assert_eq!(tx.organizations().find_by_name("ATLAS").await.unwrap(), None);
        assert_eq!(tx.organizations().all().await.unwrap().len(), 3);
    });
}

#[test]
fn a_projects_name_is_unique_in_its_organization() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let a = tx.organizations().insert("a").await.unwrap();
        let b = tx.organizations().insert("b").await.unwrap();
        let first = tx.projects().insert(&a.id, "billing").await.unwrap();
        let second = tx.projects().insert(&b.id, "billing").await.unwrap();
        let error = tx.projects().insert(&a.id, "billing").await.unwrap_err();
        assert!(matches!(error, Error::Taken(UniqueKey::ProjectName)), "{error}");
        assert_eq!(tx.projects().find_by_name(&a.id, "billing").await.unwrap(), Some(first));
        assert_eq!(tx.projects().find(&second.id).await.unwrap(), Some(second));
        assert_eq!(tx.projects().all().await.unwrap().len(), 2);
        let nowhere = "000000000000000000000000".to_owned().into();
        assert!(matches!(tx.projects().insert(&nowhere, "x").await, Err(Error::Missing(_))));
    });
}

#[test]
fn renaming_needs_the_newest_revision() {
    on_every_database(async |t| {
        let mut tx = t.db.begin().await.unwrap();
        let old = tx.organizations().insert("a").await.unwrap();
        let project = tx.projects().insert(&old.id, "p").await.unwrap();
        let new = tx.organizations().update(&old, "b").await.unwrap();
        assert_eq!(tx.organizations().find(&old.id).await.unwrap(), Some(new.clone()));
        assert!(matches!(tx.organizations().update(&old, "c").await, Err(Error::Stale)));
        assert!(matches!(tx.organizations().delete(&old).await, Err(Error::Stale)));
        let renamed = tx.projects().update(&project, "q").await.unwrap();
        assert_eq!(tx.projects().find(&project.id).await.unwrap(), Some(renamed));
        assert!(matches!(tx.projects().update(&project, "r").await, Err(Error::Stale)));
        assert!(matches!(tx.projects().delete(&project).await, Err(Error::Stale)));
    });
}

#[test]
fn an_organization_takes_its_projects_rules_and_role_grants_with_it() {
    on_every_database(async |t| {
        let (at_organization, at_project, elsewhere) =
            (t.user("a").await, t.user("b").await, t.user("c").await);
        let mut tx = t.db.begin().await.unwrap();
        let organization = tx.organizations().insert("a").await.unwrap();
        let project = tx.projects().insert(&organization.id, "p").await.unwrap();
        let here = Target::Organization(organization.id.clone());
        let there = Target::Project(project.id.clone());
        tx.mapping_rules().insert(&rule("g", "ORG_OWNER", here.clone())).await.unwrap();
        tx.mapping_rules().insert(&rule("g", "GROUP_OWNER", there.clone())).await.unwrap();
        let role = |name| domain::role::RoleName::parse(name).unwrap();
        tx.role_grants().set_manual(&at_organization, role("ORG_OWNER"), here).await.unwrap();
        tx.role_grants().set_manual(&at_project, role("GROUP_OWNER"), there).await.unwrap();
        tx.commit().await.unwrap();
        let before = [
            t.user_revision(&at_organization).await,
            t.user_revision(&at_project).await,
            t.user_revision(&elsewhere).await,
        ];

        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.organizations().count_projects(&organization.id).await.unwrap(), 1);
        let rules = tx.mapping_rules().revision().await.unwrap();
        tx.organizations().delete(&organization).await.unwrap();
        assert_eq!(tx.projects().find(&project.id).await.unwrap(), None);
        assert_eq!(tx.mapping_rules().all().await.unwrap(), []);
        assert!(tx.mapping_rules().revision().await.unwrap() > rules);
        assert_eq!(tx.role_grants().for_user(&at_organization).await.unwrap(), []);
        assert_eq!(tx.role_grants().for_user(&at_project).await.unwrap(), []);
        tx.commit().await.unwrap();
        assert_eq!(t.user_revision(&at_organization).await, before[0] + 1);
        assert_eq!(t.user_revision(&at_project).await, before[1] + 1);
        assert_eq!(t.user_revision(&elsewhere).await, before[2]);
    });
}
