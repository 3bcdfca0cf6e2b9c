//! The probe: everything that a sign-in needs of a provider, one step after the other, each with what was expected,
//! what came and what to change. A step that failed stops those that need it, and no others. Nothing is cached and
//! nothing is stored. Foreign text is cleaned and cut; no secret, code or token gets into a report.

mod advice;
mod client;
mod document;
mod fit;
mod keys;
pub(crate) mod reach;
pub(crate) mod tls;

use std::sync::Arc;

use domain::integration::{IntegrationSettings, Protocol};
use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use domain::secret::Secret;
use domain::time::Timestamp;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};

use crate::address::{Guard, Lookup};
use crate::client_key::ClientKey;
use crate::discovery::{Fetch, Metadata};
use crate::http::{Http, Outgoing, Timeouts};

/// Clocks may differ by so many seconds before the probe warns.
const CLOCK_SECONDS: i64 = 30;
/// The most characters of one value in a report.
const LONGEST: usize = 300;

/// What is probed.
#[derive(Debug, Clone, Copy)]
pub struct ProbeSubject<'a> {
    /// The settings, stored or not.
    pub settings: &'a IntegrationSettings,
    /// The client secret, if there is one.
    pub secret: Option<&'a Secret>,
    /// The one beside it, which sign-ins try when the provider refuses the first.
    pub other_secret: Option<&'a Secret>,
    /// The redirect URI of a sign-in.
    pub redirect_uri: &'a str,
}

/// What the steps work with.
pub(crate) struct Tools<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) lookup: &'a Lookup,
    pub(crate) http: &'a Http,
    pub(crate) timeouts: Timeouts,
    pub(crate) now: Timestamp,
    pub(crate) client_key: Option<Arc<ClientKey>>,
}

type Done<'a> = &'a (dyn Fn(ProbeReport) + Send + Sync);

/// What is known of the provider after its document was looked at.
struct Known {
    document: Map<String, Value>,
    metadata: Metadata,
    /// Whether the document may be believed as far as sending our secret to its token endpoint.
    is_trusted: bool,
}

/// Runs every step.
pub(crate) async fn run(tools: &Tools<'_>, subject: ProbeSubject<'_>, done: Done<'_>) {
    let settings = subject.settings;
    let Some(outgoing) = reach::run(tools, settings, done).await else {
        skip(&after(ProbeStep::Tls), "The provider cannot be reached.", done);
        return;
    };
    let mut date = None;
    let known = document::run(tools, settings, &outgoing, &mut date, done).await;
    let is_oidc = settings.protocol == Protocol::Oidc;
    match &known {
        Some(known) => {
            let keys =
                if is_oidc { keys::run(&outgoing, &known.metadata, &mut date, done).await } else { None };
            if !is_oidc {
                skip(&[ProbeStep::Keys], "OAuth 2.0 has no ID tokens, and so no keys.", done);
            }
            fit::run(settings, known, keys.as_ref(), done);
            client::run(tools, subject, &outgoing, known, &mut date, done).await;
        }
        None => {
            let steps = [ProbeStep::Keys, ProbeStep::Capabilities, ProbeStep::Client];
            skip(&steps, "It is not known where: the discovery document cannot be used.", done);
        }
    }
    done(clock(date.as_ref(), tools.now));
}

/// The metadata as settings and document give it.
fn read(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
    outgoing: &Outgoing,
    document: &Map<String, Value>,
) -> Result<Metadata, crate::discovery::DiscoveryError> {
    if settings.protocol == Protocol::Oidc {
        return Fetch::of(settings, tools.guard, tools.lookup, outgoing).read(document);
    }
    // OAuth 2.0 has no keys; nobody looks at what stands in their place.
    let mut settings = settings.clone();
    settings.endpoints.jwks.clone_from(&settings.endpoints.token);
    Fetch::of(&settings, tools.guard, tools.lookup, outgoing).read(document)
}

/// The steps that come after this one.
fn after(step: ProbeStep) -> Vec<ProbeStep> {
    ProbeStep::ALL.into_iter().skip_while(|other| *other != step).skip(1).collect()
}

fn skip(steps: &[ProbeStep], why: &str, done: Done<'_>) {
    for step in steps {
        done(ProbeReport::new(*step, ProbeState::Skipped, why));
    }
}

/// Compares `Date` (RFC 9110 section 6.6.1) with our clock.
fn clock(date: Option<&HeaderValue>, now: Timestamp) -> ProbeReport {
    let step = ProbeStep::Clock;
    let theirs = date
        .and_then(|date| date.to_str().ok())
        .and_then(|text| httpdate::parse_http_date(text).ok())
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_secs()).ok());
    let Some(theirs) = theirs else {
        return ProbeReport::new(step, ProbeState::Skipped, "The provider does not say what time it is.");
    };
    let ahead = theirs.saturating_sub(now.seconds());
    let here = now.for_people();
    let there = Timestamp::from_ms(theirs.saturating_mul(1000)).for_people();
    let off = ahead.unsigned_abs();
    if off <= CLOCK_SECONDS.unsigned_abs() {
        let summary = if off <= 1 {
            "The clocks agree.".to_owned()
        } else {
            format!("The clocks differ by {off} seconds, which does no harm.")
        };
        return ProbeReport::new(step, ProbeState::Ok, summary);
    }
    let (fast, summary) = if ahead > 0 {
        ("The provider's clock is ahead, or this server's is behind", "ahead of")
    } else {
        ("The provider's clock is behind, or this server's is ahead", "behind")
    };
    ProbeReport::new(
        step,
        ProbeState::Warn,
        format!("The provider's clock is {off} seconds {summary} this server's."),
    )
    .expected(format!("About {here}"))
    .found(there)
    .advice(format!(
        "{fast}: set both by NTP. Sign-ins fail beyond the clock skew that is set under Advanced."
    ))
}
