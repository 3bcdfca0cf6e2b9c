//! Live groups: a refresh token brings claims anew (OpenID Connect Core 1.0 section 12).

use std::collections::BTreeMap;

use domain::claims::{Claims, GroupsClaim};
use domain::integration::{Integration, IntegrationSettings, Protocol};
use domain::secret::Secret;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::claims;
use crate::client_auth::Credentials;
use crate::discovery::Metadata;
use crate::engine::{Engine, SignedIn, signed_in, skew};
use crate::error::Error;
use crate::exchange::{self, Tokens};
use crate::oauth2;
use crate::provider::Provider;
use crate::verify::{Expected, Unverified, VerifyError};

/// What is kept of a login so that its claims can be read again.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    /// To be kept sealed.
    pub token: Secret,
    /// SHA-256 of the login's nonce, base64url: a nonce in a later ID token must be that one.
    pub nonce_hash: String,
}

/// What a refresh brought. The old refresh token may be used up, whatever `who` says: keep the new one first.
#[derive(Debug)]
pub struct Refreshed {
    /// The next refresh token; `None`: the old one goes on.
    pub rotated: Option<Secret>,
    /// Who it is and in which groups, verified as at a login; or why that could not be found out.
    pub who: Result<SignedIn, Error>,
}

impl RefreshToken {
    pub(crate) fn of_login(
        settings: &IntegrationSettings,
        token: Option<Secret>,
        nonce: &Secret,
    ) -> Option<Self> {
        let token = token.filter(|_| settings.live_groups)?;
        Some(Self { token, nonce_hash: hash(nonce.expose()) })
    }
}

/// See [`RefreshToken::nonce_hash`].
fn hash(nonce: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(nonce))
}

/// A nonce may be left out of a refreshed token, and one that is there is the login's, which is known by its hash
/// (OpenID Connect Core 1.0 section 12.2).
fn nonce(claims: &Map<String, Value>, nonce_hash: &str) -> Result<(), VerifyError> {
    match claims.get("nonce") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(nonce)) if hash(nonce) == nonce_hash => Ok(()),
        Some(_) => Err(VerifyError::Nonce),
    }
}

impl Engine {
    /// Shows a refresh token and reads the claims of `subject` anew. An ID token in the answer is verified as at a
    /// login, without `max_age` and `acr`: nobody signs in here. Groups that cannot be told are
    /// [`GroupsClaim::Overage`] or [`GroupsClaim::Malformed`], never *missing*. In plain OAuth 2.0 userinfo is asked, and
    /// what it does not say is missing.
    ///
    /// # Errors
    /// The token endpoint gave nothing; [`Error::is_invalid_grant`] tells when it never will again.
    pub async fn refresh(
        &self,
        integration: &Integration,
        secret: Option<&Secret>,
        refresh_token: &RefreshToken,
        subject: &str,
    ) -> Result<Refreshed, Error> {
        let settings = &integration.settings;
        let provider = self.provider(integration)?;
        let key = self.client_key();
        let credentials =
            Credentials { settings, secret, key: key.as_deref(), now: self.clock.now().seconds() };
        let token = &refresh_token.token;
        if settings.protocol == Protocol::OAuth2 {
            return oauth2::refresh(&provider.outgoing, &self.guard, credentials, token, subject).await;
        }
        let metadata = self.metadata_of(&provider).await?;
        let tokens = exchange::refresh(&provider.outgoing, &metadata.token, credentials, token).await?;
        let who = match &tokens.id_token {
            Some(id_token) => {
                let seen = (refresh_token, id_token, &tokens.access_token);
                self.with_id_token(&provider, &metadata, settings, seen, subject).await
            }
            None => self.without_id_token(&provider, &metadata, settings, &tokens, subject).await,
        };
        Ok(Refreshed { rotated: tokens.refresh_token, who })
    }

    async fn with_id_token(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        settings: &IntegrationSettings,
        (refresh_token, id_token, access_token): (&RefreshToken, &Secret, &Secret),
        subject: &str,
    ) -> Result<SignedIn, Error> {
        let token = Unverified::parse(id_token.expose(), &settings.signing_algorithms)?;
        let now = self.clock.now();
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &settings.client_id,
            nonce: "",
            access_token: access_token.expose(),
            skew: skew(settings),
            now,
            max_age: None,
            acr_values: &[],
        };
        let check =
            |key: &_| token.checked(key, &expected, |claims| nonce(claims, &refresh_token.nonce_hash));
        let verified = provider.with_key(metadata, &token, now.seconds(), check).await?;
        if verified.subject != subject {
            return Err(VerifyError::OtherSubject.into());
        }
        let userinfo = self.ask_userinfo(provider, metadata, settings, access_token, subject).await?;
        let mut who = signed_in(settings, verified, userinfo);
        self.complete_groups(provider, settings, access_token, &mut who.groups).await?;
        Ok(who)
    }

    /// Some providers give no ID token with a refresh. Then userinfo alone says the groups; when it does not, they may
    /// be in the ID token that did not come.
    async fn without_id_token(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        settings: &IntegrationSettings,
        tokens: &Tokens,
        subject: &str,
    ) -> Result<SignedIn, Error> {
        let userinfo = self.ask_userinfo(provider, metadata, settings, &tokens.access_token, subject).await?;
        let merged = claims::merge(Map::new(), userinfo);
        let mut claims = merged.claims.into_map();
        claims.insert("sub".to_owned(), Value::from(subject));
        let claims = Claims::new(claims);
        let mut groups = claims.groups(&settings.claims.groups);
        if groups == GroupsClaim::Missing {
            groups = GroupsClaim::Malformed;
        }
        self.complete_groups(provider, settings, &tokens.access_token, &mut groups).await?;
        Ok(SignedIn {
            issuer: settings.issuer.clone(),
            subject: subject.to_owned(),
            idp_session_id: None,
            claims,
            sources: BTreeMap::new(),
            groups,
            auth_time: None,
            id_token_iat: self.clock.now().seconds(),
            refresh_token: None,
        })
    }
}
