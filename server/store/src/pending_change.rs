use domain::{api::PendingChangeView, id::PendingChangeId, time::Timestamp};
use serde_json::Value;
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_all, fetch_optional},
};

/// Changes that are taken back by themselves unless an owner confirms them in time. One waits at a time.
pub struct PendingChanges<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A change that has to be confirmed.
#[derive(Debug, Clone)]
pub struct NewPendingChange {
    /// What was done, one sentence.
    pub summary: String,
    /// How it was before and what the change left; a secret in it is sealed.
    pub state: Value,
    /// Who made it: a user name, or `host`.
    pub made_by: String,
    /// When it is taken back.
    pub deadline_at: Timestamp,
}

/// A change that waits, with what is needed to take it back.
#[derive(Debug, Clone)]
pub struct PendingChange {
    /// What may be shown of it.
    pub view: PendingChangeView,
    /// How it was before and what the change left.
    pub state: Value,
}

#[derive(FromRow)]
struct Row {
    pending_change_id: String,
    summary: String,
    state: String,
    made_by: String,
    made_at: i64,
    deadline_at: i64,
    confirmed_at: Option<i64>,
    confirmed_by: Option<String>,
    reverted_at: Option<i64>,
}

impl Row {
    fn change(self) -> Result<PendingChange> {
        let state = serde_json::from_str(&self.state)
            .map_err(|error| Error::corrupt("pending_change", "state", &self.pending_change_id, error))?;
        Ok(PendingChange {
            view: PendingChangeView {
                id: self.pending_change_id.into(),
                summary: self.summary,
                made_by: self.made_by,
                made_at: Timestamp::from_ms(self.made_at),
                deadline_at: Timestamp::from_ms(self.deadline_at),
                confirmed_at: self.confirmed_at.map(Timestamp::from_ms),
                confirmed_by: self.confirmed_by,
                reverted_at: self.reverted_at.map(Timestamp::from_ms),
            },
            state,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select pending_change_id, summary, state, made_by, made_at, deadline_at, confirmed_at, confirmed_by, \
             reverted_at from pending_change ",
            $rest
        )
    };
}

impl PendingChanges<'_> {
    /// Waits until nobody else is changing a way in; others then wait until this transaction ends. To be called
    /// before anything is read that the change depends on.
    ///
    /// # Errors
    /// The driver's.
    pub async fn take_turn(&mut self) -> Result<()> {
        execute!(self.tx, "update way_in_guard set turn = turn + 1 where way_in_guard_id = 1")?;
        Ok(())
    }

    /// Notes a change that has to be confirmed.
    ///
    /// # Errors
    /// [`Error::Taken`] when another waits already.
    pub async fn insert(&mut self, new: &NewPendingChange) -> Result<PendingChangeView> {
        let (id, now) = (self.tx.new_id(), self.tx.now());
        execute!(
            self.tx,
            "insert into pending_change (pending_change_id, summary, state, made_by, made_at, deadline_at, live_key) \
             values (?, ?, ?, ?, ?, ?, 'live')",
            &id,
            &new.summary,
            new.state.to_string(),
            &new.made_by,
            now.ms(),
            new.deadline_at.ms(),
        )?;
        Ok(PendingChangeView {
            id: id.into(),
            summary: new.summary.clone(),
            made_by: new.made_by.clone(),
            made_at: now,
            deadline_at: new.deadline_at,
            confirmed_at: None,
            confirmed_by: None,
            reverted_at: None,
        })
    }

    /// The change that waits.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn live(&mut self) -> Result<Option<PendingChange>> {
        let row = fetch_optional!(self.tx, Row, select!("where live_key = 'live'"))?;
        row.map(Row::change).transpose()
    }

    /// The newest changes, the one that waits first.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self) -> Result<Vec<PendingChangeView>> {
        let rows = fetch_all!(self.tx, Row, select!("order by pending_change_id desc limit 100"))?;
        rows.into_iter().map(|row| Ok(row.change()?.view)).collect()
    }

    /// Keeps the change; whether it still waited. What was needed to take it back is forgotten.
    ///
    /// # Errors
    /// The driver's.
    pub async fn confirm(&mut self, id: &PendingChangeId, by: &str) -> Result<bool> {
        let now = self.tx.now().ms();
        let sql = "update pending_change set confirmed_at = ?, confirmed_by = ?, live_key = null, state = '{}' \
                   where pending_change_id = ? and live_key = 'live'";
        Ok(execute!(self.tx, sql, now, by, id.as_str())? == 1)
    }

    /// Ends the change as taken back; whether it still waited. Of any number of servers one is told so.
    ///
    /// # Errors
    /// The driver's.
    pub async fn revert(&mut self, id: &PendingChangeId) -> Result<bool> {
        let now = self.tx.now().ms();
        let sql = "update pending_change set reverted_at = ?, live_key = null, state = '{}' \
                   where pending_change_id = ? and live_key = 'live'";
        Ok(execute!(self.tx, sql, now, id.as_str())? == 1)
    }
}
