use serde::{Deserialize, Serialize};

use super::{FieldCode, FieldErrors, check_text, lines, words};
use crate::{
    claims::ClaimPath,
    integration::{
        ClaimMapping, ClientAuthMethod, Endpoints, IntegrationSettings, LogoutMode, Protocol,
        SigningAlgorithm, UserinfoMode,
    },
    preset::PRESET_IDS,
    secret::{Secret, SecretInput},
};

/// The integration form as a browser posts it: every member is text, so that it works without scripts.
/// Check boxes are absent when off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IntegrationForm {
    /// The name; ignored when an integration is edited.
    pub name: String,
    /// What the button says.
    pub label: String,
    /// The issuer.
    pub issuer: String,
    /// `on`: endpoints come from discovery.
    pub discovery: Option<String>,
    /// Overrides, empty: as discovered.
    pub endpoint_authorization: String,
    /// See above.
    pub endpoint_token: String,
    /// See above.
    pub endpoint_userinfo: String,
    /// See above.
    pub endpoint_jwks: String,
    /// The client id.
    pub client_id: String,
    /// See [`ClientAuthMethod`].
    pub client_auth_method: String,
    /// Commas, spaces or lines separate.
    pub oauth_scopes: String,
    /// `on`: PKCE.
    pub pkce: Option<String>,
    /// Names of accepted algorithms; commas, spaces or lines separate.
    pub signing_algorithms: String,
    /// Seconds.
    pub clock_skew_seconds: String,
    /// See [`UserinfoMode`].
    pub userinfo: String,
    /// PEM.
    pub custom_ca: String,
    /// Claim paths.
    pub claim_username: String,
    /// See above.
    pub claim_display_name: String,
    /// See above.
    pub claim_first_name: String,
    /// See above.
    pub claim_last_name: String,
    /// See above.
    pub claim_email: String,
    /// See above.
    pub claim_groups: String,
    /// `on`: passwords may be used beside it.
    pub local_sign_in: Option<String>,
    /// `on`: a first sign-in makes a user.
    pub create_users: Option<String>,
    /// One group a line.
    pub required_groups: String,
    /// The preset it was begun with; empty: none, or as stored.
    pub preset: String,
    /// The revision that was edited; empty at creation.
    pub revision: String,
}

/// What the form wants with the client secret; apart, so that it is never echoed with the rest.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct SecretForm {
    /// The new secret; empty keeps what is stored.
    pub client_secret: Secret,
}

impl SecretForm {
    /// Empty keeps, anything else replaces.
    #[must_use]
    pub fn into_input(self) -> SecretInput {
        if self.client_secret.is_empty() {
            SecretInput::Keep
        } else {
            SecretInput::Replace(self.client_secret)
        }
    }
}

/// A form that holds: the settings, and the revision it was based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidIntegration {
    /// What to store.
    pub settings: IntegrationSettings,
    /// The revision that was edited, `None` at creation.
    pub revision: Option<i64>,
}

impl IntegrationForm {
    /// Fills the form from what is stored.
    #[must_use]
    pub fn from_settings(settings: &IntegrationSettings, revision: Option<i64>) -> Self {
        let flag = |on: bool| on.then(|| "on".to_owned());
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let algorithms: Vec<&str> = settings.signing_algorithms.iter().map(|alg| alg.as_str()).collect();
        Self {
            name: settings.name.clone(),
            label: settings.label.clone(),
            issuer: settings.issuer.clone(),
            discovery: flag(settings.discovery),
            endpoint_authorization: text(&settings.endpoints.authorization),
            endpoint_token: text(&settings.endpoints.token),
            endpoint_userinfo: text(&settings.endpoints.userinfo),
            endpoint_jwks: text(&settings.endpoints.jwks),
            client_id: settings.client_id.clone(),
            client_auth_method: settings.client_auth_method.as_str().to_owned(),
            oauth_scopes: settings.oauth_scopes.join(" "),
            pkce: flag(settings.pkce),
            signing_algorithms: algorithms.join(" "),
            clock_skew_seconds: settings.clock_skew_seconds.to_string(),
            userinfo: settings.userinfo.as_str().to_owned(),
            custom_ca: text(&settings.custom_ca),
            claim_username: settings.claims.username.to_string(),
            claim_display_name: settings.claims.display_name.to_string(),
            claim_first_name: settings.claims.first_name.to_string(),
            claim_last_name: settings.claims.last_name.to_string(),
            claim_email: settings.claims.email.to_string(),
            claim_groups: settings.claims.groups.to_string(),
            local_sign_in: flag(settings.local_sign_in),
            create_users: flag(settings.create_users),
            required_groups: settings.required_groups.join("\n"),
            preset: text(&settings.preset),
            revision: revision.map(|r| r.to_string()).unwrap_or_default(),
        }
    }

    /// The form of a new integration.
    #[must_use]
    pub fn blank() -> Self {
        Self::from_settings(&IntegrationSettings::default(), None)
    }

    /// Turns the form into settings, on top of `base` (what is stored; the defaults at creation): members that the
    /// form does not show keep their stored values.
    ///
    /// # Errors
    /// Every problem, by field.
    pub fn validate(&self, base: &IntegrationSettings) -> Result<ValidIntegration, FieldErrors> {
        let mut errors = FieldErrors::default();
        let optional = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        let mut path = |field: &str, text: &str, default: &ClaimPath| {
            if text.trim().is_empty() {
                return default.clone();
            }
            ClaimPath::parse(text).unwrap_or_else(|_| {
                errors.add(field, FieldCode::BadClaimPath);
                default.clone()
            })
        };
        let fallback = ClaimMapping::default();
        let claims = ClaimMapping {
            username: path("claims.username", &self.claim_username, &fallback.username),
            display_name: path("claims.displayName", &self.claim_display_name, &fallback.display_name),
            first_name: path("claims.firstName", &self.claim_first_name, &fallback.first_name),
            last_name: path("claims.lastName", &self.claim_last_name, &fallback.last_name),
            email: path("claims.email", &self.claim_email, &fallback.email),
            groups: path("claims.groups", &self.claim_groups, &fallback.groups),
        };
        let mut algorithms = Vec::new();
        for word in words(&self.signing_algorithms) {
            match SigningAlgorithm::parse(&word) {
                Some(alg) if !algorithms.contains(&alg) => algorithms.push(alg),
                Some(_) => {}
                None => errors.add("signingAlgorithms", FieldCode::UnknownChoice),
            }
        }
        let client_auth_method =
            ClientAuthMethod::parse(self.client_auth_method.trim()).unwrap_or_else(|| {
                errors.add("clientAuthMethod", FieldCode::UnknownChoice);
                ClientAuthMethod::default()
            });
        let userinfo = UserinfoMode::parse(self.userinfo.trim()).unwrap_or_else(|| {
            errors.add("userinfo", FieldCode::UnknownChoice);
            UserinfoMode::default()
        });
        let clock_skew_seconds = self.clock_skew_seconds.trim().parse().unwrap_or(u16::MAX);
        let settings = IntegrationSettings {
            name: if base.name.is_empty() { self.name.trim().to_owned() } else { base.name.clone() },
            label: self.label.trim().to_owned(),
            // Not trimmed inside: the issuer is compared byte for byte. Outer white space is a slip of the hand.
            issuer: self.issuer.trim().to_owned(),
            discovery: self.discovery.is_some(),
            endpoints: Endpoints {
                authorization: optional(&self.endpoint_authorization),
                token: optional(&self.endpoint_token),
                userinfo: optional(&self.endpoint_userinfo),
                jwks: optional(&self.endpoint_jwks),
                end_session: base.endpoints.end_session.clone(),
            },
            client_id: self.client_id.trim().to_owned(),
            client_auth_method,
            oauth_scopes: words(&self.oauth_scopes),
            pkce: self.pkce.is_some(),
            signing_algorithms: algorithms,
            clock_skew_seconds,
            userinfo,
            custom_ca: optional(&self.custom_ca),
            claims,
            local_sign_in: self.local_sign_in.is_some(),
            create_users: self.create_users.is_some(),
            required_groups: lines(&self.required_groups),
            preset: optional(&self.preset).or_else(|| base.preset.clone()),
            ..base.clone()
        };
        for problem in check_settings(&settings).iter() {
            errors.add(problem.field.clone(), problem.code.clone());
        }
        let revision = self.revision.trim().parse().ok();
        errors.into_result(ValidIntegration { settings, revision })
    }
}

/// Every rule the settings must keep, whichever door they came through (form, REST, file).
#[must_use]
pub fn check_settings(settings: &IntegrationSettings) -> FieldErrors {
    let mut errors = FieldErrors::default();
    errors.check(is_name(&settings.name), "name", FieldCode::BadName);
    check_text(&mut errors, "label", &settings.label, 1, 64);
    errors.check(settings.protocol == Protocol::Oidc, "protocol", FieldCode::Unsupported);
    errors.check(settings.logout_mode == LogoutMode::Local, "logoutMode", FieldCode::Unsupported);
    check_issuer(&mut errors, &settings.issuer);
    let by_hand = !settings.discovery;
    let ends = &settings.endpoints;
    for (field, url, needed) in [
        ("endpoints.authorization", &ends.authorization, by_hand),
        ("endpoints.token", &ends.token, by_hand),
        ("endpoints.userinfo", &ends.userinfo, by_hand && settings.userinfo == UserinfoMode::Always),
        ("endpoints.jwks", &ends.jwks, by_hand),
        ("endpoints.endSession", &ends.end_session, false),
    ] {
        match url {
            Some(url) => check_url(&mut errors, field, url, field == "endpoints.authorization"),
            None => errors.check(!needed, field, FieldCode::Required),
        }
    }
    check_text(&mut errors, "clientId", &settings.client_id, 1, 255);
    errors.check(
        settings.oauth_scopes.iter().any(|s| s == "openid"),
        "oauthScopes",
        FieldCode::OpenidMissing,
    );
    let scope_ok =
        |s: &String| s.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)) && s.len() <= 256;
    errors.check(
        settings.oauth_scopes.iter().all(scope_ok) && settings.oauth_scopes.len() <= 64,
        "oauthScopes",
        FieldCode::BadCharacters,
    );
    errors.check(!settings.signing_algorithms.is_empty(), "signingAlgorithms", FieldCode::Required);
    errors.check(
        settings.clock_skew_seconds <= 300,
        "clockSkewSeconds",
        FieldCode::OutOfRange { min: 0, max: 300 },
    );
    if let Some(pem) = &settings.custom_ca {
        check_pem(&mut errors, pem);
    }
    for group in &settings.required_groups {
        errors.check(group.len() <= 1024, "requiredGroups", FieldCode::TooLong { max: 1024 });
    }
    errors.check(
        settings.required_groups.len() <= 100,
        "requiredGroups",
        FieldCode::OutOfRange { min: 0, max: 100 },
    );
    for (name, value) in &settings.extra_authorization_params {
        check_text(&mut errors, "extraAuthorizationParams", name, 1, 64);
        check_text(&mut errors, "extraAuthorizationParams", value, 0, 1024);
        errors.check(
            !RESERVED_PARAMETERS.contains(&name.as_str()),
            "extraAuthorizationParams",
            FieldCode::ReservedParameter,
        );
    }
    if let Some(preset) = &settings.preset {
        errors.check(PRESET_IDS.contains(&preset.as_str()), "preset", FieldCode::UnknownChoice);
    }
    if let Some(prompt) = &settings.prompt {
        let known = prompt.split(' ').all(|p| matches!(p, "none" | "login" | "consent" | "select_account"));
        errors.check(known, "prompt", FieldCode::UnknownChoice);
    }
    errors
}

/// Parameters of the authorization request that only the login itself may set.
const RESERVED_PARAMETERS: [&str; 14] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "nonce",
    "prompt",
    "acr_values",
    "redirect_uri",
    "request",
    "request_uri",
    "response_type",
    "scope",
    "state",
];

/// OMS's rule for a configuration name.
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    (2..=32).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

fn check_issuer(errors: &mut FieldErrors, issuer: &str) {
    if issuer.is_empty() {
        errors.add("issuer", FieldCode::Required);
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

/// Certificates only; whether they parse is the server's to say.
fn check_pem(errors: &mut FieldErrors, pem: &str) {
    if pem.contains("PRIVATE KEY-----") {
        errors.add("customCa", FieldCode::PrivateKeyInside);
    } else if !pem.contains("-----BEGIN CERTIFICATE-----") || !pem.contains("-----END CERTIFICATE-----") {
        errors.add("customCa", FieldCode::BadCertificate);
    } else if pem.len() > 256 * 1024 {
        errors.add("customCa", FieldCode::TooLong { max: 256 * 1024 });
    }
}
