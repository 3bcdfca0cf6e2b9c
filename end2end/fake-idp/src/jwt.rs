//! Compact JWS: algorithms, and the honest and the broken ways to sign.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};
use serde_json::{Map, Value};

use crate::keys::{self, KeySet};

/// A signature algorithm (RFC 7518 section 3, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256, keyed with the client secret.
    Hs256,
}

impl Alg {
    /// Every algorithm.
    pub const ALL: &'static [Alg] = &[
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Hs256,
    ];

    /// The name in a JWT header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    /// The algorithm with that header name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|alg| alg.name() == name)
    }

    /// `at_hash`: the left half of the algorithm's hash (OIDC Core 3.1.3.6).
    pub(crate) fn half_hash(self, text: &str) -> String {
        let hash = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 | Self::Hs256 => &digest::SHA256,
            Self::Rs384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Es512 | Self::EdDsa => &digest::SHA512,
        };
        let sum = digest::digest(hash, text.as_bytes());
        let half = sum.as_ref().len() / 2;
        base64url(sum.as_ref().get(..half).unwrap_or_default())
    }
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// With the configured algorithm and the current key.
    #[default]
    Honest,
    /// With that algorithm and the current key for it, which the key set publishes.
    With(Alg),
    /// Honest, then one bit flipped.
    Flipped,
    /// As [`Signature::With`], then one bit flipped.
    FlippedWith(Alg),
    /// By a stranger's key of the same type, under the right `kid`.
    Stranger,
    /// `alg: none`, no signature.
    Unsigned,
    /// HS256 keyed with the client secret.
    SecretMac,
    /// HS256 keyed with the current RSA public key's PEM text.
    PublicKeyMac,
    /// RS256 by the 1024 bit key.
    Weak,
}

/// Changes to a JSON object: a value sets the member, `None` takes it away.
pub(crate) type Edits = Vec<(String, Option<Value>)>;

pub(crate) fn apply(edits: &Edits, object: &mut Map<String, Value>) {
    for (name, value) in edits {
        match value {
            Some(value) => object.insert(name.clone(), value.clone()),
            None => object.remove(name),
        };
    }
}

/// What signing needs to know.
pub(crate) struct Signer<'a> {
    pub(crate) keys: &'a KeySet,
    pub(crate) secret: &'a str,
    pub(crate) alg: Alg,
}

impl Signer<'_> {
    /// The algorithm that `signature` puts in the header.
    pub(crate) const fn alg_of(&self, signature: Signature) -> Alg {
        match signature {
            Signature::With(alg) | Signature::FlippedWith(alg) => alg,
            Signature::SecretMac | Signature::PublicKeyMac => Alg::Hs256,
            Signature::Weak => Alg::Rs256,
            Signature::Honest | Signature::Flipped | Signature::Stranger | Signature::Unsigned => self.alg,
        }
    }

    /// A compact JWS of `payload`, which is sent as it is.
    pub(crate) fn seal(&self, signature: Signature, header_edits: &Edits, payload: &str) -> String {
        let alg = self.alg_of(signature);
        let mut header = Map::new();
        header.insert("typ".into(), "JWT".into());
        let name = if signature == Signature::Unsigned { "none" } else { alg.name() };
        header.insert("alg".into(), name.into());
        let kid = match signature {
            Signature::Unsigned => None,
            Signature::Weak => Some(keys::WEAK_KID.to_owned()),
            _ => self.keys.key_for(alg).map(|key| key.kid.clone()),
        };
        if let Some(kid) = kid {
            header.insert("kid".into(), kid.into());
        }
        apply(header_edits, &mut header);
        let input = format!("{}.{}", base64url(Value::Object(header).to_string()), base64url(payload));
        let sealed = self.signature(signature, alg, input.as_bytes());
        format!("{input}.{}", base64url(sealed))
    }

    fn signature(&self, signature: Signature, alg: Alg, input: &[u8]) -> Vec<u8> {
        let own = || match self.keys.key_for(alg) {
            Some(key) => key.sign(alg, input),
            None => mac(self.secret.as_bytes(), input),
        };
        match signature {
            Signature::Honest | Signature::With(_) => own(),
            Signature::Flipped | Signature::FlippedWith(_) => flip(own()),
            Signature::Stranger => match keys::stranger(alg) {
                Some(key) => key.sign(alg, input),
                None => mac(b"a stranger's secret", input),
            },
            Signature::Unsigned => Vec::new(),
            Signature::SecretMac => mac(self.secret.as_bytes(), input),
            Signature::PublicKeyMac => mac(self.keys.rsa_public_pem().as_bytes(), input),
            Signature::Weak => keys::weak_sign(input),
        }
    }
}

fn mac(key: &[u8], input: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input).as_ref().to_vec()
}

fn flip(mut signature: Vec<u8>) -> Vec<u8> {
    let middle = signature.len() / 2;
    if let Some(byte) = signature.get_mut(middle) {
        *byte ^= 1;
    }
    signature
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
