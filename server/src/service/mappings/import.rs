//! Rules as a file: CSV or JSON, out and in. A file is checked whole first, every wrong row is named, and all of it is
//! made or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    access::{Caller, Permission, Via},
    api::{RuleImportReport, RuleRowProblem},
    form::{FieldCode, FieldErrors, ValidRule},
    mapping::{Condition, MappingRule, csv_row},
    problem::ProblemCode,
    role::{self, RoleName},
    secret::Secret,
    target::{Level, Target},
};
use serde_json::{Value, json};
use store::Tx;

use super::{body_of, insert_in};
use crate::{
    service::{ServiceError, apply::places::Places, audit},
    state::Core,
};

mod rows;

pub use rows::read_rows;
use rows::{COLUMNS, Row};

/// The most rules of one file.
pub(super) const MOST_ROWS: usize = 10_000;
/// The most problems that are told.
const MOST_TOLD: usize = 200;
/// How long the report of an import is kept, in minutes.
const MINUTES: i64 = 30;

/// What a file of rules is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleFormat {
    /// RFC 4180, with a header.
    Csv,
    /// `{"mappingRules": […]}`, as configuration files have it.
    Json,
}

impl RuleFormat {
    /// `csv`, `json`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// How a file is imported.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Look, and make nothing.
    pub dry_run: bool,
    /// Rules that are there already are left out; otherwise they are problems.
    pub skip_existing: bool,
}

/// What makes a rule this one and no other.
type Key = (Option<String>, String, Vec<Condition>, RoleName, Target);

fn key(rule: &ValidRule) -> Key {
    let ValidRule { integration, group, conditions, role, target, .. } = rule;
    (integration.clone(), group.clone(), conditions.list().to_vec(), role.clone(), target.clone())
}

/// Every rule as a file that [`import`] reads.
///
/// # Errors
/// Not allowed; the database.
pub async fn export(core: &Core, caller: &Caller, format: RuleFormat) -> Result<String, ServiceError> {
    caller.require(Permission::ViewMappings)?;
    audit::exported(core, caller, "mapping rules").await?;
    let mut tx = core.db.read().await?;
    let places = Places::read(&mut tx).await?;
    let rules = tx.mapping_rules().all().await?;
    let internal = |error: serde_json::Error| ServiceError::Internal(Box::new(error));
    if format == RuleFormat::Json {
        let rules: Vec<Value> = rules.iter().map(|rule| file_body(rule, &places)).collect();
        return serde_json::to_string_pretty(&json!({ "mappingRules": rules })).map_err(internal);
    }
    let mut file = csv_row(&COLUMNS);
    for rule in &rules {
        let conditions = match rule.conditions.is_empty() {
            true => String::new(),
            false => serde_json::to_string(&rule.conditions).map_err(internal)?,
        };
        file.push_str(&csv_row(&[
            rule.integration.as_deref().unwrap_or_default(),
            &rule.group,
            rule.role.as_str(),
            rule.target.level().as_str(),
            &places.text(&rule.target).unwrap_or_default(),
            if rule.enabled { "true" } else { "false" },
            &conditions,
        ]));
    }
    Ok(file)
}

fn file_body(rule: &MappingRule, places: &Places) -> Value {
    let mut body = body_of(rule);
    if let Some(members) = body.as_object_mut() {
        members.insert("target".to_owned(), json!(places.text(&rule.target)));
    }
    body
}

/// Makes the rules of a file, all or none. The report has problems when nothing was made because of them.
///
/// # Errors
/// Not allowed; the database.
pub async fn import(
    core: &Core,
    caller: &Caller,
    rows: Result<Vec<Row>, FieldErrors>,
    options: ImportOptions,
) -> Result<RuleImportReport, ServiceError> {
    caller.require(Permission::ManageMappings)?;
    let rows = match rows {
        Ok(rows) => rows,
        Err(errors) => return Ok(refused(&errors, options)),
    };
    let mut tx = core.db.begin().await?;
    let (rules, unchanged) = match check(&mut tx, rows, options).await? {
        Ok(found) => found,
        Err(errors) => return Ok(refused(&errors, options)),
    };
    if !options.dry_run {
        for rule in &rules {
            insert_in(caller, &mut tx, rule).await?;
        }
        tx.commit().await?;
    }
    let created = u32::try_from(rules.len()).unwrap_or(u32::MAX);
    Ok(RuleImportReport { created, unchanged, dry_run: options.dry_run, ..RuleImportReport::default() })
}

/// The rules to be made, and how many are there already; or everything that is wrong.
async fn check(
    tx: &mut Tx,
    rows: Vec<Row>,
    options: ImportOptions,
) -> Result<Result<(Vec<ValidRule>, u32), FieldErrors>, ServiceError> {
    let places = Places::read(tx).await?;
    let integrations = tx.integrations().list().await?;
    let integrations: BTreeSet<&str> = integrations.iter().map(|one| one.name()).collect();
    let stored: BTreeSet<Key> =
        tx.mapping_rules().all().await?.iter().map(|rule| key(&ValidRule::of(rule))).collect();
    let mut known: HashMap<(Level, String), Result<Option<String>, FieldCode>> = HashMap::new();
    let mut seen: BTreeMap<Key, u32> = BTreeMap::new();
    let (mut rules, mut unchanged, mut errors) = (Vec::new(), 0, FieldErrors::default());
    for Row { number, mut form } in rows {
        let at = |field: &str| format!("rows.{number}.{field}");
        if form.level.trim().is_empty() {
            // A role belongs to one level, so the file need not say it.
            form.level =
                role::builtin(form.role.trim()).map(|role| role.level.to_string()).unwrap_or_default();
        }
        let level = Level::parse(form.level.trim());
        let mut wrong = FieldErrors::default();
        if let Some(level) = level.filter(|_| !form.target.trim().is_empty()) {
            let text = form.target.trim().to_owned();
            let place = known.entry((level, text.clone())).or_insert_with(|| place(&places, level, &text));
            match place {
                Ok(id) => form.target = id.clone().unwrap_or_default(),
                Err(code) => {
                    wrong.add("target", code.clone());
                    // Something, so that nothing else is said about it.
                    form.target = "unknown".to_owned();
                }
            }
        }
        match form.validate() {
            Ok(rule) if wrong.is_empty() => {
                let there = rule.integration.as_deref().is_none_or(|name| integrations.contains(name));
                errors.check(there, &at("integration"), FieldCode::NotThere);
                let key = key(&rule);
                if let Some(row) = seen.get(&key) {
                    errors.add(at("group"), FieldCode::Repeated { row: *row });
                } else if !stored.contains(&key) {
                    rules.push(rule);
                } else if options.skip_existing {
                    unchanged += 1;
                } else {
                    errors.add(at("group"), FieldCode::Taken);
                }
                seen.entry(key).or_insert(number);
            }
            Ok(_) => {}
            Err(more) => wrong.extend(more),
        }
        for error in wrong.iter() {
            errors.add(at(&error.field), error.code.clone());
        }
    }
    Ok(if errors.is_empty() { Ok((rules, unchanged)) } else { Err(errors) })
}

/// The identifier of what a file calls by name.
fn place(places: &Places, level: Level, text: &str) -> Result<Option<String>, FieldCode> {
    match level {
        Level::Global if text == "global" => Ok(None),
        Level::Global => Err(FieldCode::NotThere),
        Level::Organization => places.organization(text).map(|id| Some(id.to_string())),
        Level::Project => places.project(text).map(|id| Some(id.to_string())),
    }
}

fn refused(errors: &FieldErrors, options: ImportOptions) -> RuleImportReport {
    let problems = errors.iter().take(MOST_TOLD).map(|error| {
        let (row, field) = match error.field.strip_prefix("rows.").and_then(|rest| rest.split_once('.')) {
            Some((row, field)) => (row.parse().ok(), field),
            None => (None, error.field.as_str()),
        };
        RuleRowProblem { row, field: field.to_owned(), problem: error.code.clone() }
    });
    let more = errors.iter().count().saturating_sub(MOST_TOLD);
    RuleImportReport {
        dry_run: options.dry_run,
        problems: problems.collect(),
        more: u32::try_from(more).unwrap_or(u32::MAX),
        ..RuleImportReport::default()
    }
}

/// Whose a report is: this session's alone.
fn owner(caller: &Caller) -> Result<String, ServiceError> {
    match &caller.via {
        Via::Session { id, .. } => Ok(format!("rules:{id}")),
        Via::ApiToken(_) | Via::Host => Err(ServiceError::Refused(ProblemCode::Forbidden)),
    }
}

/// Keeps a report for the page that shows it; its identifier.
///
/// # Errors
/// Not allowed; the database.
pub async fn keep_report(
    core: &Core,
    caller: &Caller,
    report: &RuleImportReport,
) -> Result<String, ServiceError> {
    caller.require(Permission::ManageMappings)?;
    let text = serde_json::to_string(report).map_err(|error| ServiceError::Internal(Box::new(error)))?;
    let until = core.now().plus_minutes(MINUTES);
    let mut tx = core.db.begin().await?;
    let id = tx.form_drafts().put_sealed(&owner(caller)?, &Secret::new(text), until).await?;
    tx.commit().await?;
    Ok(id)
}

/// A report that was kept.
///
/// # Errors
/// Not allowed; no longer kept, or somebody else's; the database.
pub async fn report(core: &Core, caller: &Caller, id: &str) -> Result<RuleImportReport, ServiceError> {
    caller.require(Permission::ManageMappings)?;
    let mut tx = core.db.read().await?;
    let found = tx.form_drafts().peek_sealed(id, &owner(caller)?, core.now()).await?;
    let found = found.ok_or(ServiceError::Refused(ProblemCode::NotFound))?;
    serde_json::from_str(found.expose()).map_err(|error| ServiceError::Internal(Box::new(error)))
}
