use domain::{api::ManagedKind, time::Timestamp};
use serde_json::{Map, Value};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_all, fetch_optional},
};

/// What configuration files set. A row stays when its object is deleted elsewhere; [`ManagedObjects::all`] shows it.
pub struct ManagedObjects<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// An object that a configuration file sets.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedObject {
    /// What it is.
    pub kind: String,
    /// Its row.
    pub object_id: String,
    /// Each field that the file sets, nested ones with dots, and its value; a secret's is `null`.
    pub fields: Map<String, Value>,
    /// The file's name.
    pub file: String,
    /// Hex SHA-256 of the file.
    pub digest: String,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// When it was released; `None`: nobody but the file may change the fields.
    pub released_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    kind: String,
    object_id: String,
    fields: String,
    file: String,
    digest: String,
    applied_at: i64,
    released_at: Option<i64>,
}

impl Row {
    fn object(self) -> Result<ManagedObject> {
        let fields = serde_json::from_str(&self.fields)
            .map_err(|error| Error::corrupt("managed_object", "fields", &self.object_id, error))?;
        Ok(ManagedObject {
            kind: self.kind,
            object_id: self.object_id,
            fields,
            file: self.file,
            digest: self.digest,
            applied_at: Timestamp::from_ms(self.applied_at),
            released_at: self.released_at.map(Timestamp::from_ms),
        })
    }
}

macro_rules! columns {
    () => {
        "kind, object_id, fields, file, digest, applied_at, released_at"
    };
}

impl ManagedObjects<'_> {
    /// The object, released or not.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, kind: ManagedKind, object_id: &str) -> Result<Option<ManagedObject>> {
        let sql = concat!("select ", columns!(), " from managed_object where kind = ? and object_id = ?");
        fetch_optional!(self.tx, Row, sql, kind.as_str(), object_id)?.map(Row::object).transpose()
    }

    /// Every object.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn all(&mut self) -> Result<Vec<ManagedObject>> {
        let sql = concat!("select ", columns!(), " from managed_object order by kind, object_id");
        fetch_all!(self.tx, Row, sql)?.into_iter().map(Row::object).collect()
    }

    /// Notes it, over what was noted before.
    ///
    /// # Errors
    /// The driver's.
    pub async fn put(&mut self, object: &ManagedObject) -> Result<()> {
        let fields = Value::Object(object.fields.clone()).to_string();
        let released = object.released_at.map(Timestamp::ms);
        let sql = "update managed_object set fields = ?, file = ?, digest = ?, applied_at = ?, released_at = ? \
                   where kind = ? and object_id = ?";
        let done = execute!(
            self.tx,
            sql,
            &fields,
            &object.file,
            &object.digest,
            object.applied_at.ms(),
            released,
            &object.kind,
            &object.object_id,
        )?;
        if done == 0 {
            execute!(
                self.tx,
                "insert into managed_object (kind, object_id, fields, file, digest, applied_at, released_at) \
                 values (?, ?, ?, ?, ?, ?, ?)",
                &object.kind,
                &object.object_id,
                &fields,
                &object.file,
                &object.digest,
                object.applied_at.ms(),
                released,
            )?;
        }
        Ok(())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn remove(&mut self, kind: &str, object_id: &str) -> Result<()> {
        execute!(self.tx, "delete from managed_object where kind = ? and object_id = ?", kind, object_id)?;
        Ok(())
    }
}
