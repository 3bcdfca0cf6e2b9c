use domain::{
    access::Scope,
    api::{Page, PageQuery, ProjectView},
    id::{OrganizationId, ProjectId, hex24},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::random,
    error::{Error, Result},
    key::text_key,
    page::{List, map_page},
    sql::{Filter, count, execute, fetch_all, fetch_dynamic, fetch_optional},
    tenancy_owners::within,
};

/// Projects. Each belongs to one organization.
pub struct Projects<'a> {
    pub(crate) tx: &'a mut Tx,
}

#[derive(FromRow)]
struct Row {
    project_id: String,
    organization_id: String,
    name: String,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl Row {
    fn view(self) -> ProjectView {
        ProjectView {
            id: self.project_id.into(),
            name: self.name,
            organization: self.organization_id.into(),
            created_at: Timestamp::from_ms(self.created_at),
            updated_at: Timestamp::from_ms(self.updated_at),
            revision: self.revision,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select project_id, organization_id, name, created_at, updated_at, revision from project ",
            $rest
        )
    };
}

/// The projects of organizations in scope.
const PROJECTS_OF_ORGANIZATIONS: [&str; 1] = ["organization_id in ({})"];
/// Projects in scope.
const PROJECTS: [&str; 1] = ["project_id in ({})"];

impl Projects<'_> {
    /// In the order they were made, those in scope; of one organization, or of all.
    ///
    /// # Errors
    /// [`Error::BadCursor`], the driver's.
    pub async fn list(
        &mut self,
        scope: &Scope,
        organization: Option<&OrganizationId>,
        query: &PageQuery,
    ) -> Result<Page<ProjectView>> {
        let mut filter = Filter::default();
        within(&mut filter, scope, &PROJECTS_OF_ORGANIZATIONS, &PROJECTS);
        if let Some(organization) = organization {
            filter.and("organization_id = ?", [organization.as_str().into()]);
        }
        let list = List {
            columns: "project_id, organization_id, name, created_at, updated_at, revision",
            from: "project",
            at: "created_at",
            id: "project_id",
            newest_first: false,
        };
        let page = list.page::<Row>(self.tx, filter, query, |row| (row.created_at, &row.project_id)).await?;
        map_page(page, |row| Ok(row.view()))
    }

    /// Those in scope, by name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn within(&mut self, scope: &Scope) -> Result<Vec<ProjectView>> {
        let mut filter = Filter::default();
        within(&mut filter, scope, &PROJECTS_OF_ORGANIZATIONS, &PROJECTS);
        let sql = format!("{} {} order by name, project_id", select!("").trim_end(), filter.sql());
        let rows: Vec<Row> = fetch_dynamic(self.tx, sql, &filter.values).await?;
        Ok(rows.into_iter().map(Row::view).collect())
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn all(&mut self) -> Result<Vec<ProjectView>> {
        let rows = fetch_all!(self.tx, Row, select!("order by name, project_id"))?;
        Ok(rows.into_iter().map(Row::view).collect())
    }

    /// By identifier.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, id: &ProjectId) -> Result<Option<ProjectView>> {
        Ok(fetch_optional!(self.tx, Row, select!("where project_id = ?"), id.as_str())?.map(Row::view))
    }

    /// By name in its organization, byte for byte.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find_by_name(
        &mut self,
        organization: &OrganizationId,
        name: &str,
    ) -> Result<Option<ProjectView>> {
        let sql = select!("where organization_id = ? and name_key = ?");
        Ok(fetch_optional!(self.tx, Row, sql, organization.as_str(), text_key(name))?.map(Row::view))
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the organization has a project of this name, [`Error::Missing`] when there is no
    /// such organization.
    pub async fn insert(&mut self, organization: &OrganizationId, name: &str) -> Result<ProjectView> {
        let now = self.tx.now();
        let id = hex24(now.ms(), random());
        execute!(
            self.tx,
            "insert into project (project_id, organization_id, name, name_key, created_at, updated_at, revision) \
             values (?, ?, ?, ?, ?, ?, 1)",
            &id,
            organization.as_str(),
            name,
            text_key(name),
            now.ms(),
            now.ms(),
        )?;
        Ok(ProjectView {
            id: id.into(),
            name: name.to_owned(),
            organization: organization.clone(),
            created_at: now,
            updated_at: now,
            revision: 1,
        })
    }

    /// Renames one, as it was read.
    ///
    /// # Errors
    /// [`Error::Stale`], [`Error::Taken`].
    pub async fn update(&mut self, old: &ProjectView, name: &str) -> Result<ProjectView> {
        let now = self.tx.now();
        let done = execute!(
            self.tx,
            "update project set name = ?, name_key = ?, updated_at = ?, revision = revision + 1 \
             where project_id = ? and revision = ?",
            name,
            text_key(name),
            now.ms(),
            old.id.as_str(),
            old.revision,
        )?;
        if done == 0 {
            return Err(Error::Stale);
        }
        Ok(ProjectView { name: name.to_owned(), updated_at: now, revision: old.revision + 1, ..old.clone() })
    }

    /// Deletes one, as it was read, with the rules and role grants at it. Revises the rule set and the users
    /// who lose a grant.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn delete(&mut self, project: &ProjectView) -> Result<()> {
        let id = project.id.as_str();
        let sql = "update user set revision = revision + 1 \
                   where user_id in (select user_id from role_grant where project_id = ?)";
        execute!(self.tx, sql, id)?;
        let sql = "delete from project where project_id = ? and revision = ?";
        if execute!(self.tx, sql, id, project.revision)? == 0 {
            return Err(Error::Stale);
        }
        self.tx.mapping_rules().bump().await
    }

    /// How many rules give a role at it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_rules(&mut self, id: &ProjectId) -> Result<u64> {
        count!(self.tx, "select count(*) from mapping_rule where project_id = ?", id.as_str())
    }
}
