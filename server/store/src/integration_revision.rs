use domain::{
    history::{RevisionAction, RevisionView},
    id::IntegrationId,
    integration::IntegrationSettings,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_all, fetch_optional},
};

/// What integrations were, change by change. They go with their integration: the audit log keeps what was done.
pub struct IntegrationRevisions<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// How an integration stood after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRevision {
    /// The change.
    pub view: RevisionView,
    /// What an administrator had set.
    pub settings: IntegrationSettings,
    /// Whether people could sign in with it.
    pub enabled: bool,
    /// The request's id.
    pub reference: String,
}

#[derive(FromRow)]
struct Row {
    revision: i64,
    happened_at: i64,
    actor: String,
    actor_kind: String,
    action: String,
    settings: String,
    enabled: bool,
    changed: String,
    restored_from: Option<i64>,
    reference: String,
}

impl Row {
    fn stored(self, id: &str) -> Result<StoredRevision> {
        let unreadable = |column| move |error| Error::corrupt("integration_revision", column, id, error);
        let settings: serde_json::Value =
            serde_json::from_str(&self.settings).map_err(unreadable("settings"))?;
        Ok(StoredRevision {
            view: RevisionView {
                revision: self.revision,
                at: Timestamp::from_ms(self.happened_at),
                by: self.actor,
                by_kind: self.actor_kind,
                action: RevisionAction::parse(&self.action).unwrap_or(RevisionAction::Changed),
                restored_from: self.restored_from,
                changed: serde_json::from_str(&self.changed).map_err(unreadable("changed"))?,
            },
            settings: serde_json::from_value(settings).map_err(unreadable("settings"))?,
            enabled: self.enabled,
            reference: self.reference,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select revision, happened_at, actor, actor_kind, action, settings, enabled, changed, restored_from, \
             reference from integration_revision where integration_id = ? ",
            $rest
        )
    };
}

impl IntegrationRevisions<'_> {
    /// Keeps one, unless that revision is kept already.
    ///
    /// # Errors
    /// The driver's.
    pub async fn keep(&mut self, id: &IntegrationId, revision: &StoredRevision) -> Result<()> {
        let id = id.as_str();
        let json = |error| Error::corrupt("integration_revision", "settings", id, error);
        let settings = serde_json::to_string(&revision.settings).map_err(json)?;
        let changed = serde_json::to_string(&revision.view.changed).map_err(json)?;
        let sql = "insert into integration_revision (integration_id, revision, happened_at, actor, actor_kind, \
                   action, settings, enabled, changed, restored_from, reference) \
                   values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let view = &revision.view;
        let done = execute!(
            self.tx,
            sql,
            id,
            view.revision,
            view.at.ms(),
            &view.by,
            &view.by_kind,
            view.action.as_str(),
            settings,
            revision.enabled,
            changed,
            view.restored_from,
            &revision.reference,
        );
        match done {
            Ok(_) | Err(Error::Taken(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, id: &IntegrationId, revision: i64) -> Result<Option<StoredRevision>> {
        let row = fetch_optional!(self.tx, Row, select!("and revision = ?"), id.as_str(), revision)?;
        row.map(|row| row.stored(id.as_str())).transpose()
    }

    /// The newest one before another.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn before(&mut self, id: &IntegrationId, revision: i64) -> Result<Option<StoredRevision>> {
        let sql = select!("and revision < ? order by revision desc limit 1");
        let row = fetch_optional!(self.tx, Row, sql, id.as_str(), revision)?;
        row.map(|row| row.stored(id.as_str())).transpose()
    }

    /// All of an integration, the newest first.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self, id: &IntegrationId) -> Result<Vec<StoredRevision>> {
        let rows = fetch_all!(self.tx, Row, select!("order by revision desc"), id.as_str())?;
        rows.into_iter().map(|row| row.stored(id.as_str())).collect()
    }
}
