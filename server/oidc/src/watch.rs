//! What a provider says of itself at this moment, past every cache: to be compared with what it said before.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::integration::IntegrationSettings;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::discovery::Metadata;
use crate::engine::Engine;
use crate::error::Error;
use crate::http::limit;
use crate::json;
use crate::keys::{KeySet, KeysError};

/// More keys of one set are not looked at.
const MOST_KEYS: usize = 100;
/// The longest key id kept.
const LONGEST_KID: usize = 255;

/// What a provider says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its metadata, checked as for a login.
    pub metadata: Metadata,
    /// Its public keys, in its order.
    pub keys: Vec<KeyPrint>,
}

/// A public key, by name and by content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPrint {
    /// `kid`, if it has one.
    pub kid: Option<String>,
    /// Its thumbprint (RFC 7638, SHA-256, base64url).
    pub thumbprint: String,
}

impl Engine {
    /// Fetches metadata and keys now, past the cache. What logins use is left alone.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Discovery`], [`Error::Keys`].
    pub async fn inspect(&self, settings: &IntegrationSettings) -> Result<Seen, Error> {
        let metadata = self.discover(settings).await?;
        let outgoing = self.outgoing(settings)?;
        let answer = outgoing.get(&metadata.jwks_uri, None, limit::KEYS).await.map_err(KeysError::Http)?;
        // A set that no login could use is a problem here too.
        KeySet::read(&answer.body)?;
        let keys = prints(&json::object(&answer.body).map_err(KeysError::Json)?);
        Ok(Seen { metadata, keys })
    }
}

fn prints(set: &Map<String, Value>) -> Vec<KeyPrint> {
    let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten();
    keys.filter_map(Value::as_object).take(MOST_KEYS).filter_map(print).collect()
}

/// `None`: of a kind that has no thumbprint here.
fn print(key: &Map<String, Value>) -> Option<KeyPrint> {
    let members: &[&str] = match key.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    // The members in this order and nothing else (RFC 7638 section 3.1).
    let mut text = String::from("{");
    for (index, member) in members.iter().enumerate() {
        let value = key.get(*member)?.as_str()?;
        let comma = if index == 0 { "" } else { "," };
        text.push_str(&format!("{comma}{}:{}", Value::from(*member), Value::from(value)));
    }
    text.push('}');
    let kid =
        key.get("kid").and_then(Value::as_str).filter(|kid| kid.len() <= LONGEST_KID).map(str::to_owned);
    Some(KeyPrint { kid, thumbprint: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_the_one_of_the_standards_example() {
        // RFC 7638 section 3.1.
        let key = serde_json::json!({
            "kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
                  FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb\
                  9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls\
                  1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });
        let print = print(key.as_object().unwrap()).unwrap();
        assert_eq!(print.thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(print.kid.as_deref(), Some("2011-04-29"));
    }

    #[test]
    fn keys_without_a_thumbprint_are_left_out() {
        let set = serde_json::json!({"keys": [{"kty": "oct", "k": "x"}, {"kty": "EC"}, 7]});
        assert_eq!(prints(set.as_object().unwrap()), []);
    }
}
