//! `clientSecret` of a body: a text, `null`, or an object that says what is to happen to one of the two slots.

use domain::{
    form::{FieldCode, FieldErrors},
    secret::{Secret, SecretInput, SecretValue, SlotChange},
    time::Timestamp,
};
use serde_json::{Map, Value};

/// What `clientSecret` may be, for the API's description.
pub const DOC: &str = "A text replaces the secret in use; null removes every secret; left out, they stay. An object \
    changes one of the two slots: {\"value\": TEXT}, {\"env\": NAME} or {\"file\": PATH} replaces the one in use, \
    {\"add\": TEXT or such an object} puts one beside it, both with \"expiresAt\" if it ends; {\"remove\": 1 or 2}; \
    {\"prefer\": 1 or 2} tries that one first; {\"slot\": 1 or 2, \"expiresAt\": TIME or null} says when it ends. \
    What GET shows may be sent back. Never returned.";

const FIELD: &str = "clientSecret";

/// Takes `clientSecret` out of a body.
pub(super) fn take(body: &mut Value, errors: &mut FieldErrors) -> SecretInput {
    match body.as_object_mut().and_then(|members| members.remove(FIELD)) {
        None => SecretInput::Keep,
        Some(Value::Null) => SecretInput::Clear,
        Some(Value::String(text)) => SecretInput::Replace(Secret::new(text)),
        // What GET shows says nothing.
        Some(Value::Object(members)) if members.contains_key("state") => SecretInput::Keep,
        Some(Value::Object(members)) => slot(members, errors).map_or(SecretInput::Keep, SecretInput::Slot),
        Some(_) => {
            errors.add(FIELD, FieldCode::WrongType);
            SecretInput::Keep
        }
    }
}

fn slot(mut members: Map<String, Value>, errors: &mut FieldErrors) -> Option<SlotChange> {
    let has_end = members.contains_key("expiresAt");
    let expires_at = match members.remove("expiresAt") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            let at = Timestamp::parse(&text);
            errors.check(at.is_some(), "clientSecret.expiresAt", FieldCode::BadDate);
            at
        }
        Some(_) => {
            errors.add("clientSecret.expiresAt", FieldCode::WrongType);
            None
        }
    };
    let mut given: Vec<(String, Value)> = members.into_iter().collect();
    let (name, value) = match (given.pop(), given.is_empty()) {
        (Some(one), true) => one,
        (None, _) => {
            errors.add(FIELD, FieldCode::Required);
            return None;
        }
        (Some(_), false) => {
            errors.add(FIELD, FieldCode::Ambiguous);
            return None;
        }
    };
    let number = |errors: &mut FieldErrors| {
        let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
        let number = number.filter(|number| [1, 2].contains(number));
        errors.check(
            number.is_some(),
            &format!("clientSecret.{name}"),
            FieldCode::OutOfRange { min: 1, max: 2 },
        );
        number
    };
    let no_end = |errors: &mut FieldErrors| {
        errors.check(!has_end, "clientSecret.expiresAt", FieldCode::UnknownField);
    };
    match name.as_str() {
        "value" | "env" | "file" => {
            let value = secret(&name, value, "clientSecret", errors)?;
            Some(SlotChange::Replace { value, expires_at })
        }
        "add" => {
            let value = match value {
                Value::String(_) => secret("value", value, "clientSecret.add", errors)?,
                Value::Object(inner) if inner.len() == 1 => {
                    let (name, value) = inner.into_iter().next()?;
                    secret(&name, value, "clientSecret.add", errors)?
                }
                _ => {
                    errors.add("clientSecret.add", FieldCode::WrongType);
                    return None;
                }
            };
            Some(SlotChange::Add { value, expires_at })
        }
        "remove" => {
            no_end(errors);
            number(errors).map(SlotChange::Remove)
        }
        "prefer" => {
            no_end(errors);
            number(errors).map(SlotChange::Prefer)
        }
        "slot" => {
            errors.check(has_end, "clientSecret.expiresAt", FieldCode::Required);
            number(errors).map(|slot| SlotChange::Expires(slot, expires_at))
        }
        _ => {
            errors.add(format!("clientSecret.{name}"), FieldCode::UnknownField);
            None
        }
    }
}

fn secret(name: &str, value: Value, path: &str, errors: &mut FieldErrors) -> Option<SecretValue> {
    let place = format!("{path}.{name}");
    let Value::String(text) = value else {
        errors.add(place, FieldCode::WrongType);
        return None;
    };
    match name {
        "value" => Some(SecretValue::Given(Secret::new(text))),
        "env" => Some(SecretValue::Environment(text)),
        "file" => Some(SecretValue::File(text)),
        _ => {
            errors.add(place, FieldCode::UnknownField);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> (SecretInput, Vec<String>) {
        let mut errors = FieldErrors::default();
        let input = take(&mut json!({"clientSecret": value}), &mut errors);
        (input, errors.iter().map(|error| error.field.clone()).collect())
    }

    #[test]
    fn each_form_of_a_client_secret_is_understood() {
        use SlotChange::{Add, Expires, Prefer, Remove, Replace};
        let slot = |value: Value| match read(value) {
            (SecretInput::Slot(change), errors) if errors.is_empty() => change,
            other => panic!("{other:?}"),
        };
        assert!(matches!(read(json!("new")).0, SecretInput::Replace(_)));
        assert!(matches!(read(json!(null)).0, SecretInput::Clear));
        assert!(matches!(read(json!({"state": "set", "slots": 1})).0, SecretInput::Keep));
        assert!(matches!(slot(json!({"env": "X"})), Replace { value: SecretValue::Environment(_), .. }));
        assert!(matches!(slot(json!({"file": "/x"})), Replace { value: SecretValue::File(_), .. }));
        assert!(matches!(slot(json!({"add": "x"})), Add { expires_at: None, .. }));
        let ends = slot(json!({"add": {"env": "X"}, "expiresAt": "2030-01-01T00:00:00Z"}));
        assert!(matches!(ends, Add { value: SecretValue::Environment(_), expires_at: Some(_) }));
        assert!(matches!(slot(json!({"remove": 2})), Remove(2)));
        assert!(matches!(slot(json!({"prefer": 1})), Prefer(1)));
        assert!(matches!(slot(json!({"slot": 1, "expiresAt": null})), Expires(1, None)));
    }

    #[test]
    fn what_is_wrong_with_it_is_named() {
        for (value, field) in [
            (json!(7), "clientSecret"),
            (json!({}), "clientSecret"),
            (json!({"add": "x", "remove": 1}), "clientSecret"),
            (json!({"remove": 3}), "clientSecret.remove"),
            (json!({"prefer": "1"}), "clientSecret.prefer"),
            (json!({"prefer": 1, "expiresAt": "2030-01-01T00:00:00Z"}), "clientSecret.expiresAt"),
            (json!({"slot": 1}), "clientSecret.expiresAt"),
            (json!({"add": "x", "expiresAt": "soon"}), "clientSecret.expiresAt"),
            (json!({"add": 1}), "clientSecret.add"),
            (json!({"add": {"vault": "x"}}), "clientSecret.add.vault"),
            (json!({"env": 1}), "clientSecret.env"),
            (json!({"vault": "x"}), "clientSecret.vault"),
        ] {
            assert_eq!(read(value.clone()).1, [field], "{value}");
        }
    }
}
