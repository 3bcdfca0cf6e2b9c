//! The ID token (OpenID Connect Core 1.0 section 3.1.3.7). The signature is checked by the library's keys; the claims
//! are read from the raw JSON, since the library's types refuse a whole token for one strange optional claim.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::integration::SigningAlgorithm;
use domain::time::Timestamp;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::error::clean;
use crate::json::{self, JsonError};
use crate::keys::{Key, KeySet};

#[cfg(test)]
mod tests;

/// The longest ID token taken, in bytes.
const LONGEST_TOKEN: usize = 1024 * 1024;
const LONGEST_HEADER: usize = 16 * 1024;
const LONGEST_KID: usize = 1024;
/// OpenID Connect Core 1.0 section 2.
const LONGEST_SUBJECT: usize = 255;
/// How old a token from the token endpoint may be, seconds: it is made for us the moment we ask.
const OLDEST: i64 = 600;
/// How far ahead `exp` may lie, seconds; beyond a year it is a mistake.
const FARTHEST: i64 = 366 * 86_400;
/// Up to this much, seconds, a time that is off is called a clock that is off.
const CLOCK: i64 = 86_400;

/// Why an ID token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not three base64url parts.
    #[error("it is not a signed JWT")]
    NotAJwt,
    /// Over 1 MiB.
    #[error("it is larger than 1 MiB")]
    TooLarge,
    /// A header that cannot be read.
    #[error("its header cannot be read")]
    Header,
    /// `crit` (RFC 7515 section 4.1.11): we understand no extension.
    #[error("its header has critical extensions, and none is supported")]
    Critical,
    /// `typ` of another kind of JWT (RFC 8725 section 3.11).
    #[error("its header says that it is another kind of token")]
    TokenType,
    /// An algorithm that the integration does not accept.
    #[error("its algorithm {alg} is not among the accepted ones")]
    Algorithm {
        /// What the header says, cleaned.
        alg: String,
    },
    /// No key with its `kid`, and no newer set.
    #[error("the provider's key set has no usable key for it")]
    UnknownKey,
    /// No key fits.
    #[error("its signature is wrong")]
    Signature,
    /// The claims are not JSON.
    #[error("its claims cannot be read")]
    Json(#[source] JsonError),
    /// A claim that must be there is not.
    #[error("it has no {claim}")]
    Missing {
        /// Its name.
        claim: &'static str,
    },
    /// A claim that is needed has a strange type.
    #[error("its {claim} has the wrong type")]
    WrongType {
        /// Its name.
        claim: &'static str,
    },
    /// A time beyond all reason.
    #[error("its {claim} is out of range")]
    OutOfRange {
        /// Its name.
        claim: &'static str,
    },
    /// Another issuer.
    #[error("its iss is not the integration's issuer")]
    Issuer,
    /// For somebody else.
    #[error("its aud is not our client id")]
    Audience,
    /// Also for somebody else.
    #[error("its aud names others beside our client id")]
    SecondaryAudience,
    /// Issued to somebody else.
    #[error("its azp is not our client id")]
    AuthorizedParty,
    /// Another login's nonce.
    #[error("its nonce is not the one of this login")]
    Nonce,
    /// No nonce.
    #[error("it has no nonce although one was sent")]
    MissingNonce,
    /// Not a subject.
    #[error(
        "its sub is missing, empty, longer than 255 characters, or has other than visible ASCII characters"
    )]
    Subject,
    /// A refresh brought somebody else's token (OpenID Connect Core 1.0 section 12.2).
    #[error("its sub is not the one of the login")]
    OtherSubject,
    /// Expired.
    #[error("it expired at {at}, and it is {now} here; if that was just now, a clock is wrong")]
    Expired {
        /// `exp`.
        at: Timestamp,
        /// Our clock.
        now: Timestamp,
    },
    /// The clocks disagree.
    #[error("its {claim} is {at}, but it is {now} here: the provider's clock and this server's disagree")]
    Clock {
        /// `iat` or `nbf`.
        claim: &'static str,
        /// Its value.
        at: Timestamp,
        /// Our clock.
        now: Timestamp,
    },
    /// OpenID Connect Core 1.0 section 3.1.3.8.
    #[error("its at_hash does not fit the access token")]
    AccessTokenHash,
    /// `max_age` was asked for.
    #[error("it has no auth_time although a max_age was asked for")]
    AuthTimeMissing,
    /// The person authenticated too long ago.
    #[error("the person authenticated longer ago than max_age allows")]
    AuthTimeTooOld,
    /// None of the asked-for classes.
    #[error("its acr is none of those that were asked for")]
    Acr,
}

/// What a token must say.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) access_token: &'a str,
    pub(crate) skew: i64,
    pub(crate) now: Timestamp,
    pub(crate) max_age: Option<u32>,
    pub(crate) acr_values: &'a [String],
}

/// A token whose header was read and whose signature was not yet checked.
pub(crate) struct Unverified<'a> {
    alg: SigningAlgorithm,
    kid: Option<String>,
    signed: &'a str,
    signature: Vec<u8>,
    payload: &'a str,
}

/// The claims of a token that passed.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) claims: Map<String, Value>,
    pub(crate) subject: String,
    pub(crate) iat: i64,
    pub(crate) auth_time: Option<i64>,
}

impl<'a> Unverified<'a> {
    /// Takes the token apart and checks its header. Nothing of the header chooses more than a key of the provider's
    /// set: `jwk`, `jku`, `x5c` and `x5u` are never looked at.
    pub(crate) fn parse(token: &'a str, accepted: &[SigningAlgorithm]) -> Result<Self, VerifyError> {
        if token.len() > LONGEST_TOKEN {
            return Err(VerifyError::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(VerifyError::NotAJwt)?;
        let (header, payload) = signed.split_once('.').ok_or(VerifyError::NotAJwt)?;
        if payload.contains('.') || header.len() > LONGEST_HEADER {
            return Err(VerifyError::NotAJwt);
        }
        let header = BASE64_URL_SAFE_NO_PAD.decode(header).map_err(|_| VerifyError::NotAJwt)?;
        let header = json::object(&header).map_err(|_| VerifyError::Header)?;
        let alg = header.get("alg").and_then(Value::as_str).ok_or(VerifyError::Header)?;
        let alg = SigningAlgorithm::parse(alg)
            .filter(|alg| accepted.contains(alg))
            .ok_or_else(|| VerifyError::Algorithm { alg: clean(alg, 20) })?;
        if header.contains_key("crit") {
            return Err(VerifyError::Critical);
        }
        match header.get("typ") {
            None | Some(Value::Null) => {}
            // `logout+jwt`, `at+jwt` and their like: signed by the same keys, meant for something else.
            Some(typ) if typ.as_str().is_some_and(|typ| !typ.to_ascii_lowercase().ends_with("+jwt")) => {}
            Some(_) => return Err(VerifyError::TokenType),
        }
        let kid = match header.get("kid") {
            None | Some(Value::Null) => None,
            Some(Value::String(kid)) if kid.len() <= LONGEST_KID => Some(kid.clone()),
            Some(_) => return Err(VerifyError::Header),
        };
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| VerifyError::NotAJwt)?;
        Ok(Self { alg, kid, signed, signature, payload })
    }

    /// The key whose signature it is. Both errors may mean that the set is old.
    pub(crate) fn key<'k>(&self, keys: &'k KeySet) -> Result<&'k Key, VerifyError> {
        let candidates = keys.candidates(self.kid.as_deref(), self.alg);
        if candidates.is_empty() {
            return Err(VerifyError::UnknownKey);
        }
        let message = self.signed.as_bytes();
        let found = candidates.into_iter().find(|key| key.verifies(self.alg, message, &self.signature));
        found.ok_or(VerifyError::Signature)
    }

    /// Checks every claim, after the signature.
    pub(crate) fn claims(&self, key: &Key, expected: &Expected<'_>) -> Result<Verified, VerifyError> {
        self.checked(key, expected, |claims| nonce(claims, expected.nonce))
    }

    /// The same with another rule for the nonce.
    pub(crate) fn checked(
        &self,
        key: &Key,
        expected: &Expected<'_>,
        nonce: impl FnOnce(&Map<String, Value>) -> Result<(), VerifyError>,
    ) -> Result<Verified, VerifyError> {
        let payload = BASE64_URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| VerifyError::NotAJwt)?;
        let claims = json::object(&payload).map_err(VerifyError::Json)?;
        if text(&claims, "iss")? != expected.issuer {
            return Err(VerifyError::Issuer);
        }
        audience(&claims, expected.client_id)?;
        nonce(&claims)?;
        let subject = match claims.get("sub") {
            Some(Value::String(sub)) if is_subject(sub) => sub.clone(),
            _ => return Err(VerifyError::Subject),
        };
        let iat = times(&claims, expected)?;
        self.access_token_hash(&claims, key, expected.access_token)?;
        let auth_time = strength(&claims, expected)?;
        Ok(Verified { claims, subject, iat, auth_time })
    }

    /// Checks what a signed userinfo answer must say, after the signature (OpenID Connect Core 1.0 section 5.3.2); whom
    /// it speaks of is the caller's to check. Times count when they are there.
    pub(crate) fn userinfo(
        &self,
        issuer: &str,
        client_id: &str,
        (now, skew): (Timestamp, i64),
    ) -> Result<Map<String, Value>, VerifyError> {
        let payload = BASE64_URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| VerifyError::NotAJwt)?;
        let claims = json::object(&payload).map_err(VerifyError::Json)?;
        if text(&claims, "iss")? != issuer {
            return Err(VerifyError::Issuer);
        }
        audience(&claims, client_id)?;
        match date(&claims, "exp")? {
            Some(exp) if exp <= now.seconds() - skew => {
                Err(VerifyError::Expired { at: Timestamp::from_ms(exp.saturating_mul(1000)), now })
            }
            _ => Ok(claims),
        }
    }

    fn access_token_hash(
        &self,
        claims: &Map<String, Value>,
        key: &Key,
        access_token: &str,
    ) -> Result<(), VerifyError> {
        let Some(theirs) = claims.get("at_hash") else { return Ok(()) };
        let hash = key.hash(self.alg, access_token.as_bytes()).unwrap_or_default();
        let half = hash.get(..hash.len() / 2).unwrap_or_default();
        let ours = BASE64_URL_SAFE_NO_PAD.encode(half);
        if !half.is_empty() && theirs.as_str() == Some(&ours) {
            Ok(())
        } else {
            Err(VerifyError::AccessTokenHash)
        }
    }
}

/// OpenID Connect Core 1.0 section 2: at most 255 ASCII characters. A control character would break logs and some
/// databases.
pub(crate) fn is_subject(sub: &str) -> bool {
    (1..=LONGEST_SUBJECT).contains(&sub.len()) && sub.bytes().all(|b| (0x20..=0x7E).contains(&b))
}

fn text<'a>(claims: &'a Map<String, Value>, claim: &'static str) -> Result<&'a str, VerifyError> {
    match claims.get(claim) {
        Some(Value::String(text)) => Ok(text),
        None | Some(Value::Null) => Err(VerifyError::Missing { claim }),
        Some(_) => Err(VerifyError::WrongType { claim }),
    }
}

fn audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), VerifyError> {
    let claim = "aud";
    match claims.get(claim) {
        Some(Value::String(aud)) if aud == client_id => {}
        Some(Value::Array(all)) if all.iter().any(|aud| aud.as_str() == Some(client_id)) => {
            // Whoever else may use the token may also have sent it.
            if all.iter().any(|aud| aud.as_str() != Some(client_id)) {
                return Err(VerifyError::SecondaryAudience);
            }
        }
        Some(Value::String(_) | Value::Array(_)) => return Err(VerifyError::Audience),
        None | Some(Value::Null) => return Err(VerifyError::Missing { claim }),
        Some(_) => return Err(VerifyError::WrongType { claim }),
    }
    match claims.get("azp") {
        None | Some(Value::Null) => Ok(()),
        Some(azp) if azp.as_str() == Some(client_id) => Ok(()),
        Some(_) => Err(VerifyError::AuthorizedParty),
    }
}

fn nonce(claims: &Map<String, Value>, expected: &str) -> Result<(), VerifyError> {
    match claims.get("nonce") {
        // An attempt without a nonce is none of ours: nothing may fit it.
        Some(Value::String(nonce))
            if !expected.is_empty() && bool::from(nonce.as_bytes().ct_eq(expected.as_bytes())) =>
        {
            Ok(())
        }
        None | Some(Value::Null) => Err(VerifyError::MissingNonce),
        Some(_) => Err(VerifyError::Nonce),
    }
}

/// A NumericDate (RFC 7519 section 2), which may have a fraction.
fn date(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<i64>, VerifyError> {
    let number = match claims.get(claim) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(VerifyError::WrongType { claim }),
    };
    // Up to the year 9999; what lies beyond would only overflow somewhere.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked below")]
    let seconds = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64));
    match seconds.filter(|seconds| (0..=253_402_300_799).contains(seconds)) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(VerifyError::OutOfRange { claim }),
    }
}

fn times(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<i64, VerifyError> {
    let needed = |claim| date(claims, claim)?.ok_or(VerifyError::Missing { claim });
    let (iat, exp) = (needed("iat")?, needed("exp")?);
    let (now, skew) = (expected.now.seconds(), expected.skew);
    let moment = |seconds: i64| Timestamp::from_ms(seconds.saturating_mul(1000));
    let off = |claim, at: i64| {
        if (at - now).abs() <= CLOCK + skew {
            VerifyError::Clock { claim, at: moment(at), now: expected.now }
        } else {
            VerifyError::OutOfRange { claim }
        }
    };
    if exp <= now - skew {
        return Err(VerifyError::Expired { at: moment(exp), now: expected.now });
    }
    if exp > now + skew + FARTHEST {
        return Err(VerifyError::OutOfRange { claim: "exp" });
    }
    if iat > now + skew || iat < now - skew - OLDEST {
        return Err(off("iat", iat));
    }
    match date(claims, "nbf")? {
        Some(nbf) if nbf > now + skew => Err(off("nbf", nbf)),
        _ => Ok(iat),
    }
}

/// `auth_time` and `acr`, checked only when they were asked for (OpenID Connect Core 1.0 section 3.1.3.7, 12 and 13).
fn strength(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<Option<i64>, VerifyError> {
    let auth_time = date(claims, "auth_time").ok().flatten();
    if let Some(max_age) = expected.max_age {
        let at = auth_time.ok_or(VerifyError::AuthTimeMissing)?;
        let age = expected.now.seconds() - at;
        if age > i64::from(max_age) + expected.skew || age < -expected.skew {
            return Err(VerifyError::AuthTimeTooOld);
        }
    }
    let acr = claims.get("acr").and_then(Value::as_str);
    if !expected.acr_values.is_empty() && !expected.acr_values.iter().any(|asked| Some(asked.as_str()) == acr)
    {
        return Err(VerifyError::Acr);
    }
    Ok(auth_time)
}
