//! Signing keys. RSA keys are embedded test keys, because generating them is slow; the others are generated.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use crate::jwt::{Alg, base64url};

/// The embedded RSA keys: private and public half. The last one is the stranger's.
const RSA_PEMS: [(&str, &str); 4] = [
    (include_str!("keys/test-rsa-1.pem"), include_str!("keys/test-rsa-1.pub.pem")),
    (include_str!("keys/test-rsa-2.pem"), include_str!("keys/test-rsa-2.pub.pem")),
    (include_str!("keys/test-rsa-3.pem"), include_str!("keys/test-rsa-3.pub.pem")),
    (include_str!("keys/test-rsa-4.pem"), include_str!("keys/test-rsa-4.pub.pem")),
];
const STRANGER: usize = 3;
const WEAK_PEM: &str = include_str!("keys/test-rsa-weak.pem");

/// The `kid` of the 1024 bit key.
pub(crate) const WEAK_KID: &str = "rsa-weak";

/// Public points on secp256k1: key types that a relying party does not know.
const SECP256K1: [(&str, &str); 3] = [
    ("fIYHnvwDLQrjv2vpETiUmAQLdiy0tJ5r3xFTmKMXbc0", "N9Dx0eTCiLvKLASC6dtB7onMkVbdIF7VL8BduG4CMZM"),
    ("9OCWS1A4LmHycS_S3XdtH42riTAChJt9qmG4UN9b91g", "AQxk3uTSVCAId77HjXmN30LWzjv8dvMf98tGZuOF3kE"),
    ("WhRlGV_hwVEsnimGkRFrEEzdxaYoVFsfGB6gZsm_tyU", "7tOa53tw0VYfXMO3SVMh-lfpjER0oQ-J_P_asYM_9W8"),
];

enum Material {
    Rsa(Arc<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    P521(Box<p521::ecdsa::SigningKey>),
    Ed25519(Ed25519KeyPair),
}

/// One signing key with its `kid`.
pub(crate) struct Key {
    pub(crate) kid: String,
    material: Material,
}

impl Key {
    fn rsa(kid: String, index: usize) -> Self {
        Self { kid, material: Material::Rsa(embedded_rsa(index)) }
    }

    fn p256(kid: String) -> Self {
        Self { kid, material: Material::P256(generate_ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)) }
    }

    fn p384(kid: String) -> Self {
        Self { kid, material: Material::P384(generate_ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)) }
    }

    #[expect(clippy::expect_used, reason = "a number of 512 bits is below the order of the curve")]
    fn p521(kid: String) -> Self {
        let mut scalar = [0_u8; 66];
        if let Some(low) = scalar.get_mut(2..) {
            SystemRandom::new().fill(low).expect("the system has randomness");
        }
        let key = p521::ecdsa::SigningKey::from_slice(&scalar).expect("a valid number");
        Self { kid, material: Material::P521(Box::new(key)) }
    }

    #[expect(clippy::expect_used, reason = "ring reads back the key that it just wrote")]
    fn ed25519(kid: String) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("the system has randomness");
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a generated key is valid");
        Self { kid, material: Material::Ed25519(pair) }
    }

    /// The signature as JWS wants it (ECDSA: r and s, fixed length).
    #[expect(
        clippy::expect_used,
        reason = "signing with a valid key fails only without randomness or memory"
    )]
    pub(crate) fn sign(&self, alg: Alg, input: &[u8]) -> Vec<u8> {
        let rng = SystemRandom::new();
        match &self.material {
            Material::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let padding: &'static dyn ring::signature::RsaEncoding = match alg {
                    Alg::Rs384 => &RSA_PKCS1_SHA384,
                    Alg::Rs512 => &RSA_PKCS1_SHA512,
                    Alg::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &rng, input, &mut signature).expect("RSA signing works");
                signature
            }
            Material::P256(pair) | Material::P384(pair) => {
                pair.sign(&rng, input).expect("ECDSA signing works").as_ref().to_vec()
            }
            Material::P521(key) => {
                let signature: p521::ecdsa::Signature = p521::ecdsa::signature::Signer::sign(&**key, input);
                signature.to_bytes().to_vec()
            }
            Material::Ed25519(pair) => pair.sign(input).as_ref().to_vec(),
        }
    }

    /// The public half as a JWK (RFC 7517, RFC 7518 section 6, RFC 8037), with `use` and without `alg`.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.material {
            Material::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "n": base64url(public.n), "e": base64url(public.e)})
            }
            Material::P256(pair) => ec_jwk("P-256", pair.public_key().as_ref()),
            Material::P384(pair) => ec_jwk("P-384", pair.public_key().as_ref()),
            Material::P521(key) => ec_jwk("P-521", key.verifying_key().to_sec1_point(false).as_bytes()),
            Material::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key())})
            }
        };
        if let Value::Object(members) = &mut jwk {
            members.insert("kid".into(), self.kid.clone().into());
            members.insert("use".into(), "sig".into());
        }
        jwk
    }
}

/// `point` is the uncompressed form: 4, x, y.
fn ec_jwk(curve: &str, point: &[u8]) -> Value {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    json!({"kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y)})
}

/// The current keys. P-384 and Ed25519 keys come into being when an algorithm needs them.
pub(crate) struct KeySet {
    generation: usize,
    stamp: String,
    rsa: Key,
    p256: Key,
    p384: OnceLock<Key>,
    p521: OnceLock<Key>,
    ed25519: OnceLock<Key>,
}

impl KeySet {
    /// Keys of a generation: other keys and other kids than the generation before.
    pub(crate) fn new(generation: usize) -> Self {
        let stamp = random(6);
        Self {
            generation,
            rsa: Key::rsa(format!("rsa-{stamp}"), generation % STRANGER),
            p256: Key::p256(format!("p256-{stamp}")),
            p384: OnceLock::new(),
            p521: OnceLock::new(),
            ed25519: OnceLock::new(),
            stamp,
        }
    }

    pub(crate) fn next(&self) -> Self {
        Self::new(self.generation.wrapping_add(1))
    }

    /// The key for an algorithm; HMAC has none.
    pub(crate) fn key_for(&self, alg: Alg) -> Option<&Key> {
        match alg {
            Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 => Some(&self.rsa),
            Alg::Es256 => Some(&self.p256),
            Alg::Es384 => Some(self.p384.get_or_init(|| Key::p384(format!("p384-{}", self.stamp)))),
            Alg::Es512 => Some(self.p521.get_or_init(|| Key::p521(format!("p521-{}", self.stamp)))),
            Alg::EdDsa => Some(self.ed25519.get_or_init(|| Key::ed25519(format!("ed25519-{}", self.stamp)))),
            Alg::Hs256 => None,
        }
    }

    /// The PEM text of the current RSA public key.
    pub(crate) fn rsa_public_pem(&self) -> &'static str {
        RSA_PEMS.get(self.generation % STRANGER).map_or("", |(_, public)| public)
    }

    /// The honest key set: RSA, P-256, and what the algorithm needs besides.
    pub(crate) fn published(&self, alg: Alg) -> Vec<Value> {
        let mut keys = vec![self.rsa.jwk(), self.p256.jwk()];
        if matches!(alg, Alg::Es384 | Alg::Es512 | Alg::EdDsa) {
            keys.extend(self.key_for(alg).map(Key::jwk));
        }
        keys
    }

    /// Three keys of each of four types, without `kid`; the current ones are the last of their type.
    pub(crate) fn many_without_kid(&self, alg: Alg) -> Vec<Value> {
        let mut keys: Vec<Value> =
            (1..=3).map(|step| Key::rsa(String::new(), (self.generation + step) % STRANGER).jwk()).collect();
        keys.extend((0..2).map(|_| Key::p256(String::new()).jwk()));
        keys.push(self.p256.jwk());
        keys.extend(
            SECP256K1.map(|(x, y)| json!({"kty": "EC", "crv": "secp256k1", "x": x, "y": y, "use": "sig"})),
        );
        keys.extend((0..3).map(|_| Key::ed25519(String::new()).jwk()));
        if matches!(alg, Alg::Es384 | Alg::Es512 | Alg::EdDsa) {
            keys.extend(self.key_for(alg).map(Key::jwk));
        }
        keys.into_iter().map(without_kid).collect()
    }
}

/// The key without its `kid`.
pub(crate) fn without_kid(mut jwk: Value) -> Value {
    if let Value::Object(members) = &mut jwk {
        members.remove("kid");
    }
    jwk
}

/// A key of the algorithm's type that nobody publishes.
pub(crate) fn stranger(alg: Alg) -> Option<Key> {
    let kid = String::new();
    match alg {
        Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 => Some(Key::rsa(kid, STRANGER)),
        Alg::Es256 => Some(Key::p256(kid)),
        Alg::Es384 => Some(Key::p384(kid)),
        Alg::Es512 => Some(Key::p521(kid)),
        Alg::EdDsa => Some(Key::ed25519(kid)),
        Alg::Hs256 => None,
    }
}

/// The 1024 bit key as a JWK.
pub(crate) fn weak_jwk() -> Value {
    let key = weak();
    let (n, e) = (base64url(key.n().to_bytes_be()), base64url(key.e().to_bytes_be()));
    json!({"kty": "RSA", "n": n, "e": e, "kid": WEAK_KID, "use": "sig", "alg": "RS256"})
}

/// RS256 by the 1024 bit key, which ring refuses to use.
#[expect(clippy::expect_used, reason = "an embedded key signs a digest of the right length")]
pub(crate) fn weak_sign(input: &[u8]) -> Vec<u8> {
    /// The DER of `DigestInfo` in front of a SHA-256 digest (RFC 8017 9.2 note 1).
    const SHA256_PREFIX: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0, 4,
        32,
    ];
    let digest = ring::digest::digest(&ring::digest::SHA256, input);
    let info = [&SHA256_PREFIX, digest.as_ref()].concat();
    weak().sign(rsa::Pkcs1v15Sign::new_unprefixed(), &info).expect("a digest fits the key")
}

#[expect(clippy::expect_used, reason = "the key is embedded")]
fn weak() -> &'static rsa::RsaPrivateKey {
    static WEAK: OnceLock<rsa::RsaPrivateKey> = OnceLock::new();
    WEAK.get_or_init(|| rsa::RsaPrivateKey::from_pkcs8_pem(WEAK_PEM).expect("the embedded weak key is valid"))
}

/// An embedded RSA key, read once per process.
#[expect(clippy::expect_used, reason = "the keys are embedded")]
fn embedded_rsa(index: usize) -> Arc<RsaKeyPair> {
    static POOL: [OnceLock<Arc<RsaKeyPair>>; 4] = [const { OnceLock::new() }; 4];
    let (cell, (private, _)) = POOL.iter().zip(RSA_PEMS).nth(index).expect("the index is below 4");
    let read = || {
        let text: String = private.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(text).expect("the embedded key is base64");
        Arc::new(RsaKeyPair::from_pkcs8(&der).expect("the embedded key is valid"))
    };
    Arc::clone(cell.get_or_init(read))
}

#[expect(clippy::expect_used, reason = "ring reads back the key that it just wrote")]
fn generate_ecdsa(alg: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    let rng = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &rng).expect("the system has randomness");
    EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &rng).expect("a generated key is valid")
}

/// `bytes` random bytes as URL-safe text.
#[expect(clippy::expect_used, reason = "without randomness there is nothing to test")]
pub(crate) fn random(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    SystemRandom::new().fill(&mut buffer).expect("the system has randomness");
    base64url(buffer)
}
