use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::time::Clock;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions_core::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{Db, SessionHash, db::Pools, error};

/// The member of a record that holds the [`crate::ResolvedSession`].
const SESSION: &str = "session";

/// tower-sessions' store, bound to the session of one cookie: its own 128-bit ids are never looked at.
///
/// Saving is an `update` and never makes a row. tower-sessions' stores insert or update, so a request that
/// was under way at sign-out brings the session back when it saves; here it finds nothing to save to.
#[derive(Debug, Clone)]
pub struct BoundStore {
    db: Db,
    hash: SessionHash,
    idle_minutes: i64,
}

impl BoundStore {
    /// Binds the store to a cookie's hash. A session not used for `idle_minutes` is not loaded.
    #[must_use]
    pub fn new(db: Db, hash: SessionHash, idle_minutes: i64) -> Self {
        Self { db, hash, idle_minutes }
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        self.db.clock()
    }
}

fn backend(error: impl Into<error::Error>) -> Error {
    Error::Backend(error.into().to_string())
}

#[async_trait]
impl SessionStore for BoundStore {
    /// Always an error: sign-in makes the row, in its own transaction.
    async fn create(&self, _record: &mut Record) -> Result<()> {
        Err(Error::Backend("a session is made by signing in, not by its first use".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data: HashMap<&String, &Value> = record.data.iter().filter(|(key, _)| *key != SESSION).collect();
        let data = serde_json::to_string(&data).map_err(|error| Error::Encode(error.to_string()))?;
        let (sql, hash) = ("update session set data = ? where session_id_hash = ?", self.hash.hex());
        match &self.db.shared.pools {
            Pools::Sqlite { writer, .. } => {
                sqlx::query(sql).bind(data).bind(hash).execute(writer).await.map(drop).map_err(backend)
            }
            Pools::MySql(pool) => {
                sqlx::query(sql).bind(data).bind(hash).execute(pool).await.map(drop).map_err(backend)
            }
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.clock().now();
        let found = self.db.resolve_with_data(&self.hash, now, self.idle_minutes).await.map_err(backend)?;
        let Some((session, data)) = found else {
            return Ok(None);
        };
        let decode = |error: serde_json::Error| Error::Decode(error.to_string());
        let mut data: HashMap<String, Value> = serde_json::from_str(&data).map_err(decode)?;
        data.insert(SESSION.to_owned(), serde_json::to_value(&session).map_err(decode)?);
        let expiry_date = OffsetDateTime::from_unix_timestamp(session.expires_at.seconds())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, _id: &Id) -> Result<()> {
        let mut tx = self.db.begin().await.map_err(backend)?;
        tx.sessions().end_by_hash(&self.hash).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}
