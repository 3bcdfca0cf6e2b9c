use domain::{
    api::{Page, PageQuery, SessionView},
    id::{IntegrationId, SessionId, UserId},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    SessionHash, Tx,
    error::Result,
    page::{List, map_page},
    sql::{Filter, count, execute, fetch_all, fetch_optional},
};

/// Signed-in browsers. A row is made by sign-in alone and removed at sign-out: nothing else makes one, so a
/// request that was under way at sign-out cannot bring the session back.
pub struct Sessions<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of the cookie's value.
    pub id_hash: SessionHash,
    /// Who.
    pub user_id: UserId,
    /// With which integration; `None`: with a password.
    pub integration_id: Option<IntegrationId>,
    /// The provider's `sid`.
    pub idp_session_id: Option<String>,
    /// The provider's `sub`.
    pub subject: Option<String>,
    /// Where from.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    session_id: String,
    user_id: String,
    username: String,
    integration: Option<String>,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    address: Option<String>,
    user_agent: Option<String>,
}

impl Row {
    fn view(self) -> SessionView {
        SessionView {
            id: self.session_id.into(),
            user_id: self.user_id.into(),
            username: self.username,
            integration: self.integration,
            created_at: Timestamp::from_ms(self.created_at),
            last_seen_at: Timestamp::from_ms(self.last_seen_at),
            expires_at: Timestamp::from_ms(self.expires_at),
            address: self.address,
            user_agent: self.user_agent,
            current: false,
        }
    }
}

macro_rules! columns {
    () => {
        "s.session_id, s.user_id, u.username, i.name as integration, s.created_at, s.last_seen_at, s.expires_at, \
         s.address, s.user_agent"
    };
}

macro_rules! tables {
    () => {
        "session s join user u on u.user_id = s.user_id left join integration i on i.integration_id = s.integration_id"
    };
}

impl Sessions<'_> {
    /// Begins a session.
    ///
    /// # Errors
    /// [`crate::Error::Taken`], [`crate::Error::Missing`] when user or integration were deleted meanwhile.
    pub async fn insert(&mut self, new: &NewSession) -> Result<SessionId> {
        let (id, now) = (self.tx.new_id(), self.tx.now().ms());
        execute!(
            self.tx,
            "insert into session (session_id, session_id_hash, user_id, integration_id, idp_session_id, subject, \
             created_at, last_seen_at, expires_at, address, user_agent, data) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}')",
            &id,
            new.id_hash.hex(),
            new.user_id.as_str(),
            new.integration_id.as_ref().map(IntegrationId::as_str),
            new.idp_session_id.as_deref(),
            new.subject.as_deref(),
            now,
            now,
            new.expires_at.ms(),
            new.address.as_deref(),
            new.user_agent.as_deref(),
        )?;
        Ok(id.into())
    }

    /// Live sessions, newest first; of one user, or of all. `current` is for the caller to set.
    ///
    /// # Errors
    /// [`crate::Error::BadCursor`], the driver's.
    pub async fn list(
        &mut self,
        user: Option<&UserId>,
        query: &PageQuery,
        now: Timestamp,
    ) -> Result<Page<SessionView>> {
        let idle = self.tx.shared.idle_since(now);
        let mut filter = Filter::default();
        filter.and("s.expires_at > ?", [now.ms().into()]);
        filter.and("s.last_seen_at > ?", [idle.into()]);
        if let Some(user) = user {
            filter.and("s.user_id = ?", [user.as_str().into()]);
        }
        let list = List {
            columns: columns!(),
            from: tables!(),
            at: "s.created_at",
            id: "s.session_id",
            newest_first: true,
        };
        let page = list.page::<Row>(self.tx, filter, query, |row| (row.created_at, &row.session_id)).await?;
        map_page(page, |row| Ok(row.view()))
    }

    /// The session, live or not.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, id: &SessionId) -> Result<Option<SessionView>> {
        let sql = concat!("select ", columns!(), " from ", tables!(), " where s.session_id = ?");
        Ok(fetch_optional!(self.tx, Row, sql, id.as_str())?.map(Row::view))
    }

    /// With which integrations, by name (`None`: a password), owners have signed in since a moment.
    ///
    /// # Errors
    /// The driver's.
    pub async fn ways_of_owners_since(&mut self, since: Timestamp) -> Result<Vec<Option<String>>> {
        let sql = "select distinct i.name from session s join user u on u.user_id = s.user_id \
                   left join integration i on i.integration_id = s.integration_id \
                   where s.created_at >= ? and u.enabled = ? \
                   and s.user_id in (select g.user_id from role_grant g where g.role = ?)";
        let rows = fetch_all!(
            self.tx,
            (Option<String>,),
            sql,
            since.ms(),
            true,
            domain::role::RoleName::GLOBAL_OWNER
        )?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// Whose live sessions began with this integration, by user name, at most so many.
    ///
    /// # Errors
    /// The driver's.
    pub async fn users_of_integration(
        &mut self,
        id: &IntegrationId,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<String>> {
        let idle = self.tx.shared.idle_since(now);
        let sql = "select distinct u.username from session s join user u on u.user_id = s.user_id \
                   where s.integration_id = ? and s.expires_at > ? and s.last_seen_at > ? order by u.username limit ?";
        let rows = fetch_all!(self.tx, (String,), sql, id.as_str(), now.ms(), idle, most)?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// Ends a session; whether there was one.
    ///
    /// # Errors
    /// The driver's.
    pub async fn end(&mut self, id: &SessionId) -> Result<bool> {
        Ok(execute!(self.tx, "delete from session where session_id = ?", id.as_str())? > 0)
    }

    /// Ends the session of this cookie; its public name, if there was one.
    ///
    /// # Errors
    /// The driver's.
    pub async fn end_by_hash(&mut self, hash: &SessionHash) -> Result<Option<SessionId>> {
        let sql = "select session_id from session where session_id_hash = ?";
        let Some((id,)) = fetch_optional!(self.tx, (String,), sql, hash.hex())? else {
            return Ok(None);
        };
        let id = SessionId::new(id);
        Ok(if self.end(&id).await? { Some(id) } else { None })
    }

    /// Ends every session of a user, but for one; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn end_for_user(&mut self, user: &UserId, except: Option<&SessionId>) -> Result<u64> {
        let except = except.map_or("", SessionId::as_str);
        execute!(self.tx, "delete from session where user_id = ? and session_id <> ?", user.as_str(), except)
    }

    /// Ends every session that began with this integration; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn end_for_integration(&mut self, id: &IntegrationId) -> Result<u64> {
        execute!(self.tx, "delete from session where integration_id = ?", id.as_str())
    }

    /// How many sessions are live.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_live(&mut self, now: Timestamp) -> Result<u64> {
        let idle = self.tx.shared.idle_since(now);
        let sql = "select count(*) from session where expires_at > ? and last_seen_at > ?";
        count!(self.tx, sql, now.ms(), idle)
    }

    /// Removes sessions that are over; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        let idle = self.tx.shared.idle_since(now);
        execute!(self.tx, "delete from session where expires_at <= ? or last_seen_at <= ?", now.ms(), idle)
    }
}
