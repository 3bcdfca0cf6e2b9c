use std::collections::HashMap;

use domain::{
    api::{IdentityView, Page, PageQuery, RoleGrantView, UserFilter, UserView},
    id::UserId,
    role::RoleName,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    key::text_key,
    page::List,
    sql::{Filter, count, execute, fetch_all, fetch_optional},
    user_row::{IdentityViewRow, OwnerView, UserRow, identities_of, user_columns, user_tables},
};

/// People. A user's revision grows whenever the user, its role grants or its identities change; it is what
/// caches of users go by. A sign-in by itself leaves it alone.
pub struct Users<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A user that is made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they are called.
    pub username: String,
    /// The name as `domain::username::folded` makes it of its NFKC form; unique.
    pub folded: String,
    /// The full name.
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether they may sign in.
    pub enabled: bool,
}

/// What changes of a user.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// A new user name and its folded form; `None`: the name stays.
    pub username: Option<(String, String)>,
    /// The full name.
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

#[derive(FromRow)]
struct OwnerRow {
    user_id: String,
    username: String,
    enabled: bool,
    password_of: Option<String>,
}

fn search_text(username: &str, display_name: Option<&str>, email: Option<&str>) -> String {
    format!("{username}\n{}\n{}", display_name.unwrap_or_default(), email.unwrap_or_default()).to_lowercase()
}

impl Users<'_> {
    /// In the order they were made.
    ///
    /// # Errors
    /// [`Error::BadCursor`], the driver's.
    pub async fn list(&mut self, filter: &UserFilter, query: &PageQuery) -> Result<Page<UserView>> {
        let mut conditions = Filter::default();
        if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
            conditions.and("instr(u.search_text, ?) > 0", [search.to_lowercase().into()]);
        }
        if let Some(enabled) = filter.enabled {
            conditions.and("u.enabled = ?", [enabled.into()]);
        }
        let list = List {
            columns: user_columns!(),
            from: user_tables!(),
            at: "u.created_at",
            id: "u.user_id",
            newest_first: false,
        };
        let page =
            list.page::<UserRow>(self.tx, conditions, query, |row| (row.created_at, &row.user_id)).await?;
        let ids: Vec<&str> = page.items.iter().map(|row| row.user_id.as_str()).collect();
        let mut identities: HashMap<String, Vec<IdentityView>> = HashMap::new();
        for row in identities_of(self.tx, &ids).await? {
            identities.entry(row.user_id.clone()).or_default().push(row.view());
        }
        let view = |row: UserRow| {
            let identities = identities.remove(&row.user_id).unwrap_or_default();
            row.view(identities)
        };
        let items = page.items.into_iter().map(view).collect();
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }

    /// By identifier.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, id: &UserId) -> Result<Option<UserView>> {
        let sql = concat!("select ", user_columns!(), " from ", user_tables!(), " where u.user_id = ?");
        let row = fetch_optional!(self.tx, UserRow, sql, id.as_str())?;
        self.with_identities(row).await
    }

    /// By the folded form of the name.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find_by_username(&mut self, folded: &str) -> Result<Option<UserView>> {
        let sql = concat!("select ", user_columns!(), " from ", user_tables!(), " where u.username_key = ?");
        let row = fetch_optional!(self.tx, UserRow, sql, text_key(folded))?;
        self.with_identities(row).await
    }

    async fn with_identities(&mut self, row: Option<UserRow>) -> Result<Option<UserView>> {
        let Some(row) = row else {
            return Ok(None);
        };
        let identities = self.identity_views(&row.user_id).await?;
        Ok(Some(row.view(identities)))
    }

    async fn identity_views(&mut self, id: &str) -> Result<Vec<IdentityView>> {
        Ok(identities_of(self.tx, &[id]).await?.into_iter().map(IdentityViewRow::view).collect())
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the folded name is.
    pub async fn insert(&mut self, new: &NewUser) -> Result<UserId> {
        let (id, now) = (self.tx.new_id(), self.tx.now().ms());
        execute!(
            self.tx,
            "insert into user (user_id, username, username_key, display_name, email, search_text, enabled, created_at, \
             updated_at, revision) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            &id,
            &new.username,
            text_key(&new.folded),
            new.display_name.as_deref(),
            new.email.as_deref(),
            search_text(&new.username, new.display_name.as_deref(), new.email.as_deref()),
            new.enabled,
            now,
            now,
        )?;
        Ok(id.into())
    }

    /// Changes name, full name and e-mail address. When nothing differs, nothing is written and the revision
    /// stays.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such user, [`Error::Taken`] when the folded name is.
    pub async fn update_profile(&mut self, id: &UserId, profile: &Profile) -> Result<()> {
        let sql = "select username, display_name, email, username_key from user where user_id = ?";
        let old =
            fetch_optional!(self.tx, (String, Option<String>, Option<String>, String), sql, id.as_str())?
                .ok_or(Error::Missing("user"))?;
        let (username, key) = match &profile.username {
            Some((username, folded)) => (username.clone(), text_key(folded)),
            None => (old.0.clone(), old.3.clone()),
        };
        let new = (username, profile.display_name.clone(), profile.email.clone(), key);
        if new == old {
            return Ok(());
        }
        let now = self.tx.now().ms();
        execute!(
            self.tx,
            "update user set username = ?, username_key = ?, display_name = ?, email = ?, search_text = ?, \
             updated_at = ?, revision = revision + 1 where user_id = ?",
            &new.0,
            &new.3,
            new.1.as_deref(),
            new.2.as_deref(),
            search_text(&new.0, new.1.as_deref(), new.2.as_deref()),
            now,
            id.as_str(),
        )?;
        Ok(())
    }

    /// Lets somebody sign in, or no more. Sessions of a disabled user do not count; the caller ends them.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such user.
    pub async fn set_enabled(&mut self, id: &UserId, enabled: bool) -> Result<()> {
        let now = self.tx.now().ms();
        let sql = "update user set enabled = ?, updated_at = ?, revision = revision + 1 where user_id = ?";
        found(execute!(self.tx, sql, enabled, now, id.as_str())?)
    }

    /// Deletes somebody, with identities, password, role grants, sessions and API tokens.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such user.
    pub async fn delete(&mut self, id: &UserId) -> Result<()> {
        found(execute!(self.tx, "delete from user where user_id = ?", id.as_str())?)
    }

    /// Notes a sign-in. Leaves the revision alone.
    ///
    /// # Errors
    /// The driver's.
    pub async fn set_last_login(&mut self, id: &UserId, at: Timestamp) -> Result<()> {
        execute!(self.tx, "update user set last_login_at = ? where user_id = ?", at.ms(), id.as_str())?;
        Ok(())
    }

    /// Revises a user: caches read it anew.
    ///
    /// # Errors
    /// The driver's.
    pub async fn bump(&mut self, id: &UserId) -> Result<()> {
        execute!(self.tx, "update user set revision = revision + 1 where user_id = ?", id.as_str())?;
        Ok(())
    }

    /// Everybody with the role `GLOBAL_OWNER`, and how they can sign in, in the order they were made.
    ///
    /// # Errors
    /// The driver's.
    pub async fn owners(&mut self) -> Result<Vec<OwnerView>> {
        let sql = "select u.user_id, u.username, u.enabled, p.user_id as password_of \
                   from user u left join password p on p.user_id = u.user_id \
                   where u.user_id in (select g.user_id from role_grant g where g.role = ?) order by u.user_id";
        let rows = fetch_all!(self.tx, OwnerRow, sql, RoleName::GLOBAL_OWNER)?;
        let mut owners: Vec<OwnerView> = rows
            .into_iter()
            .map(|row| OwnerView {
                user_id: row.user_id.into(),
                username: row.username,
                enabled: row.enabled,
                has_password: row.password_of.is_some(),
                integrations: Vec::new(),
            })
            .collect();
        // In portions: a statement takes only so many values.
        for owners in owners.chunks_mut(500) {
            let ids: Vec<&str> = owners.iter().map(|owner| owner.user_id.as_str()).collect();
            let identities = identities_of(self.tx, &ids).await?;
            for row in identities.into_iter().filter(|row| row.integration_enabled == Some(true)) {
                let owner = owners.iter_mut().find(|owner| owner.user_id.as_str() == row.user_id);
                if let (Some(owner), Some(name)) = (owner, row.integration)
                    && !owner.integrations.contains(&name)
                {
                    owner.integrations.push(name);
                }
            }
        }
        Ok(owners)
    }

    /// How many enabled users have the role `GLOBAL_OWNER`.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_global_owners(&mut self) -> Result<u64> {
        let sql = "select count(distinct g.user_id) from role_grant g join user u on u.user_id = g.user_id \
                   where g.role = ? and u.enabled = ?";
        count!(self.tx, sql, RoleName::GLOBAL_OWNER, true)
    }

    /// What a user's own page and permissions need, in two statements.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn grants_and_identities(
        &mut self,
        id: &UserId,
    ) -> Result<(Vec<RoleGrantView>, Vec<IdentityView>)> {
        let grants = self.tx.role_grants().for_user(id).await?;
        Ok((grants, self.identity_views(id.as_str()).await?))
    }
}

fn found(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::Missing("user")) } else { Ok(()) }
}
