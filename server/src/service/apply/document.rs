//! Reads a configuration file and checks everything that the file alone can tell.

use std::fmt;

use domain::{
    form::{ConditionForm, FieldCode, FieldErrors, OrganizationForm, RoleForm, RuleForm},
    integration::IntegrationSettings,
    secret::SecretInput,
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{
    locate,
    secret_ref::{self, Given, SECOND, STORED, SecretRef},
};
use crate::service::{
    ServiceError,
    integrations::{check, input},
    mappings,
    shape::{self, Shape, field, join, optional},
};

const INTEGRATION: Shape = Shape::And(
    &Shape::Object(input::SETTINGS),
    &[
        optional("clientSecretEnv", Shape::Text, "The environment variable that holds the client secret."),
        optional("clientSecretFile", Shape::Text, "The file that holds the client secret."),
        optional("secondClientSecretEnv", Shape::Text, "The variable that holds the second client secret."),
        optional("secondClientSecretFile", Shape::Text, "The file that holds the second client secret."),
        optional("secondClientSecret", Shape::Text, "`set, not exported`: it stays as it is."),
        optional("enabled", Shape::Bool, "Whether people can sign in with it."),
    ],
);
const ORGANIZATION: Shape = Shape::Object(&[field("name", Shape::Text, "Its name.")]);
const PROJECT: Shape = Shape::Object(&[
    field("name", Shape::Text, "Its name."),
    field("organization", Shape::Text, "The organization's name or identifier."),
]);
const ROLE: Shape = Shape::Object(&[
    field("name", Shape::Text, "Its name: GLOBAL_, ORG_ or GROUP_, then capital letters, digits and _."),
    field("label", Shape::Text, "What people call it."),
    optional("description", Shape::Text, "What it lets somebody do."),
    optional("organization", Shape::Text, "The name or identifier of the organization it belongs to."),
]);
const FILE: Shape = Shape::Object(&[
    optional("organizations", Shape::Optional(&Shape::List(&ORGANIZATION)), "Organizations."),
    optional("projects", Shape::Optional(&Shape::List(&PROJECT)), "Projects."),
    optional("roles", Shape::Optional(&Shape::List(&ROLE)), "Custom roles."),
    optional("integrations", Shape::Optional(&Shape::List(&INTEGRATION)), "Integrations."),
    optional("mappingRules", Shape::Optional(&Shape::List(&mappings::CREATE)), "Mapping rules."),
]);

/// A problem of a file: where, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The member: `integrations.0.label`; empty for the whole file.
    pub member: String,
    /// What is wrong and the way out.
    pub text: String,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.member.is_empty() {
            write!(f, ": {}", self.member)?;
        }
        write!(f, ": {}", self.text)
    }
}

/// An integration of a file.
#[derive(Debug)]
pub struct FileIntegration {
    /// The settings of a new one, whole: what the file leaves out has its default.
    pub settings: IntegrationSettings,
    /// The members that the file names, and no others.
    pub named: Value,
    /// Whether people can sign in with it, if the file says so.
    pub enabled: Option<bool>,
    /// Where the secret is.
    pub reference: Option<SecretRef>,
    /// The secret, as far as the reference leads to one.
    pub secret: Given,
    /// Where the second secret is.
    pub second: Option<SecretRef>,
}

/// A project of a file.
#[derive(Debug)]
pub struct FileProject {
    /// Its name.
    pub name: String,
    /// The organization's name or identifier.
    pub organization: String,
}

/// A rule of a file; its target is a name path or an identifier.
#[derive(Debug)]
pub struct FileRule {
    /// Everything but the target.
    pub form: RuleForm,
    /// The target as written.
    pub target: Option<String>,
}

/// A file, read and checked. Sections that the file does not have are `None`: they are left alone.
#[derive(Debug)]
pub struct Document {
    file: String,
    text: String,
    /// Names.
    pub organizations: Option<Vec<String>>,
    /// Projects.
    pub projects: Option<Vec<FileProject>>,
    /// Custom roles; the organization is a name or an identifier.
    pub roles: Option<Vec<RoleForm>>,
    /// Integrations.
    pub integrations: Option<Vec<FileIntegration>>,
    /// Rules.
    pub rules: Option<Vec<FileRule>>,
}

impl Document {
    /// Reads YAML, or JSON, which is YAML too. `file` is its name in problems; `env` gives environment variables.
    ///
    /// # Errors
    /// Every problem.
    pub fn parse(
        file: &str,
        text: &str,
        allow_http: bool,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<FileProblem>> {
        let mut document = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            organizations: None,
            projects: None,
            roles: None,
            integrations: None,
            rules: None,
        };
        let mut whole = read(file, text)?;
        let mut errors = FieldErrors::default();
        refuse_secrets(&mut whole, &mut errors);
        FILE.check(&whole, "", &mut errors);
        if !errors.is_empty() {
            return Err(document.problems(&errors));
        }
        document.organizations =
            section(&mut whole, "organizations", |_, item, path| named(&item, path, &mut errors));
        document.projects = section(&mut whole, "projects", |_, item, path| FileProject {
            name: named(&item, path, &mut errors),
            organization: text_of(&item, "organization"),
        });
        document.roles = section(&mut whole, "roles", |_, item, path| role(&item, path, &mut errors));
        document.rules = section(&mut whole, "mappingRules", |_, item, path| rule(&item, path, &mut errors));
        document.integrations = section(&mut whole, "integrations", |_, item, path| {
            integration(item, path, allow_http, env, &mut errors)
        });
        document.duplicates(&mut errors);
        if errors.is_empty() { Ok(document) } else { Err(document.problems(&errors)) }
    }

    /// The file's name, without its folder.
    #[must_use]
    pub fn file_name(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        name.char_indices().nth(200).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
    }

    /// Hex SHA-256 of the file.
    #[must_use]
    pub fn digest(&self) -> String {
        Sha256::digest(self.text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Problems with their lines.
    #[must_use]
    pub fn problems(&self, errors: &FieldErrors) -> Vec<FileProblem> {
        let mut problems: Vec<FileProblem> = errors
            .iter()
            .map(|error| FileProblem {
                file: self.file.clone(),
                line: locate::line(&self.text, &error.field),
                member: error.field.clone(),
                text: error.code.message(),
            })
            .collect();
        problems.sort_by(|a, b| (a.line, &a.member).cmp(&(b.line, &b.member)));
        problems
    }

    fn duplicates(&self, errors: &mut FieldErrors) {
        let mut check = |section: &str, member: &str, keys: Vec<String>| {
            for (index, key) in keys.iter().enumerate() {
                if keys.iter().take(index).any(|other| other == key) {
                    errors.add(format!("{section}.{index}.{member}"), FieldCode::Taken);
                }
            }
        };
        check("organizations", "name", self.organizations.clone().unwrap_or_default());
        let projects = self.projects.iter().flatten();
        check("projects", "name", projects.map(|p| format!("{}\n{}", p.organization, p.name)).collect());
        check("roles", "name", self.roles.iter().flatten().map(|role| role.name.clone()).collect());
        let integrations = self.integrations.iter().flatten();
        check("integrations", "name", integrations.map(|i| i.settings.name.to_lowercase()).collect());
        let rules = self.rules.iter().flatten();
        let key = |rule: &FileRule| {
            let form = &rule.form;
            let target = rule.target.as_deref().unwrap_or_default();
            let mut parts = vec![form.integration.as_str(), &form.group, &form.role, &form.level, target];
            for one in &form.conditions {
                parts.extend([one.kind.as_str(), &one.path, &one.value]);
            }
            parts.into_iter().map(|part| part.replace('\n', " ")).collect::<Vec<_>>().join("\n")
        };
        check("mappingRules", "group", rules.map(key).collect());
    }
}

fn read(file: &str, text: &str) -> Result<Value, Vec<FileProblem>> {
    let problem = |line: Option<usize>, text: String| {
        vec![FileProblem { file: file.to_owned(), line, member: String::new(), text }]
    };
    let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).map_err(|error| {
        problem(error.location().map(|place| place.line()), format!("Not readable as YAML or JSON: {error}."))
    })?;
    if yaml.is_null() {
        return Err(problem(None, "The file is empty.".to_owned()));
    }
    json(yaml).ok_or_else(|| problem(None, "Use text keys and no YAML tags.".to_owned()))
}

/// YAML as JSON; `None` for what JSON does not have.
fn json(yaml: serde_yaml_ng::Value) -> Option<Value> {
    use serde_yaml_ng::Value as Yaml;
    Some(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(number).ok()?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(json).collect::<Option<_>>()?),
        Yaml::Mapping(members) => {
            let mut map = Map::new();
            for (key, value) in members {
                map.insert(key.as_str()?.to_owned(), json(value)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(_) => return None,
    })
}

/// A secret in a file would be in backups and version control. The member is taken out, so that nothing shows it.
fn refuse_secrets(whole: &mut Value, errors: &mut FieldErrors) {
    let items = whole.get_mut("integrations").and_then(Value::as_array_mut);
    for (index, item) in items.into_iter().flatten().enumerate() {
        if item.as_object_mut().is_some_and(|members| members.remove("clientSecret").is_some()) {
            errors.add(format!("integrations.{index}.clientSecret"), FieldCode::SecretInFile);
        }
        let second = item.get(SECOND).is_some_and(|value| value.as_str() != Some(STORED));
        if second && item.as_object_mut().is_some_and(|members| members.remove(SECOND).is_some()) {
            errors.add(format!("integrations.{index}.{SECOND}"), FieldCode::SecretInFile);
        }
    }
}

fn section<T>(
    whole: &mut Value,
    name: &str,
    mut read: impl FnMut(usize, Value, &str) -> T,
) -> Option<Vec<T>> {
    let Some(Value::Array(items)) = whole.as_object_mut()?.remove(name) else { return None };
    let one = |(index, item)| read(index, item, &format!("{name}.{index}"));
    Some(items.into_iter().enumerate().map(one).collect())
}

fn text_of(item: &Value, name: &str) -> String {
    item.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// The name of an organization or project.
fn named(item: &Value, path: &str, errors: &mut FieldErrors) -> String {
    let form = OrganizationForm { name: text_of(item, "name") };
    if let Err(problems) = form.validate() {
        prefix(path, &problems, errors);
    }
    form.name
}

/// A custom role; whether its organization exists is asked later.
fn role(item: &Value, path: &str, errors: &mut FieldErrors) -> RoleForm {
    let form = RoleForm {
        name: text_of(item, "name"),
        label: text_of(item, "label"),
        description: text_of(item, "description"),
        organization: text_of(item, "organization"),
    };
    let given = if form.organization.is_empty() { "" } else { "given" };
    if let Err(problems) = (RoleForm { organization: given.to_owned(), ..form.clone() }).validate() {
        prefix(path, &problems, errors);
    }
    form
}

fn rule(item: &Value, path: &str, errors: &mut FieldErrors) -> FileRule {
    let target = Some(text_of(item, "target")).filter(|text| !text.is_empty());
    let mut plain = item.clone();
    if let (Some(members), Some(_)) = (plain.as_object_mut(), &target) {
        // Whether the target exists is asked later; here only that there is one.
        members.insert("target".to_owned(), Value::from("given"));
    }
    let form = mappings::form_from_json(&plain).and_then(|form| form.validate().map(|valid| (form, valid)));
    match form {
        Ok((form, valid)) => FileRule {
            form: RuleForm {
                integration: valid.integration.unwrap_or_default(),
                group: valid.group,
                conditions: valid.conditions.list().iter().map(ConditionForm::of).collect(),
                role: valid.role.to_string(),
                target: String::new(),
                ..form
            },
            target,
        },
        Err(problems) => {
            prefix(path, &problems, errors);
            FileRule { form: RuleForm::default(), target }
        }
    }
}

fn integration(
    mut item: Value,
    path: &str,
    allow_http: bool,
    env: &dyn Fn(&str) -> Option<String>,
    errors: &mut FieldErrors,
) -> FileIntegration {
    let reference = secret_ref::take(&mut item, path, errors);
    let second = secret_ref::take_second(&mut item, path, errors);
    let secret = reference.as_ref().map_or(Given::NoReference, |reference| reference.read(env));
    let enabled =
        item.as_object_mut().and_then(|members| members.remove("enabled")).and_then(|v| v.as_bool());
    let named = item.clone();
    let settings = whole_settings(item).unwrap_or_default();
    let given = match &secret {
        Given::Value(secret) => SecretInput::Replace(secret.clone()),
        Given::NoReference | Given::Nothing => SecretInput::Keep,
    };
    let mut problems = FieldErrors::default();
    for problem in check::check(&settings, &given, allow_http).iter() {
        let member = match (problem.field.as_str(), &reference) {
            ("clientSecret", Some(reference)) => reference.member(),
            (other, _) => other,
        };
        problems.add(member, problem.code.clone());
    }
    prefix(path, &problems, errors);
    FileIntegration { settings, named, enabled, reference, secret, second }
}

fn whole_settings(item: Value) -> Result<IntegrationSettings, ServiceError> {
    let mut whole = input::whole(&IntegrationSettings::default())?;
    shape::merge(&mut whole, item, &Shape::Object(input::SETTINGS));
    serde_json::from_value(whole).map_err(|error| ServiceError::Internal(Box::new(error)))
}

/// Adds problems of an item under its path.
pub(super) fn prefix(path: &str, problems: &FieldErrors, errors: &mut FieldErrors) {
    for problem in problems.iter() {
        errors.add(join(path, &problem.field), problem.code.clone());
    }
}
