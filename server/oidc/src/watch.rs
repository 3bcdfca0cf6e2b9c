//! What a provider says of itself at this moment, past every cache: to be compared with what it said before.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::api::CertificateView;
use domain::integration::{IntegrationSettings, Protocol};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::certificates::read_der;
use crate::discovery::Metadata;
use crate::engine::Engine;
use crate::error::{Error, clean};
use crate::http::limit;
use crate::json;
use crate::keys::{KeySet, KeysError};
use crate::oauth2;
use crate::probe::{reach::resolve, tls};

/// More keys of one set are not looked at.
const MOST_KEYS: usize = 100;
/// More hosts are not looked at.
const MOST_HOSTS: usize = 8;
/// The longest name of a host, with its port.
const LONGEST_HOST: usize = 255;
/// The longest key id kept.
const LONGEST_KID: usize = 255;

/// What a provider says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its metadata, checked as for a login; `None`: OAuth 2.0, where the addresses answer and say nothing.
    pub metadata: Option<Metadata>,
    /// Its public keys, in its order; none in OAuth 2.0.
    pub keys: Vec<KeyPrint>,
}

/// A host that is called, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Name or address, and port.
    pub host: String,
    /// Its certificates, its own first; `None`: there was no handshake, or a proxy is in between.
    pub certificates: Option<Vec<CertificateView>>,
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
    /// Fetches metadata and keys now, past the cache. What logins use is left alone. In OAuth 2.0 it is looked whether
    /// the addresses may be called and answer.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Discovery`], [`Error::Keys`]; in OAuth 2.0 [`Error::Exchange`] and
    /// [`Error::Userinfo`] for the two addresses.
    pub async fn inspect(&self, settings: &IntegrationSettings) -> Result<Seen, Error> {
        let outgoing = self.outgoing(settings)?;
        if settings.protocol == Protocol::OAuth2 {
            oauth2::reach(settings, &self.guard, &outgoing, &self.lookup).await?;
            return Ok(Seen { metadata: None, keys: Vec::new() });
        }
        let metadata = self.discover(settings).await?;
        let answer = outgoing.get(&metadata.jwks_uri, None, limit::KEYS).await.map_err(KeysError::Http)?;
        // A set that no login could use is a problem here too.
        KeySet::read(&answer.body)?;
        let keys = prints(&json::object(&answer.body).map_err(KeysError::Json)?);
        Ok(Seen { metadata: Some(metadata), keys })
    }

    /// The hosts that this server calls by `https` for an integration, each with the certificates that it shows now.
    /// `metadata`: what the provider says of itself, when it could be read.
    pub async fn hosts(&self, settings: &IntegrationSettings, metadata: Option<&Metadata>) -> Vec<Host> {
        let mut hosts: Vec<Host> = Vec::new();
        for url in called(settings, metadata).into_iter().filter(|url| url.scheme() == "https") {
            let Some(name) = url.host_str() else { continue };
            let host = clean(&format!("{name}:{}", url.port_or_known_default().unwrap_or(443)), LONGEST_HOST);
            if hosts.len() < MOST_HOSTS && !hosts.iter().any(|one| one.host == host) {
                hosts.push(Host { host, certificates: self.certificates(settings, &url).await });
            }
        }
        hosts
    }

    async fn certificates(&self, settings: &IntegrationSettings, url: &Url) -> Option<Vec<CertificateView>> {
        // Past the proxy nothing may be called, and through it the handshake is not ours to look at.
        if self.proxy.as_ref().is_some_and(|proxy| proxy.takes(url)) || self.guard.reachable(url).is_err() {
            return None;
        }
        let (_, addresses) = resolve(&self.guard, &self.lookup, self.timeouts, url).await.ok()?;
        let shown = tls::shown(url, &addresses, settings.custom_ca.as_deref(), self.timeouts).await;
        let now = self.clock.now();
        let views: Vec<CertificateView> = shown.iter().filter_map(|der| read_der(der, now)).collect();
        (!views.is_empty()).then_some(views)
    }
}

/// The addresses that this server itself calls.
fn called(settings: &IntegrationSettings, metadata: Option<&Metadata>) -> Vec<Url> {
    let by_hand = |text: &Option<String>| text.as_deref().and_then(|text| Url::parse(text).ok());
    let ends = &settings.endpoints;
    let mut all = vec![by_hand(&ends.token), by_hand(&ends.userinfo)];
    if settings.protocol == Protocol::Oidc {
        let issuer = Url::parse(&settings.issuer).ok().filter(|_| settings.discovery);
        all.insert(0, issuer);
        all.push(by_hand(&ends.jwks));
    }
    if let Some(metadata) = metadata {
        all.push(Some(metadata.token.clone()));
        all.push(Some(metadata.jwks_uri.clone()));
        all.push(metadata.userinfo.clone());
    }
    all.push(by_hand(&settings.groups_endpoint));
    all.into_iter().flatten().collect()
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
