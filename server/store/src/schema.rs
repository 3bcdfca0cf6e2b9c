//! Migrations and the encryption key's check.

use std::time::Duration;

use domain::secret::Secret;
use sqlx::{
    AssertSqlSafe, Database, Pool,
    migrate::{Migrate, Migrator},
};

use crate::{
    Db, Tx,
    audit_event::{HEAD_LABEL, Head},
    crypt::{Aad, KeyError, Sealed},
    db::{DbKind, Pools},
    error::{Error, Result},
    sql::{execute, fetch_all, fetch_optional},
};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static MYSQL: Migrator = sqlx::migrate!("migrations/mysql");

/// How often, and how long each time, a server waits for another one that migrates the same database.
const WAITS: u32 = 10;
const WAIT: Duration = Duration::from_millis(50);

/// The setting that holds a known text, sealed.
const KEY_CHECK: &str = "key_check";
const KEY_CHECK_AAD: Aad<'static> = Aad { table: "setting", row: KEY_CHECK, column: "value" };
const KEY_CHECK_TEXT: &str = "latchkey";

/// How the tables stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// As this program knows them.
    UpToDate,
    /// So many migrations are still to be applied.
    Pending(u64),
}

impl Db {
    fn migrator(&self) -> &'static Migrator {
        match self.kind() {
            DbKind::Sqlite => &SQLITE,
            DbKind::MySql => &MYSQL,
        }
    }

    /// Applies the migrations that are missing; how many they were. Several servers may call it at once.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Migrate`], the driver's.
    pub async fn migrate(&self) -> Result<u64> {
        let SchemaState::Pending(pending) = self.check_schema().await? else {
            self.seal_head().await?;
            return Ok(0);
        };
        match &self.shared.pools {
            Pools::Sqlite { writer, .. } => self.migrate_beside_others(writer, pending).await?,
            Pools::MySql(pool) => {
                // sqlx asks for its lock with a time-out below zero, which MariaDB does not give; this one holds.
                let mut connection = pool.acquire().await?;
                let name = "concat('latchkey_migrate_', left(sha1(database()), 40))";
                let take = AssertSqlSafe(format!("select get_lock({name}, 60)"));
                let _held: Option<(Option<i64>,)> =
                    sqlx::query_as(take).fetch_optional(&mut *connection).await?;
                let done = self.migrate_beside_others(pool, pending).await;
                let give = AssertSqlSafe(format!("select release_lock({name})"));
                let _given: Option<(Option<i64>,)> =
                    sqlx::query_as(give).fetch_optional(&mut *connection).await?;
                done?;
            }
        }
        self.seal_head().await?;
        Ok(pending)
    }

    /// The slower of two servers that start at once may meet what the other one has just made; it looks again and
    /// goes on with what is left.
    async fn migrate_beside_others<D: Database>(&self, pool: &Pool<D>, pending: u64) -> Result<()>
    where
        D::Connection: Migrate,
    {
        let (mut left, mut waits) = (pending, 0);
        loop {
            let Err(error) = self.migrator().run(pool).await else { return Ok(()) };
            match self.check_schema().await? {
                SchemaState::UpToDate => return Ok(()),
                SchemaState::Pending(now) if now < left => (left, waits) = (now, 0),
                SchemaState::Pending(_) if waits < WAITS => {
                    waits += 1;
                    tokio::time::sleep(WAIT).await;
                }
                SchemaState::Pending(_) => return Err(error.into()),
            }
        }
    }

    /// Whether migrations are missing.
    ///
    /// # Errors
    /// [`Error::Newer`] when the database was made by a newer program; the driver's.
    pub async fn check_schema(&self) -> Result<SchemaState> {
        let mut tx = self.read().await?;
        let exists = match self.kind() {
            DbKind::Sqlite => {
                "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'"
            }
            DbKind::MySql => {
                "select count(*) from information_schema.tables where table_schema = database() and table_name = '_sqlx_migrations'"
            }
        };
        let exists = fetch_optional!(&mut tx, (i64,), exists)?.is_some_and(|(count,)| count > 0);
        let applied = if exists {
            fetch_all!(
                &mut tx,
                (i64,),
                "select version from _sqlx_migrations where success order by version"
            )?
        } else {
            Vec::new()
        };
        let known = self.migrator().iter().map(|migration| migration.version).max().unwrap_or(0);
        let found = applied.last().map_or(0, |(version,)| *version);
        if found > known {
            return Err(Error::Newer { found, known });
        }
        let pending = self.migrator().iter().filter(|m| !applied.contains(&(m.version,))).count();
        Ok(if pending == 0 { SchemaState::UpToDate } else { SchemaState::Pending(pending as u64) })
    }

    /// Whether the configured key is the one that secrets were sealed with: a known text is sealed at the
    /// first call, opened at each later one, and never written again.
    ///
    /// # Errors
    /// [`Error::Key`] when it is another key; the driver's.
    pub async fn check_key(&self) -> Result<()> {
        if self.opens_known_text().await? {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let sealed = self.shared.keys.seal(&Secret::new(KEY_CHECK_TEXT), &KEY_CHECK_AAD);
        match tx.settings().set(KEY_CHECK, &sealed.as_str().into(), Some(0)).await {
            Ok(_) => tx.commit().await,
            // Another server that starts at the same moment was faster: its text must open here too.
            Err(Error::Stale) => {
                drop(tx);
                if self.opens_known_text().await? { Ok(()) } else { Err(Error::Stale) }
            }
            Err(other) => Err(other),
        }
    }

    /// Whether the known text is there; an error when it does not open.
    async fn opens_known_text(&self) -> Result<bool> {
        let mut tx = self.begin().await?;
        let Some((value, _)) = tx.settings().get(KEY_CHECK).await? else { return Ok(false) };
        let sealed = Sealed::new(value.as_str().unwrap_or_default());
        let text = self.shared.keys.open(&sealed, &KEY_CHECK_AAD)?;
        if text.expose() == KEY_CHECK_TEXT { Ok(true) } else { Err(KeyError::DoesNotOpen.into()) }
    }

    /// Seals with the current key what is sealed with a previous one; how many values they were. Afterwards
    /// the previous keys can leave the configuration. Logins under way are left out: they are over within
    /// minutes.
    ///
    /// # Errors
    /// [`Error::Key`] when a value does not open (nothing is changed then); the driver's.
    pub async fn reseal(&self) -> Result<u64> {
        let keys = &self.shared.keys;
        let mut tx = self.begin().await?;
        let mut changed = 0;
        let sql = "select integration_id, secret from integration where secret is not null";
        for (id, secret) in fetch_all!(&mut tx, (String, String), sql)? {
            let sealed = Sealed::new(secret);
            if sealed.key_id()? != keys.current_id() {
                let aad = crate::integration::secret_aad(&id);
                let sealed = keys.seal(&keys.open(&sealed, &aad)?, &aad);
                let sql = "update integration set secret = ? where integration_id = ?";
                execute!(&mut tx, sql, sealed.as_str(), &id)?;
                changed += 1;
            }
        }
        for (id, secret) in tx.client_secrets().sealed().await? {
            let sealed = Sealed::new(secret);
            if sealed.key_id()? != keys.current_id() {
                let aad = crate::client_secret::second_aad(&id);
                let sealed = keys.seal(&keys.open(&sealed, &aad)?, &aad);
                let sql =
                    "update client_secret set sealed = ? where integration_id = ? and sealed is not null";
                execute!(&mut tx, sql, sealed.as_str(), &id)?;
                changed += 1;
            }
        }
        let sql = "select client_key_id, private_key from client_key";
        for (id, private_key) in fetch_all!(&mut tx, (String, String), sql)? {
            let sealed = Sealed::new(private_key);
            if sealed.key_id()? != keys.current_id() {
                let aad = crate::client_key::private_key_aad(&id);
                let sealed = keys.seal(&keys.open(&sealed, &aad)?, &aad);
                let sql = "update client_key set private_key = ? where client_key_id = ?";
                execute!(&mut tx, sql, sealed.as_str(), &id)?;
                changed += 1;
            }
        }
        changed += crate::session_token::reseal(&mut tx).await?;
        changed += crate::api_key::reseal(&mut tx).await?;
        if let Some((value, _)) = tx.settings().get(KEY_CHECK).await? {
            let sealed = Sealed::new(value.as_str().unwrap_or_default());
            if sealed.key_id()? != keys.current_id() {
                let sealed = keys.seal(&keys.open(&sealed, &KEY_CHECK_AAD)?, &KEY_CHECK_AAD);
                tx.settings().set(KEY_CHECK, &sealed.as_str().into(), None).await?;
                changed += 1;
            }
        }
        let head = tx.audit_events().lock_head().await?;
        // A head that is not genuine stays so: a new tag would hide what was done to it.
        if !head.mac.starts_with(keys.current_id()) && head.is_genuine(keys) {
            set_head_tag(&mut tx, &head).await?;
            changed += 1;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Puts the key's tag on the empty audit log of a new database. Later an empty log without a tag is a
    /// finding.
    async fn seal_head(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        let head = tx.audit_events().lock_head().await?;
        if head.number == 0 && head.mac.is_empty() && tx.settings().get(KEY_CHECK).await?.is_none() {
            set_head_tag(&mut tx, &head).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn set_head_tag(tx: &mut Tx, head: &Head) -> Result<()> {
    let tag = tx.keys().tag(HEAD_LABEL, &head.bytes());
    execute!(tx, "update audit_head set mac = ? where audit_head_id = 1", tag)?;
    Ok(())
}
