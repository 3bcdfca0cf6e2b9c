use domain::id::PendingChangeId;
use leptos::server;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A provisional change as every page of the console shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingBanner {
    /// Its identifier.
    pub id: PendingChangeId,
    /// What was done, one sentence.
    pub summary: String,
    /// Seconds until it is taken back.
    pub seconds_left: i64,
    /// Whether this sign-in was made after it, so that it may be kept from here.
    pub can_confirm: bool,
}

/// Keeps the provisional change.
///
/// # Errors
/// `new_sign_in_needed`; `not_found` when it does not wait any more.
#[server(prefix = "/fn", endpoint = "pending/confirm", output = crate::wire::Wire)]
pub async fn confirm_pending_change(id: PendingChangeId) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result = backend.guard.confirm(&caller, id).await;
    super::ctx::answer_and_go(result, |()| crate::routes::INTEGRATIONS.to_owned())
}

/// Takes the provisional change back now.
///
/// # Errors
/// `not_found` when it does not wait any more.
#[server(prefix = "/fn", endpoint = "pending/revert", output = crate::wire::Wire)]
pub async fn revert_pending_change(id: PendingChangeId) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result = backend.guard.revert(&caller, id).await;
    super::ctx::answer_and_go(result, |()| crate::routes::INTEGRATIONS.to_owned())
}
