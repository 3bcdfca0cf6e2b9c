//! A fresh database for each test.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use domain::{
    api::PageQuery,
    audit::{AuditKind, NewAuditEvent, Outcome},
    form::ValidRule,
    id::{IntegrationId, UserId},
    integration::{Integration, IntegrationSettings},
    mapping::Conditions,
    role::RoleName,
    secret::Secret,
    target::Target,
    time::{Clock, Timestamp},
};
use sqlx::{AssertSqlSafe, Connection as _, FromRow, MySqlConnection, SqliteConnection};
use store::{Db, Keys, NewIntegration, NewSession, NewUser, SessionHash};

/// A clock that stands still until it is moved.
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

pub struct TestDb {
    pub db: Db,
    pub clock: Arc<TestClock>,
    /// The encryption key, for opening the database again.
    pub key: Secret,
    url: String,
}

pub fn keys(key: &Secret) -> Keys {
    Keys::from_base64(key, &[]).unwrap()
}

impl TestDb {
    async fn open(url: String) -> Self {
        let (_, key) = Keys::generate();
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000_000)));
        let db = Db::connect(&Secret::new(url.clone()), keys(&key), clock.clone()).await.unwrap();
        Self { db, clock, key, url }
    }

    /// The same database once more, as another server opens it.
    pub async fn reopen(&self, keys: Keys) -> Db {
        Db::connect(&Secret::new(self.url.clone()), keys, self.clock.clone()).await.unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn is_mysql(&self) -> bool {
        self.url.starts_with("mysql")
    }

    /// Changes the database behind the store's back; how many rows it met.
    pub async fn tamper(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_mysql() {
            let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected()
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected()
        }
    }

    /// Reads the database behind the store's back.
    pub async fn look<R>(&self, sql: &str) -> Vec<R>
    where
        R: for<'r> FromRow<'r, sqlx::sqlite::SqliteRow>
            + for<'r> FromRow<'r, sqlx::mysql::MySqlRow>
            + Send
            + Unpin,
    {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_mysql() {
            let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        }
    }

    pub async fn count(&self, table: &str) -> i64 {
        self.look::<(i64,)>(&format!("select count(*) from {table}")).await[0].0
    }

    pub async fn user(&self, name: &str) -> UserId {
        let new = NewUser {
            username: name.to_owned(),
            folded: domain::username::folded(name),
            display_name: None,
            email: None,
            enabled: true,
        };
        let mut tx = self.db.begin().await.unwrap();
        let id = tx.users().insert(&new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn integration(&self, name: &str) -> Integration {
        let mut tx = self.db.begin().await.unwrap();
        let integration = tx.integrations().insert(&new_integration(name)).await.unwrap();
        tx.commit().await.unwrap();
        integration
    }

    /// A session that lasts for twelve hours.
    pub async fn session(
        &self,
        user: &UserId,
        integration: Option<&IntegrationId>,
        cookie: u8,
    ) -> SessionHash {
        let hash = SessionHash([cookie; 32]);
        let new = NewSession {
            id_hash: hash,
            user_id: user.clone(),
            integration_id: integration.cloned(),
            idp_session_id: None,
            subject: None,
            address: Some("192.0.2.1".to_owned()),
            user_agent: None,
            expires_at: self.now().plus_hours(12),
        };
        let mut tx = self.db.begin().await.unwrap();
        tx.sessions().insert(&new).await.unwrap();
        tx.commit().await.unwrap();
        hash
    }

    pub async fn is_live(&self, session: &SessionHash) -> bool {
        self.db.resolve_session(session, self.now(), 30).await.unwrap().is_some()
    }

    pub async fn user_revision(&self, id: &UserId) -> i64 {
        let mut tx = self.db.read().await.unwrap();
        tx.users().find(id).await.unwrap().unwrap().revision
    }
}

pub fn new_integration(name: &str) -> NewIntegration {
    let settings = IntegrationSettings {
        name: name.to_owned(),
        issuer: "https://idp.example".to_owned(),
        ..IntegrationSettings::default()
    };
    let secret = Some(Secret::new("the client secret"));
    NewIntegration { settings, secret, enabled: true, created_by: "root".to_owned() }
}

pub fn rule(group: &str, role: &str, target: Target) -> ValidRule {
    ValidRule {
        integration: None,
        group: group.to_owned(),
        conditions: Conditions::default(),
        role: RoleName::parse(role).unwrap(),
        target,
        enabled: true,
        revision: None,
    }
}

pub fn event(actor: &str) -> NewAuditEvent {
    NewAuditEvent {
        kind: AuditKind::LoginSucceeded,
        outcome: Outcome::Success,
        actor: actor.to_owned(),
        actor_id: None,
        target: Some("session:1".to_owned()),
        integration: Some("corp".to_owned()),
        code: None,
        address: Some("192.0.2.1".to_owned()),
        reference: "ref".to_owned(),
        detail: serde_json::json!({"text": "Grüße, 'quoted'\u{1F511}"}),
    }
}

pub fn page(size: u32) -> PageQuery {
    PageQuery { page_size: size, cursor: None }
}

/// Runs the test on a fresh `SQLite` file and, with `TEST_MYSQL_URL`, in a fresh database of that server.
pub fn on_every_database(test: impl AsyncFn(&TestDb)) {
    on_every_empty_database(async |t| {
        t.db.migrate().await.unwrap();
        test(t).await;
    });
}

/// As [`on_every_database`], before any migration.
pub fn on_every_empty_database(test: impl AsyncFn(&TestDb)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let t = TestDb::open(format!("sqlite://{}/new/folder/test.db", folder.path().display())).await;
        test(&t).await;
        t.db.close().await;
    });
    let Ok(server) = std::env::var("TEST_MYSQL_URL") else {
        return;
    };
    let name = format!("lk_test_{}", hex(&Keys::generate().0.mac("name", b"")[..8]));
    // A database may stand behind the server: ours stand beside it.
    let (scheme, rest) = server.split_once("://").unwrap();
    let server = format!("{scheme}://{}", rest.split('/').next().unwrap());
    let admin = |sql: String| {
        runtime.block_on(async {
            let mut connection = MySqlConnection::connect(&server).await.unwrap();
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        });
    };
    // The default collation is the one that equates most.
    admin(format!("create database {name} character set utf8mb4 collate utf8mb4_general_ci"));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let t = TestDb::open(format!("{server}/{name}")).await;
            test(&t).await;
            t.db.close().await;
        });
    }));
    admin(format!("drop database {name}"));
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
