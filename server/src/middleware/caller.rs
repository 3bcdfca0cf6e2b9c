//! Who makes a request: a session cookie or an API token becomes a [`Caller`], once. Handlers never look at cookies.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::{
    access::{Caller, Via},
    problem::ProblemCode,
    role::RoleName,
    target::Target,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use store::ResolvedToken;

use super::{
    Arrival,
    refusal::{Reader, Refusal},
};
use crate::{
    AppState, Core,
    config::parse_network,
    service::{ServiceError, access::CachedUser},
    session::{self, CurrentSession},
    telemetry,
};

/// What an API token begins with.
pub const TOKEN_PREFIX: &str = "lk_";

/// How often the use of a session or token is noted, in milliseconds.
const NOTED_EVERY: i64 = 60_000;

/// The caller of a request; without one the request is refused with 401.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let found = parts.extensions.get::<Caller>().cloned();
        found.map(Self).ok_or_else(|| Refusal::of_parts(parts, ProblemCode::Unauthenticated))
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750 section 2.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    // A token that is no text is a wrong token, not a missing one.
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| std::str::from_utf8(token).unwrap_or_default().trim())
}

/// SHA-256 of an API token in hex, as the database keeps it.
#[must_use]
pub fn token_hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The cookie of a request is one of a session that this server ended by itself: why, as the sign-in page knows it.
#[derive(Debug, Clone)]
pub struct EndedSession(pub String);

/// What the credentials of a request turned out to be.
enum Outcome {
    Nobody,
    /// A cookie that opens nothing (any more).
    StaleCookie,
    /// The cookie of a session that this server ended by itself lately.
    Ended(EndedSession),
    /// A token that opens nothing.
    BadToken,
    Token(Caller),
    Session(Caller, CurrentSession),
}

/// Puts [`Caller`] and [`CurrentSession`] into the request. When the database does not answer nobody gets in: 503.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let core = &state.core;
    let arrival = request.extensions().get::<Arrival>().cloned();
    let arrival = arrival.unwrap_or_else(|| Arrival { reference: "".into(), address: None });
    let outcome = match resolve(core, request.headers(), &arrival).await {
        Ok(outcome) => outcome,
        Err(error) => {
            telemetry::log_cause(&arrival.reference, &error);
            let (parts, _) = request.into_parts();
            return Refusal::of_parts(&parts, ProblemCode::Unavailable).into_response();
        }
    };
    let mut remove_cookie = false;
    match outcome {
        Outcome::Nobody => {}
        Outcome::StaleCookie => remove_cookie = true,
        Outcome::Ended(ended) => {
            // The next page tells; what a page's script, style or form asks for cannot, and must not take the cookie away
            // before.
            remove_cookie = request.method() == Method::GET
                && !request.uri().path().starts_with("/fn/")
                && Reader::of(request.uri().path(), request.headers()) == Reader::Page
                && wants_html(request.headers());
            request.extensions_mut().insert(ended);
        }
        Outcome::BadToken => {
            let (parts, _) = request.into_parts();
            return Refusal::of_parts(&parts, ProblemCode::Unauthenticated).into_response();
        }
        Outcome::Token(caller) => drop(request.extensions_mut().insert(caller)),
        Outcome::Session(caller, session) => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(session);
        }
    }
    let mut response = next.run(request).await;
    let secure = core.config.http.is_secure();
    let name = session::cookie_name(secure);
    if remove_cookie
        && !sets_cookie(response.headers(), name)
        && let Some(value) = session::remove_cookie(name, secure)
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn sets_cookie(headers: &HeaderMap, name: &str) -> bool {
    headers.get_all(header::SET_COOKIE).into_iter().any(|value| {
        value.as_bytes().strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'='))
    })
}

async fn resolve(core: &Core, headers: &HeaderMap, arrival: &Arrival) -> Result<Outcome, ServiceError> {
    if let Some(token) = bearer(headers) {
        let caller = by_token(core, token, arrival).await?;
        return Ok(caller.map_or(Outcome::BadToken, Outcome::Token));
    }
    let name = session::cookie_name(core.config.http.is_secure());
    let Some(value) = session::find_cookie(headers, name) else { return Ok(Outcome::Nobody) };
    let Some(hash) = session::hash_of(value) else { return Ok(Outcome::StaleCookie) };
    let now = core.now();
    let found = core.db.resolve_session(&hash, now, core.config.session.idle_minutes).await?;
    let Some(found) = found else {
        let mut tx = core.db.read().await?;
        let reason = tx.ended_sessions().find(&hash, now).await?;
        return Ok(reason.map_or(Outcome::StaleCookie, |reason| Outcome::Ended(EndedSession(reason))));
    };
    if is_due(Some(found.last_seen_at), now) {
        core.db.touch_session(&found.session_id, now).await?;
    }
    let Some(user) = core.users.get(core, &found.user_id, found.user_revision).await? else {
        return Ok(Outcome::StaleCookie);
    };
    core.session_times.remember(&found.session_id, found.created_at, found.expires_at);
    let session = CurrentSession::new(core, Arc::new(found), hash);
    let caller = Caller {
        user_id: Some(session.resolved.user_id.clone()),
        username: session.resolved.username.clone(),
        via: session.via(),
        global_roles: user.global_roles.clone(),
        grants: user.grants.clone(),
        must_change_password: session.resolved.must_change_password,
        address: arrival.address,
        reference: arrival.reference.to_string(),
    };
    Ok(Outcome::Session(caller, session))
}

fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| (now.ms() - last.ms()).abs() >= NOTED_EVERY)
}

async fn by_token(core: &Core, token: &str, arrival: &Arrival) -> Result<Option<Caller>, ServiceError> {
    if !token.starts_with(TOKEN_PREFIX) || token.len() > 256 {
        return Ok(None);
    }
    let now = core.now();
    let Some(found) = core.db.resolve_api_token(&token_hash(token), now).await? else { return Ok(None) };
    if !admits(&found.access_list, arrival.address) {
        return Ok(None);
    }
    let owner = match (&found.owner, found.owner_revision) {
        (Some(owner), Some(revision)) => match core.users.get(core, owner, revision).await? {
            Some(user) => Some(user),
            None => return Ok(None),
        },
        _ => None,
    };
    if is_due(found.last_used_at, now) {
        let mut tx = core.db.begin().await?;
        tx.api_tokens().touch(&found.id, now).await?;
        tx.commit().await?;
    }
    let (global_roles, grants) = in_force(&found, owner.as_deref());
    let username = match &found.owner_username {
        Some(owner) => format!("{owner} (token {})", found.name),
        None => format!("token {}", found.name),
    };
    Ok(Some(Caller {
        user_id: found.owner,
        username,
        via: Via::ApiToken(found.id),
        global_roles,
        grants,
        must_change_password: false,
        address: arrival.address,
        reference: arrival.reference.to_string(),
    }))
}

/// A token's roles, cut down to its owner's. A token of the host has no owner; without roles of its own it may all.
fn in_force(token: &ResolvedToken, owner: Option<&CachedUser>) -> (Vec<RoleName>, Vec<(RoleName, Target)>) {
    let Some(owner) = owner else {
        let all = vec![RoleName::new(RoleName::GLOBAL_OWNER)];
        let roles = if token.roles.is_empty() { all } else { token.roles.clone() };
        let grants = roles.iter().map(|role| (role.clone(), Target::Global)).collect();
        return (roles, grants);
    };
    if token.roles.is_empty() {
        return (owner.global_roles.clone(), owner.grants.clone());
    }
    // A global owner may hand out less than everything, also roles they do not hold by name.
    let is_owner = owner.global_roles.iter().any(|role| role.as_str() == RoleName::GLOBAL_OWNER);
    let held = |role: &&RoleName| is_owner || owner.global_roles.contains(role);
    let roles: Vec<RoleName> = token.roles.iter().filter(held).cloned().collect();
    let grants = roles.iter().map(|role| (role.clone(), Target::Global)).collect();
    (roles, grants)
}

/// An empty list admits every address; an entry that cannot be read admits none.
fn admits(list: &[String], address: Option<IpAddr>) -> bool {
    list.is_empty()
        || address.is_some_and(|address| {
            list.iter().filter_map(|text| parse_network(text)).any(|net| net.contains(&address))
        })
}
