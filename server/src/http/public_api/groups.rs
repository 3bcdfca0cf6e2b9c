//! Projects, which Ops Manager calls groups.

use std::sync::Arc;

use axum::{
    extract::{Extension, Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
};
use domain::{
    access::Caller,
    api::ProjectView,
    audit::{AuditKind, diff},
    form::OrganizationForm,
    id::{OrganizationId, ProjectId},
    target::{Level, Target},
};
use serde_json::{Value, json};
use store::Tx;

use super::{
    attributes::{Attributes, Json, check_match},
    error::PublicError,
    orgs::{mappings_json, other_rules},
    reply::{Asked, Reply, address, kept, self_link},
};
use crate::{
    service::{
        ServiceError, audit,
        public_api::{
            self,
            mappings::{self, Mapped, RulesByPlace},
        },
        tenancy,
    },
    state::Core,
};

/// What the server alone sets.
const FIXED: [&str; 9] = [
    "id",
    "links",
    "activeAgentCount",
    "agentApiKey",
    "hostCounts",
    "lastActiveAgent",
    "publicApiEnabled",
    "replicaSetCount",
    "shardCount",
];
/// The most tags, and the most letters of one, as Ops Manager has them.
const MOST_TAGS: usize = 10;
const MOST_TAG: usize = 32;

/// A project as clients read it. What belongs to monitored deployments, which are not kept here, is empty.
fn shown(core: &Core, project: &ProjectView, tags: &[String], mapped: &Mapped) -> Value {
    let mut links = vec![
        self_link(&core.public_url, &format!("/groups/{}", project.id)),
        json!({
            "href": address(&core.public_url, &format!("/orgs/{}", project.organization)),
            "rel": "http://mms.mongodb.com/org",
        }),
    ];
    links.extend(other_rules(core, mapped));
    json!({
        "activeAgentCount": 0,
        "agentApiKey": "",
        "hostCounts": {
            "arbiter": 0, "config": 0, "master": 0, "mongos": 0, "primary": 0, "secondary": 0, "slave": 0,
        },
        "id": project.id,
        "idpGroupMappings": mappings_json(mapped),
        "lastActiveAgent": null,
        "ldapGroupMappings": [],
        "links": links,
        "name": project.name,
        "orgId": project.organization,
        "publicApiEnabled": true,
        "replicaSetCount": 0,
        "samlGroupMappings": [],
        "shardCount": 0,
        "tags": tags,
    })
}

fn place(project: &ProjectView) -> Target {
    Target::Project(project.id.clone())
}

/// Every project the caller sees, among these.
pub(super) async fn visible(
    core: &Core,
    tx: &mut Tx,
    caller: &Caller,
    among: impl Fn(&ProjectView) -> bool,
) -> Result<Vec<Value>, PublicError> {
    let rules = RulesByPlace::read(tx).await?;
    let tags = tx.project_tags().all().await?;
    let projects = tx.projects().all().await?;
    let seen = projects.iter().filter(|project| among(project) && public_api::sees_project(caller, project));
    let tags_of =
        |project: &ProjectView| tags.get(project.id.as_str()).map(Vec::as_slice).unwrap_or_default();
    Ok(seen.map(|project| shown(core, project, tags_of(project), &rules.mapped(&place(project)))).collect())
}

async fn now(core: &Core, tx: &mut Tx, project: &ProjectView) -> Result<Value, PublicError> {
    let rules = RulesByPlace::read(tx).await?;
    let tags = tx.project_tags().get(&project.id).await?;
    Ok(shown(core, project, &tags, &rules.mapped(&place(project))))
}

/// The project, if the caller sees it.
async fn found(tx: &mut Tx, caller: &Caller, id: &str) -> Result<ProjectView, PublicError> {
    if id.len() != 24 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(PublicError::invalid_project(id));
    }
    let missing = || PublicError::no_project(id);
    let known = ProjectId::parse(id).map_err(|_| missing())?;
    let project = tx.projects().find(&known).await?.ok_or_else(missing)?;
    if public_api::sees_project(caller, &project) { Ok(project) } else { Err(missing()) }
}

pub(super) async fn list(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, PublicError> {
    let asked = Asked::of(query.as_deref());
    let mut tx = core.db.read().await?;
    let items = visible(&core, &mut tx, &caller, |_| true).await?;
    asked.page(&core.public_url, "/groups", items)
}

pub(super) async fn one(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, PublicError> {
    let mut tx = core.db.read().await?;
    let project = found(&mut tx, &caller, &id).await?;
    Ok(Reply::tagged(StatusCode::OK, now(&core, &mut tx, &project).await?))
}

/// By name. Names are unique in an organization only; the oldest project of those the caller sees answers.
pub(super) async fn by_name(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Reply, PublicError> {
    let mut tx = core.db.read().await?;
    let mut projects = tx.projects().all().await?;
    projects.sort_by_key(|project| (project.created_at, project.id.clone()));
    let project = projects
        .into_iter()
        .find(|project| project.name == name && public_api::sees_project(&caller, project))
        .ok_or_else(|| {
            let detail = format!("No group with name {} exists.", name.escape_debug());
            PublicError::new(404, "GROUP_NAME_NOT_FOUND", detail)
        })?;
    Ok(Reply::tagged(StatusCode::OK, now(&core, &mut tx, &project).await?))
}

/// No agents report here, so no key of one is known.
pub(super) async fn by_agent_key(Path(_key): Path<String>) -> PublicError {
    PublicError::new(404, "GROUP_API_KEY_NOT_FOUND", "No group with this agent API key exists.")
}

pub(super) async fn create(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    body: Json,
) -> Result<Reply, PublicError> {
    let given = Attributes::of(body, &["name", "orgId", "tags", "idpGroupMappings"], &FIXED)?;
    let name = given.text("name")?.ok_or_else(|| PublicError::missing("name"))?;
    let name = OrganizationForm { name }.validate().map_err(ServiceError::from)?;
    let organization = given.text("orgId")?.ok_or_else(|| PublicError::missing("orgId"))?;
    let missing = || PublicError::no_organization(&organization);
    let id = OrganizationId::parse(&organization).map_err(|_| missing())?;
    let wanted = given.mappings(Level::Project)?;
    let tags = tags(&given)?;
    let mut tx = core.db.begin().await?;
    let organization = tx.organizations().find(&id).await?.ok_or_else(missing)?;
    if !public_api::makes_projects(&caller, &organization.id) {
        let projects = tx.projects().all().await?;
        let is_seen = public_api::sees_organization(&caller, &organization.id, &projects);
        return Err(if is_seen { PublicError::unauthorized() } else { missing() });
    }
    if wanted.is_some() && !public_api::owns_organization(&caller, &organization.id) {
        return Err(PublicError::unauthorized());
    }
    if tx.projects().find_by_name(&organization.id, &name).await?.is_some() {
        return Err(store::Error::Taken(store::UniqueKey::ProjectName).into());
    }
    let made = tenancy::insert_project(&caller, &mut tx, &organization.id, &name).await?;
    if let Some(tags) = tags {
        tx.project_tags().set(&made.id, &tags).await?;
    }
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
    let old = found(&mut tx, &caller, &id).await?;
    let fixed: Vec<&str> = FIXED.iter().copied().chain(["orgId"]).collect();
    let given = Attributes::of(body, &["name", "tags", "idpGroupMappings"], &fixed)?;
    let (name, tags, wanted) = (given.text("name")?, tags(&given)?, given.mappings(Level::Project)?);
    let is_allowed = if name.is_some() || tags.is_some() {
        public_api::owns_project(&caller, &old)
    } else {
        public_api::maps_project(&caller, &old)
    };
    if !is_allowed {
        return Err(PublicError::unauthorized());
    }
    check_match(&headers, &now(&core, &mut tx, &old).await?)?;
    let mut project = old.clone();
    let mut before = json!({"name": old.name});
    let mut after = before.clone();
    if let Some(name) = name {
        let name = OrganizationForm { name }.validate().map_err(ServiceError::from)?;
        if name != old.name {
            project = tx.projects().update(&old, &name).await?;
            after = json!({"name": project.name});
        }
    }
    if let Some(tags) = tags {
        let had = tx.project_tags().get(&old.id).await?;
        tx.project_tags().set(&old.id, &tags).await?;
        if let (Some(before), Some(after)) = (before.as_object_mut(), after.as_object_mut()) {
            before.insert("tags".to_owned(), json!(had));
            after.insert("tags".to_owned(), json!(tags));
        }
    }
    if before != after {
        let target = Some(format!("project:{}", old.id));
        let event = audit::event(&caller, AuditKind::ProjectChanged, target, diff(&before, &after, &[]));
        tx.audit_events().append(&event).await?;
    }
    if let Some(wanted) = wanted {
        mappings::replace(&caller, &mut tx, &place(&project), &wanted).await?;
    }
    let body = now(&core, &mut tx, &project).await?;
    kept(tx, query.as_deref(), StatusCode::OK, body).await
}

fn tags(given: &Attributes) -> Result<Option<Vec<String>>, PublicError> {
    let Some(tags) = given.texts("tags")? else { return Ok(None) };
    if tags.len() > MOST_TAGS {
        return Err(PublicError::new(400, "TOO_MANY_GROUP_TAGS", "A group has at most 10 tags."));
    }
    let is_good = |tag: &String| {
        (1..=MOST_TAG).contains(&tag.len())
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    if !tags.iter().all(is_good) {
        let detail = "A tag has 1 to 32 letters, digits, dots, dashes and underscores.";
        return Err(PublicError::new(400, "INVALID_GROUP_TAG", detail));
    }
    let mut once: Vec<String> = Vec::new();
    for tag in tags {
        if !once.contains(&tag) {
            once.push(tag);
        }
    }
    Ok(Some(once))
}
