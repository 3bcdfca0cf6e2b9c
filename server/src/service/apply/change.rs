//! Carries out what a file asks for, inside one transaction, and notes each difference.

use domain::{
    access::Caller,
    audit::diff,
    form::{FieldCode, FieldErrors, ValidRule},
    id::IntegrationId,
    integration::Integration,
    mapping::MappingRule,
    secret::{SecretInput, SecretState},
    target::{Level, Target},
};
use serde_json::{Value, json};
use store::Tx;

use super::{
    Action, ApplyError, Change,
    document::{Document, FileIntegration, FileRule, prefix},
    places::Places,
    secret_ref::Given,
};
use crate::{
    service::{ServiceError, integrations, integrations::input, mappings, tenancy},
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
}

impl Run<'_> {
    pub(super) async fn all(&mut self, document: &Document, prune: bool) -> Result<(), ApplyError> {
        self.organizations(document).await?;
        self.projects(document).await?;
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
        Ok(())
    }

    /// Wrong fields are noted with their place in the file, and the rest goes on, so that all are told at once.
    fn field_problems<T>(
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

    fn note(&mut self, action: Action, kind: &'static str, name: impl Into<String>, diff: Value) {
        self.changes.push(Change { action, kind, name: name.into(), diff });
    }

    async fn organizations(&mut self, document: &Document) -> Result<(), ServiceError> {
        for name in document.organizations.iter().flatten() {
            if self.tx.organizations().find_by_name(name).await?.is_none() {
                tenancy::insert_organization(self.caller, self.tx, name).await?;
                self.note(Action::Create, "organization", name, Value::Null);
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
        let secret = self.secret_for(item, &old, path).await?;
        let secret_changes = matches!(secret, SecretInput::Replace(_));
        let new =
            integrations::update_in(self.core, self.caller, self.tx, &old, item.settings.clone(), secret)
                .await?;
        let mut changed = diff(&input::whole(&old.settings)?, &input::whole(&new.settings)?, &[]);
        if let Some(members) = changed.as_object_mut() {
            if secret_changes {
                members.insert("clientSecret".to_owned(), json!({"from": "[hidden]", "to": "[hidden]"}));
            }
            if old.enabled != item.enabled {
                members.insert("enabled".to_owned(), json!({"from": old.enabled, "to": item.enabled}));
            }
        }
        if old.enabled != item.enabled {
            integrations::set_enabled_in(self.core, self.caller, self.tx, &new, item.enabled).await?;
        }
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
        let new = input::Input { settings: item.settings.clone(), secret, enabled: Some(item.enabled) };
        let made = integrations::create_in(self.core, self.caller, self.tx, new).await?;
        self.touched.push(made.id);
        self.note(Action::Create, "integration", &item.settings.name, Value::Null);
        Ok(())
    }

    fn secret_missing(&mut self, item: &FileIntegration, path: &str) {
        let member = item.reference.as_ref().map_or("clientSecret", |reference| reference.member());
        self.problems.add(format!("{path}.{member}"), FieldCode::SecretNotFound);
    }

    /// What is to happen to the stored secret: an equal one stays, unless it has to be given again.
    async fn secret_for(
        &mut self,
        item: &FileIntegration,
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
                let stored = self.tx.integrations().secret(old).await?;
                let same = stored.is_some_and(|stored| stored.expose() == secret.expose());
                let moved = old.settings.issuer != item.settings.issuer
                    || old.settings.endpoints.token != item.settings.endpoints.token;
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
                mappings::insert_in(self.caller, self.tx, &valid).await?;
                self.note(Action::Create, "mapping rule", rule_name(&valid, places), Value::Null);
            }
            Some(old) if old.enabled != valid.enabled => {
                mappings::update_in(self.caller, self.tx, old, &valid).await?;
                let changed = json!({"enabled": {"from": old.enabled, "to": valid.enabled}});
                self.note(Action::Update, "mapping rule", rule_name(&valid, places), changed);
            }
            Some(_) => {}
        }
        Ok(valid)
    }

    async fn prune(
        &mut self,
        document: &Document,
        places: &Places,
        kept: &[ValidRule],
    ) -> Result<(), ServiceError> {
        if document.rules.is_some() {
            for rule in self.tx.mapping_rules().all().await? {
                if !kept.iter().any(|valid| is_same(&rule, valid)) {
                    mappings::remove_in(self.caller, self.tx, &rule).await?;
                    self.note(Action::Delete, "mapping rule", stored_rule_name(&rule, places), Value::Null);
                }
            }
        }
        if let Some(integrations) = &document.integrations {
            for old in self.tx.integrations().list().await? {
                if !integrations.iter().any(|item| item.settings.name == old.name()) {
                    integrations::delete_in(self.caller, self.tx, &old).await?;
                    self.note(Action::Delete, "integration", old.name(), Value::Null);
                    self.touched.push(old.id);
                }
            }
        }
        if let Some(projects) = &document.projects {
            let mut named = Vec::new();
            for project in projects {
                named.extend(places.organization(&project.organization).map(|id| (id, &project.name)));
            }
            for old in places.projects() {
                if !named.iter().any(|(id, name)| *id == old.organization && **name == old.name) {
                    tenancy::remove_project(self.caller, self.tx, old).await?;
                    let path = format!("{}/{}", places.organization_name(&old.organization), old.name);
                    self.note(Action::Delete, "project", path, Value::Null);
                }
            }
        }
        if let Some(organizations) = &document.organizations {
            for old in places.organizations() {
                if !organizations.contains(&old.name) {
                    tenancy::remove_organization(self.caller, self.tx, old).await?;
                    self.note(Action::Delete, "organization", &old.name, Value::Null);
                }
            }
        }
        Ok(())
    }
}

fn is_same(rule: &MappingRule, valid: &ValidRule) -> bool {
    rule.integration == valid.integration
        && rule.group == valid.group
        && rule.role == valid.role
        && rule.target == valid.target
}

/// `dba-team → GROUP_OWNER at Atlas/billing (corp)`.
fn describe(group: &str, role: &str, target: &Target, integration: Option<&str>, places: &Places) -> String {
    let place = places.text(target).map(|place| format!(" at {place}")).unwrap_or_default();
    let of = integration.map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{group} → {role}{place}{of}")
}

fn rule_name(rule: &ValidRule, places: &Places) -> String {
    describe(&rule.group, rule.role.as_str(), &rule.target, rule.integration.as_deref(), places)
}

fn stored_rule_name(rule: &MappingRule, places: &Places) -> String {
    describe(&rule.group, rule.role.as_str(), &rule.target, rule.integration.as_deref(), places)
}
