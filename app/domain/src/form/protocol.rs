//! What the protocol asks of an integration's settings, and the form fields that are more than one line of text.

use std::collections::BTreeMap;

use super::{FieldCode, FieldErrors, check_text};
use crate::integration::{IntegrationSettings, Protocol};

/// A year, in seconds: a `max_age` beyond it asks for nothing.
const LONGEST_AGE: u32 = 31_536_000;
const PARAMETERS: &str = "extraAuthorizationParams";

/// Parameters of the authorization request that only the login itself may set.
const RESERVED_PARAMETERS: [&str; 18] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "nonce",
    "prompt",
    "acr_values",
    "login_hint",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// The rules that depend on the protocol and the ways chosen within it.
pub(super) fn check_protocol(errors: &mut FieldErrors, settings: &IntegrationSettings) {
    let is_oidc = settings.protocol == Protocol::Oidc;
    let has_openid = settings.oauth_scopes.iter().any(|scope| scope == "openid");
    errors.check(has_openid || !is_oidc, "oauthScopes", FieldCode::OpenidMissing);
    errors.check(settings.pkce || !settings.uses_pkce(), "pkce", FieldCode::PkceNeeded);
    // Both are promises of the ID token; sent without one they would look like a protection and be none.
    errors.check(is_oidc || settings.max_age.is_none(), "maxAge", FieldCode::OnlyWithIdToken);
    errors.check(is_oidc || settings.acr_values.is_empty(), "acrValues", FieldCode::OnlyWithIdToken);
    if settings.max_age.is_some_and(|seconds| seconds > LONGEST_AGE) {
        errors.add("maxAge", FieldCode::OutOfRange { min: 0, max: LONGEST_AGE });
    }
    let acr_ok = |acr: &String| acr.bytes().all(|b| (0x21..=0x7E).contains(&b)) && acr.len() <= 256;
    let acrs_ok = settings.acr_values.iter().all(acr_ok) && settings.acr_values.len() <= 64;
    errors.check(acrs_ok, "acrValues", FieldCode::BadCharacters);
    if let Some(prompt) = &settings.prompt {
        let known = |word| matches!(word, "none" | "login" | "consent" | "select_account");
        // OpenID Connect Core 1.0 section 3.1.2.1: `none` stands alone.
        let ok = prompt == "none" || prompt.split(' ').all(|word| known(word) && word != "none");
        errors.check(ok, "prompt", FieldCode::UnknownChoice);
    }
    for (name, value) in &settings.extra_authorization_params {
        check_text(errors, PARAMETERS, name, 1, 64);
        check_text(errors, PARAMETERS, value, 0, 1024);
        let reserved = RESERVED_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name));
        errors.check(!reserved, PARAMETERS, FieldCode::ReservedParameter);
    }
}

/// Reads one of a list. A form that does not show the field leaves it empty: what is stored stays.
pub(super) fn choice<T: Copy>(
    errors: &mut FieldErrors,
    field: &str,
    text: &str,
    stored: T,
    parse: impl FnOnce(&str) -> Option<T>,
) -> T {
    let text = text.trim();
    if text.is_empty() {
        return stored;
    }
    parse(text).unwrap_or_else(|| {
        errors.add(field, FieldCode::UnknownChoice);
        stored
    })
}

/// Seconds; empty is none.
pub(super) fn read_max_age(errors: &mut FieldErrors, text: &str) -> Option<u32> {
    let text = text.trim();
    let seconds = text.parse().ok();
    if seconds.is_none() && !text.is_empty() {
        errors.add("maxAge", FieldCode::OutOfRange { min: 0, max: LONGEST_AGE });
    }
    seconds
}

/// One `name=value` a line.
pub(super) fn read_parameters(errors: &mut FieldErrors, text: &str) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let pair = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
        let fresh = pair.is_some_and(|(name, value)| {
            !name.is_empty() && read.insert(name.to_owned(), value.to_owned()).is_none()
        });
        if !fresh && errors.message(PARAMETERS).is_none() {
            errors.add(PARAMETERS, FieldCode::BadParameter);
        }
    }
    read
}

/// As [`read_parameters`] takes them.
pub(super) fn write_parameters(parameters: &BTreeMap<String, String>) -> String {
    parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

/// Only `OpenID` Connect needs an issuer.
pub(super) fn check_issuer(errors: &mut FieldErrors, issuer: &str, needed: bool) {
    if issuer.is_empty() {
        errors.check(!needed, "issuer", FieldCode::Required);
    } else if issuer.trim_end_matches('/').ends_with("/.well-known/openid-configuration") {
        errors.add("issuer", FieldCode::IssuerIsDiscoveryUrl);
    } else {
        check_url(errors, "issuer", issuer, false);
    }
}

/// An absolute `http(s)` URL with a host and without user, fragment, or (unless allowed) query. Whether `http` and
/// the host's address are allowed is the server's configuration's to say, when the URL is used.
pub fn check_url(errors: &mut FieldErrors, field: &str, text: &str, query_allowed: bool) {
    let length_ok = text.len() <= 2048;
    errors.check(length_ok, field, FieldCode::TooLong { max: 2048 });
    if !length_ok {
        return;
    }
    // No URL holds angle brackets (RFC 3986 section 2): they are a preset's placeholders.
    let clean = !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '<' | '>'));
    // By hand, not with the `url` crate: its Unicode tables would more than double what the browser loads. The
    // server parses the URL in full before it is used.
    let Some((scheme, rest)) = text.split_once("://").filter(|_| clean) else {
        errors.add(field, FieldCode::BadUrl);
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.starts_with(':') || !matches!(scheme, "http" | "https") {
        errors.add(field, FieldCode::BadUrl);
    } else if authority.contains('@') || rest.contains('#') || (rest.contains('?') && !query_allowed) {
        errors.add(field, FieldCode::UrlWithExtras);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        form::{IntegrationForm, check_settings},
        integration::{ClientAuthMethod, Endpoints},
    };

    fn oauth2() -> IntegrationSettings {
        let at = |path: &str| Some(format!("https://git.example{path}"));
        IntegrationSettings {
            name: "git".to_owned(),
            label: "Git".to_owned(),
            protocol: Protocol::OAuth2,
            client_id: "id".to_owned(),
            oauth_scopes: vec!["read_user".to_owned()],
            endpoints: Endpoints {
                authorization: at("/authorize"),
                token: at("/token"),
                userinfo: at("/user"),
                ..Endpoints::default()
            },
            ..IntegrationSettings::default()
        }
    }

    fn problems(change: impl FnOnce(&mut IntegrationSettings)) -> Vec<(String, FieldCode)> {
        let mut settings = oauth2();
        change(&mut settings);
        check_settings(&settings).iter().map(|error| (error.field.clone(), error.code.clone())).collect()
    }

    #[test]
    fn oauth2_needs_three_endpoints_and_neither_issuer_nor_openid() {
        assert_eq!(problems(|_| {}), []);
        for (field, change) in [
            (
                "endpoints.authorization",
                (|s| s.endpoints.authorization = None) as fn(&mut IntegrationSettings),
            ),
            ("endpoints.token", |s| s.endpoints.token = None),
            ("endpoints.userinfo", |s| s.endpoints.userinfo = None),
        ] {
            assert_eq!(problems(change), [(field.to_owned(), FieldCode::Required)]);
        }
        assert_eq!(
            problems(|s| s.issuer = "nonsense".to_owned()),
            [("issuer".to_owned(), FieldCode::BadUrl)]
        );
    }

    #[test]
    fn what_only_an_id_token_can_prove_is_refused_without_one() {
        let refused = |field: &str| vec![(field.to_owned(), FieldCode::OnlyWithIdToken)];
        assert_eq!(problems(|s| s.max_age = Some(60)), refused("maxAge"));
        assert_eq!(problems(|s| s.acr_values = vec!["mfa".to_owned()]), refused("acrValues"));
    }

    #[test]
    fn a_public_client_needs_pkce() {
        let public = |s: &mut IntegrationSettings| s.client_auth_method = ClientAuthMethod::None;
        assert_eq!(problems(public), []);
        let without = problems(|s| {
            public(s);
            s.pkce = false;
        });
        assert_eq!(without, [("pkce".to_owned(), FieldCode::PkceNeeded)]);
    }

    #[test]
    fn prompt_none_stands_alone_and_the_logins_own_parameters_are_reserved_in_any_case() {
        for (prompt, ok) in [("none", true), ("login consent", true), ("none login", false), ("Login", false)]
        {
            assert_eq!(problems(|s| s.prompt = Some(prompt.to_owned())).is_empty(), ok, "{prompt}");
        }
        for name in ["state", "Response_Mode", "client_assertion", "login_hint"] {
            let found = problems(|s| {
                s.extra_authorization_params.insert(name.to_owned(), "x".to_owned());
            });
            assert_eq!(found, [(PARAMETERS.to_owned(), FieldCode::ReservedParameter)], "{name}");
        }
    }

    #[test]
    fn a_form_gives_back_the_settings_it_was_filled_from() {
        let mut settings = oauth2();
        settings.prompt = Some("login consent".to_owned());
        settings.extra_authorization_params =
            [("a", "b=c d"), ("kc_idp_hint", "corp")].map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        let form = IntegrationForm::from_settings(&settings, Some(3));
        assert_eq!(form.extra_authorization_params, "a=b=c d\nkc_idp_hint=corp");
        assert_eq!(form.validate(&settings).unwrap().settings, settings);
        settings.protocol = Protocol::Oidc;
        settings.issuer = "https://idp.example".to_owned();
        settings.oauth_scopes.push("openid".to_owned());
        (settings.max_age, settings.acr_values) = (Some(300), vec!["phr".to_owned(), "mfa".to_owned()]);
        let form = IntegrationForm::from_settings(&settings, None);
        assert_eq!(form.validate(&settings).unwrap().settings, settings);
    }

    #[test]
    fn what_the_new_fields_cannot_hold_is_said_at_the_field() {
        let base = oauth2();
        let form = IntegrationForm::from_settings(&base, None);
        for (field, code, form) in [
            (
                "maxAge",
                FieldCode::OutOfRange { min: 0, max: LONGEST_AGE },
                IntegrationForm { max_age: "soon".to_owned(), ..form.clone() },
            ),
            (
                "protocol",
                FieldCode::UnknownChoice,
                IntegrationForm { protocol: "saml".to_owned(), ..form.clone() },
            ),
            (
                "responseMode",
                FieldCode::UnknownChoice,
                IntegrationForm { response_mode: "fragment".to_owned(), ..form.clone() },
            ),
            (
                PARAMETERS,
                FieldCode::BadParameter,
                IntegrationForm { extra_authorization_params: "a=1\na=2\nno".to_owned(), ..form.clone() },
            ),
        ] {
            let errors = form.validate(&base).unwrap_err();
            let found: Vec<_> = errors.iter().filter(|error| error.field == field).collect();
            assert_eq!(found.first().map(|error| &error.code), Some(&code), "{field}: {errors}");
        }
    }
}
