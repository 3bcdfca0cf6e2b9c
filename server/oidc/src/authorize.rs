//! Where the browser is sent (OpenID Connect Core 1.0 section 3.1.2.1).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use domain::integration::IntegrationSettings;
use domain::secret::Secret;
use openidconnect::core::{CoreAuthPrompt, CoreClient, CoreResponseType};
use openidconnect::{
    AuthUrl, AuthenticationContextClass, AuthenticationFlow, ClientId, CsrfToken, IssuerUrl, JsonWebKeySet,
    LoginHint, Nonce, PkceCodeChallenge, RedirectUrl, Scope,
};

use crate::discovery::Metadata;
use crate::error::SettingsError;

/// 256 bits, 43 characters of base64url: no more, since some providers take no longer nonce.
const RANDOM_BYTES: u32 = 32;
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
    /// What the ID token must repeat.
    pub nonce: Secret,
    /// What the token endpoint must be shown (RFC 7636); empty when PKCE is off.
    pub pkce_verifier: Secret,
    /// Who was asked.
    pub issuer: String,
}

/// Without the URL's query: `state` and `nonce` are in it.
impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Builds the request.
pub(crate) fn begin(
    settings: &IntegrationSettings,
    metadata: &Metadata,
    redirect_uri: &str,
    login_hint: Option<&str>,
) -> Result<Begun, SettingsError> {
    let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(|_| SettingsError::RedirectUri)?;
    let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| SettingsError::RedirectUri)?;
    // Made for this one request: neither keys nor secret are in it.
    let client = CoreClient::new(ClientId::new(settings.client_id.clone()), issuer, JsonWebKeySet::default())
        .set_auth_uri(AuthUrl::from_url(metadata.authorization.clone()));
    let mut request = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            || CsrfToken::new_random_len(RANDOM_BYTES),
            || Nonce::new_random_len(RANDOM_BYTES),
        )
        .set_redirect_uri(Cow::Borrowed(&redirect));
    // The library sends `openid` first by itself.
    for scope in settings.oauth_scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    let mut pkce_verifier = Secret::default();
    if settings.pkce {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        request = request.set_pkce_challenge(challenge);
        pkce_verifier = Secret::new(verifier.into_secret());
    }
    for prompt in settings.prompt.iter().flat_map(|prompt| prompt.split_ascii_whitespace()) {
        request = request.add_prompt(CoreAuthPrompt::Extension(prompt.to_owned()));
    }
    if let Some(seconds) = settings.max_age {
        request = request.set_max_age(Duration::from_secs(seconds.into()));
    }
    for acr in &settings.acr_values {
        request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
    }
    if let Some(hint) = login_hint.map(str::trim).filter(|hint| !hint.is_empty()) {
        let hint = hint.chars().filter(|c| !c.is_control()).take(LONGEST_HINT).collect();
        request = request.set_login_hint(LoginHint::new(hint));
    }
    for (name, value) in &settings.extra_authorization_params {
        if !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
            request = request.add_extra_param(name.clone(), value.clone());
        }
    }
    let (url, state, nonce) = request.url();
    Ok(Begun {
        url: url.into(),
        state: Secret::new(state.into_secret()),
        nonce: Secret::new(nonce.secret().clone()),
        pkce_verifier,
        issuer: metadata.issuer.clone(),
    })
}
