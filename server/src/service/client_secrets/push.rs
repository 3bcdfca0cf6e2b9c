//! A login's beginning with two secrets. A provider that takes the request past the browser (RFC 9126 section 2.1) wants
//! to know us there as well, so a secret that it refuses shows before anybody has left; the other one is tried then.

use domain::{integration::Integration, secret::Secret};
use oidc::{Begun, Error, PushError};
use store::HeldSecret;

use super::notes::Notes;

/// Begins a login at the provider, which is asked at most twice. `asked`: what it is asked as, the integration itself or
/// the same under the name of a probe's run; `held`: the preferred one first.
///
/// # Errors
/// As [`oidc::Engine::begin_with`].
pub(crate) async fn begin(
    notes: Notes<'_>,
    asked: &Integration,
    held: &[HeldSecret],
    redirect_uri: &str,
    login_hint: Option<&str>,
) -> Result<Begun, Error> {
    let core = notes.core;
    let ask = |secret: Option<Secret>| async move {
        core.engine.begin_with(asked, secret.as_ref(), redirect_uri, login_hint).await
    };
    let Some(first) = held.first() else { return ask(None).await };
    // One that cannot be read where it stands is told at the exchange, with its name.
    let secret = core.secrets.read(&first.value, core.now()).await.ok();
    let answer = ask(secret.clone()).await;
    if !is_refused(&answer) {
        return answer;
    }
    // What stands in a file may just have been changed there.
    if first.value.reference().is_some()
        && let Ok(fresh) = core.secrets.read_anew(&first.value, core.now()).await
        && secret.is_none_or(|secret| secret.expose() != fresh.expose())
    {
        return ask(Some(fresh)).await;
    }
    let other = match held.get(1) {
        Some(other) => core.secrets.read(&other.value, core.now()).await.ok().map(|secret| (other, secret)),
        None => None,
    };
    let Some((other, secret)) = other else {
        notes.refused(&[first]).await;
        return answer;
    };
    let second = ask(Some(secret)).await;
    if is_refused(&second) {
        notes.refused(&[first, other]).await;
        return answer;
    }
    if second.is_ok() {
        notes.switch(first, other, true).await;
    }
    second
}

fn is_refused(answer: &Result<Begun, Error>) -> bool {
    matches!(answer, Err(Error::Push(PushError::Client { .. })))
}
