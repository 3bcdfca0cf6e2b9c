//! Organizations.

use std::sync::Arc;

use axum::{
    extract::{Extension, Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
};
use domain::{
    access::Caller,
    api::OrganizationView,
    audit::{AuditKind, diff},
    form::OrganizationForm,
    id::OrganizationId,
    role::RoleName,
    target::{Level, Target},
};
use serde_json::{Value, json};
use store::Tx;

use super::{
    attributes::{Attributes, Json, check_match},
    error::PublicError,
    groups,
    reply::{Asked, Reply, address, kept, self_link},
};
use crate::{
    service::{
        ServiceError, audit,
        organization_owners::OrganizationOwners,
        public_api::{
            self,
            mappings::{self, GroupMapping, Mapped, RulesByPlace},
        },
        tenancy,
    },
    state::Core,
};

const OWNER: &str = "ORG_OWNER";

/// An organization as clients read it.
fn shown(core: &Core, organization: &OrganizationView, mapped: &Mapped) -> Value {
    let path = format!("/orgs/{}", organization.id);
    let mut links = vec![
        self_link(&core.public_url, &path),
        json!({
            "href": address(&core.public_url, &format!("{path}/groups")),
            "rel": "http://mms.mongodb.com/groups",
        }),
    ];
    links.extend(other_rules(core, mapped));
    json!({
        "id": organization.id,
        "name": organization.name,
        "isDeleted": false,
        "links": links,
        "idpGroupMappings": mappings_json(mapped),
        "ldapGroupMappings": [],
        "samlGroupMappings": [],
    })
}

/// Rules that these mappings cannot say, by their address in the other API.
pub(super) fn other_rules(core: &Core, mapped: &Mapped) -> Vec<Value> {
    let base = core.public_url.as_str().trim_end_matches('/').to_owned();
    let link =
        |id| json!({"href": format!("{base}/api/v1/mapping-rules/{id}"), "rel": "urn:latchkey:mapping-rule"});
    mapped.others.iter().map(link).collect()
}

pub(super) fn mappings_json(mapped: &Mapped) -> Value {
    let entry = |mapping: &GroupMapping| json!({"roleName": mapping.role, "idpGroups": mapping.groups});
    mapped.mappings.iter().map(entry).collect()
}

/// The organization, if the caller sees it.
async fn found(tx: &mut Tx, caller: &Caller, id: &str) -> Result<OrganizationView, PublicError> {
    let missing = || PublicError::no_organization(id);
    let known = OrganizationId::parse(id).map_err(|_| missing())?;
    let organization = tx.organizations().find(&known).await?.ok_or_else(missing)?;
    let projects = tx.projects().all().await?;
    if !public_api::sees_organization(caller, &organization.id, &projects) {
        return Err(missing());
    }
    Ok(organization)
}

fn place(organization: &OrganizationView) -> Target {
    Target::Organization(organization.id.clone())
}

pub(super) async fn list(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, PublicError> {
    let asked = Asked::of(query.as_deref());
    let name = asked.get("name").map(str::to_lowercase);
    let mut tx = core.db.read().await?;
    let projects = tx.projects().all().await?;
    let rules = RulesByPlace::read(&mut tx).await?;
    let items = tx
        .organizations()
        .all()
        .await?
        .iter()
        .filter(|found| public_api::sees_organization(&caller, &found.id, &projects))
        .filter(|found| name.as_ref().is_none_or(|name| found.name.to_lowercase().starts_with(name)))
        .map(|found| shown(&core, found, &rules.mapped(&place(found))))
        .collect();
    asked.page(&core.public_url, "/orgs", items)
}

pub(super) async fn one(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, PublicError> {
    let mut tx = core.db.read().await?;
    let organization = found(&mut tx, &caller, &id).await?;
    Ok(Reply::tagged(StatusCode::OK, now(&core, &mut tx, &organization).await?))
}

async fn now(core: &Core, tx: &mut Tx, organization: &OrganizationView) -> Result<Value, PublicError> {
    let rules = RulesByPlace::read(tx).await?;
    Ok(shown(core, organization, &rules.mapped(&place(organization))))
}

pub(super) async fn groups(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Reply, PublicError> {
    let asked = Asked::of(query.as_deref());
    let mut tx = core.db.read().await?;
    let organization = found(&mut tx, &caller, &id).await?;
    let of = |project: &domain::api::ProjectView| project.organization == organization.id;
    let items = groups::visible(&core, &mut tx, &caller, of).await?;
    asked.page(&core.public_url, &format!("/orgs/{}/groups", organization.id), items)
}

pub(super) async fn create(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    body: Json,
) -> Result<Reply, PublicError> {
    if !public_api::makes_organizations(&caller) {
        return Err(PublicError::unauthorized());
    }
    let given = Attributes::of(body, &["name", "idpGroupMappings"], &["id", "links", "isDeleted"])?;
    let name = given.text("name")?.ok_or_else(|| PublicError::missing("name"))?;
    let name = OrganizationForm { name }.validate().map_err(ServiceError::from)?;
    let wanted = given.mappings(Level::Organization)?;
    if wanted.as_ref().is_some_and(|wanted| !has_owner(wanted)) {
        let detail = format!("The group mappings need an entry for the role {OWNER}.");
        return Err(PublicError::new(400, "MISSING_ROLE_ENTRY_IN_LDAP_MAPPING", detail));
    }
    let mut tx = core.db.begin().await?;
    if tx.organizations().find_by_name(&name).await?.is_some() {
        return Err(store::Error::Taken(store::UniqueKey::OrganizationName).into());
    }
    let made = tenancy::insert_organization(&caller, &mut tx, &name).await?;
    if let Some(wanted) = wanted {
        mappings::replace(&caller, &mut tx, &place(&made), &wanted).await?;
    }
    let body = now(&core, &mut tx, &made).await?;
    kept(tx, query.as_deref(), StatusCode::CREATED, body).await
}

pub(super) async fn change(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Json,
) -> Result<Reply, PublicError> {
    let mut tx = core.db.begin().await?;
    tx.take_turn().await?;
    let owners = OrganizationOwners::read(&mut tx).await?;
    let old = found(&mut tx, &caller, &id).await?;
    if !public_api::owns_organization(&caller, &old.id) {
        let detail = "The currently logged in user is not an administrator of the specified organization.";
        return Err(PublicError::new(401, "NOT_ORG_ADMIN", detail));
    }
    let given = Attributes::of(body, &["name", "idpGroupMappings"], &["id", "links", "isDeleted"])?;
    let before = now(&core, &mut tx, &old).await?;
    check_match(&headers, &before)?;
    let mut organization = old.clone();
    if let Some(name) = given.text("name")? {
        let name = OrganizationForm { name }.validate().map_err(ServiceError::from)?;
        if name != old.name {
            organization = tx.organizations().update(&old, &name).await?;
            let detail = diff(&json!({"name": old.name}), &json!({"name": organization.name}), &[]);
            let target = Some(format!("organization:{}", old.id));
            tx.audit_events()
                .append(&audit::event(&caller, AuditKind::OrganizationChanged, target, detail))
                .await?;
        }
    }
    if let Some(wanted) = given.mappings(Level::Organization)? {
        let rules = RulesByPlace::read(&mut tx).await?;
        if has_owner(&rules.mapped(&place(&old)).mappings) && !has_owner(&wanted) {
            let detail = "The organization would be left without a group whose members own it.";
            return Err(PublicError::new(403, "CANNOT_DEMOTE_LAST_ORG_OWNER", detail));
        }
        mappings::replace(&caller, &mut tx, &place(&organization), &wanted).await?;
        owners.check(&mut tx).await?;
    }
    let body = now(&core, &mut tx, &organization).await?;
    kept(tx, query.as_deref(), StatusCode::OK, body).await
}

fn has_owner(mappings: &[GroupMapping]) -> bool {
    let owner = RoleName::new(OWNER);
    mappings.iter().any(|mapping| mapping.role == owner && !mapping.groups.is_empty())
}
