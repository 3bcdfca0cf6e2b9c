//! The sign-in that is tried: the same way to the provider and back, by the same redirect URI and with every check, but
//! nobody is signed in by it. There is no user, no session and no role afterwards, only a result that the person who
//! began it can look at.

use domain::{
    access::{Caller, Permission},
    login_failure::LoginFailure,
    probe::{SignInProblem, SignInTest},
    secret::Secret,
};
use oidc::AttemptSecrets;
use store::{ProbeAttempt, ProbeRun, text_key};
use subtle::ConstantTimeEq as _;

use super::{Subject, find, found, subject};
use crate::{
    service::{
        ServiceError,
        client_secrets::{exchange::Exchange, notes::Notes, push},
        login::{Begin, Callback, LoginFailed},
    },
    session,
    state::Core,
};

/// Whose answer the browser brought.
#[derive(Debug)]
pub enum Return {
    /// Not one of a probe.
    NotOurs,
    /// One of a probe, but not this browser's, or used already.
    Refused(LoginFailed),
    /// The result is with this run.
    Done(Box<ProbeRun>),
}

/// Leaves for the provider. `None`: that failed already, and the run says why.
///
/// # Errors
/// Not allowed; not there, or somebody else's; the database.
pub async fn begin(
    core: &Core,
    caller: &Caller,
    run: &str,
    browser: Option<&str>,
) -> Result<Option<Begin>, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let run = find(core, caller, run).await?;
    let Subject { asked, stored, secret } = subject(core, &run).await?;
    let redirect_uri = core.callback_url(asked.name());
    let begun = match &stored {
        Some((integration, held)) => {
            let notes = Notes { core, integration, reference: &caller.reference };
            push::begin(notes, &asked, held, &redirect_uri, None).await
        }
        None => core.engine.begin_with(&asked, secret.as_ref(), &redirect_uri, None).await,
    };
    core.engine.forget(&asked.id);
    let fresh = || session::new_value().map(|(value, _)| value);
    let fresh = || fresh().map_err(|error| ServiceError::Internal(error.to_string().into()));
    let browser = match browser.filter(|value| session::hash_of(value).is_some()) {
        Some(value) => Secret::new(value),
        None => fresh()?,
    };
    let attempt = |state: &Secret| ProbeAttempt {
        state_hash: text_key(state.expose()),
        browser_hash: text_key(browser.expose()),
        issuer: asked.settings.issuer.clone(),
        nonce: Secret::default(),
        pkce_verifier: Secret::default(),
    };
    let mut tx = core.db.begin().await?;
    let url = match begun {
        Ok(begun) => {
            let attempt = ProbeAttempt {
                issuer: begun.issuer,
                nonce: begun.nonce,
                pkce_verifier: begun.pkce_verifier,
                ..attempt(&begun.state)
            };
            tx.probe_runs().begin_sign_in(&run.id, &attempt).await?;
            Some(begun.url)
        }
        Err(error) => {
            let attempt = attempt(&fresh()?);
            tx.probe_runs().begin_sign_in(&run.id, &attempt).await?;
            let outcome = problem(LoginFailed::from(error));
            tx.probe_runs().finish_sign_in(&run.id, &attempt.state_hash, &outcome).await?;
            None
        }
    };
    tx.commit().await?;
    Ok(url.map(|url| Begin { url, browser }))
}

fn problem(failed: LoginFailed) -> SignInTest {
    SignInTest::Failed(SignInProblem {
        failure: failed.failure,
        cause: failed.cause,
        said: failed.said.map(Into::into),
    })
}

/// Completes the sign-in of a probe, if this answer belongs to one.
///
/// # Errors
/// The database.
pub async fn come_back(
    core: &Core,
    callback: Callback<'_>,
    caller: Option<&Caller>,
) -> Result<Return, ServiceError> {
    let parsed = oidc::Callback::parse(callback.query);
    let state = match &parsed {
        Ok(parsed) => Some(parsed.state.as_str()),
        Err(error) => error.state(),
    };
    let Some(state_hash) = state.map(text_key) else { return Ok(Return::NotOurs) };
    let mut tx = core.db.begin().await?;
    let Some(whose) = tx.probe_runs().owner_of_state(&state_hash).await? else {
        return Ok(Return::NotOurs);
    };
    let refused = |failure: LoginFailure, why: &str| {
        let failed = LoginFailed { cause: Some(why.to_owned()), ..LoginFailed::of(failure) };
        Return::Refused(failed.with(callback.name))
    };
    let theirs = caller
        .filter(|caller| caller.require(Permission::ManageIntegrations).is_ok())
        .filter(|caller| caller.user_id.as_ref() == Some(&whose));
    let Some(caller) = theirs else {
        return Ok(refused(LoginFailure::StateMismatch, "the sign-in test belongs to somebody else"));
    };
    let Some((id, attempt)) = tx.probe_runs().consume(&state_hash, &whose, core.now()).await? else {
        return Ok(refused(LoginFailure::AlreadyUsed, "the sign-in test is over or was used already"));
    };
    // Whatever is wrong below, the attempt is used up.
    tx.commit().await?;
    let browser = callback.browser.map(text_key).unwrap_or_default();
    let is_this_browser = bool::from(browser.as_bytes().ct_eq(attempt.browser_hash.as_bytes()));
    let run = find(core, caller, &id).await?;
    let elsewhere = "the sign-in test was begun in another browser";
    let outcome = match parsed {
        _ if !is_this_browser => {
            let cause = Some(elsewhere.to_owned());
            problem(LoginFailed { cause, ..LoginFailed::of(LoginFailure::StateMismatch) })
        }
        Ok(parsed) => finish(core, caller, &run, &parsed, attempt, callback).await?,
        Err(error) => {
            problem(LoginFailed { cause: Some(error.to_string()), ..LoginFailed::of(error.failure()) })
        }
    };
    let mut tx = core.db.begin().await?;
    tx.probe_runs().finish_sign_in(&id, &state_hash, &outcome).await?;
    tx.commit().await?;
    if is_this_browser {
        Ok(Return::Done(Box::new(run)))
    } else {
        Ok(refused(LoginFailure::StateMismatch, elsewhere))
    }
}

/// Every check of a login, and nothing of what follows it.
async fn finish(
    core: &Core,
    caller: &Caller,
    run: &ProbeRun,
    parsed: &oidc::Callback,
    attempt: ProbeAttempt,
    callback: Callback<'_>,
) -> Result<SignInTest, ServiceError> {
    let Subject { asked, stored, secret } = subject(core, run).await?;
    if asked.name() != callback.name || asked.settings.response_mode != callback.mode {
        let why =
            Some("the answer came to another integration, or in another way than was asked for".to_owned());
        return Ok(problem(LoginFailed { cause: why, ..LoginFailed::of(LoginFailure::StateMismatch) }));
    }
    let secrets = AttemptSecrets {
        nonce: attempt.nonce,
        pkce_verifier: attempt.pkce_verifier,
        issuer: attempt.issuer,
        redirect_uri: core.callback_url(asked.name()),
    };
    let who = match &stored {
        Some((integration, held)) => {
            let (attempt, reference) = (&secrets, &caller.reference);
            Exchange { core, integration, asked: &asked, held, attempt, callback: parsed, reference }
                .run()
                .await
        }
        None => {
            let who = core.engine.complete(&asked, secret.as_ref(), &secrets, parsed).await;
            who.map_err(LoginFailed::from)
        }
    };
    core.engine.forget(&asked.id);
    match who {
        Ok(who) => Ok(SignInTest::Done(Box::new(found::of(core, &asked, &who).await?))),
        Err(failed) => Ok(problem(failed)),
    }
}
