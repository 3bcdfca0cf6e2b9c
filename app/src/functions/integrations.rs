use domain::{
    api::{DiscoveryView, IntegrationConsequences, IntegrationView},
    form::IntegrationForm,
};
use leptos::server;

use crate::error::AppError;

/// Every integration, by name.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/list", output = crate::wire::Wire)]
pub async fn list_integrations() -> Result<Vec<IntegrationView>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.integrations.list(&caller).await)
}

/// One integration.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/get", output = crate::wire::Wire)]
pub async fn get_integration(name: String) -> Result<IntegrationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.integrations.get(&caller, &name).await)
}

/// The URL to register at the provider for an integration of this name.
///
/// # Errors
/// `unauthenticated`.
#[server(prefix = "/fn", endpoint = "integrations/callback_url", output = crate::wire::Wire)]
pub async fn callback_url(name: String) -> Result<String, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let allowed = caller.require(domain::access::Permission::ViewIntegrations);
    let refused = |_| AppError::refused(domain::problem::ProblemCode::Forbidden);
    super::ctx::answer(allowed.map(|()| backend.integrations.callback_url(&name)).map_err(refused))
}

/// Reads an issuer's discovery document and says what is in it.
///
/// # Errors
/// The problem with the field `issuer`.
#[server(prefix = "/fn", endpoint = "integrations/discover", output = crate::wire::Wire)]
pub async fn discover(issuer: String) -> Result<DiscoveryView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.integrations.discover(&caller, issuer.trim()).await)
}

/// Creates an integration, disabled unless the button `enable` was used, or `provisional`, which enables it until that is
/// confirmed. Without a secret the one of the run `probe` is taken, or the one that was kept.
///
/// # Errors
/// Every problem, by field.
#[server(prefix = "/fn", endpoint = "integrations/create", output = crate::wire::Wire)]
pub async fn create_integration(
    form: IntegrationForm,
    #[server(default)] client_secret: String,
    enable: Option<String>,
    #[server(default)] probe: String,
    provisional: Option<String>,
    kept_secret: Option<String>,
) -> Result<IntegrationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let secret =
        domain::form::SecretForm { client_secret: client_secret.into(), is_kept: kept_secret.is_some() };
    let secret = super::ctx::answer(backend.probe.fill_secret(&caller, &form, secret, &probe).await)?;
    let (provisional, enable) = (provisional.is_some(), enable.is_some());
    let result = backend.integrations.create(&caller, form, secret, enable || provisional, provisional).await;
    super::ctx::answer_and_go(result, |made| crate::routes::integration_created(&made.settings.name))
}

/// Changes an integration; with `kept_secret` the client secret that was typed when the form was refused goes on.
///
/// # Errors
/// Every problem, by field; `stale` when somebody changed it meanwhile.
#[server(prefix = "/fn", endpoint = "integrations/update", output = crate::wire::Wire)]
pub async fn update_integration(
    name: String,
    form: IntegrationForm,
    #[server(default)] client_secret: String,
    provisional: Option<String>,
    kept_secret: Option<String>,
) -> Result<IntegrationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let secret =
        domain::form::SecretForm { client_secret: client_secret.into(), is_kept: kept_secret.is_some() };
    let result = backend.integrations.update(&caller, &name, form, secret, provisional.is_some()).await;
    super::ctx::answer_and_go(result, |view| crate::routes::integration_saved(&view.settings.name))
}

/// Turns an integration on (`enabled` is there) or off; off ends its sessions.
///
/// # Errors
/// `last_way_in`, `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/set_enabled", output = crate::wire::Wire)]
pub async fn set_integration_enabled(
    name: String,
    enabled: Option<String>,
    provisional: Option<String>,
) -> Result<IntegrationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result =
        backend.integrations.set_enabled(&caller, &name, enabled.is_some(), provisional.is_some()).await;
    super::ctx::answer_and_go(result, |view| crate::routes::integration(&view.settings.name))
}

/// What turning it off or deleting it would do.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/consequences", output = crate::wire::Wire)]
pub async fn consequences_of(name: String) -> Result<IntegrationConsequences, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.integrations.consequences(&caller, &name).await)
}

/// Deletes an integration, its rules and its sessions.
///
/// # Errors
/// `last_way_in`, `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "integrations/remove", output = crate::wire::Wire)]
pub async fn remove_integration(name: String, provisional: Option<String>) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(
        backend.integrations.remove(&caller, &name, provisional.is_some()).await,
        |()| crate::routes::INTEGRATIONS.to_owned(),
    )
}
