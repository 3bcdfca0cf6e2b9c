//! A fresh database for each test; it goes when its last server goes.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};
use tempfile::TempDir;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// See the module.
pub struct Database {
    /// What the server connects to.
    pub url: String,
    folder: TempDir,
    drop: Option<(String, String)>,
}

impl Database {
    /// A file.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("latchkey.db").display());
        Self { url, folder, drop: None }
    }

    /// A database of its own on the server at `TEST_MYSQL_URL`.
    pub async fn mysql() -> Option<Self> {
        let admin = std::env::var("TEST_MYSQL_URL").ok()?;
        let n = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("latchkey_http_{}_{n}", std::process::id());
        let mut connection = MySqlConnection::connect(&admin).await.unwrap();
        let sql = format!("create database {name} character set utf8mb4");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        let (server, _) = admin.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        Some(Self { url, folder: tempfile::tempdir().unwrap(), drop: Some((admin, name)) })
    }

    /// For files beside it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bytes of the database's files, its log of writes included.
    pub fn bytes(&self) -> Vec<u8> {
        assert!(self.drop.is_none(), "only SQLite's files can be read");
        let mut all = Vec::new();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("latchkey.db")) {
                all.extend(fs::read(path).unwrap());
            }
        }
        assert!(!all.is_empty());
        all
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((admin, name)) = self.drop.take() else { return };
        // Dropping happens inside the test's runtime, which must not wait for itself.
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(remove(&admin, &name)).map_err(std::io::Error::other)
        });
        if !matches!(worker.join(), Ok(Ok(()))) {
            eprintln!("a test database was left behind");
        }
    }
}

/// Drops a database. Its server is gone, yet what it left to roll back keeps tables locked: those connections end first.
async fn remove(admin: &str, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = MySqlConnection::connect(admin).await?;
    let sql = "select id from information_schema.processlist where db = ?";
    let left: Vec<(i64,)> = sqlx::query_as(sql).bind(name).fetch_all(&mut connection).await?;
    for (id,) in left {
        // It may have gone by itself.
        let _ = sqlx::raw_sql(AssertSqlSafe(format!("kill {id}"))).execute(&mut connection).await;
    }
    sqlx::raw_sql(AssertSqlSafe(format!("drop database {name}"))).execute(&mut connection).await.map(drop)
}
