//! The client secrets of integrations: where they are read, which of the two is tried, when they end.

pub(crate) mod either;
pub(crate) mod exchange;
pub mod expiry;
pub(crate) mod notes;
pub(crate) mod push;
pub mod read;

use domain::{integration::Integration, secret::Secret};
use store::Tx;

pub use read::{SecretReader, Unreadable};

use super::ServiceError;
use crate::state::Core;

/// How notices name a slot.
#[must_use]
pub fn subject(slot: u8) -> String {
    format!("slot {slot}")
}

/// The secret of an integration that is tried first, also when it stands elsewhere.
///
/// # Errors
/// What its reference names cannot be read; the database.
pub async fn preferred(
    core: &Core,
    tx: &mut Tx,
    integration: &Integration,
) -> Result<Option<Secret>, ServiceError> {
    let held = tx.client_secrets().open(&integration.id).await?;
    let Some(first) = held.first() else { return Ok(None) };
    let read = core.secrets.read(&first.value, core.now()).await;
    read.map(Some).map_err(|why| ServiceError::Internal(Box::new(why)))
}
