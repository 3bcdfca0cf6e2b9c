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
    /// The slot whose secret is tried first.
    #[serde(default = "first_slot")]
    pub preferred_slot: i64,
    /// What is known of its secrets.
    #[serde(default)]
    #[sqlx(skip)]
    pub secrets: Vec<SecretSnapshot>,
}

const fn first_slot() -> i64 {
    1
}

/// One slot's row; a secret in it stays sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct SecretSnapshot {
    integration_id: String,
    slot: i64,
    source: String,
    sealed: Option<String>,
    reference: Option<String>,
    set_at: i64,
    set_by: String,
    expires_at: Option<i64>,
    warned_days: Option<i64>,
    last_used_at: Option<i64>,
    last_rejected_at: Option<i64>,
}

impl IntegrationSnapshot {
    /// Whether the secret that was in use `before` is still held, in the same slot. Beside it anything may have
    /// changed: a login tries both.
    #[must_use]
    pub fn still_holds_the_secret_of(&self, before: &Self) -> bool {
        self.held(before.preferred_slot) == before.held(before.preferred_slot)
    }

    /// A slot's secret, sealed, or the place that it is read from. Slot 1's is sealed beside the settings.
    fn held(&self, slot: i64) -> (Option<&str>, Option<&str>) {
        let row = self.secrets.iter().find(|row| row.slot == slot);
        let sealed =
            if slot == 1 { self.secret.as_deref() } else { row.and_then(|row| row.sealed.as_deref()) };
        (sealed, row.and_then(|row| row.reference.as_deref()))
    }
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
        let sql = "select integration_id, name, settings, enabled, secret, secret_set_at, revision, preferred_slot \
                   from integration order by name";
        let mut all = fetch_all!(self.tx, IntegrationSnapshot, sql)?;
        let sql = "select integration_id, slot, source, sealed, reference, set_at, set_by, expires_at, warned_days, \
                   last_used_at, last_rejected_at from client_secret order by integration_id, slot";
        for secret in fetch_all!(self.tx, SecretSnapshot, sql)? {
            if let Some(of) = all.iter_mut().find(|one| one.integration_id == secret.integration_id) {
                of.secrets.push(secret);
            }
        }
        Ok(all)
    }

    /// Puts one back as it was, when it still has the revision `left`; whether it had. The revision grows.
    ///
    /// # Errors
    /// The driver's.
    pub async fn restore(&mut self, snapshot: &IntegrationSnapshot, left: i64) -> Result<bool> {
        let now = self.tx.now().ms();
        let done = execute!(
            self.tx,
            "update integration set settings = ?, enabled = ?, secret = ?, secret_set_at = ?, preferred_slot = ?, \
             updated_at = ?, revision = revision + 1 where integration_id = ? and revision = ?",
            &snapshot.settings,
            snapshot.enabled,
            snapshot.secret.as_deref(),
            snapshot.secret_set_at,
            snapshot.preferred_slot,
            now,
            &snapshot.integration_id,
            left,
        )?;
        if done != 1 {
            return Ok(false);
        }
        let id = &snapshot.integration_id;
        execute!(self.tx, "delete from client_secret where integration_id = ?", id)?;
        for secret in &snapshot.secrets {
            execute!(
                self.tx,
                "insert into client_secret (integration_id, slot, source, sealed, reference, set_at, set_by, \
                 expires_at, warned_days, last_used_at, last_rejected_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                secret.slot,
                &secret.source,
                secret.sealed.as_deref(),
                secret.reference.as_deref(),
                secret.set_at,
                &secret.set_by,
                secret.expires_at,
                secret.warned_days,
                secret.last_used_at,
                secret.last_rejected_at,
            )?;
        }
        Ok(true)
    }
}
