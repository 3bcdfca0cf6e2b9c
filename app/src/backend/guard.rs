use async_trait::async_trait;
use domain::{access::Caller, id::PendingChangeId};

use super::Answer;
use crate::functions::PendingBanner;

/// Provisional changes of the ways in.
#[async_trait]
pub trait Guard: Send + Sync {
    /// The change that waits to be confirmed, for those who may confirm it.
    async fn pending(&self, caller: &Caller) -> Answer<Option<PendingBanner>>;
    /// Keeps it; only from a sign-in made after it.
    async fn confirm(&self, caller: &Caller, id: PendingChangeId) -> Answer<()>;
    /// Takes it back now.
    async fn revert(&self, caller: &Caller, id: PendingChangeId) -> Answer<()>;
}
