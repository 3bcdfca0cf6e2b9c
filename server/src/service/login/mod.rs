//! Logins: with a password ([`local`]), and at a provider ([`begin`], [`complete`]). Each ends in a session or in a
//! recorded failure.

mod begin;
mod complete;
mod failed;
mod flood;
mod local;
mod posted;

use std::net::IpAddr;

use domain::{
    id::{IntegrationId, SessionId, UserId},
    return_to::ReturnTo,
    secret::Secret,
};
use store::{NewSession, SessionHash, Tx};

pub(crate) use begin::AttemptGate;
pub use begin::{ATTEMPT_MINUTES, Begin, begin};
pub(in crate::service) use complete::Denied;
pub use complete::{Callback, complete};
pub use failed::{LoginFailed, Method, record};
pub(crate) use flood::FloodGate;
pub use flood::record_left_out;
pub use local::local;
pub use posted::{keep, kept};

use super::ServiceError;
use crate::{session, state::Core, telemetry};

/// Somebody at a browser who wants in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The request's id.
    pub reference: String,
    /// Where they are.
    pub address: Option<IpAddr>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// The session this browser has so far; it ends when another begins.
    pub previous: Option<SessionHash>,
}

/// A session that has begun.
#[derive(Debug)]
pub struct SignedIn {
    /// The cookie's value.
    pub cookie: Secret,
    /// Where to go.
    pub return_to: ReturnTo,
}

/// Begins a session under a new id, never one that the browser brought, and ends the browser's old one.
async fn start_session(
    core: &Core,
    tx: &mut Tx,
    visitor: &Visitor,
    user: &UserId,
    provider: Option<(&IntegrationId, &oidc::SignedIn)>,
) -> Result<(Secret, SessionId), ServiceError> {
    if let Some(previous) = &visitor.previous {
        tx.sessions().end_by_hash(previous).await?;
    }
    let (cookie, id_hash) =
        session::new_value().map_err(|error| ServiceError::Internal(error.to_string().into()))?;
    let agent = visitor.user_agent.as_ref();
    let new = NewSession {
        id_hash,
        user_id: user.clone(),
        integration_id: provider.map(|(id, _)| id.clone()),
        idp_session_id: provider.and_then(|(_, who)| who.idp_session_id.clone()),
        subject: provider.map(|(_, who)| who.subject.clone()),
        address: visitor.address.map(|address| address.to_string()),
        user_agent: agent.map(|text| text.chars().filter(|c| !c.is_control()).take(256).collect()),
        expires_at: core.now().plus_hours(core.config.session.absolute_hours),
    };
    let id = tx.sessions().insert(&new).await?;
    Ok((cookie, id))
}

/// What may be logged of a return target: without user, query and fragment, where secrets are, and not more than a
/// line.
fn place_of(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let place = text.get(..end).unwrap_or_default();
    let place = match (place.find("//"), place.rfind('@')) {
        (Some(start), Some(at)) if start < at => {
            format!("{}//{}", place.get(..start).unwrap_or_default(), place.get(at + 1..).unwrap_or_default())
        }
        _ => place.to_owned(),
    };
    place.chars().take(120).collect()
}

/// Reads where to go after a login. What cannot be used is dropped: people then land at the start.
#[must_use]
pub fn return_to(core: &Core, given: Option<&str>) -> ReturnTo {
    let Some(text) = given.filter(|text| !text.is_empty()) else { return ReturnTo::home() };
    match ReturnTo::parse(text, &core.public_url, &core.config.sign_in.return_to_allow) {
        Ok(target) => target,
        Err(why) => {
            tracing::info!(%why, target = %telemetry::OneLine(&place_of(text)), "a return target was dropped");
            ReturnTo::home()
        }
    }
}
