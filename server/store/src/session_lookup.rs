//! The two questions of every request: whose session is this, whose API token.

use domain::{
    id::{ApiTokenId, SessionId, UserId},
    role::RoleName,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{Db, ResolvedToken, api_token::read_list, db::Pools, error::Result, key::hex};

/// SHA-256 of the session cookie's 256-bit value. The database holds only this, in hex: whoever reads the
/// database cannot make a cookie of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHash(pub [u8; 32]);

impl SessionHash {
    /// As the database holds it.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

/// A live session and its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedSession {
    /// The session's public name.
    pub session_id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Grows whenever the user, its role grants or its identities change: what is cached about the user is
    /// cached under user id and revision.
    pub user_revision: i64,
    /// The integration, by name; `None`: it began with a password.
    pub integration: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used (to the minute).
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The user's name.
    pub username: String,
    /// It began with a one-time password that has not been changed yet. Never so for a session that began at
    /// a provider.
    pub must_change_password: bool,
}

#[derive(FromRow)]
struct SessionRow {
    session_id: String,
    user_id: String,
    user_revision: i64,
    integration: Option<String>,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    username: String,
    must_change: Option<bool>,
    data: String,
}

#[derive(FromRow)]
struct TokenRow {
    api_token_id: String,
    name: String,
    owner_id: Option<String>,
    owner_revision: Option<i64>,
    owner_username: Option<String>,
    roles: String,
    access_list: String,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
}

/// Every step of it finds one row by a unique key.
const RESOLVE_SESSION: &str = "select s.session_id, s.user_id, u.revision as user_revision, i.name as integration, \
     s.created_at, s.last_seen_at, s.expires_at, u.username, p.must_change, s.data \
     from session s join user u on u.user_id = s.user_id \
     left join integration i on i.integration_id = s.integration_id \
     left join password p on p.user_id = s.user_id and s.integration_id is null \
     where s.session_id_hash = ? and s.expires_at > ? and s.last_seen_at > ? and u.enabled = ? \
     and (s.integration_id is null or i.enabled = ?)";

const RESOLVE_TOKEN: &str = "select t.api_token_id, t.name, t.owner_id, u.revision as owner_revision, \
     u.username as owner_username, t.roles, t.access_list, t.last_used_at, t.expires_at \
     from api_token t left join user u on u.user_id = t.owner_id \
     where t.value_hash = ? and (t.expires_at is null or t.expires_at > ?) and (t.owner_id is null or u.enabled = ?)";

/// Runs one statement outside a transaction, where reads go.
macro_rules! read_one {
    ($db:expr, $row:ty, $sql:expr, $($bind:expr),+) => {
        match &$db.shared.pools {
            Pools::Sqlite { reader, .. } => sqlx::query_as::<_, $row>($sql)$(.bind($bind))+.fetch_optional(reader).await,
            Pools::MySql(pool) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))+.fetch_optional(pool).await,
        }
    };
}

impl Db {
    /// Whose session this is: one statement, for each request. `None`: there is no such session, it is over
    /// (absolutely, or by `idle_minutes` without use), its user or its integration is disabled or deleted.
    ///
    /// # Errors
    /// The driver's.
    pub async fn resolve_session(
        &self,
        id_hash: &SessionHash,
        now: Timestamp,
        idle_minutes: i64,
    ) -> Result<Option<ResolvedSession>> {
        Ok(self.resolve_with_data(id_hash, now, idle_minutes).await?.map(|(session, _)| session))
    }

    /// As [`Db::resolve_session`], with what else the session holds, as JSON text.
    pub(crate) async fn resolve_with_data(
        &self,
        id_hash: &SessionHash,
        now: Timestamp,
        idle_minutes: i64,
    ) -> Result<Option<(ResolvedSession, String)>> {
        let (hash, idle) = (id_hash.hex(), now.plus_minutes(-idle_minutes).ms());
        let row = read_one!(self, SessionRow, RESOLVE_SESSION, &hash, now.ms(), idle, true, true)?;
        Ok(row.map(|row| {
            let session = ResolvedSession {
                session_id: row.session_id.into(),
                user_id: row.user_id.into(),
                user_revision: row.user_revision,
                integration: row.integration,
                created_at: Timestamp::from_ms(row.created_at),
                last_seen_at: Timestamp::from_ms(row.last_seen_at),
                expires_at: Timestamp::from_ms(row.expires_at),
                username: row.username,
                must_change_password: row.must_change.unwrap_or(false),
            };
            (session, row.data)
        }))
    }

    /// Notes that a session is in use. The caller does it at most once a minute for each session.
    ///
    /// # Errors
    /// The driver's. A session that is gone is no error.
    pub async fn touch_session(&self, id: &SessionId, now: Timestamp) -> Result<()> {
        let sql = "update session set last_seen_at = ? where session_id = ? and last_seen_at < ?";
        match &self.shared.pools {
            Pools::Sqlite { writer, .. } => {
                sqlx::query(sql)
                    .bind(now.ms())
                    .bind(id.as_str())
                    .bind(now.ms())
                    .execute(writer)
                    .await
                    .map(drop)?;
            }
            Pools::MySql(pool) => {
                sqlx::query(sql)
                    .bind(now.ms())
                    .bind(id.as_str())
                    .bind(now.ms())
                    .execute(pool)
                    .await
                    .map(drop)?;
            }
        }
        Ok(())
    }

    /// Whose API token this is, by the hex SHA-256 of its value: one statement. `None`: there is none, it is
    /// over, or its owner is disabled.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`], the driver's.
    pub async fn resolve_api_token(&self, value_hash: &str, now: Timestamp) -> Result<Option<ResolvedToken>> {
        let Some(row) = read_one!(self, TokenRow, RESOLVE_TOKEN, value_hash, now.ms(), true)? else {
            return Ok(None);
        };
        let roles = read_list(&row.roles, "roles", &row.api_token_id)?;
        Ok(Some(ResolvedToken {
            roles: roles.into_iter().map(RoleName::new).collect(),
            access_list: read_list(&row.access_list, "access_list", &row.api_token_id)?,
            id: ApiTokenId::new(row.api_token_id),
            name: row.name,
            owner: row.owner_id.map(UserId::new),
            owner_revision: row.owner_revision,
            owner_username: row.owner_username,
            last_used_at: row.last_used_at.map(Timestamp::from_ms),
            expires_at: row.expires_at.map(Timestamp::from_ms),
        }))
    }
}
