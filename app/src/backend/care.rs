use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{IntegrationView, ProviderCertificate},
    form::{IntegrationForm, KeptSecret, SecretForm, SecretSlotForm},
    history::{Conflict, RevisionDetail, RevisionView},
    notice::NoticeView,
    secret::Secret,
};

use super::Answer;

/// What keeps integrations well: their secrets, their history, and what wants somebody.
#[async_trait]
pub trait Care: Send + Sync {
    /// Changes one of an integration's two secrets.
    async fn change_secret(
        &self,
        caller: &Caller,
        name: &str,
        form: SecretSlotForm,
        secret: Secret,
    ) -> Answer<IntegrationView>;
    /// The changes of an integration, the newest first.
    async fn history(&self, caller: &Caller, name: &str) -> Answer<Vec<RevisionView>>;
    /// One change, compared with the version before and with now.
    async fn version(&self, caller: &Caller, name: &str, revision: i64) -> Answer<RevisionDetail>;
    /// Puts the settings of an earlier version back, if `newest` still is the newest.
    async fn restore(
        &self,
        caller: &Caller,
        name: &str,
        revision: i64,
        newest: i64,
        secret: SecretForm,
    ) -> Answer<IntegrationView>;
    /// What somebody else saved while this form was being filled in.
    async fn compare(&self, caller: &Caller, name: &str, form: IntegrationForm) -> Answer<Option<Conflict>>;
    /// Whether a client secret that was typed into this integration's form, which was refused, is kept.
    async fn kept_secret(&self, caller: &Caller, name: &str) -> Answer<Option<KeptSecret>>;
    /// What wants somebody now.
    async fn notices(&self, caller: &Caller) -> Answer<Vec<NoticeView>>;
    /// Puts a notice away that somebody has looked at.
    async fn dismiss_notice(&self, caller: &Caller, id: &str) -> Answer<()>;
    /// The certificates that an integration's provider showed when it was last looked at.
    async fn provider_certificates(&self, caller: &Caller, name: &str) -> Answer<Vec<ProviderCertificate>>;
}
