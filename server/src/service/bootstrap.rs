//! The first administrator: made while no user is a global owner.

use domain::{
    audit::{AuditKind, Outcome},
    role::RoleName,
    secret::Secret,
    target::Target,
};
use serde_json::json;
use store::{NewUser, UniqueKey};

use super::{
    ServiceError, audit,
    password::{self, canonical},
};
use crate::state::Core;

/// A first administrator whose password nobody chose: to be shown once.
#[derive(Debug)]
pub struct FirstAdministrator {
    /// The user name.
    pub username: String,
    /// The one-time password.
    pub password: Secret,
}

/// Makes the first administrator when there is none; `Some`: their password is to be shown now. Several servers that
/// start at once make one.
///
/// # Errors
/// The database.
pub async fn run(core: &Core) -> Result<Option<FirstAdministrator>, ServiceError> {
    if has_owner(core).await? {
        return Ok(None);
    }
    let settings = &core.config.bootstrap;
    let username = settings.admin_username.clone();
    let chosen = settings.admin_password.clone();
    let must_change = chosen.is_none();
    let password = match chosen {
        Some(password) => password,
        None => password::random()?,
    };
    let phc = core.passwords.hash(&password).await?;
    let new = NewUser {
        username: username.clone(),
        folded: canonical(&username),
        display_name: None,
        email: None,
        enabled: true,
    };
    let mut tx = core.db.begin().await?;
    if tx.users().count_global_owners().await? > 0 {
        return Ok(None);
    }
    let user = match tx.users().insert(&new).await {
        Ok(user) => user,
        Err(store::Error::Taken(UniqueKey::Username)) => {
            drop(tx);
            // Another server was faster; or the name belongs to somebody who must not become an owner by it.
            if !has_owner(core).await? {
                tracing::error!(
                    "no user is a global owner, and the name of bootstrap.admin_username is taken: choose another, or \
                     run `latchkey admin create NAME`"
                );
            }
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    tx.passwords().set(&user, phc.expose(), must_change, None).await?;
    tx.role_grants().set_manual(&user, RoleName::new(RoleName::GLOBAL_OWNER), Target::Global).await?;
    let mut event = audit::anonymous(None, "start", AuditKind::Bootstrap, Outcome::Success, None);
    "host".clone_into(&mut event.actor);
    event.target = Some(format!("user:{username}"));
    event.detail = json!({ "oneTimePassword": must_change });
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(must_change.then_some(FirstAdministrator { username, password }))
}

async fn has_owner(core: &Core) -> Result<bool, ServiceError> {
    let mut tx = core.db.read().await?;
    Ok(tx.users().count_global_owners().await? > 0)
}
