use std::collections::HashMap;

use domain::{
    api::{Because, RoleGrantView, target_name},
    id::UserId,
    mapping::{MappingRule, RoleGrantDraft},
    role::RoleName,
    target::Target,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    key::joined_key,
    mapping_rule::{read_target, target_columns},
    sql::{execute, fetch_all, fetch_optional},
};

/// Roles of people: those that follow from rules, and those given by hand. Every change revises the user.
pub struct RoleGrants<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// What a sign-in changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantChange {
    /// What the user has now and had not.
    pub added: Vec<RoleGrantView>,
    /// What the user had and has no more.
    pub removed: Vec<RoleGrantView>,
}

impl GrantChange {
    /// Whether the roles are as they were.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

const MAPPED: &str = "mapped";
const MANUAL: &str = "manual";

#[derive(FromRow)]
struct Row {
    grant_key: String,
    role: String,
    level: String,
    organization_id: Option<String>,
    project_id: Option<String>,
    organization_name: Option<String>,
    project_name: Option<String>,
    source: String,
    because: String,
}

impl Row {
    fn view(self, user: &UserId) -> Result<RoleGrantView> {
        let corrupt = |column| move |error| Error::corrupt("role_grant", column, user.as_str(), error);
        let target = read_target(&self.level, self.organization_id.as_deref(), self.project_id.as_deref())
            .ok_or_else(|| corrupt("level")("level and target do not fit together".into()))?;
        let because = serde_json::from_str(&self.because)
            .map_err(|error| corrupt("because")(Box::<dyn std::error::Error + Send + Sync>::from(error)))?;
        Ok(RoleGrantView {
            role: RoleName::new(self.role),
            level: target.level(),
            target: target.id().map(str::to_owned),
            target_name: target_name(
                &target,
                self.organization_name.as_deref(),
                self.project_name.as_deref(),
            ),
            because,
        })
    }
}

fn grant_key(source: &str, role: &RoleName, target: &Target) -> String {
    joined_key(&[source, role.as_str(), target.level().as_str(), target.id().unwrap_or_default()])
}

fn because_text(user: &UserId, because: &[Because]) -> Result<String> {
    serde_json::to_string(because)
        .map_err(|error| Error::corrupt("role_grant", "because", user.as_str(), error))
}

impl RoleGrants<'_> {
    /// Every role of the user, each role at each target once, with every reason: one statement.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn for_user(&mut self, user: &UserId) -> Result<Vec<RoleGrantView>> {
        let mut grants: Vec<RoleGrantView> = Vec::new();
        for row in self.rows(user).await? {
            let grant = row.view(user)?;
            match grants.iter_mut().find(|g| g.role == grant.role && g.target == grant.target) {
                Some(known) => known.because.extend(grant.because),
                None => grants.push(grant),
            }
        }
        Ok(grants)
    }

    /// The roles given by hand.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn manual(&mut self, user: &UserId) -> Result<Vec<RoleGrantView>> {
        let rows = self.rows(user).await?;
        rows.into_iter().filter(|row| row.source == MANUAL).map(|row| row.view(user)).collect()
    }

    async fn rows(&mut self, user: &UserId) -> Result<Vec<Row>> {
        let sql = "select g.grant_key, g.role, g.level, g.organization_id, g.project_id, o.name as organization_name, \
                   p.name as project_name, g.source, g.because from role_grant g \
                   left join project p on p.project_id = g.project_id \
                   left join organization o on o.organization_id = coalesce(g.organization_id, p.organization_id) \
                   where g.user_id = ? order by g.level, g.role, g.organization_id, g.project_id, g.source";
        fetch_all!(self.tx, Row, sql, user.as_str())
    }

    /// Makes the mapped roles equal to what a sign-in with this integration gives: *all* mapped roles, those
    /// of sign-ins with other integrations too. Roles given by hand stay. Roles at a target that has vanished
    /// are dropped. When nothing differs, this is one read and no write.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such user, [`Error::Corrupt`], the driver's.
    pub async fn replace_mapped(
        &mut self,
        user: &UserId,
        integration: &str,
        drafts: &[RoleGrantDraft],
        rules: &[MappingRule],
    ) -> Result<GrantChange> {
        let rows = self.rows(user).await?;
        let mut old: HashMap<String, Row> = rows
            .into_iter()
            .filter(|row| row.source == MAPPED)
            .map(|row| (row.grant_key.clone(), row))
            .collect();
        let wanted: Vec<_> = drafts.iter().flat_map(|draft| &draft.rules).collect();
        let groups: HashMap<_, _> = rules
            .iter()
            .filter(|rule| wanted.contains(&&rule.id))
            .map(|rule| (&rule.id, &rule.group))
            .filter(|(_, group)| !group.is_empty())
            .collect();
        let mut change = GrantChange::default();
        let mut changed = false;
        for draft in drafts {
            // Without a rule it is the integration's own default.
            let integration_alone = Some(integration.to_owned());
            let by_default =
                Because { rule: None, group: None, integration: integration_alone, implied_by: None };
            let because: Vec<Because> = draft
                .rules
                .iter()
                .map(|rule| Because {
                    rule: Some(rule.clone()),
                    group: groups.get(rule).map(|group| (*group).clone()),
                    integration: Some(integration.to_owned()),
                    implied_by: None,
                })
                .chain(draft.rules.is_empty().then_some(by_default))
                .collect();
            let key = grant_key(MAPPED, &draft.role, &draft.target);
            let text = because_text(user, &because)?;
            match old.remove(&key) {
                Some(row) if row.because == text => {}
                Some(_) => {
                    let sql = "update role_grant set because = ? where user_id = ? and grant_key = ?";
                    execute!(self.tx, sql, text, user.as_str(), key)?;
                    changed = true;
                }
                None => {
                    let Some(target_name) = self.target_name(&draft.target).await? else {
                        continue;
                    };
                    self.insert(user, MAPPED, &draft.role, &draft.target, &text).await?;
                    change.added.push(view(&draft.role, &draft.target, target_name, because));
                }
            }
        }
        for (key, row) in old {
            execute!(
                self.tx,
                "delete from role_grant where user_id = ? and grant_key = ?",
                user.as_str(),
                key
            )?;
            change.removed.push(row.view(user)?);
        }
        let order = |a: &RoleGrantView, b: &RoleGrantView| {
            (a.level, &a.role, &a.target).cmp(&(b.level, &b.role, &b.target))
        };
        change.removed.sort_by(order);
        if changed || !change.is_empty() {
            self.tx.users().bump(user).await?;
        }
        Ok(change)
    }

    /// Gives a role by hand; whether the user had not got it by hand already.
    ///
    /// # Errors
    /// [`Error::Missing`] when user or target do not exist.
    pub async fn set_manual(&mut self, user: &UserId, role: RoleName, target: Target) -> Result<bool> {
        let key = grant_key(MANUAL, &role, &target);
        let sql = "select role from role_grant where user_id = ? and grant_key = ?";
        if fetch_optional!(self.tx, (String,), sql, user.as_str(), key)?.is_some() {
            return Ok(false);
        }
        self.target_name(&target).await?.ok_or(Error::Missing("target"))?;
        let text =
            because_text(user, &[Because { rule: None, group: None, integration: None, implied_by: None }])?;
        self.insert(user, MANUAL, &role, &target, &text).await?;
        self.tx.users().bump(user).await?;
        Ok(true)
    }

    /// Takes a role away that was given by hand; whether there was one.
    ///
    /// # Errors
    /// The driver's.
    pub async fn remove_manual(&mut self, user: &UserId, role: RoleName, target: Target) -> Result<bool> {
        let key = grant_key(MANUAL, &role, &target);
        let sql = "delete from role_grant where user_id = ? and grant_key = ?";
        let removed = execute!(self.tx, sql, user.as_str(), key)? > 0;
        if removed {
            self.tx.users().bump(user).await?;
        }
        Ok(removed)
    }

    async fn insert(
        &mut self,
        user: &UserId,
        source: &str,
        role: &RoleName,
        target: &Target,
        because: &str,
    ) -> Result<()> {
        let (organization, project) = target_columns(target);
        let now = self.tx.now().ms();
        execute!(
            self.tx,
            "insert into role_grant (user_id, grant_key, role, level, organization_id, project_id, source, because, \
             created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            user.as_str(),
            grant_key(source, role, target),
            role.as_str(),
            target.level().as_str(),
            organization,
            project,
            source,
            because,
            now,
        )?;
        Ok(())
    }

    /// What the target is called (nothing at the global level); `None`: there is no such target.
    async fn target_name(&mut self, target: &Target) -> Result<Option<Option<String>>> {
        let (organization, project) = match target {
            Target::Global => (None, None),
            Target::Organization(id) => {
                let Some(organization) = self.tx.organizations().find(id).await? else {
                    return Ok(None);
                };
                (Some(organization.name), None)
            }
            Target::Project(id) => {
                let sql = "select o.name, p.name from project p \
                           join organization o on o.organization_id = p.organization_id where p.project_id = ?";
                let Some((organization, project)) =
                    fetch_optional!(self.tx, (String, String), sql, id.as_str())?
                else {
                    return Ok(None);
                };
                (Some(organization), Some(project))
            }
        };
        Ok(Some(target_name(target, organization.as_deref(), project.as_deref())))
    }
}

fn view(
    role: &RoleName,
    target: &Target,
    target_name: Option<String>,
    because: Vec<Because>,
) -> RoleGrantView {
    RoleGrantView {
        role: role.clone(),
        level: target.level(),
        target: target.id().map(str::to_owned),
        target_name,
        because,
    }
}
