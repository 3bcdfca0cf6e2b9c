use domain::{
    id::{IntegrationId, LoginAttemptId},
    secret::Secret,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::{Aad, Sealed},
    error::Result,
    sql::{count, execute, fetch_optional},
};

/// Logins between leaving for the provider and coming back. Each is a row of its own and is consumed exactly
/// once, in its own transaction, before the code is exchanged: no failure later in the login makes it usable
/// again.
pub struct LoginAttempts<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A login that leaves for the provider.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    /// Hex SHA-256 of the `state` parameter.
    pub state_hash: String,
    /// Hex SHA-256 of the cookie that binds the attempt to a browser.
    pub browser_hash: String,
    /// With which integration.
    pub integration_id: IntegrationId,
    /// The issuer at this moment: the answer must come from it.
    pub issuer: String,
    /// The `nonce` parameter.
    pub nonce: Secret,
    /// The PKCE verifier.
    pub pkce_verifier: Secret,
    /// Where to go afterwards.
    pub return_to: String,
    /// When it is too late to come back.
    pub expires_at: Timestamp,
}

/// A login that came back.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its identifier.
    pub id: LoginAttemptId,
    /// Hex SHA-256 of the cookie that binds the attempt to a browser.
    pub browser_hash: String,
    /// With which integration.
    pub integration_id: IntegrationId,
    /// The issuer when the login began.
    pub issuer: String,
    /// The `nonce` parameter.
    pub nonce: Secret,
    /// The PKCE verifier.
    pub pkce_verifier: Secret,
    /// Where to go afterwards.
    pub return_to: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was too late to come back; the caller compares.
    pub expires_at: Timestamp,
}

/// What is known of a `state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptState {
    /// There is none, or it was purged.
    Unknown,
    /// An answer has come.
    Consumed,
    /// No answer has come yet, in time or not.
    Live,
}

#[derive(FromRow)]
struct Row {
    login_attempt_id: String,
    browser_hash: String,
    integration_id: String,
    issuer: String,
    nonce: String,
    pkce_verifier: String,
    return_to: String,
    created_at: i64,
    expires_at: i64,
}

fn aad<'a>(id: &'a str, column: &'static str) -> Aad<'a> {
    Aad { table: "login_attempt", row: id, column }
}

impl LoginAttempts<'_> {
    /// Begins one. Nonce and verifier are sealed.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when the integration was deleted meanwhile; the driver's.
    pub async fn insert(&mut self, new: &NewAttempt) -> Result<LoginAttemptId> {
        let (id, now) = (self.tx.new_id(), self.tx.now().ms());
        let nonce = self.tx.keys().seal(&new.nonce, &aad(&id, "nonce"));
        let verifier = self.tx.keys().seal(&new.pkce_verifier, &aad(&id, "pkce_verifier"));
        execute!(
            self.tx,
            "insert into login_attempt (login_attempt_id, state_hash, browser_hash, integration_id, issuer, nonce, \
             pkce_verifier, return_to, created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &id,
            &new.state_hash,
            &new.browser_hash,
            new.integration_id.as_str(),
            &new.issuer,
            nonce.as_str(),
            verifier.as_str(),
            &new.return_to,
            now,
            new.expires_at.ms(),
        )?;
        Ok(id.into())
    }

    /// How many logins of this browser are under way.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_live_for_browser(&mut self, browser_hash: &str, now: Timestamp) -> Result<u64> {
        let sql = "select count(*) from login_attempt where browser_hash = ? and expires_at > ? and consumed_at is null";
        count!(self.tx, sql, browser_hash, now.ms())
    }

    /// How many logins are under way.
    ///
    /// # Errors
    /// The driver's.
    pub async fn count_live(&mut self, now: Timestamp) -> Result<u64> {
        count!(
            self.tx,
            "select count(*) from login_attempt where expires_at > ? and consumed_at is null",
            now.ms()
        )
    }

    /// Takes the attempt of this `state`; `None` when there is none or it was taken before. Of any number of
    /// callers at once exactly one gets it, once the transaction commits. An attempt that came too late is
    /// taken all the same: the caller compares `expires_at`.
    ///
    /// # Errors
    /// [`crate::Error::Key`], the driver's.
    pub async fn consume(&mut self, state_hash: &str, now: Timestamp) -> Result<Option<Attempt>> {
        let sql = "update login_attempt set consumed_at = ? where state_hash = ? and consumed_at is null";
        if execute!(self.tx, sql, now.ms(), state_hash)? != 1 {
            return Ok(None);
        }
        let sql = "select login_attempt_id, browser_hash, integration_id, issuer, nonce, pkce_verifier, return_to, \
                   created_at, expires_at from login_attempt where state_hash = ?";
        let Some(row) = fetch_optional!(self.tx, Row, sql, state_hash)? else {
            return Ok(None);
        };
        let keys = self.tx.keys();
        let id = &row.login_attempt_id;
        Ok(Some(Attempt {
            nonce: keys.open(&Sealed::new(row.nonce), &aad(id, "nonce"))?,
            pkce_verifier: keys.open(&Sealed::new(row.pkce_verifier), &aad(id, "pkce_verifier"))?,
            id: row.login_attempt_id.into(),
            browser_hash: row.browser_hash,
            integration_id: row.integration_id.into(),
            issuer: row.issuer,
            return_to: row.return_to,
            created_at: Timestamp::from_ms(row.created_at),
            expires_at: Timestamp::from_ms(row.expires_at),
        }))
    }

    /// The attempt of this `state` that no answer has come to, with its integration and its end. It stays as it is.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find_waiting(
        &mut self,
        state_hash: &str,
    ) -> Result<Option<(LoginAttemptId, IntegrationId, Timestamp)>> {
        let sql = "select login_attempt_id, integration_id, expires_at from login_attempt \
                   where state_hash = ? and consumed_at is null";
        let row = fetch_optional!(self.tx, (String, String, i64), sql, state_hash)?;
        Ok(row.map(|(id, integration, end)| (id.into(), integration.into(), Timestamp::from_ms(end))))
    }

    /// Hex SHA-256 of the cookie that binds the attempt of this `state` to a browser; consumed or not.
    ///
    /// # Errors
    /// The driver's.
    pub async fn binding(&mut self, state_hash: &str) -> Result<Option<String>> {
        let sql = "select browser_hash from login_attempt where state_hash = ?";
        Ok(fetch_optional!(self.tx, (String,), sql, state_hash)?.map(|(hash,)| hash))
    }

    /// What is known of this `state`: whether an answer without an attempt is foreign or came before.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find_state(&mut self, state_hash: &str) -> Result<AttemptState> {
        let sql = "select consumed_at from login_attempt where state_hash = ?";
        Ok(match fetch_optional!(self.tx, (Option<i64>,), sql, state_hash)? {
            None => AttemptState::Unknown,
            Some((Some(_),)) => AttemptState::Consumed,
            Some((None,)) => AttemptState::Live,
        })
    }

    /// Removes attempts whose time is over; how many they were.
    ///
    /// # Errors
    /// The driver's.
    pub async fn purge(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.tx, "delete from login_attempt where expires_at <= ?", now.ms())
    }
}
