use domain::{
    id::{IntegrationId, SessionId, UserId},
    secret::Secret,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::{Aad, Sealed},
    error::Result,
    sql::{execute, fetch_all, fetch_optional},
};

/// Refresh tokens of live sessions, sealed. A row goes with its session.
pub struct SessionTokens<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A refresh token, and how it is doing.
#[derive(Debug, Clone)]
pub struct SessionToken {
    /// Whose.
    pub session_id: SessionId,
    /// The person.
    pub user_id: UserId,
    /// The person's name.
    pub username: String,
    /// The session's integration.
    pub integration_id: IntegrationId,
    /// The provider's `sub`.
    pub subject: String,
    /// The token.
    pub refresh_token: Secret,
    /// SHA-256 of the login's nonce, base64url.
    pub nonce_hash: String,
    /// When claims last came.
    pub last_ok_at: Timestamp,
    /// Since when none come; `None`: they do.
    pub failing_since: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    session_id: String,
    user_id: String,
    username: String,
    integration_id: String,
    subject: String,
    refresh_token: String,
    nonce_hash: String,
    last_ok_at: i64,
    failing_since: Option<i64>,
}

pub(crate) fn aad(id: &str) -> Aad<'_> {
    Aad { table: "session_token", row: id, column: "refresh_token" }
}

impl SessionTokens<'_> {
    /// Keeps the token of a session that has just begun.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when the session is over already; the driver's.
    pub async fn insert(
        &mut self,
        session: &SessionId,
        token: &Secret,
        nonce_hash: &str,
        next: Timestamp,
    ) -> Result<()> {
        let (id, now) = (session.as_str(), self.tx.now().ms());
        let sealed = self.tx.keys().seal(token, &aad(id));
        execute!(
            self.tx,
            "insert into session_token (session_id, refresh_token, nonce_hash, next_refresh_at, last_ok_at) \
             values (?, ?, ?, ?, ?)",
            id,
            sealed.as_str(),
            nonce_hash,
            next.ms(),
            now,
        )?;
        Ok(())
    }

    /// Sessions whose tokens are due, the longest overdue first; at most so many. Only live ones.
    ///
    /// # Errors
    /// The driver's.
    pub async fn due(&mut self, now: Timestamp, most: i64) -> Result<Vec<SessionId>> {
        let idle = self.tx.shared.idle_since(now);
        let sql = "select t.session_id from session_token t join session s on s.session_id = t.session_id \
                   where t.next_refresh_at <= ? and s.expires_at > ? and s.last_seen_at > ? \
                   order by t.next_refresh_at limit ?";
        let rows = fetch_all!(self.tx, (String,), sql, now.ms(), now.ms(), idle, most)?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Takes a token that is due, so that no other server shows it until `until`. `None`: somebody was faster, or the
    /// session is over. Of any number of callers at once exactly one gets it, once the transaction commits.
    ///
    /// # Errors
    /// [`crate::Error::Key`], the driver's.
    pub async fn claim(
        &mut self,
        session: &SessionId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<SessionToken>> {
        let sql =
            "update session_token set next_refresh_at = ? where session_id = ? and next_refresh_at <= ?";
        if execute!(self.tx, sql, until.ms(), session.as_str(), now.ms())? != 1 {
            return Ok(None);
        }
        self.find(session).await
    }

    /// The token of a session.
    ///
    /// # Errors
    /// [`crate::Error::Key`], the driver's.
    pub async fn find(&mut self, session: &SessionId) -> Result<Option<SessionToken>> {
        let sql = "select t.session_id, s.user_id, u.username, s.integration_id, s.subject, t.refresh_token, t.nonce_hash, \
                   t.last_ok_at, t.failing_since from session_token t join session s on s.session_id = t.session_id \
                   join user u on u.user_id = s.user_id \
                   where t.session_id = ? and s.integration_id is not null and s.subject is not null";
        let Some(row) = fetch_optional!(self.tx, Row, sql, session.as_str())? else { return Ok(None) };
        let refresh_token = self.tx.keys().open(&Sealed::new(row.refresh_token), &aad(&row.session_id))?;
        Ok(Some(SessionToken {
            session_id: row.session_id.into(),
            user_id: row.user_id.into(),
            username: row.username,
            integration_id: row.integration_id.into(),
            subject: row.subject,
            refresh_token,
            nonce_hash: row.nonce_hash,
            last_ok_at: Timestamp::from_ms(row.last_ok_at),
            failing_since: row.failing_since.map(Timestamp::from_ms),
        }))
    }

    /// Keeps the token that the provider gave in place of the old one; whether the session is still there.
    ///
    /// # Errors
    /// The driver's.
    pub async fn replace(&mut self, session: &SessionId, token: &Secret) -> Result<bool> {
        let id = session.as_str();
        let sealed = self.tx.keys().seal(token, &aad(id));
        let sql = "update session_token set refresh_token = ? where session_id = ?";
        Ok(execute!(self.tx, sql, sealed.as_str(), id)? > 0)
    }

    /// Notes that claims came; when to ask next.
    ///
    /// # Errors
    /// The driver's.
    pub async fn succeeded(&mut self, session: &SessionId, at: Timestamp, next: Timestamp) -> Result<()> {
        let sql = "update session_token set last_ok_at = ?, failing_since = null, next_refresh_at = ? \
                   where session_id = ?";
        execute!(self.tx, sql, at.ms(), next.ms(), session.as_str())?;
        Ok(())
    }

    /// Notes that none came; when to ask next.
    ///
    /// # Errors
    /// The driver's.
    pub async fn failed(&mut self, session: &SessionId, at: Timestamp, next: Timestamp) -> Result<()> {
        let sql = "update session_token set failing_since = coalesce(failing_since, ?), next_refresh_at = ? \
                   where session_id = ?";
        execute!(self.tx, sql, at.ms(), next.ms(), session.as_str())?;
        Ok(())
    }

    /// Forgets a token; the session goes on without.
    ///
    /// # Errors
    /// The driver's.
    pub async fn remove(&mut self, session: &SessionId) -> Result<()> {
        execute!(self.tx, "delete from session_token where session_id = ?", session.as_str())?;
        Ok(())
    }
}

/// Seals with the current key what is sealed with a previous one; how many they were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<u64> {
    let mut changed = 0;
    for (id, text) in fetch_all!(tx, (String, String), "select session_id, refresh_token from session_token")?
    {
        let sealed = Sealed::new(text);
        if sealed.key_id()? != tx.keys().current_id() {
            let token = tx.keys().open(&sealed, &aad(&id))?;
            let sealed = tx.keys().seal(&token, &aad(&id));
            let sql = "update session_token set refresh_token = ? where session_id = ?";
            execute!(tx, sql, sealed.as_str(), &id)?;
            changed += 1;
        }
    }
    Ok(changed)
}
