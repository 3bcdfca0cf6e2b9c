use domain::{
    id::IntegrationId,
    notice::{NoticeKind, NoticeView, sentence},
    time::Timestamp,
};
use serde_json::Value;
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    key::joined_key,
    sql::{execute, fetch_all, fetch_optional},
};

/// How often it is noted that something still holds as it did, in milliseconds.
const AGAIN_AFTER_MS: i64 = 24 * 3600 * 1000;

/// Things an administrator should know about. One holds at most once for an integration, kind and subject.
pub struct Notices<'a> {
    pub(crate) tx: &'a mut Tx,
}

#[derive(FromRow)]
struct Row {
    notice_id: String,
    name: Option<String>,
    kind: String,
    subject: String,
    detail: String,
    first_seen_at: i64,
    last_seen_at: i64,
}

impl Row {
    /// `None`: a kind of a newer server.
    fn view(self) -> Result<Option<NoticeView>> {
        let Some(kind) = NoticeKind::parse(&self.kind) else { return Ok(None) };
        let detail: Value = serde_json::from_str(&self.detail)
            .map_err(|error| Error::corrupt("notice", "detail", &self.notice_id, error))?;
        Ok(Some(NoticeView {
            id: self.notice_id,
            integration: self.name,
            kind,
            urgency: kind.urgency(),
            subject: self.subject,
            text: sentence(kind, &detail),
            detail,
            first_seen_at: Timestamp::from_ms(self.first_seen_at),
            last_seen_at: Timestamp::from_ms(self.last_seen_at),
        }))
    }
}

fn open_key(integration: Option<&IntegrationId>, kind: NoticeKind, subject: &str) -> String {
    joined_key(&[integration.map_or("", IntegrationId::as_str), kind.code(), subject])
}

impl Notices<'_> {
    /// Says that something holds, again if it did already; whether it is new. What holds unchanged is written again once
    /// a day: whoever watches may say it as often as they look.
    ///
    /// # Errors
    /// The driver's.
    pub async fn raise(
        &mut self,
        integration: Option<&IntegrationId>,
        kind: NoticeKind,
        subject: &str,
        detail: &Value,
    ) -> Result<bool> {
        let (key, now, text) = (open_key(integration, kind, subject), self.tx.now().ms(), detail.to_string());
        let again = "update notice set detail = ?, last_seen_at = ? where open_key = ?";
        let held = "select detail, last_seen_at from notice where open_key = ?";
        if let Some((before, seen_at)) = fetch_optional!(self.tx, (String, i64), held, &key)? {
            if before != text || now.saturating_sub(seen_at) >= AGAIN_AFTER_MS {
                execute!(self.tx, again, &text, now, &key)?;
            }
            return Ok(false);
        }
        let id = self.tx.new_id();
        let sql = "insert into notice (notice_id, integration_id, kind, subject, detail, first_seen_at, \
                   last_seen_at, open_key) values (?, ?, ?, ?, ?, ?, ?, ?)";
        let of = integration.map(IntegrationId::as_str);
        match execute!(self.tx, sql, id, of, kind.code(), subject, &text, now, now, &key) {
            Ok(_) => Ok(true),
            // Another server was faster.
            Err(Error::Taken(_)) => execute!(self.tx, again, &text, now, &key).map(|_| false),
            Err(error) => Err(error),
        }
    }

    /// Says that something holds no longer; `subject` `None`: whatever of it. How many notices it was.
    ///
    /// # Errors
    /// The driver's.
    pub async fn resolve(
        &mut self,
        integration: Option<&IntegrationId>,
        kind: NoticeKind,
        subject: Option<&str>,
    ) -> Result<u64> {
        let now = self.tx.now().ms();
        match (subject, integration) {
            (Some(subject), _) => {
                let sql = "update notice set resolved_at = ?, open_key = null where open_key = ?";
                execute!(self.tx, sql, now, open_key(integration, kind, subject))
            }
            (None, Some(id)) => {
                let sql = "update notice set resolved_at = ?, open_key = null \
                           where open_key is not null and kind = ? and integration_id = ?";
                execute!(self.tx, sql, now, kind.code(), id.as_str())
            }
            (None, None) => {
                let sql = "update notice set resolved_at = ?, open_key = null \
                           where open_key is not null and kind = ? and integration_id is null";
                execute!(self.tx, sql, now, kind.code())
            }
        }
    }

    /// Says of one notice that it holds no longer; whether it did.
    ///
    /// # Errors
    /// The driver's.
    pub async fn close(&mut self, id: &str) -> Result<bool> {
        let now = self.tx.now().ms();
        let sql =
            "update notice set resolved_at = ?, open_key = null where notice_id = ? and open_key is not null";
        Ok(execute!(self.tx, sql, now, id)? > 0)
    }

    /// What holds, the newest first.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn open(&mut self) -> Result<Vec<NoticeView>> {
        let sql = "select n.notice_id, i.name, n.kind, n.subject, n.detail, n.first_seen_at, n.last_seen_at \
                   from notice n left join integration i on i.integration_id = n.integration_id \
                   where n.open_key is not null order by n.notice_id desc";
        let rows = fetch_all!(self.tx, Row, sql)?;
        rows.into_iter().filter_map(|row| row.view().transpose()).collect()
    }

    /// Removes those that were resolved before a moment; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, resolved_before: Timestamp) -> Result<u64> {
        let sql = "delete from notice where open_key is null and resolved_at < ?";
        execute!(self.tx, sql, resolved_before.ms())
    }
}
