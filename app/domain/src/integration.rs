//! Our configured connection to one identity provider.

mod fallback;
mod groups;

pub use fallback::WhenNothingMatches;
pub use groups::{MANY_GROUPS, OnMissingGroups};
use serde::{Deserialize, Serialize};

use crate::{claims::ClaimPath, id::IntegrationId, secret::SecretState, time::Timestamp};

mod choice;

pub use choice::{ClientAuthMethod, PushedAuthorization, ResponseMode, UserinfoAuth, UserinfoMode};

/// What is spoken with the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OpenID Connect Core 1.0, authorization code flow.
    #[default]
    Oidc,
    /// OAuth 2.0 (RFC 6749) with a userinfo endpoint and no ID token.
    OAuth2,
}

impl Protocol {
    /// Every protocol, as forms offer them.
    pub const ALL: [Self; 2] = [Self::Oidc, Self::OAuth2];

    /// Its name in JSON and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::OAuth2 => "oauth2",
        }
    }

    /// Reads [`Protocol::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == text)
    }
}

/// A signature algorithm an ID token may carry (RFC 7518, RFC 8037). HMAC is not among them: a shared secret must
/// never stand where a public key is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
    /// ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA on P-384.
    #[serde(rename = "ES384")]
    Es384,
    /// ECDSA on P-521.
    #[serde(rename = "ES512")]
    Es512,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSASSA-PSS with SHA-384.
    #[serde(rename = "PS384")]
    Ps384,
    /// RSASSA-PSS with SHA-512.
    #[serde(rename = "PS512")]
    Ps512,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// Every algorithm we verify.
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::EdDsa,
    ];
    /// What a new integration accepts.
    pub const DEFAULT: [Self; 4] = [Self::Rs256, Self::Es256, Self::Ps256, Self::EdDsa];

    /// The name in a JWS header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads [`SigningAlgorithm::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text)
    }
}

/// Endpoints typed by hand; each overrides what discovery found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Endpoints {
    /// Where the browser is sent.
    pub authorization: Option<String>,
    /// Where the code becomes tokens.
    pub token: Option<String>,
    /// Where claims are read with the access token.
    pub userinfo: Option<String>,
    /// The provider's keys.
    pub jwks: Option<String>,
    /// Where the provider's own session ends.
    pub end_session: Option<String>,
}

/// Which claim becomes what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ClaimMapping {
    /// Who somebody is, for ever; OAuth 2.0 only. In OpenID Connect it is always `sub`.
    pub subject: ClaimPath,
    /// The name shown and searched; never the key of a user.
    pub username: ClaimPath,
    /// The full name.
    pub display_name: ClaimPath,
    /// The given name, for when there is no full name.
    pub first_name: ClaimPath,
    /// The family name, for when there is no full name.
    pub last_name: ClaimPath,
    /// The e-mail address; never used to find a user.
    pub email: ClaimPath,
    /// The groups.
    pub groups: ClaimPath,
}

impl Default for ClaimMapping {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the texts are constants that parse")]
        let path = |text: &str| ClaimPath::parse(text).expect("a claim path");
        Self {
            subject: path("sub"),
            username: path("preferred_username"),
            display_name: path("name"),
            first_name: path("given_name"),
            last_name: path("family_name"),
            email: path("email"),
            groups: path("groups"),
        }
    }
}

/// What ends at sign-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutMode {
    /// Our session only, as OMS does it.
    #[default]
    Local,
    /// Our session, then the provider's (OpenID Connect RP-Initiated Logout 1.0).
    RpInitiated,
}

/// What a back-channel logout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBackchannelLogout {
    /// The session the token names.
    #[default]
    Session,
    /// Every session of the person.
    User,
}

/// Our configured connection to one identity provider. The client secret is not in it: it stays sealed in the
/// database until the moment it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Its row.
    pub id: IntegrationId,
    /// What the administrator set.
    pub settings: IntegrationSettings,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// What may be shown of the client secret.
    pub client_secret: SecretState,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
    /// The last sign-in that worked.
    pub last_success_at: Option<Timestamp>,
    /// The last sign-in that failed, and its code.
    pub last_failure_at: Option<Timestamp>,
    /// The code of the last failure.
    pub last_failure_code: Option<String>,
}

impl Integration {
    /// Its stable name in URLs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }
}

/// What an administrator sets on an integration; the JSON of the REST API and of configuration files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct IntegrationSettings {
    /// OMS's *configuration name*: stands in URLs, cannot change.
    pub name: String,
    /// What its button says.
    pub label: String,
    /// What is spoken.
    pub protocol: Protocol,
    /// The issuer, byte for byte as the provider writes it (OpenID Connect Discovery 1.0 section 4.3). OAuth 2.0 does
    /// not need one; given, it is compared with the answer's `iss` (RFC 9207).
    pub issuer: String,
    /// Whether the endpoints come from the issuer's discovery document.
    pub discovery: bool,
    /// What overrides discovery.
    pub endpoints: Endpoints,
    /// Who we are to the provider.
    pub client_id: String,
    /// How the token endpoint knows us.
    pub client_auth_method: ClientAuthMethod,
    /// What is sent as `scope`.
    pub oauth_scopes: Vec<String>,
    /// PKCE with S256 (RFC 7636).
    pub pkce: bool,
    /// How the answer comes back.
    pub response_mode: ResponseMode,
    /// The signature algorithms accepted.
    pub signing_algorithms: Vec<SigningAlgorithm>,
    /// How far the provider's clock may be off, in seconds, 0 to 300.
    pub clock_skew_seconds: u16,
    /// When userinfo is asked.
    pub userinfo: UserinfoMode,
    /// How the access token travels there.
    pub userinfo_auth: UserinfoAuth,
    /// Whether the request is pushed (RFC 9126).
    pub pushed_authorization: PushedAuthorization,
    /// Certificates trusted for this provider, PEM, beside the public ones.
    pub custom_ca: Option<String>,
    /// Which claim becomes what.
    pub claims: ClaimMapping,
    /// `prompt` of the authorization request.
    pub prompt: Option<String>,
    /// `max_age` of the authorization request, seconds.
    pub max_age: Option<u32>,
    /// `acr_values` of the authorization request.
    pub acr_values: Vec<String>,
    /// More parameters of the authorization request.
    pub extra_authorization_params: std::collections::BTreeMap<String, String>,
    /// OMS's *local login mode*: whether passwords may be used beside this integration.
    pub local_sign_in: bool,
    /// Whether a first sign-in makes a user.
    pub create_users: bool,
    /// Without one of these groups nobody gets in; empty: no such gate.
    pub required_groups: Vec<String>,
    /// What happens when the groups claim is not there.
    pub on_missing_groups: OnMissingGroups,
    /// What happens when no rule gives a role.
    pub when_nothing_matches: WhenNothingMatches,
    /// The role people get then.
    pub default_role: Option<String>,
    /// The identifier of the organization or project where; `None`: the role is global.
    pub default_role_target: Option<String>,
    /// The provider's directory, read when the token says that the groups were left out.
    pub groups_endpoint: Option<String>,
    /// The member of each of the directory's values that is the group.
    pub groups_endpoint_field: String,
    /// Whether groups are read again while people are signed in, with refresh tokens.
    pub live_groups: bool,
    /// What ends at sign-out.
    pub logout_mode: LogoutMode,
    /// What a back-channel logout ends.
    pub on_backchannel_logout: OnBackchannelLogout,
    /// The [`crate::preset::Preset`] it was made from, so that the provider's steps can be shown again.
    pub preset: Option<String>,
    /// Its place among the buttons, 0 to 9999, the smallest first.
    pub order: u16,
    /// The drawing of its button, one of [`crate::home_realm::ICONS`]; `None`: the first letter of its label.
    pub icon: Option<String>,
    /// Domains of the e-mail addresses of its people; see [`crate::home_realm::is_domain`].
    pub email_domains: Vec<String>,
    /// Whether its button is left out: it is then reached by its link or by an e-mail address.
    pub hidden: bool,
}

impl IntegrationSettings {
    /// In whose name space subjects are: together with a subject it is the key of a person.
    ///
    /// In OpenID Connect it is the issuer. OAuth 2.0 has none, so it is made of where the subject is read, endpoint and
    /// claim: `oauth2:https://git.example/api/user#id`. Pointing an integration at another provider or another claim
    /// therefore never makes a person of an old one. No issuer can look like it, since an issuer begins with `http`, and
    /// no two places give one text, since an endpoint has no fragment.
    #[must_use]
    pub fn identity_issuer(&self) -> String {
        match self.protocol {
            Protocol::Oidc => self.issuer.clone(),
            Protocol::OAuth2 => {
                let endpoint = self.endpoints.userinfo.as_deref().unwrap_or_default();
                format!("oauth2:{endpoint}#{}", self.claims.subject)
            }
        }
    }

    /// Whether PKCE is used. A client that cannot show who it is has no other protection, whatever is set.
    #[must_use]
    pub fn uses_pkce(&self) -> bool {
        self.pkce || self.client_auth_method == ClientAuthMethod::None
    }
}

impl Default for IntegrationSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            label: String::new(),
            protocol: Protocol::Oidc,
            issuer: String::new(),
            discovery: true,
            endpoints: Endpoints::default(),
            client_id: String::new(),
            client_auth_method: ClientAuthMethod::default(),
            oauth_scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            pkce: true,
            response_mode: ResponseMode::Query,
            signing_algorithms: SigningAlgorithm::DEFAULT.to_vec(),
            clock_skew_seconds: 60,
            userinfo: UserinfoMode::Auto,
            userinfo_auth: UserinfoAuth::Header,
            pushed_authorization: PushedAuthorization::Auto,
            custom_ca: None,
            claims: ClaimMapping::default(),
            prompt: None,
            max_age: None,
            acr_values: Vec::new(),
            extra_authorization_params: std::collections::BTreeMap::new(),
            local_sign_in: true,
            create_users: true,
            required_groups: Vec::new(),
            on_missing_groups: OnMissingGroups::NoRoles,
            when_nothing_matches: WhenNothingMatches::NoRoles,
            default_role: None,
            default_role_target: None,
            groups_endpoint: None,
            groups_endpoint_field: "id".to_owned(),
            live_groups: false,
            logout_mode: LogoutMode::Local,
            on_backchannel_logout: OnBackchannelLogout::Session,
            preset: None,
            order: 0,
            icon: None,
            email_domains: Vec::new(),
            hidden: false,
        }
    }
}
