//! API keys of an organization, and their access lists.

use std::sync::Arc;

use axum::{
    extract::{Extension, Path, RawQuery, State},
    http::StatusCode,
};
use domain::{
    access::Caller,
    id::{ApiKeyId, OrganizationId},
    target::Target,
};
use serde_json::{Value, json};
use store::{ApiKeyAccess, ApiKeyRow, Tx};

use super::{
    attributes::{Attributes, Json},
    error::PublicError,
    reply::{Asked, Reply, self_link},
};
use crate::{
    service::{
        ServiceError,
        public_api::{self, keys},
    },
    state::Core,
};

/// What stands for a private part that is not shown any more.
const HIDDEN: &str = "********-****-****-************";

fn shown(core: &Core, key: &ApiKeyRow, private_key: &str) -> Value {
    let org = key.scope.id();
    let role = |role| json!({"orgId": org, "roleName": role});
    let path = format!("/orgs/{}/apiKeys/{}", org.unwrap_or_default(), key.id);
    json!({
        "desc": key.description,
        "id": key.id,
        "links": [self_link(&core.public_url, &path)],
        "privateKey": private_key,
        "publicKey": key.public_key,
        "roles": key.roles.iter().map(role).collect::<Value>(),
    })
}

fn shown_access(core: &Core, key: &ApiKeyRow, entry: &ApiKeyAccess) -> Value {
    let org = key.scope.id().unwrap_or_default();
    let address = entry.network.split_once('/').and_then(|(address, length)| {
        let is_one = length == if address.contains(':') { "128" } else { "32" };
        is_one.then(|| address.to_owned())
    });
    let path = format!("/orgs/{org}/apiKeys/{}/accessList/{}", key.id, entry.network.replace('/', "%2F"));
    json!({
        "cidrBlock": entry.network,
        "count": entry.used_count,
        "created": entry.created_at,
        "ipAddress": address,
        "lastUsed": entry.last_used_at,
        "lastUsedAddress": entry.last_used_address,
        "links": [self_link(&core.public_url, &path)],
    })
}

/// The organization whose keys the caller may see and change.
async fn scope(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Target, PublicError> {
    let missing = || PublicError::no_organization(id);
    let known = OrganizationId::parse(id).map_err(|_| missing())?;
    let organization = tx.organizations().find(&known).await?.ok_or_else(missing)?;
    if public_api::owns_organization(caller, &organization.id) {
        return Ok(Target::Organization(organization.id));
    }
    let projects = tx.projects().all().await?;
    let is_seen = public_api::sees_organization(caller, &organization.id, &projects);
    Err(if is_seen { PublicError::unauthorized() } else { missing() })
}

/// The key of an organization that the caller may see and change, and the transaction it was read in.
async fn open(
    core: &Core,
    caller: &Caller,
    organization: &str,
    id: &str,
) -> Result<(Target, ApiKeyRow, Tx), PublicError> {
    let mut tx = core.db.read().await?;
    let scope = scope(&mut tx, caller, organization).await?;
    let known = ApiKeyId::parse(id).map_err(|_| PublicError::no_key(id))?;
    let key = keys::of_scope(&mut tx, &scope, &known).await.map_err(|error| match error {
        ServiceError::Refused(_) => PublicError::no_key(id),
        other => other.into(),
    })?;
    Ok((scope, key, tx))
}

pub(super) async fn list(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Reply, PublicError> {
    let mut tx = core.db.read().await?;
    let scope = scope(&mut tx, &caller, &id).await?;
    let items = tx.api_keys().list(&scope).await?.iter().map(|key| shown(&core, key, HIDDEN)).collect();
    Asked::of(query.as_deref()).page(&core.public_url, &format!("/orgs/{id}/apiKeys"), items)
}

pub(super) async fn create(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Json,
) -> Result<Reply, PublicError> {
    let mut tx = core.db.read().await?;
    let scope = scope(&mut tx, &caller, &id).await?;
    drop(tx);
    let given = Attributes::of(body, &["desc", "roles"], &["id", "links", "privateKey", "publicKey"])?;
    let desc = given.text("desc")?.ok_or_else(|| PublicError::missing("desc"))?;
    let roles = given.texts("roles")?.ok_or_else(|| PublicError::missing("roles"))?;
    let made = keys::create(&core, &caller, &scope, &desc, &roles).await?;
    Ok(Reply::plain(StatusCode::OK, shown(&core, &made.key, made.private_key.expose())))
}

pub(super) async fn one(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Reply, PublicError> {
    let (_, key, _) = open(&core, &caller, &id, &key).await?;
    Ok(Reply::plain(StatusCode::OK, shown(&core, &key, HIDDEN)))
}

pub(super) async fn change(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key)): Path<(String, String)>,
    body: Json,
) -> Result<Reply, PublicError> {
    let (scope, key, _) = open(&core, &caller, &id, &key).await?;
    let given = Attributes::of(body, &["desc", "roles"], &["id", "links", "privateKey", "publicKey"])?;
    let (desc, roles) = (given.text("desc")?, given.texts("roles")?);
    let new = keys::update(&core, &caller, &scope, &key.id, desc.as_deref(), roles.as_deref()).await?;
    Ok(Reply::plain(StatusCode::OK, shown(&core, &new, HIDDEN)))
}

pub(super) async fn remove(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Reply, PublicError> {
    let (scope, key, _) = open(&core, &caller, &id, &key).await?;
    keys::remove(&core, &caller, &scope, &key.id).await?;
    Ok(Reply::plain(StatusCode::NO_CONTENT, Value::Null))
}

pub(super) async fn access(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Reply, PublicError> {
    let (_, key, mut tx) = open(&core, &caller, &id, &key).await?;
    let list = tx.api_keys().access(&key.id).await?;
    let items = list.iter().map(|entry| shown_access(&core, &key, entry)).collect();
    let path = format!("/orgs/{id}/apiKeys/{}/accessList", key.id);
    Asked::of(query.as_deref()).page(&core.public_url, &path, items)
}

pub(super) async fn one_access(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key, network)): Path<(String, String, String)>,
) -> Result<Reply, PublicError> {
    let (_, key, mut tx) = open(&core, &caller, &id, &key).await?;
    let wanted = crate::config::parse_network(&network).map(|net| net.to_string()).unwrap_or_default();
    let list = tx.api_keys().access(&key.id).await?;
    let entry = list.iter().find(|entry| entry.network == wanted).ok_or_else(|| not_listed(&network))?;
    Ok(Reply::plain(StatusCode::OK, shown_access(&core, &key, entry)))
}

fn not_listed(network: &str) -> PublicError {
    let detail = format!("{} is not on the access list of this API key.", network.escape_debug());
    PublicError::new(404, "ACCESS_LIST_ENTRY_NOT_FOUND", detail)
}

pub(super) async fn allow(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Json(body): Json,
) -> Result<Reply, PublicError> {
    let (scope, key, _) = open(&core, &caller, &id, &key).await?;
    let wrong = || {
        let detail = "Each entry of the list names an ipAddress or a cidrBlock, and not both.";
        PublicError::new(400, "BAD_ACCESS_LIST_ADD_REQUEST", detail)
    };
    let entries = body.as_array().filter(|entries| !entries.is_empty()).ok_or_else(wrong)?;
    let mut networks = Vec::new();
    for entry in entries {
        let text = |name: &str| entry.get(name).filter(|value| !value.is_null());
        let network = match (text("ipAddress"), text("cidrBlock")) {
            (Some(one), None) | (None, Some(one)) => one.as_str().ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        crate::config::parse_network(network).ok_or_else(wrong)?;
        networks.push(network.to_owned());
    }
    let list = keys::allow(&core, &caller, &scope, &key.id, &networks).await?;
    let items = list.iter().map(|entry| shown_access(&core, &key, entry)).collect();
    let path = format!("/orgs/{id}/apiKeys/{}/accessList", key.id);
    Asked::of(query.as_deref()).page(&core.public_url, &path, items)
}

pub(super) async fn disallow(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path((id, key, network)): Path<(String, String, String)>,
) -> Result<Reply, PublicError> {
    let (scope, key, _) = open(&core, &caller, &id, &key).await?;
    let done =
        keys::disallow(&core, &caller, &scope, &key.id, &network).await.map_err(|error| match error {
            ServiceError::Refused(_) => not_listed(&network),
            other => other.into(),
        })?;
    if !done {
        let detail = "The address this request comes from cannot be removed from the list.";
        return Err(PublicError::new(400, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST", detail));
    }
    Ok(Reply::plain(StatusCode::NO_CONTENT, Value::Null))
}
