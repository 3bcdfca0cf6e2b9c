//! The token endpoint.

use axum::http::header;
use ring::digest;
use serde_json::{Value, json};

use crate::client::{Refusal, authenticate};
use crate::faults::{Fault, SECRET_MARKER};
use crate::id_token::id_token;
use crate::jwt::base64url;
use crate::keys;
use crate::record::{Issued, Recorded, find};
use crate::reply::Reply;
use crate::state::{Access, Grant, Shared, Snapshot};

pub(crate) fn token(shared: &Shared, mut now: Snapshot, request: &Recorded) -> Reply {
    for fault in now.faults.iter() {
        match fault {
            Fault::TokenError => {
                let text = format!("<b onmouseover=alert(1)>wrong code</b> {SECRET_MARKER}");
                return oauth_error(400, "invalid_grant", &text);
            }
            Fault::InvalidClient => return oauth_error(401, "invalid_client", "unknown client"),
            Fault::TokenHtml => {
                return Reply::text(200, "text/html", "<!doctype html><title>Sign in</title>");
            }
            Fault::TokenRedirect => return Reply::redirect(307, shared.url("elsewhere/token")),
            Fault::SlowToken => return Reply::never(),
            _ => {}
        }
    }
    if now.config.token_down {
        return Reply::text(503, "text/plain", "down for maintenance");
    }
    if now.has(Fault::RotatedKeys) {
        shared.rotate_keys();
        now.keys = shared.snapshot().keys;
    }
    let audience = shared.url("token");
    let authenticated = authenticate(shared, &now, request, &audience);
    if authenticated.is_err()
        && now.config.failed_client_spends_code
        && let Some(code) = find(&request.body, "code")
    {
        shared.lock().codes.remove(code);
    }
    let granted = authenticated.and_then(|()| grant(shared, &now, request));
    match granted {
        Ok((code, grant)) => issue(shared, &now, code, &grant),
        Err((status, code, description)) => oauth_error(status, code, description),
    }
}

/// What the code or the refresh token stands for. Either is used up by the attempt.
fn grant(shared: &Shared, now: &Snapshot, request: &Recorded) -> Result<(Option<String>, Grant), Refusal> {
    match find(&request.body, "grant_type") {
        Some("authorization_code") => {
            let code = find(&request.body, "code").ok_or((400, "invalid_request", "code is missing"))?;
            code_grant(shared, now, request, code).map(|grant| (Some(code.to_owned()), grant))
        }
        Some("refresh_token") => {
            let token = find(&request.body, "refresh_token").unwrap_or_default();
            let grant = shared.lock().refresh.remove(token);
            grant.map(|grant| (None, grant)).ok_or((
                400,
                "invalid_grant",
                "the refresh token is unknown or used",
            ))
        }
        _ => {
            Err((400, "unsupported_grant_type", "grant_type is neither authorization_code nor refresh_token"))
        }
    }
}

fn code_grant(shared: &Shared, now: &Snapshot, request: &Recorded, code: &str) -> Result<Grant, Refusal> {
    let invalid = |what| Err((400, "invalid_grant", what));
    let mut state = shared.lock();
    let Some(grant) = state.codes.remove(code) else {
        // A code that comes twice may be stolen: what the first use gave is revoked (RFC 6749 4.1.2).
        if let Some(access_token) = state.spent.remove(code) {
            state.tokens.remove(&access_token);
        }
        return invalid("the code is unknown or used");
    };
    drop(state);
    if now.time >= grant.expires_at {
        return invalid("the code is expired");
    }
    if find(&request.body, "redirect_uri") != Some(&grant.redirect_uri) {
        return invalid("redirect_uri differs from the authorization request");
    }
    match (&grant.challenge, find(&request.body, "code_verifier")) {
        (Some(challenge), Some(verifier)) if verifies(challenge, verifier) => Ok(grant),
        (None, None) => Ok(grant),
        _ => invalid("code_verifier is missing, wrong or not expected"),
    }
}

/// S256 (RFC 7636 4.6), and the verifier's length (4.1).
fn verifies(challenge: &str, verifier: &str) -> bool {
    let sum = digest::digest(&digest::SHA256, verifier.as_bytes());
    (43..=128).contains(&verifier.len()) && base64url(sum) == challenge
}

fn issue(shared: &Shared, now: &Snapshot, code: Option<String>, grant: &Grant) -> Reply {
    let hostile = now.has(Fault::HostileAccessToken);
    let access_token = if hostile { "ab\ncd\u{7f}".to_owned() } else { keys::random(32) };
    let id_token = id_token(shared, now, grant, &access_token);
    let refresh_token = now.config.refresh_tokens.then(|| keys::random(32));
    let mut answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": now.config.access_token_lifetime,
        "scope": grant.scope,
        "id_token": id_token,
    });
    if let (Some(token), Value::Object(members)) = (&refresh_token, &mut answer) {
        members.insert("refresh_token".into(), json!(token));
    }
    let left_out = code.is_none() && now.config.refresh_without_id_token;
    if let (true, Value::Object(members)) = (left_out || !now.config.openid, &mut answer) {
        members.remove("id_token");
    }
    remember(shared, now, code, grant, Tokens { access_token, id_token, refresh_token });
    spoil(now, &mut answer);
    let reply = Reply::json(200, &answer).header(header::CACHE_CONTROL, "no-store");
    if now.has(Fault::TokenHuge) { reply.huge() } else { reply }
}

struct Tokens {
    access_token: String,
    id_token: String,
    refresh_token: Option<String>,
}

fn remember(shared: &Shared, now: &Snapshot, code: Option<String>, grant: &Grant, tokens: Tokens) {
    let expires_at = now.time.saturating_add(now.config.access_token_lifetime);
    let mut state = shared.lock();
    state.tokens.insert(tokens.access_token.clone(), Access { person: grant.person.clone(), expires_at });
    if let Some(token) = &tokens.refresh_token {
        state.refresh.insert(token.clone(), grant.clone());
    }
    if let Some(code) = &code {
        state.spent.insert(code.clone(), tokens.access_token.clone());
    }
    if shared.record {
        state.issued.push(Issued {
            code,
            access_token: tokens.access_token,
            id_token: tokens.id_token,
            refresh_token: tokens.refresh_token,
            sub: grant.person.sub.clone(),
            sid: grant.sid.clone(),
        });
    }
}

/// What the faults do to the answer around the ID token.
fn spoil(now: &Snapshot, answer: &mut Value) {
    let Value::Object(members) = answer else { return };
    for fault in now.faults.iter() {
        match fault {
            Fault::NoIdToken => members.remove("id_token"),
            Fault::IdTokenNotAString => members.insert("id_token".into(), json!(42)),
            Fault::NoAccessToken => members.remove("access_token"),
            Fault::TokenTypeUpper => members.insert("token_type".into(), json!("bEARER")),
            Fault::TokenTypeMac => members.insert("token_type".into(), json!("mac")),
            Fault::NoExpiresIn => members.remove("expires_in"),
            Fault::WeirdExpiresIn => members.insert("expires_in".into(), json!("3600")),
            _ => None,
        };
    }
}

pub(crate) fn oauth_error(status: u16, code: &str, description: &str) -> Reply {
    let reply = Reply::json(status, &json!({"error": code, "error_description": description}))
        .header(header::CACHE_CONTROL, "no-store");
    if status == 401 { reply.header(header::WWW_AUTHENTICATE, "Basic realm=\"fake\"") } else { reply }
}
