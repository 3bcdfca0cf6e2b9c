//! A question to the token endpoint with two secrets: the preferred one first, the other when the provider does not know
//! us by it.
//!
//! RFC 6749 section 5.2 has `invalid_client` for a failed client authentication, and a provider that authenticates
//! before it looks at the code has not used the code up then. Some use it up all the same: the second try gets
//! `invalid_grant`. That login is lost, but the other secret is tried first from then on, so that the next one works.

use std::future::Future;

use domain::{login_failure::LoginFailure, notice::NoticeKind, secret::Secret};
use oidc::{Error, ExchangeError};
use serde_json::json;
use store::HeldSecret;

use super::{Unreadable, notes::Notes, subject};
use crate::service::{login::LoginFailed, notices};

/// Why nothing came of it.
#[derive(Debug)]
pub(crate) enum Tried {
    /// A reference leads nowhere.
    Unreadable(Unreadable),
    /// The provider's answer.
    Failed {
        /// What went wrong.
        error: Error,
        /// Whether it was the answer to the other secret.
        again: bool,
    },
}

impl Tried {
    /// For log and audit.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Unreadable(why) => why.to_string(),
            Self::Failed { error, again: false } => error.chain(),
            Self::Failed { error, again: true } => {
                format!("{} (asked again, because the first client secret was refused)", error.chain())
            }
        }
    }

    /// Whether the provider says that what it gave counts no longer.
    pub(crate) fn is_invalid_grant(&self) -> bool {
        matches!(self, Self::Failed { error, .. } if error.is_invalid_grant())
    }
}

impl From<Tried> for LoginFailed {
    fn from(tried: Tried) -> Self {
        let cause = Some(tried.cause());
        match tried {
            Tried::Unreadable(_) => Self { cause, ..Self::of(LoginFailure::ClientRejected) },
            Tried::Failed { error, .. } => Self { cause, ..Self::from(error) },
        }
    }
}

impl From<Error> for Tried {
    fn from(error: Error) -> Self {
        Self::Failed { error, again: false }
    }
}

/// What the provider's answer says about the secret it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    /// It did not take the code, which it would have looked at after the secret.
    Probably,
    Refused,
    Unknown,
}

fn verdict<T>(answer: &Result<T, Error>) -> Verdict {
    match answer {
        Err(Error::Exchange(ExchangeError::Client { .. })) => Verdict::Refused,
        Err(Error::Exchange(ExchangeError::Code { .. })) => Verdict::Probably,
        Err(Error::Settings(_) | Error::Discovery(_) | Error::Answer(_)) => Verdict::Unknown,
        Err(Error::Exchange(ExchangeError::Http(_) | ExchangeError::Status(_) | ExchangeError::Json(_))) => {
            Verdict::Unknown
        }
        // It gave tokens, whatever was wrong with them.
        Ok(_) | Err(_) => Verdict::Accepted,
    }
}

/// Asks the provider, at most twice, and records what became known of the secrets. `held`: the preferred one first.
pub(crate) async fn ask<T, F, A>(notes: Notes<'_>, held: &[HeldSecret], ask: F) -> Result<T, Tried>
where
    F: Fn(Option<Secret>) -> A,
    A: Future<Output = Result<T, Error>>,
{
    let Some(first) = held.first() else { return Ok(ask(None).await?) };
    let (reader, now) = (&notes.core.secrets, notes.core.now());
    let secret = match reader.read(&first.value, now).await {
        Ok(secret) => secret,
        Err(why) => return Err(unreadable(notes, first, why).await),
    };
    let answer = ask(Some(secret.clone())).await;
    if verdict(&answer) != Verdict::Refused {
        if verdict(&answer) == Verdict::Accepted {
            notes.used(first).await;
        }
        return Ok(answer?);
    }
    // What stands in a file may just have been changed there.
    if first.value.reference().is_some()
        && let Ok(fresh) = reader.read_anew(&first.value, now).await
        && fresh.expose() != secret.expose()
    {
        return Ok(ask(Some(fresh)).await?);
    }
    let other = match held.get(1) {
        Some(other) => match reader.read(&other.value, now).await {
            Ok(secret) => Some((other, secret)),
            Err(why) => {
                drop(unreadable(notes, other, why).await);
                None
            }
        },
        None => None,
    };
    let Some((other, secret)) = other else {
        notes.refused(&[first]).await;
        return Ok(answer?);
    };
    let second = ask(Some(secret)).await;
    match verdict(&second) {
        Verdict::Refused => {
            notes.refused(&[first, other]).await;
            return Ok(answer?);
        }
        Verdict::Unknown => {}
        // One that was refused before is not trusted by a guess, or two wrong ones would take turns for ever.
        Verdict::Probably if other.last_rejected_at.is_some() => notes.refused(&[first]).await,
        Verdict::Probably => notes.switch(first, other, false).await,
        Verdict::Accepted => notes.switch(first, other, true).await,
    }
    second.map_err(|error| Tried::Failed { error, again: true })
}

/// A reference that leads nowhere: a failure, and a notice.
async fn unreadable(notes: Notes<'_>, held: &HeldSecret, why: Unreadable) -> Tried {
    let detail = json!({
        "slot": held.slot,
        "source": held.value.source().as_str(),
        "reference": held.value.reference(),
        "text": format!("{why}. Put it there, or set another client secret.", why = capital(&why.to_string())),
    });
    let noted: Result<(), store::Error> = async {
        let mut tx = notes.core.db.begin().await?;
        let (id, kind) = (&notes.integration.id, NoticeKind::SecretUnreadable);
        notices::raise(&mut tx, Some(id), kind, &subject(held.slot), &detail).await?;
        tx.commit().await
    }
    .await;
    notes.log(noted);
    Tried::Unreadable(why)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
