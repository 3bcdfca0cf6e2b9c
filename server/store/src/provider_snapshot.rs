use domain::{
    api::{ProviderChange, ProviderKey, ProviderSnapshot},
    id::IntegrationId,
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_all},
};

/// The most snapshots kept of an integration; the oldest go first.
const MOST: usize = 100;

/// What providers said of themselves: one row each time that it differed.
pub struct ProviderSnapshots<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A snapshot to be kept.
#[derive(Debug, Clone)]
pub struct NewSnapshot {
    /// What it says of itself; `None`: it could not be read.
    pub metadata: Option<Value>,
    /// Its keys; `None`: they could not be read.
    pub keys: Option<Vec<ProviderKey>>,
    /// The code of the failure.
    pub error: Option<String>,
    /// What differs from the one before.
    pub changes: Vec<ProviderChange>,
}

/// When a provider was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLook {
    /// Whose.
    pub integration_id: IntegrationId,
    /// When.
    pub at: Timestamp,
    /// Whether it could be read.
    pub could_be_read: bool,
}

#[derive(FromRow)]
struct Row {
    provider_snapshot_id: String,
    seen_at: i64,
    checked_at: i64,
    metadata: Option<String>,
    key_prints: Option<String>,
    error: Option<String>,
    changes: String,
}

impl Row {
    fn snapshot(self) -> Result<ProviderSnapshot> {
        let id = self.provider_snapshot_id;
        Ok(ProviderSnapshot {
            seen_at: Timestamp::from_ms(self.seen_at),
            checked_at: Timestamp::from_ms(self.checked_at),
            metadata: self.metadata.map(|text| read(&id, "metadata", &text)).transpose()?,
            keys: self.key_prints.map(|text| read(&id, "key_prints", &text)).transpose()?,
            error: self.error,
            changes: read(&id, "changes", &self.changes)?,
            id,
        })
    }
}

fn read<T: DeserializeOwned>(id: &str, column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt("provider_snapshot", column, id, error))
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

impl ProviderSnapshots<'_> {
    /// Those of an integration, the newest first.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self, integration: &IntegrationId) -> Result<Vec<ProviderSnapshot>> {
        let sql = "select provider_snapshot_id, seen_at, checked_at, metadata, key_prints, error, changes \
                   from provider_snapshot where integration_id = ? \
                   order by seen_at desc, provider_snapshot_id desc";
        fetch_all!(self.tx, Row, sql, integration.as_str())?.into_iter().map(Row::snapshot).collect()
    }

    /// When the provider of each integration was last looked at.
    ///
    /// # Errors
    /// The driver's.
    pub async fn last_looks(&mut self) -> Result<Vec<LastLook>> {
        let sql = "select p.integration_id, p.checked_at, p.error from provider_snapshot p \
                   where p.checked_at = (select max(q.checked_at) from provider_snapshot q \
                   where q.integration_id = p.integration_id)";
        let rows = fetch_all!(self.tx, (String, i64, Option<String>), sql)?;
        let look = |(id, at, error): (String, i64, Option<String>)| LastLook {
            integration_id: id.into(),
            at: Timestamp::from_ms(at),
            could_be_read: error.is_none(),
        };
        Ok(rows.into_iter().map(look).collect())
    }

    /// Keeps one, and removes the oldest beyond a hundred.
    ///
    /// # Errors
    /// [`Error::Missing`] without the integration, the driver's.
    pub async fn insert(
        &mut self,
        integration: &IntegrationId,
        new: &NewSnapshot,
        now: Timestamp,
    ) -> Result<()> {
        let id = self.tx.new_id();
        execute!(
            self.tx,
            "insert into provider_snapshot (provider_snapshot_id, integration_id, seen_at, checked_at, metadata, \
             key_prints, error, changes) values (?, ?, ?, ?, ?, ?, ?, ?)",
            &id,
            integration.as_str(),
            now.ms(),
            now.ms(),
            new.metadata.as_ref().map(json),
            new.keys.as_ref().map(json),
            new.error.as_deref(),
            json(&new.changes),
        )?;
        let sql = "select provider_snapshot_id from provider_snapshot where integration_id = ? \
                   order by seen_at desc, provider_snapshot_id desc";
        let all = fetch_all!(self.tx, (String,), sql, integration.as_str())?;
        for (old,) in all.into_iter().skip(MOST) {
            execute!(self.tx, "delete from provider_snapshot where provider_snapshot_id = ?", old)?;
        }
        Ok(())
    }

    /// Notes that the provider still says the same.
    ///
    /// # Errors
    /// The driver's.
    pub async fn touch(&mut self, id: &str, now: Timestamp) -> Result<()> {
        let sql = "update provider_snapshot set checked_at = ? where provider_snapshot_id = ?";
        execute!(self.tx, sql, now.ms(), id)?;
        Ok(())
    }
}
