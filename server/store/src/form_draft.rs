use domain::time::Timestamp;
use serde_json::Value;

use crate::{
    Tx,
    error::{Error, Result},
    key::text_key,
    sql::{execute, fetch_optional},
};

/// Forms that were refused, kept for the page that shows them again. The caller leaves secrets out.
pub struct FormDrafts<'a> {
    pub(crate) tx: &'a mut Tx,
}

impl FormDrafts<'_> {
    /// Keeps what was typed; its identifier. `owner_key` says whose it is; only its hash is stored.
    ///
    /// # Errors
    /// The driver's.
    pub async fn put(&mut self, owner_key: &str, fields: &Value, expires_at: Timestamp) -> Result<String> {
        let id = self.tx.new_id();
        let sql = "insert into form_draft (form_draft_id, owner_key, fields, expires_at) values (?, ?, ?, ?)";
        execute!(self.tx, sql, &id, text_key(owner_key), fields.to_string(), expires_at.ms())?;
        Ok(id)
    }

    /// Takes it out, once, by whom it belongs to.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn take(&mut self, id: &str, owner_key: &str, now: Timestamp) -> Result<Option<Value>> {
        let owner = text_key(owner_key);
        let sql =
            "select fields from form_draft where form_draft_id = ? and owner_key = ? and expires_at > ?";
        let Some((fields,)) = fetch_optional!(self.tx, (String,), sql, id, &owner, now.ms())? else {
            return Ok(None);
        };
        let sql = "delete from form_draft where form_draft_id = ? and owner_key = ?";
        if execute!(self.tx, sql, id, &owner)? == 0 {
            return Ok(None);
        }
        serde_json::from_str(&fields)
            .map(Some)
            .map_err(|error| Error::corrupt("form_draft", "fields", id, error))
    }

    /// Removes those whose time is over; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.tx, "delete from form_draft where expires_at <= ?", now.ms())
    }
}
