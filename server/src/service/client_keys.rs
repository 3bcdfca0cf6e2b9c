//! This server's own key pair: made when it is first needed, published at `/.well-known/jwks.json`, used by
//! integrations whose client authentication is `private_key_jwt`.

use std::sync::Arc;

use domain::{
    access::{Caller, Permission},
    audit::AuditKind,
    integration::{ClientAuthMethod, IntegrationSettings},
    problem::ProblemCode,
    secret::Secret,
    time::Timestamp,
};
use oidc::ClientKey;
use serde_json::{Value, json};
use store::{ClientKeyRow, NewClientKey};

use super::{ServiceError, audit};
use crate::state::Core;

/// For how long providers may keep the published set, in seconds.
pub const CACHED_SECONDS: i64 = 300;
/// How long a new key is published before it signs, in minutes: longer than a set is kept.
pub const PUBLISHED_BEFORE_MINUTES: i64 = 10;
/// How long an old key is published after it signed last, in hours.
pub const PUBLISHED_AFTER_HOURS: i64 = 24;

/// A new key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Its name in the published set.
    pub kid: String,
    /// From when on it signs.
    pub activated_at: Timestamp,
    /// Until when older keys are published; `None`: there is no older one.
    pub retires_at: Option<Timestamp>,
}

/// The published key set (RFC 7517 section 5): public halves only.
///
/// # Errors
/// The database.
pub async fn jwks(core: &Core) -> Result<Value, ServiceError> {
    let now = core.now();
    let keys: Vec<Value> = known(core)
        .await?
        .into_iter()
        .filter(|key| key.retired_at.is_none_or(|at| at > now))
        .map(|key| key.public_jwk)
        .collect();
    Ok(json!({ "keys": keys }))
}

/// Makes a new key. It is published at once and signs ten minutes later; the old one signs until then and stays
/// published for a day.
///
/// # Errors
/// Not allowed; another server makes one at this moment; the database.
pub async fn rotate(core: &Core, caller: &Caller) -> Result<Rotated, ServiceError> {
    caller.require(Permission::ManageSettings)?;
    let now = core.now();
    let mut tx = core.db.begin().await?;
    let newest = tx.client_keys().list().await?.into_iter().next();
    let (pair, private_key) = generate()?;
    let activated_at = if newest.is_some() { now.plus_minutes(PUBLISHED_BEFORE_MINUTES) } else { now };
    let generation = newest.as_ref().map_or(0, |key| key.generation);
    let new = new_key(&pair, private_key, activated_at);
    tx.client_keys().insert(generation + 1, &new).await.map_err(|error| match error {
        store::Error::Taken(_) => ServiceError::Refused(ProblemCode::Stale),
        other => other.into(),
    })?;
    let retires_at = newest.map(|_| activated_at.plus_hours(PUBLISHED_AFTER_HOURS));
    if let Some(at) = retires_at {
        tx.client_keys().retire_up_to(generation, at).await?;
    }
    tx.client_keys().purge(now).await?;
    let detail = json!({"kid": new.kid, "algorithm": new.algorithm, "activatedAt": activated_at});
    let event = audit::event(caller, AuditKind::ClientKeyRotated, Some("client_key".to_owned()), detail);
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(Rotated { kid: new.kid, activated_at, retires_at })
}

/// Gives the engine the key that signs now, when an integration of these settings needs one.
///
/// # Errors
/// The key does not open or cannot be read; the database.
pub(super) async fn provide(core: &Core, settings: &IntegrationSettings) -> Result<(), ServiceError> {
    if settings.client_auth_method != ClientAuthMethod::PrivateKeyJwt {
        return Ok(());
    }
    let now = core.now();
    let keys = known(core).await?;
    // The newest that providers have had the time to read; a clock that went back finds the oldest.
    let signing = keys.iter().find(|key| key.activated_at <= now).or(keys.last());
    let signing = signing.ok_or_else(|| ServiceError::Internal("there is no client key".into()))?;
    let private_key = core.db.read().await?.client_keys().private_key(signing).await?;
    let pair = ClientKey::read(&private_key).map_err(|error| ServiceError::Internal(error.into()))?;
    core.engine.use_client_key(Arc::new(pair));
    Ok(())
}

/// Every key, the newest first; the first one is made here. Of several servers that find none at once one makes it: the
/// others run into its number.
async fn known(core: &Core) -> Result<Vec<ClientKeyRow>, ServiceError> {
    let keys = core.db.read().await?.client_keys().list().await?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    let (pair, private_key) = generate()?;
    let new = new_key(&pair, private_key, core.now());
    let mut tx = core.db.begin().await?;
    match tx.client_keys().insert(1, &new).await {
        Ok(()) => {
            let host = Caller::host(core.db.new_id());
            let detail = json!({"kid": new.kid, "algorithm": new.algorithm});
            let event = audit::event(&host, AuditKind::ClientKeyMade, Some("client_key".to_owned()), detail);
            tx.audit_events().append(&event).await?;
            tx.commit().await?;
        }
        Err(store::Error::Taken(_)) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    Ok(core.db.read().await?.client_keys().list().await?)
}

fn generate() -> Result<(ClientKey, Secret), ServiceError> {
    ClientKey::generate().map_err(|error| ServiceError::Internal(error.into()))
}

fn new_key(pair: &ClientKey, private_key: Secret, activated_at: Timestamp) -> NewClientKey {
    NewClientKey {
        algorithm: ClientKey::ALGORITHM.to_owned(),
        kid: pair.kid().to_owned(),
        public_jwk: pair.public_jwk(),
        private_key,
        activated_at,
    }
}
