use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use domain::{
    id,
    secret::Secret,
    time::{Clock, Timestamp},
};
use sqlx::{
    Connection as _, Executor as _, MySqlPool, SqlitePool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    crypt::{Keys, random},
    error::{Error, Result},
    tx::{Open, Tx},
};

/// How many prepared statements a connection keeps: more than this crate has.
const STATEMENTS: usize = 256;
/// Connections that read, on `SQLite`. Each is a thread.
const SQLITE_READERS: u32 = 4;
/// Connections to a `MySQL` or `MariaDB` server.
const MYSQL_CONNECTIONS: u32 = 16;
/// How long a caller waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long `SQLite` waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages that each connection keeps, in KiB below zero. The file is not mapped into memory: each connection would map
/// it anew, and 60 MB of data made a process of 216 MB that answered no faster.
const PAGE_CACHE: &str = "-4096";
/// How long to wait before asking again where `SQLite` does not wait by itself.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbKind {
    /// A file.
    Sqlite,
    /// A `MySQL` or `MariaDB` server.
    MySql,
}

/// The database. Cloning is cheap: all clones share the connections.
#[derive(Clone)]
pub struct Db {
    pub(crate) shared: Arc<Shared>,
}

/// What a database and its transactions have in common.
pub(crate) struct Shared {
    pub(crate) pools: Pools,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    /// 0: lists and counts of sessions ignore idleness.
    idle_minutes: AtomicI64,
    /// Where a memory database really is; removed with the last clone.
    _home: Option<Home>,
}

pub(crate) enum Pools {
    /// One connection writes, so a write transaction never fails half-way because of another; others read.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    MySql(MySqlPool),
}

/// A private folder that is removed at the end.
struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({:?})", self.kind())
    }
}

impl Shared {
    pub(crate) fn new_id(&self) -> String {
        id::ulid(self.clock.now().ms(), random())
    }

    /// Sessions last used before this moment are over; the earliest moment there is when idleness does not
    /// count.
    pub(crate) fn idle_since(&self, now: Timestamp) -> i64 {
        match self.idle_minutes.load(Ordering::Relaxed) {
            minutes if minutes > 0 => now.plus_minutes(-minutes).ms(),
            _ => i64::MIN,
        }
    }
}

impl Db {
    /// Opens the database: `sqlite://path`, `sqlite::memory:` (a private temporary file, gone at the end) or
    /// `mysql://user:password@host/database`. A `SQLite` file and its folder are made when they are missing;
    /// a `MySQL` database must exist. No table is touched: see [`Db::migrate`].
    ///
    /// # Errors
    /// [`Error::BadUrl`], [`Error::File`], or the driver's.
    pub async fn connect(url: &Secret, keys: Keys, clock: Arc<dyn Clock>) -> Result<Self> {
        let text = url.expose();
        let (pools, home) = if text.starts_with("sqlite:") {
            open_sqlite(text).await?
        } else if text.starts_with("mysql:") || text.starts_with("mariadb:") {
            (open_mysql(text).await?, None)
        } else {
            return Err(Error::BadUrl("must begin with sqlite: or mysql:".to_owned()));
        };
        let shared = Shared { pools, keys, clock, idle_minutes: AtomicI64::new(0), _home: home };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Tells lists, counts and purges of sessions after how many minutes without use a session is over.
    /// Without it they only know the absolute end. [`Db::resolve_session`] is told each time.
    pub fn set_idle_minutes(&self, minutes: i64) {
        self.shared.idle_minutes.store(minutes, Ordering::Relaxed);
    }

    /// Begins a transaction that may write. On `SQLite` there is one at a time: keep it short, and hash
    /// passwords or ask other servers outside it.
    ///
    /// # Errors
    /// The driver's.
    pub async fn begin(&self) -> Result<Tx> {
        let open = match &self.shared.pools {
            Pools::Sqlite { writer, .. } => Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::MySql(pool) => Open::MySql(pool.begin().await?),
        };
        Ok(Tx { open, shared: Arc::clone(&self.shared) })
    }

    /// Begins a transaction that only reads; on `SQLite` a write in it is an error.
    ///
    /// # Errors
    /// The driver's.
    pub async fn read(&self) -> Result<Tx> {
        let open = match &self.shared.pools {
            Pools::Sqlite { reader, .. } => Open::Sqlite(reader.begin().await?),
            Pools::MySql(pool) => Open::MySql(pool.begin().await?),
        };
        Ok(Tx { open, shared: Arc::clone(&self.shared) })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// The driver's.
    pub async fn ping(&self) -> Result<()> {
        match &self.shared.pools {
            Pools::Sqlite { reader, .. } => sqlx::query("select 1").execute(reader).await.map(drop)?,
            Pools::MySql(pool) => sqlx::query("select 1").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Closes every connection and waits for it.
    pub async fn close(&self) {
        match &self.shared.pools {
            Pools::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Pools::MySql(pool) => pool.close().await,
        }
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// A MAC over these bytes with its key's id, as text that every server of this database can check. Each purpose has
    /// its own label.
    #[must_use]
    pub fn tag(&self, label: &str, bytes: &[u8]) -> String {
        self.shared.keys.tag(label, bytes)
    }

    /// Whether the text is the MAC of these bytes under the current or a previous key.
    #[must_use]
    pub fn is_tag(&self, tag: &str, label: &str, bytes: &[u8]) -> bool {
        self.shared.keys.is_tag(tag, label, bytes)
    }

    /// A new ULID.
    #[must_use]
    pub fn new_id(&self) -> String {
        self.shared.new_id()
    }

    /// 24 new hex digits, for organizations and projects.
    #[must_use]
    pub fn new_hex24(&self) -> String {
        id::hex24(self.shared.clock.now().ms(), random())
    }

    /// Which database it is.
    #[must_use]
    pub fn kind(&self) -> DbKind {
        match self.shared.pools {
            Pools::Sqlite { .. } => DbKind::Sqlite,
            Pools::MySql(_) => DbKind::MySql,
        }
    }
}

async fn open_sqlite(url: &str) -> Result<(Pools, Option<Home>)> {
    let mut home = None;
    let options = if url.contains(":memory:") || url.contains("mode=memory") {
        let folder = std::env::temp_dir().join(format!("latchkey-{}", crate::key::hex(&random::<8>())));
        make_folder(&folder)?;
        let file = folder.join("memory.db");
        home = Some(Home(folder));
        SqliteConnectOptions::new().filename(file)
    } else {
        let known = "expected sqlite:///absolute/path/latchkey.db or sqlite://relative/path/latchkey.db";
        SqliteConnectOptions::from_str(url).map_err(|error| Error::BadUrl(format!("{error}; {known}")))?
    };
    make_file(options.get_filename())?;
    let options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Normal)
        .statement_cache_capacity(STATEMENTS)
        .pragma("temp_store", "memory")
        .pragma("cache_size", PAGE_CACHE);
    // An idle connection to a file costs nothing and cannot go stale: no checks, no end.
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .min_connections(1)
    };
    let write_ahead = options.clone().journal_mode(SqliteJournalMode::Wal);
    let writer =
        connect_beside_others(|| pool().max_connections(1).connect_with(write_ahead.clone())).await?;
    let reader = pool().max_connections(SQLITE_READERS);
    let reader = reader.connect_with(options.pragma("query_only", "on")).await?;
    Ok((Pools::Sqlite { writer, reader }, home))
}

/// Connects, again and again while another process holds the file. The switch of a new file to the write-ahead log
/// needs it alone, and there `SQLite` answers `SQLITE_BUSY` at once instead of waiting for its busy timeout
/// (<https://www.sqlite.org/wal.html>, "Sometimes Queries Return `SQLITE_BUSY` In WAL Mode").
async fn connect_beside_others<F>(connect: impl Fn() -> F) -> sqlx::Result<SqlitePool>
where
    F: Future<Output = sqlx::Result<SqlitePool>>,
{
    let until = tokio::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        match connect().await {
            Err(error) if is_busy(&error) && tokio::time::Instant::now() < until => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// Whether `SQLite` says that another connection holds the file. Extended codes keep `SQLITE_BUSY` in their low byte
/// (<https://www.sqlite.org/rescode.html>).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// Makes the folder, for the owner only.
fn make_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(folder)?)
}

/// Makes the database file, for the owner only, unless it is there. `SQLite` gives its other files the same
/// mode.
fn make_file(file: &Path) -> Result<()> {
    if file.exists() {
        return Ok(());
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        make_folder(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)?;
    Ok(())
}

async fn open_mysql(url: &str) -> Result<Pools> {
    // The URL holds a password, and the parser's message could repeat a part of it.
    let options = MySqlConnectOptions::from_str(url)
        .map_err(|_| Error::BadUrl("expected mysql://user:password@host:3306/database".to_owned()))?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err(Error::BadUrl(
            "the database's name is missing: mysql://user:password@host:3306/database".to_owned(),
        ));
    }
    let options = options.charset("utf8mb4").statement_cache_capacity(STATEMENTS);
    let pool = MySqlPoolOptions::new()
        .max_connections(MYSQL_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection used a moment ago is taken as it is; an older one is asked first.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // Each statement sees what is committed: the head of the audit chain must be the newest, and fewer
        // gaps are locked than with the default.
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("set session transaction isolation level read committed").await.map(drop)
            })
        })
        .connect_with(options)
        .await?;
    Ok(Pools::MySql(pool))
}
