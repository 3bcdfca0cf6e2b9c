use domain::{
    id::IntegrationId,
    integration::Integration,
    secret::{SecretSlot, SecretSource, SecretState, SecretValue, SlotChange},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::{Aad, Sealed},
    error::Result,
    integration::secret_aad,
    sql::{execute, fetch_all},
};

/// How often the use of a secret is written down, in milliseconds.
const NOTED_EVERY: i64 = 60_000;

/// The two secrets of each integration. What the preferred one is stands in `integration.preferred_slot`.
pub struct ClientSecrets<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A secret that can be tried.
#[derive(Debug, Clone)]
pub struct HeldSecret {
    /// 1 or 2.
    pub slot: u8,
    /// The secret, or where it is.
    pub value: SecretValue,
    /// When the provider last took it.
    pub last_used_at: Option<Timestamp>,
    /// When the provider last refused it.
    pub last_rejected_at: Option<Timestamp>,
}

/// A secret with an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringSecret {
    /// Whose it is.
    pub integration_id: IntegrationId,
    /// The integration's name.
    pub integration: String,
    /// 1 or 2.
    pub slot: u8,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The last warning given, in days before the end.
    pub warned_days: Option<i64>,
}

/// One slot as a select joins it; its members are named after the slot there.
pub(crate) struct SlotRow {
    pub(crate) slot: u8,
    pub(crate) source: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) set_at: Option<i64>,
    pub(crate) set_by: Option<String>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) last_rejected_at: Option<i64>,
}

impl SlotRow {
    /// What may be shown. `stored_at`: since when `integration.secret` holds slot 1's value.
    fn shown(self, stored_at: Option<i64>, preferred: bool) -> Option<SecretSlot> {
        let known = self.source.as_deref().and_then(SecretSource::parse);
        let source = match (self.slot, stored_at) {
            (1, Some(_)) => SecretSource::Stored,
            // A row of before without a value any more.
            (1, None) if known == Some(SecretSource::Stored) => return None,
            _ => known?,
        };
        let moment = |ms: Option<i64>| ms.map(Timestamp::from_ms);
        let set_at = stored_at.filter(|_| self.slot == 1).or(self.set_at).unwrap_or_default();
        Some(SecretSlot {
            slot: self.slot,
            source,
            reference: self.reference.filter(|_| source != SecretSource::Stored),
            set_at: Timestamp::from_ms(set_at),
            set_by: self.set_by.unwrap_or_default(),
            expires_at: moment(self.expires_at),
            expires_in_days: None,
            last_used_at: moment(self.last_used_at),
            last_rejected_at: moment(self.last_rejected_at),
            preferred,
        })
    }
}

/// What may be shown of an integration's secrets.
pub(crate) fn state(first: SlotRow, second: SlotRow, stored_at: Option<i64>, preferred: i64) -> SecretState {
    let slots = [first, second].map(|row| {
        let preferred = i64::from(row.slot) == preferred;
        row.shown(stored_at, preferred)
    });
    let mut held: Vec<SecretSlot> = slots.into_iter().flatten().collect();
    if !held.iter().any(|slot| slot.preferred)
        && let Some(first) = held.first_mut()
    {
        first.preferred = true;
    }
    SecretState::of(held)
}

pub(crate) fn second_aad(id: &str) -> Aad<'_> {
    Aad { table: "client_secret", row: id, column: "sealed" }
}

#[derive(FromRow)]
struct OpenRow {
    secret: Option<String>,
    preferred_slot: i64,
    slot: Option<i64>,
    source: Option<String>,
    sealed: Option<String>,
    reference: Option<String>,
    last_used_at: Option<i64>,
    last_rejected_at: Option<i64>,
}

/// The other slot.
const fn beside(slot: u8) -> u8 {
    if slot == 1 { 2 } else { 1 }
}

impl ClientSecrets<'_> {
    /// The secrets of an integration, opened, the preferred one first.
    ///
    /// # Errors
    /// [`Error::Key`](crate::Error::Key) when one does not open.
    pub async fn open(&mut self, id: &IntegrationId) -> Result<Vec<HeldSecret>> {
        let id = id.as_str();
        let sql = "select i.secret, i.preferred_slot, c.slot, c.source, c.sealed, c.reference, c.last_used_at, \
                   c.last_rejected_at from integration i left join client_secret c \
                   on c.integration_id = i.integration_id where i.integration_id = ? order by c.slot";
        let rows = fetch_all!(self.tx, OpenRow, sql, id)?;
        let Some((preferred, first)) = rows.first().map(|row| (row.preferred_slot, row.secret.clone()))
        else {
            return Ok(Vec::new());
        };
        let mut held = Vec::new();
        // Set by a server of before: there is a value without a row.
        if let (Some(sealed), false) = (&first, rows.iter().any(|row| row.slot == Some(1))) {
            let value =
                SecretValue::Given(self.tx.keys().open(&Sealed::new(sealed.clone()), &secret_aad(id))?);
            held.push(HeldSecret { slot: 1, value, last_used_at: None, last_rejected_at: None });
        }
        for row in rows {
            let slot = match row.slot {
                Some(1) => 1,
                Some(2) => 2,
                _ => continue,
            };
            let (sealed, aad) =
                if slot == 1 { (row.secret, secret_aad(id)) } else { (row.sealed, second_aad(id)) };
            let source = row.source.as_deref().and_then(SecretSource::parse);
            let value = match (sealed, source, row.reference) {
                (Some(sealed), ..) => SecretValue::Given(self.tx.keys().open(&Sealed::new(sealed), &aad)?),
                (None, Some(SecretSource::Environment), Some(name)) => SecretValue::Environment(name),
                (None, Some(SecretSource::File), Some(path)) => SecretValue::File(path),
                _ => continue,
            };
            held.push(HeldSecret {
                slot,
                value,
                last_used_at: row.last_used_at.map(Timestamp::from_ms),
                last_rejected_at: row.last_rejected_at.map(Timestamp::from_ms),
            });
        }
        held.sort_by_key(|secret| i64::from(secret.slot) != preferred);
        Ok(held)
    }

    /// Carries out a change of one slot of an integration as it was read; the caller revises the integration.
    ///
    /// # Errors
    /// The driver's.
    pub async fn change(&mut self, integration: &Integration, change: &SlotChange) -> Result<()> {
        let held = integration.client_secret.held();
        let preferred = held.iter().find(|slot| slot.preferred).map(|slot| slot.slot);
        let id = &integration.id;
        match change {
            SlotChange::Replace { value, expires_at } => {
                self.put(id, preferred.unwrap_or(1), value, *expires_at).await?;
                self.prefer(id, preferred.unwrap_or(1)).await
            }
            SlotChange::Add { value, expires_at } => match preferred {
                Some(preferred) => self.put(id, beside(preferred), value, *expires_at).await,
                None => {
                    self.put(id, 1, value, *expires_at).await?;
                    self.prefer(id, 1).await
                }
            },
            SlotChange::Remove(slot) => {
                self.remove(id, *slot).await?;
                let left = held.iter().map(|held| held.slot).find(|other| other != slot);
                self.prefer(id, left.unwrap_or(1)).await
            }
            SlotChange::Prefer(slot) => self.prefer(id, *slot).await,
            SlotChange::Expires(slot, at) => {
                let sql = "update client_secret set expires_at = ?, warned_days = null \
                           where integration_id = ? and slot = ?";
                if execute!(self.tx, sql, at.map(Timestamp::ms), id.as_str(), i64::from(*slot))? == 0 {
                    // A value of a server of before.
                    self.insert_row(id, *slot, "stored", None, None, *at).await?;
                }
                Ok(())
            }
        }
    }

    /// Removes both secrets.
    ///
    /// # Errors
    /// The driver's.
    pub async fn clear(&mut self, id: &IntegrationId) -> Result<()> {
        for slot in [1, 2] {
            self.remove(id, slot).await?;
        }
        self.prefer(id, 1).await
    }

    /// Removes what is not preferred: a secret must not follow to another provider.
    ///
    /// # Errors
    /// The driver's.
    pub async fn drop_other(&mut self, integration: &Integration) -> Result<()> {
        for slot in integration.client_secret.held().iter().filter(|slot| !slot.preferred) {
            self.remove(&integration.id, slot.slot).await?;
        }
        Ok(())
    }

    async fn put(
        &mut self,
        id: &IntegrationId,
        slot: u8,
        value: &SecretValue,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        let aad = if slot == 1 { secret_aad(id.as_str()) } else { second_aad(id.as_str()) };
        let sealed = match value {
            SecretValue::Given(secret) => Some(self.tx.keys().seal(secret, &aad)),
            SecretValue::Environment(_) | SecretValue::File(_) => None,
        };
        let sealed = sealed.as_ref().map(Sealed::as_str);
        let sql = "delete from client_secret where integration_id = ? and slot = ?";
        execute!(self.tx, sql, id.as_str(), i64::from(slot))?;
        let own = sealed.filter(|_| slot != 1);
        self.insert_row(id, slot, value.source().as_str(), own, value.reference(), expires_at).await?;
        if slot == 1 {
            let set_at = sealed.map(|_| self.tx.now().ms());
            let sql = "update integration set secret = ?, secret_set_at = ? where integration_id = ?";
            execute!(self.tx, sql, sealed, set_at, id.as_str())?;
        }
        Ok(())
    }

    async fn insert_row(
        &mut self,
        id: &IntegrationId,
        slot: u8,
        source: &str,
        sealed: Option<&str>,
        reference: Option<&str>,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        let now = self.tx.now().ms();
        let sql = "insert into client_secret (integration_id, slot, source, sealed, reference, set_at, set_by, \
                   expires_at) values (?, ?, ?, ?, ?, ?, '', ?)";
        let expires_at = expires_at.map(Timestamp::ms);
        execute!(self.tx, sql, id.as_str(), i64::from(slot), source, sealed, reference, now, expires_at)?;
        Ok(())
    }

    async fn remove(&mut self, id: &IntegrationId, slot: u8) -> Result<()> {
        let sql = "delete from client_secret where integration_id = ? and slot = ?";
        execute!(self.tx, sql, id.as_str(), i64::from(slot))?;
        if slot == 1 {
            let sql = "update integration set secret = null, secret_set_at = null where integration_id = ?";
            execute!(self.tx, sql, id.as_str())?;
        }
        Ok(())
    }

    async fn prefer(&mut self, id: &IntegrationId, slot: u8) -> Result<()> {
        let sql = "update integration set preferred_slot = ? where integration_id = ?";
        execute!(self.tx, sql, i64::from(slot), id.as_str())?;
        Ok(())
    }

    /// Notes who set what was set since nobody was noted.
    ///
    /// # Errors
    /// The driver's.
    pub async fn attribute(&mut self, id: &IntegrationId, by: &str) -> Result<()> {
        let sql = "update client_secret set set_by = ? where integration_id = ? and set_by = ''";
        execute!(self.tx, sql, by, id.as_str())?;
        Ok(())
    }

    /// Tries the other secret first from now on, unless somebody has done so, or changed the integration, since it
    /// was read: of many that ask at once, one is told that it did. Leaves the revision alone.
    ///
    /// # Errors
    /// The driver's.
    pub async fn switch(&mut self, integration: &Integration, to: u8) -> Result<bool> {
        let sql = "update integration set preferred_slot = ? \
                   where integration_id = ? and revision = ? and preferred_slot = ?";
        let (id, from) = (integration.id.as_str(), i64::from(beside(to)));
        Ok(execute!(self.tx, sql, i64::from(to), id, integration.revision, from)? > 0)
    }

    /// Notes that the provider took the secret of a slot, at most once a minute. Leaves the revision alone.
    ///
    /// # Errors
    /// The driver's.
    pub async fn note_used(&mut self, id: &IntegrationId, slot: u8, at: Timestamp) -> Result<()> {
        let sql = "update client_secret set last_used_at = ? where integration_id = ? and slot = ? \
                   and (last_used_at is null or last_used_at <= ?)";
        execute!(self.tx, sql, at.ms(), id.as_str(), i64::from(slot), at.ms() - NOTED_EVERY)?;
        Ok(())
    }

    /// Notes that the provider refused the secret of a slot, at most once a minute. Leaves the revision alone.
    ///
    /// # Errors
    /// The driver's.
    pub async fn note_rejected(&mut self, id: &IntegrationId, slot: u8, at: Timestamp) -> Result<()> {
        let sql = "update client_secret set last_rejected_at = ? where integration_id = ? and slot = ? \
                   and (last_rejected_at is null or last_rejected_at <= ?)";
        execute!(self.tx, sql, at.ms(), id.as_str(), i64::from(slot), at.ms() - NOTED_EVERY)?;
        Ok(())
    }

    /// Whether a use at this moment would be noted.
    #[must_use]
    pub fn is_due(last: Option<Timestamp>, at: Timestamp) -> bool {
        last.is_none_or(|last| last.ms() <= at.ms() - NOTED_EVERY)
    }

    /// Every secret with an end, by integration and slot.
    ///
    /// # Errors
    /// The driver's.
    pub async fn expiring(&mut self) -> Result<Vec<ExpiringSecret>> {
        type Columns = (String, String, i64, i64, Option<i64>);
        let sql = "select c.integration_id, i.name, c.slot, c.expires_at, c.warned_days from client_secret c \
                   join integration i on i.integration_id = c.integration_id where c.expires_at is not null \
                   order by i.name, c.slot";
        let rows = fetch_all!(self.tx, Columns, sql)?;
        Ok(rows
            .into_iter()
            .map(|(id, integration, slot, expires_at, warned_days)| ExpiringSecret {
                integration_id: id.into(),
                integration,
                slot: u8::try_from(slot).unwrap_or_default(),
                expires_at: Timestamp::from_ms(expires_at),
                warned_days,
            })
            .collect())
    }

    /// Notes that a warning was given; whether it had not been given yet.
    ///
    /// # Errors
    /// The driver's.
    pub async fn warn(&mut self, secret: &ExpiringSecret, days: i64) -> Result<bool> {
        let sql = "update client_secret set warned_days = ? where integration_id = ? and slot = ? \
                   and expires_at = ? and (warned_days is null or warned_days > ?)";
        let (id, slot) = (secret.integration_id.as_str(), i64::from(secret.slot));
        Ok(execute!(self.tx, sql, days, id, slot, secret.expires_at.ms(), days)? > 0)
    }

    /// The sealed values of second slots, for sealing anew.
    pub(crate) async fn sealed(&mut self) -> Result<Vec<(String, String)>> {
        let sql = "select integration_id, sealed from client_secret where sealed is not null";
        fetch_all!(self.tx, (String, String), sql)
    }
}
