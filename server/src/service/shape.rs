//! What a JSON document from outside must look like. One description serves three purposes: a body is checked against
//! it with every problem named by member, the API's description is written from it, and configuration files use it.

use domain::{
    claims::ClaimPath,
    form::{FieldCode, FieldErrors},
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::ServiceError;

/// What a JSON value must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text.
    Text,
    /// RFC 3339 with milliseconds, UTC.
    Time,
    /// A claim's name or path.
    ClaimPath,
    /// A whole number from 0 to the given one.
    Number(u64),
    /// `true` or `false`.
    Bool,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// An object whose members are texts.
    Map,
    /// Any object.
    AnyObject,
    /// Any value.
    Any,
    /// The shape or `null`.
    Optional(&'static Shape),
    /// An object with these members and no others.
    Object(&'static [Field]),
    /// A shape that the API's description names.
    Named(&'static str, &'static Shape),
    /// This object's members and more: both must be objects.
    And(&'static Shape, &'static [Field]),
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it must be.
    pub shape: Shape,
    /// What it means, a sentence or less.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// A member that is always there.
#[must_use]
pub const fn field(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, doc, required: true }
}

/// A member that may be left out.
#[must_use]
pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, doc, required: false }
}

impl Shape {
    /// The members, when it is an object.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Object(fields) => fields.to_vec(),
            Self::Named(_, inner) => inner.fields(),
            Self::And(inner, more) => {
                let mut fields = inner.fields();
                fields.extend_from_slice(more);
                fields
            }
            _ => Vec::new(),
        }
    }

    /// Adds every problem of this value to `errors`; `path` is where it stands, empty for the whole document.
    pub fn check(&self, value: &Value, path: &str, errors: &mut FieldErrors) {
        let wrong = |errors: &mut FieldErrors| errors.add(path, FieldCode::WrongType);
        match (self, value) {
            (Self::Any, _)
            | (Self::Text, Value::String(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::AnyObject, Value::Object(_))
            | (Self::Optional(_), Value::Null) => {}
            (Self::Optional(inner) | Self::Named(_, inner), _) => inner.check(value, path, errors),
            (Self::Time, Value::String(text)) => {
                errors.check(Timestamp::parse(text).is_some(), path, FieldCode::BadDate);
            }
            (Self::ClaimPath, Value::String(text)) => {
                errors.check(ClaimPath::parse(text).is_ok(), path, FieldCode::BadClaimPath);
            }
            (Self::Number(most), Value::Number(number)) => match number.as_u64() {
                Some(number) if number <= *most => {}
                _ if number.is_f64() => wrong(errors),
                _ => {
                    let max = u32::try_from(*most).unwrap_or(u32::MAX);
                    errors.add(path, FieldCode::OutOfRange { min: 0, max });
                }
            },
            (Self::Choice(choices), Value::String(text)) => {
                errors.check(choices.contains(&text.as_str()), path, FieldCode::UnknownChoice);
            }
            (Self::List(inner), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    inner.check(item, &join(path, &index.to_string()), errors);
                }
            }
            (Self::Map, Value::Object(members)) => {
                for (name, value) in members {
                    errors.check(value.is_string(), &join(path, name), FieldCode::WrongType);
                }
            }
            (Self::Object(_) | Self::And(..), Value::Object(members)) => {
                self.check_members(members, path, errors);
            }
            _ => wrong(errors),
        }
    }

    fn check_members(&self, members: &Map<String, Value>, path: &str, errors: &mut FieldErrors) {
        let fields = self.fields();
        for (name, value) in members {
            match fields.iter().find(|field| field.name == name) {
                Some(field) => field.shape.check(value, &join(path, name), errors),
                None => errors.add(join(path, name), FieldCode::UnknownField),
            }
        }
        for field in fields.iter().filter(|field| field.required && !members.contains_key(field.name)) {
            errors.add(join(path, field.name), FieldCode::Required);
        }
    }

    /// Reads a value of this shape.
    ///
    /// # Errors
    /// Every problem, by member.
    pub fn read<T: DeserializeOwned>(&self, value: Value) -> Result<T, ServiceError> {
        let mut errors = FieldErrors::default();
        self.check(&value, "", &mut errors);
        errors.into_result(())?;
        serde_json::from_value(value).map_err(|error| ServiceError::Internal(Box::new(error)))
    }
}

/// `endpoints` and `token` → `endpoints.token`.
#[must_use]
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Lays a patch over a document (RFC 7396), except that `null` stays to be seen by the check: a member that cannot
/// be absent must not silently fall back to its default. In free maps `null` removes the member.
pub fn merge(base: &mut Value, patch: Value, shape: &Shape) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            let fields = shape.fields();
            let is_map = matches!(shape, Shape::Map);
            for (name, value) in patch {
                if is_map && value.is_null() {
                    base.remove(&name);
                    continue;
                }
                let inner = fields.iter().find(|field| field.name == name).map_or(Shape::Any, |f| f.shape);
                match base.get_mut(&name) {
                    Some(old) if value.is_object() => merge(old, value, &inner),
                    _ => {
                        base.insert(name, value);
                    }
                }
            }
        }
        (base, patch) => *base = patch,
    }
}

/// Takes the members out of `body` that only the server sets. A client may send back what it read; a value that
/// differs from `current` is refused, a `revision` that differs says that the client has seen an older one.
///
/// # Errors
/// [`FieldCode::ReadOnly`] by member, or [`store::Error::Stale`].
pub fn take_read_only(body: &mut Value, current: &Value, members: &[&str]) -> Result<(), ServiceError> {
    let Some(body) = body.as_object_mut() else { return Ok(()) };
    let mut errors = FieldErrors::default();
    for member in members {
        let Some(given) = body.remove(*member) else { continue };
        if current.get(*member) == Some(&given) {
            continue;
        }
        if *member == "revision" && given.is_i64() && current.is_object() {
            return Err(ServiceError::Store(store::Error::Stale));
        }
        errors.add(*member, FieldCode::ReadOnly);
    }
    Ok(errors.into_result(())?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: Shape = Shape::Object(&[
        field("name", Shape::Text, ""),
        optional("size", Shape::Number(300), ""),
        optional("ends", Shape::Object(&[optional("token", Shape::Optional(&Shape::Text), "")]), ""),
        optional("more", Shape::Map, ""),
        optional("list", Shape::List(&Shape::Choice(&["a", "b"])), ""),
    ]);

    fn problems(value: &Value) -> Vec<(String, FieldCode)> {
        let mut errors = FieldErrors::default();
        SHAPE.check(value, "", &mut errors);
        errors.iter().map(|error| (error.field.clone(), error.code.clone())).collect()
    }

    #[test]
    fn every_problem_is_named_by_its_member() {
        let value =
            json!({"size": 301, "ends": {"tokn": 1, "token": 2}, "list": ["a", "c"], "more": {"x": 1}});
        let mut found = problems(&value);
        found.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(
            found,
            [
                ("ends.token".to_owned(), FieldCode::WrongType),
                ("ends.tokn".to_owned(), FieldCode::UnknownField),
                ("list.1".to_owned(), FieldCode::UnknownChoice),
                ("more.x".to_owned(), FieldCode::WrongType),
                ("name".to_owned(), FieldCode::Required),
                ("size".to_owned(), FieldCode::OutOfRange { min: 0, max: 300 }),
            ]
        );
        assert_eq!(problems(&json!([])), [(String::new(), FieldCode::WrongType)]);
        assert_eq!(problems(&json!({"name": "n", "size": 1.5})), [("size".to_owned(), FieldCode::WrongType)]);
    }

    #[test]
    fn a_patch_keeps_what_it_does_not_name() {
        let mut base = json!({"name": "n", "ends": {"token": "t"}, "more": {"a": "1", "b": "2"}});
        merge(&mut base, json!({"ends": {"token": null}, "more": {"a": null, "c": "3"}}), &SHAPE);
        assert_eq!(base, json!({"name": "n", "ends": {"token": null}, "more": {"b": "2", "c": "3"}}));
        merge(&mut base, json!({"name": null}), &SHAPE);
        assert_eq!(problems(&base), [("name".to_owned(), FieldCode::WrongType)]);
    }

    #[test]
    fn what_was_read_may_be_sent_back_but_not_changed() {
        let current = json!({"id": "1", "revision": 2});
        let mut same = json!({"id": "1", "revision": 2, "name": "n"});
        take_read_only(&mut same, &current, &["id", "revision"]).unwrap();
        assert_eq!(same, json!({"name": "n"}));
        let refused = take_read_only(&mut json!({"id": "2"}), &current, &["id", "revision"]).unwrap_err();
        assert!(matches!(refused, ServiceError::Fields(_)));
        let stale = take_read_only(&mut json!({"revision": 1}), &current, &["id", "revision"]).unwrap_err();
        assert!(matches!(stale, ServiceError::Store(store::Error::Stale)));
    }
}
