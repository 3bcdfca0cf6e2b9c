//! A login's exchange of its code.

use domain::{integration::Integration, secret::Secret};
use oidc::{AttemptSecrets, Callback, SignedIn};
use store::HeldSecret;

use super::{either, notes::Notes};
use crate::{service::login::LoginFailed, state::Core};

/// One login's exchange.
pub(crate) struct Exchange<'a> {
    pub(crate) core: &'a Core,
    /// Whose secrets they are.
    pub(crate) integration: &'a Integration,
    /// What the provider is asked as: the same, or the same under the name of a probe's run.
    pub(crate) asked: &'a Integration,
    /// The preferred one first.
    pub(crate) held: &'a [HeldSecret],
    pub(crate) attempt: &'a AttemptSecrets,
    pub(crate) callback: &'a Callback,
    /// The request's id.
    pub(crate) reference: &'a str,
}

impl Exchange<'_> {
    /// Asks the provider, at most twice.
    pub(crate) async fn run(&self) -> Result<SignedIn, LoginFailed> {
        let Self { core, integration, asked, attempt, callback, reference, .. } = *self;
        let ask = |secret: Option<Secret>| async move {
            core.engine.complete(asked, secret.as_ref(), attempt, callback).await
        };
        Ok(either::ask(Notes { core, integration, reference }, self.held, ask).await?)
    }
}
