use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{ImportReview, ManagedKind, ManagedView, ProviderSnapshot},
};

use super::Answer;

/// Imports, what a configuration file sets, and what providers said of themselves.
#[async_trait]
pub trait Imports: Send + Sync {
    /// The plan of a file that was handed in, or what is wrong with it.
    async fn plan(&self, caller: &Caller, id: &str) -> Answer<ImportReview>;
    /// What of an object is set by a file; `None`: nothing. An integration goes by its name.
    async fn managed(&self, caller: &Caller, kind: ManagedKind, id: &str) -> Answer<Option<ManagedView>>;
    /// What an integration's provider said of itself, the newest first.
    async fn provider_history(&self, caller: &Caller, name: &str) -> Answer<Vec<ProviderSnapshot>>;
}
