//! The whole table: every role of the catalogue and a custom one of each level, every action, every place, against the
//! table written down here a second time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::{access::Via, role::CATALOGUE};

const CUSTOM: [&str; 3] = ["GLOBAL_AUDITOR", "ORG_AUDITOR", "GROUP_AUDITOR"];

fn organization(id: &str) -> Place {
    Place::Organization(OrganizationId::new(id))
}

fn project(id: &str, of: &str) -> Place {
    Place::Project { id: ProjectId::new(id), organization: OrganizationId::new(of) }
}

/// Named places: `a` and `b` are organizations, `a1` and `a2` projects of `a`, `b1` one of `b`.
fn places() -> Vec<(&'static str, Place)> {
    vec![
        ("*", Place::Global),
        ("a", organization("a")),
        ("b", organization("b")),
        ("a1", project("a1", "a")),
        ("a2", project("a2", "a")),
        ("b1", project("b1", "b")),
    ]
}

fn targets() -> [(&'static str, Target); 3] {
    [
        ("*", Target::Global),
        ("a", Target::Organization(OrganizationId::new("a"))),
        ("a1", Target::Project(ProjectId::new("a1"))),
    ]
}

fn roles() -> Vec<RoleName> {
    CATALOGUE.iter().map(|role| role.name).chain(CUSTOM).map(RoleName::new).collect()
}

/// The actions by name; `grant X` for each role.
fn actions(roles: &[RoleName]) -> Vec<(String, Action<'_>)> {
    let plain = [
        ("see", Action::See),
        ("see rules", Action::SeeRules),
        ("rename", Action::Rename),
        ("delete", Action::Delete),
        ("create project", Action::CreateProject),
        ("manage roles", Action::ManageRoles),
        ("edit rules", Action::EditRules),
    ];
    let plain = plain.into_iter().map(|(name, action)| (name.to_owned(), action));
    plain.chain(roles.iter().map(|role| (format!("grant {role}"), Action::Grant(role)))).collect()
}

/// The table, written down by hand: what the role permits where it is held, as `action@place`.
fn expected(role: &str, at: &str, action: &str, place: &str) -> bool {
    let inside: &[&str] = match at {
        "*" => &["*", "a", "b", "a1", "a2", "b1"],
        "a" => &["a", "a1", "a2"],
        _ => &["a1"],
    };
    let level_of_place = match place {
        "*" => "GLOBAL_",
        "a" | "b" => "ORG_",
        _ => "GROUP_",
    };
    let level_of_target = match at {
        "*" => "GLOBAL_",
        "a" => "ORG_",
        _ => "GROUP_",
    };
    if !inside.contains(&place) || !role.starts_with(level_of_target) {
        return false;
    }
    let given = action.strip_prefix("grant ");
    if given.is_some_and(|given| !given.starts_with(level_of_place)) {
        return false;
    }
    let exists = match action {
        "rename" | "delete" => place != "*",
        "create project" => level_of_place == "ORG_",
        "manage roles" => level_of_place != "GROUP_",
        _ => true,
    };
    let sees = ["see", "see rules"].contains(&action);
    exists
        && match role {
            "GLOBAL_OWNER" => true,
            "GLOBAL_USER_ADMIN" => {
                sees || action == "edit rules" || given.is_some_and(|given| given != "GLOBAL_OWNER")
            }
            "GLOBAL_READ_ONLY" | "ORG_READ_ONLY" | "GROUP_READ_ONLY" => sees,
            "ORG_OWNER" => !(action == "delete" && place == "a"),
            "ORG_GROUP_CREATOR" => ["see", "create project"].contains(&action),
            "GROUP_OWNER" => sees || ["rename", "edit rules"].contains(&action) || given.is_some(),
            "GROUP_USER_ADMIN" => {
                sees || ["edit rules", "grant GROUP_USER_ADMIN", "grant GROUP_READ_ONLY"].contains(&action)
            }
            _ => false,
        }
}

#[test]
fn every_role_permits_exactly_what_the_table_says_at_every_place() {
    let roles = roles();
    let mut asked = 0;
    for role in &roles {
        for (at, target) in targets() {
            for (action_name, action) in actions(&roles) {
                for (place_name, place) in places() {
                    let wanted = expected(role.as_str(), at, &action_name, place_name);
                    let case = format!("{role} at {at}: {action_name} at {place_name}");
                    assert_eq!(permits(role, &target, action, &place), wanted, "{case}");
                    asked += 1;
                }
            }
        }
    }
    assert_eq!(asked, 27 * 3 * 34 * 6);
}

fn caller(grants: &[(&str, Target)]) -> Caller {
    let held: Vec<(RoleName, Target)> =
        grants.iter().map(|(role, at)| (RoleName::new(*role), at.clone())).collect();
    let global = held.iter().filter(|(_, at)| *at == Target::Global).map(|(role, _)| role.clone());
    Caller { via: Via::Host, global_roles: global.collect(), grants: held, ..Caller::host("r") }
}

#[test]
fn nobody_grants_more_than_they_hold() {
    let [_, (_, a), (_, a1)] = targets();
    let a2 = project("a2", "a");
    let (here, data) = (project("a1", "a"), RoleName::new("GROUP_DATA_ACCESS_ADMIN"));
    let admin = caller(&[("GROUP_USER_ADMIN", a1.clone())]);
    assert!(!admin.may(Action::Grant(&data), &here), "not held");
    let both = caller(&[("GROUP_USER_ADMIN", a1.clone()), ("GROUP_DATA_ACCESS_ADMIN", a1.clone())]);
    assert!(both.may(Action::Grant(&data), &here));
    assert!(!both.may(Action::Grant(&data), &a2), "only where it is held");
    let holder = caller(&[("GROUP_DATA_ACCESS_ADMIN", a1)]);
    assert!(!holder.may(Action::Grant(&data), &here), "holding is not administering");
    let owner = caller(&[("ORG_OWNER", a)]);
    for role in roles() {
        let global = role.as_str().starts_with("GLOBAL_");
        assert_eq!(
            places().iter().any(|(_, place)| owner.may(Action::Grant(&role), place)),
            !global,
            "{role}"
        );
    }
}

#[test]
fn an_owner_of_one_organization_has_no_scope_in_another() {
    let [(_, global), (_, a), (_, a1)] = targets();
    let owner = caller(&[("ORG_OWNER", a.clone())]);
    for (name, place) in places() {
        let own = name.starts_with('a');
        for action in [Action::See, Action::SeeRules, Action::EditRules] {
            assert_eq!(owner.may(action, &place), own, "{name}");
            assert_eq!(owner.scope(action).has(&place), own, "{name}");
        }
    }
    assert_eq!(caller(&[("GLOBAL_READ_ONLY", global)]).scope(Action::See), Scope::All);
    let creator = caller(&[("ORG_GROUP_CREATOR", a), ("GROUP_OWNER", a1)]);
    assert!(!creator.scope(Action::SeeRules).has(&project("a2", "a")));
    assert!(creator.scope(Action::SeeRules).has(&project("a1", "a")));
    assert_eq!(caller(&[]).scope(Action::See), Scope::default());
}

#[test]
fn what_counts_somewhere_opens_the_pages_but_nothing_for_the_whole_console() {
    let [_, (_, a), (_, a1)] = targets();
    for (role, at, wanted) in [
        (
            "ORG_OWNER",
            &a,
            &[Permission::ViewPlaces, Permission::ManageSomeRules, Permission::ManageSomePlaces][..],
        ),
        ("ORG_GROUP_CREATOR", &a, &[Permission::ViewPlaces, Permission::ManageSomePlaces]),
        ("ORG_READ_ONLY", &a, &[Permission::ViewPlaces]),
        ("ORG_MEMBER", &a, &[]),
        (
            "GROUP_OWNER",
            &a1,
            &[Permission::ViewPlaces, Permission::ManageSomeRules, Permission::ManageSomePlaces],
        ),
        ("GROUP_USER_ADMIN", &a1, &[Permission::ViewPlaces, Permission::ManageSomeRules]),
        ("GROUP_READ_ONLY", &a1, &[Permission::ViewPlaces]),
        ("GROUP_DATA_ACCESS_ADMIN", &a1, &[]),
        ("GROUP_AUDITOR", &a1, &[]),
        // A role of another level than its target gives nothing, whoever wrote it there.
        ("GLOBAL_OWNER", &a, &[]),
        ("ORG_OWNER", &a1, &[]),
    ] {
        let held = Caller { global_roles: Vec::new(), ..caller(&[(role, at.clone())]) };
        assert_eq!(held.delegated(), wanted, "{role}");
        for permission in [Permission::ViewMappings, Permission::ManageMappings, Permission::ManageTenancy] {
            assert!(held.require(permission).is_err(), "{role} {permission:?}");
        }
    }
}
