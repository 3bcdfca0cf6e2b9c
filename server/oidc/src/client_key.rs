//! Our own key pair, with which `private_key_jwt` shows who we are.

use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use domain::secret::Secret;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A key pair cannot be made or read. The text says nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// The operating system has no randomness.
    #[error("a key pair cannot be made: the operating system gave no random numbers")]
    Randomness,
    /// The stored text is no key pair.
    #[error("the stored key pair cannot be read")]
    Unreadable,
}

/// A key pair on P-256 that signs ES256 (RFC 7518 section 3.4). Of one kind only: every provider that takes
/// `private_key_jwt` by key set knows ES256, and an RSA signature would bring its side channels along.
pub struct ClientKey {
    kid: String,
    pair: EcdsaKeyPair,
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl ClientKey {
    /// What it signs with, as JWS names it.
    pub const ALGORITHM: &'static str = "ES256";

    /// Makes a pair; the text is its private half (PKCS #8, base64) and belongs sealed.
    ///
    /// # Errors
    /// [`ClientKeyError`].
    pub fn generate() -> Result<(Self, Secret), ClientKeyError> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| ClientKeyError::Randomness)?;
        let text = Secret::new(BASE64_STANDARD.encode(pkcs8.as_ref()));
        Ok((Self::read(&text)?, text))
    }

    /// Reads the private half.
    ///
    /// # Errors
    /// [`ClientKeyError::Unreadable`].
    pub fn read(text: &Secret) -> Result<Self, ClientKeyError> {
        let pkcs8 = BASE64_STANDARD.decode(text.expose()).map_err(|_| ClientKeyError::Unreadable)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &SystemRandom::new())
            .map_err(|_| ClientKeyError::Unreadable)?;
        let mut key = Self { kid: String::new(), pair };
        let (x, y) = key.point();
        // RFC 7638 section 3: the members that matter, in this order, without spaces.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        key.kid = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
        Ok(key)
    }

    /// Its name: the thumbprint of its public half (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half (RFC 7517), and nothing else.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let (x, y) = self.point();
        json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid, "use": "sig", "alg": Self::ALGORITHM,
        })
    }

    /// The coordinates, base64url; the public half is 4, x, y (SEC 1 section 2.3.3).
    fn point(&self) -> (String, String) {
        let point = self.pair.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at(point.len() / 2);
        (BASE64_URL_SAFE_NO_PAD.encode(x), BASE64_URL_SAFE_NO_PAD.encode(y))
    }

    pub(crate) fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ClientKeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), input);
        Ok(signature.map_err(|_| ClientKeyError::Randomness)?.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_under_the_same_name_and_shows_only_its_public_half() {
        let (key, text) = ClientKey::generate().unwrap();
        let again = ClientKey::read(&text).unwrap();
        assert_eq!((again.kid(), again.public_jwk()), (key.kid(), key.public_jwk()));
        let jwk = key.public_jwk();
        let members: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert!(!format!("{key:?} {jwk}").contains(text.expose()));
        assert_ne!(ClientKey::generate().unwrap().0.kid(), key.kid());
    }

    #[test]
    fn what_is_no_key_is_not_read() {
        for text in ["", "no base64!", "aGVsbG8="] {
            assert_eq!(ClientKey::read(&Secret::new(text)).unwrap_err(), ClientKeyError::Unreadable);
        }
    }
}
