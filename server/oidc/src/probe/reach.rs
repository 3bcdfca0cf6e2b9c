//! The first two steps: the address, and who answers there.

use std::net::{IpAddr, SocketAddr};

use domain::integration::{IntegrationSettings, Protocol};
use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use tokio::time::timeout;
use url::{Host, Url};

use super::advice::Advice;
use super::{Done, Tools, skip, tls};
use crate::address::{Guard, Lookup, Purpose};
use crate::error::{SettingsError, clean};
use crate::http::{Outgoing, Timeouts};

/// The most addresses shown.
const MOST_SHOWN: usize = 8;

/// The clients for the provider when it can be reached.
pub(super) async fn run(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
    done: Done<'_>,
) -> Option<Outgoing> {
    let (url, addresses) = match address(tools, settings).await {
        Ok((report, url, addresses)) => {
            done(report);
            (url, addresses)
        }
        Err(report) => {
            done(*report);
            skip(&[ProbeStep::Tls], "There is no address to connect to.", done);
            return None;
        }
    };
    let outgoing = match tools.http.outgoing(settings.custom_ca.as_deref()) {
        Ok(outgoing) => outgoing,
        Err(error) => {
            done(unusable(error));
            return None;
        }
    };
    let report = tls::run(&url, &addresses, settings.custom_ca.as_deref(), tools.timeouts).await;
    let is_reachable = report.state != ProbeState::Failed;
    done(report);
    is_reachable.then_some(outgoing)
}

/// The pasted certificates cannot be used.
fn unusable(error: SettingsError) -> ProbeReport {
    ProbeReport::new(ProbeStep::Tls, ProbeState::Failed, "The certificates that were pasted cannot be used.")
        .expected("1 to 50 certificates in PEM form")
        .found(error.to_string())
        .advice("Correct the field Certificates under Advanced.")
}

/// Why there is no address to connect to.
pub(crate) enum NotResolved {
    /// The name does not resolve.
    Nothing,
    /// To an address that may not be called.
    Refused,
    /// The URL has no host.
    NoHost,
}

/// The addresses behind a URL that was checked, each of which may be called; and the name, unless it is an address.
pub(crate) async fn resolve(
    guard: &Guard,
    lookup: &Lookup,
    timeouts: Timeouts,
    url: &Url,
) -> Result<(Option<String>, Vec<SocketAddr>), NotResolved> {
    let port = url.port_or_known_default().unwrap_or(443);
    let ip = |ip: IpAddr| vec![SocketAddr::new(ip, port)];
    match url.host() {
        Some(Host::Ipv4(v4)) => Ok((None, ip(v4.into()))),
        Some(Host::Ipv6(v6)) => Ok((None, ip(v6.into()))),
        Some(Host::Domain(name)) => {
            let name = name.to_owned();
            let found = timeout(timeouts.total, lookup(name.clone())).await;
            let mut found: Vec<SocketAddr> = found.ok().and_then(Result::ok).unwrap_or_default();
            found.iter_mut().for_each(|address| address.set_port(port));
            if found.is_empty() {
                return Err(NotResolved::Nothing);
            }
            let is_plain = url.scheme() == "http";
            guard.resolved(&name, &found, is_plain).map_err(|_| NotResolved::Refused)?;
            Ok((Some(name), found))
        }
        None => Err(NotResolved::NoHost),
    }
}

/// Where the first question goes: to the issuer, or to the token endpoint when there is no discovery.
fn first(settings: &IntegrationSettings) -> (&'static str, &str, Purpose) {
    if settings.protocol == Protocol::Oidc && settings.discovery {
        ("issuer", &settings.issuer, Purpose::Issuer)
    } else {
        ("token endpoint", settings.endpoints.token.as_deref().unwrap_or_default(), Purpose::Endpoint)
    }
}

async fn address(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
) -> Result<(ProbeReport, Url, Vec<SocketAddr>), Box<ProbeReport>> {
    let step = ProbeStep::Address;
    let (what, text, purpose) = first(settings);
    let failed = |summary: String| {
        ProbeReport::new(step, ProbeState::Failed, summary)
            .expected("A public https address, or one that the server's configuration allows")
    };
    let refused =
        |advice: Advice, summary: String| Box::new(failed(summary).found(advice.found).advice(advice.advice));
    if text.is_empty() {
        let summary = format!("No {what} is set.");
        return Err(Box::new(failed(summary).found("Nothing").advice(format!("Enter the {what}."))));
    }
    let url = tools
        .guard
        .url(text, purpose)
        .map_err(|problem| refused(Advice::of_url(problem), format!("The {what} may not be called.")))?;
    let host = clean(url.host_str().unwrap_or_default(), 100);
    let (name, addresses) = match resolve(tools.guard, tools.lookup, tools.timeouts, &url).await {
        Ok(found) => found,
        Err(NotResolved::Nothing) => {
            let summary = format!("The name {host} does not resolve.");
            return Err(Box::new(failed(summary).found("No address").advice(
                "Check the spelling, and the name server that this server asks: the name may be known in another \
                 network only.",
            )));
        }
        Err(NotResolved::Refused) => {
            let summary = format!("The addresses of {host} may not be called.");
            return Err(refused(Advice::refused(), summary));
        }
        Err(NotResolved::NoHost) => {
            return Err(refused(Advice::of_url(crate::address::UrlProblem::NotAUrl), "No host.".to_owned()));
        }
    };
    let port = url.port_or_known_default().unwrap_or(443);
    let shown: Vec<String> = addresses.iter().take(MOST_SHOWN).map(|at| at.ip().to_string()).collect();
    let summary = match &name {
        Some(name) => format!("{} resolves and may be called.", clean(name, 100)),
        None => "The address may be called.".to_owned(),
    };
    let report = ProbeReport::new(step, ProbeState::Ok, summary)
        .fact("Address", shown.join(", "))
        .fact("Port", port.to_string());
    Ok((report, url, addresses))
}
