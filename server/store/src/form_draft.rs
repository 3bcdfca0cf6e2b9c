use domain::{secret::Secret, time::Timestamp};
use serde_json::Value;

use crate::{
    Aad, Sealed, Tx,
    error::{Error, Result},
    key::text_key,
    sql::{execute, fetch_optional},
};

/// Forms that were refused, kept for the page that shows them again. The caller leaves secrets out.
pub struct FormDrafts<'a> {
    pub(crate) tx: &'a mut Tx,
}

const fn sealed_aad(id: &str) -> Aad<'_> {
    Aad { table: "form_draft", row: id, column: "fields" }
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

    /// Keeps a text that may hold secrets, sealed; its identifier. See [`FormDrafts::put`].
    ///
    /// # Errors
    /// The driver's.
    pub async fn put_sealed(
        &mut self,
        owner_key: &str,
        text: &Secret,
        expires_at: Timestamp,
    ) -> Result<String> {
        let id = self.tx.new_id();
        let sealed = self.tx.keys().seal(text, &sealed_aad(&id));
        let fields = serde_json::json!({ "sealed": sealed.as_str() }).to_string();
        let sql = "insert into form_draft (form_draft_id, owner_key, fields, expires_at) values (?, ?, ?, ?)";
        execute!(self.tx, sql, &id, text_key(owner_key), fields, expires_at.ms())?;
        Ok(id)
    }

    /// Opens what [`FormDrafts::put_sealed`] kept, by whom it belongs to; it stays.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Key`], the driver's.
    pub async fn peek_sealed(&mut self, id: &str, owner_key: &str, now: Timestamp) -> Result<Option<Secret>> {
        let sql =
            "select fields from form_draft where form_draft_id = ? and owner_key = ? and expires_at > ?";
        let Some((fields,)) = fetch_optional!(self.tx, (String,), sql, id, text_key(owner_key), now.ms())?
        else {
            return Ok(None);
        };
        let fields: Value = serde_json::from_str(&fields)
            .map_err(|error| Error::corrupt("form_draft", "fields", id, error))?;
        let Some(sealed) = fields.get("sealed").and_then(Value::as_str) else { return Ok(None) };
        Ok(Some(self.tx.keys().open(&Sealed::new(sealed), &sealed_aad(id))?))
    }

    /// The newest that [`FormDrafts::put_sealed`] kept for this owner; it stays.
    ///
    /// # Errors
    /// See [`FormDrafts::peek_sealed`].
    pub async fn newest_sealed(&mut self, owner_key: &str, now: Timestamp) -> Result<Option<Secret>> {
        let sql = "select form_draft_id from form_draft where owner_key = ? and expires_at > ? \
                   order by expires_at desc, form_draft_id desc limit 1";
        match fetch_optional!(self.tx, (String,), sql, text_key(owner_key), now.ms())? {
            Some((id,)) => self.peek_sealed(&id, owner_key, now).await,
            None => Ok(None),
        }
    }

    /// Removes all of this owner.
    ///
    /// # Errors
    /// The driver's.
    pub async fn forget_all(&mut self, owner_key: &str) -> Result<()> {
        execute!(self.tx, "delete from form_draft where owner_key = ?", text_key(owner_key))?;
        Ok(())
    }

    /// Removes one, by whom it belongs to.
    ///
    /// # Errors
    /// The driver's.
    pub async fn forget(&mut self, id: &str, owner_key: &str) -> Result<()> {
        let sql = "delete from form_draft where form_draft_id = ? and owner_key = ?";
        execute!(self.tx, sql, id, text_key(owner_key))?;
        Ok(())
    }

    /// Removes those whose time is over; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.tx, "delete from form_draft where expires_at <= ?", now.ms())
    }
}
