//! The discovery document and its issuer (OpenID Connect Discovery 1.0 section 4).

use domain::integration::{IntegrationSettings, Protocol};
use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};

use super::advice::{Advice, sentence};
use super::{Done, Known, LONGEST, Tools, read, skip};
use crate::address::Purpose;
use crate::discovery::{DiscoveryError, Fetch, Metadata};
use crate::error::clean;
use crate::http::{Outgoing, limit};
use crate::json;

const STEP: ProbeStep = ProbeStep::Discovery;

/// What is known of the provider; nothing when its document cannot be used.
pub(super) async fn run(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
    outgoing: &Outgoing,
    date: &mut Option<HeaderValue>,
    done: Done<'_>,
) -> Option<Known> {
    if settings.protocol != Protocol::Oidc || !settings.discovery {
        return by_hand(tools, settings, outgoing, done);
    }
    let document = match fetch(tools, settings, outgoing, date).await {
        Ok(document) => document,
        Err(report) => {
            done(*report);
            skip(&[ProbeStep::Issuer], "There is no document to compare with.", done);
            return None;
        }
    };
    let read = read(tools, settings, outgoing, &document);
    match &read {
        Ok(metadata) => done(found(settings, metadata)),
        Err(error) => done(unusable(error)),
    }
    let issuer = issuer(tools, settings, outgoing, &document);
    let is_trusted = issuer.state == ProbeState::Ok;
    done(issuer);
    Some(Known { metadata: read.ok()?, document, is_trusted })
}

/// Without discovery: what was typed is all there is.
fn by_hand(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
    outgoing: &Outgoing,
    done: Done<'_>,
) -> Option<Known> {
    let document = Map::new();
    match read(tools, settings, outgoing, &document) {
        Ok(metadata) => {
            let why = "Discovery is off: the endpoints are the ones that were entered.";
            skip(&[STEP, ProbeStep::Issuer], why, done);
            Some(Known { document, metadata, is_trusted: true })
        }
        Err(error) => {
            let report =
                ProbeReport::new(STEP, ProbeState::Failed, "The endpoints that were entered cannot be used.");
            done(report.expected("Every endpoint that a sign-in needs").found(sentence(&error)).advice(
                "Correct the endpoints under Advanced, or turn discovery on if the provider has a discovery document.",
            ));
            skip(&[ProbeStep::Issuer], "Discovery is off.", done);
            None
        }
    }
}

async fn fetch(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
    outgoing: &Outgoing,
    date: &mut Option<HeaderValue>,
) -> Result<Map<String, Value>, Box<ProbeReport>> {
    let base = settings.issuer.strip_suffix('/').unwrap_or(&settings.issuer);
    let text = format!("{base}/.well-known/openid-configuration");
    let failed = |summary: &str, advice: Advice| {
        let report = ProbeReport::new(STEP, ProbeState::Failed, summary)
            .fact("Document", clean(&text, LONGEST))
            .expected("A JSON document, with status 200")
            .found(advice.found)
            .advice(advice.advice);
        Box::new(report)
    };
    let url = tools.guard.url(&text, Purpose::Issuer);
    let url =
        url.map_err(|problem| failed("The document's address may not be called.", Advice::of_url(problem)))?;
    let answer = outgoing.get(&url, None, limit::DISCOVERY).await.map_err(|error| {
        failed("The discovery document could not be read.", Advice::of_http(&error, "the discovery document"))
    })?;
    date.clone_from(&answer.date);
    json::object(&answer.body).map_err(|error| {
        let advice = Advice {
            found: sentence(&error),
            advice: "Open the address in a browser: it must show JSON and not a page. The path of the issuer may be wrong."
                .to_owned(),
        };
        failed("The discovery document is not JSON.", advice)
    })
}

fn found(settings: &IntegrationSettings, metadata: &Metadata) -> ProbeReport {
    let ends = &settings.endpoints;
    let shown = |url: Option<&url::Url>, by_hand: &Option<String>| {
        let text = url.map_or_else(|| "none".to_owned(), |url| clean(url.as_str(), LONGEST));
        if by_hand.is_some() { format!("{text} (entered by hand)") } else { text }
    };
    ProbeReport::new(STEP, ProbeState::Ok, "The document was read, and its addresses may be used.")
        .fact("Authorization", shown(Some(&metadata.authorization), &ends.authorization))
        .fact("Token", shown(Some(&metadata.token), &ends.token))
        .fact("Userinfo", shown(metadata.userinfo.as_ref(), &ends.userinfo))
        .fact("Keys", shown(Some(&metadata.jwks_uri), &ends.jwks))
        .fact("End of session", shown(metadata.end_session.as_ref(), &ends.end_session))
}

/// The document was read and something in it cannot be used.
fn unusable(error: &DiscoveryError) -> ProbeReport {
    let advice = match error {
        DiscoveryError::Url { problem, .. } => Advice::of_url(*problem).advice,
        DiscoveryError::Missing { .. } => {
            "Enter that endpoint under Advanced, or correct the provider.".to_owned()
        }
        _ => "Correct the provider: its document breaks the standard.".to_owned(),
    };
    ProbeReport::new(STEP, ProbeState::Failed, "The discovery document cannot be used.")
        .expected("Every address that a sign-in needs, each one that may be called")
        .found(sentence(error))
        .advice(advice)
}

fn issuer(
    tools: &Tools<'_>,
    settings: &IntegrationSettings,
    outgoing: &Outgoing,
    document: &Map<String, Value>,
) -> ProbeReport {
    let step = ProbeStep::Issuer;
    let failed = |summary: &str| {
        ProbeReport::new(step, ProbeState::Failed, summary).expected(clean(&settings.issuer, LONGEST))
    };
    let Some(theirs) = document.get("issuer").and_then(Value::as_str) else {
        return failed("The discovery document names no issuer.")
            .found("No issuer")
            .advice("Check the address: this may not be an OpenID Connect provider.");
    };
    if theirs == settings.issuer {
        return ProbeReport::new(step, ProbeState::Ok, "The issuer is the one that is set, byte for byte.")
            .fact("Issuer", clean(theirs, LONGEST));
    }
    let is_near = !Fetch::of(settings, tools.guard, tools.lookup, outgoing).hint(theirs).is_empty();
    let shown = clean(theirs, LONGEST);
    let advice = if is_near {
        format!("Did you mean {shown} ? Enter the issuer exactly so: every slash and letter counts.")
    } else if theirs.starts_with("http://") && settings.issuer.starts_with("https://") {
        "The provider does not know its public https address: set its host name or its proxy headers (at Keycloak: \
         hostname and proxy-headers)."
            .to_owned()
    } else {
        format!(
            "Enter {shown} if that is the provider you trust; otherwise correct the address, or the public address that \
             is set at the provider."
        )
    };
    failed("The document is another issuer's.").found(shown).advice(advice)
}
