use serde_json::Value;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_optional},
};

/// Settings that change while the server runs: JSON values by key (at most 64 characters), each with a
/// revision.
pub struct Settings<'a> {
    pub(crate) tx: &'a mut Tx,
}

impl Settings<'_> {
    /// Value and revision; `None`: it was never set.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn get(&mut self, key: &str) -> Result<Option<(Value, i64)>> {
        let sql = "select value, revision from setting where setting_key = ?";
        let Some((value, revision)) = fetch_optional!(self.tx, (String, i64), sql, key)? else {
            return Ok(None);
        };
        let value =
            serde_json::from_str(&value).map_err(|error| Error::corrupt("setting", "value", key, error))?;
        Ok(Some((value, revision)))
    }

    /// Sets a value; its new revision. With `expected_revision` only when nobody has set it since it was
    /// read; 0: only when it was never set.
    ///
    /// # Errors
    /// [`Error::Stale`].
    pub async fn set(&mut self, key: &str, value: &Value, expected_revision: Option<i64>) -> Result<i64> {
        let (text, now) = (value.to_string(), self.tx.now().ms());
        let sql = "select revision from setting where setting_key = ?";
        let Some((revision,)) = fetch_optional!(self.tx, (i64,), sql, key)? else {
            if expected_revision.is_some_and(|revision| revision != 0) {
                return Err(Error::Stale);
            }
            let sql = "insert into setting (setting_key, value, updated_at, revision) values (?, ?, ?, 1)";
            return match execute!(self.tx, sql, key, text, now) {
                // Another server was faster.
                Err(Error::Taken(_)) => Err(Error::Stale),
                done => done.map(|_| 1),
            };
        };
        let expected = expected_revision.unwrap_or(revision);
        let sql = "update setting set value = ?, updated_at = ?, revision = revision + 1 \
                   where setting_key = ? and revision = ?";
        if execute!(self.tx, sql, text, now, key, expected)? == 0 {
            return Err(Error::Stale);
        }
        Ok(expected + 1)
    }
}
