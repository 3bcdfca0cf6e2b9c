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

/// The secrets of an integration, the one that is tried first before the other, also when they stand elsewhere. The other
/// one is left out when it cannot be read.
///
/// # Errors
/// What the first one's reference names cannot be read; the database.
pub async fn both(core: &Core, tx: &mut Tx, integration: &Integration) -> Result<Vec<Secret>, ServiceError> {
    let held = tx.client_secrets().open(&integration.id).await?;
    let mut secrets = Vec::new();
    for one in held {
        match core.secrets.read(&one.value, core.now()).await {
            Ok(secret) => secrets.push(secret),
            Err(why) if secrets.is_empty() => return Err(ServiceError::Internal(Box::new(why))),
            Err(_) => {}
        }
    }
    Ok(secrets)
}
