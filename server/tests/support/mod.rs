//! What the HTTP tests share: the real router without a socket, a clock that stands still, browsers and API clients.
//!
//! ```ignore
//! let app = TestApp::new().await;                       // SQLite, bootstrap administrator `admin`
//! let admin = app.admin().await;                        // Api with that administrator's session
//! let idp = app.idp().await;                            // a provider on loopback, its clock follows the app's
//! app.with_integration(&idp, "corp").await;
//! app.rule("dba", "GLOBAL_READ_ONLY", "global").await;
//! let mut browser = app.browser();
//! app.sign_in(&mut browser, &idp, Person::new("bob").groups(&["dba"])).await;
//! assert_eq!(browser.api().get("/me").await.json()["user"]["username"], "bob");
//! ```
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod browser;
mod client;
mod clock;
pub mod corpus;
mod database;
pub mod logs;
mod setup;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::Router;
pub use browser::{Browser, form};
pub use client::{Answer, Api, Client, Transcript};
pub use clock::MockClock;
use database::Database;
use domain::{secret::Secret, time::Timestamp};
use fake_idp::FakeIdp;
use serde_json::Value;
use server::{Core, config::Config, service::bootstrap};
pub use setup::Leaving;

/// The bootstrap administrator's name.
pub const ADMIN: &str = "admin";
/// The bootstrap administrator's password.
pub const PASSWORD: &str = "canary-admin-password-0451";
/// What every URL of the server begins with.
pub const ORIGIN: &str = "https://console.example.com";

/// A server for one test: its own database, its own clock.
pub struct TestApp {
    /// The engine.
    pub core: Arc<Core>,
    /// The real router.
    pub router: Router,
    /// What time it is for the server and for providers made with [`TestApp::idp`].
    pub clock: Arc<MockClock>,
    /// The first administrator's one-time password, when none was configured.
    pub one_time: Option<Secret>,
    /// Every answer so far.
    pub transcript: Transcript,
    config: Config,
    database: Arc<Database>,
    addresses: Arc<AtomicU32>,
}

impl TestApp {
    /// A server at [`ORIGIN`] with a fresh SQLite database; identity providers may live on loopback over http.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with changed settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Database::sqlite(), change).await
    }

    /// The same on every kind of database there is: SQLite, and MySQL when `TEST_MYSQL_URL` is set.
    pub async fn on_each_database() -> Vec<Self> {
        let mut apps = vec![Self::new().await];
        if let Some(database) = Database::mysql().await {
            apps.push(Self::on(database, |_| {}).await);
        }
        apps
    }

    /// So many servers that start at the same moment on a new database, without a configured first password; on every
    /// kind of database there is.
    pub async fn together(count: usize) -> Vec<Vec<Self>> {
        let mut all = Vec::new();
        for database in [Some(Database::sqlite()), Database::mysql().await].into_iter().flatten() {
            let mut config = Self::config(&database);
            config.bootstrap.admin_password = None;
            let (clock, database) = (Arc::new(MockClock::new()), Arc::new(database));
            let starts = (0..count).map(|_| {
                Self::open(config.clone(), Arc::clone(&clock), Arc::clone(&database), Arc::default())
            });
            all.push(futures::future::join_all(starts).await);
        }
        all
    }

    async fn on(database: Database, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Self::config(&database);
        change(&mut config);
        assert_eq!(config.validate(), Vec::new(), "the test's settings are wrong");
        Self::open(config, Arc::new(MockClock::new()), Arc::new(database), Arc::default()).await
    }

    fn config(database: &Database) -> Config {
        let mut config = Config::default();
        config.http.public_url = ORIGIN.parse().unwrap();
        config.database.url.0 = Secret::new(database.url.clone());
        config.key_file = database.folder().join("secret.key");
        config.bootstrap.admin_password = Some(Secret::new(PASSWORD));
        config.outbound.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        config.outbound.allow_http = true;
        config
    }

    async fn open(
        config: Config,
        clock: Arc<MockClock>,
        database: Arc<Database>,
        addresses: Arc<AtomicU32>,
    ) -> Self {
        logs::start();
        let core = Core::open(config.clone(), clock.clone()).await.unwrap();
        let first = bootstrap::run(&core).await.unwrap();
        let router = server::build_router(Arc::clone(&core));
        let one_time = first.map(|first| first.password);
        Self { core, router, clock, one_time, transcript: Transcript::default(), config, database, addresses }
    }

    /// A second server on the same database, with the same clock: another replica, or this one after a restart.
    pub async fn replica(&self) -> Self {
        let config = self.config.clone();
        let (clock, database) = (Arc::clone(&self.clock), Arc::clone(&self.database));
        let mut replica = Self::open(config, clock, database, Arc::clone(&self.addresses)).await;
        replica.transcript = self.transcript.clone();
        replica
    }

    /// Now, by the server's clock.
    pub fn now(&self) -> Timestamp {
        self.core.now()
    }

    /// Lets time pass, for the server and its providers.
    pub fn advance_seconds(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// See [`TestApp::advance_seconds`].
    pub fn advance_minutes(&self, minutes: i64) {
        self.clock.advance(minutes * 60);
    }

    /// An identity provider on loopback whose clock follows the server's.
    pub async fn idp(&self) -> Arc<FakeIdp> {
        let idp = Arc::new(FakeIdp::start().await);
        self.clock.follow(&idp);
        idp
    }

    /// Somebody who calls from an address of their own.
    pub fn client(&self) -> Client {
        let n = self.addresses.fetch_add(1, Ordering::Relaxed);
        self.client_at(&format!("198.18.{}.{}", n / 200, n % 200 + 1))
    }

    /// Somebody who calls from this address.
    pub fn client_at(&self, address: &str) -> Client {
        let origin = self.config.http.public_url.origin().ascii_serialization();
        Client::new(self.router.clone(), origin, address, self.transcript.clone())
    }

    /// A browser that has never been here, at an address of its own.
    pub fn browser(&self) -> Browser {
        Browser::new(self.client())
    }

    /// A browser that has never been here, at this address.
    pub fn browser_at(&self, address: &str) -> Browser {
        Browser::new(self.client_at(address))
    }

    /// Calls the API without credentials.
    pub fn anonymous(&self) -> Api {
        Api::anonymous(self.client())
    }

    /// Calls the API with this token.
    pub fn with_token(&self, token: &str) -> Api {
        Api::bearer(self.client(), token)
    }

    /// A browser in which the bootstrap administrator is signed in.
    pub async fn admin_browser(&self) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in_with_password(ADMIN, PASSWORD).await;
        assert!(browser.is_signed_in(), "{answer:?}");
        browser
    }

    /// Calls the API with the bootstrap administrator's session.
    pub async fn admin(&self) -> Api {
        self.admin_browser().await.api()
    }

    /// Where the key is that seals secrets.
    pub fn key_file(&self) -> &std::path::Path {
        &self.config.key_file
    }

    /// The bytes of everything the database keeps on disk; SQLite only.
    pub fn database_bytes(&self) -> Vec<u8> {
        self.database.bytes()
    }

    /// Audit events with this query (`kind=login.failed&…`), the oldest first.
    pub async fn audit(&self, query: &str) -> Vec<Value> {
        let answer = self.admin().await.get(&format!("/audit-events?pageSize=500&{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut items = answer.json()["items"].as_array().unwrap().clone();
        items.reverse();
        items
    }
}
