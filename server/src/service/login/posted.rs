//! Answers that the provider has the browser post (OAuth 2.0 Form Post Response Mode).
//!
//! The post comes from the provider's page, so the browser leaves our `SameSite=Lax` cookies out and nothing shows that
//! it is the browser which began. A second cookie with `SameSite=None` would show it, but works over https only, fails
//! in browsers that refuse such cookies, and would travel with every other site's request. Instead the answer is kept,
//! sealed, and the browser is sent to fetch it: that is a plain GET at the top, which carries the binding cookie. The
//! URL names the answer by a random reference; code and state are in no URL. Whoever else gets hold of the reference has
//! no use for it, since the attempt is still bound to the browser that began.

use domain::{integration::ResponseMode, login_failure::LoginFailure, secret::Secret};
use store::{AttemptState, text_key};

use super::LoginFailed;
use crate::{service::ServiceError, session, state::Core};

/// The parameter that names a kept answer.
const PARAMETER: &str = "answer=";

/// Keeps a posted answer; gives the query with which the browser comes back for it. Nothing is asked of the provider,
/// and the attempt stays open, unless what was posted can never become a login.
///
/// # Errors
/// [`LoginFailed`]: parameters that cannot be used, no such attempt, an answer that came before or too late, an
/// integration whose answers come in the URL.
pub async fn keep(core: &Core, name: &str, body: &str) -> Result<String, LoginFailed> {
    keep_one(core, name, body).await.map_err(|failed| failed.with(name))
}

async fn keep_one(core: &Core, name: &str, body: &str) -> Result<String, LoginFailed> {
    let now = core.now();
    let parsed = oidc::Callback::parse(body);
    let state = match &parsed {
        Ok(callback) => Some(callback.state.as_str()),
        Err(error) => error.state(),
    };
    let Some(state_hash) = state.map(text_key) else {
        return Err(refused(parsed.err()));
    };
    let mut tx = core.db.begin().await?;
    let Some((attempt, integration, expires_at)) = tx.login_attempts().find_waiting(&state_hash).await?
    else {
        let failure = match tx.login_attempts().find_state(&state_hash).await? {
            AttemptState::Unknown => LoginFailure::StateMismatch,
            AttemptState::Consumed | AttemptState::Live => LoginFailure::AlreadyUsed,
        };
        return Err(failure.into());
    };
    let integration = tx.integrations().find_by_id(&integration).await?;
    let wrong = match &integration {
        None => Some(LoginFailure::IntegrationUnknown.into()),
        Some(found) if found.name() != name => {
            Some(because(LoginFailure::StateMismatch, "the login was begun with another integration"))
        }
        Some(found) if found.settings.response_mode != ResponseMode::FormPost => Some(because(
            LoginFailure::CallbackInvalid,
            "an answer was posted, and this integration's come in the URL",
        )),
        Some(_) if expires_at <= now => Some(LoginFailure::LoginExpired.into()),
        Some(_) => parsed.err().map(|error| refused(Some(error))),
    };
    if let Some(failed) = wrong {
        // As with an answer in the URL: an attempt that went wrong is used up.
        tx.login_attempts().consume(&state_hash, now).await?;
        tx.commit().await?;
        let blame = integration.map(|integration| integration.id);
        return Err(LoginFailed { blame, ..failed });
    }
    let (reference, _) =
        session::new_value().map_err(|error| ServiceError::Internal(error.to_string().into()))?;
    tx.login_answers().insert(&reference, &attempt, &Secret::new(body)).await.map_err(
        |error| match error {
            store::Error::Taken(_) => LoginFailure::AlreadyUsed.into(),
            other => LoginFailed::from(other),
        },
    )?;
    tx.commit().await?;
    Ok(format!("{PARAMETER}{}", reference.expose()))
}

/// The answer that this query of a callback names; `None`: it names none, because it is an answer itself.
///
/// # Errors
/// [`LoginFailed`]: there is no such answer (any more).
pub async fn kept(core: &Core, name: &str, query: &str) -> Result<Option<Secret>, LoginFailed> {
    let reference = query.strip_prefix(PARAMETER).filter(|value| session::hash_of(value).is_some());
    let Some(reference) = reference else { return Ok(None) };
    let answer = core.db.read().await?.login_answers().find(reference).await?;
    match answer {
        Some(answer) => Ok(Some(answer)),
        None => Err(because(LoginFailure::StateMismatch, "no posted answer has this reference").with(name)),
    }
}

fn refused(error: Option<oidc::CallbackError>) -> LoginFailed {
    let failure = error.as_ref().map_or(LoginFailure::CallbackInvalid, oidc::CallbackError::failure);
    LoginFailed { cause: error.map(|error| error.to_string()), ..failure.into() }
}

fn because(failure: LoginFailure, why: &str) -> LoginFailed {
    LoginFailed { cause: Some(why.to_owned()), ..failure.into() }
}
