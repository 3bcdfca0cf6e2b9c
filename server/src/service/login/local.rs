use domain::{
    api::UserView,
    audit::{AuditKind, NewAuditEvent, Outcome},
    login_failure::LoginFailure,
    return_to::ReturnTo,
    secret::Secret,
};
use serde_json::json;

use super::{LoginFailed, Method, SignedIn, Visitor, start_session};
use crate::{
    service::{lockout, password::canonical, sign_in},
    state::Core,
};

/// What is known of the name that was typed.
struct Known {
    user: Option<UserView>,
    phc: Option<Secret>,
    /// Whether this try was the last before the lock.
    locks: bool,
}

/// Signs in with user name and password. Wrong name, wrong password, disabled user and user without a password are
/// one failure, after the same work.
///
/// # Errors
/// [`LoginFailed`].
pub async fn local(
    core: &Core,
    username: &str,
    password: &Secret,
    return_to: ReturnTo,
    visitor: &Visitor,
) -> Result<SignedIn, LoginFailed> {
    let done = attempt(core, username, password, return_to, visitor).await;
    done.map_err(|failed| LoginFailed { method: Method::Password, ..failed })
}

async fn attempt(
    core: &Core,
    username: &str,
    password: &Secret,
    return_to: ReturnTo,
    visitor: &Visitor,
) -> Result<SignedIn, LoginFailed> {
    let folded = canonical(username);
    let name_key = lockout::name_key(&folded);
    let known = count_and_find(core, &folded, &name_key, visitor).await?;
    let usable = known.user.as_ref().is_some_and(|user| user.enabled);
    let phc = known.phc.as_ref().filter(|_| usable && password.expose().len() <= 1024);
    let fits = core.passwords.verify(phc, password).await?;
    let (Some(user), Some(phc), true) = (&known.user, phc, fits) else {
        let failed = LoginFailed { locks: known.locks, ..LoginFailure::WrongCredentials.into() };
        // Only names that exist are recorded: people type passwords into the wrong field.
        return Err(LoginFailed { username: known.user.map(|user| user.username), ..failed });
    };

    let mut tx = core.db.begin().await?;
    // While the hash was computed the user may have been disabled, or the password changed.
    let still = tx.users().find(&user.id).await?.is_some_and(|user| user.enabled);
    let same = tx.passwords().find(&user.id).await?.is_some_and(|row| row.phc.expose() == phc.expose());
    if !still || !same {
        return Err(LoginFailed::of(LoginFailure::WrongCredentials).by(user.username.clone()));
    }
    // People may share an address: only wrong passwords count against it. In the order of counting.
    tx.sign_in_failures().take_back(&lockout::address_key(visitor.address), lockout::PER_ADDRESS).await?;
    tx.sign_in_failures().clear(&name_key).await?;
    tx.users().set_last_login(&user.id, core.now()).await?;
    let (cookie, session) = start_session(core, &mut tx, visitor, &user.id, None).await?;
    let event = NewAuditEvent {
        kind: AuditKind::LoginSucceeded,
        outcome: Outcome::Success,
        actor: user.username.clone(),
        actor_id: Some(user.id.to_string()),
        target: Some(format!("user:{}", user.username)),
        integration: None,
        code: None,
        address: visitor.address.map(|address| address.to_string()),
        reference: visitor.reference.clone(),
        detail: json!({ "method": "password", "session": session.as_str() }),
    };
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(SignedIn { cookie, return_to })
}

/// Counts the try, and reads what there is under this name; committed before the password is looked at.
async fn count_and_find(
    core: &Core,
    folded: &str,
    name_key: &str,
    visitor: &Visitor,
) -> Result<Known, LoginFailed> {
    let now = core.now();
    let mut tx = core.db.begin().await?;
    if !sign_in::policy(core, &mut tx).await?.local_sign_in {
        return Err(LoginFailure::LocalSignInOff.into());
    }
    let address_key = lockout::address_key(visitor.address);
    let by_address = lockout::may_try(core, &mut tx, &address_key, lockout::PER_ADDRESS).await?;
    let by_name = by_address && lockout::may_try(core, &mut tx, name_key, lockout::PER_NAME).await?;
    if !by_name {
        let key = if by_address { name_key } else { &address_key };
        let recorded = lockout::is_news(core, &mut tx, key).await?;
        tx.commit().await?;
        return Err(LoginFailed { recorded, ..LoginFailure::TooManyTries.into() });
    }
    let locks = tx.sign_in_failures().get(name_key).await?.is_some_and(|row| row.locked_until.is_some());
    let user = tx.users().find_by_username(folded).await?;
    let row = match &user {
        Some(user) => tx.passwords().find(&user.id).await?,
        None => None,
    };
    tx.commit().await?;
    // A one-time password that nobody used in time is no password.
    let row = row.filter(|row| row.expires_at.is_none_or(|at| at > now));
    Ok(Known { user, phc: row.map(|row| row.phc), locks })
}
