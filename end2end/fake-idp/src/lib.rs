//! An OpenID provider for tests that can also misbehave: see [`Fault`].
//!
//! ```no_run
//! # async fn example() {
//! use fake_idp::{Endpoint, FakeIdp, Fault, Person};
//!
//! let idp = FakeIdp::start().await;
//! idp.set_person(Person::new("bob").groups(&["admins"]));
//! idp.set_fault(Some(Fault::WrongNonce));
//! // … begin a sign-in at the relying party, take its authorization URL …
//! let callback = idp.authorize("http://…").callback_url();
//! // … hand the callback to the relying party …
//! assert_eq!(idp.count(Endpoint::Userinfo), 0);
//! # }
//! ```

mod authorize;
mod client;
mod config;
mod directory;
mod discovery;
mod faults;
mod id_token;
mod jwt;
mod keys;
mod logout;
mod push;
mod record;
mod reply;
mod routes;
mod state;
mod token;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

pub use crate::authorize::Authorized;
pub use crate::config::{ClientAuth, Config, Directory, GroupsIn, Person, UserinfoToken};
pub use crate::faults::{Expected, Fault, SECRET_MARKER, Stage};
pub use crate::jwt::{Alg, Signature};
pub use crate::logout::LogoutToken;
pub use crate::record::{Endpoint, Issued, Recorded};

use crate::jwt::Edits;
use crate::state::Shared;

/// How a provider starts; what can change later is in [`Config`].
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The only client.
    pub client_id: String,
    /// Its secret. The default holds characters that form-urlencoding changes.
    pub client_secret: String,
    /// Remember requests and tokens; off for benchmarks.
    pub record: bool,
    /// The configuration to start with.
    pub config: Config,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            client_id: "latchkey".into(),
            client_secret: format!("fake-client-secret:%+/{}", keys::random(12)),
            record: true,
            config: Config::default(),
        }
    }
}

/// A running provider. Dropping it stops the server; requests that it holds back are answered with 503.
pub struct FakeIdp {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

impl FakeIdp {
    /// Starts on a free port of 127.0.0.1 over plain HTTP, honest, signing RS256.
    ///
    /// # Panics
    /// If no port can be had.
    #[expect(clippy::expect_used, reason = "a test without its provider cannot go on")]
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await.expect("127.0.0.1 has a free port")
    }

    /// Starts with other options.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn start_with(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        let credentials = (options.client_id, options.client_secret);
        let shared = Arc::new(Shared::new(origin, credentials, options.record, options.config, stopped));
        let router = Router::new().fallback(routes::handle).with_state(Arc::clone(&shared));
        let until = Arc::clone(&shared);
        // Without this, small answers wait for the acknowledgement of the packet before.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        tokio::spawn(async move {
            let server = axum::serve(listener, router);
            // Serving ends only with the signal.
            drop(server.with_graceful_shutdown(async move { until.stopped().await }).await);
        });
        Ok(Self { shared, stop })
    }

    /// The issuer, with a slash at its end: `http://127.0.0.1:PORT/test/a/latchkey/`.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.shared.issuer.clone()
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.shared.origin.clone()
    }

    /// The only client that is known.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.shared.client_id
    }

    /// Its secret.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.shared.client_secret
    }

    /// From now on the token endpoint takes these client secrets and no other.
    pub fn set_client_secrets(&self, secrets: &[&str]) {
        self.shared.lock().secrets = Some(secrets.iter().map(|&secret| secret.to_owned()).collect());
    }

    /// Turns one fault on and all others off; `None` makes the provider honest.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.set_faults(fault.into_iter().collect());
    }

    /// Turns these faults on and all others off.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.shared.lock().faults = faults.into();
    }

    /// Who signs in next. Sign-ins that have begun keep their person.
    pub fn set_person(&self, person: Person) {
        self.shared.lock().person = Arc::new(person);
    }

    /// Changes the person of sign-ins that have happened, in what refresh tokens will bring.
    pub fn change_person(&self, person: Person) {
        let mut state = self.shared.lock();
        let person = Arc::new(person);
        for grant in state.refresh.values_mut().filter(|grant| grant.person.sub == person.sub) {
            grant.person = Arc::clone(&person);
        }
        state.person = person;
    }

    /// Makes every refresh token worthless.
    pub fn revoke_refresh_tokens(&self) {
        self.shared.lock().refresh = state::Bounded::default();
    }

    /// The first page of the directory of groups.
    #[must_use]
    pub fn directory(&self) -> String {
        self.shared.url("directory")
    }

    /// Changes the configuration.
    pub fn config(&self, change: impl FnOnce(&mut Config)) {
        change(Arc::make_mut(&mut self.shared.lock().config));
    }

    /// New keys with new kids; the old ones leave the key set at once.
    pub fn rotate_keys(&self) {
        self.shared.rotate_keys();
    }

    /// Moves the provider's clock against the system's, or against [`FakeIdp::set_now`].
    pub fn set_clock_offset(&self, seconds: i64) {
        self.shared.lock().offset = seconds;
    }

    /// Stops the provider's clock at that time, Unix seconds.
    pub fn set_now(&self, unix_seconds: i64) {
        self.shared.lock().now = Some(unix_seconds);
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().recorded.clone()
    }

    /// How many requests an endpoint has had.
    #[must_use]
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.shared.lock().recorded.iter().filter(|request| request.endpoint == endpoint).count()
    }

    /// Forgets the requests, not the tokens.
    pub fn clear_requests(&self) {
        self.shared.lock().recorded.clear();
    }

    /// Everything that the token endpoint handed out, oldest first.
    #[must_use]
    pub fn issued(&self) -> Vec<Issued> {
        self.shared.lock().issued.clone()
    }

    /// What a browser gets at an authorization URL, by the same code as over HTTP. The person is signed in and consents.
    #[must_use]
    pub fn authorize(&self, authorization_url: &str) -> Authorized {
        let url = match Url::parse(authorization_url) {
            Ok(url) if url.as_str().split('?').next() == Some(&self.shared.url("authorize")) => url,
            _ => return Authorized::Refused("this is not the authorization endpoint".into()),
        };
        let params = authorize::pairs(&url);
        if self.shared.record {
            self.shared.lock().recorded.push(Recorded {
                endpoint: Endpoint::Authorize,
                method: "GET".into(),
                path: url.path().to_owned(),
                authorization: None,
                headers: Vec::new(),
                query: params.clone(),
                body: Vec::new(),
            });
        }
        authorize::authorize(&self.shared, &self.shared.snapshot(), &params)
    }

    /// A logout token, good or bad as built.
    #[must_use]
    pub fn logout_token(&self, build: &LogoutToken) -> String {
        build.seal(&self.shared, &self.shared.snapshot())
    }

    /// Any JWT, signed with the current key. A known `alg` in the header chooses the key, else the configured one does.
    /// `alg`, `kid` and `typ` are filled in unless the header has them; `null` leaves them out.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let now = self.shared.snapshot();
        let alg = header.get("alg").and_then(Value::as_str).and_then(Alg::parse);
        let edits: Edits = header
            .as_object()
            .map(|members| {
                let edit = |(name, value): (&String, &Value)| {
                    (name.clone(), if value.is_null() { None } else { Some(value.clone()) })
                };
                members.iter().map(edit).collect()
            })
            .unwrap_or_default();
        let signature = alg.map_or(Signature::Honest, Signature::With);
        now.signer(&self.shared).seal(signature, &edits, &claims.to_string())
    }

    /// Makes the lazy keys now and signs once, so that the first measured sign-in is like the others.
    pub fn warm_up(&self) {
        drop(self.sign(&Value::Null, &Value::Null));
    }
}

impl Drop for FakeIdp {
    fn drop(&mut self) {
        // Nobody listening means that the server is already gone.
        let _told = self.stop.send(true);
    }
}
