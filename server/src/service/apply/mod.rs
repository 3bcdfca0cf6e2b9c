//! The configuration as a file: `latchkey apply` and `latchkey export`.

mod change;
mod custom_roles;
pub mod document;
pub mod export;
mod locate;
mod ownership;
pub mod places;
pub mod secret_ref;

use domain::{access::Caller, access::Permission, form::FieldErrors};
use serde::Serialize;
use serde_json::Value;

pub use document::{Document, FileProblem};

use super::{
    ServiceError,
    guarded::{self, Before, Mode, PutOff, Verdict},
};
use crate::state::Core;

/// How a file is applied.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Change nothing.
    pub dry_run: bool,
    /// Remove what the file does not name, in the sections that the file has.
    pub prune: bool,
}

/// What is done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is removed.
    Delete,
}

/// One difference between file and installation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// `integration`, `organization`, `project`, `mapping rule`.
    pub kind: &'static str,
    /// Which.
    pub name: String,
    /// Each member that changes, with `from` and `to`; `null` unless something is changed.
    pub diff: Value,
}

/// Why a file was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Things to change in the file.
    #[error("{} problem(s) in the file", .0.len())]
    Problems(Vec<FileProblem>),
    /// Refused or failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::Error> for ApplyError {
    fn from(error: store::Error) -> Self {
        Self::Service(error.into())
    }
}

/// Makes the installation equal to the file, in one transaction; says what differed. A dry run does the same and takes
/// it back, so that it cannot promise what the real run would refuse.
///
/// # Errors
/// Every problem of the file; refused; the database.
pub async fn apply(
    core: &Core,
    caller: &Caller,
    document: &Document,
    options: Options,
) -> Result<Vec<Change>, ApplyError> {
    apply_as(core, caller, document, options, Mode::Final).await.map(|(changes, _)| changes)
}

/// The same, and what became of it where it concerns a way in.
///
/// # Errors
/// As [`apply`].
pub async fn apply_as(
    core: &Core,
    caller: &Caller,
    document: &Document,
    options: Options,
    mode: Mode,
) -> Result<(Vec<Change>, Verdict), ApplyError> {
    for permission in [Permission::ManageIntegrations, Permission::ManageMappings, Permission::ManageTenancy]
    {
        caller.require(permission).map_err(ServiceError::from)?;
    }
    let mut tx = core.db.begin().await?;
    let before = Before::read(core, &mut tx).await?;
    // Before the first administrator is made there is nobody to lock out: a new installation can be filled at once.
    let somebody_to_lock_out = tx.users().count_global_owners().await? > 0;
    let mut run = change::Run {
        core,
        caller,
        tx: &mut tx,
        changes: Vec::new(),
        problems: FieldErrors::default(),
        touched: Vec::new(),
        file: change::FileMark { name: document.file_name().to_owned(), digest: document.digest() },
        gentle: mode == Mode::Provisional,
        put_off: PutOff::default(),
    };
    run.all(document, options.prune).await?;
    let change::Run { changes, problems, touched, put_off, .. } = run;
    if !problems.is_empty() {
        return Err(ApplyError::Problems(document.problems(&problems)));
    }
    let mut verdict = Verdict::Final;
    if somebody_to_lock_out && !changes.is_empty() {
        let summary = "Apply a configuration file".to_owned();
        verdict = guarded::decide(core, caller, &mut tx, &before, mode, summary, &put_off).await?;
    }
    if verdict == Verdict::Final {
        change::finish(caller, &mut tx, &put_off).await?;
    }
    if !options.dry_run {
        secret_ref::remember(&mut tx, document).await?;
        tx.commit().await?;
        for id in &touched {
            core.engine.forget(id);
        }
    }
    Ok((changes, verdict))
}
