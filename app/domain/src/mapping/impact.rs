//! What a change of the rules would do to everybody whose claims are known, before it is saved.

use std::collections::HashMap;

use serde::Serialize;

use super::{MappingRule, condition::Asked, evaluate::fits_level};
use crate::{
    claims::Claims,
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

/// A rule, ready to be asked often: what it gives and whom it is for by number.
struct Prepared<'a> {
    rule: &'a MappingRule,
    grant: usize,
    integration: Option<usize>,
}

/// The rules for one group, or those for none, on both sides.
#[derive(Default)]
struct Sides<'a> {
    before: Vec<Prepared<'a>>,
    after: Vec<Prepared<'a>>,
}

/// Things that are met often, by number, in the order they were met.
struct Numbers<T> {
    all: Vec<T>,
    by_value: HashMap<T, usize>,
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn new() -> Self {
        Self { all: Vec::new(), by_value: HashMap::new() }
    }

    fn of(&mut self, value: &T) -> usize {
        if let Some(number) = self.by_value.get(value) {
            return *number;
        }
        let number = self.all.len();
        self.all.push(value.clone());
        self.by_value.insert(value.clone(), number);
        number
    }
}

#[derive(Clone, Default)]
struct Tally {
    people: ImpactCount,
    last_way: u64,
}

/// What is counted of one role at one place.
#[derive(Clone, Default)]
struct Tallies {
    gained: Tally,
    lost: Tally,
}

/// How many people have a role at a place.
#[derive(Clone, Copy, Default)]
struct Inhabited {
    before: u64,
    after: u64,
}

/// Looks at one person after the other, so that they need not all be in memory at once. A person costs work for their own
/// groups, whatever the number of rules.
pub struct Replay<'a> {
    by_group: HashMap<&'a str, Sides<'a>>,
    /// Rules that ask for no exact group.
    without_group: Sides<'a>,
    integrations: Numbers<String>,
    grants: Numbers<(Target, RoleName)>,
    places: Numbers<Target>,
    /// The place of each grant.
    place_of: Vec<usize>,
    tallies: Vec<Tallies>,
    inhabited: Vec<Inhabited>,
    considered: u64,
    affected: u64,
}

impl<'a> Replay<'a> {
    /// Of these rules, now and then.
    #[must_use]
    pub fn new(before: &'a [MappingRule], after: &'a [MappingRule]) -> Self {
        let mut replay = Self {
            by_group: HashMap::with_capacity(before.len()),
            without_group: Sides::default(),
            integrations: Numbers::new(),
            grants: Numbers::new(),
            places: Numbers::new(),
            place_of: Vec::new(),
            tallies: Vec::new(),
            inhabited: Vec::new(),
            considered: 0,
            affected: 0,
        };
        for (rules, is_after) in [(before, false), (after, true)] {
            for rule in rules.iter().filter(|rule| rule.enabled && fits_level(rule)) {
                let grant = replay.grant(&rule.target, &rule.role);
                let integration = rule.integration.as_ref().map(|name| replay.integrations.of(name));
                let prepared = Prepared { rule, grant, integration };
                let sides = if !rule.group.is_empty() {
                    replay.by_group.entry(&rule.group).or_default()
                } else if rule.conditions.is_empty() {
                    // Nothing is asked: that must not mean everybody.
                    continue;
                } else {
                    &mut replay.without_group
                };
                if is_after { sides.after.push(prepared) } else { sides.before.push(prepared) }
            }
        }
        replay
    }

    /// The number of a role at a place.
    fn grant(&mut self, target: &Target, role: &RoleName) -> usize {
        let number = self.grants.of(&(target.clone(), role.clone()));
        if number == self.place_of.len() {
            self.place_of.push(self.places.of(target));
            self.tallies.push(Tallies::default());
            self.inhabited.resize(self.places.all.len(), Inhabited::default());
        }
        number
    }

    /// Looks at one more person.
    pub fn add(&mut self, person: KnownPerson<'_>) {
        self.considered = self.considered.saturating_add(1);
        let integration = person.integration.and_then(|name| self.integrations.by_value.get(name)).copied();
        let asked = Asked { integration: person.integration, groups: person.groups, claims: person.claims };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let of_groups = person.groups.iter().filter_map(|group| self.by_group.get(group.as_str()));
        for sides in of_groups.chain([&self.without_group]) {
            for (rules, grants) in [(&sides.before, &mut before), (&sides.after, &mut after)] {
                let given = rules.iter().filter(|one| {
                    (one.integration.is_none() || one.integration == integration)
                        && one.rule.conditions.first_failing(asked).is_none()
                });
                grants.extend(given.map(|one| one.grant));
            }
        }
        for grants in [&mut before, &mut after] {
            if let (true, Some((target, role))) = (grants.is_empty(), person.fallback) {
                grants.push(self.grant(target, role));
            }
            grants.sort_unstable();
            grants.dedup();
        }
        let (places_before, places_after) = (self.places_of(&before), self.places_of(&after));
        for place in &places_before {
            if let Some(inhabited) = self.inhabited.get_mut(*place) {
                inhabited.before = inhabited.before.saturating_add(1);
            }
        }
        for place in &places_after {
            if let Some(inhabited) = self.inhabited.get_mut(*place) {
                inhabited.after = inhabited.after.saturating_add(1);
            }
        }
        if before == after {
            return;
        }
        self.affected = self.affected.saturating_add(1);
        for gain in after.iter().filter(|grant| before.binary_search(grant).is_err()) {
            if let Some(tallies) = self.tallies.get_mut(*gain) {
                tallies.gained.note(person.username, false);
            }
        }
        for loss in before.iter().filter(|grant| after.binary_search(grant).is_err()) {
            let is_last =
                self.place_of.get(*loss).is_some_and(|place| places_after.binary_search(place).is_err());
            if let Some(tallies) = self.tallies.get_mut(*loss) {
                tallies.lost.note(person.username, is_last);
            }
        }
    }

    fn places_of(&self, grants: &[usize]) -> Vec<usize> {
        let mut places: Vec<usize> =
            grants.iter().filter_map(|grant| self.place_of.get(*grant)).copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// What came out of it.
    #[must_use]
    pub fn finish(self) -> Impact {
        let (mut gains, mut losses) = (Vec::new(), Vec::new());
        for ((target, role), tallies) in self.grants.all.iter().zip(self.tallies) {
            for (tally, list) in [(tallies.gained, &mut gains), (tallies.lost, &mut losses)] {
                if tally.people.count > 0 {
                    let Tally { mut people, last_way } = tally;
                    people.users.sort();
                    list.push((
                        target,
                        RoleImpact { role: role.clone(), place: ImpactPlace::of(target), people, last_way },
                    ));
                }
            }
        }
        let ordered = |mut list: Vec<(&Target, RoleImpact)>| -> Vec<RoleImpact> {
            list.sort_by(|one, other| (one.0, &one.1.role).cmp(&(other.0, &other.1.role)));
            list.into_iter().map(|(_, change)| change).collect()
        };
        let (gains, losses) = (ordered(gains), ordered(losses));
        let owns =
            |loss: &RoleImpact| matches!(loss.role.as_str(), "GLOBAL_OWNER" | "ORG_OWNER" | "GROUP_OWNER");
        let mut left_empty: Vec<ImpactPlace> = self
            .places
            .all
            .iter()
            .zip(self.inhabited)
            .filter(|(_, inhabited)| inhabited.before > 0 && inhabited.after == 0)
            .map(|(place, _)| ImpactPlace::of(place))
            .collect();
        left_empty.sort();
        Impact {
            considered: self.considered,
            affected: self.affected,
            left_empty,
            drops_owners: losses.iter().any(owns),
            gains,
            losses,
        }
    }
}

impl Tally {
    fn note(&mut self, who: &str, is_last: bool) {
        self.people.count = self.people.count.saturating_add(1);
        self.last_way = self.last_way.saturating_add(u64::from(is_last));
        if self.people.users.len() < NAMED {
            self.people.users.push(who.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
