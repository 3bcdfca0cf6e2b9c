//! What the sign-in page offers, and whether passwords may be used.

use domain::api::{SignInButton, SignInOptions};
use store::Tx;

use super::ServiceError;
use crate::state::Core;

/// The setting that overrides the integrations: `"on"`, `"off"`, or `null`.
pub const OVERRIDE: &str = "local_sign_in.override";

/// Whether passwords may be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether they may.
    pub local_sign_in: bool,
    /// One sentence.
    pub why: String,
}

/// Passwords may be used when an administrator on the host said so, when no integration is enabled, or when an enabled
/// one allows it beside itself. `off` overrides everything.
///
/// # Errors
/// The database.
pub async fn policy(_core: &Core, tx: &mut Tx) -> Result<Policy, ServiceError> {
    let forced = tx.settings().get(OVERRIDE).await?;
    let say = |local_sign_in, why: &str| Ok(Policy { local_sign_in, why: why.to_owned() });
    match forced.as_ref().and_then(|(value, _)| value.as_str()) {
        Some("on") => return say(true, "Turned on by the setting that overrides integrations."),
        Some("off") => return say(false, "Turned off by the setting that overrides integrations."),
        _ => {}
    }
    let integrations = tx.integrations().list().await?;
    let mut enabled = integrations.iter().filter(|integration| integration.enabled).peekable();
    if enabled.peek().is_none() {
        return say(true, "No integration is enabled.");
    }
    match enabled.find(|integration| integration.settings.local_sign_in) {
        Some(integration) => Ok(Policy {
            local_sign_in: true,
            why: format!("The integration {} allows it beside itself.", integration.name()),
        }),
        None => say(false, "Every enabled integration turns it off."),
    }
}

/// What the sign-in page offers; `last_used` is the integration this browser used last.
///
/// # Errors
/// The database.
pub async fn options(core: &Core, last_used: Option<&str>) -> Result<SignInOptions, ServiceError> {
    let mut tx = core.db.read().await?;
    let local_sign_in = policy(core, &mut tx).await?.local_sign_in;
    let integrations = tx.integrations().list().await?.into_iter().filter(|integration| integration.enabled);
    let button = |settings: domain::integration::IntegrationSettings| SignInButton {
        last_used: last_used == Some(settings.name.as_str()),
        label: if settings.label.is_empty() { settings.name.clone() } else { settings.label },
        name: settings.name,
    };
    Ok(SignInOptions {
        integrations: integrations.map(|found| button(found.settings)).collect(),
        local_sign_in,
    })
}
