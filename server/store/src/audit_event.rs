use domain::{
    api::{AuditFilter, Page, PageQuery},
    audit::{AuditEvent, AuditKind, NewAuditEvent, Outcome},
    id::AuditEventId,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::Keys,
    error::{Error, Result},
    key::{hex, text_key},
    page::{List, map_page},
    sql::{Filter, execute, fetch_optional},
    tx::Open,
};

/// The record of what was done or refused: a chain in which each event holds the hash of the one before, and
/// whose end is sealed with the key. Events are only added.
///
/// Append last in a transaction: on `MySQL` it locks the end of the chain until the commit, and other writers
/// wait.
pub struct AuditEvents<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// The purpose of the head's MAC.
pub(crate) const HEAD_LABEL: &str = "audit head";
/// What the first event has for the hash before it.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The end of the chain.
#[derive(FromRow)]
pub(crate) struct Head {
    pub(crate) number: i64,
    pub(crate) hash: String,
    pub(crate) mac: String,
}

impl Head {
    /// What the MAC covers.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.number.to_be_bytes(), self.hash.as_bytes()].concat()
    }

    pub(crate) fn is_genuine(&self, keys: &Keys) -> bool {
        keys.is_tag(&self.mac, HEAD_LABEL, &self.bytes())
    }
}

/// An event as the database holds it.
#[derive(FromRow)]
pub(crate) struct Row {
    pub(crate) audit_event_id: String,
    pub(crate) number: i64,
    pub(crate) happened_at: i64,
    pub(crate) kind: String,
    pub(crate) outcome: String,
    pub(crate) actor: String,
    pub(crate) actor_key: String,
    pub(crate) actor_id: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) target_key: Option<String>,
    pub(crate) integration: Option<String>,
    pub(crate) integration_key: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) reference: String,
    pub(crate) detail: String,
    pub(crate) previous_hash: String,
    pub(crate) hash: String,
}

macro_rules! columns {
    () => {
        "audit_event_id, number, happened_at, kind, outcome, actor, actor_key, actor_id, target, target_key, \
         integration, integration_key, code, address, reference, detail, previous_hash, hash"
    };
}
pub(crate) use columns;

impl Row {
    /// The hash this event has after that one. Every field is hashed with its length, and one that is null
    /// otherwise than one that is empty. The number is not in it: its place is what the hash before says.
    pub(crate) fn hash_after(&self, previous: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"latchkey audit event 1");
        hasher.update(self.happened_at.to_be_bytes());
        let fields = [
            Some(previous),
            Some(&self.audit_event_id),
            Some(&self.kind),
            Some(&self.outcome),
            Some(&self.actor),
            self.actor_id.as_deref(),
            self.target.as_deref(),
            self.integration.as_deref(),
            self.code.as_deref(),
            self.address.as_deref(),
            Some(&self.reference),
            Some(&self.detail),
        ];
        for field in fields {
            match field {
                None => hasher.update([0]),
                Some(text) => {
                    hasher.update([1]);
                    hasher.update((text.len() as u64).to_be_bytes());
                    hasher.update(text.as_bytes());
                }
            }
        }
        hex(&hasher.finalize())
    }

    fn event(self) -> Result<AuditEvent> {
        let corrupt =
            |column, error: &str| Error::corrupt("audit_event", column, &self.audit_event_id, error);
        let kind = AuditKind::parse(&self.kind).ok_or_else(|| corrupt("kind", "not a known kind"))?;
        let outcome = match self.outcome.as_str() {
            SUCCESS => Outcome::Success,
            FAILURE => Outcome::Failure,
            _ => return Err(corrupt("outcome", "neither success nor failure")),
        };
        let detail =
            serde_json::from_str(&self.detail).map_err(|error| corrupt("detail", &error.to_string()))?;
        Ok(AuditEvent {
            id: AuditEventId::new(self.audit_event_id),
            number: self.number,
            at: Timestamp::from_ms(self.happened_at),
            kind,
            risk: kind.risk(),
            outcome,
            actor: self.actor,
            actor_id: self.actor_id,
            target: self.target,
            integration: self.integration,
            code: self.code,
            address: self.address,
            reference: self.reference,
            detail,
        })
    }
}

const SUCCESS: &str = "success";
const FAILURE: &str = "failure";

const fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => SUCCESS,
        Outcome::Failure => FAILURE,
    }
}

impl AuditEvents<'_> {
    /// Reads the end of the chain and keeps other writers from it until the transaction ends.
    pub(crate) async fn lock_head(&mut self) -> Result<Head> {
        // A write transaction of SQLite is alone already.
        let sql = match self.tx.open {
            Open::Sqlite(_) => "select number, hash, mac from audit_head where audit_head_id = 1",
            Open::MySql(_) => "select number, hash, mac from audit_head where audit_head_id = 1 for update",
        };
        let corrupt = || Error::corrupt("audit_head", "audit_head_id", "1", "the row is gone");
        fetch_optional!(self.tx, Head, sql)?.ok_or_else(corrupt)
    }

    /// Adds an event to the chain: three statements.
    ///
    /// # Errors
    /// The driver's.
    pub async fn append(&mut self, new: &NewAuditEvent) -> Result<AuditEvent> {
        let head = self.lock_head().await?;
        let mut row = Row {
            audit_event_id: self.tx.new_id(),
            number: head.number + 1,
            happened_at: self.tx.now().ms(),
            kind: new.kind.code().to_owned(),
            outcome: outcome_text(new.outcome).to_owned(),
            actor_key: text_key(&new.actor),
            actor: new.actor.clone(),
            actor_id: new.actor_id.clone(),
            target_key: new.target.as_deref().map(text_key),
            target: new.target.clone(),
            integration_key: new.integration.as_deref().map(text_key),
            integration: new.integration.clone(),
            code: new.code.clone(),
            address: new.address.clone(),
            reference: new.reference.clone(),
            detail: new.detail.to_string(),
            previous_hash: head.hash.clone(),
            hash: String::new(),
        };
        row.hash = row.hash_after(&head.hash);
        execute!(
            self.tx,
            concat!(
                "insert into audit_event (",
                columns!(),
                ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            ),
            &row.audit_event_id,
            row.number,
            row.happened_at,
            &row.kind,
            &row.outcome,
            &row.actor,
            &row.actor_key,
            row.actor_id.as_deref(),
            row.target.as_deref(),
            row.target_key.as_deref(),
            row.integration.as_deref(),
            row.integration_key.as_deref(),
            row.code.as_deref(),
            row.address.as_deref(),
            &row.reference,
            &row.detail,
            &row.previous_hash,
            &row.hash,
        )?;
        let next = Head { number: row.number, hash: row.hash.clone(), mac: String::new() };
        // A genuine MAC over a forged end would hide the forgery: the end stays without one, for `verify` to
        // find.
        let mac = if head.is_genuine(self.tx.keys()) {
            self.tx.keys().tag(HEAD_LABEL, &next.bytes())
        } else {
            "forged".to_owned()
        };
        let sql = "update audit_head set number = ?, hash = ?, mac = ? where audit_head_id = 1";
        execute!(self.tx, sql, next.number, &next.hash, mac)?;
        row.event()
    }

    /// Events, newest first.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Corrupt`], the driver's.
    pub async fn search(&mut self, filter: &AuditFilter, query: &PageQuery) -> Result<Page<AuditEvent>> {
        let mut conditions = Filter::default();
        if let Some(actor) = &filter.actor {
            conditions.and("actor_key = ?", [text_key(actor).into()]);
        }
        if let Some(kind) = &filter.kind {
            conditions.and("kind = ?", [kind.as_str().into()]);
        }
        if let Some(outcome) = filter.outcome {
            conditions.and("outcome = ?", [outcome_text(outcome).into()]);
        }
        if let Some(integration) = &filter.integration {
            conditions.and("integration_key = ?", [text_key(integration).into()]);
        }
        if let Some(target) = &filter.target {
            conditions.and("target_key = ?", [text_key(target).into()]);
        }
        if let Some(reference) = &filter.reference {
            conditions.and("reference = ?", [reference.as_str().into()]);
        }
        if let Some(from) = filter.from {
            conditions.and("happened_at >= ?", [from.ms().into()]);
        }
        if let Some(until) = filter.until {
            conditions.and("happened_at < ?", [until.ms().into()]);
        }
        let list = List {
            columns: columns!(),
            from: "audit_event",
            at: "number",
            id: "audit_event_id",
            newest_first: true,
        };
        let page =
            list.page::<Row>(self.tx, conditions, query, |row| (row.number, &row.audit_event_id)).await?;
        map_page(page, Row::event)
    }

    /// By identifier.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, id: &AuditEventId) -> Result<Option<AuditEvent>> {
        let sql = concat!("select ", columns!(), " from audit_event where audit_event_id = ?");
        fetch_optional!(self.tx, Row, sql, id.as_str())?.map(Row::event).transpose()
    }
}
