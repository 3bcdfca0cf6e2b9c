use async_trait::async_trait;
use domain::{
    access::Caller,
    form::{IntegrationForm, SecretForm},
    preset::FormStart,
    probe::ProbeView,
};

use super::Answer;

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
