//! What a login makes of verified claims: the user, found by issuer and subject only, their profile and their roles.

use std::sync::Arc;

use domain::{
    api::{GroupsSeen, GroupsState, RoleGrantView},
    claims::{ClaimPath, Claims, GroupsClaim},
    id::UserId,
    integration::{ClaimMapping, Integration, MANY_GROUPS, OnMissingGroups, WhenNothingMatches},
    login_failure::LoginFailure,
    mapping::{Evaluation, EvaluationInput, MappingRule, RuleOutcome, Verdict, evaluate},
    time::Timestamp,
    username::is_invisible,
};
use oidc::SignedIn;
use serde_json::{Value, json};
use store::{GrantChange, NewIdentity, NewUser, Profile, Tx, UniqueKey};

use super::{
    login::{Denied, LoginFailed},
    password::canonical,
    rule_index::RuleIndex,
};
use crate::state::Core;

/// The most characters kept of names.
const NAME: usize = 128;
/// The most characters kept of an e-mail address (RFC 5321 section 4.5.3.1).
const EMAIL: usize = 254;
/// The most items listed in a trace.
const LISTED: usize = 100;

/// Who came out of it.
pub(super) struct Provisioned {
    pub(super) user_id: UserId,
    pub(super) username: String,
    /// For the audit log.
    pub(super) trace: Value,
}

/// What the claims say of a person.
pub(super) struct Person {
    pub(super) username: String,
    pub(super) display_name: Option<String>,
    pub(super) email: Option<String>,
}

fn text(claims: &Claims, path: &ClaimPath, most: usize) -> Option<String> {
    plain(claims.text(path)?, most)
}

fn plain(text: &str, most: usize) -> Option<String> {
    let plain: String = text.chars().filter(|c| !is_invisible(*c)).take(most).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

impl Person {
    pub(super) fn of(signed_in: &SignedIn, mapping: &ClaimMapping) -> Self {
        let claims = &signed_in.claims;
        let email = text(claims, &mapping.email, EMAIL);
        let names = [&mapping.first_name, &mapping.last_name].map(|path| text(claims, path, NAME));
        let joined = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let display_name =
            text(claims, &mapping.display_name, NAME).or((!joined.is_empty()).then_some(joined));
        let username = plain(&claims.text_or_number(&mapping.username).unwrap_or_default(), NAME);
        let usable = |name: &String| !canonical(name).is_empty();
        let username = username.filter(usable).or_else(|| email.clone().filter(usable));
        Self { username: username.unwrap_or_else(|| signed_in.subject.clone()), display_name, email }
    }
}

/// The groups, or why nobody gets in with them. *Missing* means none, unless the integration refuses that: roles of an
/// earlier login are never kept. Groups that could not be read are never taken for none.
pub(super) fn groups(signed_in: &SignedIn, integration: &Integration) -> Result<Vec<String>, LoginFailed> {
    let refused =
        |failure, cause: &str| LoginFailed { cause: Some(cause.to_owned()), ..LoginFailed::of(failure) };
    let groups = match (&signed_in.groups, integration.settings.on_missing_groups) {
        (GroupsClaim::Groups(groups), _) => groups.clone(),
        (GroupsClaim::Missing, OnMissingGroups::NoRoles) => Vec::new(),
        (GroupsClaim::Missing, OnMissingGroups::Refuse) => {
            let cause =
                "the groups claim is neither in the ID token nor in userinfo, and onMissingGroups is refuse";
            return Err(refused(LoginFailure::GroupsMissing, cause));
        }
        (GroupsClaim::Overage, _) => {
            let cause = "the provider left the groups out because there are too many; ways out: name its directory in \
                         groupsEndpoint, let it send only the groups assigned to this application, or send roles";
            return Err(refused(LoginFailure::GroupsOverage, cause));
        }
        (GroupsClaim::Malformed, _) => return Err(LoginFailure::GroupsUnreadable.into()),
    };
    let required = &integration.settings.required_groups;
    if !required.is_empty() && !required.iter().any(|wanted| groups.contains(wanted)) {
        return Err(LoginFailure::RequiredGroupMissing.into());
    }
    Ok(groups)
}

/// How the groups came, as it is kept with the identity.
pub(super) fn groups_seen(signed_in: &SignedIn, at: Timestamp) -> GroupsSeen {
    let (state, count) = match &signed_in.groups {
        GroupsClaim::Groups(groups) => (GroupsState::Came, groups.len()),
        GroupsClaim::Missing => (GroupsState::Missing, 0),
        GroupsClaim::Overage | GroupsClaim::Malformed => (GroupsState::Unreadable, 0),
    };
    GroupsSeen { state, count: u32::try_from(count).unwrap_or(u32::MAX), at }
}

/// A sign-in that its groups refused, with whose it was when that person has been here before: the provider has said
/// who they are.
async fn named(
    core: &Core,
    tx: &mut Tx,
    signed_in: &SignedIn,
    failed: LoginFailed,
) -> Result<LoginFailed, store::Error> {
    let known = tx.identities().find(&signed_in.issuer, &signed_in.subject).await?;
    Ok(match known {
        Some(row) => LoginFailed {
            groups: Some(Box::new((row.id, groups_seen(signed_in, core.now())))),
            ..failed.by(row.username)
        },
        None => failed,
    })
}

/// Finds or makes the user and brings profile and mapped roles up to date, in the caller's transaction.
pub(super) async fn provision(
    core: &Core,
    tx: &mut Tx,
    integration: &Integration,
    signed_in: &SignedIn,
) -> Result<Provisioned, Denied> {
    let groups = match groups(signed_in, integration) {
        Ok(groups) => groups,
        Err(failed) => return Err(named(core, tx, signed_in, failed).await?.into()),
    };
    let decided = decide(core, tx, integration, &groups, &signed_in.claims).await?;
    if let Some(failure) = decided.refused() {
        return Err(named(core, tx, signed_in, LoginFailed::of(failure)).await?.into());
    }
    let person = Person::of(signed_in, &integration.settings.claims);
    let now = core.now();
    let (user_id, username, identity, is_new) =
        match tx.identities().find(&signed_in.issuer, &signed_in.subject).await? {
            Some(row) if !row.user_enabled => {
                return Err(LoginFailed::of(LoginFailure::UserDisabled).by(row.username).into());
            }
            Some(row) => {
                let username = rename(tx, &row.username, &person.username).await?;
                let same = username.is_none()
                    && row.display_name == person.display_name
                    && row.email == person.email;
                let shown = username.as_ref().map_or_else(|| row.username.clone(), |(name, _)| name.clone());
                if !same {
                    let profile =
                        Profile { username, display_name: person.display_name, email: person.email };
                    tx.users().update_profile(&row.user_id, &profile).await?;
                }
                (row.user_id, shown, row.id, false)
            }
            None if !integration.settings.create_users => {
                return Err(LoginFailed::of(LoginFailure::UserUnknown).into());
            }
            None => {
                let folded = canonical(&person.username);
                if tx.users().find_by_username(&folded).await?.is_some() {
                    // Perhaps by this very person, whose other first login was a moment faster.
                    if tx.identities().find(&signed_in.issuer, &signed_in.subject).await?.is_some() {
                        return Err(store::Error::Taken(UniqueKey::Identity).into());
                    }
                    return Err(LoginFailed::of(LoginFailure::UsernameTaken).into());
                }
                let new = NewUser {
                    username: person.username.clone(),
                    folded,
                    display_name: person.display_name,
                    email: person.email,
                    enabled: true,
                };
                let user_id = tx.users().insert(&new).await?;
                let identity = NewIdentity {
                    user_id: user_id.clone(),
                    integration_id: integration.id.clone(),
                    issuer: signed_in.issuer.clone(),
                    subject: signed_in.subject.clone(),
                };
                let identity = tx.identities().insert(&identity).await?;
                (user_id, person.username, identity, true)
            }
        };
    let claims = kept(&signed_in.claims);
    tx.identities().touch(&identity, &claims, &groups_seen(signed_in, now)).await?;
    tx.users().set_last_login(&user_id, now).await?;

    let Assigned { mut trace, .. } = assign(core, tx, integration, &user_id, &groups, decided).await?;
    if let Some(members) = trace.as_object_mut() {
        members.insert("issuer".to_owned(), json!(signed_in.issuer));
        members.insert("subject".to_owned(), json!(signed_in.subject));
        members.insert("newUser".to_owned(), json!(is_new));
        members.insert("groupsMissing".to_owned(), json!(signed_in.groups == GroupsClaim::Missing));
    }
    Ok(Provisioned { user_id, username, trace })
}

/// What became of somebody's roles.
pub(super) struct Assigned {
    /// For the audit log.
    pub(super) trace: Value,
    /// Whether a role came or went.
    pub(super) changed: bool,
}

/// What the rules give somebody, and the integration when they give nothing.
pub(super) struct Decided {
    index: Arc<RuleIndex>,
    /// The rules that have anything to say.
    pub(super) rules: Vec<MappingRule>,
    pub(super) evaluation: Evaluation,
    /// What the integration does, as the rules gave nothing; `None`: they gave something.
    fallback: Option<WhenNothingMatches>,
}

impl Decided {
    /// Why the person does not get in.
    pub(super) fn refused(&self) -> Option<LoginFailure> {
        (self.fallback == Some(WhenNothingMatches::Refuse)).then_some(LoginFailure::NothingMatched)
    }
}

/// Asks the rules about these groups and claims.
pub(super) async fn decide(
    core: &Core,
    tx: &mut Tx,
    integration: &Integration,
    groups: &[String],
    claims: &Claims,
) -> Result<Decided, store::Error> {
    let index = core.rules.get(tx).await?;
    let rules = index.candidates(groups);
    let input = EvaluationInput { integration: Some(integration.name()), groups, claims: Some(claims) };
    let mut evaluation = evaluate(&rules, input);
    let fallback = integration.settings.fall_back(&mut evaluation);
    Ok(Decided { index, rules, evaluation, fallback })
}

/// Makes somebody's mapped roles what was decided: at a login, and when groups are read again.
pub(super) async fn assign(
    core: &Core,
    tx: &mut Tx,
    integration: &Integration,
    user: &UserId,
    groups: &[String],
    decided: Decided,
) -> Result<Assigned, store::Error> {
    let Decided { index, rules, evaluation, fallback } = decided;
    let change =
        tx.role_grants().replace_mapped(user, integration.name(), &evaluation.grants, &rules).await?;
    let granted = evaluation.grants.iter().flat_map(|grant| &grant.rules);
    tx.mapping_rules().matched(&index.to_note(granted, core.now())).await?;
    let many = groups.len() >= MANY_GROUPS;
    if many {
        tx.group_counts().record(&integration.id, groups.len(), core.now()).await?;
    }
    let trace = json!({
        "groups": groups.iter().take(LISTED).collect::<Vec<_>>(),
        "groupCount": groups.len(),
        "manyGroups": many,
        "rules": trace_of(&rules, &evaluation.trace, index.len()),
        "ruleSetRevision": index.revision,
        "whenNothingMatches": fallback,
        "change": change_of(&change),
    });
    Ok(Assigned { trace, changed: !change.added.is_empty() || !change.removed.is_empty() })
}

/// The claims that say something about the person; what belongs to this login alone is left out.
fn kept(claims: &Claims) -> String {
    let mut map = claims.as_map().clone();
    for name in ["nonce", "at_hash", "c_hash", "s_hash", "jti"] {
        map.remove(name);
    }
    serde_json::to_string(&map).unwrap_or_else(|_| "{}".to_owned())
}

/// The new name and its folded form, when the provider changed it and nobody else has one like it. A name that is
/// somebody else's leaves the old one in place.
async fn rename(tx: &mut Tx, old: &str, new: &str) -> Result<Option<(String, String)>, store::Error> {
    if old == new {
        return Ok(None);
    }
    let folded = canonical(new);
    let is_free = folded == canonical(old) || tx.users().find_by_username(&folded).await?.is_none();
    Ok(is_free.then(|| (new.to_owned(), folded)))
}

/// What granted, what nearly did, and how many of the rest there are.
fn trace_of(rules: &[MappingRule], trace: &[RuleOutcome], total: usize) -> Value {
    let mut granted = Vec::new();
    let mut near = Vec::new();
    let mut unmet = Vec::new();
    let (mut disabled, mut other_integration, mut role_not_of_level) = (0_usize, 0_usize, 0_usize);
    for (rule, outcome) in rules.iter().zip(trace) {
        match &outcome.verdict {
            Verdict::Granted => granted.push(json!({
                "rule": rule.id, "group": rule.group, "role": rule.role,
                "level": rule.target.level(), "target": rule.target.id(),
            })),
            Verdict::GroupAbsent { near_miss: Some(miss) } => near.push(json!({
                "rule": rule.id, "group": rule.group, "token": miss.group, "difference": miss.difference,
            })),
            Verdict::GroupAbsent { near_miss: None } => {}
            Verdict::ConditionFailed { condition, .. } => unmet.push(json!({
                "rule": rule.id, "group": rule.group, "condition": condition,
            })),
            Verdict::RuleDisabled => disabled += 1,
            Verdict::OtherIntegration => other_integration += 1,
            Verdict::RoleNotOfLevel => role_not_of_level += 1,
        }
    }
    let (granted_count, near_count, unmet_count) = (granted.len(), near.len(), unmet.len());
    granted.truncate(LISTED);
    near.truncate(LISTED);
    unmet.truncate(LISTED);
    json!({
        "total": total,
        "granted": granted,
        "grantedCount": granted_count,
        "nearMisses": near,
        "nearMissCount": near_count,
        "conditionFailed": unmet,
        "conditionFailedCount": unmet_count,
        "matchedButDisabled": disabled,
        "matchedButOfAnotherIntegration": other_integration,
        "matchedButRoleNotOfLevel": role_not_of_level,
    })
}

fn change_of(change: &GrantChange) -> Value {
    let list = |grants: &[RoleGrantView]| -> Vec<Value> {
        grants
            .iter()
            .take(LISTED)
            .map(|grant| json!({ "role": grant.role, "level": grant.level, "target": grant.target }))
            .collect()
    };
    json!({ "added": list(&change.added), "removed": list(&change.removed) })
}
