//! A login's exchange with two secrets: the preferred one first, the other when the provider does not know us by it.
//!
//! RFC 6749 section 5.2 has `invalid_client` for a failed client authentication, and a provider that authenticates
//! before it looks at the code has not used the code up then. Some use it up all the same: the second try gets
//! `invalid_grant`. That login is lost, but the other secret is tried first from then on, so that the next one works.

use domain::{
    audit::{AuditKind, NewAuditEvent, Outcome},
    integration::Integration,
    login_failure::LoginFailure,
    notice::NoticeKind,
    secret::Secret,
};
use oidc::{AttemptSecrets, Callback, Error, ExchangeError, SignedIn};
use serde_json::json;
use store::{ClientSecrets, HeldSecret};

use super::{Unreadable, subject};
use crate::{
    service::{login::LoginFailed, notices},
    state::Core,
    telemetry,
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
        let Some(first) = self.held.first() else { return Ok(self.ask(None).await?) };
        let now = self.core.now();
        let secret = match self.core.secrets.read(&first.value, now).await {
            Ok(secret) => secret,
            Err(why) => return Err(self.unreadable(first, &why).await),
        };
        let answer = self.ask(Some(&secret)).await;
        if verdict(&answer) != Verdict::Refused {
            if verdict(&answer) == Verdict::Accepted {
                self.note_used(first).await;
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
            self.note_refused(&[first]).await;
            return Ok(answer?);
        };
        let second = self.ask(Some(&secret)).await;
        match verdict(&second) {
            Verdict::Refused => {
                self.note_refused(&[first, other]).await;
                return Ok(answer?);
            }
            Verdict::Unknown => {}
            // One that was refused before is not trusted by a guess, or two wrong ones would take turns for ever.
            Verdict::Probably if other.last_rejected_at.is_some() => self.note_refused(&[first]).await,
            Verdict::Probably => self.switch(first, other, false).await,
            Verdict::Accepted => self.switch(first, other, true).await,
        }
        second.map_err(|error| {
            let mut failed = LoginFailed::from(error);
            let cause = failed.cause.take().unwrap_or_default();
            failed.cause =
                Some(format!("{cause} (asked again, because the first client secret was refused)"));
            failed
        })
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
        self.log(noted);
        LoginFailed { cause: Some(why.to_string()), ..LoginFailed::of(LoginFailure::ClientRejected) }
    }

    async fn note_used(&self, held: &HeldSecret) {
        let now = self.core.now();
        if !ClientSecrets::is_due(held.last_used_at, now) {
            return;
        }
        let noted: Result<(), store::Error> = async {
            let mut tx = self.core.db.begin().await?;
            let id = &self.integration.id;
            tx.client_secrets().note_used(id, held.slot, now).await?;
            if held.value.reference().is_some() {
                let (kind, subject) = (NoticeKind::SecretUnreadable, subject(held.slot));
                notices::resolve(&mut tx, Some(id), kind, Some(&subject)).await?;
            }
            tx.commit().await
        }
        .await;
        self.log(noted);
    }

    async fn note_refused(&self, all: &[&HeldSecret]) {
        let now = self.core.now();
        let due = all.iter().filter(|held| ClientSecrets::is_due(held.last_rejected_at, now));
        let noted: Result<(), store::Error> = async {
            let mut tx = self.core.db.begin().await?;
            for held in due {
                tx.client_secrets().note_rejected(&self.integration.id, held.slot, now).await?;
            }
            tx.commit().await
        }
        .await;
        self.log(noted);
    }

    /// Tries the other secret first from now on; of many logins at once, one does and records it.
    async fn switch(&self, from: &HeldSecret, to: &HeldSecret, is_proven: bool) {
        let switched: Result<(), store::Error> = async {
            let (now, id) = (self.core.now(), &self.integration.id);
            let mut tx = self.core.db.begin().await?;
            let is_first = tx.client_secrets().switch(self.integration, to.slot).await?;
            if is_proven {
                tx.client_secrets().note_used(id, to.slot, now).await?;
            }
            if is_first {
                tx.client_secrets().note_rejected(id, from.slot, now).await?;
                let text = format!(
                    "Since {} the provider refuses the client secret in slot {}; the one in slot {} is used. Remove the \
                     refused one.",
                    now.for_people(),
                    from.slot,
                    to.slot
                );
                let detail = json!({"slot": from.slot, "since": now, "text": text});
                let kind = NoticeKind::SecretRefused;
                notices::resolve(&mut tx, Some(id), kind, Some(&subject(to.slot))).await?;
                notices::raise(&mut tx, Some(id), kind, &subject(from.slot), &detail).await?;
                let event = self.switched(from.slot, to.slot, is_proven);
                tx.audit_events().append(&event).await?;
            }
            tx.commit().await
        }
        .await;
        self.log(switched);
    }

    fn switched(&self, from: u8, to: u8, is_proven: bool) -> NewAuditEvent {
        NewAuditEvent {
            kind: AuditKind::SecretSwitched,
            outcome: Outcome::Success,
            actor: "system".to_owned(),
            actor_id: None,
            target: Some(format!("integration:{}", self.integration.name())),
            integration: Some(self.integration.name().to_owned()),
            code: None,
            address: None,
            reference: self.reference.to_owned(),
            detail: json!({"preferredSlot": {"from": from, "to": to}, "accepted": is_proven}),
        }
    }

    /// The login goes on, whatever could not be written down about it.
    fn log(&self, done: Result<(), store::Error>) {
        if let Err(error) = done {
            telemetry::log_cause(self.reference, &error);
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
