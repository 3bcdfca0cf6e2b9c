//! Integrations as their rows are, to be put back later.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{
    Integrations,
    error::Result,
    sql::{execute, fetch_all},
};

/// Everything of an integration that a change can change, as its row has it; the secret stays sealed. A new column
/// that holds what an administrator sets belongs in here, or a change of it cannot be taken back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct IntegrationSnapshot {
    /// Its row.
    pub integration_id: String,
    /// Its name.
    pub name: String,
    /// The settings, JSON.
    pub settings: String,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// The sealed secret.
    pub secret: Option<String>,
    /// When the secret was set, milliseconds.
    pub secret_set_at: Option<i64>,
    /// Which revision this is.
    pub revision: i64,
}

impl std::fmt::Debug for IntegrationSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IntegrationSnapshot({}, revision {})", self.name, self.revision)
    }
}

impl Integrations<'_> {
    /// All of them as they are now.
    ///
    /// # Errors
    /// The driver's.
    pub async fn snapshots(&mut self) -> Result<Vec<IntegrationSnapshot>> {
        let sql = "select integration_id, name, settings, enabled, secret, secret_set_at, revision from integration \
                   order by name";
        fetch_all!(self.tx, IntegrationSnapshot, sql)
    }

    /// Puts one back as it was, when it still has the revision `left`; whether it had. The revision grows.
    ///
    /// # Errors
    /// The driver's.
    pub async fn restore(&mut self, snapshot: &IntegrationSnapshot, left: i64) -> Result<bool> {
        let now = self.tx.now().ms();
        let done = execute!(
            self.tx,
            "update integration set settings = ?, enabled = ?, secret = ?, secret_set_at = ?, updated_at = ?, \
             revision = revision + 1 where integration_id = ? and revision = ?",
            &snapshot.settings,
            snapshot.enabled,
            snapshot.secret.as_deref(),
            snapshot.secret_set_at,
            now,
            &snapshot.integration_id,
            left,
        )?;
        Ok(done == 1)
    }
}
