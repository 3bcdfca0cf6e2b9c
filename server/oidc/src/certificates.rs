//! Certificates that an integration trusts, read before they are stored and named for people.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::api::CertificateView;
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name};

use crate::error::clean;

#[cfg(test)]
mod tests;

/// As many as [`crate::Engine`] takes.
const MOST: usize = 50;
/// The most characters of a name.
const LONGEST_NAME: usize = 200;

/// Why a text is no list of certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// The one at this place, counted from 1, cannot be read.
    #[error("certificate {0} cannot be read")]
    Unreadable(usize),
    /// None at all.
    #[error("there is no certificate")]
    None,
    /// Over 50.
    #[error("there are more than 50 certificates")]
    TooMany,
}

/// Reads every certificate of a PEM text (RFC 7468 section 5). `now`: what expired is told by it.
///
/// # Errors
/// [`CertificateProblem`]; one bad certificate refuses all.
pub fn read_certificates(pem: &str, now: Timestamp) -> Result<Vec<CertificateView>, CertificateProblem> {
    let mut views = Vec::new();
    for (index, block) in pem.split("-----BEGIN CERTIFICATE-----").skip(1).enumerate() {
        if index >= MOST {
            return Err(CertificateProblem::TooMany);
        }
        let body = block.split_once("-----END CERTIFICATE-----").map(|(body, _)| body);
        let view = body.and_then(|body| read_one(body, now));
        views.push(view.ok_or(CertificateProblem::Unreadable(index + 1))?);
    }
    if views.is_empty() { Err(CertificateProblem::None) } else { Ok(views) }
}

fn read_one(body: &str, now: Timestamp) -> Option<CertificateView> {
    let text: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = BASE64_STANDARD.decode(text).ok()?;
    // What the HTTP client would not take is no certificate for us either.
    reqwest::Certificate::from_der(&der).ok()?;
    read_der(&der, now)
}

/// Names one certificate; `None`: it cannot be read.
pub(crate) fn read_der(der: &[u8], now: Timestamp) -> Option<CertificateView> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let moment =
        |time: x509_parser::time::ASN1Time| Timestamp::from_ms(time.timestamp().saturating_mul(1000));
    let validity = certificate.validity();
    let (not_before, not_after) = (moment(validity.not_before), moment(validity.not_after));
    let pairs: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    Some(CertificateView {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        not_after,
        expired: now < not_before || now >= not_after,
        fingerprint: pairs.join(":"),
    })
}

/// The common name, or the whole name.
fn name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|attribute| attribute.as_str().ok());
    let text = common.map_or_else(|| name.to_string(), str::to_owned);
    clean(&text, LONGEST_NAME)
}

/// When the first of these certificates ends; `None`: there is none, or they cannot be read.
#[must_use]
pub fn earliest_not_after(pem: &str) -> Option<Timestamp> {
    let views = read_certificates(pem, Timestamp::default()).ok()?;
    views.into_iter().map(|view| view.not_after).min()
}
