//! Who owns which organization, and how many rules give roles where.

use std::collections::BTreeMap;

use domain::{
    access::Scope,
    api::Because,
    id::{OrganizationId, RuleId},
    role::RoleName,
};

use crate::{
    Organizations, Tx,
    error::{Error, Result},
    sql::{Filter, Value, fetch_all, fetch_dynamic, marks},
};

/// An enabled owner of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationOwner {
    /// The organization.
    pub organization: OrganizationId,
    /// The owner's user name.
    pub username: String,
    /// The rules it follows from; empty when it was given by hand.
    pub rules: Vec<OwnerRule>,
}

/// A rule that made somebody an owner at their last sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRule {
    /// The rule.
    pub rule: RuleId,
    /// The group that matched.
    pub group: Option<String>,
    /// The integration they signed in with, by name.
    pub integration: Option<String>,
}

/// Rules of organizations and of the projects in them; `r` is the rule, `p` its project.
pub(crate) const RULES_OF_ORGANIZATIONS: [&str; 2] =
    ["r.organization_id in ({})", "p.organization_id in ({})"];
/// Rules of projects.
pub(crate) const RULES_OF_PROJECTS: [&str; 1] = ["r.project_id in ({})"];

/// Adds the condition that a row lies in scope. The conditions for organizations and for projects are constants of this
/// crate, with `{}` where the identifiers go.
pub(crate) fn within(filter: &mut Filter, scope: &Scope, of_organizations: &[&str], of_projects: &[&str]) {
    let Scope::Some { organizations, projects } = scope else { return };
    let organizations: Vec<Value> = organizations.iter().map(|id| id.as_str().into()).collect();
    let projects: Vec<Value> = projects.iter().map(|id| id.as_str().into()).collect();
    let (mut parts, mut values): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    for (ids, conditions) in [(&organizations, of_organizations), (&projects, of_projects)] {
        for condition in conditions.iter().filter(|_| !ids.is_empty()) {
            parts.push(condition.replace("{}", &marks(ids.len())));
            values.extend(ids.iter().cloned());
        }
    }
    let condition = if parts.is_empty() { "1 = 0".to_owned() } else { format!("({})", parts.join(" or ")) };
    filter.and(&condition, values);
}

/// How many rules give a role at each place in scope: by organization (those in its projects too) and by project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// By organization.
    pub organizations: BTreeMap<String, u64>,
    /// By project.
    pub projects: BTreeMap<String, u64>,
}

impl Organizations<'_> {
    /// Enabled owners of organizations, by organization and user name.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn owners(&mut self) -> Result<Vec<OrganizationOwner>> {
        let sql = "select g.organization_id, u.username, g.source, g.because from role_grant g \
                   join user u on u.user_id = g.user_id \
                   where g.role = ? and g.organization_id is not null and u.enabled = ? \
                   order by g.organization_id, u.username";
        let rows = fetch_all!(self.tx, (String, String, String, String), sql, RoleName::ORG_OWNER, true)?;
        let owner = |(organization, username, source, because): (String, String, String, String)| {
            let because: Vec<Because> = serde_json::from_str(&because)
                .map_err(|error| Error::corrupt("role_grant", "because", &username, error))?;
            let rules = because.into_iter().filter_map(|because| {
                let Because { rule, group, integration, .. } = because;
                Some(OwnerRule { rule: rule?, group, integration })
            });
            let rules = if source == "manual" { Vec::new() } else { rules.collect() };
            Ok(OrganizationOwner { organization: organization.into(), username, rules })
        };
        rows.into_iter().map(owner).collect()
    }

    /// How many rules there are at each place in scope.
    ///
    /// # Errors
    /// The driver's.
    pub async fn rule_counts(&mut self, scope: &Scope) -> Result<RuleCounts> {
        let mut filter = Filter::default();
        filter.and("r.level <> 'global'", []);
        within(&mut filter, scope, &RULES_OF_ORGANIZATIONS, &RULES_OF_PROJECTS);
        let sql = format!(
            "select coalesce(r.organization_id, p.organization_id), r.project_id, count(*) from mapping_rule r \
             left join project p on p.project_id = r.project_id{} \
             group by coalesce(r.organization_id, p.organization_id), r.project_id",
            filter.sql()
        );
        let rows: Vec<(Option<String>, Option<String>, i64)> =
            fetch_dynamic(self.tx, sql, &filter.values).await?;
        let mut counts = RuleCounts::default();
        for (organization, project, count) in rows {
            let count = count.unsigned_abs();
            if let Some(organization) = organization {
                *counts.organizations.entry(organization).or_default() += count;
            }
            if let Some(project) = project {
                *counts.projects.entry(project).or_default() += count;
            }
        }
        Ok(counts)
    }
}

impl Tx {
    /// Waits until nobody else is changing who owns what or how people get in; others then wait until this transaction
    /// ends. To be called before anything is read that such a change depends on.
    ///
    /// # Errors
    /// The driver's.
    pub async fn take_turn(&mut self) -> Result<()> {
        self.pending_changes().take_turn().await
    }
}
