//! The provider's public keys (RFC 7517), parsed once and kept.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::integration::SigningAlgorithm;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonCurveType, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use p521::ecdsa::signature::Verifier as _;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha512};
use url::Url;

use crate::cache::Ages;
use crate::http::{HttpError, Outgoing, limit};
use crate::json::{self, JsonError};

#[cfg(test)]
mod tests;

/// A set is fetched again after ten minutes, so that a removed key stops working; a provider that is down may be down
/// for a day.
pub(crate) const AGES: Ages = Ages { fresh: 600, stale: 24 * 3600 };
/// An unknown key makes us fetch at most once in so many seconds.
pub(crate) const COOL_DOWN: i64 = 30;
/// More keys of one set are not looked at.
const MOST_KEYS: usize = 100;
/// The most keys tried on one token.
const MOST_TRIES: usize = 8;
const LONGEST_KID: usize = 1024;
/// RFC 7518 section 3.3, and the largest that the signature library takes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The set could not be fetched.
    #[error("the key set could not be read from the provider")]
    Http(#[source] HttpError),
    /// The set is not JSON.
    #[error("the key set cannot be read")]
    Json(#[source] JsonError),
    /// No `keys`.
    #[error("the key set has no list of keys")]
    NoList,
    /// Only unusable keys.
    #[error("the key set has no key that may verify a signature (RSA needs 2048 bits or more)")]
    NoUsableKey,
}

/// A set of usable keys.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

/// One public key that may verify signatures.
#[derive(Debug)]
pub(crate) struct Key {
    kid: Option<String>,
    family: Family,
    /// The only algorithm it is for, if it says so.
    only: Option<SigningAlgorithm>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    /// What the library verifies.
    Library(CoreJsonWebKey),
    /// P-521, which it does not.
    P521(Box<p521::ecdsa::VerifyingKey>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl KeySet {
    /// Fetches and reads a set.
    pub(crate) async fn fetch(outgoing: &Outgoing, url: &Url) -> Result<Self, KeysError> {
        let answer = outgoing.get(url, None, limit::KEYS).await.map_err(KeysError::Http)?;
        Self::read(&answer.body)
    }

    /// Reads a set; keys that are broken, of unknown kinds, symmetric or not for signatures are skipped.
    pub(crate) fn read(body: &[u8]) -> Result<Self, KeysError> {
        let document = json::object(body).map_err(KeysError::Json)?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or(KeysError::NoList)?;
        let keys: Vec<Key> = keys.iter().take(MOST_KEYS).filter_map(Key::read).collect();
        if keys.is_empty() { Err(KeysError::NoUsableKey) } else { Ok(Self(keys)) }
    }

    /// The keys to try: those with this `kid`, or without any; all when the token names none.
    pub(crate) fn candidates(&self, kid: Option<&str>, alg: SigningAlgorithm) -> Vec<&Key> {
        let fitting = || self.0.iter().filter(|key| key.fits(alg));
        let named: Vec<&Key> = fitting()
            .filter(|key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid)))
            .take(MOST_TRIES)
            .collect();
        if !named.is_empty() || kid.is_none() {
            return named;
        }
        // Some providers name the key in the token and not in the set.
        fitting().filter(|key| key.kid.is_none()).take(MOST_TRIES).collect()
    }

    /// How many keys are usable.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Key {
    fn read(value: &Value) -> Option<Self> {
        let jwk = value.as_object()?;
        for_signatures(jwk)?;
        let only = match jwk.get("alg") {
            None | Some(Value::Null) => None,
            Some(alg) => Some(SigningAlgorithm::parse(alg.as_str()?)?),
        };
        let kid = match jwk.get("kid") {
            None | Some(Value::Null) => None,
            Some(kid) => Some(kid.as_str().filter(|kid| kid.len() <= LONGEST_KID)?.to_owned()),
        };
        let bytes = |name: &str| {
            let text = jwk.get(name)?.as_str()?;
            BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
        };
        let sized = |name: &str, length: usize| bytes(name).filter(|bytes| bytes.len() == length);
        let curve = |name: &str| jwk.get("crv").and_then(Value::as_str) == Some(name);
        // Built from the few members that count: strange ones elsewhere cannot make the key unreadable.
        let library = Material::Library;
        let (family, material) = match jwk.get("kty")?.as_str()? {
            "RSA" => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                let exponent_ok = e.len() <= 4 && e.last().is_some_and(|low| low % 2 == 1) && bits(&e) >= 2;
                if !exponent_ok || !RSA_BITS.contains(&bits(&n)) {
                    return None;
                }
                (Family::Rsa, library(CoreJsonWebKey::new_rsa(n, e, None)))
            }
            "EC" if curve("P-256") => {
                let (x, y) = (sized("x", 32)?, sized("y", 32)?);
                (Family::P256, library(CoreJsonWebKey::new_ec(x, y, CoreJsonCurveType::P256, None)))
            }
            "EC" if curve("P-384") => {
                let (x, y) = (sized("x", 48)?, sized("y", 48)?);
                (Family::P384, library(CoreJsonWebKey::new_ec(x, y, CoreJsonCurveType::P384, None)))
            }
            "EC" if curve("P-521") => {
                // 4, x, y (SEC 1 section 2.3.3); a point that is not on the curve is no key.
                let point = [vec![4], sized("x", 66)?, sized("y", 66)?].concat();
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
                (Family::P521, Material::P521(Box::new(key)))
            }
            "OKP" if curve("Ed25519") => {
                let key = CoreJsonWebKey::new_okp(sized("x", 32)?, CoreJsonCurveType::Ed25519, None);
                (Family::Ed25519, library(key))
            }
            _ => return None,
        };
        Some(Self { kid, family, only, material })
    }

    fn fits(&self, alg: SigningAlgorithm) -> bool {
        self.family == family(alg) && self.only.is_none_or(|only| only == alg)
    }

    /// Whether the signature over the message is this key's.
    pub(crate) fn verifies(&self, alg: SigningAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Library(jwk) => jwk.verify_signature(&core(alg), message, signature).is_ok(),
            Material::P521(key) => {
                // r and s, 66 bytes each (RFC 7518 section 3.4).
                let signature = p521::ecdsa::Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
        }
    }

    /// The hash that goes with the algorithm (OpenID Connect Core 1.0 section 3.1.3.6).
    pub(crate) fn hash(&self, alg: SigningAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        match &self.material {
            Material::Library(jwk) => jwk.hash_bytes(bytes, &core(alg)).ok(),
            Material::P521(_) => Some(Sha512::digest(bytes).to_vec()),
        }
    }
}

/// `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3), each honoured when present.
fn for_signatures(jwk: &Map<String, Value>) -> Option<()> {
    let use_ok = match jwk.get("use") {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str() == Some("sig"),
    };
    let ops_ok = match jwk.get("key_ops") {
        None | Some(Value::Null) => true,
        Some(Value::Array(ops)) => ops.iter().any(|op| op.as_str() == Some("verify")),
        Some(_) => false,
    };
    (use_ok && ops_ok).then_some(())
}

/// The size of a big-endian number.
fn bits(bytes: &[u8]) -> usize {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let first = bytes.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (bytes.len() - zeros) * 8 - first
}

fn family(alg: SigningAlgorithm) -> Family {
    match alg {
        SigningAlgorithm::Rs256
        | SigningAlgorithm::Rs384
        | SigningAlgorithm::Rs512
        | SigningAlgorithm::Ps256
        | SigningAlgorithm::Ps384
        | SigningAlgorithm::Ps512 => Family::Rsa,
        SigningAlgorithm::Es256 => Family::P256,
        SigningAlgorithm::Es384 => Family::P384,
        SigningAlgorithm::Es512 => Family::P521,
        SigningAlgorithm::EdDsa => Family::Ed25519,
    }
}

/// The library's name of the algorithm.
fn core(alg: SigningAlgorithm) -> CoreJwsSigningAlgorithm {
    match alg {
        SigningAlgorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        SigningAlgorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        SigningAlgorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        SigningAlgorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        SigningAlgorithm::Ps384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        SigningAlgorithm::Ps512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        SigningAlgorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        SigningAlgorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        SigningAlgorithm::Es512 => CoreJwsSigningAlgorithm::EcdsaP521Sha512,
        SigningAlgorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}
