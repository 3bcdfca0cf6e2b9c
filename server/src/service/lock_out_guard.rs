//! Asked after every change that could lock everybody out, inside its transaction: would somebody be left who may
//! manage this console, and could they sign in?

use domain::problem::ProblemCode;
use store::Tx;

use super::{ServiceError, sign_in};
use crate::state::Core;

/// Who could still sign in and manage this console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaysIn {
    /// Global owners who could sign in, by user name.
    pub owners: Vec<String>,
    /// Whether there is an enabled global owner at all.
    pub any_owner: bool,
    /// Whether passwords may be used.
    pub local_sign_in: bool,
}

/// Who could sign in, as things stand in this transaction.
///
/// # Errors
/// The database.
pub async fn ways_in(core: &Core, tx: &mut Tx) -> Result<WaysIn, ServiceError> {
    let local_sign_in = sign_in::policy(core, tx).await?.local_sign_in;
    let all = tx.users().owners().await?;
    let enabled = || all.iter().filter(|owner| owner.enabled);
    let owners = enabled()
        .filter(|owner| (local_sign_in && owner.has_password) || !owner.integrations.is_empty())
        .map(|owner| owner.username.clone())
        .collect();
    Ok(WaysIn { owners, any_owner: enabled().next().is_some(), local_sign_in })
}

/// Refuses what would leave no global owner, or none who could sign in.
///
/// # Errors
/// [`ProblemCode::LastOwner`], [`ProblemCode::LastWayIn`]; the database.
pub async fn check(core: &Core, tx: &mut Tx) -> Result<(), ServiceError> {
    let ways = ways_in(core, tx).await?;
    if !ways.any_owner {
        return Err(ServiceError::Refused(ProblemCode::LastOwner));
    }
    if ways.owners.is_empty() {
        return Err(ServiceError::Refused(ProblemCode::LastWayIn));
    }
    Ok(())
}
