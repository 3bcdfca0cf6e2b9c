use domain::{
    access::Scope,
    api::{OrganizationView, Page, PageQuery},
    id::{OrganizationId, hex24},
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

/// Organizations.
pub struct Organizations<'a> {
    pub(crate) tx: &'a mut Tx,
}

#[derive(FromRow)]
struct Row {
    organization_id: String,
    name: String,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl Row {
    fn view(self) -> OrganizationView {
        OrganizationView {
            id: self.organization_id.into(),
            name: self.name,
            created_at: Timestamp::from_ms(self.created_at),
            updated_at: Timestamp::from_ms(self.updated_at),
            revision: self.revision,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select organization_id, name, created_at, updated_at, revision from organization ", $rest)
    };
}

/// What of organizations is in scope.
const ORGANIZATIONS: [&str; 1] = ["organization_id in ({})"];
/// The organizations of projects in scope.
const ORGANIZATIONS_OF_PROJECTS: [&str; 1] =
    ["organization_id in (select p.organization_id from project p where p.project_id in ({}))"];

impl Organizations<'_> {
    /// In the order they were made: those in scope, and those that a project in scope belongs to.
    ///
    /// # Errors
    /// [`Error::BadCursor`], the driver's.
    pub async fn list(&mut self, scope: &Scope, query: &PageQuery) -> Result<Page<OrganizationView>> {
        let mut filter = Filter::default();
        within(&mut filter, scope, &ORGANIZATIONS, &ORGANIZATIONS_OF_PROJECTS);
        let list = List {
            columns: "organization_id, name, created_at, updated_at, revision",
            from: "organization",
            at: "created_at",
            id: "organization_id",
            newest_first: false,
        };
        let page =
            list.page::<Row>(self.tx, filter, query, |row| (row.created_at, &row.organization_id)).await?;
        map_page(page, |row| Ok(row.view()))
    }

    /// Those in scope, and those that a project in scope belongs to, by name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn within(&mut self, scope: &Scope) -> Result<Vec<OrganizationView>> {
        let mut filter = Filter::default();
        within(&mut filter, scope, &ORGANIZATIONS, &ORGANIZATIONS_OF_PROJECTS);
        let sql = format!("{} {} order by name", select!("").trim_end(), filter.sql());
        let rows: Vec<Row> = fetch_dynamic(self.tx, sql, &filter.values).await?;
        Ok(rows.into_iter().map(Row::view).collect())
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn all(&mut self) -> Result<Vec<OrganizationView>> {
        Ok(fetch_all!(self.tx, Row, select!("order by name"))?.into_iter().map(Row::view).collect())
    }

    /// By identifier.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, id: &OrganizationId) -> Result<Option<OrganizationView>> {
        Ok(fetch_optional!(self.tx, Row, select!("where organization_id = ?"), id.as_str())?.map(Row::view))
    }

    /// By name, byte for byte.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find_by_name(&mut self, name: &str) -> Result<Option<OrganizationView>> {
        Ok(fetch_optional!(self.tx, Row, select!("where name_key = ?"), text_key(name))?.map(Row::view))
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the name is.
    pub async fn insert(&mut self, name: &str) -> Result<OrganizationView> {
        let now = self.tx.now();
        let id = hex24(now.ms(), random());
        execute!(
            self.tx,
            "insert into organization (organization_id, name, name_key, created_at, updated_at, revision) \
             values (?, ?, ?, ?, ?, 1)",
            &id,
            name,
            text_key(name),
            now.ms(),
            now.ms(),
        )?;
        Ok(OrganizationView {
            id: id.into(),
            name: name.to_owned(),
            created_at: now,
            updated_at: now,
            revision: 1,
        })
    }

    /// Renames one, as it was read. Grants and rules name it by identifier and keep holding.
    ///
    /// # Errors
    /// [`Error::Stale`], [`Error::Taken`].
    pub async fn update(&mut self, old: &OrganizationView, name: &str) -> Result<OrganizationView> {
        let now = self.tx.now();
        let done = execute!(
            self.tx,
            "update organization set name = ?, name_key = ?, updated_at = ?, revision = revision + 1 \
             where organization_id = ? and revision = ?",
            name,
            text_key(name),
            now.ms(),
            old.id.as_str(),
            old.revision,
        )?;
        if done == 0 {
            return Err(Error::Stale);
        }
        let revision = old.revision + 1;
        Ok(OrganizationView { name: name.to_owned(), updated_at: now, revision, ..old.clone() })
    }

    /// Deletes one, as it was read, with its projects and with the rules and role grants at it and at them.
    /// Whether it should go, the caller asks first with the counts. Revises the rule set and the users who
    /// lose a grant.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn delete(&mut self, organization: &OrganizationView) -> Result<()> {
        let id = organization.id.as_str();
        execute!(
            self.tx,
            "update user set revision = revision + 1 where user_id in (select g.user_id from role_grant g \
             left join project p on p.project_id = g.project_id \
             where g.organization_id = ? or p.organization_id = ?)",
            id,
            id,
        )?;
        let sql = "delete from organization where organization_id = ? and revision = ?";
        if execute!(self.tx, sql, id, organization.revision)? == 0 {
            return Err(Error::Stale);
        }
        self.tx.mapping_rules().bump().await
    }

    /// How many projects belong to it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_projects(&mut self, id: &OrganizationId) -> Result<u64> {
        count!(self.tx, "select count(*) from project where organization_id = ?", id.as_str())
    }

    /// How many rules give a role at it, or at a project of it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_rules(&mut self, id: &OrganizationId) -> Result<u64> {
        let sql = "select count(*) from mapping_rule r left join project p on p.project_id = r.project_id \
                   where r.organization_id = ? or p.organization_id = ?";
        count!(self.tx, sql, id.as_str(), id.as_str())
    }
}
