use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{DiscoveryView, IntegrationConsequences, IntegrationView},
    form::{IntegrationForm, SecretForm},
};

use super::Answer;

/// Integrations.
#[async_trait]
pub trait Integrations: Send + Sync {
    /// All of them, by name.
    async fn list(&self, caller: &Caller) -> Answer<Vec<IntegrationView>>;
    /// One of them.
    async fn get(&self, caller: &Caller, name: &str) -> Answer<IntegrationView>;
    /// Reads an issuer's discovery document and says what is in it; stores nothing.
    async fn discover(&self, caller: &Caller, issuer: &str) -> Answer<DiscoveryView>;
    /// Creates one, disabled unless `enable`. Provisionally: enabled until it is confirmed or turned off again.
    async fn create(
        &self,
        caller: &Caller,
        form: IntegrationForm,
        secret: SecretForm,
        enable: bool,
        provisional: bool,
    ) -> Answer<IntegrationView>;
    /// Changes one; the form's revision must be the newest.
    async fn update(
        &self,
        caller: &Caller,
        name: &str,
        form: IntegrationForm,
        secret: SecretForm,
        provisional: bool,
    ) -> Answer<IntegrationView>;
    /// Turns it on or off; off ends its sessions. Provisionally: until it is confirmed or taken back.
    async fn set_enabled(
        &self,
        caller: &Caller,
        name: &str,
        enabled: bool,
        provisional: bool,
    ) -> Answer<IntegrationView>;
    /// What turning it off or deleting it would do.
    async fn consequences(&self, caller: &Caller, name: &str) -> Answer<IntegrationConsequences>;
    /// Deletes it, its rules and its sessions.
    async fn remove(&self, caller: &Caller, name: &str, provisional: bool) -> Answer<()>;
    /// The URL to register at the provider for an integration of this name.
    fn callback_url(&self, name: &str) -> String;
}
