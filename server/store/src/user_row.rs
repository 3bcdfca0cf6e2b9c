//! How users, identities and owners are read.

use domain::{
    api::{IdentityView, UserView},
    id::UserId,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::Result,
    sql::{fetch_dynamic, marks},
};

/// Somebody with the role `GLOBAL_OWNER`, and how they can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerView {
    /// Who.
    pub user_id: UserId,
    /// The user's name.
    pub username: String,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether they have a password.
    pub has_password: bool,
    /// The enabled integrations among those of their identities, by name.
    pub integrations: Vec<String>,
}

#[derive(FromRow)]
pub(crate) struct UserRow {
    pub(crate) user_id: String,
    username: String,
    display_name: Option<String>,
    email: Option<String>,
    enabled: bool,
    password_of: Option<String>,
    last_login_at: Option<i64>,
    pub(crate) created_at: i64,
    updated_at: i64,
    revision: i64,
}

macro_rules! user_columns {
    () => {
        "u.user_id, u.username, u.display_name, u.email, u.enabled, p.user_id as password_of, u.last_login_at, \
         u.created_at, u.updated_at, u.revision"
    };
}

macro_rules! user_tables {
    () => {
        "user u left join password p on p.user_id = u.user_id"
    };
}

pub(crate) use {user_columns, user_tables};

impl UserRow {
    pub(crate) fn view(self, identities: Vec<IdentityView>) -> UserView {
        UserView {
            id: self.user_id.into(),
            username: self.username,
            display_name: self.display_name,
            email: self.email,
            enabled: self.enabled,
            has_password: self.password_of.is_some(),
            identities,
            last_login_at: self.last_login_at.map(Timestamp::from_ms),
            created_at: Timestamp::from_ms(self.created_at),
            updated_at: Timestamp::from_ms(self.updated_at),
            revision: self.revision,
        }
    }
}

#[derive(FromRow)]
pub(crate) struct IdentityViewRow {
    pub(crate) identity_id: String,
    pub(crate) user_id: String,
    pub(crate) integration: Option<String>,
    pub(crate) integration_enabled: Option<bool>,
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

impl IdentityViewRow {
    pub(crate) fn view(self) -> IdentityView {
        IdentityView {
            id: self.identity_id.into(),
            integration: self.integration,
            issuer: self.issuer,
            subject: self.subject,
        }
    }
}

/// The identities of several users, in one statement.
pub(crate) async fn identities_of(tx: &mut Tx, users: &[&str]) -> Result<Vec<IdentityViewRow>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select d.identity_id, d.user_id, i.name as integration, i.enabled as integration_enabled, d.issuer, d.subject \
         from identity d left join integration i on i.integration_id = d.integration_id \
         where d.user_id in ({}) order by d.user_id, d.identity_id",
        marks(users.len())
    );
    let users: Vec<_> = users.iter().map(|user| (*user).into()).collect();
    fetch_dynamic(tx, sql, &users).await
}
