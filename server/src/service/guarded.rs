//! Changes of the ways in. Whoever turns local sign-in off, or disables, deletes or changes an integration in what
//! matters, does so only while a way in is known to remain: a global owner has signed in lately through another way
//! that the change leaves alone, or the change is provisional ([`super::pending`]) and is taken back by itself.
//!
//! Every door does the same: [`Before::read`] first, then the change, then [`decide`], then the commit.

use std::collections::BTreeSet;

use domain::{
    access::Caller,
    api::{PendingChangeView, RuleView},
    audit::AuditKind,
    integration::{Integration, IntegrationSettings, LogoutMode, OnBackchannelLogout},
    problem::ProblemCode,
    role::RoleName,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{IntegrationSnapshot, NewPendingChange, OwnerView, PendingChange, Tx};

use super::{
    ServiceError, audit, lock_out_guard,
    organization_owners::{OrganizationOwners, rules_giving},
    settings, sign_in,
};
use crate::state::Core;

/// How long a provisional change waits for its confirmation, in minutes.
pub const CONFIRM_MINUTES: i64 = 10;

/// How a change is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// For good; refused when no way in is known to remain.
    #[default]
    Final,
    /// Where it concerns a way in: until an owner confirms it, or it is taken back by itself.
    Provisional,
    /// For good when a way in is known to remain, else as [`Mode::Provisional`].
    Careful,
}

impl Mode {
    /// From a flag.
    #[must_use]
    pub const fn provisional(yes: bool) -> Self {
        if yes { Self::Provisional } else { Self::Final }
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays.
    Final,
    /// It has to be confirmed.
    Provisional(PendingChangeView),
}

/// A way in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Password,
    Integration(String),
}

/// How the ways in stood before a change.
#[derive(Debug)]
pub struct Before {
    now: Standing,
    /// Ways through which an owner has signed in lately.
    fresh: BTreeSet<Way>,
    pending: Option<PendingChange>,
    organizations: OrganizationOwners,
}

#[derive(Debug)]
struct Standing {
    integrations: Vec<IntegrationSnapshot>,
    setting: (Option<Value>, i64),
    local_sign_in: bool,
    /// Ways that some enabled owner has.
    ways: BTreeSet<Way>,
    /// Rules that make owners.
    rules: Vec<RuleView>,
}

/// What is kept of a provisional change, to take it back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    pub(super) integrations: Vec<KeptIntegration>,
    pub(super) setting: Option<KeptSetting>,
    pub(super) rules: Vec<KeptRule>,
    /// Rows of integrations that are deleted once the change is confirmed.
    pub(super) delete_integrations: Vec<String>,
    /// Rules that are removed once the change is confirmed.
    pub(super) delete_rules: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptIntegration {
    pub(super) id: String,
    /// `None`: the change made it; taking it back turns it off.
    pub(super) before: Option<IntegrationSnapshot>,
    /// The revision the change left.
    pub(super) left: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptSetting {
    pub(super) before: Option<Value>,
    pub(super) left: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptRule {
    pub(super) before: RuleView,
    pub(super) left: i64,
}

/// What a door puts off until a provisional change is confirmed: a row that is deleted cannot be put back with
/// everything that hung on it.
#[derive(Debug, Default)]
pub(crate) struct PutOff {
    pub(crate) integrations: Vec<Integration>,
    pub(crate) rules: Vec<domain::mapping::MappingRule>,
}

impl PutOff {
    pub(crate) fn integration(old: &Integration) -> Self {
        Self { integrations: vec![old.clone()], rules: Vec::new() }
    }
}

impl Before {
    /// Reads how things stand, and holds off everybody else who wants to change a way in.
    ///
    /// # Errors
    /// The database.
    pub async fn read(core: &Core, tx: &mut Tx) -> Result<Self, ServiceError> {
        tx.pending_changes().take_turn().await?;
        let since = core.now().plus_minutes(-core.config.sign_in.proof_minutes);
        let fresh = tx.sessions().ways_of_owners_since(since).await?;
        Ok(Self {
            now: Standing::read(core, tx).await?,
            fresh: fresh.into_iter().map(|name| name.map_or(Way::Password, Way::Integration)).collect(),
            pending: tx.pending_changes().live().await?,
            organizations: OrganizationOwners::read(tx).await?,
        })
    }
}

impl Standing {
    async fn read(core: &Core, tx: &mut Tx) -> Result<Self, ServiceError> {
        let local_sign_in = sign_in::policy(core, tx).await?.local_sign_in;
        let owners = tx.users().owners().await?;
        let setting = tx.settings().get(settings::LOCAL_SIGN_IN).await?;
        Ok(Self {
            integrations: tx.integrations().snapshots().await?,
            setting: setting.map_or((None, 0), |(value, revision)| (Some(value), revision)),
            local_sign_in,
            ways: ways(&owners, local_sign_in),
            rules: rules_giving(tx, RoleName::GLOBAL_OWNER).await?,
        })
    }
}

fn ways(owners: &[OwnerView], local_sign_in: bool) -> BTreeSet<Way> {
    let mut all = BTreeSet::new();
    for owner in owners.iter().filter(|owner| owner.enabled) {
        if local_sign_in && owner.has_password {
            all.insert(Way::Password);
        }
        all.extend(owner.integrations.iter().cloned().map(Way::Integration));
    }
    all
}

/// The settings without what cannot keep anybody from signing in.
fn what_matters(text: &str) -> Option<IntegrationSettings> {
    let settings: IntegrationSettings = serde_json::from_str(text).ok()?;
    Some(IntegrationSettings {
        label: String::new(),
        order: 0,
        icon: None,
        email_domains: Vec::new(),
        hidden: false,
        preset: None,
        local_sign_in: true,
        create_users: true,
        logout_mode: LogoutMode::default(),
        on_backchannel_logout: OnBackchannelLogout::default(),
        ..settings
    })
}

/// Whether people who could sign in with it still can, as far as this side goes.
fn is_intact(before: &IntegrationSnapshot, after: &Standing) -> bool {
    let found = after.integrations.iter().find(|now| now.integration_id == before.integration_id);
    found.is_some_and(|now| {
        now.enabled
            && now.still_holds_the_secret_of(before)
            && what_matters(&now.settings) == what_matters(&before.settings)
    })
}

fn same_rule(before: &RuleView, now: &RuleView) -> bool {
    before.integration == now.integration
        && before.group == now.group
        && before.conditions == now.conditions
        && before.level == now.level
        && now.enabled
}

/// The ways that a change closes or makes uncertain.
fn touched(before: &Standing, after: &Standing) -> BTreeSet<Way> {
    let mut all = BTreeSet::new();
    if before.local_sign_in && !after.local_sign_in {
        all.insert(Way::Password);
    }
    let enabled = || before.integrations.iter().filter(|old| old.enabled);
    for old in enabled().filter(|old| !is_intact(old, after)) {
        all.insert(Way::Integration(old.name.clone()));
    }
    for old in before.rules.iter().filter(|rule| rule.enabled) {
        let now = after.rules.iter().find(|now| now.id == old.id);
        if !now.is_some_and(|now| same_rule(old, now)) {
            let of_rule = |name: &str| old.integration.as_deref().is_none_or(|of| of == name);
            all.extend(enabled().filter(|i| of_rule(&i.name)).map(|i| Way::Integration(i.name.clone())));
        }
    }
    all
}

/// Decides about a change that has been made in this transaction: it stays, it has to be confirmed, or it is refused
/// and must be taken back by dropping the transaction. To be called after the change's audit events.
///
/// # Errors
/// [`ProblemCode::LastOwner`], [`ProblemCode::LastWayIn`], [`ProblemCode::WayInUnproven`],
/// [`ProblemCode::ChangePending`]; the database.
pub(crate) async fn decide(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    before: &Before,
    mode: Mode,
    summary: String,
    put_off: &PutOff,
) -> Result<Verdict, ServiceError> {
    before.organizations.check(tx).await?;
    let after = Standing::read(core, tx).await?;
    let kept = kept(before, &after, put_off);
    let touched = touched(&before.now, &after);
    let hit = touched.intersection(&before.now.ways).next().is_some();
    if let Some(pending) = &before.pending
        && (hit || meets(&kept, pending))
    {
        return Err(ServiceError::Refused(ProblemCode::ChangePending));
    }
    if !hit {
        // Where nobody could get in before, nobody is locked out now.
        if !before.now.ways.is_empty() {
            lock_out_guard::check(core, tx).await?;
        }
        return Ok(Verdict::Final);
    }
    if mode == Mode::Provisional {
        return wait(core, caller, tx, summary, &kept).await.map(Verdict::Provisional);
    }
    lock_out_guard::check(core, tx).await?;
    let open = after.ways.difference(&touched);
    if open.into_iter().any(|way| before.fresh.contains(way)) {
        return Ok(Verdict::Final);
    }
    if mode == Mode::Careful {
        return wait(core, caller, tx, summary, &kept).await.map(Verdict::Provisional);
    }
    Err(ServiceError::Refused(ProblemCode::WayInUnproven))
}

/// Whether a change touches what another one, that still waits, has changed.
fn meets(kept: &Kept, pending: &PendingChange) -> bool {
    let theirs: Kept = serde_json::from_value(pending.state.clone()).unwrap_or_default();
    let same = |id: &str| theirs.integrations.iter().any(|other| other.id == id);
    let same_rule = |id: &str| theirs.rules.iter().any(|other| other.before.id.as_str() == id);
    kept.integrations.iter().any(|one| same(&one.id))
        || kept.rules.iter().any(|one| same_rule(one.before.id.as_str()))
        || (kept.setting.is_some() && theirs.setting.is_some())
}

fn kept(before: &Before, after: &Standing, put_off: &PutOff) -> Kept {
    let old_of = |id: &str| before.now.integrations.iter().find(|old| old.integration_id == id);
    let integrations = after.integrations.iter().filter_map(|now| {
        let old = old_of(&now.integration_id);
        (old.is_none_or(|old| old.revision != now.revision)).then(|| KeptIntegration {
            id: now.integration_id.clone(),
            before: old.cloned(),
            left: now.revision,
        })
    });
    let gone = before
        .now
        .integrations
        .iter()
        .filter(|old| !after.integrations.iter().any(|now| now.integration_id == old.integration_id));
    let gone = gone.map(|old| KeptIntegration {
        id: old.integration_id.clone(),
        before: Some(old.clone()),
        left: 0,
    });
    let rules = before.now.rules.iter().filter_map(|old| {
        let left = after.rules.iter().find(|now| now.id == old.id).map_or(0, |now| now.revision);
        (left != old.revision).then(|| KeptRule { before: old.clone(), left })
    });
    let setting = (before.now.setting.1 != after.setting.1)
        .then(|| KeptSetting { before: before.now.setting.0.clone(), left: after.setting.1 });
    Kept {
        integrations: integrations.chain(gone).collect(),
        setting,
        rules: rules.collect(),
        delete_integrations: put_off.integrations.iter().map(|one| one.id.to_string()).collect(),
        delete_rules: put_off.rules.iter().map(|one| one.id.to_string()).collect(),
    }
}

async fn wait(
    core: &Core,
    caller: &Caller,
    tx: &mut Tx,
    summary: String,
    kept: &Kept,
) -> Result<PendingChangeView, ServiceError> {
    let state = serde_json::to_value(kept).map_err(|error| ServiceError::Internal(Box::new(error)))?;
    let deadline_at = core.now().plus_minutes(CONFIRM_MINUTES);
    let detail = json!({"summary": summary, "revertsAt": deadline_at});
    let new = NewPendingChange { summary, state, made_by: caller.username.clone(), deadline_at };
    let view = tx.pending_changes().insert(&new).await.map_err(|error| match error {
        store::Error::Taken(_) => ServiceError::Refused(ProblemCode::ChangePending),
        other => other.into(),
    })?;
    let event = audit::event(caller, AuditKind::ChangePending, Some(format!("change:{}", view.id)), detail);
    tx.audit_events().append(&event).await?;
    Ok(view)
}
