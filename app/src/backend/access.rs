use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{Me, MyGroups, SessionView},
    form::PasswordForm,
    id::SessionId,
};

use super::Answer;

/// One's own page.
#[async_trait]
pub trait Access: Send + Sync {
    /// Who I am, my roles and why.
    async fn me(&self, caller: &Caller) -> Answer<Me>;
    /// What a provider last said of my groups; `None`: none said anything yet.
    async fn my_groups(&self, caller: &Caller) -> Answer<Option<MyGroups>>;
    /// My live sessions, the newest first.
    async fn my_sessions(&self, caller: &Caller) -> Answer<Vec<SessionView>>;
    /// Ends one of my sessions.
    async fn end_my_session(&self, caller: &Caller, id: SessionId) -> Answer<()>;
    /// Changes my password; my other sessions end.
    async fn change_password(&self, caller: &Caller, form: PasswordForm) -> Answer<()>;
}
