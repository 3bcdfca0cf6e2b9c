//! Live groups: while people are signed in, their groups are read again at the provider with refresh tokens, and their
//! roles follow. Any number of servers may do it: each token is taken by one of them at a time.

use std::{sync::Arc, time::Duration};

use domain::{
    audit::{AuditKind, NewAuditEvent, Outcome},
    id::SessionId,
    integration::Integration,
    login_failure::LoginFailure,
    secret::Secret,
};
use futures::{StreamExt as _, stream};
use oidc::RefreshToken;
use serde_json::{Value, json};
use store::{SessionToken, Tx};

use super::{
    ServiceError, client_keys,
    client_secrets::{either, notes::Notes},
    provisioning,
};
use crate::{state::Core, telemetry};

/// How often it is looked whose groups are due.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How long a token belongs to the server that took it, in minutes: longer than the longest refresh.
const LEASE_MINUTES: i64 = 3;
/// How long until the next try after one that brought nothing, in minutes.
const RETRY_MINUTES: i64 = 1;
/// How many providers' answers are waited for at a time.
const PARALLEL: usize = 8;
/// How many tokens are looked at in one round.
const ROUND: i64 = 200;
/// How long the browser of a session that ended here can learn why, in minutes: a day.
const TOLD_MINUTES: i64 = 24 * 60;
/// How often a transaction is tried when another one came in between.
const TRIES: usize = 3;

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The provider says that what it gave counts no longer.
    InvalidGrant,
    /// The provider could not be asked for longer than the grace time.
    GraceOver,
    /// The provider sends no groups, or not the needed ones: a login would be refused.
    Refused(LoginFailure),
}

impl Reason {
    const fn code(self) -> &'static str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::GraceOver => "provider_unreachable",
            Self::Refused(failure) => failure.code(),
        }
    }

    /// What the sign-in page says of it.
    const fn note(self) -> &'static str {
        match self {
            Self::InvalidGrant => "ended_by_service",
            Self::GraceOver => "service_away",
            Self::Refused(_) => "no_longer_admitted",
        }
    }
}

/// Keeps what a login brought, when the integration wants live groups.
pub(super) async fn keep(
    core: &Core,
    tx: &mut Tx,
    session: &SessionId,
    who: &oidc::SignedIn,
) -> Result<(), store::Error> {
    let Some(RefreshToken { token, nonce_hash }) = &who.refresh_token else { return Ok(()) };
    let next = core.now().plus_minutes(core.config.session.live_groups_minutes);
    tx.session_tokens().insert(session, token, nonce_hash, next).await
}

/// Refreshes what is due, for ever.
pub async fn run(core: Arc<Core>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = refresh_due(&core).await {
            telemetry::log_cause("live groups", &error);
        }
    }
}

/// One round: every session whose groups are due. How many were looked at.
///
/// # Errors
/// The database's, when it cannot be looked what is due. What goes wrong with one session is logged.
pub async fn refresh_due(core: &Core) -> Result<usize, ServiceError> {
    let mut tx = core.db.read().await?;
    let due = tx.session_tokens().due(core.now(), ROUND).await?;
    drop(tx);
    let count = due.len();
    stream::iter(due)
        .for_each_concurrent(PARALLEL, |session| async move {
            if let Err(error) = refresh(core, &session).await {
                telemetry::log_cause("live groups", &error);
            }
        })
        .await;
    Ok(count)
}

async fn refresh(core: &Core, session: &SessionId) -> Result<(), ServiceError> {
    let now = core.now();
    let mut tx = core.db.begin().await?;
    let lease = now.plus_minutes(LEASE_MINUTES);
    let Some(token) = tx.session_tokens().claim(session, now, lease).await? else { return Ok(()) };
    let integration = tx.integrations().find_by_id(&token.integration_id).await?;
    let Some(integration) = integration.filter(|found| found.enabled && found.settings.live_groups) else {
        // Somebody turned it off: the session goes on as any other.
        tx.session_tokens().remove(session).await?;
        return Ok(tx.commit().await?);
    };
    let held = tx.client_secrets().open(&integration.id).await?;
    tx.commit().await?;
    client_keys::provide(core, &integration.settings).await?;
    // No transaction is open while the provider is asked.
    let shown = RefreshToken { token: token.refresh_token.clone(), nonce_hash: token.nonce_hash.clone() };
    let reference = core.db.new_id();
    let notes = Notes { core, integration: &integration, reference: &reference };
    let (asked, shown, subject) = (&integration, &shown, token.subject.as_str());
    let ask = |secret: Option<Secret>| async move {
        core.engine.refresh(asked, secret.as_ref(), shown, subject).await
    };
    let refreshed = match either::ask(notes, &held, ask).await {
        Ok(refreshed) => refreshed,
        Err(tried) if tried.is_invalid_grant() => {
            return end(core, &token, &integration, Reason::InvalidGrant, &tried.cause()).await;
        }
        Err(tried) => return unreachable(core, &token, &integration, &tried.cause()).await,
    };
    if let Some(rotated) = &refreshed.rotated {
        // At once and by itself: the old one is used up, whatever happens next.
        let mut tx = core.db.begin().await?;
        tx.session_tokens().replace(session, rotated).await?;
        tx.commit().await?;
    }
    let who = match refreshed.who {
        Ok(who) => who,
        Err(error) => return unreachable(core, &token, &integration, &error.chain()).await,
    };
    if let Err(error) = note(core, &integration, &who).await {
        telemetry::log_cause("live groups", &error);
    }
    match provisioning::groups(&who, &integration) {
        Ok(groups) => apply(core, &token, &integration, &groups).await,
        Err(failed) => {
            let cause = failed.cause.unwrap_or_else(|| "the groups cannot be read".to_owned());
            match failed.failure {
                failure @ (LoginFailure::GroupsMissing | LoginFailure::RequiredGroupMissing) => {
                    end(core, &token, &integration, Reason::Refused(failure), &cause).await
                }
                // What cannot be read says nothing: the roles stay until the grace time is over.
                _ => unreachable(core, &token, &integration, &cause).await,
            }
        }
    }
}

/// Notes how the groups came, for the person's own page.
async fn note(core: &Core, integration: &Integration, who: &oidc::SignedIn) -> Result<(), store::Error> {
    let mut tx = core.db.begin().await?;
    let Some(identity) = tx.identities().find(&who.issuer, &who.subject).await? else { return Ok(()) };
    if identity.integration_id.as_ref() == Some(&integration.id) {
        tx.identities().note_groups(&identity.id, &provisioning::groups_seen(who, core.now())).await?;
    }
    tx.commit().await
}

async fn apply(
    core: &Core,
    token: &SessionToken,
    integration: &Integration,
    groups: &[String],
) -> Result<(), ServiceError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match apply_once(core, token, integration, groups).await {
            Err(error) if error.is_transient() && tries < TRIES => {}
            done => return Ok(done?),
        }
    }
}

async fn apply_once(
    core: &Core,
    token: &SessionToken,
    integration: &Integration,
    groups: &[String],
) -> Result<(), store::Error> {
    let now = core.now();
    let mut tx = core.db.begin().await?;
    // While the provider was asked somebody may have changed the integration or ended the session.
    let same = tx.integrations().find_by_id(&integration.id).await?;
    let same = same.is_some_and(|found| found.enabled && found.settings == integration.settings);
    if !same || tx.sessions().find(&token.session_id).await?.is_none() {
        return Ok(());
    }
    let assigned = provisioning::assign(core, &mut tx, integration, &token.user_id, groups).await?;
    let next = now.plus_minutes(core.config.session.live_groups_minutes);
    tx.session_tokens().succeeded(&token.session_id, now, next).await?;
    if assigned.changed {
        let mut event = event(core, token, integration, AuditKind::RolesChanged, assigned.trace);
        event.detail.as_object_mut().map(|detail| detail.insert("because".to_owned(), json!("live groups")));
        tx.audit_events().append(&event).await?;
    }
    tx.commit().await
}

/// Nothing was learned: the session lives on while the grace time lasts.
async fn unreachable(
    core: &Core,
    token: &SessionToken,
    integration: &Integration,
    cause: &str,
) -> Result<(), ServiceError> {
    let now = core.now();
    let over = token.last_ok_at.plus_minutes(core.config.session.provider_grace_minutes);
    if now >= over {
        return end(core, token, integration, Reason::GraceOver, cause).await;
    }
    if token.failing_since.is_none() {
        tracing::warn!(
            integration = %telemetry::OneLine(integration.name()),
            session = token.session_id.as_str(),
            cause = %telemetry::OneLine(cause),
            "groups could not be read again; the session ends when this lasts longer than session.provider_grace_minutes"
        );
    }
    let next = now.plus_minutes(RETRY_MINUTES).min(over);
    let mut tx = core.db.begin().await?;
    tx.session_tokens().failed(&token.session_id, now, next).await?;
    Ok(tx.commit().await?)
}

async fn end(
    core: &Core,
    token: &SessionToken,
    integration: &Integration,
    reason: Reason,
    cause: &str,
) -> Result<(), ServiceError> {
    let detail = json!({
        "session": token.session_id.as_str(), "integration": integration.name(), "reason": reason.code(),
        "cause": cause, "because": "live groups",
    });
    let mut event = event(core, token, integration, AuditKind::SessionEnded, detail);
    event.code = Some(reason.code().to_owned());
    let mut tx = core.db.begin().await?;
    // The browser that still holds the cookie is told why, and nobody else.
    let until = core.now().plus_minutes(TOLD_MINUTES);
    tx.ended_sessions().note(&token.session_id, reason.note(), until).await?;
    if tx.sessions().end(&token.session_id).await? {
        tx.audit_events().append(&event).await?;
    }
    Ok(tx.commit().await?)
}

/// An event of this server itself.
fn event(
    core: &Core,
    token: &SessionToken,
    integration: &Integration,
    kind: AuditKind,
    detail: Value,
) -> NewAuditEvent {
    NewAuditEvent {
        kind,
        outcome: Outcome::Success,
        actor: "server".to_owned(),
        actor_id: None,
        target: Some(format!("user:{}", token.username)),
        integration: Some(integration.name().to_owned()),
        code: None,
        address: None,
        reference: core.db.new_id(),
        detail,
    }
}
