//! Where the browser is sent (OpenID Connect Core 1.0 section 3.1.2.1, RFC 6749 section 4.1.1).

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::integration::{IntegrationSettings, Protocol, ResponseMode};
use domain::secret::Secret;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::error::SettingsError;
use crate::random;

/// The longest `login_hint` sent, in characters.
const LONGEST_HINT: usize = 256;

/// What only the login itself sets; an extra parameter of such a name is not sent.
const RESERVED: [&str; 19] = [
    "acr_values",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// A login under way: the URL for the browser, and what must be remembered until it comes back.
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// Finds the attempt again; store only its hash.
    pub state: Secret,
    /// What the ID token must repeat; empty in OAuth 2.0, which has none.
    pub nonce: Secret,
    /// What the token endpoint must be shown (RFC 7636); empty when PKCE is off.
    pub pkce_verifier: Secret,
    /// Who was asked: [`IntegrationSettings::identity_issuer`].
    pub issuer: String,
}

/// Without the URL's query: `state` and `nonce` are in it.
impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The parameters of a request, in order, before it is known which way they travel.
pub(crate) struct Request {
    pub(crate) parameters: Vec<(String, String)>,
    state: Secret,
    nonce: Secret,
    pkce_verifier: Secret,
}

impl Request {
    /// Builds the request.
    pub(crate) fn new(
        settings: &IntegrationSettings,
        scopes_supported: &[String],
        redirect_uri: &str,
        login_hint: Option<&str>,
    ) -> Result<Self, SettingsError> {
        Url::parse(redirect_uri).map_err(|_| SettingsError::RedirectUri)?;
        let fresh = || random::value().map_err(|_| SettingsError::Randomness);
        let is_oidc = settings.protocol == Protocol::Oidc;
        let state = fresh()?;
        let nonce = if is_oidc { fresh()? } else { Secret::default() };
        let pkce_verifier = if settings.uses_pkce() { fresh()? } else { Secret::default() };

        let mut parameters = Vec::with_capacity(16);
        let mut add = |name: &str, value: &str| parameters.push((name.to_owned(), value.to_owned()));
        add("response_type", "code");
        add("client_id", &settings.client_id);
        add("redirect_uri", redirect_uri);
        add("state", state.expose());
        // `openid` goes first and once, whatever the order of the settings.
        let sent = settings.scopes_sent(scopes_supported);
        let others = sent.iter().map(String::as_str).filter(|scope| *scope != "openid");
        let has_openid = is_oidc || settings.oauth_scopes.iter().any(|scope| scope == "openid");
        let scopes: Vec<&str> = has_openid.then_some("openid").into_iter().chain(others).collect();
        if !scopes.is_empty() {
            add("scope", &scopes.join(" "));
        }
        if !nonce.is_empty() {
            add("nonce", nonce.expose());
        }
        if !pkce_verifier.is_empty() {
            let hash = Sha256::digest(pkce_verifier.expose());
            add("code_challenge", &BASE64_URL_SAFE_NO_PAD.encode(hash));
            add("code_challenge_method", "S256");
        }
        if settings.response_mode == ResponseMode::FormPost {
            add("response_mode", settings.response_mode.as_str());
        }
        let prompts: Vec<&str> =
            settings.prompt.iter().flat_map(|text| text.split_ascii_whitespace()).collect();
        if !prompts.is_empty() {
            add("prompt", &prompts.join(" "));
        }
        if let Some(seconds) = settings.max_age {
            add("max_age", &seconds.to_string());
        }
        if !settings.acr_values.is_empty() {
            add("acr_values", &settings.acr_values.join(" "));
        }
        if let Some(hint) = login_hint.map(str::trim).filter(|hint| !hint.is_empty()) {
            let hint: String = hint.chars().filter(|c| !c.is_control()).take(LONGEST_HINT).collect();
            add("login_hint", &hint);
        }
        for (name, value) in &settings.extra_authorization_params {
            if !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
                add(name, value);
            }
        }
        Ok(Self { parameters, state, nonce, pkce_verifier })
    }

    /// The browser carries them itself.
    pub(crate) fn in_url(self, authorization: &Url, issuer: String) -> Begun {
        let mut url = authorization.clone();
        url.query_pairs_mut().extend_pairs(&self.parameters);
        self.begun(url, issuer)
    }

    /// The provider has them already, under this name (RFC 9126 section 4).
    pub(crate) fn pushed(
        self,
        authorization: &Url,
        client_id: &str,
        request_uri: &str,
        issuer: String,
    ) -> Begun {
        let mut url = authorization.clone();
        url.query_pairs_mut().append_pair("client_id", client_id).append_pair("request_uri", request_uri);
        self.begun(url, issuer)
    }

    fn begun(self, url: Url, issuer: String) -> Begun {
        let Self { state, nonce, pkce_verifier, .. } = self;
        Begun { url: url.into(), state, nonce, pkce_verifier, issuer }
    }
}
