//! Where a client secret is, in place of the secret itself.

use domain::{
    form::{FieldCode, FieldErrors},
    secret::{Secret, SecretSlot, SecretSource, SecretState, SecretValue},
};
use serde_json::{Map, Value, json};
use store::Tx;

use super::document::Document;
use crate::service::ServiceError;

/// Where references given to `latchkey apply` are kept, so that an export can name them again.
const SETTING: &str = "apply.secret_references";
const ENV: &str = "clientSecretEnv";
const FILE: &str = "clientSecretFile";
const SECOND_ENV: &str = "secondClientSecretEnv";
const SECOND_FILE: &str = "secondClientSecretFile";
/// The second secret, when it is nowhere but in the database.
pub(super) const SECOND: &str = "secondClientSecret";
/// What stands there: it is left as it is.
pub(super) const STORED: &str = "set, not exported";

/// A reference to a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file.
    File(String),
}

/// What a reference led to.
#[derive(Debug, Clone)]
pub enum Given {
    /// There is no reference.
    NoReference,
    /// The variable or file is not there: what is stored stays.
    Nothing,
    /// The secret.
    Value(Secret),
}

impl SecretRef {
    /// What an export names when nobody named another: `LATCHKEY_SECRET_CORP`.
    #[must_use]
    pub fn default_for(integration: &str) -> Self {
        // Two underscores would make it a setting of the server.
        let name = integration
            .to_uppercase()
            .split('_')
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("_");
        Self::Env(format!("LATCHKEY_SECRET_{name}"))
    }

    /// The member it stands in.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Env(_) => ENV,
            Self::File(_) => FILE,
        }
    }

    /// The member it stands in when it is the second one.
    #[must_use]
    pub const fn second_member(&self) -> &'static str {
        match self {
            Self::Env(_) => SECOND_ENV,
            Self::File(_) => SECOND_FILE,
        }
    }

    /// The variable's or file's name.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Env(text) | Self::File(text) => text,
        }
    }

    /// What the preferred slot of an integration names, if it names a place at all.
    #[must_use]
    pub fn of(state: &SecretState) -> Option<Self> {
        Self::of_slot(state.held().iter().find(|slot| slot.preferred)?)
    }

    fn of_slot(slot: &SecretSlot) -> Option<Self> {
        match slot.source {
            SecretSource::Stored => None,
            SecretSource::Environment => slot.reference.clone().map(Self::Env),
            SecretSource::File => slot.reference.clone().map(Self::File),
        }
    }

    /// The member and the value of the slot that is not preferred, for an export; `None`: it holds nothing.
    #[must_use]
    pub fn second_of(state: &SecretState) -> Option<(&'static str, String)> {
        let slot = state.held().iter().find(|slot| !slot.preferred)?;
        Some(match Self::of_slot(slot) {
            Some(reference) => (reference.second_member(), reference.text().to_owned()),
            None => (SECOND, STORED.to_owned()),
        })
    }

    /// Whether one of the slots names the same place.
    #[must_use]
    pub fn is_held(&self, state: &SecretState) -> bool {
        state.held().iter().any(|slot| Self::of_slot(slot).as_ref() == Some(self))
    }

    /// As an integration holds it.
    #[must_use]
    pub fn value(&self) -> SecretValue {
        match self {
            Self::Env(name) => SecretValue::Environment(name.clone()),
            Self::File(path) => SecretValue::File(path.clone()),
        }
    }

    /// This reference as an integration holds it, when its preferred slot names the same place.
    #[must_use]
    pub fn in_use(&self, state: &SecretState) -> Option<SecretValue> {
        (Self::of(state).as_ref() == Some(self)).then(|| self.value())
    }

    /// Follows it. One line break at the end of a file is an editor's, not the secret's.
    #[must_use]
    pub fn read(&self, env: &dyn Fn(&str) -> Option<String>) -> Given {
        let text = match self {
            Self::Env(name) => env(name),
            Self::File(path) => std::fs::read_to_string(path).ok().map(|text| {
                let text = text.strip_suffix('\n').unwrap_or(&text);
                text.strip_suffix('\r').unwrap_or(text).to_owned()
            }),
        };
        text.filter(|text| !text.is_empty()).map_or(Given::Nothing, |text| Given::Value(Secret::new(text)))
    }
}

/// Takes the reference out of an integration.
pub(super) fn take(item: &mut Value, path: &str, errors: &mut FieldErrors) -> Option<SecretRef> {
    take_at(item, path, (ENV, FILE), errors)
}

/// Takes the reference to the second secret out of an integration.
pub(super) fn take_second(item: &mut Value, path: &str, errors: &mut FieldErrors) -> Option<SecretRef> {
    let second = take_at(item, path, (SECOND_ENV, SECOND_FILE), errors);
    // What it may say was looked at before: the second secret stays as it is.
    let is_left = item.as_object_mut().and_then(|members| members.remove(SECOND)).is_some();
    if let (Some(second), true) = (&second, is_left) {
        errors.add(format!("{path}.{}", second.second_member()), FieldCode::Ambiguous);
    }
    second
}

fn take_at(
    item: &mut Value,
    path: &str,
    (env_member, file_member): (&str, &str),
    errors: &mut FieldErrors,
) -> Option<SecretRef> {
    let members = item.as_object_mut()?;
    let mut text = |name: &str| members.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let (env, file) = (text(env_member), text(file_member));
    if env.is_some() && file.is_some() {
        errors.add(format!("{path}.{file_member}"), FieldCode::Ambiguous);
    }
    for (name, given) in [(env_member, &env), (file_member, &file)] {
        let empty = given.as_ref().is_some_and(|text| text.trim().is_empty());
        errors.check(!empty, &format!("{path}.{name}"), FieldCode::Required);
    }
    env.map(SecretRef::Env).or_else(|| file.map(SecretRef::File))
}

/// The references given before, by integration.
pub(super) async fn known(tx: &mut Tx) -> Result<Vec<(String, SecretRef)>, ServiceError> {
    let Some((Value::Object(map), _)) = tx.settings().get(SETTING).await? else { return Ok(Vec::new()) };
    let one = |(name, value): (String, Value)| {
        let text = |member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
        let reference = text("env").map(SecretRef::Env).or_else(|| text("file").map(SecretRef::File))?;
        Some((name, reference))
    };
    Ok(map.into_iter().filter_map(one).collect())
}

/// Keeps the references of a file, except those an export would name by itself.
pub(super) async fn remember(tx: &mut Tx, document: &Document) -> Result<(), ServiceError> {
    let Some(integrations) = &document.integrations else { return Ok(()) };
    let before = known(tx).await?;
    let mut after = before.clone();
    for integration in integrations {
        let name = &integration.settings.name;
        let Some(reference) = &integration.reference else { continue };
        after.retain(|(other, _)| other != name);
        if *reference != SecretRef::default_for(name) {
            after.push((name.clone(), reference.clone()));
        }
    }
    after.sort_by(|a, b| a.0.cmp(&b.0));
    if after == before {
        return Ok(());
    }
    let map: Map<String, Value> = after
        .into_iter()
        .map(|(name, reference)| match reference {
            SecretRef::Env(text) => (name, json!({"env": text})),
            SecretRef::File(text) => (name, json!({"file": text})),
        })
        .collect();
    tx.settings().set(SETTING, &Value::Object(map), None).await?;
    Ok(())
}
