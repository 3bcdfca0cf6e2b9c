//! What a change of the rules would do to everybody whose claims are known, before it is saved.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{EvaluationInput, MappingRule, RuleSet};
use crate::{
    claims::Claims,
    id::RuleId,
    role::RoleName,
    target::{Level, Target},
};

/// The most people a change names; the rest is counted.
const NAMED: usize = 20;

/// Somebody who has signed in, as the rules saw them last.
#[derive(Debug, Clone, Copy)]
pub struct KnownPerson<'a> {
    /// The user name.
    pub username: &'a str,
    /// The integration they signed in with; `None`: it is deleted.
    pub integration: Option<&'a str>,
    /// Their groups, byte for byte.
    pub groups: &'a [String],
    /// Their claims.
    pub claims: Option<&'a Claims>,
    /// What their integration gives when no rule gives anything.
    pub fallback: Option<(&'a Target, &'a RoleName)>,
}

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Impact {
    /// How many people's last claims were looked at.
    pub considered: u64,
    /// How many of them gain or lose a role.
    pub affected: u64,
    /// Roles that people gain, by place.
    pub gains: Vec<RoleImpact>,
    /// Roles that people lose, by place.
    pub losses: Vec<RoleImpact>,
    /// Places where somebody has a role by the rules now, and nobody would have one.
    pub left_empty: Vec<ImpactPlace>,
    /// Whether people lose a role that owns a place: `GLOBAL_OWNER`, `ORG_OWNER`, `GROUP_OWNER`.
    pub drops_owners: bool,
}

/// A place, as lists name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactPlace {
    /// Its level.
    pub level: Level,
    /// Its identifier; `null` at the global level.
    pub target: Option<String>,
    /// Its name, where it is known.
    pub target_name: Option<String>,
}

impl ImpactPlace {
    fn of(target: &Target) -> Self {
        Self { level: target.level(), target: target.id().map(str::to_owned), target_name: None }
    }
}

/// One role at one place that people gain or lose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleImpact {
    /// The role.
    pub role: RoleName,
    /// Where.
    pub place: ImpactPlace,
    /// Who, and how many.
    #[serde(flatten)]
    pub people: ImpactCount,
    /// Of those who lose it, how many would have no other role there.
    pub last_way: u64,
}

/// People, counted, and some of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactCount {
    /// How many.
    pub count: u64,
    /// At most 20 of them, by name.
    pub users: Vec<String>,
}

#[derive(Default)]
struct Tally {
    people: ImpactCount,
    last_way: u64,
}

/// Looks at one person after the other, so that they need not all be in memory at once.
pub struct Replay<'a> {
    before: RuleSet<'a>,
    after: RuleSet<'a>,
    /// Rules that are not the same before and after: who is met by none of them is met by no change.
    gone: RuleSet<'a>,
    come: RuleSet<'a>,
    considered: u64,
    affected: u64,
    gains: BTreeMap<(Target, RoleName), Tally>,
    losses: BTreeMap<(Target, RoleName), Tally>,
    /// Places that somebody loses a role at, with how many have one before and after.
    people_at: BTreeMap<Target, (u64, u64)>,
    touched_places: BTreeSet<Target>,
}

/// The rules that only one side has, or has otherwise.
#[must_use]
pub fn differing(one: &[MappingRule], other: &[MappingRule]) -> Vec<MappingRule> {
    let by_id: BTreeMap<&RuleId, &MappingRule> = other.iter().map(|rule| (&rule.id, rule)).collect();
    let same = |rule: &MappingRule| {
        by_id.get(&rule.id).is_some_and(|other| {
            rule.integration == other.integration
                && rule.group == other.group
                && rule.conditions == other.conditions
                && rule.role == other.role
                && rule.target == other.target
                && rule.enabled == other.enabled
        })
    };
    one.iter().filter(|rule| !same(rule)).cloned().collect()
}

impl<'a> Replay<'a> {
    /// Of these rules, now and then; `gone` and `come` are what [`differing`] says of the two.
    #[must_use]
    pub fn new(
        before: &'a [MappingRule],
        after: &'a [MappingRule],
        gone: &'a [MappingRule],
        come: &'a [MappingRule],
    ) -> Self {
        let touched_places = gone.iter().map(|rule| rule.target.clone()).collect();
        Self {
            before: RuleSet::new(before),
            after: RuleSet::new(after),
            gone: RuleSet::new(gone),
            come: RuleSet::new(come),
            considered: 0,
            affected: 0,
            gains: BTreeMap::new(),
            losses: BTreeMap::new(),
            people_at: BTreeMap::new(),
            touched_places,
        }
    }

    /// Looks at one more person.
    pub fn add(&mut self, person: KnownPerson<'_>) {
        self.considered += 1;
        let KnownPerson { integration, groups, claims, .. } = person;
        let input = EvaluationInput { integration, groups, claims };
        let is_touched = !self.gone.granted(input).is_empty() || !self.come.granted(input).is_empty();
        if !is_touched && self.touched_places.is_empty() {
            return;
        }
        let owned = |grants: BTreeSet<(&Target, &RoleName)>| -> BTreeSet<(Target, RoleName)> {
            let grants = if grants.is_empty() { person.fallback.into_iter().collect() } else { grants };
            grants.into_iter().map(|(target, role)| (target.clone(), role.clone())).collect()
        };
        let before = owned(self.before.granted(input));
        let after = if is_touched { owned(self.after.granted(input)) } else { before.clone() };
        self.count_places(&before, &after);
        if before == after {
            return;
        }
        self.affected += 1;
        for gain in after.difference(&before) {
            note(&mut self.gains, gain, person.username, false);
        }
        for loss in before.difference(&after) {
            let is_last = !after.iter().any(|(target, _)| *target == loss.0);
            note(&mut self.losses, loss, person.username, is_last);
        }
    }

    fn count_places(&mut self, before: &BTreeSet<(Target, RoleName)>, after: &BTreeSet<(Target, RoleName)>) {
        for place in &self.touched_places {
            let has =
                |grants: &BTreeSet<(Target, RoleName)>| grants.iter().any(|(target, _)| target == place);
            let (had, has) = (has(before), has(after));
            if had || has {
                let counted = self.people_at.entry(place.clone()).or_default();
                counted.0 += u64::from(had);
                counted.1 += u64::from(has);
            }
        }
    }

    /// What came out of it.
    #[must_use]
    pub fn finish(self) -> Impact {
        let list = |tallies: BTreeMap<(Target, RoleName), Tally>| -> Vec<RoleImpact> {
            let of = |((target, role), mut tally): ((Target, RoleName), Tally)| {
                tally.people.users.sort();
                RoleImpact {
                    role,
                    place: ImpactPlace::of(&target),
                    people: tally.people,
                    last_way: tally.last_way,
                }
            };
            tallies.into_iter().map(of).collect()
        };
        let left_empty = self
            .people_at
            .iter()
            .filter(|(_, (had, has))| *had > 0 && *has == 0)
            .map(|(place, _)| ImpactPlace::of(place));
        let losses = list(self.losses);
        let owns =
            |loss: &RoleImpact| matches!(loss.role.as_str(), "GLOBAL_OWNER" | "ORG_OWNER" | "GROUP_OWNER");
        Impact {
            considered: self.considered,
            affected: self.affected,
            left_empty: left_empty.collect(),
            drops_owners: losses.iter().any(owns),
            gains: list(self.gains),
            losses,
        }
    }
}

fn note(
    tallies: &mut BTreeMap<(Target, RoleName), Tally>,
    grant: &(Target, RoleName),
    who: &str,
    is_last: bool,
) {
    let tally = tallies.entry(grant.clone()).or_default();
    tally.people.count += 1;
    tally.last_way += u64::from(is_last);
    if tally.people.users.len() < NAMED {
        tally.people.users.push(who.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::OrganizationId, mapping::evaluate, time::Timestamp};

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
        let (gone, come) = (differing(before, after), differing(after, before));
        let mut replay = Replay::new(before, after, &gone, &come);
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
        assert_eq!(
            impact.losses[0].people,
            ImpactCount { count: 2, users: vec!["ann".into(), "cid".into()] }
        );
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
        assert_eq!(
            replay(&before, &after, &[("ann", &["dba"])]),
            Impact { considered: 1, ..Impact::default() }
        );
        let moved = [rule("2", "dba", "ORG_OWNER", &atlas())];
        assert_eq!(replay(&before, &moved, &[("ann", &["dba"])]).affected, 0, "another rule, the same role");
    }

    #[test]
    fn what_the_integration_gives_instead_counts() {
        let before = [rule("1", "dba", "ORG_OWNER", &atlas())];
        let (gone, come) = (differing(&before, &[]), Vec::new());
        let mut replay = Replay::new(&before, &[], &gone, &come);
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
            for groups in [
                vec!["dba".to_owned()],
                vec!["DBA".to_owned(), "dba".to_owned()],
                vec![" dba".to_owned()],
                vec![],
            ] {
                let input = EvaluationInput { integration, groups: &groups, claims: None };
                let whole = evaluate(&rules, input);
                let whole: BTreeSet<_> =
                    whole.grants.iter().map(|grant| (&grant.target, &grant.role)).collect();
                assert_eq!(RuleSet::new(&rules).granted(input), whole, "{integration:?} {groups:?}");
            }
        }
    }
}
