//! What only the server can say about settings: whether URLs and certificates hold in full.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    form::{FieldCode, FieldErrors, check_settings},
    integration::IntegrationSettings,
    secret::SecretInput,
};
use url::Url;

/// The longest client secret, in characters.
const MOST_SECRET: u32 = 1024;

/// Every rule of an integration: what forms know, then URLs and certificates in full.
#[must_use]
pub fn check(settings: &IntegrationSettings, secret: &SecretInput, allow_http: bool) -> FieldErrors {
    let mut errors = check_settings(settings);
    errors_of_urls(&mut errors, settings, allow_http);
    if let Some(pem) = &settings.custom_ca
        && errors.message("customCa").is_none()
    {
        errors.check(are_certificates(pem), "customCa", FieldCode::BadCertificate);
    }
    if let Some(secret) = secret.given() {
        let length = u32::try_from(secret.expose().chars().count()).unwrap_or(u32::MAX);
        errors.check(length > 0, "clientSecret", FieldCode::Required);
        errors.check(length <= MOST_SECRET, "clientSecret", FieldCode::TooLong { max: MOST_SECRET });
        let clean = !secret.expose().chars().any(char::is_control);
        errors.check(clean, "clientSecret", FieldCode::BadCharacters);
    }
    errors
}

/// Whether this text is a URL this server would use.
///
/// # Errors
/// What is wrong with it.
pub fn check_server_url(text: &str, allow_http: bool) -> Result<(), FieldCode> {
    let url = Url::parse(text).map_err(|_| FieldCode::BadUrl)?;
    if !url.has_host() {
        return Err(FieldCode::BadUrl);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_http => Ok(()),
        _ => Err(FieldCode::NotHttps),
    }
}

fn errors_of_urls(errors: &mut FieldErrors, settings: &IntegrationSettings, allow_http: bool) {
    let ends = &settings.endpoints;
    let issuer = Some(settings.issuer.clone()).filter(|issuer| !issuer.is_empty());
    for (field, url) in [
        ("issuer", &issuer),
        ("endpoints.authorization", &ends.authorization),
        ("endpoints.token", &ends.token),
        ("endpoints.userinfo", &ends.userinfo),
        ("endpoints.jwks", &ends.jwks),
        ("endpoints.endSession", &ends.end_session),
    ] {
        // One problem a field: what the form says comes first.
        if let (Some(url), None) = (url, errors.message(field))
            && let Err(code) = check_server_url(url, allow_http)
        {
            errors.add(field, code);
        }
    }
}

/// Whether every block is base64 of one DER sequence, and there is at least one.
fn are_certificates(pem: &str) -> bool {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut blocks = pem.split(BEGIN).skip(1).peekable();
    if blocks.peek().is_none() {
        return false;
    }
    blocks.all(|block| {
        let Some((body, _)) = block.split_once(END) else { return false };
        let text: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        STANDARD.decode(text).is_ok_and(|der| is_der_sequence(&der))
    })
}

/// A sequence (X.690 section 8.9) whose length is exactly what follows.
fn is_der_sequence(der: &[u8]) -> bool {
    let (Some(0x30), Some(&first)) = (der.first(), der.get(1)) else { return false };
    if first < 0x80 {
        return der.len() == 2 + usize::from(first) && first > 0;
    }
    let count = usize::from(first & 0x7F);
    let Some(bytes) = der.get(2..2 + count).filter(|_| (1..=4).contains(&count)) else { return false };
    let length = bytes.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    der.len() == 2 + count + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_certificates_pass() {
        let block = |der: &[u8]| {
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
        };
        let good = block(&[0x30, 0x03, 0x02, 0x01, 0x05]);
        assert!(are_certificates(&good));
        assert!(are_certificates(&format!("# comment\n{good}{good}")));
        for bad in [
            String::new(),
            block(b"hello"),
            block(&[0x30, 0x04, 0x02, 0x01, 0x05]),
            format!("{good}-----BEGIN CERTIFICATE-----\nMIIB"),
            "-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----".to_owned(),
        ] {
            assert!(!are_certificates(&bad), "{bad}");
        }
    }

    #[test]
    fn http_is_refused_unless_the_configuration_allows_it() {
        assert_eq!(check_server_url("http://idp.lab/", false), Err(FieldCode::NotHttps));
        assert_eq!(check_server_url("http://idp.lab/", true), Ok(()));
        assert_eq!(check_server_url("https://idp.example.com/", false), Ok(()));
        assert_eq!(check_server_url("https://[::1", true), Err(FieldCode::BadUrl));
        assert_eq!(check_server_url("https://a b/", true), Err(FieldCode::BadUrl));
    }
}
