//! What a file sets is noted as its own, and only that is pruned.

use std::collections::HashSet;

use domain::{
    api::ManagedKind,
    form::ValidRule,
    integration::{Integration, IntegrationSettings},
    role::RoleName,
};
use serde_json::{Map, Value};
use store::ManagedObject;

use super::{
    Action,
    change::{Run, is_same, stored_rule_name},
    document::{Document, FileIntegration},
    places::Places,
};
use crate::service::{
    ServiceError,
    integrations::{self, input},
    managed, mappings,
    shape::{self, Shape},
    tenancy,
};

/// The fields that a file sets of an integration: those it names.
pub(super) fn fields(item: &FileIntegration) -> Map<String, Value> {
    let mut fields = managed::flat(&item.named);
    // As they are stored: `basic` has another name there.
    if let Ok(stored) = input::whole(&item.settings) {
        let stored = managed::flat(&stored);
        for (field, value) in &mut fields {
            if let Some(stored) = stored.get(field) {
                value.clone_from(stored);
            }
        }
    }
    if let Some(enabled) = item.enabled {
        fields.insert(managed::ENABLED.to_owned(), enabled.into());
    }
    if item.reference.is_some() || item.second.is_some() {
        fields.insert(managed::SECRET.to_owned(), Value::Null);
    }
    fields
}

/// What is stored, with what the file names laid over it. A field that this file named before and names no longer goes
/// back to its default; a field that it never named stays as people set it.
pub(super) fn settings(
    item: &FileIntegration,
    old: &Integration,
    before: &Map<String, Value>,
) -> Result<IntegrationSettings, ServiceError> {
    let mut whole = input::whole(&old.settings)?;
    let default = managed::flat(&input::whole(&IntegrationSettings::default())?);
    let named = managed::flat(&item.named);
    for field in before.keys().filter(|field| !named.contains_key(*field)) {
        if let (Some(value), Some(place)) = (default.get(field), place(&mut whole, field)) {
            place.clone_from(value);
        }
    }
    shape::merge(&mut whole, item.named.clone(), &Shape::Object(input::SETTINGS));
    serde_json::from_value(whole).map_err(|error| ServiceError::Internal(Box::new(error)))
}

fn place<'a>(whole: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    field.split('.').try_fold(whole, |at, step| at.get_mut(step))
}

/// [`fields`], with the identifier that a place's name has become.
pub(super) fn settled(item: &FileIntegration, settings: &IntegrationSettings) -> Map<String, Value> {
    let mut fields = fields(item);
    if let (Some(field), Some(target)) = (fields.get_mut("defaultRoleTarget"), &settings.default_role_target)
    {
        *field = Value::from(target.as_str());
    }
    fields
}

impl Run<'_> {
    /// Notes that the file sets this.
    pub(super) async fn own(
        &mut self,
        kind: ManagedKind,
        id: &str,
        fields: Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let object = ManagedObject {
            kind: kind.as_str().to_owned(),
            object_id: id.to_owned(),
            fields,
            file: self.file.name.clone(),
            digest: self.file.digest.clone(),
            applied_at: self.core.now(),
            released_at: None,
        };
        Ok(self.tx.managed_objects().put(&object).await?)
    }

    /// Takes the note away, so that the change that follows is not refused; the fields it had.
    pub(super) async fn disown(
        &mut self,
        kind: ManagedKind,
        id: &str,
    ) -> Result<Map<String, Value>, ServiceError> {
        let found = self.tx.managed_objects().find(kind, id).await?;
        self.tx.managed_objects().remove(kind.as_str(), id).await?;
        let same_file = found.filter(|object| object.file == self.file.name);
        Ok(same_file.map(|object| object.fields).unwrap_or_default())
    }

    /// Whether this file made it or named it before, and nobody released it since: nothing else is ever pruned.
    pub(super) async fn is_own(&mut self, kind: ManagedKind, id: &str) -> Result<bool, ServiceError> {
        let found = self.tx.managed_objects().find(kind, id).await?;
        Ok(found.is_some_and(|object| object.released_at.is_none() && object.file == self.file.name))
    }

    /// What is only turned off for now stays the file's: when that is taken back, it is as it was.
    async fn own_until_it_goes(&mut self, owned: Option<ManagedObject>) -> Result<(), ServiceError> {
        match owned {
            Some(owned) => Ok(self.tx.managed_objects().put(&owned).await?),
            None => Ok(()),
        }
    }

    /// Removes what this file set before and does not name any more, in the sections it has.
    pub(super) async fn prune(
        &mut self,
        document: &Document,
        places: &Places,
        kept: &[ValidRule],
    ) -> Result<(), ServiceError> {
        if document.rules.is_some() {
            for rule in self.tx.mapping_rules().all().await? {
                let id = rule.id.as_str();
                let gone = !kept.iter().any(|valid| is_same(&rule, valid));
                if gone && self.is_own(ManagedKind::MappingRule, id).await? {
                    let owned = self.tx.managed_objects().find(ManagedKind::MappingRule, id).await?;
                    self.disown(ManagedKind::MappingRule, id).await?;
                    if self.gentle && rule.enabled && rule.role.as_str() == RoleName::GLOBAL_OWNER {
                        let off = mappings::turn_off_in(self.caller, self.tx, &rule).await?;
                        self.put_off.rules.push(off);
                        self.own_until_it_goes(owned).await?;
                    } else {
                        mappings::remove_in(self.caller, self.tx, &rule).await?;
                    }
                    self.note(Action::Delete, "mapping rule", stored_rule_name(&rule, places), Value::Null);
                }
            }
        }
        if let Some(integrations) = &document.integrations {
            for old in self.tx.integrations().list().await? {
                let gone = !integrations.iter().any(|item| item.settings.name == old.name());
                if gone && self.is_own(ManagedKind::Integration, old.id.as_str()).await? {
                    let owned =
                        self.tx.managed_objects().find(ManagedKind::Integration, old.id.as_str()).await?;
                    self.disown(ManagedKind::Integration, old.id.as_str()).await?;
                    self.refuse_rules_of_others(&old).await?;
                    if self.gentle && old.enabled {
                        let off = integrations::set_enabled_in(self.core, self.caller, self.tx, &old, false)
                            .await?;
                        self.put_off.integrations.push(off);
                        self.own_until_it_goes(owned).await?;
                    } else {
                        integrations::delete_in(self.caller, self.tx, &old).await?;
                    }
                    self.note(Action::Delete, "integration", old.name(), Value::Null);
                    self.touched.push(old.id);
                }
            }
        }
        self.prune_roles(document).await?;
        if let Some(projects) = &document.projects {
            let mut named = Vec::new();
            for project in projects {
                named.extend(places.organization(&project.organization).map(|id| (id, &project.name)));
            }
            for old in places.projects() {
                let gone = !named.iter().any(|(id, name)| *id == old.organization && **name == old.name);
                if gone && self.is_own(ManagedKind::Project, old.id.as_str()).await? {
                    tenancy::remove_project(self.caller, self.tx, old).await?;
                    let path = format!("{}/{}", places.organization_name(&old.organization), old.name);
                    self.note(Action::Delete, "project", path, Value::Null);
                }
            }
        }
        if let Some(organizations) = &document.organizations {
            for old in places.organizations() {
                let gone = !organizations.contains(&old.name);
                if gone && self.is_own(ManagedKind::Organization, old.id.as_str()).await? {
                    tenancy::remove_organization(self.caller, self.tx, old).await?;
                    self.note(Action::Delete, "organization", &old.name, Value::Null);
                }
            }
        }
        Ok(())
    }

    /// Rules go with their integration. Those that this file did not make are nobody's to delete here.
    async fn refuse_rules_of_others(&mut self, integration: &Integration) -> Result<(), ServiceError> {
        let mut others = 0;
        for rule in self.tx.mapping_rules().all().await? {
            let is_of_it = rule.integration.as_deref() == Some(integration.name());
            // Removed by this file as soon as the change is confirmed.
            let is_put_off = self.put_off.rules.iter().any(|off| off.id == rule.id);
            if is_of_it && !is_put_off && !self.is_own(ManagedKind::MappingRule, rule.id.as_str()).await? {
                others += 1;
            }
        }
        if others > 0 { Err(ServiceError::InUse(vec![("mapping rule of others", others)])) } else { Ok(()) }
    }

    /// Notes about things that were deleted.
    pub(super) async fn forget_what_is_gone(&mut self) -> Result<(), ServiceError> {
        let places = Places::read(self.tx).await?;
        let mut there: HashSet<(&str, String)> = HashSet::new();
        there.extend(
            places.organizations().iter().map(|o| (ManagedKind::Organization.as_str(), o.id.to_string())),
        );
        there.extend(places.projects().iter().map(|p| (ManagedKind::Project.as_str(), p.id.to_string())));
        let roles = self.tx.roles().all().await?;
        there.extend(roles.iter().map(|r| (ManagedKind::Role.as_str(), managed::role_object(&r.name))));
        let integrations = self.tx.integrations().list().await?;
        there.extend(integrations.iter().map(|i| (ManagedKind::Integration.as_str(), i.id.to_string())));
        let rules = self.tx.mapping_rules().all().await?;
        there.extend(rules.iter().map(|rule| (ManagedKind::MappingRule.as_str(), rule.id.to_string())));
        for object in self.tx.managed_objects().all().await? {
            if !there.contains(&(object.kind.as_str(), object.object_id.clone())) {
                self.tx.managed_objects().remove(&object.kind, &object.object_id).await?;
            }
        }
        Ok(())
    }
}
