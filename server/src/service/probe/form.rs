//! What the form of a new integration begins with: a preset, or a run of the probe whose settings go on.

use domain::{
    access::{Caller, Permission},
    form::{IntegrationForm, SecretForm},
    integration::IntegrationSettings,
    preset::{ClientUrls, FormStart, PRESETS, Preset},
};

use super::find;
use crate::{
    service::{ServiceError, tenancy::found},
    state::Core,
};

/// The first values of a form, and what to do at the provider. With `name` it is about that stored integration.
///
/// # Errors
/// Not allowed; a run that is over or somebody else's; no such integration; the database.
pub async fn start_form(
    core: &Core,
    caller: &Caller,
    preset: &str,
    run: &str,
    name: &str,
) -> Result<FormStart, ServiceError> {
    caller.require(Permission::ViewIntegrations)?;
    let public_url = core.public_url.as_str();
    let of = |settings: &IntegrationSettings, run: String, has_secret: bool| {
        let urls = ClientUrls::new(public_url, &settings.name);
        let preset = settings.preset.as_deref().and_then(Preset::find);
        FormStart {
            form: IntegrationForm::from_settings(settings, None),
            choices: Vec::new(),
            preset: preset.map(|preset| preset.view(&urls)),
            urls,
            run,
            has_secret,
        }
    };
    if !name.is_empty() {
        let mut tx = core.db.read().await?;
        let integration = found(tx.integrations().find(name).await?)?;
        return Ok(of(&integration.settings, String::new(), false));
    }
    if !run.is_empty() {
        caller.require(Permission::ManageIntegrations)?;
        let run = find(core, caller, run).await?;
        if let Some(settings) = &run.settings {
            return Ok(of(settings, run.id, run.secret.is_some()));
        }
    }
    if let Some(preset) = Preset::find(preset) {
        let mut tx = core.db.read().await?;
        let stored = tx.integrations().list().await?;
        let is_taken = |name: &str| stored.iter().any(|other| other.name().eq_ignore_ascii_case(name));
        return Ok(of(&preset.settings(&preset.free_name(is_taken)), String::new(), false));
    }
    let urls = ClientUrls::new(public_url, "");
    let choices = PRESETS.iter().map(|preset| preset.line(&urls)).collect();
    let blank = of(&IntegrationSettings::default(), String::new(), false);
    Ok(FormStart { choices, ..blank })
}

/// The secret of an earlier run when none was typed, as long as it goes to the same place as then.
///
/// # Errors
/// The database.
pub async fn fill_secret(
    core: &Core,
    caller: &Caller,
    form: &IntegrationForm,
    secret: SecretForm,
    before: &str,
) -> Result<SecretForm, ServiceError> {
    if before.is_empty() || !secret.client_secret.is_empty() {
        return Ok(secret);
    }
    let Ok(run) = find(core, caller, before).await else { return Ok(secret) };
    let token = Some(form.endpoint_token.trim()).filter(|token| !token.is_empty());
    let is_same = run.settings.as_ref().is_some_and(|settings| {
        settings.issuer == form.issuer.trim() && settings.endpoints.token.as_deref() == token
    });
    Ok(match run.secret.filter(|_| is_same) {
        Some(client_secret) => SecretForm { client_secret, is_kept: false },
        None => secret,
    })
}
