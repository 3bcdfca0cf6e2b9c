use domain::{id::SessionId, time::Timestamp};

use crate::{
    SessionHash, Tx,
    error::Result,
    sql::{execute, fetch_optional},
};

/// Why sessions ended that the server ended by itself, for the browser that still holds the cookie: for a short time, and
/// under nothing but the cookie's hash.
pub struct EndedSessions<'a> {
    pub(crate) tx: &'a mut Tx,
}

impl EndedSessions<'_> {
    /// Notes why a session is about to end; before its row goes.
    ///
    /// # Errors
    /// The driver's. A session that is gone is no error.
    pub async fn note(&mut self, session: &SessionId, reason: &str, until: Timestamp) -> Result<()> {
        let sql = "insert into ended_session (session_id_hash, reason, expires_at) \
                   select session_id_hash, ?, ? from session where session_id = ?";
        execute!(self.tx, sql, reason, until.ms(), session.as_str())?;
        Ok(())
    }

    /// Why the session of this cookie ended, if that is known still.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, hash: &SessionHash, now: Timestamp) -> Result<Option<String>> {
        let sql = "select reason from ended_session where session_id_hash = ? and expires_at > ?";
        let row = fetch_optional!(self.tx, (String,), sql, hash.hex(), now.ms())?;
        Ok(row.map(|(reason,)| reason))
    }

    /// Forgets what nobody asked for in time; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.tx, "delete from ended_session where expires_at <= ?", now.ms())
    }
}
