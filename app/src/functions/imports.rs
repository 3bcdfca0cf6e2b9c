use domain::api::{ImportReview, ManagedKind, ManagedView, ProviderSnapshot};
use leptos::server;

use crate::error::AppError;

/// The plan of a file that was handed in.
///
/// # Errors
/// `not_found` when it is no longer kept; `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/import_plan", output = crate::wire::Wire)]
pub async fn import_plan(id: String) -> Result<ImportReview, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.imports.plan(&caller, &id).await)
}

/// What of an integration (by name) or a rule (by identifier) is set by a configuration file.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/managed", output = crate::wire::Wire)]
pub async fn managed(kind: ManagedKind, id: String) -> Result<Option<ManagedView>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.imports.managed(&caller, kind, &id).await)
}

/// What an integration's provider said of itself, the newest first.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/provider_history", output = crate::wire::Wire)]
pub async fn provider_history(name: String) -> Result<Vec<ProviderSnapshot>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.imports.provider_history(&caller, &name).await)
}
