//! What the sign-in page offers, and whether passwords may be used.

use domain::{
    api::{LocalSignInReason, SignInButton, SignInOptions},
    home_realm,
    integration::{Integration, IntegrationSettings},
};
use store::Tx;

use super::{ServiceError, settings::LOCAL_SIGN_IN};
use crate::state::Core;

/// Whether passwords may be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether they may.
    pub local_sign_in: bool,
    /// Why.
    pub reason: LocalSignInReason,
}

impl Policy {
    fn of(reason: LocalSignInReason) -> Self {
        let local_sign_in = match &reason {
            LocalSignInReason::NoIntegration
            | LocalSignInReason::Integration { .. }
            | LocalSignInReason::TurnedOn => true,
            LocalSignInReason::NoneAllows | LocalSignInReason::TurnedOff => false,
        };
        Self { local_sign_in, reason }
    }

    /// Why, one sentence.
    #[must_use]
    pub fn why(&self) -> String {
        match &self.reason {
            LocalSignInReason::NoIntegration => "No integration is enabled.".to_owned(),
            LocalSignInReason::Integration { name, .. } => {
                format!("The integration {name} allows it beside itself.")
            }
            LocalSignInReason::NoneAllows => "Every enabled integration turns it off.".to_owned(),
            LocalSignInReason::TurnedOn => "Turned on by the setting that overrides integrations.".to_owned(),
            LocalSignInReason::TurnedOff => {
                "Turned off by the setting that overrides integrations.".to_owned()
            }
        }
    }
}

/// The three scenarios: passwords beside single sign-on, when an enabled integration allows it; single sign-on only,
/// when none does; passwords only, when no integration is enabled. The setting overrides all of it.
///
/// # Errors
/// The database.
pub async fn policy(_core: &Core, tx: &mut Tx) -> Result<Policy, ServiceError> {
    let forced = tx.settings().get(LOCAL_SIGN_IN).await?;
    match forced.as_ref().and_then(|(value, _)| value.as_str()) {
        Some("on") => return Ok(Policy::of(LocalSignInReason::TurnedOn)),
        Some("off") => return Ok(Policy::of(LocalSignInReason::TurnedOff)),
        _ => {}
    }
    Ok(Policy::of(by_integrations(&enabled(tx).await?)))
}

fn by_integrations(enabled: &[Integration]) -> LocalSignInReason {
    if enabled.is_empty() {
        return LocalSignInReason::NoIntegration;
    }
    match enabled.iter().find(|integration| integration.settings.local_sign_in) {
        Some(found) => LocalSignInReason::Integration {
            name: found.name().to_owned(),
            label: label(&found.settings).to_owned(),
        },
        None => LocalSignInReason::NoneAllows,
    }
}

/// Enabled integrations in the order of their buttons.
async fn enabled(tx: &mut Tx) -> Result<Vec<Integration>, ServiceError> {
    let mut all = tx.integrations().list().await?;
    all.retain(|integration| integration.enabled);
    all.sort_by_key(|integration| integration.settings.order);
    Ok(all)
}

fn label(settings: &IntegrationSettings) -> &str {
    if settings.label.is_empty() { &settings.name } else { &settings.label }
}

/// What the sign-in page offers; `last_used` is the integration this browser used last.
///
/// # Errors
/// The database.
pub async fn options(core: &Core, last_used: Option<&str>) -> Result<SignInOptions, ServiceError> {
    let mut tx = core.db.read().await?;
    let policy = policy(core, &mut tx).await?;
    let enabled = enabled(&mut tx).await?;
    let by_email = enabled.iter().any(|integration| !integration.settings.email_domains.is_empty());
    let visible = enabled.iter().filter(|integration| !integration.settings.hidden);
    let mut shown: Vec<&Integration> = visible.collect();
    if shown.is_empty() && !policy.local_sign_in && !by_email {
        // A page without any way in helps nobody.
        shown = enabled.iter().collect();
    }
    let button = |integration: &Integration| SignInButton {
        last_used: last_used == Some(integration.name()),
        label: label(&integration.settings).to_owned(),
        name: integration.name().to_owned(),
        icon: integration.settings.icon.clone(),
    };
    Ok(SignInOptions {
        integrations: shown.into_iter().map(button).collect(),
        local_sign_in: policy.local_sign_in,
        why: policy.reason,
        by_email,
    })
}

/// The integration that somebody who wants in is sent to without being asked: the only one that is enabled, while
/// passwords are off.
///
/// # Errors
/// The database.
pub async fn only_way(core: &Core) -> Result<Option<String>, ServiceError> {
    let mut tx = core.db.read().await?;
    if policy(core, &mut tx).await?.local_sign_in {
        return Ok(None);
    }
    let enabled = enabled(&mut tx).await?;
    Ok(match enabled.as_slice() {
        [only] => Some(only.name().to_owned()),
        _ => None,
    })
}

/// Whether this is the name of an enabled integration, byte for byte.
///
/// # Errors
/// The database.
pub async fn is_enabled(core: &Core, name: &str) -> Result<bool, ServiceError> {
    let mut tx = core.db.read().await?;
    let found = tx.integrations().find(name).await?;
    Ok(found.is_some_and(|integration| integration.enabled && integration.name() == name))
}

/// The enabled integrations of this issuer, byte for byte, by name.
///
/// # Errors
/// The database.
pub async fn of_issuer(core: &Core, issuer: &str) -> Result<Vec<String>, ServiceError> {
    let mut tx = core.db.read().await?;
    let of = enabled(&mut tx).await?.into_iter().filter(|found| found.settings.issuer == issuer);
    Ok(of.map(|found| found.settings.name).collect())
}

/// The enabled integration for this e-mail address, by its domain alone: nobody is looked up.
///
/// # Errors
/// The database.
pub async fn of_address(core: &Core, address: &str) -> Result<Option<String>, ServiceError> {
    let Some(domain) = home_realm::domain_of(address) else { return Ok(None) };
    // As the network writes it: people type letters, administrators wrote xn--….
    let domain = match url::Host::parse(&domain) {
        Ok(url::Host::Domain(domain)) => domain,
        _ => return Ok(None),
    };
    let mut tx = core.db.read().await?;
    let mut best: Option<(usize, String)> = None;
    for found in enabled(&mut tx).await? {
        if let Some(fit) = home_realm::fit(&found.settings.email_domains, &domain)
            && best.as_ref().is_none_or(|(other, _)| fit > *other)
        {
            best = Some((fit, found.settings.name));
        }
    }
    Ok(best.map(|(_, name)| name))
}
