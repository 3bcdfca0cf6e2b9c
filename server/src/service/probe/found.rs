//! What would follow from what a provider said of a person.

use domain::{
    claims::{Claims, GroupsClaim},
    integration::{ClaimMapping, Integration},
    login_failure::LoginFailure,
    mapping::{MappingRule, Verdict},
    probe::{ClaimFound, ClaimUse, RoleFound, SignInFound},
    target::Target,
    username::is_invisible,
};
use oidc::SignedIn;
use serde_json::{Map, Value};
use store::Tx;

use crate::{
    service::{
        ServiceError,
        password::canonical,
        provisioning::{Person, decide, groups},
    },
    state::Core,
};

/// The most claims, groups, roles and near misses shown.
const MOST: usize = 200;
/// The most characters of a value.
const LONGEST: usize = 300;
/// How deep objects are looked into.
const DEPTH: usize = 3;
/// What belongs to one sign-in and says nothing of the person.
const NOISE: [&str; 6] = ["nonce", "at_hash", "c_hash", "s_hash", "jti", "sid"];

/// Puts it together; reads, and changes nothing.
pub(super) async fn of(
    core: &Core,
    integration: &Integration,
    who: &SignedIn,
) -> Result<SignInFound, ServiceError> {
    let mut tx = core.db.read().await?;
    let person = Person::of(who, &integration.settings.claims);
    let (groups, refused) = match groups(who, integration) {
        Ok(groups) => (groups, refused(&mut tx, integration, who, &person).await?),
        Err(failed) => (listed(&who.groups), Some(failed.failure)),
    };
    let decided = decide(core, &mut tx, integration, &groups, &who.claims).await?;
    let refused = refused.or(decided.refused());
    let (rules, evaluation) = (decided.rules, decided.evaluation);
    let group_of =
        |id| rules.iter().find(|rule: &&MappingRule| &rule.id == id).map(|rule| rule.group.clone());
    let mut roles = Vec::new();
    for grant in evaluation.grants.iter().take(MOST) {
        roles.push(RoleFound {
            role: grant.role.clone(),
            level: grant.target.level(),
            target: grant.target.id().map(|id| id.to_string()),
            target_name: name_of(&mut tx, &grant.target).await?,
            groups: grant.rules.iter().filter_map(group_of).collect(),
        });
    }
    let near = rules.iter().zip(&evaluation.trace).filter_map(|(rule, outcome)| match &outcome.verdict {
        Verdict::GroupAbsent { near_miss: Some(miss) } => Some((rule.group.clone(), miss.group.clone())),
        _ => None,
    });
    Ok(SignInFound {
        subject: who.subject.clone(),
        username: person.username,
        display_name: person.display_name,
        email: person.email,
        claims: claims(&who.claims, &integration.settings.claims, |name| {
            who.sources.get(name).copied().unwrap_or_default().to_owned()
        }),
        group_count: u32::try_from(groups.len()).unwrap_or(u32::MAX),
        groups_missing: who.groups == GroupsClaim::Missing,
        near: near.take(MOST).collect(),
        groups: groups.into_iter().take(MOST).collect(),
        roles,
        refused,
    })
}

fn listed(groups: &GroupsClaim) -> Vec<String> {
    match groups {
        GroupsClaim::Groups(groups) => groups.clone(),
        GroupsClaim::Missing | GroupsClaim::Overage | GroupsClaim::Malformed => Vec::new(),
    }
}

/// Why a real sign-in would go no further.
async fn refused(
    tx: &mut Tx,
    integration: &Integration,
    who: &SignedIn,
    person: &Person,
) -> Result<Option<LoginFailure>, ServiceError> {
    Ok(match tx.identities().find(&who.issuer, &who.subject).await? {
        Some(row) if !row.user_enabled => Some(LoginFailure::UserDisabled),
        Some(_) => None,
        None if !integration.settings.create_users => Some(LoginFailure::UserUnknown),
        None => {
            let taken = tx.users().find_by_username(&canonical(&person.username)).await?.is_some();
            taken.then_some(LoginFailure::UsernameTaken)
        }
    })
}

/// What people call a target.
async fn name_of(tx: &mut Tx, target: &Target) -> Result<Option<String>, ServiceError> {
    Ok(match target {
        Target::Global => None,
        Target::Organization(id) => tx.organizations().find(id).await?.map(|found| found.name),
        Target::Project(id) => match tx.projects().find(id).await? {
            Some(project) => {
                let above = tx.organizations().find(&project.organization).await?;
                Some(format!(
                    "{} / {}",
                    above.map_or_else(|| "?".to_owned(), |found| found.name),
                    project.name
                ))
            }
            None => None,
        },
    })
}

/// Every claim by its path, objects opened.
fn claims(claims: &Claims, mapping: &ClaimMapping, source: impl Fn(&str) -> String) -> Vec<ClaimFound> {
    let mut all = Vec::new();
    for (name, value) in claims.as_map().iter().filter(|(name, _)| !NOISE.contains(&name.as_str())) {
        collect(name, value, &source(name), mapping, DEPTH, &mut all);
    }
    all
}

fn collect(
    path: &str,
    value: &Value,
    source: &str,
    mapping: &ClaimMapping,
    depth: usize,
    all: &mut Vec<ClaimFound>,
) {
    if all.len() >= MOST {
        return;
    }
    let used = uses(path, mapping);
    if let Value::Object(inner) = value
        && depth > 1
        && used.is_empty()
        && is_plain(inner)
    {
        for (name, value) in inner {
            collect(&format!("{path}.{name}"), value, source, mapping, depth - 1, all);
        }
        return;
    }
    let texts = |items: &[Value]| items.iter().all(Value::is_string);
    all.push(ClaimFound {
        path: path.to_owned(),
        value: shown(value),
        source: source.to_owned(),
        is_text: value.is_string(),
        is_list: value.is_string()
            || value.as_array().is_some_and(|items| texts(items))
            || (value.is_object() && path.starts_with("urn:zitadel:iam:org:project:")),
        used,
    });
}

/// Whether an object is to be opened: not when its members' names are data, as in ZITADEL's roles.
fn is_plain(inner: &Map<String, Value>) -> bool {
    !inner.is_empty() && !inner.values().all(Value::is_object)
}

fn uses(path: &str, mapping: &ClaimMapping) -> Vec<ClaimUse> {
    let at = |usage| match usage {
        ClaimUse::Username => &mapping.username,
        ClaimUse::DisplayName => &mapping.display_name,
        ClaimUse::Email => &mapping.email,
        ClaimUse::Groups => &mapping.groups,
    };
    ClaimUse::ALL.into_iter().filter(|usage| at(*usage).as_str() == path).collect()
}

/// One line, not too long, nothing invisible.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let mut short: String =
        text.chars().filter(|c| !c.is_control() && !is_invisible(*c)).take(LONGEST + 1).collect();
    if short.chars().count() > LONGEST {
        short.pop();
        short.push('…');
    }
    short
}
