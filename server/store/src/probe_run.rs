use domain::{
    id::{IntegrationId, UserId},
    integration::IntegrationSettings,
    probe::{ProbeReport, SignInTest},
    secret::Secret,
    time::Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::{Aad, Sealed},
    error::{Error, Result},
    sql::{execute, fetch_optional},
};

/// Runs of the probe: short-lived, so that whichever server the next request reaches knows them. A sign-in that is
/// tried belongs to its run and is consumed exactly once, like any other login.
pub struct ProbeRuns<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// What is probed.
#[derive(Debug, Clone)]
pub enum NewProbe {
    /// A stored integration, with its stored secret.
    Stored(IntegrationId),
    /// Settings that nobody has stored, with the secret that was typed.
    Draft(Box<IntegrationSettings>, Option<Secret>),
}

/// A run.
#[derive(Debug, Clone)]
pub struct ProbeRun {
    /// Its identifier.
    pub id: String,
    /// The stored integration; `None`: a draft.
    pub integration_id: Option<IntegrationId>,
    /// The draft's settings.
    pub settings: Option<IntegrationSettings>,
    /// The draft's secret.
    pub secret: Option<Secret>,
    /// Who began it: nobody else sees it.
    pub user_id: UserId,
    /// The steps so far.
    pub steps: Vec<ProbeReport>,
    /// Whether all steps are done.
    pub finished: bool,
    /// Grows with every change.
    pub stage: i64,
    /// The sign-in that was tried.
    pub sign_in: SignInTest,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// A sign-in that leaves for the provider.
#[derive(Debug, Clone)]
pub struct ProbeAttempt {
    /// Hex SHA-256 of the `state` parameter.
    pub state_hash: String,
    /// Hex SHA-256 of the cookie that binds it to a browser.
    pub browser_hash: String,
    /// Who was asked.
    pub issuer: String,
    /// The `nonce` parameter.
    pub nonce: Secret,
    /// The PKCE verifier.
    pub pkce_verifier: Secret,
}

#[derive(FromRow)]
struct Row {
    probe_run_id: String,
    integration_id: Option<String>,
    settings: Option<String>,
    secret: Option<String>,
    user_id: String,
    steps: String,
    finished_at: Option<i64>,
    stage: i64,
    state_hash: Option<String>,
    outcome: Option<String>,
    expires_at: i64,
}

#[derive(FromRow)]
struct AttemptRow {
    probe_run_id: String,
    state_hash: String,
    browser_hash: String,
    issuer: String,
    nonce: String,
    pkce_verifier: String,
}

const TABLE: &str = "probe_run";

fn aad<'a>(id: &'a str, column: &'static str) -> Aad<'a> {
    Aad { table: TABLE, row: id, column }
}

fn write(value: &impl Serialize, column: &'static str, id: &str) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::corrupt(TABLE, column, id, error))
}

fn parse<T: DeserializeOwned>(text: &str, column: &'static str, id: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(TABLE, column, id, error))
}

impl ProbeRuns<'_> {
    /// Begins a run; its identifier.
    ///
    /// # Errors
    /// [`Error::Missing`] when integration or user were deleted meanwhile; the driver's.
    pub async fn insert(&mut self, new: &NewProbe, user: &UserId, expires_at: Timestamp) -> Result<String> {
        let (id, now) = (self.tx.new_id(), self.tx.now().ms());
        let (integration, settings, secret) = match new {
            NewProbe::Stored(integration) => (Some(integration.as_str()), None, None),
            NewProbe::Draft(settings, secret) => {
                let sealed = secret.as_ref().map(|secret| self.tx.keys().seal(secret, &aad(&id, "secret")));
                (None, Some(write(settings, "settings", &id)?), sealed)
            }
        };
        execute!(
            self.tx,
            "insert into probe_run (probe_run_id, integration_id, settings, secret, user_id, steps, stage, created_at, \
             expires_at) values (?, ?, ?, ?, ?, '[]', 1, ?, ?)",
            &id,
            integration,
            settings,
            secret.as_ref().map(Sealed::as_str),
            user.as_str(),
            now,
            expires_at.ms(),
        )?;
        Ok(id)
    }

    /// A run of this user, in time.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Key`], the driver's.
    pub async fn find(&mut self, id: &str, user: &UserId, now: Timestamp) -> Result<Option<ProbeRun>> {
        let sql = "select probe_run_id, integration_id, settings, secret, user_id, steps, finished_at, stage, state_hash, \
                   outcome, expires_at from probe_run where probe_run_id = ? and user_id = ? and expires_at > ?";
        let Some(row) = fetch_optional!(self.tx, Row, sql, id, user.as_str(), now.ms())? else {
            return Ok(None);
        };
        let keys = self.tx.keys();
        let id = &row.probe_run_id;
        let open = |value: Option<String>, column| {
            value.map(|value| keys.open(&Sealed::new(value), &aad(id, column))).transpose()
        };
        let sign_in = match open(row.outcome, "outcome")? {
            Some(outcome) => parse(outcome.expose(), "outcome", id)?,
            None if row.state_hash.is_some() => SignInTest::Waiting,
            None => SignInTest::NotBegun,
        };
        Ok(Some(ProbeRun {
            secret: open(row.secret, "secret")?,
            settings: row.settings.map(|text| parse(&text, "settings", id)).transpose()?,
            steps: parse(&row.steps, "steps", id)?,
            integration_id: row.integration_id.map(Into::into),
            user_id: row.user_id.into(),
            finished: row.finished_at.is_some(),
            stage: row.stage,
            sign_in,
            expires_at: Timestamp::from_ms(row.expires_at),
            id: row.probe_run_id,
        }))
    }

    /// Keeps the steps so far.
    ///
    /// # Errors
    /// The driver's.
    pub async fn set_steps(&mut self, id: &str, steps: &[ProbeReport], finished: bool) -> Result<()> {
        let text = write(&steps, "steps", id)?;
        let finished_at = finished.then(|| self.tx.now().ms());
        let sql = "update probe_run set steps = ?, finished_at = ?, stage = stage + 1 where probe_run_id = ?";
        execute!(self.tx, sql, text, finished_at, id)?;
        Ok(())
    }

    /// Begins a sign-in in place of any before it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn begin_sign_in(&mut self, id: &str, attempt: &ProbeAttempt) -> Result<()> {
        let nonce = self.tx.keys().seal(&attempt.nonce, &aad(id, "nonce"));
        let verifier = self.tx.keys().seal(&attempt.pkce_verifier, &aad(id, "pkce_verifier"));
        execute!(
            self.tx,
            "update probe_run set state_hash = ?, browser_hash = ?, issuer = ?, nonce = ?, pkce_verifier = ?, \
             consumed_at = null, outcome = null, stage = stage + 1 where probe_run_id = ?",
            &attempt.state_hash,
            &attempt.browser_hash,
            &attempt.issuer,
            nonce.as_str(),
            verifier.as_str(),
            id,
        )?;
        Ok(())
    }

    /// Takes the sign-in of this `state`, by the user who began it and in time; `None` when there is none or it was
    /// taken before. Of any number of callers at once exactly one gets it, once the transaction commits.
    ///
    /// # Errors
    /// [`Error::Key`], the driver's.
    pub async fn consume(
        &mut self,
        state_hash: &str,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Option<(String, ProbeAttempt)>> {
        let sql = "update probe_run set consumed_at = ? where state_hash = ? and user_id = ? and expires_at > ? \
                   and consumed_at is null";
        if execute!(self.tx, sql, now.ms(), state_hash, user.as_str(), now.ms())? != 1 {
            return Ok(None);
        }
        let sql = "select probe_run_id, state_hash, browser_hash, issuer, nonce, pkce_verifier from probe_run \
                   where state_hash = ?";
        let Some(row) = fetch_optional!(self.tx, AttemptRow, sql, state_hash)? else {
            return Ok(None);
        };
        let keys = self.tx.keys();
        let id = row.probe_run_id;
        let attempt = ProbeAttempt {
            nonce: keys.open(&Sealed::new(row.nonce), &aad(&id, "nonce"))?,
            pkce_verifier: keys.open(&Sealed::new(row.pkce_verifier), &aad(&id, "pkce_verifier"))?,
            state_hash: row.state_hash,
            browser_hash: row.browser_hash,
            issuer: row.issuer,
        };
        Ok(Some((id, attempt)))
    }

    /// Whose run this `state` belongs to, however old; `None`: nobody's.
    ///
    /// # Errors
    /// The driver's.
    pub async fn owner_of_state(&mut self, state_hash: &str) -> Result<Option<UserId>> {
        let sql = "select user_id from probe_run where state_hash = ?";
        Ok(fetch_optional!(self.tx, (String,), sql, state_hash)?.map(|(user,)| user.into()))
    }

    /// Keeps what came of the sign-in, sealed, unless another one was begun meanwhile.
    ///
    /// # Errors
    /// The driver's.
    pub async fn finish_sign_in(&mut self, id: &str, state_hash: &str, outcome: &SignInTest) -> Result<()> {
        let text = Secret::new(write(outcome, "outcome", id)?);
        let sealed = self.tx.keys().seal(&text, &aad(id, "outcome"));
        let sql =
            "update probe_run set outcome = ?, stage = stage + 1 where probe_run_id = ? and state_hash = ?";
        execute!(self.tx, sql, sealed.as_str(), id, state_hash)?;
        Ok(())
    }

    /// Removes those whose time is over; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.tx, "delete from probe_run where expires_at <= ?", now.ms())
    }
}
