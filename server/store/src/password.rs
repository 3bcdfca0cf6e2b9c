use domain::{id::UserId, secret::Secret, time::Timestamp};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_optional},
};

/// Passwords of local users, hashed by the caller.
pub struct Passwords<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A password as it is stored.
#[derive(Debug, Clone)]
pub struct PasswordRow {
    /// The hash, in PHC form.
    pub phc: Secret,
    /// A one-time password: to be changed at the first sign-in.
    pub must_change: bool,
    /// When it stops working; `None`: it does not.
    pub expires_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    phc: String,
    must_change: bool,
    expires_at: Option<i64>,
}

impl Passwords<'_> {
    /// The user's password.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, user: &UserId) -> Result<Option<PasswordRow>> {
        let sql = "select phc, must_change, expires_at from password where user_id = ?";
        Ok(fetch_optional!(self.tx, Row, sql, user.as_str())?.map(|row| PasswordRow {
            phc: Secret::new(row.phc),
            must_change: row.must_change,
            expires_at: row.expires_at.map(Timestamp::from_ms),
        }))
    }

    /// Sets the user's password, in place of the one there may be, and revises the user.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such user.
    pub async fn set(
        &mut self,
        user: &UserId,
        phc: &str,
        must_change: bool,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        let now = self.tx.now().ms();
        let expires_at = expires_at.map(Timestamp::ms);
        let sql =
            "update password set phc = ?, must_change = ?, expires_at = ?, updated_at = ? where user_id = ?";
        if execute!(self.tx, sql, phc, must_change, expires_at, now, user.as_str())? == 0 {
            let sql = "insert into password (user_id, phc, must_change, expires_at, updated_at) values (?, ?, ?, ?, ?)";
            let done = execute!(self.tx, sql, user.as_str(), phc, must_change, expires_at, now);
            done.map_err(
                |error| if matches!(error, Error::Missing(_)) { Error::Missing("user") } else { error },
            )?;
        }
        self.tx.users().bump(user).await
    }

    /// Takes the user's password away, and revises the user; whether there was one.
    ///
    /// # Errors
    /// The driver's.
    pub async fn remove(&mut self, user: &UserId) -> Result<bool> {
        let removed = execute!(self.tx, "delete from password where user_id = ?", user.as_str())? > 0;
        self.tx.users().bump(user).await?;
        Ok(removed)
    }
}
