use domain::{
    api::{Page, PageQuery, RuleFilter, RuleView},
    form::ValidRule,
    id::RuleId,
    mapping::{Conditions, FindingKind, MappingRule, UNUSED_DAYS},
    role::RoleName,
    target::Target,
    time::Timestamp,
};

use crate::{
    Tx,
    error::{Error, Result},
    key::{joined_key, text_key},
    page::{List, map_page},
    sql::{Filter, Value, count, execute, fetch_all, fetch_optional, marks},
    tenancy_owners::{RULES_OF_ORGANIZATIONS, RULES_OF_PROJECTS, within},
};

mod row;

use row::Row;
pub(crate) use row::{read_target, target_columns};

/// Mapping rules. Every change also revises the rule set: see [`MappingRules::revision`].
pub struct MappingRules<'a> {
    pub(crate) tx: &'a mut Tx,
}

macro_rules! columns {
    () => {
        "r.mapping_rule_id, i.name as integration, r.group_name, r.conditions, r.last_matched_at, r.role, r.level, r.organization_id, r.project_id, \
         o.name as organization_name, p.name as project_name, r.enabled, r.created_at, r.updated_at, r.revision"
    };
}

// The organization is the target itself, or the one that the target project belongs to.
macro_rules! tables {
    () => {
        "mapping_rule r left join integration i on i.integration_id = r.integration_id \
         left join project p on p.project_id = r.project_id \
         left join organization o on o.organization_id = coalesce(r.organization_id, p.organization_id)"
    };
}

/// What must be unique of a rule.
fn rule_key(integration_id: Option<&str>, rule: &ValidRule) -> String {
    let level = rule.target.level().as_str();
    let target = rule.target.id().unwrap_or_default();
    let mut parts = vec![integration_id.unwrap_or_default(), &rule.group, rule.role.as_str(), level, target];
    let conditions = conditions_text(&rule.conditions);
    // Without conditions the key is what it was before there were any.
    parts.extend(conditions.as_deref());
    joined_key(&parts)
}

/// Conditions as their column holds them.
fn conditions_text(conditions: &Conditions) -> Option<String> {
    // Texts and names of kinds only: this cannot fail.
    (!conditions.is_empty()).then(|| serde_json::to_string(conditions).unwrap_or_default())
}

/// What a rule has beside what somebody sets.
struct Written {
    id: RuleId,
    created_at: Timestamp,
    /// Of before.
    revision: i64,
}

impl Written {
    fn with(self, rule: &ValidRule, integration: Option<String>, now: Timestamp) -> MappingRule {
        MappingRule {
            id: self.id,
            integration,
            group: rule.group.clone(),
            conditions: rule.conditions.clone(),
            role: rule.role.clone(),
            target: rule.target.clone(),
            enabled: rule.enabled,
            created_at: self.created_at,
            updated_at: now,
            revision: self.revision + 1,
        }
    }
}

impl MappingRules<'_> {
    /// Rules in the order they were made.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self, filter: &RuleFilter, query: &PageQuery) -> Result<Page<RuleView>> {
        self.list_among(filter, None, query).await
    }

    /// The same, of these only.
    ///
    /// # Errors
    /// As [`MappingRules::list`].
    pub async fn list_among(
        &mut self,
        filter: &RuleFilter,
        among: Option<&[RuleId]>,
        query: &PageQuery,
    ) -> Result<Page<RuleView>> {
        let mut conditions = Filter::default();
        match filter.integration.as_deref() {
            None => {}
            Some("*") => conditions.and("r.integration_id is null", []),
            Some(name) => conditions.and("i.name_key = ?", [text_key(&name.to_lowercase()).into()]),
        }
        if let Some(group) = &filter.group {
            conditions.and("r.group_key = ?", [text_key(group).into()]);
        }
        if let Some(role) = &filter.role {
            let role = RoleName::parse(role).map_or_else(|| role.clone(), |role| role.as_str().to_owned());
            conditions.and("r.role = ?", [role.into()]);
        }
        if let Some(level) = filter.level {
            conditions.and("r.level = ?", [level.as_str().into()]);
        }
        if let Some(target) = &filter.target {
            let target = target.as_str();
            conditions.and("(r.organization_id = ? or r.project_id = ?)", [target.into(), target.into()]);
        }
        if let Some(ids) = among {
            // Of none of them: no identifier is empty.
            let none = ids.is_empty().then(|| Value::from(""));
            let sql = format!("r.mapping_rule_id in ({})", marks(ids.len().max(1)));
            conditions.and(&sql, ids.iter().map(|id| Value::from(id.as_str())).chain(none));
        }
        let now = self.tx.now();
        match filter.finding {
            Some(FindingKind::NeverMatched) => conditions.and(
                "r.enabled = ? and r.last_matched_at is null and r.updated_at < ?",
                [true.into(), now.plus_hours(-24).ms().into()],
            ),
            Some(FindingKind::Unused) => conditions.and(
                "r.enabled = ? and r.last_matched_at < ?",
                [true.into(), now.plus_hours(-24 * UNUSED_DAYS).ms().into()],
            ),
            _ => {}
        }
        if let Some(scope) = &filter.within {
            within(&mut conditions, scope, &RULES_OF_ORGANIZATIONS, &RULES_OF_PROJECTS);
        }
        let list = List {
            columns: columns!(),
            from: tables!(),
            at: "r.created_at",
            id: "r.mapping_rule_id",
            newest_first: false,
        };
        let page = list
            .page::<Row>(self.tx, conditions, query, |row| (row.created_at, &row.mapping_rule_id))
            .await?;
        map_page(page, Row::view)
    }

    /// Every rule, in the order they were made.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn all(&mut self) -> Result<Vec<MappingRule>> {
        let sql =
            concat!("select ", columns!(), " from ", tables!(), " order by r.created_at, r.mapping_rule_id");
        fetch_all!(self.tx, Row, sql)?.into_iter().map(Row::rule).collect()
    }

    /// Grows with every change of any rule, and when a deletion elsewhere takes rules with it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn revision(&mut self) -> Result<i64> {
        let sql = "select revision from setting where setting_key = 'rule_set'";
        Ok(fetch_optional!(self.tx, (i64,), sql)?.map_or(0, |(revision,)| revision))
    }

    /// The rule.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, id: &RuleId) -> Result<Option<MappingRule>> {
        self.row(id).await?.map(Row::rule).transpose()
    }

    /// The rule, with its target's name.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn view(&mut self, id: &RuleId) -> Result<Option<RuleView>> {
        self.row(id).await?.map(Row::view).transpose()
    }

    async fn row(&mut self, id: &RuleId) -> Result<Option<Row>> {
        let sql = concat!("select ", columns!(), " from ", tables!(), " where r.mapping_rule_id = ?");
        fetch_optional!(self.tx, Row, sql, id.as_str())
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] for an exact duplicate, enabled or not; [`Error::Missing`] when integration or target
    /// do not exist.
    pub async fn insert(&mut self, rule: &ValidRule) -> Result<MappingRule> {
        let (id, now) = (self.tx.new_id(), self.tx.now());
        let integration = self.integration_id(rule).await?;
        self.check_target(rule).await?;
        let (organization, project) = target_columns(&rule.target);
        execute!(
            self.tx,
            "insert into mapping_rule (mapping_rule_id, integration_id, group_name, group_key, conditions, role, level, \
             organization_id, project_id, rule_key, enabled, created_at, updated_at, revision) \
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            &id,
            integration.as_ref().map(|(id, _)| id),
            &rule.group,
            text_key(&rule.group),
            conditions_text(&rule.conditions),
            rule.role.as_str(),
            rule.target.level().as_str(),
            organization,
            project,
            rule_key(integration.as_ref().map(|(id, _)| id.as_str()), rule),
            rule.enabled,
            now.ms(),
            now.ms(),
        )?;
        self.bump().await?;
        let old = Written { id: id.into(), created_at: now, revision: 0 };
        Ok(old.with(rule, integration.map(|(_, name)| name), now))
    }

    /// Changes one, as it was read.
    ///
    /// # Errors
    /// [`Error::Stale`]; otherwise as [`MappingRules::insert`].
    pub async fn update(&mut self, old: &MappingRule, rule: &ValidRule) -> Result<MappingRule> {
        let now = self.tx.now();
        let integration = self.integration_id(rule).await?;
        self.check_target(rule).await?;
        let (organization, project) = target_columns(&rule.target);
        let done = execute!(
            self.tx,
            "update mapping_rule set integration_id = ?, group_name = ?, group_key = ?, conditions = ?, role = ?, level = ?, \
             organization_id = ?, project_id = ?, rule_key = ?, enabled = ?, updated_at = ?, revision = revision + 1 \
             where mapping_rule_id = ? and revision = ?",
            integration.as_ref().map(|(id, _)| id),
            &rule.group,
            text_key(&rule.group),
            conditions_text(&rule.conditions),
            rule.role.as_str(),
            rule.target.level().as_str(),
            organization,
            project,
            rule_key(integration.as_ref().map(|(id, _)| id.as_str()), rule),
            rule.enabled,
            now.ms(),
            old.id.as_str(),
            old.revision,
        )?;
        if done == 0 {
            return Err(Error::Stale);
        }
        self.bump().await?;
        let old = Written { id: old.id.clone(), created_at: old.created_at, revision: old.revision };
        Ok(old.with(rule, integration.map(|(_, name)| name), now))
    }

    /// Notes that these rules gave somebody their roles, unless that was noted in the last day. Revises nothing.
    ///
    /// # Errors
    /// The driver's.
    pub async fn matched(&mut self, rules: &[RuleId]) -> Result<()> {
        let now = self.tx.now();
        for id in rules {
            execute!(
                self.tx,
                "update mapping_rule set last_matched_at = ? \
                 where mapping_rule_id = ? and (last_matched_at is null or last_matched_at < ?)",
                now.ms(),
                id.as_str(),
                now.plus_minutes(-24 * 60).ms(),
            )?;
        }
        Ok(())
    }

    /// Deletes one, as it was read.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn delete(&mut self, rule: &MappingRule) -> Result<()> {
        let sql = "delete from mapping_rule where mapping_rule_id = ? and revision = ?";
        if execute!(self.tx, sql, rule.id.as_str(), rule.revision)? == 0 {
            return Err(Error::Stale);
        }
        self.bump().await
    }

    /// How many rules belong to this integration, by name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_for_integration(&mut self, name: &str) -> Result<u64> {
        let sql = "select count(*) from mapping_rule r join integration i on i.integration_id = r.integration_id \
                   where i.name_key = ?";
        count!(self.tx, sql, text_key(&name.to_lowercase()))
    }

    /// Revises the rule set.
    pub(crate) async fn bump(&mut self) -> Result<()> {
        let now = self.tx.now().ms();
        let sql = "update setting set revision = revision + 1, updated_at = ? where setting_key = 'rule_set'";
        execute!(self.tx, sql, now)?;
        Ok(())
    }

    /// Identifier and name of the rule's integration.
    async fn integration_id(&mut self, rule: &ValidRule) -> Result<Option<(String, String)>> {
        let Some(name) = &rule.integration else {
            return Ok(None);
        };
        let sql = "select integration_id, name from integration where name_key = ?";
        let row = fetch_optional!(self.tx, (String, String), sql, text_key(&name.to_lowercase()))?;
        row.map(Some).ok_or(Error::Missing("integration"))
    }

    async fn check_target(&mut self, rule: &ValidRule) -> Result<()> {
        let (sql, id, what) = match &rule.target {
            Target::Global => return Ok(()),
            Target::Organization(id) => {
                ("select name from organization where organization_id = ?", id.as_str(), "organization")
            }
            Target::Project(id) => ("select name from project where project_id = ?", id.as_str(), "project"),
        };
        fetch_optional!(self.tx, (String,), sql, id)?.map(drop).ok_or(Error::Missing(what))
    }
}
