//! What the provider offers, against what is set.

use domain::integration::{ClientAuthMethod, IntegrationSettings, Protocol, UserinfoMode};
use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use serde_json::Value;

use super::{Done, Known, LONGEST};
use crate::error::clean;
use crate::keys::KeySet;

/// Something that does not fit.
struct Misfit {
    is_fatal: bool,
    summary: String,
    expected: String,
    found: String,
    advice: String,
}

/// Compares everything; the worst misfit speaks, the others are listed.
pub(super) fn run(settings: &IntegrationSettings, known: &Known, keys: Option<&KeySet>, done: Done<'_>) {
    let step = ProbeStep::Capabilities;
    let checks = [
        algorithms(settings, known, keys),
        auth_method(settings, known),
        pushed(known),
        pkce(settings, known),
        userinfo(settings, known),
        scopes(settings, known),
    ];
    let mut misfits: Vec<Misfit> = checks.into_iter().flatten().collect();
    misfits.sort_by_key(|misfit| !misfit.is_fatal);
    let mut misfits = misfits.into_iter();
    let mut report = match misfits.next() {
        None => ProbeReport::new(step, ProbeState::Ok, "What is set and what the provider offers fit."),
        Some(worst) => {
            let state = if worst.is_fatal { ProbeState::Failed } else { ProbeState::Warn };
            ProbeReport::new(step, state, worst.summary)
                .expected(worst.expected)
                .found(worst.found)
                .advice(worst.advice)
        }
    };
    for other in misfits {
        report = report.fact("Also", format!("{} {}", other.summary, other.advice));
    }
    let metadata = &known.metadata;
    let list = |items: &[String]| {
        if items.is_empty() { "does not say".to_owned() } else { clean(&items.join(", "), LONGEST) }
    };
    report = report
        .fact("Algorithms", list(&metadata.signing_algorithms))
        .fact("Client authentication", list(&metadata.auth_methods))
        .fact("PKCE", list(&metadata.pkce_methods))
        .fact("Pushed requests (PAR)", if par(known).is_some() { "offered" } else { "not offered" })
        .fact("Back-channel logout", if metadata.backchannel_logout { "offered" } else { "not mentioned" });
    done(report);
}

fn algorithms(settings: &IntegrationSettings, known: &Known, keys: Option<&KeySet>) -> Option<Misfit> {
    if settings.protocol != Protocol::Oidc {
        return None;
    }
    let accepted: Vec<&str> = settings.signing_algorithms.iter().map(|alg| alg.as_str()).collect();
    let offered = &known.metadata.signing_algorithms;
    if !offered.is_empty() && !offered.iter().any(|alg| accepted.contains(&alg.as_str())) {
        let only_hmac = offered.iter().all(|alg| alg.starts_with("HS"));
        let advice = if only_hmac {
            "Choose a signing key (RSA or elliptic curve) at the provider: tokens signed with the client secret are not \
             accepted."
        } else {
            "Add one of the provider's algorithms under Advanced, or choose another at the provider."
        };
        return Some(Misfit {
            is_fatal: true,
            summary: "None of the accepted signature algorithms is offered.".to_owned(),
            expected: format!("One of {}", accepted.join(", ")),
            found: clean(&offered.join(", "), LONGEST),
            advice: advice.to_owned(),
        });
    }
    let fits = keys.is_none_or(|keys| {
        settings.signing_algorithms.iter().any(|alg| !keys.candidates(None, *alg).is_empty())
    });
    (!fits).then(|| Misfit {
        is_fatal: true,
        summary: "No key fits an accepted signature algorithm.".to_owned(),
        expected: format!("A key for one of {}", accepted.join(", ")),
        found: "Keys of other kinds".to_owned(),
        advice: "Add the algorithm of the provider's keys under Advanced.".to_owned(),
    })
}

/// Without `token_endpoint_auth_methods_supported` it is `client_secret_basic` (OpenID Connect Discovery 1.0 section 3).
fn auth_method(settings: &IntegrationSettings, known: &Known) -> Option<Misfit> {
    let offered = &known.metadata.auth_methods;
    let ours = settings.client_auth_method.as_str();
    if settings.protocol != Protocol::Oidc || offered.is_empty() || offered.iter().any(|one| one == ours) {
        return None;
    }
    let other = ClientAuthMethod::ALL.into_iter().find(|one| offered.iter().any(|name| name == one.as_str()));
    Some(Misfit {
        is_fatal: false,
        summary: format!("The provider does not offer {ours}."),
        expected: ours.to_owned(),
        found: clean(&offered.join(", "), LONGEST),
        advice: other.map_or_else(
            || "Choose another client authentication at the provider.".to_owned(),
            |other| format!("Set client authentication to {}.", other.as_str()),
        ),
    })
}

/// The endpoint for pushed requests (RFC 9126 section 5).
fn par(known: &Known) -> Option<&str> {
    known.document.get("pushed_authorization_request_endpoint").and_then(Value::as_str)
}

fn pushed(known: &Known) -> Option<Misfit> {
    let needed = known.document.get("require_pushed_authorization_requests") == Some(&Value::Bool(true));
    (needed && par(known).is_none()).then(|| Misfit {
        is_fatal: true,
        summary: "The provider insists on pushed requests (PAR) and names no endpoint for them.".to_owned(),
        expected: "pushed_authorization_request_endpoint in the discovery document".to_owned(),
        found: "Nothing".to_owned(),
        advice: "Correct the provider, or turn pushed requests off there for this client.".to_owned(),
    })
}

fn pkce(settings: &IntegrationSettings, known: &Known) -> Option<Misfit> {
    let offered = known.metadata.pkce_methods.iter().any(|method| method == "S256");
    match (settings.pkce, offered) {
        (true, true) | (false, false) => None,
        (false, true) => Some(Misfit {
            is_fatal: false,
            summary: "PKCE is off, and the provider offers it.".to_owned(),
            expected: "PKCE with S256".to_owned(),
            found: "Off".to_owned(),
            advice: "Turn PKCE on under Advanced: it stops stolen codes from being used.".to_owned(),
        }),
        // Most providers that do not name it ignore or support it all the same.
        (true, false) if known.metadata.pkce_methods.is_empty() => None,
        (true, false) => Some(Misfit {
            is_fatal: false,
            summary: "The provider names PKCE methods, but not S256.".to_owned(),
            expected: "S256".to_owned(),
            found: clean(&known.metadata.pkce_methods.join(", "), LONGEST),
            advice: "Try a sign-in; if the provider refuses it, turn PKCE off under Advanced.".to_owned(),
        }),
    }
}

fn userinfo(settings: &IntegrationSettings, known: &Known) -> Option<Misfit> {
    let missing = settings.userinfo == UserinfoMode::Always && known.metadata.userinfo.is_none();
    missing.then(|| Misfit {
        is_fatal: true,
        summary: "Userinfo is to be asked always, and the provider has none.".to_owned(),
        expected: "A userinfo endpoint".to_owned(),
        found: "None".to_owned(),
        advice: "Enter the endpoint, or set userinfo to: when the provider has the endpoint.".to_owned(),
    })
}

fn scopes(settings: &IntegrationSettings, known: &Known) -> Option<Misfit> {
    let offered = &known.metadata.scopes_supported;
    let strange: Vec<&str> = settings
        .oauth_scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| !offered.is_empty() && !offered.iter().any(|one| one == scope))
        .collect();
    (!strange.is_empty()).then(|| Misfit {
        is_fatal: false,
        summary: format!("The provider does not name the scope {}.", strange.join(", ")),
        expected: settings.oauth_scopes.join(" "),
        found: clean(&offered.join(" "), LONGEST),
        advice: "If a sign-in ends in invalid_scope, remove it. Some providers know more than they name."
            .to_owned(),
    })
}
