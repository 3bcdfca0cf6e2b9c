//! People: how administrators see and change them.

use domain::{
    access::{Caller, Permission},
    api::{OneTimePassword, Page, PageQuery, UserFilter, UserView},
    audit::{AuditKind, diff},
    form::{FieldCode, FieldErrors, UserForm},
    id::UserId,
    secret::Secret,
    username,
};
use serde_json::{Value, json};
use store::{NewUser, Profile, Tx, UniqueKey};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    ServiceError, audit,
    expected::Expected,
    lock_out_guard,
    organization_owners::OrganizationOwners,
    password,
    shape::{self, Shape, field, optional},
    tenancy::{found, shown},
};
use crate::state::Core;

const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);

/// The body of a new local user.
pub const CREATE: Shape = Shape::Named(
    "UserInput",
    &Shape::Object(&[
        field("username", Shape::Text, "What is typed at sign-in, 1 to 64 characters."),
        optional("displayName", TEXT_OR_NULL, "The full name."),
        optional("email", TEXT_OR_NULL, "The e-mail address."),
    ]),
);
/// The body of a change: what is left out stays.
pub const PATCH: Shape = Shape::Named(
    "UserPatch",
    &Shape::Object(&[
        optional("username", Shape::Text, "What is typed at sign-in, 1 to 64 characters."),
        optional("displayName", TEXT_OR_NULL, "The full name; null removes it."),
        optional("email", TEXT_OR_NULL, "The e-mail address; null removes it."),
        optional("enabled", Shape::Bool, "Whether they may sign in; false ends their sessions."),
    ]),
);

const READ_ONLY: [&str; 7] =
    ["id", "hasPassword", "identities", "lastLoginAt", "createdAt", "updatedAt", "revision"];

/// The form in which user names are unique: `Admin` and its look-alikes are one name.
#[must_use]
pub fn folded(name: &str) -> String {
    username::folded(&name.nfkc().collect::<String>())
}

/// Users.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn list(
    core: &Core,
    caller: &Caller,
    filter: &UserFilter,
    page: &PageQuery,
) -> Result<Page<UserView>, ServiceError> {
    caller.require(Permission::ViewUsers)?;
    let mut tx = core.db.read().await?;
    Ok(tx.users().list(filter, page).await?)
}

/// One user.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn get(core: &Core, caller: &Caller, id: &UserId) -> Result<UserView, ServiceError> {
    caller.require(Permission::ViewUsers)?;
    let mut tx = core.db.read().await?;
    found(tx.users().find(id).await?)
}

/// Creates a local user with a one-time password, from JSON.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create(
    core: &Core,
    caller: &Caller,
    mut body: Value,
) -> Result<(UserView, Secret), ServiceError> {
    caller.require(Permission::ManageUsers)?;
    shape::take_read_only(&mut body, &Value::Null, &READ_ONLY)?;
    let mut errors = FieldErrors::default();
    CREATE.check(&body, "", &mut errors);
    errors.into_result(())?;
    let mut tx = core.db.begin().await?;
    let made = create_in(core, caller, &mut tx, &form(&body)).await?;
    tx.commit().await?;
    Ok(made)
}

/// Creates a local user with a one-time password in an open transaction.
pub(crate) async fn create_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    form: &UserForm,
) -> Result<(UserView, Secret), ServiceError> {
    form.validate()?;
    let folded = free_name(tx, &form.username, None).await?;
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let new = NewUser {
        username: form.username.clone(),
        folded,
        display_name: filled(&form.display_name),
        email: filled(&form.email),
        enabled: true,
    };
    let id = tx.users().insert(&new).await.map_err(name_taken)?;
    let secret = password::set_one_time(core, tx, &id).await?;
    let detail = json!({"username": new.username, "displayName": new.display_name, "email": new.email});
    record(caller, tx, AuditKind::UserCreated, &new.username, detail).await?;
    Ok((found(tx.users().find(&id).await?)?, secret))
}

/// Changes a user by a JSON merge patch (RFC 7396).
///
/// # Errors
/// Not allowed; not there; fields; changed meanwhile; nobody could sign in any more; the database.
pub async fn update(
    core: &Core,
    caller: &Caller,
    id: &UserId,
    expected: &Expected,
    mut body: Value,
) -> Result<UserView, ServiceError> {
    caller.require(Permission::ManageUsers)?;
    let mut tx = core.db.begin().await?;
    // Two administrators who disable one another at the same moment: the second one sees what the first one did.
    tx.take_turn().await?;
    let organizations = OrganizationOwners::read(&mut tx).await?;
    let old = found(tx.users().find(id).await?)?;
    expected.check(old.revision)?;
    shape::take_read_only(&mut body, &shown(&old)?, &READ_ONLY)?;
    let mut errors = FieldErrors::default();
    PATCH.check(&body, "", &mut errors);
    errors.into_result(())?;
    let before = json!({"username": old.username, "displayName": old.display_name, "email": old.email});
    let enabled =
        body.as_object_mut().and_then(|body| body.remove("enabled")).and_then(|value| value.as_bool());
    let mut after = before.clone();
    shape::merge(&mut after, body, &PATCH);
    if after != before {
        change_profile(caller, &mut tx, &old, &before, &after).await?;
    }
    if let Some(enabled) = enabled.filter(|enabled| *enabled != old.enabled) {
        tx.users().set_enabled(id, enabled).await?;
        let (kind, detail) = if enabled {
            (AuditKind::UserEnabled, json!({}))
        } else {
            let ended = tx.sessions().end_for_user(id, None).await?;
            (AuditKind::UserDisabled, json!({"sessionsEnded": ended}))
        };
        record(caller, &mut tx, kind, &old.username, detail).await?;
        organizations.check(&mut tx).await?;
        lock_out_guard::check(core, &mut tx).await?;
    }
    let new = found(tx.users().find(id).await?)?;
    tx.commit().await?;
    Ok(new)
}

async fn change_profile(
    caller: &Caller,
    tx: &mut Tx,
    old: &UserView,
    before: &Value,
    after: &Value,
) -> Result<(), ServiceError> {
    let form = form(after);
    form.validate()?;
    let username = if form.username == old.username {
        None
    } else {
        Some((form.username.clone(), free_name(tx, &form.username, Some(&old.id)).await?))
    };
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let profile = Profile { username, display_name: filled(&form.display_name), email: filled(&form.email) };
    tx.users().update_profile(&old.id, &profile).await.map_err(name_taken)?;
    record(caller, tx, AuditKind::UserChanged, &old.username, diff(before, after, &[])).await
}

/// Deletes a user, with identities, sessions and API tokens.
///
/// # Errors
/// Not allowed; not there; changed meanwhile; nobody could sign in any more; the database.
pub async fn remove(
    core: &Core,
    caller: &Caller,
    id: &UserId,
    expected: &Expected,
) -> Result<(), ServiceError> {
    caller.require(Permission::ManageUsers)?;
    let mut tx = core.db.begin().await?;
    tx.take_turn().await?;
    let organizations = OrganizationOwners::read(&mut tx).await?;
    let old = found(tx.users().find(id).await?)?;
    expected.check(old.revision)?;
    let ended = tx.sessions().end_for_user(id, None).await?;
    tx.users().delete(id).await?;
    record(caller, &mut tx, AuditKind::UserDeleted, &old.username, json!({"sessionsEnded": ended})).await?;
    organizations.check(&mut tx).await?;
    lock_out_guard::check(core, &mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a user a one-time password; their sessions end.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn reset_password(
    core: &Core,
    caller: &Caller,
    id: &UserId,
) -> Result<OneTimePassword, ServiceError> {
    caller.require(Permission::ManageUsers)?;
    let mut tx = core.db.begin().await?;
    let user = found(tx.users().find(id).await?)?;
    let secret = reset_in(core, caller, &mut tx, &user).await?;
    tx.commit().await?;
    Ok(OneTimePassword { username: user.username, password: secret.expose().to_owned() })
}

/// [`reset_password`] by user name, for the command line.
///
/// # Errors
/// As [`reset_password`].
pub async fn reset_password_by_name(
    core: &Core,
    caller: &Caller,
    name: &str,
) -> Result<OneTimePassword, ServiceError> {
    caller.require(Permission::ManageUsers)?;
    let mut tx = core.db.begin().await?;
    let user = found(tx.users().find_by_username(&folded(name)).await?)?;
    let secret = reset_in(core, caller, &mut tx, &user).await?;
    tx.commit().await?;
    Ok(OneTimePassword { username: user.username, password: secret.expose().to_owned() })
}

async fn reset_in(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    user: &UserView,
) -> Result<Secret, ServiceError> {
    let secret = password::set_one_time(core, tx, &user.id).await?;
    record(caller, tx, AuditKind::PasswordReset, &user.username, json!({})).await?;
    Ok(secret)
}

/// Makes a local global owner, for the command line: the way in when nobody else has one.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_owner(core: &Core, caller: &Caller, name: &str) -> Result<OneTimePassword, ServiceError> {
    use domain::{role::RoleName, target::Target};

    caller.require(Permission::ManageUsers)?;
    let form = UserForm { username: name.to_owned(), ..UserForm::default() };
    let mut tx = core.db.begin().await?;
    let (user, secret) = create_in(core, caller, &mut tx, &form).await?;
    let role = RoleName::new(RoleName::GLOBAL_OWNER);
    tx.role_grants().set_manual(&user.id, role.clone(), Target::Global).await?;
    let detail = json!({"added": [{"role": role, "level": "global"}], "removed": []});
    record(caller, &mut tx, AuditKind::RolesChanged, &user.username, detail).await?;
    tx.commit().await?;
    Ok(OneTimePassword { username: user.username, password: secret.expose().to_owned() })
}

/// The folded name when nobody else has it.
async fn free_name(tx: &mut Tx, name: &str, of: Option<&UserId>) -> Result<String, ServiceError> {
    let folded = folded(name);
    if folded.is_empty() {
        return Err(FieldErrors::one("username", FieldCode::BadCharacters).into());
    }
    match tx.users().find_by_username(&folded).await? {
        Some(other) if Some(&other.id) != of => {
            let code = if other.username == name { FieldCode::Taken } else { FieldCode::LooksLikeAnother };
            Err(FieldErrors::one("username", code).into())
        }
        _ => Ok(folded),
    }
}

fn form(body: &Value) -> UserForm {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    UserForm { username: text("username"), display_name: text("displayName"), email: text("email") }
}

async fn record(
    caller: &Caller,
    tx: &mut Tx,
    kind: AuditKind,
    username: &str,
    detail: Value,
) -> Result<(), ServiceError> {
    tx.audit_events().append(&audit::event(caller, kind, Some(format!("user:{username}")), detail)).await?;
    Ok(())
}

fn name_taken(error: store::Error) -> ServiceError {
    match error {
        store::Error::Taken(UniqueKey::Username) => FieldErrors::one("username", FieldCode::Taken).into(),
        other => other.into(),
    }
}
