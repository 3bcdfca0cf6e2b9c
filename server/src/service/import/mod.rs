//! Import of what OMS and Ops Manager have configured: a disabled draft integration, mapping rules, and a report that
//! says of every key what became of it.

mod address;
pub mod draft;
pub mod entry;
mod groups;
pub mod oms;
pub mod ops_manager;
mod properties;
mod review;
mod write;
mod yaml;

use domain::{
    access::{Caller, Permission},
    api::{ImportPlan, ImportProblem, ImportSource},
    form::{FieldCode, FieldErrors},
};
use serde_json::Value;

pub use review::{keep, make, review};

use self::draft::{Draft, Given};
use super::{ServiceError, guarded::Mode};
use crate::state::Core;

/// How a file is imported.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Change nothing.
    pub dry_run: bool,
    /// Make an integration that exists equal to the file.
    pub force: bool,
    /// The integration's name; `None`: as the file says.
    pub name: Option<String>,
    /// The issuer; `None`: as the file says.
    pub issuer: Option<String>,
    /// What happens where it concerns a way in.
    pub mode: Mode,
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Things to change in the file, or beside it.
    #[error("{} problem(s) in the file", .0.len())]
    Problems(Vec<ImportProblem>),
    /// Refused or failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::Error> for ImportError {
    fn from(error: store::Error) -> Self {
        Self::Service(error.into())
    }
}

impl From<ImportError> for ServiceError {
    /// For REST: each problem at its key, and all of them with their lines as the detail.
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Service(error) => error,
            ImportError::Problems(problems) => {
                let mut fields = FieldErrors::default();
                let mut lines = Vec::new();
                for problem in problems {
                    let place = problem.line.map(|line| format!("Line {line}: ")).unwrap_or_default();
                    let key = if problem.key.is_empty() { "content" } else { problem.key.as_str() };
                    lines.push(format!("{place}{key}: {}", problem.problem.message()));
                    fields.add(key, problem.problem);
                }
                Self::File { fields, detail: lines.join(" ") }
            }
        }
    }
}

/// Reads a file; pure.
///
/// # Errors
/// It cannot be read at all.
pub fn read(source: ImportSource, content: &[u8], given: &Given<'_>) -> Result<Draft, ImportProblem> {
    let text = entry::text_of(content)?;
    match source {
        ImportSource::Oms => oms::read(text, given),
        ImportSource::OpsManager => ops_manager::read(text, given),
    }
}

/// Imports a file in one transaction. A dry run does the same and takes it back; whether it would be refused for the
/// sake of the ways in then stands in the plan.
///
/// # Errors
/// Not allowed; every problem of the file; it exists and differs and `force` is not given; no way in is known to
/// remain; the database.
pub async fn import(
    core: &Core,
    caller: &Caller,
    source: ImportSource,
    content: &[u8],
    options: &Options,
) -> Result<ImportPlan, ImportError> {
    for permission in [Permission::ManageIntegrations, Permission::ManageMappings] {
        caller.require(permission).map_err(ServiceError::from)?;
    }
    let typed = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (name, issuer) = (typed(&options.name), typed(&options.issuer));
    let issuer = issuer.map(|text| address::issuer_of_discovery(&text).map_or(text.clone(), str::to_owned));
    let given = Given {
        name: name.as_deref(),
        issuer: issuer.as_deref(),
        public_url: &core.public_url,
        return_to_allow: &core.config.sign_in.return_to_allow,
    };
    let draft = read(source, content, &given).map_err(|problem| ImportError::Problems(vec![problem]))?;
    write::write(core, caller, source, draft, options).await
}

/// Chooses a member for a new integration without a line of report.
fn put_chosen(draft: &mut Draft, member: &str, value: &str) {
    if let Some(members) = draft.chosen.as_object_mut() {
        members.insert(member.to_owned(), Value::from(value));
    }
}

/// The problem of an import that would change what somebody has changed.
fn differs() -> ImportProblem {
    ImportProblem { line: None, key: "force".to_owned(), problem: FieldCode::DiffersFromFile }
}
