use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors, IntegrationForm};
use crate::{
    secret::{Secret, SecretInput, SecretSource, SecretValue, SlotChange},
    time::Timestamp,
};

/// What a form wants done with one of an integration's two secrets, as a browser posts it. The secret itself travels
/// apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretSlotForm {
    /// `add`, `remove`, `prefer` or `expires`.
    pub action: String,
    /// 1 or 2; not for `add`.
    pub slot: String,
    /// See [`SecretSource`]; for `add`.
    pub source: String,
    /// The variable's or file's name; for `add`.
    pub reference: String,
    /// A date such as 2030-01-31, or nothing; for `add` and `expires`.
    pub expires: String,
}

impl SecretSlotForm {
    /// What is to be done.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self, secret: Secret) -> Result<SlotChange, FieldErrors> {
        let mut errors = FieldErrors::default();
        let date = self.expires.trim();
        let expires_at = Timestamp::parse(&format!("{date}T00:00:00Z"));
        errors.check(date.is_empty() || expires_at.is_some(), "clientSecret.expiresAt", FieldCode::BadDate);
        let slot = self.slot.trim().parse::<u8>().ok().filter(|slot| [1, 2].contains(slot));
        let needs_slot = matches!(self.action.as_str(), "remove" | "prefer" | "expires");
        errors.check(slot.is_some() || !needs_slot, "clientSecret", FieldCode::NotThere);
        let slot = slot.unwrap_or(1);
        let change = match self.action.as_str() {
            "remove" => SlotChange::Remove(slot),
            "prefer" => SlotChange::Prefer(slot),
            "expires" => SlotChange::Expires(slot, expires_at),
            "add" => {
                let name = self.reference.trim().to_owned();
                let source = SecretSource::parse(self.source.trim()).unwrap_or_default();
                let is_stored = source == SecretSource::Stored;
                errors.check(!(is_stored && secret.is_empty()), "clientSecret", FieldCode::Required);
                errors.check(is_stored || !name.is_empty(), "clientSecret.reference", FieldCode::Required);
                let value = match source {
                    SecretSource::Stored => SecretValue::Given(secret),
                    SecretSource::Environment => SecretValue::Environment(name),
                    SecretSource::File => SecretValue::File(name),
                };
                SlotChange::Add { value, expires_at }
            }
            _ => {
                errors.add("action", FieldCode::UnknownChoice);
                SlotChange::Prefer(slot)
            }
        };
        errors.into_result(change)
    }
}

/// What the form wants with the client secret; apart, so that it is never echoed with the rest.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct SecretForm {
    /// The new secret; empty keeps what is stored.
    pub client_secret: Secret,
    /// Whether the one that was typed before, when this form was refused, goes on; see [`KeptSecret`].
    pub is_kept: bool,
}

/// A client secret that was typed into a form which was refused: the server keeps it for a while, and only says where
/// it may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSecret {
    /// The issuer it was typed for.
    pub issuer: String,
    /// The token endpoint it was typed for; empty: as discovered.
    pub token: String,
}

impl KeptSecret {
    /// Where the secret of this form goes.
    #[must_use]
    pub fn of(form: &IntegrationForm) -> Self {
        Self { issuer: form.issuer.trim().to_owned(), token: form.endpoint_token.trim().to_owned() }
    }
}

impl SecretForm {
    /// Empty keeps, anything else replaces.
    #[must_use]
    pub fn into_input(self) -> SecretInput {
        if self.client_secret.is_empty() {
            SecretInput::Keep
        } else {
            SecretInput::Replace(self.client_secret)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_one_change_and_every_problem() {
        let form = |action: &str, slot: &str, source: &str, expires: &str| SecretSlotForm {
            action: action.to_owned(),
            slot: slot.to_owned(),
            source: source.to_owned(),
            reference: String::new(),
            expires: expires.to_owned(),
        };
        let none = Secret::default;
        assert!(matches!(form("remove", "2", "", "").validate(none()), Ok(SlotChange::Remove(2))));
        assert!(matches!(form("expires", "1", "", "").validate(none()), Ok(SlotChange::Expires(1, None))));
        let add = form("add", "", "stored", "2030-01-31").validate(Secret::new("x"));
        assert!(matches!(add, Ok(SlotChange::Add { value: SecretValue::Given(_), expires_at: Some(_) })));
        for (form, field) in [
            (form("add", "", "stored", ""), "clientSecret"),
            (form("add", "", "file", ""), "clientSecret.reference"),
            (form("expires", "1", "", "soon"), "clientSecret.expiresAt"),
            (form("prefer", "3", "", ""), "clientSecret"),
            (form("nothing", "1", "", ""), "action"),
        ] {
            let errors = form.validate(none()).unwrap_err();
            assert!(errors.message(field).is_some(), "{form:?}: {errors}");
        }
    }
}
