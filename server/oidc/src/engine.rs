//! The whole login, and what is remembered between logins.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use domain::claims::{Claims, GroupsClaim};
use domain::id::IntegrationId;
use domain::integration::{Integration, IntegrationSettings, Protocol};
use domain::probe::ProbeReport;
use domain::secret::Secret;
use domain::time::Clock;
use serde_json::{Map, Value};

use crate::address::{Guard, Lookup, OutboundPolicy, Purpose, UrlProblem, system_lookup};
use crate::authorize::{Begun, Request};
use crate::callback::{AnswerError, Callback};
use crate::claims;
use crate::client_auth::Credentials;
use crate::client_key::ClientKey;
use crate::discovery::{Fetch, Metadata};
use crate::error::{Error, SettingsError};
use crate::exchange::{self, ExchangeError};
use crate::http::{Http, Outgoing, Timeouts};
use crate::keys::KeySet;
use crate::oauth2;
use crate::probe::{self, ProbeSubject};
use crate::provider::Provider;
use crate::proxy::Proxy;
use crate::push;
use crate::refresh::RefreshToken;
use crate::verify::{Expected, Unverified, Verified};

/// The longest `sid` kept.
const LONGEST_SID: usize = 255;

/// Speaks with identity providers. Make one and share it.
pub struct Engine {
    policy: OutboundPolicy,
    pub(crate) guard: Guard,
    pub(crate) lookup: Lookup,
    pub(crate) timeouts: Timeouts,
    pub(crate) proxy: Option<Arc<Proxy>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) http: Http,
    providers: RwLock<HashMap<IntegrationId, Arc<Provider>>>,
    client_key: RwLock<Option<Arc<ClientKey>>>,
}

/// What was remembered since [`Engine::begin`].
#[derive(Debug, Clone)]
pub struct AttemptSecrets {
    /// [`Begun::nonce`].
    pub nonce: Secret,
    /// [`Begun::pkce_verifier`].
    pub pkce_verifier: Secret,
    /// [`Begun::issuer`].
    pub issuer: String,
    /// The redirect URI that [`Engine::begin`] was given.
    pub redirect_uri: String,
}

/// Somebody whom the provider has authenticated; every check has passed.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who says so.
    pub issuer: String,
    /// Who it is, to that issuer: 1 to 255 ASCII characters without control characters.
    pub subject: String,
    /// The provider's session (`sid`), if it names one.
    pub idp_session_id: Option<String>,
    /// ID token and userinfo merged.
    pub claims: Claims,
    /// Where each claim came from: `id_token` or `userinfo`.
    pub sources: BTreeMap<String, &'static str>,
    /// The groups at the integration's claim path.
    pub groups: GroupsClaim,
    /// When the person authenticated at the provider, Unix seconds.
    pub auth_time: Option<i64>,
    /// When the ID token was issued, Unix seconds; without one, when userinfo answered.
    pub id_token_iat: i64,
    /// What live groups need to be read again; only when the integration asks for it and the provider gave one.
    pub refresh_token: Option<RefreshToken>,
}

impl Engine {
    /// Makes an engine with its HTTP client.
    ///
    /// # Errors
    /// [`SettingsError::Client`] when the client cannot be made.
    pub fn new(policy: OutboundPolicy, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::build(policy, clock, Timeouts::default(), system_lookup(), None)
    }

    fn build(
        policy: OutboundPolicy,
        clock: Arc<dyn Clock>,
        timeouts: Timeouts,
        lookup: Lookup,
        proxy: Option<Arc<Proxy>>,
    ) -> Result<Self, Error> {
        let guard = Guard::new(policy.clone());
        let http = Http::new(guard.clone(), Arc::clone(&lookup), timeouts, proxy.clone())?;
        let (providers, client_key) = (RwLock::new(HashMap::new()), RwLock::new(None));
        Ok(Self { policy, guard, lookup, timeouts, proxy, clock, http, providers, client_key })
    }

    /// The same engine behind a proxy, which then resolves names.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_proxy(self, proxy: Proxy) -> Result<Self, Error> {
        Self::build(self.policy, self.clock, self.timeouts, self.lookup, Some(Arc::new(proxy)))
    }

    /// The same engine with other timeouts.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_timeouts(self, timeouts: Timeouts) -> Result<Self, Error> {
        Self::build(self.policy, self.clock, timeouts, self.lookup, self.proxy)
    }

    /// The same engine with another way to look names up. What it finds is checked as ever.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_lookup(self, lookup: Lookup) -> Result<Self, Error> {
        Self::build(self.policy, self.clock, self.timeouts, lookup, self.proxy)
    }

    /// Checks an issuer as it is typed, without the network: its form, its scheme, its address if it is one.
    ///
    /// # Errors
    /// [`UrlProblem`], whose text is fit for the form.
    pub fn check_issuer(&self, issuer: &str) -> Result<(), UrlProblem> {
        self.guard.url(issuer, Purpose::Issuer).map(|_| ())
    }

    /// The provider's metadata, from the cache when it is younger than ten minutes.
    ///
    /// # Errors
    /// [`Error::Discovery`] when the document cannot be had or used, [`Error::Settings`] when the certificates cannot, and
    /// for OAuth 2.0, which has none.
    pub async fn metadata(&self, integration: &Integration) -> Result<Arc<Metadata>, Error> {
        has_metadata(&integration.settings)?;
        self.metadata_of(&*self.provider(integration)?).await
    }

    /// Fetches and checks a draft's metadata now, past the cache.
    ///
    /// # Errors
    /// As [`Engine::metadata`].
    pub async fn discover(&self, settings: &IntegrationSettings) -> Result<Metadata, Error> {
        has_metadata(settings)?;
        let outgoing = self.http.outgoing(settings.custom_ca.as_deref())?;
        Ok(Fetch::of(settings, &self.guard, &self.lookup, &outgoing).metadata().await?)
    }

    /// Fetches a draft's keys now, past the cache, and says how many are usable.
    ///
    /// # Errors
    /// [`Error::Keys`] when there is no usable key.
    pub async fn count_keys(
        &self,
        settings: &IntegrationSettings,
        metadata: &Metadata,
    ) -> Result<usize, Error> {
        let outgoing = self.http.outgoing(settings.custom_ca.as_deref())?;
        Ok(KeySet::fetch(&outgoing, &metadata.jwks_uri).await?.len())
    }

    /// The key that `private_key_jwt` signs with from now on. Needed before [`Engine::begin_with`] and
    /// [`Engine::complete`] of such an integration.
    pub fn use_client_key(&self, key: Arc<ClientKey>) {
        *self.client_key.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    /// As [`Engine::begin_with`], for a client that has no secret.
    ///
    /// # Errors
    /// As [`Engine::begin_with`].
    pub async fn begin(
        &self,
        integration: &Integration,
        redirect_uri: &str,
        login_hint: Option<&str>,
    ) -> Result<Begun, Error> {
        self.begin_with(integration, None, redirect_uri, login_hint).await
    }

    /// Begins a login: makes `state`, `nonce` and the PKCE verifier, and the URL that carries them, or the name that the
    /// provider gave to a request that was pushed to it (RFC 9126). The secret is for that push.
    ///
    /// # Errors
    /// As [`Engine::metadata`]; [`Error::Push`]; [`Error::Settings`].
    pub async fn begin_with(
        &self,
        integration: &Integration,
        secret: Option<&Secret>,
        redirect_uri: &str,
        login_hint: Option<&str>,
    ) -> Result<Begun, Error> {
        let settings = &integration.settings;
        let provider = self.provider(integration)?;
        if settings.protocol == Protocol::OAuth2 {
            let request = Request::new(settings, &[], redirect_uri, login_hint)?;
            let authorization =
                oauth2::authorization(settings, &self.guard, &provider.outgoing, &self.lookup).await?;
            return Ok(request.in_url(&authorization, settings.identity_issuer()));
        }
        let metadata = self.metadata_of(&provider).await?;
        let request = Request::new(settings, &metadata.scopes_supported, redirect_uri, login_hint)?;
        let issuer = metadata.issuer.clone();
        let Some(endpoint) = push::endpoint(settings.pushed_authorization, &metadata) else {
            return Ok(request.in_url(&metadata.authorization, issuer));
        };
        let key = self.client_key();
        let credentials =
            Credentials { settings, secret, key: key.as_deref(), now: self.clock.now().seconds() };
        let name = push::push(&provider.outgoing, endpoint, credentials, &issuer, &request).await?;
        Ok(request.pushed(&metadata.authorization, &settings.client_id, &name, issuer))
    }

    /// Completes a login. The caller has found and used up the attempt by the callback's `state`. Every step happens
    /// only when the one before it found nothing wrong.
    ///
    /// # Errors
    /// [`Error`], by step.
    pub async fn complete(
        &self,
        integration: &Integration,
        secret: Option<&Secret>,
        attempt: &AttemptSecrets,
        callback: &Callback,
    ) -> Result<SignedIn, Error> {
        let settings = &integration.settings;
        let provider = self.provider(integration)?;
        if attempt.issuer != settings.identity_issuer() {
            return Err(AnswerError::IssuerChanged.into());
        }
        let outgoing = &provider.outgoing;
        let now = self.clock.now();
        let key = self.client_key();
        let credentials = Credentials { settings, secret, key: key.as_deref(), now: now.seconds() };
        if settings.protocol == Protocol::OAuth2 {
            return oauth2::complete(outgoing, &self.guard, credentials, attempt, callback).await;
        }
        let metadata = self.metadata_of(&provider).await?;
        let code = callback.code(Some(&metadata.issuer), metadata.iss_parameter)?;
        let tokens = exchange::exchange(outgoing, &metadata.token, credentials, attempt, code).await?;
        let id_token = tokens.id_token.ok_or(ExchangeError::NoIdToken)?;
        let token = Unverified::parse(id_token.expose(), &settings.signing_algorithms)?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &settings.client_id,
            nonce: attempt.nonce.expose(),
            access_token: tokens.access_token.expose(),
            skew: skew(settings),
            now,
            max_age: settings.max_age,
            acr_values: &settings.acr_values,
        };
        let check = |key: &_| token.claims(key, &expected);
        let verified = provider.with_key(&metadata, &token, now.seconds(), check).await?;
        let userinfo = self
            .ask_userinfo(&provider, &metadata, settings, &tokens.access_token, &verified.subject)
            .await?;
        let mut signed_in = signed_in(settings, verified, userinfo);
        self.complete_groups(&provider, settings, &tokens.access_token, &mut signed_in.groups).await?;
        signed_in.refresh_token = RefreshToken::of_login(settings, tokens.refresh_token, &attempt.nonce);
        Ok(signed_in)
    }

    pub(crate) fn client_key(&self) -> Option<Arc<ClientKey>> {
        self.client_key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Probes an integration or a draft, past every cache; `done` is given each step's report as it finishes.
    pub async fn probe(&self, subject: ProbeSubject<'_>, done: &(dyn Fn(ProbeReport) + Send + Sync)) {
        let Self { guard, lookup, http, timeouts, .. } = self;
        let tools = probe::Tools {
            guard,
            lookup,
            http,
            timeouts: *timeouts,
            now: self.clock.now(),
            client_key: self.client_key(),
        };
        probe::run(&tools, subject, done).await;
    }

    /// Forgets what is kept of an integration: after an edit, or to fetch its keys anew now.
    pub fn forget(&self, id: &IntegrationId) {
        self.providers.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The way out to a draft's provider.
    pub(crate) fn outgoing(&self, settings: &IntegrationSettings) -> Result<Outgoing, Error> {
        Ok(self.http.outgoing(settings.custom_ca.as_deref())?)
    }

    pub(crate) async fn metadata_of(&self, provider: &Provider) -> Result<Arc<Metadata>, Error> {
        Ok(provider.metadata(&self.guard, &self.lookup, self.clock.now().seconds()).await?)
    }

    pub(crate) fn provider(&self, integration: &Integration) -> Result<Arc<Provider>, SettingsError> {
        let known =
            self.providers.read().unwrap_or_else(PoisonError::into_inner).get(&integration.id).cloned();
        if let Some(provider) = known.filter(|provider| provider.is_of(integration)) {
            return Ok(provider);
        }
        let provider = Arc::new(Provider::new(integration, &self.http)?);
        let mut providers = self.providers.write().unwrap_or_else(PoisonError::into_inner);
        match providers.get(&integration.id) {
            // Somebody else was faster; theirs may already hold something.
            Some(other) if other.is_of(integration) => Ok(Arc::clone(other)),
            _ => {
                providers.insert(integration.id.clone(), Arc::clone(&provider));
                Ok(provider)
            }
        }
    }
}

fn has_metadata(settings: &IntegrationSettings) -> Result<(), SettingsError> {
    if settings.protocol == Protocol::Oidc { Ok(()) } else { Err(SettingsError::Protocol) }
}

/// The skew of the settings, cut at five minutes, seconds.
pub(crate) fn skew(settings: &IntegrationSettings) -> i64 {
    settings.clock_skew_seconds.min(300).into()
}

pub(crate) fn signed_in(
    settings: &IntegrationSettings,
    verified: Verified,
    userinfo: Option<Map<String, Value>>,
) -> SignedIn {
    let Verified { claims, subject, iat, auth_time } = verified;
    let sid = claims.get("sid").and_then(Value::as_str);
    let sid_ok = |sid: &&str| (1..=LONGEST_SID).contains(&sid.len()) && !sid.chars().any(char::is_control);
    let idp_session_id = sid.filter(sid_ok).map(str::to_owned);
    let merged = claims::merge(claims, userinfo);
    let groups = merged.claims.groups(&settings.claims.groups);
    SignedIn {
        issuer: settings.issuer.clone(),
        subject,
        idp_session_id,
        claims: merged.claims,
        sources: merged.sources,
        groups,
        auth_time,
        id_token_iat: iat,
        refresh_token: None,
    }
}
