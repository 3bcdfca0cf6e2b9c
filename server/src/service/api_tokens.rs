//! API tokens: bearer credentials for automation.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    access::{Caller, Permission, Via},
    api::{ApiTokenView, NewApiToken, Page, PageQuery},
    audit::AuditKind,
    form::{ApiTokenForm, FieldCode, FieldErrors, ValidApiToken},
    id::ApiTokenId,
    role::RoleName,
};
use serde_json::{Value, json};
use store::{NewToken, UniqueKey};

use super::{
    ServiceError, audit,
    shape::{Shape, field, optional},
    tenancy::found,
};
use crate::{config::parse_network, state::Core};

/// The body of a new token.
pub const CREATE: Shape = Shape::Named(
    "ApiTokenInput",
    &Shape::Object(&[
        field("name", Shape::Text, "What it is for, 1 to 64 characters, unique."),
        optional(
            "roles",
            Shape::List(&Shape::Text),
            "Global roles it is limited to; empty: all its owner has.",
        ),
        optional("expiresAt", Shape::Optional(&Shape::Time), "When it ends; null: never."),
        optional(
            "accessList",
            Shape::List(&Shape::Text),
            "Addresses and networks it may be used from; empty: any.",
        ),
    ]),
);

/// What every value begins with, so that scanners for leaked credentials find it.
pub use crate::middleware::caller::TOKEN_PREFIX as PREFIX;
/// The most entries of an access list.
const MOST_NETWORKS: u32 = 100;

/// What is stored of a value: hex SHA-256. It has 256 random bits, so nothing slower is needed.
pub use crate::middleware::caller::token_hash as hash;

/// Tokens, never their values.
///
/// # Errors
/// Not allowed; a cursor of another list; the database.
pub async fn list(
    core: &Core,
    caller: &Caller,
    page: &PageQuery,
) -> Result<Page<ApiTokenView>, ServiceError> {
    caller.require(Permission::ViewApiTokens)?;
    let mut tx = core.db.read().await?;
    Ok(tx.api_tokens().list(page).await?)
}

/// Creates a token from JSON; its value is shown this once.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create_from_json(
    core: &Core,
    caller: &Caller,
    body: Value,
) -> Result<NewApiToken, ServiceError> {
    caller.require(Permission::ManageApiTokens)?;
    create(core, caller, &CREATE.read::<ApiTokenForm>(body)?).await
}

/// Creates a token; its value is shown this once.
///
/// # Errors
/// Not allowed; fields; the database.
pub async fn create(core: &Core, caller: &Caller, form: &ApiTokenForm) -> Result<NewApiToken, ServiceError> {
    caller.require(Permission::ManageApiTokens)?;
    let mut valid = form.validate(core.clock.now())?;
    let mut errors = FieldErrors::default();
    for role in &valid.roles {
        errors.check(may_give(caller, role), "roles", FieldCode::RoleNotOwn);
    }
    check_networks(&valid.access_list, &mut errors);
    errors.into_result(())?;
    // "All its owner has" would widen what a limited token may do, and a token made on the host has no owner.
    if valid.roles.is_empty() && !matches!(caller.via, Via::Session { .. }) {
        valid.roles.clone_from(&caller.global_roles);
    }
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| ServiceError::Internal(error.to_string().into()))?;
    let value = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let ValidApiToken { name, roles, expires_at, access_list } = valid;
    let access_list = access_list.iter().map(|entry| entry.trim().to_owned()).collect();
    let new = NewToken {
        name,
        value_hash: hash(&value),
        owner: caller.user_id.clone(),
        roles,
        access_list,
        expires_at,
    };
    let mut tx = core.db.begin().await?;
    let token = tx.api_tokens().insert(&new).await.map_err(|error| match error {
        store::Error::Taken(UniqueKey::ApiTokenName) => FieldErrors::one("name", FieldCode::Taken).into(),
        other => ServiceError::from(other),
    })?;
    let detail = json!({
        "name": token.name, "roles": token.roles, "accessList": token.access_list, "expiresAt": token.expires_at,
    });
    let event =
        audit::event(caller, AuditKind::ApiTokenCreated, Some(format!("api_token:{}", token.name)), detail);
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(NewApiToken { token, value })
}

/// Revokes a token.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn revoke(core: &Core, caller: &Caller, id: &ApiTokenId) -> Result<(), ServiceError> {
    caller.require(Permission::ManageApiTokens)?;
    let mut tx = core.db.begin().await?;
    let token = found(tx.api_tokens().find(id).await?)?;
    tx.api_tokens().delete(id).await?;
    let event = audit::event(
        caller,
        AuditKind::ApiTokenRevoked,
        Some(format!("api_token:{}", token.name)),
        json!({}),
    );
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(())
}

/// A global owner may give every role, others only their own.
fn may_give(caller: &Caller, role: &RoleName) -> bool {
    caller.global_roles.iter().any(|own| own == role || own.as_str() == RoleName::GLOBAL_OWNER)
}

fn check_networks(entries: &[String], errors: &mut FieldErrors) {
    let most = usize::try_from(MOST_NETWORKS).unwrap_or(usize::MAX);
    errors.check(entries.len() <= most, "accessList", FieldCode::OutOfRange { min: 0, max: MOST_NETWORKS });
    for entry in entries {
        let entry = entry.trim();
        let ok = parse_network(entry).is_some();
        errors.check(ok, "accessList", FieldCode::BadNetwork);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_list_holds_addresses_and_networks_only() {
        for (entry, ok) in
            [("10.0.0.0/8", true), ("::1", true), ("192.0.2.7", true), ("10.0.0.0/33", false), ("lab", false)]
        {
            let mut errors = FieldErrors::default();
            check_networks(&[entry.to_owned()], &mut errors);
            assert_eq!(errors.is_empty(), ok, "{entry}");
        }
    }

    #[test]
    fn a_value_is_stored_as_its_sha_256() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
