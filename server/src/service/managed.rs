//! What a configuration file sets belongs to it: nobody else changes those fields until they are released. Every change
//! of an integration or rule asks here; `latchkey apply` takes the note away first and writes it anew.

use domain::{
    access::{Caller, Permission},
    api::{ManagedKind, ManagedView},
    audit::AuditKind,
    form::{FieldCode, FieldErrors},
    integration::{Integration, IntegrationSettings},
    mapping::MappingRule,
    role::RoleName,
    secret::SecretInput,
};
use serde_json::{Map, Value, json};
use store::{ManagedObject, Tx};

use super::{ServiceError, audit, delegated, integrations::input, mappings, shape::Shape, tenancy::found};
use crate::state::Core;

/// The field that stands for whether people can sign in with an integration.
pub(crate) const ENABLED: &str = "enabled";
/// The field that stands for the client secret; its value is never noted.
pub(crate) const SECRET: &str = "clientSecret";

/// Members as fields: those of `endpoints` and `claims` one by one, everything else whole.
pub(crate) fn flat(settings: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    for field in input::SETTINGS {
        let Some(value) = settings.get(field.name) else { continue };
        match (field.shape, value) {
            (Shape::Object(_), Value::Object(members)) => {
                out.extend(
                    members.iter().map(|(name, value)| (format!("{}.{name}", field.name), value.clone())),
                );
            }
            _ => drop(out.insert(field.name.to_owned(), value.clone())),
        }
    }
    out
}

/// The fields of this object that nobody but the file may change.
async fn enforced(tx: &mut Tx, kind: ManagedKind, id: &str) -> Result<Map<String, Value>, ServiceError> {
    let found = tx.managed_objects().find(kind, id).await?;
    Ok(found.filter(|object| object.released_at.is_none()).map(|object| object.fields).unwrap_or_default())
}

/// Adds the problem of every owned field that a change would move away from what the file says.
fn conflicts(owned: &Map<String, Value>, old: &Map<String, Value>, new: &Map<String, Value>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for (field, wanted) in owned {
        let (was, is) = (old.get(field), new.get(field));
        if was != is && is != Some(wanted) {
            errors.add(field.clone(), FieldCode::ManagedByConfiguration);
        }
    }
    errors
}

/// Refuses a change of settings that the file sets.
///
/// # Errors
/// [`FieldCode::ManagedByConfiguration`] by field; the database.
pub(crate) async fn check_settings(
    tx: &mut Tx,
    old: &Integration,
    new: &IntegrationSettings,
    secret: &SecretInput,
) -> Result<(), ServiceError> {
    let owned = enforced(tx, ManagedKind::Integration, old.id.as_str()).await?;
    if owned.is_empty() {
        return Ok(());
    }
    let (old, new) = (flat(&input::whole(&old.settings)?), flat(&input::whole(new)?));
    let mut errors = FieldErrors::default();
    for error in
        conflicts(&owned, &old, &new).iter().filter(|error| error.field != ENABLED && error.field != SECRET)
    {
        errors.add(error.field.clone(), error.code.clone());
    }
    let keeps = matches!(secret, SecretInput::Keep);
    errors.check(keeps || !owned.contains_key(SECRET), SECRET, FieldCode::ManagedByConfiguration);
    Ok(errors.into_result(())?)
}

/// Refuses to turn on or off what the file turns off or on.
///
/// # Errors
/// [`FieldCode::ManagedByConfiguration`]; the database.
pub(crate) async fn check_enabled(tx: &mut Tx, old: &Integration, enabled: bool) -> Result<(), ServiceError> {
    let owned = enforced(tx, ManagedKind::Integration, old.id.as_str()).await?;
    let mut errors = FieldErrors::default();
    let free = owned.get(ENABLED).is_none_or(|wanted| *wanted == json!(enabled));
    errors.check(free, ENABLED, FieldCode::ManagedByConfiguration);
    Ok(errors.into_result(())?)
}

/// Refuses to delete what the file names.
///
/// # Errors
/// [`FieldCode::ManagedByConfiguration`]; the database.
pub(crate) async fn check_removal(tx: &mut Tx, kind: ManagedKind, id: &str) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    let free = enforced(tx, kind, id).await?.is_empty();
    errors.check(free, "name", FieldCode::ManagedByConfiguration);
    Ok(errors.into_result(())?)
}

/// Refuses to change a rule that the file names.
///
/// # Errors
/// [`FieldCode::ManagedByConfiguration`] by field; the database.
pub(crate) async fn check_rule(
    tx: &mut Tx,
    old: &MappingRule,
    new: &MappingRule,
) -> Result<(), ServiceError> {
    let owned = enforced(tx, ManagedKind::MappingRule, old.id.as_str()).await?;
    Ok(conflicts(&owned, &rule_fields(old), &rule_fields(new)).into_result(())?)
}

/// What a custom role goes by in the notes, which have no room for its name: half of the name's SHA-256, in hex.
pub(crate) fn role_object(name: &RoleName) -> String {
    store::text_key(name.as_str()).chars().take(32).collect()
}

/// A rule as fields.
pub(crate) fn rule_fields(rule: &MappingRule) -> Map<String, Value> {
    mappings::body_of(rule).as_object().cloned().unwrap_or_default()
}

/// What of an object is set by a file, and what is no longer so; `None`: nothing is. An integration goes by name.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn view(
    core: &Core,
    caller: &Caller,
    kind: ManagedKind,
    id: &str,
) -> Result<Option<ManagedView>, ServiceError> {
    let permission = match kind {
        ManagedKind::Integration => Permission::ViewIntegrations,
        ManagedKind::MappingRule => Permission::ViewPlaces,
        _ => Permission::ViewMappings,
    };
    caller.require(permission)?;
    let mut tx = core.db.read().await?;
    let (id, now) = match kind {
        ManagedKind::Integration => {
            let integration = found(tx.integrations().find(id).await?)?;
            let mut now = flat(&input::whole(&integration.settings)?);
            now.insert(ENABLED.to_owned(), json!(integration.enabled));
            // Whether the secret is still the same nobody can tell here.
            now.insert(SECRET.to_owned(), Value::Null);
            (integration.id.to_string(), now)
        }
        ManagedKind::MappingRule => {
            let rule = tx.mapping_rules().find(&id.to_owned().into()).await?;
            if let Some(rule) = &rule {
                delegated::see_rule(&mut tx, caller, &rule.target).await?;
            } else {
                caller.require(Permission::ViewMappings)?;
            }
            (id.to_owned(), rule.as_ref().map(rule_fields).unwrap_or_default())
        }
        ManagedKind::Organization | ManagedKind::Project | ManagedKind::Role => (id.to_owned(), Map::new()),
    };
    let Some(object) = tx.managed_objects().find(kind, &id).await? else { return Ok(None) };
    let drift = object.fields.iter().filter(|(field, wanted)| now.get(*field) != Some(*wanted));
    let drift = drift.map(|(field, _)| field.clone()).collect();
    Ok(Some(ManagedView {
        file: object.file,
        applied_at: object.applied_at,
        released: object.released_at.is_some(),
        fields: object.fields.into_iter().map(|(field, _)| field).collect(),
        drift,
    }))
}

/// Lets everybody who may change integrations and rules change this integration and its rules again, until the file is
/// applied the next time.
///
/// # Errors
/// Not allowed; not there, or no file sets it; the database.
pub async fn release(core: &Core, caller: &Caller, name: &str) -> Result<(), ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    caller.require(Permission::ManageMappings)?;
    let mut tx = core.db.begin().await?;
    let integration = found(tx.integrations().find(name).await?)?;
    let mut objects = vec![(ManagedKind::Integration, integration.id.to_string())];
    for rule in tx.mapping_rules().all().await? {
        if rule.integration.as_deref() == Some(integration.name()) {
            objects.push((ManagedKind::MappingRule, rule.id.to_string()));
        }
    }
    let mut file = None;
    for (kind, id) in objects {
        let Some(object) = tx.managed_objects().find(kind, &id).await? else { continue };
        if object.released_at.is_none() {
            let released = ManagedObject { released_at: Some(core.now()), ..object };
            tx.managed_objects().put(&released).await?;
            file = Some(released.file);
        }
    }
    let Some(file) = file else { return Ok(()) };
    let detail = json!({"setBy": {"from": file, "to": Value::Null}});
    let target = Some(format!("integration:{}", integration.name()));
    let event = audit::event(caller, AuditKind::IntegrationChanged, target, detail);
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(())
}
