use domain::{
    api::{ApiTokenView, Page, PageQuery},
    id::{ApiTokenId, UserId},
    role::RoleName,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    key::text_key,
    page::{List, map_page},
    sql::{Filter, execute, fetch_optional},
};

/// API tokens. Only the hash of a token is stored.
pub struct ApiTokens<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A token that is made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Hex SHA-256 of its value.
    pub value_hash: String,
    /// Whose it is; `None`: made on the host.
    pub owner: Option<UserId>,
    /// Roles it is limited to.
    pub roles: Vec<RoleName>,
    /// Addresses and networks it may be used from.
    pub access_list: Vec<String>,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// A token that may be used, with what is known of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedToken {
    /// Its identifier.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Whose it is; `None`: made on the host.
    pub owner: Option<UserId>,
    /// The owner's revision: see [`crate::ResolvedSession::user_revision`].
    pub owner_revision: Option<i64>,
    /// The owner's name.
    pub owner_username: Option<String>,
    /// Roles it is limited to.
    pub roles: Vec<RoleName>,
    /// Addresses and networks it may be used from.
    pub access_list: Vec<String>,
    /// When it was last used (to the minute).
    pub last_used_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    api_token_id: String,
    name: String,
    owner: Option<String>,
    roles: String,
    access_list: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

/// Reads a column that holds a JSON list of texts.
pub(crate) fn read_list(text: &str, column: &'static str, id: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| Error::corrupt("api_token", column, id, error))
}

fn list_text<T: serde::Serialize>(list: &[T], column: &'static str) -> Result<String> {
    serde_json::to_string(list).map_err(|error| Error::corrupt("api_token", column, "new", error))
}

impl Row {
    fn view(self) -> Result<ApiTokenView> {
        let roles = read_list(&self.roles, "roles", &self.api_token_id)?;
        Ok(ApiTokenView {
            roles: roles.into_iter().map(RoleName::new).collect(),
            access_list: read_list(&self.access_list, "access_list", &self.api_token_id)?,
            id: self.api_token_id.into(),
            name: self.name,
            owner: self.owner,
            created_at: Timestamp::from_ms(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_ms),
            last_used_at: self.last_used_at.map(Timestamp::from_ms),
        })
    }
}

macro_rules! columns {
    () => {
        "t.api_token_id, t.name, u.username as owner, t.roles, t.access_list, t.created_at, t.expires_at, \
         t.last_used_at"
    };
}

macro_rules! tables {
    () => {
        "api_token t left join user u on u.user_id = t.owner_id"
    };
}

impl ApiTokens<'_> {
    /// In the order they were made.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self, query: &PageQuery) -> Result<Page<ApiTokenView>> {
        self.list_of(None, query).await
    }

    /// In the order they were made; of one owner, or all.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Corrupt`], the driver's.
    pub async fn list_of(&mut self, owner: Option<&UserId>, query: &PageQuery) -> Result<Page<ApiTokenView>> {
        let mut filter = Filter::default();
        if let Some(owner) = owner {
            filter.and("t.owner_id = ?", [owner.as_str().into()]);
        }
        let list = List {
            columns: columns!(),
            from: tables!(),
            at: "t.created_at",
            id: "t.api_token_id",
            newest_first: false,
        };
        let page =
            list.page::<Row>(self.tx, filter, query, |row| (row.created_at, &row.api_token_id)).await?;
        map_page(page, Row::view)
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the name is, [`Error::Missing`] when there is no such owner.
    pub async fn insert(&mut self, new: &NewToken) -> Result<ApiTokenView> {
        let (id, now) = (self.tx.new_id(), self.tx.now().ms());
        execute!(
            self.tx,
            "insert into api_token (api_token_id, name, name_key, value_hash, owner_id, roles, access_list, created_at, \
             expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &id,
            &new.name,
            text_key(&new.name),
            &new.value_hash,
            new.owner.as_ref().map(UserId::as_str),
            list_text(&new.roles, "roles")?,
            list_text(&new.access_list, "access_list")?,
            now,
            new.expires_at.map(Timestamp::ms),
        )?;
        self.find(&id.into()).await?.ok_or(Error::Missing("API token"))
    }

    /// By identifier.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, id: &ApiTokenId) -> Result<Option<ApiTokenView>> {
        let sql = concat!("select ", columns!(), " from ", tables!(), " where t.api_token_id = ?");
        fetch_optional!(self.tx, Row, sql, id.as_str())?.map(Row::view).transpose()
    }

    /// Whose a token is; `None`: nobody's, or there is no such token.
    ///
    /// # Errors
    /// The driver's.
    pub async fn owner(&mut self, id: &ApiTokenId) -> Result<Option<UserId>> {
        let sql = "select owner_id from api_token where api_token_id = ?";
        let row = fetch_optional!(self.tx, (Option<String>,), sql, id.as_str())?;
        Ok(row.and_then(|(owner,)| owner).map(UserId::new))
    }

    /// Revokes one; whether there was one.
    ///
    /// # Errors
    /// The driver's.
    pub async fn delete(&mut self, id: &ApiTokenId) -> Result<bool> {
        Ok(execute!(self.tx, "delete from api_token where api_token_id = ?", id.as_str())? > 0)
    }

    /// Notes that a token is in use. The caller does it at most once a minute for each token.
    ///
    /// # Errors
    /// The driver's.
    pub async fn touch(&mut self, id: &ApiTokenId, now: Timestamp) -> Result<()> {
        execute!(
            self.tx,
            "update api_token set last_used_at = ? where api_token_id = ?",
            now.ms(),
            id.as_str()
        )?;
        Ok(())
    }
}
