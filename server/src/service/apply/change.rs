//! Carries out what a file asks for, inside one transaction, and notes each difference.

use domain::{
    access::Caller,
    api::ManagedKind,
    audit::diff,
    form::{FieldCode, FieldErrors, ValidRule},
    id::IntegrationId,
    integration::{Integration, IntegrationSettings},
    mapping::{Conditions, MappingRule},
    secret::{SecretInput, SecretState, SlotChange},
    target::{Level, Target},
};
use serde_json::{Map, Value, json};
use store::Tx;

use super::{
    Action, ApplyError, Change,
    document::{Document, FileIntegration, FileRule, prefix},
    ownership,
    places::Places,
    secret_ref::{Given, SecretRef},
};
use crate::{
    service::{ServiceError, guarded::PutOff, integrations, integrations::input, managed, mappings, tenancy},
    state::Core,
};

/// One application of a file.
pub(super) struct Run<'a> {
    pub(super) core: &'a Core,
    pub(super) caller: &'a Caller,
    pub(super) tx: &'a mut Tx,
    pub(super) changes: Vec<Change>,
    /// By path in the file.
    pub(super) problems: FieldErrors,
    /// Integrations that changed.
    pub(super) touched: Vec<IntegrationId>,
    /// The file, as what it sets is noted.
    pub(super) file: FileMark,
    /// Whether what closes a way in is turned off first, and removed only once that stays.
    pub(super) gentle: bool,
    /// What is to be removed then.
    pub(super) put_off: PutOff,
}

/// The file, as what it sets is noted.
pub(super) struct FileMark {
    pub(super) name: String,
    pub(super) digest: String,
}

/// Removes what was put off.
pub(super) async fn finish(caller: &Caller, tx: &mut Tx, put_off: &PutOff) -> Result<(), ServiceError> {
    for rule in &put_off.rules {
        // It may have gone with its integration.
        if let Some(found) = tx.mapping_rules().find(&rule.id).await? {
            // The change itself decided that it goes, whoever sets it.
            tx.managed_objects().remove(ManagedKind::MappingRule.as_str(), found.id.as_str()).await?;
            mappings::remove_in(caller, tx, &found).await?;
        }
    }
    for old in &put_off.integrations {
        tx.managed_objects().remove(ManagedKind::Integration.as_str(), old.id.as_str()).await?;
        integrations::delete_in(caller, tx, old).await?;
    }
    Ok(())
}

impl Run<'_> {
    pub(super) async fn all(&mut self, document: &Document, prune: bool) -> Result<(), ApplyError> {
        self.organizations(document).await?;
        self.projects(document).await?;
        self.roles(document).await?;
        for (index, item) in document.integrations.iter().flatten().enumerate() {
            let path = format!("integrations.{index}");
            let done = self.integration(item, &path).await;
            self.field_problems(&path, done)?;
        }
        let places = Places::read(self.tx).await?;
        let mut kept = Vec::new();
        for (index, item) in document.rules.iter().flatten().enumerate() {
            let path = format!("mappingRules.{index}");
            let done = self.rule(item, &places).await;
            kept.extend(self.field_problems(&path, done)?);
        }
        if prune && self.problems.is_empty() {
            self.prune(document, &places, &kept).await?;
        }
        self.forget_what_is_gone().await?;
        Ok(())
    }

    /// Wrong fields are noted with their place in the file, and the rest goes on, so that all are told at once.
    pub(super) fn field_problems<T>(
        &mut self,
        path: &str,
        done: Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        match done {
            Ok(value) => Ok(Some(value)),
            Err(ServiceError::Fields(problems)) => {
                prefix(path, &problems, &mut self.problems);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    pub(super) fn note(&mut self, action: Action, kind: &'static str, name: impl Into<String>, diff: Value) {
        self.changes.push(Change { action, kind, name: name.into(), diff });
    }

    async fn organizations(&mut self, document: &Document) -> Result<(), ServiceError> {
        for name in document.organizations.iter().flatten() {
            if self.tx.organizations().find_by_name(name).await?.is_none() {
                tenancy::insert_organization(self.caller, self.tx, name).await?;
                self.note(Action::Create, "organization", name, Value::Null);
            }
            if let Some(made) = self.tx.organizations().find_by_name(name).await? {
                let fields = Map::from_iter([("name".to_owned(), json!(name))]);
                self.own(ManagedKind::Organization, made.id.as_str(), fields).await?;
            }
        }
        Ok(())
    }

    async fn projects(&mut self, document: &Document) -> Result<(), ServiceError> {
        let places = Places::read(self.tx).await?;
        for (index, project) in document.projects.iter().flatten().enumerate() {
            match places.organization(&project.organization) {
                Ok(organization) => {
                    if self.tx.projects().find_by_name(&organization, &project.name).await?.is_none() {
                        tenancy::insert_project(self.caller, self.tx, &organization, &project.name).await?;
                        let path = format!("{}/{}", places.organization_name(&organization), project.name);
                        self.note(Action::Create, "project", path, Value::Null);
                    }
                    if let Some(made) = self.tx.projects().find_by_name(&organization, &project.name).await? {
                        let fields = Map::from_iter([("name".to_owned(), json!(project.name))]);
                        self.own(ManagedKind::Project, made.id.as_str(), fields).await?;
                    }
                }
                Err(code) => self.problems.add(format!("projects.{index}.organization"), code),
            }
        }
        Ok(())
    }

    async fn integration(&mut self, item: &FileIntegration, path: &str) -> Result<(), ServiceError> {
        let name = &item.settings.name;
        let Some(old) = self.tx.integrations().find(name).await? else {
            return self.new_integration(item, path).await;
        };
        if old.name() != name {
            return Err(FieldErrors::one("name", FieldCode::Taken).into());
        }
        let before = self.disown(ManagedKind::Integration, old.id.as_str()).await?;
        let settings = ownership::settings(item, &old, &before)?;
        let secret = self.secret_for(item, &settings, &old, path).await?;
        let replaces = secret.is_replacement();
        let new = integrations::update_in(self.core, self.caller, self.tx, &old, settings, secret).await?;
        let (new, adds) = self.second_secret(item, new, path).await?;
        let secret_changes = replaces || adds;
        let enabled = item.enabled.unwrap_or(old.enabled);
        let mut changed = diff(&input::whole(&old.settings)?, &input::whole(&new.settings)?, &[]);
        if let Some(members) = changed.as_object_mut() {
            if secret_changes {
                members.insert("clientSecret".to_owned(), json!({"from": "[hidden]", "to": "[hidden]"}));
            }
            if old.enabled != enabled {
                members.insert("enabled".to_owned(), json!({"from": old.enabled, "to": enabled}));
            }
        }
        if old.enabled != enabled {
            integrations::set_enabled_in(self.core, self.caller, self.tx, &new, enabled).await?;
        }
        self.own(ManagedKind::Integration, old.id.as_str(), ownership::settled(item, &new.settings)).await?;
        if changed.as_object().is_some_and(|members| !members.is_empty()) {
            self.touched.push(old.id);
            self.note(Action::Update, "integration", name, changed);
        }
        Ok(())
    }

    async fn new_integration(&mut self, item: &FileIntegration, path: &str) -> Result<(), ServiceError> {
        let secret = match &item.secret {
            Given::Value(secret) => SecretInput::Replace(secret.clone()),
            Given::NoReference => SecretInput::Keep,
            Given::Nothing => {
                self.secret_missing(item, path);
                return Ok(());
            }
        };
        let new = input::Input { settings: item.settings.clone(), secret, enabled: item.enabled };
        let made = integrations::create_in(self.core, self.caller, self.tx, new).await?;
        let (made, _) = self.second_secret(item, made, path).await?;
        self.own(ManagedKind::Integration, made.id.as_str(), ownership::settled(item, &made.settings))
            .await?;
        self.touched.push(made.id);
        self.note(Action::Create, "integration", &item.settings.name, Value::Null);
        Ok(())
    }

    /// Puts the place of the second secret beside the first, unless one of the slots names it already; whether it did.
    async fn second_secret(
        &mut self,
        item: &FileIntegration,
        old: Integration,
        path: &str,
    ) -> Result<(Integration, bool), ServiceError> {
        let Some(second) = item.second.as_ref().filter(|second| !second.is_held(&old.client_secret)) else {
            return Ok((old, false));
        };
        let add = SecretInput::Slot(SlotChange::Add { value: second.value(), expires_at: None });
        let settings = old.settings.clone();
        match integrations::update_in(self.core, self.caller, self.tx, &old, settings, add).await {
            Ok(new) => Ok((new, true)),
            Err(ServiceError::Fields(wrong)) => {
                for problem in wrong.iter() {
                    let is_its = problem.field == "clientSecret";
                    let member = if is_its { second.second_member() } else { problem.field.as_str() };
                    self.problems.add(format!("{path}.{member}"), problem.code.clone());
                }
                Ok((old, false))
            }
            Err(other) => Err(other),
        }
    }

    fn secret_missing(&mut self, item: &FileIntegration, path: &str) {
        let member = item.reference.as_ref().map_or("clientSecret", |reference| reference.member());
        self.problems.add(format!("{path}.{member}"), FieldCode::SecretNotFound);
    }

    /// What is to happen to the stored secret: an equal one stays, unless it has to be given again.
    async fn secret_for(
        &mut self,
        item: &FileIntegration,
        new: &IntegrationSettings,
        old: &Integration,
        path: &str,
    ) -> Result<SecretInput, ServiceError> {
        match &item.secret {
            Given::NoReference => Ok(SecretInput::Keep),
            Given::Nothing => {
                if old.client_secret == SecretState::Unset {
                    self.secret_missing(item, path);
                }
                Ok(SecretInput::Keep)
            }
            Given::Value(secret) => {
                let moved =
                    old.settings.issuer != new.issuer || old.settings.endpoints.token != new.endpoints.token;
                // Both are there: which of them is tried first is for rotation to say.
                let is_held =
                    |one: &Option<SecretRef>| one.as_ref().is_some_and(|one| one.is_held(&old.client_secret));
                if !moved && is_held(&item.reference) && is_held(&item.second) {
                    return Ok(SecretInput::Keep);
                }
                // Where the integration itself names the same place, nothing is copied from it.
                if let Some(value) = item.reference.as_ref().and_then(|one| one.in_use(&old.client_secret)) {
                    let again = SlotChange::Replace { value, expires_at: None };
                    return Ok(if moved { SecretInput::Slot(again) } else { SecretInput::Keep });
                }
                let stored = self.tx.integrations().secret(old).await?;
                let same = stored.is_some_and(|stored| stored.expose() == secret.expose());
                Ok(if same && !moved { SecretInput::Keep } else { SecretInput::Replace(secret.clone()) })
            }
        }
    }

    /// Makes or changes a rule; the rule as it is then.
    async fn rule(&mut self, item: &FileRule, places: &Places) -> Result<ValidRule, ServiceError> {
        let level = Level::parse(&item.form.level).unwrap_or(Level::Global);
        let text = item.target.as_deref().unwrap_or_default();
        let at_target = |code| ServiceError::Fields(FieldErrors::one("target", code));
        let target = match level {
            Level::Global => Target::Global,
            Level::Organization => Target::Organization(places.organization(text).map_err(at_target)?),
            Level::Project => Target::Project(places.project(text).map_err(at_target)?),
        };
        let mut form = item.form.clone();
        form.target = target.id().unwrap_or_default().to_owned();
        let valid = form.validate()?;
        let all = self.tx.mapping_rules().all().await?;
        match all.iter().find(|rule| is_same(rule, &valid)) {
            None => {
                let made = mappings::insert_in(self.caller, self.tx, &valid).await?;
                let fields = managed::rule_fields(&made);
                self.own(ManagedKind::MappingRule, made.id.as_str(), fields).await?;
                self.note(Action::Create, "mapping rule", rule_name(&valid, places), Value::Null);
            }
            Some(old) if old.enabled != valid.enabled => {
                self.disown(ManagedKind::MappingRule, old.id.as_str()).await?;
                mappings::update_in(self.caller, self.tx, old, &valid).await?;
                let now = MappingRule { enabled: valid.enabled, ..old.clone() };
                self.own(ManagedKind::MappingRule, old.id.as_str(), managed::rule_fields(&now)).await?;
                let changed = json!({"enabled": {"from": old.enabled, "to": valid.enabled}});
                self.note(Action::Update, "mapping rule", rule_name(&valid, places), changed);
            }
            Some(old) => {
                self.own(ManagedKind::MappingRule, old.id.as_str(), managed::rule_fields(old)).await?
            }
        }
        Ok(valid)
    }
}

pub(super) fn is_same(rule: &MappingRule, valid: &ValidRule) -> bool {
    rule.integration == valid.integration
        && rule.group == valid.group
        && rule.conditions == valid.conditions
        && rule.role == valid.role
        && rule.target == valid.target
}

/// `dba-team → GROUP_OWNER at Atlas/billing (corp)`.
fn describe(
    group: &str,
    conditions: &Conditions,
    role: &str,
    target: &Target,
    integration: Option<&str>,
    places: &Places,
) -> String {
    let place = places.text(target).map(|place| format!(" at {place}")).unwrap_or_default();
    let of = integration.map(|name| format!(" ({name})")).unwrap_or_default();
    let mut who: Vec<&str> = Some(group).filter(|group| !group.is_empty()).into_iter().collect();
    who.extend(conditions.list().iter().map(|condition| condition.value.as_str()));
    format!("{} → {role}{place}{of}", who.join(" + "))
}

fn rule_name(rule: &ValidRule, places: &Places) -> String {
    describe(
        &rule.group,
        &rule.conditions,
        rule.role.as_str(),
        &rule.target,
        rule.integration.as_deref(),
        places,
    )
}

pub(super) fn stored_rule_name(rule: &MappingRule, places: &Places) -> String {
    describe(
        &rule.group,
        &rule.conditions,
        rule.role.as_str(),
        &rule.target,
        rule.integration.as_deref(),
        places,
    )
}
