use async_trait::async_trait;
use domain::{
    access::Caller,
    form::{IntegrationForm, SecretForm},
    preset::FormStart,
    probe::{ProbeView, SignInTest},
};

use super::Answer;
use crate::text;

/// The run with what can be done about its sign-in, which the browser's module does not know by heart.
pub(crate) fn with_advice(view: ProbeView) -> ProbeView {
    let words = view.sign_in.failure().map(text::login_failure);
    let advice = words.map(|words| match view.sign_in {
        SignInTest::Failed(_) => format!("{} {}", words.sentence, words.administrator),
        _ => words.administrator.to_owned(),
    });
    ProbeView { advice, ..view }
}

/// Presets, and the probe of an integration before and after it is stored.
#[async_trait]
pub trait Probe: Send + Sync {
    /// What a form begins with: a preset, a run's settings, or what a stored integration's provider needs.
    async fn start_form(&self, caller: &Caller, preset: &str, run: &str, name: &str) -> Answer<FormStart>;
    /// Begins a run for a stored integration.
    async fn begin(&self, caller: &Caller, name: &str) -> Answer<ProbeView>;
    /// Begins a run for a form; `before` is an earlier run of it.
    async fn begin_draft(
        &self,
        caller: &Caller,
        form: IntegrationForm,
        secret: SecretForm,
        before: &str,
    ) -> Answer<ProbeView>;
    /// A run: all its steps when `after` is 0, else as soon as there is something newer than that stage.
    async fn view(&self, caller: &Caller, run: &str, after: u32) -> Answer<ProbeView>;
    /// The secret of a run when none was typed.
    async fn fill_secret(
        &self,
        caller: &Caller,
        form: &IntegrationForm,
        secret: SecretForm,
        run: &str,
    ) -> Answer<SecretForm>;
}
