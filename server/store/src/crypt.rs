//! Secrets at rest: XChaCha20-Poly1305 under a key from the configuration, and HMAC-SHA-256 under subkeys of
//! it.
//!
//! A sealed value is the text `v1.<key id>.<base64url(nonce || ciphertext)>`. Table, row, column and key id
//! are bound to it as associated data: a value that is copied to another row does not open there.

use std::fmt;

use base64::{
    Engine as _,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    },
};
use chacha20poly1305::{
    Key as CipherKey, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use domain::secret::Secret;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::key::hex;

/// A sealed value cannot be opened, or a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The configured key is not 32 bytes in base64.
    #[error("an encryption key must be 32 bytes in base64, as `openssl rand -base64 32` prints them")]
    NotAKey,
    /// The value was sealed with a key that is not configured.
    #[error("sealed with key {0}, which is not configured: add it to the previous keys")]
    UnknownKey(String),
    /// The key has the right id, yet the value does not open: it was changed, or belongs to another row.
    #[error("the sealed value does not open: it was changed, or moved from another row")]
    DoesNotOpen,
    /// The text is not a sealed value.
    #[error("not a sealed value")]
    Malformed,
}

/// Where a sealed value stands. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Aad<'a> {
    /// The table.
    pub table: &'static str,
    /// The row's identifier.
    pub row: &'a str,
    /// The column.
    pub column: &'static str,
}

impl Aad<'_> {
    fn bytes(&self, key_id: &str) -> Vec<u8> {
        format!("{}|{}|{}|{key_id}", self.table, self.row, self.column).into_bytes()
    }
}

/// A sealed value, as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// Takes what a column holds.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What a column holds.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key it was sealed with.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn key_id(&self) -> Result<&str, KeyError> {
        self.parts().map(|(id, _)| id)
    }

    fn parts(&self) -> Result<(&str, &str), KeyError> {
        let rest = self.0.strip_prefix("v1.").ok_or(KeyError::Malformed)?;
        rest.split_once('.').ok_or(KeyError::Malformed)
    }
}

struct Key {
    id: String,
    root: [u8; 32],
    cipher: XChaCha20Poly1305,
}

impl Key {
    fn new(root: [u8; 32]) -> Self {
        let id = hex(&Sha256::digest(root)).chars().take(8).collect();
        let cipher = XChaCha20Poly1305::new(CipherKey::from_slice(&hmac(&root, b"latchkey seal 1")));
        Self { id, root, cipher }
    }

    fn from_base64(text: &Secret) -> Result<Self, KeyError> {
        // With or without padding, of either alphabet: a key is pasted from many tools.
        let lenient = GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let plain = text.expose().trim().replace('-', "+").replace('_', "/");
        let bytes = lenient.decode(plain).map_err(|_| KeyError::NotAKey)?;
        Ok(Self::new(bytes.try_into().map_err(|_| KeyError::NotAKey)?))
    }

    fn mac(&self, label: &str, bytes: &[u8]) -> [u8; 32] {
        hmac(&hmac(&self.root, format!("latchkey mac 1 {label}").as_bytes()), bytes)
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// Random bytes from the operating system.
#[expect(clippy::expect_used, reason = "without randomness nothing that follows would be safe")]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random numbers");
    bytes
}

/// The current key, which seals, and previous ones, which still open.
pub struct Keys {
    current: Key,
    previous: Vec<Key>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} and {} previous)", self.current.id, self.previous.len())
    }
}

impl Keys {
    /// Reads the configured keys: 32 bytes each, in base64 (RFC 4648 section 4 or 5).
    ///
    /// # Errors
    /// [`KeyError::NotAKey`].
    pub fn from_base64(current: &Secret, previous: &[Secret]) -> Result<Self, KeyError> {
        Ok(Self {
            current: Key::from_base64(current)?,
            previous: previous.iter().map(Key::from_base64).collect::<Result<_, _>>()?,
        })
    }

    /// Makes a new key; the text is what goes into the configuration.
    #[must_use]
    pub fn generate() -> (Self, Secret) {
        let root = random::<32>();
        (Self { current: Key::new(root), previous: Vec::new() }, Secret::new(STANDARD.encode(root)))
    }

    /// The current key's id: the first 8 hex digits of its SHA-256. Not secret.
    #[must_use]
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    /// Seals a secret for one place.
    #[must_use]
    #[expect(clippy::expect_used, reason = "sealing fails only for values of 256 GB")]
    pub fn seal(&self, secret: &Secret, aad: &Aad<'_>) -> Sealed {
        let nonce = random::<24>();
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &aad.bytes(&self.current.id) };
        let sealed = self.current.cipher.encrypt(XNonce::from_slice(&nonce), payload).expect("a short value");
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        Sealed(format!("v1.{}.{}", self.current.id, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`KeyError::UnknownKey`], [`KeyError::DoesNotOpen`], [`KeyError::Malformed`].
    pub fn open(&self, sealed: &Sealed, aad: &Aad<'_>) -> Result<Secret, KeyError> {
        let (id, body) = sealed.parts()?;
        let key = self.key(id).ok_or_else(|| KeyError::UnknownKey(id.to_owned()))?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| KeyError::Malformed)?;
        let (nonce, body) = bytes.split_first_chunk::<24>().ok_or(KeyError::Malformed)?;
        let payload = Payload { msg: body, aad: &aad.bytes(id) };
        let open =
            key.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| KeyError::DoesNotOpen)?;
        String::from_utf8(open).map(Secret::new).map_err(|_| KeyError::Malformed)
    }

    /// HMAC-SHA-256 under a subkey of the current key; each purpose has its own label.
    #[must_use]
    pub fn mac(&self, label: &str, bytes: &[u8]) -> [u8; 32] {
        self.current.mac(label, bytes)
    }

    /// A MAC with its key's id, as text.
    pub(crate) fn tag(&self, label: &str, bytes: &[u8]) -> String {
        format!("{}:{}", self.current.id, hex(&self.current.mac(label, bytes)))
    }

    /// Whether the text is the MAC of these bytes under the current or a previous key.
    pub(crate) fn is_tag(&self, tag: &str, label: &str, bytes: &[u8]) -> bool {
        tag.split_once(':')
            .and_then(|(id, mac)| self.key(id).map(|key| hex(&key.mac(label, bytes)) == mac))
            .unwrap_or(false)
    }

    fn key(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.current).chain(&self.previous).find(|key| key.id == id)
    }
}
