use serde::{Deserialize, Serialize};

use super::{
    FieldCode, FieldErrors, check_text, check_url, integration_groups, lines,
    protocol::{check_issuer, check_protocol, choice, read_max_age, read_parameters, write_parameters},
    words,
};
use crate::{
    claims::ClaimPath,
    home_realm,
    integration::{
        ClaimMapping, ClientAuthMethod, Endpoints, IntegrationSettings, LogoutMode, Protocol,
        PushedAuthorization, ResponseMode, SigningAlgorithm, UserinfoAuth, UserinfoMode,
    },
    preset::PRESET_IDS,
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
    /// See [`Protocol`].
    pub protocol: String,
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
    /// See above.
    pub endpoint_end_session: String,
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
    /// See [`UserinfoAuth`].
    pub userinfo_auth: String,
    /// See [`ResponseMode`].
    pub response_mode: String,
    /// See [`PushedAuthorization`].
    pub pushed_authorization: String,
    /// Spaces separate.
    pub prompt: String,
    /// Seconds, or empty.
    pub max_age: String,
    /// Commas, spaces or lines separate.
    pub acr_values: String,
    /// One `name=value` a line.
    pub extra_authorization_params: String,
    /// PEM.
    pub custom_ca: String,
    /// Claim path of the subject.
    pub claim_subject: String,
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
    /// See [`crate::integration::OnMissingGroups`]; empty keeps what is stored.
    pub on_missing_groups: String,
    /// See [`crate::integration::WhenNothingMatches`]; empty keeps what is stored.
    pub when_nothing_matches: String,
    /// The role people get then, and where.
    pub default_role: String,
    /// A name, a path of names or an identifier.
    pub default_role_target: String,
    /// The directory, empty: none.
    pub groups_endpoint: String,
    /// The member that is the group; empty: `id`.
    pub groups_endpoint_field: String,
    /// `on`: groups are read again while people are signed in.
    pub live_groups: Option<String>,
    /// Its place among the buttons.
    pub order: String,
    /// The drawing of its button; empty: none.
    pub icon: String,
    /// Commas, spaces or lines separate.
    pub email_domains: String,
    /// `on`: its button is left out.
    pub hidden: Option<String>,
    /// The revision that was edited; empty at creation.
    pub revision: String,
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
            protocol: settings.protocol.as_str().to_owned(),
            issuer: settings.issuer.clone(),
            discovery: flag(settings.discovery),
            endpoint_authorization: text(&settings.endpoints.authorization),
            endpoint_token: text(&settings.endpoints.token),
            endpoint_userinfo: text(&settings.endpoints.userinfo),
            endpoint_jwks: text(&settings.endpoints.jwks),
            endpoint_end_session: text(&settings.endpoints.end_session),
            client_id: settings.client_id.clone(),
            client_auth_method: settings.client_auth_method.as_str().to_owned(),
            oauth_scopes: settings.oauth_scopes.join(" "),
            pkce: flag(settings.pkce),
            signing_algorithms: algorithms.join(" "),
            clock_skew_seconds: settings.clock_skew_seconds.to_string(),
            userinfo: settings.userinfo.as_str().to_owned(),
            userinfo_auth: settings.userinfo_auth.as_str().to_owned(),
            response_mode: settings.response_mode.as_str().to_owned(),
            pushed_authorization: settings.pushed_authorization.as_str().to_owned(),
            prompt: text(&settings.prompt),
            max_age: settings.max_age.map(|seconds| seconds.to_string()).unwrap_or_default(),
            acr_values: settings.acr_values.join(" "),
            extra_authorization_params: write_parameters(&settings.extra_authorization_params),
            custom_ca: text(&settings.custom_ca),
            claim_subject: settings.claims.subject.to_string(),
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
            on_missing_groups: settings.on_missing_groups.as_str().to_owned(),
            when_nothing_matches: settings.when_nothing_matches.as_str().to_owned(),
            default_role: text(&settings.default_role),
            default_role_target: text(&settings.default_role_target),
            groups_endpoint: text(&settings.groups_endpoint),
            groups_endpoint_field: settings.groups_endpoint_field.clone(),
            live_groups: flag(settings.live_groups),
            order: settings.order.to_string(),
            icon: text(&settings.icon),
            email_domains: settings.email_domains.join("\n"),
            hidden: flag(settings.hidden),
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
            subject: path("claims.subject", &self.claim_subject, &fallback.subject),
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
        let protocol = choice(&mut errors, "protocol", &self.protocol, base.protocol, Protocol::parse);
        let client_auth_method = choice(
            &mut errors,
            "clientAuthMethod",
            &self.client_auth_method,
            base.client_auth_method,
            ClientAuthMethod::parse,
        );
        let userinfo = choice(&mut errors, "userinfo", &self.userinfo, base.userinfo, UserinfoMode::parse);
        let userinfo_auth =
            choice(&mut errors, "userinfoAuth", &self.userinfo_auth, base.userinfo_auth, UserinfoAuth::parse);
        let response_mode =
            choice(&mut errors, "responseMode", &self.response_mode, base.response_mode, ResponseMode::parse);
        let pushed_authorization = choice(
            &mut errors,
            "pushedAuthorization",
            &self.pushed_authorization,
            base.pushed_authorization,
            PushedAuthorization::parse,
        );
        let extra_authorization_params = read_parameters(&mut errors, &self.extra_authorization_params);
        let max_age = read_max_age(&mut errors, &self.max_age);
        let on_missing_groups = integration_groups::on_missing(&self.on_missing_groups, base, &mut errors);
        let clock_skew_seconds = self.clock_skew_seconds.trim().parse().unwrap_or(u16::MAX);
        let settings = IntegrationSettings {
            name: if base.name.is_empty() { self.name.trim().to_owned() } else { base.name.clone() },
            label: self.label.trim().to_owned(),
            protocol,
            // Not trimmed inside: the issuer is compared byte for byte. Outer white space is a slip of the hand.
            issuer: self.issuer.trim().to_owned(),
            discovery: self.discovery.is_some(),
            endpoints: Endpoints {
                authorization: optional(&self.endpoint_authorization),
                token: optional(&self.endpoint_token),
                userinfo: optional(&self.endpoint_userinfo),
                jwks: optional(&self.endpoint_jwks),
                end_session: optional(&self.endpoint_end_session),
            },
            client_id: self.client_id.trim().to_owned(),
            client_auth_method,
            oauth_scopes: words(&self.oauth_scopes),
            pkce: self.pkce.is_some(),
            signing_algorithms: algorithms,
            clock_skew_seconds,
            userinfo,
            userinfo_auth,
            response_mode,
            pushed_authorization,
            prompt: optional(&self.prompt),
            max_age,
            acr_values: words(&self.acr_values),
            extra_authorization_params,
            custom_ca: optional(&self.custom_ca),
            claims,
            local_sign_in: self.local_sign_in.is_some(),
            create_users: self.create_users.is_some(),
            required_groups: lines(&self.required_groups),
            preset: optional(&self.preset).or_else(|| base.preset.clone()),
            on_missing_groups,
            when_nothing_matches: integration_groups::when(&self.when_nothing_matches, base, &mut errors),
            default_role: optional(&self.default_role),
            default_role_target: optional(&self.default_role_target),
            groups_endpoint: optional(&self.groups_endpoint),
            groups_endpoint_field: optional(&self.groups_endpoint_field).unwrap_or_else(|| "id".to_owned()),
            live_groups: self.live_groups.is_some(),
            order: if self.order.trim().is_empty() {
                0
            } else {
                self.order.trim().parse().unwrap_or(u16::MAX)
            },
            icon: optional(&self.icon),
            email_domains: words(&self.email_domains).iter().map(|one| one.to_lowercase()).collect(),
            hidden: self.hidden.is_some(),
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
    errors.check(settings.logout_mode == LogoutMode::Local, "logoutMode", FieldCode::Unsupported);
    let is_oidc = settings.protocol == Protocol::Oidc;
    check_issuer(&mut errors, &settings.issuer, is_oidc);
    // OAuth 2.0 knows no document that would name them.
    let by_hand = !settings.discovery || !is_oidc;
    let userinfo_needed = !is_oidc || settings.userinfo == UserinfoMode::Always;
    let ends = &settings.endpoints;
    for (field, url, needed) in [
        ("endpoints.authorization", &ends.authorization, by_hand),
        ("endpoints.token", &ends.token, by_hand),
        ("endpoints.userinfo", &ends.userinfo, by_hand && userinfo_needed),
        ("endpoints.jwks", &ends.jwks, by_hand && is_oidc),
        ("endpoints.endSession", &ends.end_session, false),
    ] {
        match url {
            Some(url) => check_url(&mut errors, field, url, field == "endpoints.authorization"),
            None => errors.check(!needed, field, FieldCode::Required),
        }
    }
    check_text(&mut errors, "clientId", &settings.client_id, 1, 255);
    let scope_ok =
        |s: &String| s.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)) && s.len() <= 256;
    errors.check(
        settings.oauth_scopes.iter().all(scope_ok) && settings.oauth_scopes.len() <= 64,
        "oauthScopes",
        FieldCode::BadCharacters,
    );
    let algorithms_missing = is_oidc && settings.signing_algorithms.is_empty();
    errors.check(!algorithms_missing, "signingAlgorithms", FieldCode::Required);
    check_protocol(&mut errors, settings);
    errors.check(
        settings.clock_skew_seconds <= 300,
        "clockSkewSeconds",
        FieldCode::OutOfRange { min: 0, max: 300 },
    );
    if let Some(pem) = &settings.custom_ca {
        integration_groups::check_pem(&mut errors, pem);
    }
    for group in &settings.required_groups {
        errors.check(group.len() <= 1024, "requiredGroups", FieldCode::TooLong { max: 1024 });
    }
    errors.check(
        settings.required_groups.len() <= 100,
        "requiredGroups",
        FieldCode::OutOfRange { min: 0, max: 100 },
    );
    integration_groups::check(&mut errors, settings);
    home_realm::check(&mut errors, settings.order, settings.icon.as_deref(), &settings.email_domains);
    if let Some(preset) = &settings.preset {
        errors.check(PRESET_IDS.contains(&preset.as_str()), "preset", FieldCode::UnknownChoice);
    }
    errors
}

/// OMS's rule for a configuration name.
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    (2..=32).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}
