//! What only the server can say about settings: whether URLs and certificates hold in full.

use domain::{
    form::{FieldCode, FieldErrors, check_settings},
    integration::IntegrationSettings,
    secret::SecretInput,
    time::Timestamp,
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
        // What has expired is told, and not refused: a provider may still be about to change its certificate.
        let readable = oidc::read_certificates(pem, Timestamp::default()).is_ok();
        errors.check(readable, "customCa", FieldCode::BadCertificate);
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
        ("groupsEndpoint", &settings.groups_endpoint),
    ] {
        // One problem a field: what the form says comes first.
        if let (Some(url), None) = (url, errors.message(field))
            && let Err(code) = check_server_url(url, allow_http)
        {
            errors.add(field, code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_refused_unless_the_configuration_allows_it() {
        assert_eq!(check_server_url("http://idp.lab/", false), Err(FieldCode::NotHttps));
        assert_eq!(check_server_url("http://idp.lab/", true), Ok(()));
        assert_eq!(check_server_url("https://idp.example.com/", false), Ok(()));
        assert_eq!(check_server_url("https://[::1", true), Err(FieldCode::BadUrl));
        assert_eq!(check_server_url("https://a b/", true), Err(FieldCode::BadUrl));
    }
}
