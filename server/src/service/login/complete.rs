use domain::{
    audit::{AuditKind, NewAuditEvent, Outcome},
    integration::{Integration, ResponseMode},
    login_failure::LoginFailure,
    return_to::ReturnTo,
    secret::Secret,
};
use oidc::AttemptSecrets;
use serde_json::json;
use store::{Attempt, AttemptState, HeldSecret, Tx, UniqueKey, text_key};
use subtle::ConstantTimeEq as _;

use super::{LoginFailed, SignedIn, Visitor, start_session};
use crate::{
    service::{client_keys, client_secrets::exchange::Exchange, live_groups, provisioning},
    state::Core,
};

/// How often the last transaction is tried when another login of the same person came in between.
const TRIES: usize = 3;

/// What the browser brought back.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// The integration's name, as it stands in the callback's path.
    pub name: &'a str,
    /// The query, undecoded, or what was posted in its place.
    pub query: &'a str,
    /// Which of the two.
    pub mode: ResponseMode,
    /// The binding cookie.
    pub browser: Option<&'a str>,
}

/// Completes a login: uses the attempt up, asks the provider, then makes user, roles, session and record in one
/// transaction. No transaction is open while the provider is asked.
///
/// # Errors
/// [`LoginFailed`]; the attempt is used up whenever it was found and the browser is the one that began it.
pub async fn complete(
    core: &Core,
    callback: Callback<'_>,
    visitor: &Visitor,
) -> Result<SignedIn, LoginFailed> {
    let parsed = match oidc::Callback::parse(callback.query) {
        Ok(parsed) => parsed,
        Err(error) => {
            if let Some(state) = error.state() {
                let mut tx = core.db.begin().await?;
                let state_hash = text_key(state);
                if not_own(&mut tx, &state_hash, callback.browser).await?.is_none() {
                    tx.login_attempts().consume(&state_hash, core.now()).await?;
                    tx.commit().await?;
                }
            }
            let failed = LoginFailed { cause: Some(error.to_string()), ..LoginFailed::of(error.failure()) };
            return Err(failed.with(callback.name));
        }
    };
    let (attempt, integration, held) =
        take(core, &callback, &parsed.state).await.map_err(|f| f.with(callback.name))?;
    let done = finish(core, &parsed, attempt, &integration, &held, visitor).await;
    done.map_err(|mut failed| {
        failed.blame = Some(integration.id.clone());
        failed.with(integration.name())
    })
}

/// Why the attempt is not this browser's, if it is not; nothing when there is no attempt. Whoever has only seen the
/// `state` must not be able to end somebody else's login, so this is looked at before the attempt is used up.
async fn not_own(
    tx: &mut Tx,
    state_hash: &str,
    browser: Option<&str>,
) -> Result<Option<&'static str>, LoginFailed> {
    let Some(binding) = tx.login_attempts().binding(state_hash).await? else { return Ok(None) };
    let Some(browser) = browser.map(text_key) else { return Ok(Some("the browser has no binding cookie")) };
    let own = bool::from(browser.as_bytes().ct_eq(binding.as_bytes()));
    Ok((!own).then_some("the login was begun in another browser"))
}

/// Uses the attempt up, before anything goes to the provider, and checks that it is this browser's and this path's.
async fn take(
    core: &Core,
    callback: &Callback<'_>,
    state: &str,
) -> Result<(Attempt, Integration, Vec<HeldSecret>), LoginFailed> {
    let now = core.now();
    let state_hash = text_key(state);
    let mismatch =
        |why: &str| LoginFailed { cause: Some(why.to_owned()), ..LoginFailure::StateMismatch.into() };
    let mut tx = core.db.begin().await?;
    if let Some(why) = not_own(&mut tx, &state_hash, callback.browser).await? {
        return Err(mismatch(why));
    }
    let Some(attempt) = tx.login_attempts().consume(&state_hash, now).await? else {
        let failure = match tx.login_attempts().find_state(&state_hash).await? {
            AttemptState::Unknown => LoginFailure::StateMismatch,
            AttemptState::Consumed | AttemptState::Live => LoginFailure::AlreadyUsed,
        };
        return Err(failure.into());
    };
    let integration = tx.integrations().find_by_id(&attempt.integration_id).await?;
    let held = match &integration {
        Some(integration) => tx.client_secrets().open(&integration.id).await?,
        None => Vec::new(),
    };
    // Whatever is wrong below, the attempt is used up.
    tx.commit().await?;
    let integration = integration.ok_or(LoginFailure::IntegrationUnknown)?;
    if integration.name() != callback.name {
        return Err(mismatch("the login was begun with another integration"));
    }
    if attempt.expires_at <= now {
        return Err(LoginFailure::LoginExpired.into());
    }
    if !integration.enabled {
        return Err(LoginFailure::IntegrationDisabled.into());
    }
    if integration.settings.response_mode != callback.mode {
        let cause = Some("the answer came another way than the integration's settings say".to_owned());
        return Err(LoginFailed { cause, ..LoginFailure::CallbackInvalid.into() });
    }
    if integration.settings.identity_issuer() != attempt.issuer {
        let cause = Some("the integration's issuer was changed since the login began".to_owned());
        return Err(LoginFailed { cause, ..LoginFailure::IssuerMismatch.into() });
    }
    Ok((attempt, integration, held))
}

async fn finish(
    core: &Core,
    callback: &oidc::Callback,
    attempt: Attempt,
    integration: &Integration,
    held: &[HeldSecret],
    visitor: &Visitor,
) -> Result<SignedIn, LoginFailed> {
    let secrets = AttemptSecrets {
        nonce: attempt.nonce,
        pkce_verifier: attempt.pkce_verifier,
        issuer: attempt.issuer,
        redirect_uri: core.callback_url(integration.name()),
    };
    client_keys::provide(core, &integration.settings).await?;
    let reference = &visitor.reference;
    let asked = integration;
    let exchange = Exchange { core, integration, asked, held, attempt: &secrets, callback, reference };
    let who = exchange.run().await?;
    let return_to = ReturnTo::from_stored(attempt.return_to);
    let mut tries = 0;
    loop {
        tries += 1;
        match admit(core, integration, &who, visitor).await {
            Ok(cookie) => return Ok(SignedIn { cookie, return_to }),
            Err(Denied::Again(_)) if tries < TRIES => {}
            Err(Denied::Again(error)) => return Err(error.into()),
            Err(Denied::Failed(failed)) => return Err(*failed),
        }
    }
}

/// Why the last transaction came to nothing.
pub(in crate::service) enum Denied {
    /// Somebody was in the way; another try may well succeed.
    Again(store::Error),
    Failed(Box<LoginFailed>),
}

impl From<store::Error> for Denied {
    fn from(error: store::Error) -> Self {
        let again = matches!(error, store::Error::Taken(UniqueKey::Identity | UniqueKey::Username))
            || error.is_transient();
        if again { Self::Again(error) } else { Self::Failed(Box::new(error.into())) }
    }
}

impl From<LoginFailed> for Denied {
    fn from(failed: LoginFailed) -> Self {
        Self::Failed(Box::new(failed))
    }
}

/// User, roles, session, record: all or nothing.
async fn admit(
    core: &Core,
    integration: &Integration,
    who: &oidc::SignedIn,
    visitor: &Visitor,
) -> Result<Secret, Denied> {
    let mut tx = core.db.begin().await?;
    // While the provider was asked somebody may have turned the integration off.
    let now_enabled = tx.integrations().find_by_id(&integration.id).await?;
    let issuer = integration.settings.identity_issuer();
    if !now_enabled.is_some_and(|found| found.enabled && found.settings.identity_issuer() == issuer) {
        return Err(LoginFailed::of(LoginFailure::IntegrationDisabled).into());
    }
    let user = provisioning::provision(core, &mut tx, integration, who).await?;
    let provider = Some((&integration.id, who));
    let started = start_session(core, &mut tx, visitor, &user.user_id, provider).await;
    let (cookie, session) = started.map_err(LoginFailed::from)?;
    live_groups::keep(core, &mut tx, &session, who).await?;
    let mut detail = user.trace;
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("method".to_owned(), json!(integration.settings.protocol.as_str()));
        detail.insert("session".to_owned(), json!(session.as_str()));
    }
    let event = NewAuditEvent {
        kind: AuditKind::LoginSucceeded,
        outcome: Outcome::Success,
        target: Some(format!("user:{}", user.username)),
        actor: user.username,
        actor_id: Some(user.user_id.to_string()),
        integration: Some(integration.name().to_owned()),
        code: None,
        address: visitor.address.map(|address| address.to_string()),
        reference: visitor.reference.clone(),
        detail,
    };
    tx.audit_events().append(&event).await?;
    tx.integrations().record_result(&integration.id, core.now(), None).await?;
    tx.commit().await?;
    Ok(cookie)
}
