use domain::{
    api::{RoleView, UsedBy},
    form::ValidRole,
    id::OrganizationId,
    role::RoleName,
    target::Level,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{count, execute, fetch_all, fetch_optional},
};

/// Custom roles, beside the built-in ones.
pub struct Roles<'a> {
    pub(crate) tx: &'a mut Tx,
}

#[derive(FromRow)]
struct Row {
    name: String,
    level: String,
    label: String,
    description: String,
    organization_id: Option<String>,
    revision: i64,
}

impl Row {
    fn view(self) -> Result<RoleView> {
        let level = Level::parse(&self.level)
            .ok_or_else(|| Error::corrupt("role", "level", &self.name, "no such level"))?;
        Ok(RoleView {
            name: RoleName::new(self.name),
            level,
            label: self.label,
            description: self.description,
            builtin: false,
            organization: self.organization_id.map(Into::into),
            revision: self.revision,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select name, level, label, description, organization_id, revision from role ", $rest)
    };
}

impl Roles<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn all(&mut self) -> Result<Vec<RoleView>> {
        fetch_all!(self.tx, Row, select!("order by name"))?.into_iter().map(Row::view).collect()
    }

    /// By name.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, name: &RoleName) -> Result<Option<RoleView>> {
        let row = fetch_optional!(self.tx, Row, select!("where name = ?"), name.as_str())?;
        // `MySQL` ignores spaces at the end.
        row.filter(|row| row.name == name.as_str()).map(Row::view).transpose()
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the name is, [`Error::Missing`] when there is no such organization.
    pub async fn insert(&mut self, role: &ValidRole) -> Result<RoleView> {
        let now = self.tx.now().ms();
        execute!(
            self.tx,
            "insert into role (name, level, label, description, permissions, organization_id, created_at, updated_at, \
             revision) values (?, ?, ?, ?, '[]', ?, ?, ?, 1)",
            role.name.as_str(),
            role.level.as_str(),
            &role.label,
            &role.description,
            role.organization.as_ref().map(OrganizationId::as_str),
            now,
            now,
        )?;
        Ok(RoleView {
            name: role.name.clone(),
            level: role.level,
            label: role.label.clone(),
            description: role.description.clone(),
            builtin: false,
            organization: role.organization.clone(),
            revision: 1,
        })
    }

    /// Changes label and description, as it was read.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn update(&mut self, old: &RoleView, label: &str, description: &str) -> Result<RoleView> {
        let now = self.tx.now().ms();
        let done = execute!(
            self.tx,
            "update role set label = ?, description = ?, updated_at = ?, revision = revision + 1 \
             where name = ? and revision = ?",
            label,
            description,
            now,
            old.name.as_str(),
            old.revision,
        )?;
        if done == 0 {
            return Err(Error::Stale);
        }
        Ok(RoleView {
            label: label.to_owned(),
            description: description.to_owned(),
            revision: old.revision + 1,
            ..old.clone()
        })
    }

    /// Deletes one, as it was read. Whether it is used, the caller asks first.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn delete(&mut self, old: &RoleView) -> Result<()> {
        let sql = "delete from role where name = ? and revision = ?";
        if execute!(self.tx, sql, old.name.as_str(), old.revision)? == 0 {
            return Err(Error::Stale);
        }
        Ok(())
    }

    /// How many rules give it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_rules(&mut self, name: &RoleName) -> Result<u64> {
        count!(self.tx, "select count(*) from mapping_rule where role = ?", name.as_str())
    }

    /// How many people have it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_people(&mut self, name: &RoleName) -> Result<u64> {
        count!(self.tx, "select count(distinct user_id) from role_grant where role = ?", name.as_str())
    }

    /// The first hundred people who have it, by user name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn people(&mut self, name: &RoleName) -> Result<Vec<UsedBy>> {
        let sql = "select u.user_id, u.username from user u where u.user_id in \
                   (select g.user_id from role_grant g where g.role = ?) order by u.username limit 100";
        let rows = fetch_all!(self.tx, (String, String), sql, name.as_str())?;
        Ok(rows.into_iter().map(|(id, name)| UsedBy { kind: "person".to_owned(), id, name }).collect())
    }
}
