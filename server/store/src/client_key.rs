use domain::{secret::Secret, time::Timestamp};
use serde_json::Value;
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::{Aad, Sealed},
    error::{Error, Result},
    sql::{execute, fetch_all},
};

/// Our own key pairs, with which clients of providers sign. The private halves are sealed.
pub struct ClientKeys<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A key pair that is added.
#[derive(Debug, Clone)]
pub struct NewClientKey {
    /// What it signs with, as JWS names it.
    pub algorithm: String,
    /// Its name.
    pub kid: String,
    /// The public half (RFC 7517).
    pub public_jwk: Value,
    /// The private half.
    pub private_key: Secret,
    /// From when on it signs.
    pub activated_at: Timestamp,
}

/// A key pair without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKeyRow {
    id: String,
    /// Counts up with every key.
    pub generation: i64,
    /// What it signs with, as JWS names it.
    pub algorithm: String,
    /// Its name.
    pub kid: String,
    /// The public half (RFC 7517).
    pub public_jwk: Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub activated_at: Timestamp,
    /// From when on it is not published any more; `None`: in use.
    pub retired_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    client_key_id: String,
    generation: i64,
    algorithm: String,
    kid: String,
    public_jwk: String,
    created_at: i64,
    activated_at: i64,
    retired_at: Option<i64>,
}

pub(crate) fn private_key_aad(id: &str) -> Aad<'_> {
    Aad { table: "client_key", row: id, column: "private_key" }
}

impl ClientKeys<'_> {
    /// Every key there is, the newest first.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self) -> Result<Vec<ClientKeyRow>> {
        let sql = "select client_key_id, generation, algorithm, kid, public_jwk, created_at, activated_at, retired_at \
                   from client_key order by generation desc";
        let read = |row: Row| {
            let public_jwk = serde_json::from_str(&row.public_jwk)
                .map_err(|error| Error::corrupt("client_key", "public_jwk", &row.client_key_id, error))?;
            Ok(ClientKeyRow {
                generation: row.generation,
                algorithm: row.algorithm,
                kid: row.kid,
                public_jwk,
                created_at: Timestamp::from_ms(row.created_at),
                activated_at: Timestamp::from_ms(row.activated_at),
                retired_at: row.retired_at.map(Timestamp::from_ms),
                id: row.client_key_id,
            })
        };
        fetch_all!(self.tx, Row, sql)?.into_iter().map(read).collect()
    }

    /// Adds the key of this generation.
    ///
    /// # Errors
    /// [`Error::Taken`] when another server has just made it.
    pub async fn insert(&mut self, generation: i64, new: &NewClientKey) -> Result<()> {
        let (id, now) = (self.tx.new_id(), self.tx.now());
        let sealed = self.tx.keys().seal(&new.private_key, &private_key_aad(&id));
        execute!(
            self.tx,
            "insert into client_key (client_key_id, generation, algorithm, kid, public_jwk, private_key, created_at, \
             activated_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
            &id,
            generation,
            &new.algorithm,
            &new.kid,
            new.public_jwk.to_string(),
            sealed.as_str(),
            now.ms(),
            new.activated_at.ms(),
        )?;
        Ok(())
    }

    /// Says of every key up to this generation that is in use until when it is published.
    ///
    /// # Errors
    /// The driver's.
    pub async fn retire_up_to(&mut self, generation: i64, retired_at: Timestamp) -> Result<u64> {
        let sql = "update client_key set retired_at = ? where generation <= ? and retired_at is null";
        execute!(self.tx, sql, retired_at.ms(), generation)
    }

    /// The private half, opened.
    ///
    /// # Errors
    /// [`Error::Missing`] when it was removed meanwhile, [`Error::Key`] when it does not open.
    pub async fn private_key(&mut self, key: &ClientKeyRow) -> Result<Secret> {
        let sql = "select private_key from client_key where client_key_id = ?";
        let rows = fetch_all!(self.tx, (String,), sql, &key.id)?;
        let (text,) = rows.into_iter().next().ok_or(Error::Missing("client key"))?;
        Ok(self.tx.keys().open(&Sealed::new(text), &private_key_aad(&key.id))?)
    }

    /// Removes keys that are not published any more; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.tx, "delete from client_key where retired_at <= ?", now.ms())
    }
}
