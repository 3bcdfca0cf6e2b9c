//! A login's exchange with two secrets: the preferred one first, the other when the provider does not know us by it.
//!
//! RFC 6749 section 5.2 has `invalid_client` for a failed client authentication, and a provider that authenticates
//! before it looks at the code has not used the code up then. Some use it up all the same: the second try gets
//! `invalid_grant`. That login is lost, but the other secret is tried first from then on, so that the next one works.

use domain::{integration::Integration, login_failure::LoginFailure, notice::NoticeKind, secret::Secret};
use oidc::{AttemptSecrets, Callback, Error, ExchangeError, SignedIn};
use serde_json::json;
use store::HeldSecret;

use super::{Unreadable, notes::Notes, subject};
use crate::{
    service::{login::LoginFailed, notices},
    state::Core,
};

/// One login's exchange.
pub(crate) struct Exchange<'a> {
    pub(crate) core: &'a Core,
    pub(crate) integration: &'a Integration,
    /// The preferred one first.
    pub(crate) held: &'a [HeldSecret],
    pub(crate) attempt: &'a AttemptSecrets,
    pub(crate) callback: &'a Callback,
    /// The request's id.
    pub(crate) reference: &'a str,
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

fn verdict(answer: &Result<SignedIn, Error>) -> Verdict {
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

impl Exchange<'_> {
    /// Asks the provider, at most twice.
    pub(crate) async fn run(&self) -> Result<SignedIn, LoginFailed> {
        let notes = self.notes();
        let Some(first) = self.held.first() else { return Ok(self.ask(None).await?) };
        let now = self.core.now();
        let secret = match self.core.secrets.read(&first.value, now).await {
            Ok(secret) => secret,
            Err(why) => return Err(self.unreadable(first, &why).await),
        };
        let answer = self.ask(Some(&secret)).await;
        if verdict(&answer) != Verdict::Refused {
            if verdict(&answer) == Verdict::Accepted {
                notes.used(first).await;
            }
            return Ok(answer?);
        }
        // What stands in a file may just have been changed there.
        if first.value.reference().is_some()
            && let Ok(fresh) = self.core.secrets.read_anew(&first.value, now).await
            && fresh.expose() != secret.expose()
        {
            return Ok(self.ask(Some(&fresh)).await?);
        }
        let other = match self.held.get(1) {
            Some(other) => match self.core.secrets.read(&other.value, now).await {
                Ok(secret) => Some((other, secret)),
                Err(why) => {
                    drop(self.unreadable(other, &why).await);
                    None
                }
            },
            None => None,
        };
        let Some((other, secret)) = other else {
            notes.refused(&[first]).await;
            return Ok(answer?);
        };
        let second = self.ask(Some(&secret)).await;
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
        second.map_err(|error| {
            let mut failed = LoginFailed::from(error);
            let cause = failed.cause.take().unwrap_or_default();
            failed.cause =
                Some(format!("{cause} (asked again, because the first client secret was refused)"));
            failed
        })
    }

    fn notes(&self) -> Notes<'_> {
        Notes { core: self.core, integration: self.integration, reference: self.reference }
    }

    async fn ask(&self, secret: Option<&Secret>) -> Result<SignedIn, Error> {
        self.core.engine.complete(self.integration, secret, self.attempt, self.callback).await
    }

    /// A reference that leads nowhere: a failure, and a notice.
    async fn unreadable(&self, held: &HeldSecret, why: &Unreadable) -> LoginFailed {
        let detail = json!({
            "slot": held.slot,
            "source": held.value.source().as_str(),
            "reference": held.value.reference(),
            "text": format!("{why}. Put it there, or set another client secret.", why = capital(&why.to_string())),
        });
        let noted: Result<(), store::Error> = async {
            let mut tx = self.core.db.begin().await?;
            let (id, kind) = (&self.integration.id, NoticeKind::SecretUnreadable);
            notices::raise(&mut tx, Some(id), kind, &subject(held.slot), &detail).await?;
            tx.commit().await
        }
        .await;
        self.notes().log(noted);
        LoginFailed { cause: Some(why.to_string()), ..LoginFailed::of(LoginFailure::ClientRejected) }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
