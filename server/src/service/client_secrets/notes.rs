//! What becomes known of a client secret while somebody signs in: used, refused, taken over by the other one.

use domain::{
    audit::{AuditKind, NewAuditEvent, Outcome},
    integration::Integration,
    notice::NoticeKind,
};
use serde_json::json;
use store::{ClientSecrets, HeldSecret};

use super::subject;
use crate::{service::notices, state::Core, telemetry};

/// Writes it down.
#[derive(Clone, Copy)]
pub(crate) struct Notes<'a> {
    pub(crate) core: &'a Core,
    pub(crate) integration: &'a Integration,
    /// The request's id.
    pub(crate) reference: &'a str,
}

impl Notes<'_> {
    pub(super) async fn used(&self, held: &HeldSecret) {
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

    pub(super) async fn refused(&self, all: &[&HeldSecret]) {
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
    pub(super) async fn switch(&self, from: &HeldSecret, to: &HeldSecret, is_proven: bool) {
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
    pub(super) fn log(&self, done: Result<(), store::Error>) {
        if let Err(error) = done {
            telemetry::log_cause(self.reference, &error);
        }
    }
}
