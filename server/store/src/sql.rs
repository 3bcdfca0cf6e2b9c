//! One SQL text, two drivers.

use sqlx::{AssertSqlSafe, FromRow, mysql::MySqlRow, sqlite::SqliteRow};

use crate::{Tx, error::Result, tx::Open};

/// Runs one expression with the connection of whichever database the transaction is on.
macro_rules! on {
    ($tx:expr, |$conn:ident| $statement:expr) => {
        match &mut $tx.open {
            $crate::tx::Open::Sqlite(tx) => {
                let $conn = &mut **tx;
                $statement
            }
            $crate::tx::Open::MySql(tx) => {
                let $conn = &mut **tx;
                $statement
            }
        }
    };
}

/// Runs a statement; how many rows it met. `MySQL` too counts rows found, not rows changed
/// (`CLIENT_FOUND_ROWS`).
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($tx, |conn| sqlx::query($sql)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected()))
            .map_err($crate::error::Error::from)
    };
}

/// All rows, as a type that derives `FromRow`.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($tx, |conn| sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(conn).await)
            .map_err($crate::error::Error::from)
    };
}

/// The row, if there is one.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($tx, |conn| sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(conn).await)
            .map_err($crate::error::Error::from)
    };
}

/// What a `select count(*)` says.
macro_rules! count {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($tx, |conn| sqlx::query_as::<_, (i64,)>($sql)$(.bind($bind))*.fetch_one(conn).await)
            .map(|(count,)| count.unsigned_abs())
            .map_err($crate::error::Error::from)
    };
}

pub(crate) use {count, execute, fetch_all, fetch_optional, on};

/// A row that reads the same from both databases.
pub(crate) trait AnyRow:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, MySqlRow> + Send + Unpin
{
}

impl<T> AnyRow for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, MySqlRow> + Send + Unpin {}

/// A value for a statement that is put together at run time.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
    Bool(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

/// Conditions, all of which must hold. Their texts are constants of this crate; what comes from outside is
/// bound.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    sql: String,
    pub(crate) values: Vec<Value>,
}

impl Filter {
    pub(crate) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(if self.sql.is_empty() { " where " } else { " and " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// ` where … and …`, or nothing.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }
}

/// Runs a statement that was put together from constants of this crate.
pub(crate) async fn fetch_dynamic<R: AnyRow>(tx: &mut Tx, sql: String, values: &[Value]) -> Result<Vec<R>> {
    macro_rules! run {
        ($conn:expr) => {{
            let mut query = sqlx::query_as::<_, R>(AssertSqlSafe(sql));
            for value in values {
                query = match value {
                    Value::Text(text) => query.bind(text.clone()),
                    Value::Number(number) => query.bind(*number),
                    Value::Bool(flag) => query.bind(*flag),
                };
            }
            query.fetch_all($conn).await?
        }};
    }
    Ok(match &mut tx.open {
        Open::Sqlite(tx) => run!(&mut **tx),
        Open::MySql(tx) => run!(&mut **tx),
    })
}

/// `?, ?, ?`
pub(crate) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}
