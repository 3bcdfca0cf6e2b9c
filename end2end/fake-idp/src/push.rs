//! Pushed authorization requests (RFC 9126).

use serde_json::json;

use crate::client::authenticate;
use crate::faults::Fault;
use crate::keys;
use crate::record::{Recorded, find};
use crate::reply::Reply;
use crate::state::{Shared, Snapshot};
use crate::token::oauth_error;

/// How long a pushed request is good for, seconds.
const LIFETIME: i64 = 60;

pub(crate) fn push(shared: &Shared, now: &Snapshot, request: &Recorded) -> Reply {
    for fault in now.faults.iter() {
        match fault {
            Fault::PushRefused => return oauth_error(400, "invalid_request", "no <b>such</b> scope"),
            Fault::PushInvalidClient => return oauth_error(401, "invalid_client", "unknown client"),
            Fault::PushNoRequestUri => return Reply::json(201, &json!({"expires_in": LIFETIME})),
            Fault::PushStrangeUri => {
                return Reply::json(201, &json!({"request_uri": "urn:a b\r\nx: y", "expires_in": LIFETIME}));
            }
            Fault::PushHtml => return Reply::text(201, "text/html", "<!doctype html><title>Hello</title>"),
            Fault::PushRedirect => return Reply::redirect(307, shared.url("elsewhere/par")),
            Fault::Push500 => return Reply::text(500, "text/plain", "something broke"),
            _ => {}
        }
    }
    // RFC 9126 2: the issuer is the audience that every such assertion may name.
    if let Err((status, code, description)) = authenticate(shared, now, request, &shared.issuer) {
        return oauth_error(status, code, description);
    }
    if find(&request.body, "request_uri").is_some() {
        return oauth_error(400, "invalid_request", "request_uri may not be pushed");
    }
    let credentials = ["client_secret", "client_assertion", "client_assertion_type"];
    let kept =
        request.body.iter().filter(|(name, _)| !credentials.contains(&name.as_str())).cloned().collect();
    let name = format!("urn:ietf:params:oauth:request_uri:{}", keys::random(16));
    shared.lock().pushed.insert(name.clone(), (now.time.saturating_add(LIFETIME), kept));
    Reply::json(201, &json!({"request_uri": name, "expires_in": LIFETIME}))
}

/// The parameters of an authorization request: those in the URL, or those that were pushed under its `request_uri`.
pub(crate) fn parameters(
    shared: &Shared,
    now: &Snapshot,
    params: &[(String, String)],
) -> Result<Vec<(String, String)>, &'static str> {
    let Some(name) = find(params, "request_uri") else {
        return if now.config.require_par { Err("the request must be pushed") } else { Ok(params.to_vec()) };
    };
    // RFC 9126 4: beside it stands only the client id.
    if params.len() != 2 {
        return Err("only client_id may stand beside request_uri");
    }
    match shared.lock().pushed.remove(name) {
        Some((until, kept)) if now.time < until => Ok(kept),
        _ => Err("request_uri is unknown, used or expired"),
    }
}
