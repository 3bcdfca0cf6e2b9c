//! How a provider knows us where we call it ourselves: token endpoint and pushed requests (OpenID Connect Core 1.0
//! section 9, RFC 6749 section 2.3, RFC 7523).

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use domain::integration::{ClientAuthMethod, IntegrationSettings};
use domain::secret::Secret;
use reqwest::header::HeaderValue;
use ring::hmac;
use serde_json::{Value, json};
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::client_key::ClientKey;
use crate::error::SettingsError;
use crate::random;

/// How long an assertion is good for, seconds. It is sent at once.
const LIFETIME: i64 = 60;
/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What we show of ourselves.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    pub(crate) settings: &'a IntegrationSettings,
    pub(crate) secret: Option<&'a Secret>,
    pub(crate) key: Option<&'a ClientKey>,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl Credentials<'_> {
    /// Adds them to a form; for HTTP Basic gives the header.
    ///
    /// `audience` stands in an assertion: the token endpoint when the assertion goes exactly there (OpenID Connect Core
    /// 1.0 section 9), else the issuer. Never a URL that somebody else's metadata could name while the assertion goes to
    /// that somebody: they could use it there in our place.
    pub(crate) fn add_to(
        self,
        form: &mut Serializer<'_, String>,
        audience: &str,
    ) -> Result<Option<HeaderValue>, SettingsError> {
        let client_id = &self.settings.client_id;
        let secret = self.secret.filter(|secret| !secret.is_empty());
        match (self.settings.client_auth_method, secret) {
            (ClientAuthMethod::ClientSecretBasic, Some(secret)) => return basic(client_id, secret).map(Some),
            (ClientAuthMethod::ClientSecretPost, Some(secret)) => {
                form.append_pair("client_id", client_id);
                form.append_pair("client_secret", secret.expose());
            }
            // A public client names itself (RFC 6749 section 3.2.1).
            (
                ClientAuthMethod::None
                | ClientAuthMethod::ClientSecretBasic
                | ClientAuthMethod::ClientSecretPost,
                _,
            ) => {
                form.append_pair("client_id", client_id);
            }
            (ClientAuthMethod::ClientSecretJwt, secret) => {
                let secret = secret.ok_or(SettingsError::SecretMissing)?;
                let input = self.signing_input(&json!({"alg": "HS256", "typ": "JWT"}), audience)?;
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
                let tag = hmac::sign(&key, input.as_bytes());
                self.append(form, &input, tag.as_ref());
            }
            (ClientAuthMethod::PrivateKeyJwt, _) => {
                let key = self.key.ok_or(SettingsError::ClientKey)?;
                let header = json!({"alg": ClientKey::ALGORITHM, "typ": "JWT", "kid": key.kid()});
                let input = self.signing_input(&header, audience)?;
                let signature = key.sign(input.as_bytes()).map_err(|_| SettingsError::ClientKey)?;
                self.append(form, &input, &signature);
            }
        }
        Ok(None)
    }

    /// Header and claims (RFC 7523 section 3).
    fn signing_input(self, header: &Value, audience: &str) -> Result<String, SettingsError> {
        let client_id = &self.settings.client_id;
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": random::value().map_err(|_| SettingsError::Randomness)?.expose(),
            "iat": self.now,
            "exp": self.now + LIFETIME,
        });
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        Ok(format!("{}.{}", part(header), part(&claims)))
    }

    fn append(self, form: &mut Serializer<'_, String>, input: &str, signature: &[u8]) {
        form.append_pair("client_id", &self.settings.client_id);
        form.append_pair("client_assertion_type", ASSERTION_TYPE);
        let assertion = format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
        form.append_pair("client_assertion", &assertion);
    }
}

/// Id and secret form-encoded first (RFC 6749 section 2.3.1), as many libraries forget.
fn basic(client_id: &str, secret: &Secret) -> Result<HeaderValue, SettingsError> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
    let header = format!("Basic {}", BASE64_STANDARD.encode(pair));
    let mut header = HeaderValue::try_from(header).map_err(|_| SettingsError::Credentials)?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ct_4_id_and_secret_are_form_encoded_before_basic() {
        let header = basic("a:b c", &Secret::new("ü/%+:")).unwrap();
        assert!(header.is_sensitive());
        let decoded =
            BASE64_STANDARD.decode(header.to_str().unwrap().strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), "a%3Ab+c:%C3%BC%2F%25%2B%3A");
    }
}
