use domain::{
    id::IntegrationId,
    integration::{Integration, IntegrationSettings},
    login_failure::LoginFailure,
    secret::{Secret, SecretInput, SecretValue, SlotChange},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    client_secret::{SlotRow, state},
    crypt::Aad,
    error::{Error, Result},
    key::text_key,
    sql::{count, execute, fetch_all, fetch_optional},
};

/// Connections to identity providers.
pub struct Integrations<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// An integration that is made.
#[derive(Debug, Clone)]
pub struct NewIntegration {
    /// What the administrator set.
    pub settings: IntegrationSettings,
    /// The client secret.
    pub secret: Option<Secret>,
    /// Whether people can sign in with it at once.
    pub enabled: bool,
    /// Who makes it: a user name, or `host`.
    pub created_by: String,
}

#[derive(FromRow)]
struct Row {
    integration_id: String,
    settings: String,
    enabled: bool,
    secret_set_at: Option<i64>,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    revision: i64,
    last_success_at: Option<i64>,
    last_failure_at: Option<i64>,
    last_failure_code: Option<String>,
    preferred_slot: i64,
    a_source: Option<String>,
    a_reference: Option<String>,
    a_set_at: Option<i64>,
    a_set_by: Option<String>,
    a_expires_at: Option<i64>,
    a_last_used_at: Option<i64>,
    a_last_rejected_at: Option<i64>,
    b_source: Option<String>,
    b_reference: Option<String>,
    b_set_at: Option<i64>,
    b_set_by: Option<String>,
    b_expires_at: Option<i64>,
    b_last_used_at: Option<i64>,
    b_last_rejected_at: Option<i64>,
}

impl Row {
    fn integration(self) -> Result<Integration> {
        let settings = serde_json::from_str(&self.settings)
            .map_err(|error| Error::corrupt("integration", "settings", &self.integration_id, error))?;
        let first = SlotRow {
            slot: 1,
            source: self.a_source,
            reference: self.a_reference,
            set_at: self.a_set_at,
            set_by: self.a_set_by,
            expires_at: self.a_expires_at,
            last_used_at: self.a_last_used_at,
            last_rejected_at: self.a_last_rejected_at,
        };
        let second = SlotRow {
            slot: 2,
            source: self.b_source,
            reference: self.b_reference,
            set_at: self.b_set_at,
            set_by: self.b_set_by,
            expires_at: self.b_expires_at,
            last_used_at: self.b_last_used_at,
            last_rejected_at: self.b_last_rejected_at,
        };
        Ok(Integration {
            id: self.integration_id.into(),
            settings,
            enabled: self.enabled,
            client_secret: state(first, second, self.secret_set_at, self.preferred_slot),
            created_by: self.created_by,
            created_at: Timestamp::from_ms(self.created_at),
            updated_at: Timestamp::from_ms(self.updated_at),
            revision: self.revision,
            last_success_at: self.last_success_at.map(Timestamp::from_ms),
            last_failure_at: self.last_failure_at.map(Timestamp::from_ms),
            last_failure_code: self.last_failure_code,
        })
    }
}

fn name_key(name: &str) -> String {
    text_key(&name.to_lowercase())
}

pub(crate) fn secret_aad(id: &str) -> Aad<'_> {
    Aad { table: "integration", row: id, column: "secret" }
}

fn settings_text(settings: &IntegrationSettings, id: &str) -> Result<String> {
    serde_json::to_string(settings).map_err(|error| Error::corrupt("integration", "settings", id, error))
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select i.integration_id, i.settings, i.enabled, i.secret_set_at, i.created_by, i.created_at, i.updated_at, \
             i.revision, r.last_success_at, r.last_failure_at, r.last_failure_code, i.preferred_slot, \
             a.source as a_source, a.reference as a_reference, a.set_at as a_set_at, a.set_by as a_set_by, \
             a.expires_at as a_expires_at, a.last_used_at as a_last_used_at, \
             a.last_rejected_at as a_last_rejected_at, \
             b.source as b_source, b.reference as b_reference, b.set_at as b_set_at, b.set_by as b_set_by, \
             b.expires_at as b_expires_at, b.last_used_at as b_last_used_at, \
             b.last_rejected_at as b_last_rejected_at \
             from integration i left join integration_result r on r.integration_id = i.integration_id \
             left join client_secret a on a.integration_id = i.integration_id and a.slot = 1 \
             left join client_secret b on b.integration_id = i.integration_id and b.slot = 2 ",
            $rest
        )
    };
}

impl Integrations<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self) -> Result<Vec<Integration>> {
        fetch_all!(self.tx, Row, select!("order by i.name"))?.into_iter().map(Row::integration).collect()
    }

    /// By name, whatever its case.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, name: &str) -> Result<Option<Integration>> {
        let row = fetch_optional!(self.tx, Row, select!("where i.name_key = ?"), name_key(name))?;
        row.map(Row::integration).transpose()
    }

    /// By its row's identifier.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find_by_id(&mut self, id: &IntegrationId) -> Result<Option<Integration>> {
        let row = fetch_optional!(self.tx, Row, select!("where i.integration_id = ?"), id.as_str())?;
        row.map(Row::integration).transpose()
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the name is, whatever its case.
    pub async fn insert(&mut self, new: &NewIntegration) -> Result<Integration> {
        let (id, now) = (self.tx.new_id(), self.tx.now());
        execute!(
            self.tx,
            "insert into integration (integration_id, name, name_key, settings, enabled, \
             created_by, created_at, updated_at, revision) values (?, ?, ?, ?, ?, ?, ?, ?, 1)",
            &id,
            &new.settings.name,
            name_key(&new.settings.name),
            settings_text(&new.settings, &id)?,
            new.enabled,
            &new.created_by,
            now.ms(),
            now.ms(),
        )?;
        execute!(self.tx, "insert into integration_result (integration_id) values (?)", &id)?;
        let made = self.read(&id.into()).await?;
        let Some(secret) = &new.secret else { return Ok(made) };
        let change = SlotChange::Replace { value: SecretValue::Given(secret.clone()), expires_at: None };
        self.tx.client_secrets().change(&made, &change).await?;
        self.tx.client_secrets().attribute(&made.id, &new.created_by).await?;
        self.read(&made.id).await
    }

    /// One that must be there.
    async fn read(&mut self, id: &IntegrationId) -> Result<Integration> {
        self.find_by_id(id).await?.ok_or(Error::Missing("integration"))
    }

    /// Changes one, as it was read.
    ///
    /// # Errors
    /// [`Error::Stale`] when somebody else changed it since, [`Error::Taken`].
    pub async fn update(
        &mut self,
        integration: &Integration,
        settings: &IntegrationSettings,
        secret: SecretInput,
    ) -> Result<Integration> {
        let (id, now) = (integration.id.as_str(), self.tx.now());
        let done = execute!(
            self.tx,
            "update integration set name = ?, name_key = ?, settings = ?, updated_at = ?, revision = revision + 1 \
             where integration_id = ? and revision = ?",
            &settings.name,
            name_key(&settings.name),
            settings_text(settings, id)?,
            now.ms(),
            id,
            integration.revision,
        )?;
        if done == 0 {
            return Err(Error::Stale);
        }
        let change = match secret {
            SecretInput::Keep => None,
            SecretInput::Clear => {
                self.tx.client_secrets().clear(&integration.id).await?;
                None
            }
            SecretInput::Replace(secret) => {
                Some(SlotChange::Replace { value: SecretValue::Given(secret), expires_at: None })
            }
            SecretInput::Slot(change) => Some(change),
        };
        if let Some(change) = change {
            self.tx.client_secrets().change(integration, &change).await?;
        }
        self.read(&integration.id).await
    }

    /// Turns one on or off, as it was read. Its sessions do not count while it is off.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn set_enabled(&mut self, integration: &Integration, enabled: bool) -> Result<Integration> {
        let now = self.tx.now();
        let done = execute!(
            self.tx,
            "update integration set enabled = ?, updated_at = ?, revision = revision + 1 \
             where integration_id = ? and revision = ?",
            enabled,
            now.ms(),
            integration.id.as_str(),
            integration.revision,
        )?;
        if done == 0 {
            return Err(Error::Stale);
        }
        let revision = integration.revision + 1;
        Ok(Integration { enabled, updated_at: now, revision, ..integration.clone() })
    }

    /// Deletes one, as it was read, with its rules, sessions and login attempts. Identities stay, with issuer
    /// and subject; role grants stay until the next sign-in. Revises the rule set and the users who have
    /// signed in with it.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn delete(&mut self, integration: &Integration) -> Result<()> {
        let id = integration.id.as_str();
        let sql = "update user set revision = revision + 1 \
                   where user_id in (select user_id from identity where integration_id = ?)";
        execute!(self.tx, sql, id)?;
        let sql = "delete from integration where integration_id = ? and revision = ?";
        if execute!(self.tx, sql, id, integration.revision)? == 0 {
            return Err(Error::Stale);
        }
        self.tx.mapping_rules().bump().await
    }

    /// The preferred client secret, opened, when it is stored here; one by reference is the caller's to read, see
    /// [`ClientSecrets::open`](crate::ClientSecrets::open).
    ///
    /// # Errors
    /// [`Error::Key`] when it does not open.
    pub async fn secret(&mut self, integration: &Integration) -> Result<Option<Secret>> {
        let held = self.tx.client_secrets().open(&integration.id).await?;
        Ok(held.into_iter().next().and_then(|held| match held.value {
            SecretValue::Given(secret) => Some(secret),
            SecretValue::Environment(_) | SecretValue::File(_) => None,
        }))
    }

    /// Notes how the last sign-in with it went (`None`: well). Leaves the revision alone.
    ///
    /// # Errors
    /// The driver's.
    pub async fn record_result(
        &mut self,
        id: &IntegrationId,
        at: Timestamp,
        failure: Option<LoginFailure>,
    ) -> Result<()> {
        match failure {
            None => execute!(
                self.tx,
                "update integration_result set last_success_at = ? where integration_id = ?",
                at.ms(),
                id.as_str(),
            )?,
            Some(failure) => execute!(
                self.tx,
                "update integration_result set last_failure_at = ?, last_failure_code = ? where integration_id = ?",
                at.ms(),
                failure.code(),
                id.as_str(),
            )?,
        };
        Ok(())
    }

    /// How many live sessions began with it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_sessions(&mut self, id: &IntegrationId, now: Timestamp) -> Result<u64> {
        let idle = self.tx.shared.idle_since(now);
        let sql =
            "select count(*) from session where integration_id = ? and expires_at > ? and last_seen_at > ?";
        count!(self.tx, sql, id.as_str(), now.ms(), idle)
    }

    /// How many users have signed in with it and have neither a password nor an identity of another
    /// integration.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_dependent_users(&mut self, id: &IntegrationId) -> Result<u64> {
        let sql = "select count(distinct d.user_id) from identity d where d.integration_id = ? \
                   and not exists (select 1 from password p where p.user_id = d.user_id) \
                   and not exists (select 1 from identity o join integration i on i.integration_id = o.integration_id \
                   where o.user_id = d.user_id and o.integration_id <> d.integration_id and i.enabled = ?)";
        count!(self.tx, sql, id.as_str(), true)
    }
}
