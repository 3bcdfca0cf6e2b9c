//! Writes the configuration as a file that `latchkey apply` reads.

use domain::{
    access::{Caller, Permission},
    integration::Integration,
    secret::SecretState,
    target::Target,
};
use serde_json::Value;
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::{
    places::Places,
    secret_ref::{self, SecretRef},
};
use crate::{
    service::{ServiceError, audit, integrations::input},
    state::Core,
};

const HEAD: &str = "\
# Configuration of Latchkey, to be applied with `latchkey apply -f FILE`.
# Secrets are named, not written: an environment variable (clientSecretEnv) or a file (clientSecretFile). A second one
# beside it likewise (secondClientSecretEnv, secondClientSecretFile), or it is said to be set, and stays as it is.
";

/// The configuration as YAML, the same text for the same configuration.
///
/// # Errors
/// Not allowed; the database.
pub async fn export(core: &Core, caller: &Caller) -> Result<String, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    caller.require(Permission::ViewMappings)?;
    audit::exported(core, caller, "configuration").await?;
    let mut tx = core.db.read().await?;
    let places = Places::read(&mut tx).await?;
    let references = secret_ref::known(&mut tx).await?;
    let mut file = Mapping::new();
    let organizations = places.organizations().iter().map(|o| mapping(vec![("name", text(&o.name))]));
    file.insert(text("organizations"), Yaml::Sequence(organizations.collect()));
    let mut projects: Vec<(&str, &str)> = places
        .projects()
        .iter()
        .map(|project| (places.organization_name(&project.organization), project.name.as_str()))
        .collect();
    projects.sort_unstable();
    let projects = projects.into_iter().map(|(organization, name)| {
        mapping(vec![("name", text(name)), ("organization", text(organization))])
    });
    file.insert(text("projects"), Yaml::Sequence(projects.collect()));
    let roles = tx.roles().all().await?;
    let roles = roles.iter().map(|role| {
        let mut members = vec![
            ("name", text(role.name.as_str())),
            ("label", text(&role.label)),
            ("description", text(&role.description)),
        ];
        if let Some(id) = &role.organization {
            members.extend(
                places.text(&Target::Organization(id.clone())).map(|name| ("organization", text(&name))),
            );
        }
        mapping(members)
    });
    file.insert(text("roles"), Yaml::Sequence(roles.collect()));
    let mut integrations = Vec::new();
    for one in tx.integrations().list().await? {
        let known =
            references.iter().find(|(name, _)| name == one.name()).map(|(_, reference)| reference.clone());
        let mut one = one;
        if let Some(grant) = one.settings.default_grant() {
            one.settings.default_role_target = places.text(&grant.target);
        }
        integrations.push(integration(&one, known)?);
    }
    file.insert(text("integrations"), Yaml::Sequence(integrations));
    let mut rules = tx.mapping_rules().all().await?;
    // By what they say, not by when they were made: rules of one file are of one moment.
    rules.sort_by_cached_key(|rule| {
        let place = places.text(&rule.target);
        let conditions = rule.conditions.list().to_vec();
        (
            rule.target.level(),
            place,
            rule.role.clone(),
            rule.group.clone(),
            conditions,
            rule.integration.clone(),
        )
    });
    let rules = rules.iter().map(|rule| {
        let mut members = Vec::new();
        if let Some(name) = &rule.integration {
            members.push(("integration", text(name)));
        }
        if !rule.group.is_empty() {
            members.push(("group", text(&rule.group)));
        }
        if !rule.conditions.is_empty() {
            members.push(("conditions", serde_yaml_ng::to_value(&rule.conditions).unwrap_or(Yaml::Null)));
        }
        members.extend([("role", text(rule.role.as_str())), ("level", text(rule.target.level().as_str()))]);
        if let Some(target) = places.text(&rule.target) {
            members.push(("target", text(&target)));
        }
        members.push(("enabled", Yaml::Bool(rule.enabled)));
        mapping(members)
    });
    file.insert(text("mappingRules"), Yaml::Sequence(rules.collect()));
    let body = serde_yaml_ng::to_string(&file).map_err(|error| ServiceError::Internal(Box::new(error)))?;
    Ok(format!("{HEAD}{body}"))
}

/// Every member that is not `null`, in the order of the documentation.
fn integration(integration: &Integration, known: Option<SecretRef>) -> Result<Yaml, ServiceError> {
    let whole = input::whole(&integration.settings)?;
    let mut members = Mapping::new();
    for field in input::SETTINGS {
        match whole.get(field.name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                let value = without_nulls(value.clone());
                let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                if !is_empty {
                    members.insert(text(field.name), yaml(value));
                }
            }
        }
        if field.name == "clientAuthMethod" && integration.client_secret != SecretState::Unset {
            let reference = SecretRef::of(&integration.client_secret).or_else(|| known.clone());
            let reference = reference.unwrap_or_else(|| SecretRef::default_for(integration.name()));
            members.insert(text(reference.member()), text(reference.text()));
            if let Some((member, value)) = SecretRef::second_of(&integration.client_secret) {
                members.insert(text(member), text(&value));
            }
        }
    }
    members.insert(text("enabled"), Yaml::Bool(integration.enabled));
    Ok(Yaml::Mapping(members))
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    value
}

fn yaml(value: Value) -> Yaml {
    serde_yaml_ng::to_value(value).unwrap_or(Yaml::Null)
}

fn text(text: &str) -> Yaml {
    Yaml::String(text.to_owned())
}

fn mapping(members: Vec<(&str, Yaml)>) -> Yaml {
    Yaml::Mapping(members.into_iter().map(|(name, value)| (text(name), value)).collect())
}
