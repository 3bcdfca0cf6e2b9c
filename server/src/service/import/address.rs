//! Addresses as the old configurations have them.

use domain::form::FieldCode;
use url::Url;

/// What stands behind an issuer (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3).
const WELL_KNOWN: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// The issuer of a discovery URL; `None` when it is none.
#[must_use]
pub fn issuer_of_discovery(text: &str) -> Option<&str> {
    let text = text.trim_end_matches('/');
    WELL_KNOWN.iter().find_map(|end| text.strip_suffix(end)).filter(|issuer| !issuer.is_empty())
}

/// `http://oms.example/org:8090`: OMS's own documentation has a slash where a dot belongs. What was probably meant.
#[must_use]
pub fn mistyped_host(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let first = url.path_segments()?.next()?;
    let (end, port) = first.split_once(':')?;
    let is_word = !end.is_empty() && end.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    (is_word && is_port && url.port().is_none()).then(|| format!("{host}.{first}"))
}

/// The problem of an endpoint that cannot be meant.
///
/// # Errors
/// [`FieldCode::MistypedHost`].
pub fn check(text: &str) -> Result<(), FieldCode> {
    if mistyped_host(text).is_some() { Err(FieldCode::MistypedHost) } else { Ok(()) }
}

/// The issuer that an endpoint usually belongs to: Keycloak's, Okta's and Entra's ways, else the endpoint's origin.
#[must_use]
pub fn likely_issuer(endpoint: &str) -> Option<String> {
    let url = Url::parse(endpoint).ok()?;
    let origin = url.origin();
    if !origin.is_tuple() {
        return None;
    }
    let origin = origin.ascii_serialization();
    let path = url.path();
    let before = |mark: &str| path.split_once(mark).map(|(head, _)| head);
    if let Some(head) = before("/protocol/openid-connect/") {
        return Some(format!("{origin}{head}"));
    }
    if let Some(head) = before("/oauth2/v2.0/").or_else(|| before("/discovery/v2.0/")) {
        return Some(format!("{origin}{head}/v2.0"));
    }
    if let Some(head) = before("/v1/").filter(|head| head.starts_with("/oauth2/")) {
        return Some(format!("{origin}{head}"));
    }
    Some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discovery_url_names_its_issuer() {
        let issuer = "https://idp.example.org/realms/data";
        assert_eq!(issuer_of_discovery(&format!("{issuer}/.well-known/openid-configuration")), Some(issuer));
        assert_eq!(issuer_of_discovery(&format!("{issuer}/.well-known/openid-configuration/")), Some(issuer));
        assert_eq!(issuer_of_discovery(issuer), None);
        assert_eq!(issuer_of_discovery("/.well-known/openid-configuration"), None);
    }

    #[test]
    fn a_slash_inside_a_host_is_seen() {
        let found = mistyped_host("http://oms.example/org:8090/login/oauth2/code/oms");
        assert_eq!(found.as_deref(), Some("oms.example.org:8090"));
        for good in ["http://oms.example.org:8090/a", "https://h/a:b/c", "https://h:1/org:2", "https://h/org"]
        {
            assert_eq!(mistyped_host(good), None, "{good}");
        }
    }

    #[test]
    fn an_issuer_is_guessed_as_providers_have_it() {
        for (endpoint, issuer) in [
            ("https://idp.example.org/keys", "https://idp.example.org"),
            (
                "https://k.example:8443/realms/m/protocol/openid-connect/certs",
                "https://k.example:8443/realms/m",
            ),
            ("https://x.okta.com/oauth2/default/v1/keys", "https://x.okta.com/oauth2/default"),
            ("https://login.example/t-1/discovery/v2.0/keys", "https://login.example/t-1/v2.0"),
        ] {
            assert_eq!(likely_issuer(endpoint).as_deref(), Some(issuer), "{endpoint}");
        }
        assert_eq!(likely_issuer("nonsense"), None);
    }
}
