//! A relying party around the engine, as small as it can be: it remembers one attempt and finds it by `state`.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::id::IntegrationId;
use domain::integration::{Integration, IntegrationSettings};
use domain::login_failure::LoginFailure;
use domain::secret::{Secret, SecretState};
use domain::time::{Clock, Timestamp};
use fake_idp::{Endpoint, FakeIdp, Fault};
use oidc::{AttemptSecrets, Begun, Callback, CallbackError, Engine, Error, OutboundPolicy, SignedIn};

/// 1 January 2026, the time at which every test begins.
pub const START: i64 = 1_767_225_600;
pub const REDIRECT: &str = "https://latchkey.example/login/oauth2/code/test";

/// A clock that stands still until a test moves it.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst) * 1000)
    }
}

/// Loopback over http, as an administrator of a test installation would allow it.
pub fn policy() -> OutboundPolicy {
    OutboundPolicy { allow_private: vec!["127.0.0.0/8".parse().unwrap()], allow_http: true }
}

pub fn clock() -> TestClock {
    TestClock(Arc::new(AtomicI64::new(START)))
}

pub fn engine() -> Engine {
    Engine::new(policy(), Arc::new(clock())).unwrap()
}

pub fn integration(settings: IntegrationSettings) -> Integration {
    Integration {
        id: IntegrationId::new("01TEST"),
        settings,
        enabled: true,
        client_secret: SecretState::Unset,
        created_by: "test".to_owned(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 1,
        last_success_at: None,
        last_failure_at: None,
        last_failure_code: None,
    }
}

/// Why a sign-in stopped.
#[derive(Debug)]
pub enum Stopped {
    Engine(Error),
    Callback(CallbackError),
    State,
}

impl Stopped {
    pub fn failure(&self) -> LoginFailure {
        match self {
            Self::Engine(error) => error.failure(),
            Self::Callback(error) => error.failure(),
            Self::State => LoginFailure::StateMismatch,
        }
    }

    /// Everything that a log, a page or an audit row could show of it.
    pub fn shown(&self) -> String {
        match self {
            Self::Engine(error) => format!("{error} {error:?} {} {:?}", error.chain(), error.foreign()),
            Self::Callback(error) => format!("{error} {error:?}"),
            Self::State => String::new(),
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// A provider, an engine, and the integration between them.
pub struct World {
    pub idp: FakeIdp,
    pub engine: Engine,
    pub clock: TestClock,
    pub integration: Integration,
    pub secret: Secret,
}

impl World {
    pub async fn new() -> Self {
        let idp = FakeIdp::start().await;
        idp.set_now(START);
        let clock = clock();
        let settings = IntegrationSettings {
            name: "test".to_owned(),
            label: "Test".to_owned(),
            issuer: idp.issuer(),
            client_id: idp.client_id().to_owned(),
            ..IntegrationSettings::default()
        };
        let secret = Secret::new(idp.client_secret());
        let engine = Engine::new(policy(), Arc::new(clock.clone())).unwrap();
        Self { idp, engine, clock, integration: integration(settings), secret }
    }

    /// Changes a setting, as an administrator's save does.
    pub fn set(&mut self, change: impl FnOnce(&mut IntegrationSettings)) {
        change(&mut self.integration.settings);
        self.integration.revision += 1;
    }

    /// Moves both clocks.
    pub fn pass(&self, seconds: i64) {
        let now = self.clock.0.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.idp.set_now(now);
    }

    pub async fn begin(&self) -> Result<Begun, Error> {
        self.engine.begin_with(&self.integration, Some(&self.secret), REDIRECT, None).await
    }

    pub fn attempt(&self, begun: &Begun) -> AttemptSecrets {
        AttemptSecrets {
            nonce: begun.nonce.clone(),
            pkce_verifier: begun.pkce_verifier.clone(),
            issuer: begun.issuer.clone(),
            redirect_uri: REDIRECT.to_owned(),
        }
    }

    /// The browser's way: to the provider and back.
    pub fn come_back(&self, begun: &Begun) -> Result<Callback, Stopped> {
        let url = self.idp.authorize(&begun.url).callback_url();
        let query = url.split_once('?').unwrap().1;
        let callback = Callback::parse(query).map_err(Stopped::Callback)?;
        if callback.state == begun.state.expose() { Ok(callback) } else { Err(Stopped::State) }
    }

    pub async fn complete(&self, begun: &Begun, callback: &Callback) -> Result<SignedIn, Error> {
        self.engine.complete(&self.integration, Some(&self.secret), &self.attempt(begun), callback).await
    }

    pub async fn sign_in(&self) -> Result<SignedIn, Stopped> {
        let begun = self.begin().await?;
        let callback = self.come_back(&begun)?;
        Ok(self.complete(&begun, &callback).await?)
    }

    /// Signs in with a fault on and gives the code of the failure.
    pub async fn failure(&self, fault: Fault) -> Option<LoginFailure> {
        self.idp.set_fault(Some(fault));
        self.sign_in().await.err().map(|stopped| stopped.failure())
    }

    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.idp.count(endpoint)
    }
}
