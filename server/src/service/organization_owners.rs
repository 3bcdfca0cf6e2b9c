//! An organization that has an owner keeps one: asked at every door through which an administrator could take the last
//! one away, inside its transaction and behind [`store::Tx::take_turn`], so that two at the same moment cannot either.
//! What a provider says of somebody's groups at a sign-in is no such door.

use std::collections::BTreeSet;

use domain::{
    api::{PageQuery, RuleFilter, RuleView},
    id::OrganizationId,
    role::RoleName,
};
use store::{OrganizationOwner, Tx};

use super::ServiceError;

/// Which organizations have an owner, before a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OrganizationOwners {
    /// Somebody enabled holds the role.
    held: BTreeSet<OrganizationId>,
    /// Somebody holds it who will also hold it after their next sign-in, as far as rules go.
    lasting: BTreeSet<OrganizationId>,
}

impl OrganizationOwners {
    /// As things stand in this transaction; the caller has taken its turn.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn read(tx: &mut Tx) -> Result<Self, ServiceError> {
        let owners = tx.organizations().owners().await?;
        let rules =
            if owners.is_empty() { Vec::new() } else { rules_giving(tx, RoleName::ORG_OWNER).await? };
        let lasting = owners.iter().filter(|owner| lasts(owner, &rules));
        Ok(Self {
            lasting: lasting.map(|owner| owner.organization.clone()).collect(),
            held: owners.into_iter().map(|owner| owner.organization).collect(),
        })
    }

    /// Refuses a change, made in this transaction since, that leaves an organization without an owner that had one. An
    /// organization in which nothing is left, neither project nor rule, may lose the rule that made its owners: that is
    /// the way to delete it.
    ///
    /// # Errors
    /// [`ServiceError::LastOrganizationOwner`]; the database.
    pub(crate) async fn check(&self, tx: &mut Tx) -> Result<(), ServiceError> {
        let now = Self::read(tx).await?;
        for id in self.lasting.union(&self.held) {
            let lost_now = self.held.contains(id) && !now.held.contains(id);
            let lost_soon = self.lasting.contains(id) && !now.lasting.contains(id);
            if !lost_now && !lost_soon {
                continue;
            }
            let Some(organization) = tx.organizations().find(id).await? else { continue };
            let is_used = tx.organizations().count_projects(id).await? > 0
                || tx.organizations().count_rules(id).await? > 0;
            if lost_now || is_used {
                return Err(ServiceError::LastOrganizationOwner(organization.name));
            }
        }
        Ok(())
    }
}

/// Given by hand, or by a rule that is still there and says the same.
fn lasts(owner: &OrganizationOwner, rules: &[RuleView]) -> bool {
    owner.rules.is_empty()
        || owner.rules.iter().any(|because| {
            rules.iter().any(|rule| {
                rule.id == because.rule
                    && rule.enabled
                    && rule.target.as_deref() == Some(owner.organization.as_str())
                    && because.group.as_ref().is_none_or(|group| *group == rule.group)
                    && rule.integration.as_ref().is_none_or(|name| because.integration.as_ref() == Some(name))
            })
        })
}

/// Every rule that gives this role.
///
/// # Errors
/// The database.
pub(crate) async fn rules_giving(tx: &mut Tx, role: &str) -> Result<Vec<RuleView>, ServiceError> {
    let filter = RuleFilter { role: Some(role.to_owned()), ..RuleFilter::default() };
    let mut query = PageQuery { page_size: PageQuery::MOST, cursor: None };
    let mut all = Vec::new();
    loop {
        let page = tx.mapping_rules().list(&filter, &query).await?;
        all.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return Ok(all),
        }
    }
}
