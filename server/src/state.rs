//! What every request shares.

use std::{collections::HashMap, sync::Arc};

use axum::extract::FromRef;
use domain::{
    id::SessionId,
    time::{Clock, Timestamp},
};
use leptos::config::LeptosOptions;
use url::Url;

use crate::{
    config::{Config, KeyFileError},
    metrics::Metrics,
    service::{
        access::UserCache,
        client_secrets::SecretReader,
        login::{AttemptGate, FloodGate},
        password::Passwords,
        refusals::RefusalGate,
        rule_index::RuleCache,
    },
};

/// The router's state.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The engine.
    pub core: Arc<Core>,
    /// What the framework asks for.
    pub leptos: LeptosOptions,
    /// Where pages find script, module and style sheet.
    pub assets: Arc<app::Assets>,
}

/// The engine: what services work with.
pub struct Core {
    /// The database.
    pub db: store::Db,
    /// What speaks with identity providers.
    pub engine: oidc::Engine,
    /// The settings.
    pub config: Arc<Config>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// What every absolute URL begins with; ends in a slash.
    pub public_url: Url,
    /// The one place where passwords are hashed and checked.
    pub passwords: Passwords,
    /// What is known of users, by their revision.
    pub users: UserCache,
    /// What is counted.
    pub metrics: Metrics,
    /// What reads client secrets that stand elsewhere.
    pub(crate) secrets: SecretReader,
    /// The mapping rules, ready to be asked.
    pub(crate) rules: RuleCache,
    /// How many logins are under way.
    pub(crate) attempts: AttemptGate,
    /// Failed logins, counted.
    pub(crate) flood: FloodGate,
    /// Refusals of people who are signed in, counted.
    pub(crate) refusals: RefusalGate,
    /// When sessions began and when they end at the latest: neither ever changes.
    pub(crate) session_times: SessionTimes,
}

/// Why the server does not start: one line each.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The key.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The database holds secrets of another key.
    #[error("secrets.key: {0}")]
    Key(store::Error),
    /// The database.
    #[error("database.url: {0}")]
    Database(store::Error),
    /// The database lacks migrations and this command does not run them.
    #[error("the database needs {0} migration(s): run `latchkey migrate`")]
    Pending(u64),
    /// The HTTP client.
    #[error("outbound: {0}")]
    Outbound(oidc::Error),
    /// The proxy.
    #[error("{0}: {1}")]
    Proxy(&'static str, String),
    /// The address.
    #[error("http.listen: {address}: {source}")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The address of the counters.
    #[error("metrics.listen: {address}: {source}")]
    Metrics {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A provisional change whose time was over could not be taken back.
    #[error("a provisional change could not be taken back: {0}")]
    Revert(crate::service::ServiceError),
    /// The first administrator.
    #[error("bootstrap: {0}")]
    Bootstrap(crate::service::ServiceError),
}

impl Core {
    /// Connects, runs pending migrations and checks the key. `latchkey serve` and the tests begin here.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>, StartError> {
        let core = Self::connect(config, clock).await?;
        core.db.migrate().await.map_err(StartError::Database)?;
        core.check_key().await?;
        Ok(core)
    }

    /// Connects to a database that must be up to date, and checks the key.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open_migrated(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>, StartError> {
        let core = Self::connect(config, clock).await?;
        match core.db.check_schema().await.map_err(StartError::Database)? {
            store::SchemaState::UpToDate => {}
            store::SchemaState::Pending(count) => return Err(StartError::Pending(count)),
        }
        core.check_key().await?;
        Ok(core)
    }

    async fn connect(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>, StartError> {
        let keys = config.secrets.keys(&config.key_file)?;
        let db = store::Db::connect(&config.database.url.0, keys, Arc::clone(&clock)).await;
        let db = db.map_err(StartError::Database)?;
        db.set_idle_minutes(config.session.idle_minutes);
        let policy = oidc::OutboundPolicy {
            allow_private: config.outbound.allow_private.clone(),
            allow_http: config.outbound.allow_http,
        };
        let mut engine = oidc::Engine::new(policy, Arc::clone(&clock)).map_err(StartError::Outbound)?;
        if let Some(proxy) =
            config.outbound.read_proxy().map_err(|(key, text)| StartError::Proxy(key, text))?
        {
            engine = engine.with_proxy(proxy).map_err(StartError::Outbound)?;
        }
        Ok(Arc::new(Self {
            db,
            engine,
            clock,
            public_url: config.http.public_url.clone(),
            passwords: Passwords::new(),
            users: UserCache::default(),
            metrics: Metrics::default(),
            secrets: SecretReader::new(config.secrets.client_secret_folder.clone()),
            rules: RuleCache::default(),
            attempts: AttemptGate::default(),
            flood: FloodGate::default(),
            refusals: RefusalGate::default(),
            session_times: SessionTimes::default(),
            config: Arc::new(config),
        }))
    }

    async fn check_key(&self) -> Result<(), StartError> {
        self.db.check_key().await.map_err(|error| match error {
            store::Error::Key(_) => StartError::Key(error),
            other => StartError::Database(other),
        })
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The callback of an integration of this name, to be registered at its provider.
    #[must_use]
    pub fn callback_url(&self, name: &str) -> String {
        format!("{}login/oauth2/code/{name}", self.public_url)
    }
}

/// Remembers when sessions began and end, so that a request needs one statement only.
#[derive(Default)]
pub(crate) struct SessionTimes(std::sync::Mutex<HashMap<SessionId, (Timestamp, Timestamp)>>);

impl SessionTimes {
    /// The most entries; beyond them all are forgotten, and asked for again when needed.
    const MOST: usize = 20_000;

    pub(crate) fn get(&self, id: &SessionId) -> Option<(Timestamp, Timestamp)> {
        self.lock().get(id).copied()
    }

    pub(crate) fn remember(&self, id: &SessionId, created_at: Timestamp, expires_at: Timestamp) {
        let mut map = self.lock();
        if map.contains_key(id) {
            return;
        }
        if map.len() >= Self::MOST {
            map.clear();
        }
        map.insert(id.clone(), (created_at, expires_at));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, (Timestamp, Timestamp)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
