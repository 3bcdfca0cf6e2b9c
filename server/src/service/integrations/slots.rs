//! What may be done to an integration's two secrets, and how it is told.

use domain::{
    form::{FieldCode, FieldErrors},
    id::IntegrationId,
    notice::NoticeKind,
    secret::{SecretInput, SecretSlot, SecretState, SecretValue, SlotChange},
    time::Timestamp,
};
use serde_json::{Value, json};
use store::Tx;

use crate::{
    service::{client_secrets, notices},
    state::Core,
};

/// The rules of secrets, beyond those of the value itself.
pub(super) fn check(
    core: &Core,
    secret: &SecretInput,
    state: &SecretState,
    enabled: bool,
    errors: &mut FieldErrors,
) {
    let SecretInput::Slot(change) = secret else { return };
    let is_held = |slot: u8| state.held().iter().any(|held| held.slot == slot);
    let end = |errors: &mut FieldErrors, at: &Option<Timestamp>| {
        let ok = at.is_none_or(|at| at > core.now());
        errors.check(ok, "clientSecret.expiresAt", FieldCode::BadDate);
    };
    match change {
        SlotChange::Replace { value, expires_at } | SlotChange::Add { value, expires_at } => {
            if let Err(code) = core.secrets.check(value) {
                errors.add("clientSecret", code);
            }
            end(errors, expires_at);
        }
        SlotChange::Remove(slot) => {
            errors.check(is_held(*slot), "clientSecret", FieldCode::NotThere);
            let is_only = state.held().len() == 1;
            errors.check(!(enabled && is_only && is_held(*slot)), "clientSecret", FieldCode::Required);
        }
        SlotChange::Prefer(slot) => errors.check(is_held(*slot), "clientSecret", FieldCode::NotThere),
        SlotChange::Expires(slot, at) => {
            errors.check(is_held(*slot), "clientSecret", FieldCode::NotThere);
            end(errors, at);
        }
    }
}

/// Whether it leaves the secrets as they are.
pub(super) fn changes_nothing(secret: &SecretInput, state: &SecretState) -> bool {
    let same = |slot: u8, is: &dyn Fn(&SecretSlot) -> bool| {
        state.held().iter().any(|held| held.slot == slot && is(held))
    };
    match secret {
        SecretInput::Keep => true,
        SecretInput::Clear => *state == SecretState::Unset,
        SecretInput::Slot(SlotChange::Prefer(slot)) => same(*slot, &|held| held.preferred),
        SecretInput::Slot(SlotChange::Expires(slot, at)) => same(*slot, &|held| held.expires_at == *at),
        SecretInput::Replace(_) | SecretInput::Slot(_) => false,
    }
}

/// The notices that a change makes untrue: kind and subject.
pub(super) fn settled_by(secret: &SecretInput, state: &SecretState) -> Vec<(NoticeKind, String)> {
    const ENDS: [NoticeKind; 2] = [NoticeKind::SecretExpiring, NoticeKind::SecretExpired];
    const ALL: [NoticeKind; 4] = [
        NoticeKind::SecretExpiring,
        NoticeKind::SecretExpired,
        NoticeKind::SecretRefused,
        NoticeKind::SecretUnreadable,
    ];
    let preferred = state.held().iter().find(|held| held.preferred).map_or(1, |held| held.slot);
    let (slots, kinds): (Vec<u8>, &[NoticeKind]) = match secret {
        SecretInput::Keep => return Vec::new(),
        SecretInput::Clear => (vec![1, 2], &ALL),
        SecretInput::Replace(_) | SecretInput::Slot(SlotChange::Replace { .. }) => (vec![preferred], &ALL),
        SecretInput::Slot(SlotChange::Add { .. }) => (vec![if preferred == 1 { 2 } else { 1 }], &ALL),
        SecretInput::Slot(SlotChange::Remove(slot) | SlotChange::Prefer(slot)) => (vec![*slot], &ALL),
        SecretInput::Slot(SlotChange::Expires(slot, _)) => (vec![*slot], &ENDS),
    };
    let of_slot = |slot| kinds.iter().map(move |kind| (*kind, client_secrets::subject(slot)));
    slots.into_iter().flat_map(of_slot).collect()
}

/// Resolves these notices.
pub(super) async fn settle(
    tx: &mut Tx,
    id: &IntegrationId,
    all: &[(NoticeKind, String)],
) -> Result<(), store::Error> {
    for (kind, subject) in all {
        notices::resolve(tx, Some(id), *kind, Some(subject)).await?;
    }
    Ok(())
}

/// What was done, for the audit log: never a value.
pub(super) fn describe(secret: &SecretInput) -> Option<Value> {
    let given = |done: &str, value: &SecretValue, expires_at: &Option<Timestamp>| {
        let (source, reference) = (value.source().as_str(), value.reference());
        json!({"done": done, "source": source, "reference": reference, "expiresAt": expires_at})
    };
    Some(match secret {
        SecretInput::Slot(SlotChange::Replace { value, expires_at }) => given("replaced", value, expires_at),
        SecretInput::Slot(SlotChange::Add { value, expires_at }) => given("added", value, expires_at),
        SecretInput::Slot(SlotChange::Remove(slot)) => json!({"done": "removed", "slot": slot}),
        SecretInput::Slot(SlotChange::Prefer(slot)) => json!({"done": "preferred", "slot": slot}),
        SecretInput::Slot(SlotChange::Expires(slot, at)) => {
            json!({"done": "expiry", "slot": slot, "expiresAt": at})
        }
        SecretInput::Keep | SecretInput::Replace(_) | SecretInput::Clear => return None,
    })
}
