use domain::{
    access::Permission,
    api::{Me, MyGroups, SessionView},
    id::SessionId,
    role::RoleName,
};
use leptos::server;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Who is looking at the page, for its navigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The user name.
    pub username: String,
    /// Global roles in force.
    pub global_roles: Vec<RoleName>,
    /// Permissions that count only somewhere, as the server worked them out.
    pub delegated: Vec<Permission>,
    /// Nothing else is allowed until the one-time password is changed.
    pub must_change_password: bool,
    /// `light`, `dark`, or nothing: as the system has it.
    pub theme: Option<String>,
    /// A change that waits to be confirmed, for those who may confirm it.
    pub pending: Option<super::PendingBanner>,
}

/// Who is looking; `None`: nobody is signed in.
///
/// # Errors
/// Only when the server cannot be reached.
#[server(prefix = "/fn", endpoint = "access/who_am_i", output = crate::wire::Wire)]
pub async fn who_am_i() -> Result<Option<Viewer>, AppError> {
    let Some(caller) = super::ctx::caller() else { return Ok(None) };
    // The page is worth more than its banner.
    let pending = super::ctx::backend().guard.pending(&caller).await.unwrap_or_default();
    Ok(Some(Viewer {
        pending,
        delegated: caller.delegated(),
        username: caller.username,
        global_roles: caller.global_roles,
        must_change_password: caller.must_change_password,
        theme: super::ctx::facts().theme,
    }))
}

/// What was typed into the form that this browser sent last and that was refused, without its secrets: name and
/// value. Empty when scripts sent it, because then it is still on the page.
///
/// # Errors
/// Only when the server cannot be reached.
#[server(prefix = "/fn", endpoint = "access/draft", output = crate::wire::Wire)]
pub async fn form_draft() -> Result<Vec<(String, String)>, AppError> {
    Ok(super::ctx::facts().draft)
}

/// Who I am, my roles and why.
///
/// # Errors
/// `unauthenticated`.
#[server(prefix = "/fn", endpoint = "access/me", output = crate::wire::Wire)]
pub async fn my_access() -> Result<Me, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.access.me(&caller).await)
}

/// What a provider last said of my groups; `None`: none said anything yet.
///
/// # Errors
/// `unauthenticated`.
#[server(prefix = "/fn", endpoint = "access/groups", output = crate::wire::Wire)]
pub async fn my_last_groups() -> Result<Option<MyGroups>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.access.my_groups(&caller).await)
}

/// My live sessions.
///
/// # Errors
/// `unauthenticated`.
#[server(prefix = "/fn", endpoint = "access/sessions", output = crate::wire::Wire)]
pub async fn my_sessions() -> Result<Vec<SessionView>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.access.my_sessions(&caller).await)
}

/// Ends one of my sessions.
///
/// # Errors
/// `not_found` when it is not mine or has ended.
#[server(prefix = "/fn", endpoint = "access/end_session", output = crate::wire::Wire)]
pub async fn end_my_session(id: SessionId) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.access.end_my_session(&caller, id).await, |()| {
        format!("{}?ended=1", crate::routes::ME)
    })
}

/// Changes my password; my other sessions end.
///
/// # Errors
/// Every problem, by field: `current`, `new`, `repeat`.
#[server(prefix = "/fn", endpoint = "access/change_password", output = crate::wire::Wire)]
pub async fn change_password(current: String, new: String, repeat: String) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let form = domain::form::PasswordForm { current: current.into(), new: new.into(), repeat: repeat.into() };
    let had_to = caller.must_change_password;
    let result = backend.access.change_password(&caller, form).await;
    super::ctx::answer_and_go(result, |()| if had_to { "/" } else { "/me?changed=password" }.to_owned())
}
