//! The two steps of the console: a file is handed in and kept for a while, sealed, because a secret is in it; then its
//! plan is looked at and carried out.

use domain::{
    access::{Caller, Permission, Via},
    api::{ImportPlan, ImportProblem, ImportReview, ImportSource},
    problem::ProblemCode,
    secret::Secret,
};
use serde::{Deserialize, Serialize};

use super::{ImportError, Options, entry, import};
use crate::{
    service::{ServiceError, guarded::Mode},
    state::Core,
};

/// How long a file is kept, in minutes.
const MINUTES: i64 = 30;

#[derive(Serialize, Deserialize)]
struct Kept {
    source: ImportSource,
    name: String,
    issuer: String,
    /// The file; or what keeps it from being text.
    content: Result<String, ImportProblem>,
}

/// Whose it is: this session's alone.
fn owner(caller: &Caller) -> Result<String, ServiceError> {
    match &caller.via {
        Via::Session { id, .. } => Ok(format!("import:{id}")),
        Via::ApiToken(_) | Via::Host => Err(ServiceError::Refused(ProblemCode::Forbidden)),
    }
}

/// Keeps a file for [`review`]; its identifier.
///
/// # Errors
/// Not allowed; the database. What is no text, or too large, the review tells.
pub async fn keep(
    core: &Core,
    caller: &Caller,
    source: ImportSource,
    content: &[u8],
    options: &Options,
) -> Result<String, ImportError> {
    caller.require(Permission::ManageIntegrations).map_err(ServiceError::from)?;
    let kept = Kept {
        source,
        name: options.name.clone().unwrap_or_default(),
        issuer: options.issuer.clone().unwrap_or_default(),
        content: entry::text_of(content).map(str::to_owned),
    };
    let json = serde_json::to_string(&kept).map_err(|error| ServiceError::Internal(Box::new(error)))?;
    let until = core.now().plus_minutes(MINUTES);
    let mut tx = core.db.begin().await?;
    let id = tx.form_drafts().put_sealed(&owner(caller)?, &Secret::new(json), until).await?;
    tx.commit().await?;
    Ok(id)
}

async fn kept(core: &Core, caller: &Caller, id: &str) -> Result<Kept, ServiceError> {
    let mut tx = core.db.read().await?;
    let found = tx.form_drafts().peek_sealed(id, &owner(caller)?, core.now()).await?;
    let found = found.ok_or(ServiceError::Refused(ProblemCode::NotFound))?;
    serde_json::from_str(found.expose()).map_err(|error| ServiceError::Internal(Box::new(error)))
}

impl Kept {
    fn options(&self, dry_run: bool, force: bool, mode: Mode) -> Options {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Options { dry_run, force, name: given(&self.name), issuer: given(&self.issuer), mode }
    }

    async fn import(
        &self,
        core: &Core,
        caller: &Caller,
        dry_run: bool,
        force: bool,
        mode: Mode,
    ) -> Result<ImportPlan, ImportError> {
        let content =
            self.content.as_ref().map_err(|problem| ImportError::Problems(vec![problem.clone()]))?;
        let options = self.options(dry_run, force, mode);
        import(core, caller, self.source, content.as_bytes(), &options).await
    }
}

/// The plan of a file that was kept, as things are now; changes nothing.
///
/// # Errors
/// Not allowed; no longer kept, or somebody else's; the database.
pub async fn review(core: &Core, caller: &Caller, id: &str) -> Result<ImportReview, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let kept = kept(core, caller, id).await?;
    let (plan, problems) = match kept.import(core, caller, true, false, Mode::Final).await {
        Ok(plan) => (Some(plan), Vec::new()),
        Err(ImportError::Problems(problems)) => (None, problems),
        Err(ImportError::Service(error)) => return Err(error),
    };
    Ok(ImportReview { source: kept.source, name: kept.name, issuer: kept.issuer, plan, problems })
}

/// Carries out the plan of a file that was kept, and forgets the file.
///
/// # Errors
/// As [`review`] and [`import`].
pub async fn make(
    core: &Core,
    caller: &Caller,
    id: &str,
    force: bool,
    mode: Mode,
) -> Result<ImportPlan, ImportError> {
    caller.require(Permission::ManageIntegrations).map_err(ServiceError::from)?;
    let kept = kept(core, caller, id).await?;
    let plan = kept.import(core, caller, false, force, mode).await?;
    let mut tx = core.db.begin().await?;
    tx.form_drafts().forget(id, &owner(caller)?).await?;
    tx.commit().await?;
    Ok(plan)
}
