//! Compares what a file says with what is there, and makes what is missing.

use domain::{
    access::Caller,
    api::{ImportAction, ImportChange, ImportPlan, ImportProblem, ImportSource},
    audit::diff,
    form::{FieldErrors, ValidRule},
    integration::{Integration, IntegrationSettings},
    secret::SecretInput,
};
use serde_json::{Value, json};
use store::Tx;

use super::{
    ImportError, Options, differs,
    draft::{Draft, DraftRule},
};
use crate::{
    service::{
        ServiceError,
        guarded::{self, Before, PutOff},
        integrations::{self, check, input},
        mappings,
        shape::{self, Shape},
    },
    state::Core,
};

pub(super) async fn write(
    core: &Core,
    caller: &Caller,
    source: ImportSource,
    mut draft: Draft,
    options: &Options,
) -> Result<ImportPlan, ImportError> {
    let rules = valid_rules(&mut draft);
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    let old = tx.integrations().find(&draft.name).await?;
    let settings = settings(&draft, old.as_ref())?;
    let secret = secret(&mut tx, &draft, old.as_ref(), &settings).await?;
    let wrong = check::check(&settings, &secret, core.config.outbound.allow_http);
    problems(&mut draft, &wrong);
    if !draft.problems.is_empty() {
        draft.problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        return Err(ImportError::Problems(draft.problems));
    }
    let mut changes = Vec::new();
    let mut touched = None;
    match &old {
        None => {
            let new = input::Input { settings: settings.clone(), secret, enabled: Some(false) };
            let made = at_keys(&mut draft, integrations::create_in(core, caller, &mut tx, new).await)?;
            changes.push(change(ImportAction::Create, "integration", made.name(), Value::Null));
        }
        Some(old) => {
            let difference = difference(old, &settings, &secret)?;
            if difference.as_object().is_some_and(|members| !members.is_empty()) {
                let done =
                    integrations::update_in(core, caller, &mut tx, old, settings.clone(), secret).await;
                let new = at_keys(&mut draft, done)?;
                changes.push(change(ImportAction::Update, "integration", old.name(), difference));
                touched = Some(new);
            }
        }
    }
    let all = tx.mapping_rules().all().await?;
    for (rule, origin) in &rules {
        let there = all.iter().any(|old| {
            old.integration == rule.integration
                && old.group == rule.group
                && old.role == rule.role
                && old.target == rule.target
        });
        if !there {
            mappings::insert_in(caller, &mut tx, rule).await.map_err(|error| at_origin(origin, error))?;
            let name = format!("{} \u{2192} {} ({})", rule.group, rule.role, draft.name);
            changes.push(change(ImportAction::Create, "mapping rule", &name, Value::Null));
        }
    }
    let needs_force = old.is_some() && !changes.is_empty();
    if needs_force && !options.force && !options.dry_run {
        return Err(ImportError::Problems(vec![differs()]));
    }
    let mut refused = None;
    if touched.is_some() {
        let summary = format!("Import {}", draft.name);
        let (mode, none) = (options.mode, PutOff::default());
        match guarded::decide(core, caller, &mut tx, &before, mode, summary, &none).await {
            Ok(_) => {}
            Err(ServiceError::Refused(code)) if options.dry_run => refused = Some(code),
            Err(error) => return Err(error.into()),
        }
    }
    if !options.dry_run {
        tx.commit().await?;
        if let Some(new) = &touched {
            core.engine.forget(&new.id);
        }
    }
    Ok(ImportPlan {
        source,
        callback_url: core.callback_url(&draft.name),
        integration: draft.name,
        exists: old.is_some(),
        needs_force,
        applied: !options.dry_run,
        changes,
        lines: draft.lines,
        refused,
    })
}

fn change(action: ImportAction, kind: &str, name: &str, diff: Value) -> ImportChange {
    ImportChange { action, kind: kind.to_owned(), name: name.to_owned(), diff }
}

/// Rules that hold; the others become problems at their keys.
fn valid_rules(draft: &mut Draft) -> Vec<(ValidRule, DraftRule)> {
    let mut valid = Vec::new();
    for rule in std::mem::take(&mut draft.rules) {
        match rule.form.validate() {
            Ok(form) => valid.push((form, rule)),
            Err(wrong) => draft.problems.extend(wrong.iter().map(|error| ImportProblem {
                line: rule.line,
                key: rule.key.clone(),
                problem: error.code.clone(),
            })),
        }
    }
    valid
}

/// What is stored, with what the file decides laid over it; for a new one also what was chosen here.
fn settings(draft: &Draft, old: Option<&Integration>) -> Result<IntegrationSettings, ServiceError> {
    let shape = Shape::Object(input::SETTINGS);
    let mut whole = match old {
        Some(old) => input::whole(&old.settings)?,
        None => {
            let mut whole = input::whole(&IntegrationSettings::default())?;
            shape::merge(&mut whole, draft.chosen.clone(), &shape);
            shape::merge(&mut whole, json!({"name": draft.name}), &shape);
            whole
        }
    };
    shape::merge(&mut whole, draft.decided.clone(), &shape);
    serde_json::from_value(whole).map_err(|error| ServiceError::Internal(Box::new(error)))
}

/// An equal secret stays, unless it has to be given again because the provider's address changes.
async fn secret(
    tx: &mut Tx,
    draft: &Draft,
    old: Option<&Integration>,
    new: &IntegrationSettings,
) -> Result<SecretInput, ServiceError> {
    let Some(secret) = &draft.secret else { return Ok(SecretInput::Keep) };
    if let Some(old) = old {
        let stored = tx.integrations().secret(old).await?;
        let same = stored.is_some_and(|stored| stored.expose() == secret.expose());
        let moved = old.settings.issuer != new.issuer || old.settings.endpoints.token != new.endpoints.token;
        if same && !moved {
            return Ok(SecretInput::Keep);
        }
    }
    Ok(SecretInput::Replace(secret.clone()))
}

fn difference(
    old: &Integration,
    new: &IntegrationSettings,
    secret: &SecretInput,
) -> Result<Value, ServiceError> {
    let mut changed = diff(&input::whole(&old.settings)?, &input::whole(new)?, &[]);
    if let (SecretInput::Replace(_), Some(members)) = (secret, changed.as_object_mut()) {
        members.insert("clientSecret".to_owned(), json!({"from": "[hidden]", "to": "[hidden]"}));
    }
    Ok(changed)
}

/// Puts the problems of members at the keys they come from.
fn problems(draft: &mut Draft, wrong: &FieldErrors) {
    for error in wrong.iter() {
        let (line, key) = draft.origin(&error.field);
        let known = draft.problems.iter().any(|problem| problem.key == key);
        // What no key and nobody gave is missing for a reason that is told already.
        let follows = !draft.problems.is_empty() && key == error.field && key != "name";
        if !known && !follows {
            draft.problems.push(ImportProblem { line, key, problem: error.code.clone() });
        }
    }
}

fn at_keys<T>(draft: &mut Draft, done: Result<T, ServiceError>) -> Result<T, ImportError> {
    match done {
        Err(ServiceError::Fields(wrong)) => {
            problems(draft, &wrong);
            Err(ImportError::Problems(std::mem::take(&mut draft.problems)))
        }
        other => Ok(other?),
    }
}

fn at_origin(origin: &DraftRule, error: ServiceError) -> ImportError {
    match error {
        ServiceError::Fields(wrong) => ImportError::Problems(
            wrong
                .iter()
                .map(|error| ImportProblem {
                    line: origin.line,
                    key: origin.key.clone(),
                    problem: error.code.clone(),
                })
                .collect(),
        ),
        other => other.into(),
    }
}
