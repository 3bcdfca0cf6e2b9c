use async_trait::async_trait;
use domain::api::SignInOptions;

use super::Answer;

/// The sign-in page.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// What the page offers; `last_used` is the integration this browser used last.
    async fn options(&self, last_used: Option<&str>) -> Answer<SignInOptions>;
}
