//! Keys of the public API: a public part, a private part that is shown once, roles at one place, and the networks they
//! may be used from.

use std::net::IpAddr;

use domain::{
    access::{Caller, NotAllowed, Permission, Via},
    audit::AuditKind,
    form::{FieldCode, FieldErrors},
    id::{ApiKeyId, ApiTokenId},
    problem::ProblemCode,
    role::{RoleName, builtin},
    secret::Secret,
    target::Target,
};
use serde_json::json;
use store::{ApiKeyAccess, ApiKeyRow, NewApiKey, Tx};

use super::owns_organization;
use crate::{
    config::parse_network,
    service::{ServiceError, audit, tenancy::found},
    state::Core,
};

/// The most keys of one organization, as Ops Manager has it.
pub const MOST: usize = 500;
/// The most bytes of a description.
const MOST_DESCRIPTION: usize = 250;
/// The most networks a key.
const MOST_NETWORKS: usize = 200;

/// A new key with its private part, shown this once.
#[derive(Debug)]
pub struct MadeKey {
    /// The key.
    pub key: ApiKeyRow,
    /// The password in HTTP Digest.
    pub private_key: Secret,
}

/// Passes whoever may change keys of this scope: of an organization its owners, of anything global owners.
fn check_manages(caller: &Caller, scope: &Target) -> Result<(), NotAllowed> {
    match scope {
        Target::Organization(id) if owns_organization(caller, id) => Ok(()),
        _ => caller.require(Permission::ManageApiTokens),
    }
}

/// The roles a key may have: of its scope's level, and of what its maker holds.
fn roles_of(caller: &Caller, scope: &Target, names: &[String]) -> Result<Vec<RoleName>, FieldErrors> {
    let mut errors = FieldErrors::default();
    errors.check(!names.is_empty(), "roles", FieldCode::Required);
    let mut roles = Vec::new();
    for name in names {
        match builtin(name).filter(|role| role.level == scope.level()) {
            None => errors.check(false, "roles", FieldCode::RoleNotOfLevel),
            Some(role) => {
                let role = RoleName::new(role.name);
                let is_own = match scope {
                    Target::Global => caller
                        .global_roles
                        .iter()
                        .any(|held| held.as_str() == RoleName::GLOBAL_OWNER || held == &role),
                    // Who manages keys of an organization owns it; only global owners manage those of a project.
                    Target::Organization(_) | Target::Project(_) => true,
                };
                errors.check(is_own, "roles", FieldCode::RoleNotOwn);
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
        }
    }
    errors.into_result(roles)
}

fn described(text: &str) -> Result<String, FieldErrors> {
    let text = text.trim();
    let mut errors = FieldErrors::default();
    errors.check(!text.is_empty(), "desc", FieldCode::Required);
    errors.check(text.len() <= MOST_DESCRIPTION, "desc", FieldCode::TooLong { max: 250 });
    errors.check(!text.chars().any(char::is_control), "desc", FieldCode::BadCharacters);
    errors.into_result(text.to_owned())
}

/// Makes a key.
///
/// # Errors
/// Not allowed; fields; 500 keys are there; the database.
pub async fn create(
    core: &Core,
    caller: &Caller,
    scope: &Target,
    description: &str,
    roles: &[String],
) -> Result<MadeKey, ServiceError> {
    check_manages(caller, scope)?;
    let (description, roles) = (described(description)?, roles_of(caller, scope, roles)?);
    let private_key = Secret::new(uuid(random()?));
    let public_key = letters(random()?);
    let mut tx = core.db.begin().await?;
    check_place(&mut tx, scope).await?;
    if tx.api_keys().list(scope).await?.len() >= MOST {
        return Err(FieldErrors::one("apiKeys", FieldCode::OutOfRange { min: 0, max: 500 }).into());
    }
    let new = NewApiKey {
        public_key,
        private_key: private_key.clone(),
        description,
        scope: scope.clone(),
        roles,
        created_by: caller.username.clone(),
    };
    let key = tx.api_keys().insert(&new).await?;
    record(caller, &mut tx, AuditKind::ApiKeyCreated, &key).await?;
    tx.commit().await?;
    Ok(MadeKey { key, private_key })
}

/// Changes a key's description and roles; what is `None` stays.
///
/// # Errors
/// Not allowed; not there; fields; the database.
pub async fn update(
    core: &Core,
    caller: &Caller,
    scope: &Target,
    id: &ApiKeyId,
    description: Option<&str>,
    roles: Option<&[String]>,
) -> Result<ApiKeyRow, ServiceError> {
    check_manages(caller, scope)?;
    let mut tx = core.db.begin().await?;
    let mut key = of_scope(&mut tx, scope, id).await?;
    if let Some(description) = description {
        key.description = described(description)?;
    }
    if let Some(roles) = roles {
        key.roles = roles_of(caller, scope, roles)?;
    }
    tx.api_keys().update(id, &key.description, &key.roles).await?;
    record(caller, &mut tx, AuditKind::ApiKeyChanged, &key).await?;
    tx.commit().await?;
    Ok(key)
}

/// Deletes a key; what is signed with it from now on is refused.
///
/// # Errors
/// Not allowed; not there; the database.
pub async fn remove(core: &Core, caller: &Caller, scope: &Target, id: &ApiKeyId) -> Result<(), ServiceError> {
    check_manages(caller, scope)?;
    let mut tx = core.db.begin().await?;
    let key = of_scope(&mut tx, scope, id).await?;
    tx.api_keys().delete(id).await?;
    record(caller, &mut tx, AuditKind::ApiKeyDeleted, &key).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds networks to a key's access list.
///
/// # Errors
/// Not allowed; not there; a text that is neither address nor network; the database.
pub async fn allow(
    core: &Core,
    caller: &Caller,
    scope: &Target,
    id: &ApiKeyId,
    networks: &[String],
) -> Result<Vec<ApiKeyAccess>, ServiceError> {
    check_manages(caller, scope)?;
    let mut tx = core.db.begin().await?;
    let key = of_scope(&mut tx, scope, id).await?;
    for text in networks {
        let network = parse_network(text)
            .ok_or_else(|| FieldErrors::one("accessList", FieldCode::BadNetwork))?
            .to_string();
        tx.api_keys().add_access(id, &network).await?;
    }
    let list = tx.api_keys().access(id).await?;
    if list.len() > MOST_NETWORKS {
        return Err(FieldErrors::one("accessList", FieldCode::OutOfRange { min: 0, max: 200 }).into());
    }
    record_access(caller, &mut tx, &key, &list).await?;
    tx.commit().await?;
    Ok(list)
}

/// Removes a network from a key's access list.
///
/// # Errors
/// Not allowed; not there; the caller's own key would be locked out; the database.
pub async fn disallow(
    core: &Core,
    caller: &Caller,
    scope: &Target,
    id: &ApiKeyId,
    network: &str,
) -> Result<bool, ServiceError> {
    check_manages(caller, scope)?;
    let mut tx = core.db.begin().await?;
    let key = of_scope(&mut tx, scope, id).await?;
    let network = parse_network(network).map(|net| net.to_string()).unwrap_or_default();
    if !tx.api_keys().remove_access(id, &network).await? {
        return Err(ServiceError::Refused(ProblemCode::NotFound));
    }
    let left = tx.api_keys().access(id).await?;
    if is_own(caller, id) && !left.is_empty() && network_of(&left, caller.address).is_none() {
        return Ok(false);
    }
    record_access(caller, &mut tx, &key, &left).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether the request itself was made with this key.
fn is_own(caller: &Caller, id: &ApiKeyId) -> bool {
    matches!(&caller.via, Via::ApiToken(own) if own.as_str() == id.as_str())
}

/// The entry of the list that this address is in.
#[must_use]
pub fn network_of(list: &[ApiKeyAccess], address: Option<IpAddr>) -> Option<&ApiKeyAccess> {
    let address = address?;
    list.iter().find(|entry| parse_network(&entry.network).is_some_and(|net| net.contains(&address)))
}

/// A key of this scope.
///
/// # Errors
/// Not there, or of another scope; the database.
pub async fn of_scope(tx: &mut Tx, scope: &Target, id: &ApiKeyId) -> Result<ApiKeyRow, ServiceError> {
    found(tx.api_keys().find(id).await?.filter(|key| key.scope == *scope))
}

/// Who a key is, for the permission checks.
#[must_use]
pub fn caller_of(key: &ApiKeyRow, address: Option<IpAddr>, reference: String) -> Caller {
    let global_roles = if key.scope == Target::Global { key.roles.clone() } else { Vec::new() };
    Caller {
        user_id: None,
        username: format!("API key {}", key.public_key),
        via: Via::ApiToken(ApiTokenId::new(key.id.as_str())),
        global_roles,
        grants: key.roles.iter().map(|role| (role.clone(), key.scope.clone())).collect(),
        must_change_password: false,
        address,
        reference,
    }
}

async fn check_place(tx: &mut Tx, scope: &Target) -> Result<(), ServiceError> {
    match scope {
        Target::Global => Ok(()),
        Target::Organization(id) => found(tx.organizations().find(id).await?).map(drop),
        Target::Project(id) => found(tx.projects().find(id).await?).map(drop),
    }
}

async fn record(caller: &Caller, tx: &mut Tx, kind: AuditKind, key: &ApiKeyRow) -> Result<(), ServiceError> {
    let detail = json!({
        "publicKey": key.public_key, "description": key.description, "roles": key.roles,
        "level": key.scope.level(), "target": key.scope.id(),
    });
    let event = audit::event(caller, kind, Some(format!("api_key:{}", key.public_key)), detail);
    tx.audit_events().append(&event).await?;
    Ok(())
}

async fn record_access(
    caller: &Caller,
    tx: &mut Tx,
    key: &ApiKeyRow,
    list: &[ApiKeyAccess],
) -> Result<(), ServiceError> {
    let networks: Vec<&str> = list.iter().map(|entry| entry.network.as_str()).collect();
    let detail = json!({"publicKey": key.public_key, "accessList": networks});
    let target = Some(format!("api_key:{}", key.public_key));
    tx.audit_events().append(&audit::event(caller, AuditKind::ApiKeyChanged, target, detail)).await?;
    Ok(())
}

fn random<const N: usize>() -> Result<[u8; N], ServiceError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| ServiceError::Internal(error.to_string().into()))?;
    Ok(bytes)
}

/// 122 random bits as a version 4 UUID (RFC 9562 section 5.4), the form of Ops Manager's private keys.
fn uuid(bytes: [u8; 16]) -> String {
    let mut bits = u128::from_be_bytes(bytes);
    bits = (bits & !(0xF_u128 << 76)) | (0x4_u128 << 76);
    bits = (bits & !(0x3_u128 << 62)) | (0x2_u128 << 62);
    let digits = format!("{bits:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// Eight letters, the form of Ops Manager's public keys.
fn letters(bytes: [u8; 8]) -> String {
    bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_looks_like_one_of_ops_manager() {
        assert_eq!(uuid([0xFF; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(letters([0, 25, 26, 1, 2, 3, 4, 255]), "azabcdev");
    }
}
