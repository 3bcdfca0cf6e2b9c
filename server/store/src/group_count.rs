use domain::{id::IntegrationId, time::Timestamp};

use crate::{
    Tx,
    error::Result,
    sql::{execute, fetch_optional},
};

/// Which integrations' people come with so many groups that the provider may soon leave them out.
pub struct GroupCounts<'a> {
    pub(crate) tx: &'a mut Tx,
}

impl GroupCounts<'_> {
    /// Notes that somebody came with so many.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when the integration was deleted meanwhile; the driver's.
    pub async fn record(&mut self, integration: &IntegrationId, count: usize, at: Timestamp) -> Result<()> {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let id = integration.as_str();
        // The comparison is written out: the two databases have different functions for it.
        let sql = "update integration_group_count set most = case when most < ? then ? else most end, seen_at = ? \
                   where integration_id = ?";
        if execute!(self.tx, sql, count, count, at.ms(), id)? > 0 {
            return Ok(());
        }
        let sql = "insert into integration_group_count (integration_id, most, seen_at) values (?, ?, ?)";
        match execute!(self.tx, sql, id, count, at.ms()) {
            // Somebody else's sign-in was faster; theirs says the same.
            Ok(_) | Err(crate::Error::Taken(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The most groups and when they came; `None`: nobody had many.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, integration: &IntegrationId) -> Result<Option<(u32, Timestamp)>> {
        let sql = "select most, seen_at from integration_group_count where integration_id = ?";
        let row = fetch_optional!(self.tx, (i32, i64), sql, integration.as_str())?;
        Ok(row.map(|(most, at)| (most.unsigned_abs(), Timestamp::from_ms(at))))
    }
}
