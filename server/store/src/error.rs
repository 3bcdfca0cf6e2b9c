use crate::crypt::KeyError;

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another row has this already.
    #[error("{0:?} is taken already")]
    Taken(UniqueKey),
    /// Somebody else changed or removed the row since it was read.
    #[error("the row was changed by somebody else since it was read")]
    Stale,
    /// A row that this one refers to does not exist (any more): `integration`, `organization`, …
    #[error("no such {0}")]
    Missing(&'static str),
    /// The cursor was not made by this list.
    #[error("the cursor is not one of this list's: ask for the first page again")]
    BadCursor,
    /// A column holds what cannot be read.
    #[error("{table}.{column} of row {id} cannot be read: {source}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database was made by a newer version of the program.
    #[error(
        "the database is at version {found}, this program knows versions up to {known}: use a newer program"
    )]
    Newer {
        /// The newest migration the database has.
        found: i64,
        /// The newest migration this program has.
        known: i64,
    },
    /// A sealed value cannot be opened.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The driver or the database server.
    #[error("database: {0}")]
    Driver(#[source] sqlx::Error),
    /// A migration failed.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database URL cannot be used. The text never holds the password.
    #[error("database URL: {0}")]
    BadUrl(String),
    /// The database file or its folder cannot be made.
    #[error("database file: {0}")]
    File(#[from] std::io::Error),
}

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UniqueKey {
    /// An integration's name, whatever its case.
    IntegrationName,
    /// Integration, group, role and target of a mapping rule.
    MappingRule,
    /// An organization's name.
    OrganizationName,
    /// A project's name in its organization.
    ProjectName,
    /// A user's folded name.
    Username,
    /// Issuer and subject.
    Identity,
    /// An API token's name.
    ApiTokenName,
    /// A session's cookie value.
    Session,
    /// Anything else.
    Other,
}

/// Names of the unique keys in the migrations. `SQLite` says `table.column` instead, which is the same text
/// once the dot is an underscore.
const UNIQUE_KEYS: [(&str, UniqueKey); 8] = [
    ("integration_name_key", UniqueKey::IntegrationName),
    ("mapping_rule_rule_key", UniqueKey::MappingRule),
    ("organization_name_key", UniqueKey::OrganizationName),
    ("project_name_key", UniqueKey::ProjectName),
    ("user_username_key", UniqueKey::Username),
    ("identity_identity_key", UniqueKey::Identity),
    ("api_token_name_key", UniqueKey::ApiTokenName),
    ("session_session_id_hash", UniqueKey::Session),
];

impl UniqueKey {
    /// From the driver's message: `UNIQUE constraint failed: integration.name_key` (`SQLite`),
    /// `Duplicate entry '…' for key 'integration_name_key'` (`MariaDB`; `MySQL` puts the table before it).
    fn from_message(message: &str) -> Self {
        // Only what follows the last "key": the entry before it is somebody's data.
        let named = message.rsplit_once("for key ").map_or(message, |(_, key)| key).replace('.', "_");
        UNIQUE_KEYS.iter().find(|(name, _)| named.contains(name)).map_or(Self::Other, |(_, key)| *key)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::Taken(UniqueKey::from_message(database.message()))
            }
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
                Self::Missing("row referred to")
            }
            _ => Self::Driver(error),
        }
    }
}

impl Error {
    /// For a column that cannot be read.
    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        id: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Corrupt { table, column, id: id.to_owned(), source: source.into() }
    }

    /// Whether the same transaction may well succeed when it is tried again: the database was busy, chose it
    /// as the victim of a deadlock, or cannot be reached at the moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Driver(sqlx::Error::Database(database)) => {
                // SQLITE_BUSY and SQLITE_LOCKED; ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK come as SQLSTATE.
                matches!(database.code().as_deref(), Some("5" | "6" | "261" | "517" | "40001" | "HY000"))
                    && (database.message().contains("lock") || database.message().contains("busy"))
                    || database.code().as_deref() == Some("40001")
            }
            Self::Driver(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UniqueKey;

    #[test]
    fn a_unique_violation_is_named_on_each_database() {
        for (message, key) in [
            ("UNIQUE constraint failed: integration.name_key", UniqueKey::IntegrationName),
            ("UNIQUE constraint failed: project.organization_id, project.name_key", UniqueKey::ProjectName),
            ("Duplicate entry 'abc' for key 'user_username_key'", UniqueKey::Username),
            ("Duplicate entry 'abc' for key 'user.user_username_key'", UniqueKey::Username),
            ("Duplicate entry 'user_username_key' for key 'setting.PRIMARY'", UniqueKey::Other),
        ] {
            assert_eq!(UniqueKey::from_message(message), key, "{message}");
        }
    }
}
