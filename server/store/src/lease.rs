use domain::time::Timestamp;

use crate::{
    Tx,
    error::{Error, Result},
    sql::execute,
};

/// Tasks that one server at a time does, when several share a database.
pub struct Leases<'a> {
    pub(crate) tx: &'a mut Tx,
}

impl Leases<'_> {
    /// Takes or renews the task until a moment; whether it is this holder's now.
    ///
    /// # Errors
    /// The driver's.
    pub async fn acquire(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let sql =
            "update lease set holder = ?, expires_at = ? where name = ? and (holder = ? or expires_at <= ?)";
        if execute!(self.tx, sql, holder, until.ms(), name, holder, now.ms())? > 0 {
            return Ok(true);
        }
        let sql = "insert into lease (name, holder, expires_at) values (?, ?, ?)";
        match execute!(self.tx, sql, name, holder, until.ms()) {
            Ok(_) => Ok(true),
            Err(Error::Taken(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives the task back.
    ///
    /// # Errors
    /// The driver's.
    pub async fn release(&mut self, name: &str, holder: &str) -> Result<()> {
        execute!(self.tx, "delete from lease where name = ? and holder = ?", name, holder)?;
        Ok(())
    }
}
