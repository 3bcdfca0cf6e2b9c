//! The keys that sign ID tokens (RFC 7517).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use reqwest::header::HeaderValue;
use serde_json::{Map, Value, json};

use super::advice::{Advice, sentence};
use super::{Done, LONGEST};
use crate::discovery::Metadata;
use crate::error::clean;
use crate::http::{Outgoing, limit};
use crate::json;
use crate::keys::{KeySet, KeysError};

/// The most keys shown.
const MOST_SHOWN: usize = 20;
const STEP: ProbeStep = ProbeStep::Keys;

/// Fetches the set and shows it.
pub(super) async fn run(
    outgoing: &Outgoing,
    metadata: &Metadata,
    date: &mut Option<HeaderValue>,
    done: Done<'_>,
) -> Option<KeySet> {
    let at = clean(metadata.jwks_uri.as_str(), LONGEST);
    let failed = |summary: &str| {
        let report = ProbeReport::new(STEP, ProbeState::Failed, summary).fact("Keys", at.clone());
        report.expected("A JSON key set with a key that may verify signatures")
    };
    let answer = match outgoing.get(&metadata.jwks_uri, None, limit::KEYS).await {
        Ok(answer) => answer,
        Err(error) => {
            let Advice { found, advice } = Advice::of_http(&error, "the keys");
            done(failed("The keys could not be read.").found(found).advice(advice));
            return None;
        }
    };
    if date.is_none() {
        date.clone_from(&answer.date);
    }
    let list = json::object(&answer.body)
        .ok()
        .and_then(|mut document| document.remove("keys"))
        .and_then(|keys| if let Value::Array(keys) = keys { Some(keys) } else { None })
        .unwrap_or_default();
    match KeySet::read(&answer.body) {
        Ok(set) => {
            let usable = set.len();
            let plural = if usable == 1 { "key" } else { "keys" };
            let report =
                ProbeReport::new(STEP, ProbeState::Ok, format!("{usable} {plural} can verify signatures."));
            done(list.iter().take(MOST_SHOWN).fold(report, describe));
            Some(set)
        }
        Err(error) => {
            let advice = match &error {
                KeysError::NoUsableKey => {
                    "Have the provider publish a signing key: RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519."
                }
                _ => "Open the address in a browser: it must show JSON with a list keys.",
            };
            let report = failed("No key can be used.").found(sentence(&error)).advice(advice);
            done(list.iter().take(MOST_SHOWN).fold(report, describe));
            None
        }
    }
}

/// Name, algorithm, size, and whether it can be used.
fn describe(report: ProbeReport, key: &Value) -> ProbeReport {
    let empty = Map::new();
    let members = key.as_object().unwrap_or(&empty);
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(|text| clean(text, 60));
    let kind = text("kty").unwrap_or_else(|| "no kind".to_owned());
    let size = match text("crv") {
        Some(curve) => curve,
        None if text("n").is_some() => format!("{} bits", bits(members)),
        None => String::new(),
    };
    let alone = serde_json::to_vec(&json!({ "keys": [key] })).unwrap_or_default();
    let verdict = match (KeySet::read(&alone), text("use").as_deref()) {
        (Ok(_), _) => "usable",
        (Err(_), Some("enc")) => "for encryption, not used",
        (Err(_), _) => "not usable",
    };
    let parts =
        [Some(kind), Some(size).filter(|size| !size.is_empty()), text("alg"), Some(verdict.to_owned())];
    let label = text("kid").unwrap_or_else(|| "without kid".to_owned());
    report.fact(&label, parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The size of an RSA key.
fn bits(members: &Map<String, Value>) -> usize {
    let modulus = members.get("n").and_then(Value::as_str).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(modulus.trim_end_matches('=')).unwrap_or_default();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let first = bytes.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (bytes.len() - zeros) * 8 - first
}
