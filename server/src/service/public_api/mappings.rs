//! Mapping rules as Ops Manager's API has them: for each role at a place, the groups that give it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Caller,
    form::ValidRule,
    id::RuleId,
    mapping::{Conditions, MappingRule},
    role::{RoleName, at_level, builtin},
    target::{Level, Target},
};
use store::Tx;

use crate::service::{ServiceError, mappings};

/// One entry of `idpGroupMappings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMapping {
    /// The role.
    pub role: RoleName,
    /// The groups that give it, byte for byte.
    pub groups: Vec<String>,
}

/// What is mapped at a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapped {
    /// What this API can say, roles in the catalogue's order, groups by their bytes.
    pub mappings: Vec<GroupMapping>,
    /// Rules it cannot: turned off, on conditions, or for one of several integrations. Changes through this API leave them alone.
    pub others: Vec<RuleId>,
}

/// All rules, by place, read once for a whole list.
#[derive(Debug)]
pub struct RulesByPlace {
    rules: BTreeMap<Target, Vec<MappingRule>>,
    /// The integration's name when there is exactly one: a rule for it is as good as one for any.
    only_integration: Option<String>,
}

impl RulesByPlace {
    /// Reads them.
    ///
    /// # Errors
    /// The database.
    pub async fn read(tx: &mut Tx) -> Result<Self, ServiceError> {
        let mut rules: BTreeMap<Target, Vec<MappingRule>> = BTreeMap::new();
        for rule in tx.mapping_rules().all().await? {
            rules.entry(rule.target.clone()).or_default().push(rule);
        }
        let integrations = tx.integrations().list().await?;
        let only_integration = match integrations.as_slice() {
            [only] => Some(only.name().to_owned()),
            _ => None,
        };
        Ok(Self { rules, only_integration })
    }

    /// The rules at this place, in the order they were made.
    fn at(&self, place: &Target) -> &[MappingRule] {
        self.rules.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a mapping of a role and groups says all of the rule.
    fn says(&self, rule: &MappingRule) -> bool {
        rule.enabled
            && rule.conditions.is_empty()
            && (rule.integration.is_none() || rule.integration == self.only_integration)
            && builtin(rule.role.as_str()).is_some()
    }

    /// What is mapped at this place.
    #[must_use]
    pub fn mapped(&self, place: &Target) -> Mapped {
        let rules = self.at(place);
        let others = rules.iter().filter(|rule| !self.says(rule)).map(|rule| rule.id.clone()).collect();
        let mappings = at_level(place.level()).filter_map(|role| {
            let of_role = rules.iter().filter(|rule| rule.role.as_str() == role.name && self.says(rule));
            let groups: BTreeSet<&str> = of_role.map(|rule| rule.group.as_str()).collect();
            let groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
            (!groups.is_empty()).then(|| GroupMapping { role: RoleName::new(role.name), groups })
        });
        Mapped { mappings: mappings.collect(), others }
    }
}

/// The roles that may be mapped at this level.
#[must_use]
pub fn role_at(level: Level, name: &str) -> Option<RoleName> {
    at_level(level).find(|role| role.name == name).map(|role| RoleName::new(role.name))
}

/// Makes the mappings at this place these; rules that this API cannot express stay.
///
/// # Errors
/// A group that no rule may have; a rule that a configuration file sets; the database.
pub async fn replace(
    caller: &Caller,
    tx: &mut Tx,
    place: &Target,
    wanted: &[GroupMapping],
) -> Result<(), ServiceError> {
    let all = RulesByPlace::read(tx).await?;
    let wanted: BTreeSet<(&str, &str)> = wanted
        .iter()
        .flat_map(|mapping| mapping.groups.iter().map(|group| (mapping.role.as_str(), group.as_str())))
        .collect();
    let mut there = BTreeSet::new();
    for rule in all.at(place) {
        let key = (rule.role.as_str(), rule.group.as_str());
        if !all.says(rule) {
            continue;
        }
        if wanted.contains(&key) {
            there.insert(key);
        } else {
            mappings::remove_in(caller, tx, rule).await?;
        }
    }
    for (role, group) in wanted.into_iter().filter(|key| !there.contains(key)) {
        let rule = ValidRule {
            integration: None,
            group: group.to_owned(),
            conditions: Conditions::default(),
            role: RoleName::new(role),
            target: place.clone(),
            enabled: true,
            revision: None,
        };
        let off = all.at(place).iter().find(|old| {
            !old.enabled
                && old.conditions.is_empty()
                && old.integration.is_none()
                && (old.role.as_str(), old.group.as_str()) == (role, group)
        });
        match off {
            Some(off) => mappings::update_in(caller, tx, off, &rule).await?,
            None => drop(mappings::insert_in(caller, tx, &rule).await?),
        }
    }
    Ok(())
}
