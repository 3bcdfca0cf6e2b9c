use std::sync::{Mutex, PoisonError};

use domain::{
    integration::Integration, login_failure::LoginFailure, return_to::ReturnTo, secret::Secret,
    time::Timestamp,
};
use store::{HeldSecret, NewAttempt, text_key};

use super::LoginFailed;
use crate::{
    service::{
        ServiceError, client_keys,
        client_secrets::{notes::Notes, push},
    },
    session,
    state::Core,
};

/// How long a login may take at the provider, in minutes.
pub const ATTEMPT_MINUTES: i64 = 10;
/// How many logins of one browser may be under way.
const PER_BROWSER: u64 = 5;
/// How many logins may be under way in all.
const IN_ALL: u64 = 100_000;

/// A login that has begun.
#[derive(Debug)]
pub struct Begin {
    /// Where the browser goes.
    pub url: String,
    /// What binds the login to this browser.
    pub browser: Secret,
}

/// How many logins are under way, counted at most once a second: counting all at each start would itself be a burden.
#[derive(Default)]
pub(crate) struct AttemptGate(Mutex<Option<(Timestamp, u64)>>);

impl AttemptGate {
    fn recent(&self, now: Timestamp) -> Option<u64> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|(at, _)| (now.ms() - at.ms()).abs() < 1000).map(|(_, count)| count)
    }

    fn set(&self, now: Timestamp, count: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, count));
    }
}

/// Begins a login at the integration's provider. `browser` is the binding cookie this browser has, if any; `reference`
/// the request's id.
///
/// # Errors
/// [`LoginFailed`]: no such integration, disabled, its provider cannot be reached or used, too many logins.
pub async fn begin(
    core: &Core,
    name: &str,
    return_to: &ReturnTo,
    browser: Option<&str>,
    login_hint: Option<&str>,
    reference: &str,
) -> Result<Begin, LoginFailed> {
    let (integration, held) = find(core, name).await.map_err(|failed| failed.with(name))?;
    let blame = |mut failed: LoginFailed| {
        failed.blame = Some(integration.id.clone());
        failed.with(integration.name())
    };
    let redirect_uri = core.callback_url(integration.name());
    client_keys::provide(core, &integration.settings).await.map_err(|error| blame(error.into()))?;
    let notes = Notes { core, integration: &integration, reference };
    let begun = push::begin(notes, &integration, &held, &redirect_uri, login_hint).await;
    let begun = begun.map_err(|error| blame(error.into()))?;
    remember(core, &integration, begun, return_to, browser)
        .await
        .map_err(|failed| failed.with(integration.name()))
}

/// The integration with its secrets, which only a request that is pushed to the provider needs.
async fn find(core: &Core, name: &str) -> Result<(Integration, Vec<HeldSecret>), LoginFailed> {
    let mut tx = core.db.read().await?;
    // The name is part of the callback URL, which providers compare byte for byte.
    let found = tx.integrations().find(name).await?.filter(|integration| integration.name() == name);
    let integration = found.ok_or(LoginFailure::IntegrationUnknown)?;
    if !integration.enabled {
        return Err(LoginFailure::IntegrationDisabled.into());
    }
    let held = tx.client_secrets().open(&integration.id).await?;
    Ok((integration, held))
}

async fn remember(
    core: &Core,
    integration: &Integration,
    begun: oidc::Begun,
    return_to: &ReturnTo,
    browser: Option<&str>,
) -> Result<Begin, LoginFailed> {
    let now = core.now();
    let fresh = || session::new_value().map(|(value, _)| value);
    let fresh = || fresh().map_err(|error| ServiceError::Internal(error.to_string().into()));
    let mut tx = core.db.begin().await?;
    let live = match core.attempts.recent(now) {
        Some(count) => count,
        None => {
            let count = tx.login_attempts().count_live(now).await?;
            core.attempts.set(now, count);
            count
        }
    };
    if live >= IN_ALL {
        return Err(LoginFailure::TooManyLogins.into());
    }
    let mut browser = match browser.filter(|value| session::hash_of(value).is_some()) {
        Some(value) => Secret::new(value),
        None => fresh()?,
    };
    let under_way = tx.login_attempts().count_live_for_browser(&text_key(browser.expose()), now).await?;
    if under_way >= PER_BROWSER {
        // A new binding: the older logins of this browser can no longer be completed, the person goes on.
        browser = fresh()?;
    }
    let attempt = NewAttempt {
        state_hash: text_key(begun.state.expose()),
        browser_hash: text_key(browser.expose()),
        integration_id: integration.id.clone(),
        issuer: begun.issuer,
        nonce: begun.nonce,
        pkce_verifier: begun.pkce_verifier,
        return_to: return_to.as_str().to_owned(),
        expires_at: now.plus_minutes(ATTEMPT_MINUTES),
    };
    tx.login_attempts().insert(&attempt).await?;
    tx.commit().await?;
    Ok(Begin { url: begun.url, browser })
}
