//! HTTP: one handler that finds the endpoint, records the request and answers it.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, header, request::Parts};
use url::{Url, form_urlencoded};

use crate::authorize::{Authorized, authorize};
use crate::config::UserinfoToken;
use crate::directory::directory;
use crate::discovery::{discovery, jwks};
use crate::faults::Fault;
use crate::id_token;
use crate::jwt::{Edits, Signature};
use crate::push::push;
use crate::record::{Endpoint, Recorded, find};
use crate::reply::Reply;
use crate::state::{Access, Shared, Snapshot};
use crate::token::token;

/// The most that is read of a request's body, bytes.
const BODY_LIMIT: usize = 1 << 20;

pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let reply = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => answer(&shared, &parts, &body),
        Err(_) => Reply::text(413, "text/plain", "the body is too large"),
    };
    let mut response = reply.send(&shared).await;
    // The provider's own clock, which tests move.
    let seconds = u64::try_from(shared.snapshot().time).unwrap_or_default();
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    if let Ok(date) = HeaderValue::try_from(date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

fn answer(shared: &Shared, parts: &Parts, body: &[u8]) -> Reply {
    let path = parts.uri.path();
    let under_base = path.strip_prefix(shared.base).unwrap_or_default();
    let endpoint = match under_base {
        ".well-known/openid-configuration" => Endpoint::Discovery,
        "authorize" => Endpoint::Authorize,
        "token" => Endpoint::Token,
        "par" => Endpoint::Push,
        "userinfo" => Endpoint::Userinfo,
        "end_session" => Endpoint::EndSession,
        "directory" => Endpoint::Directory,
        other if other == shared.jwks_path => Endpoint::Jwks,
        _ => Endpoint::Other,
    };
    let request = recorded(parts, body, endpoint);
    if shared.record {
        shared.lock().recorded.push(request.clone());
    }
    let now = shared.snapshot();
    match (endpoint, parts.method.as_str()) {
        (Endpoint::Discovery, "GET") => discovery(shared, &now),
        (Endpoint::Jwks, "GET") => jwks(shared, &now),
        (Endpoint::Authorize, "GET" | "POST") => {
            let params = if request.method == "POST" { &request.body } else { &request.query };
            page(authorize(shared, &now, params))
        }
        (Endpoint::Token, "POST") => token(shared, now, &request),
        (Endpoint::Push, "POST") => push(shared, &now, &request),
        (Endpoint::Userinfo, "GET" | "POST") => userinfo(shared, &now, &request),
        (Endpoint::EndSession, "GET" | "POST") => end_session(shared, &now, &request),
        (Endpoint::Directory, "GET") => directory(shared, &now, &request),
        (Endpoint::Other, _) => elsewhere(shared, now.honest(), under_base, &request),
        _ => Reply::text(405, "text/plain", "this endpoint has no such method"),
    }
}

fn recorded(parts: &Parts, body: &[u8], endpoint: Endpoint) -> Recorded {
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let decode = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect();
    let is_form = find(&headers, header::CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    Recorded {
        endpoint,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        authorization: find(&headers, header::AUTHORIZATION.as_str()).map(str::to_owned),
        headers,
        query: decode(parts.uri.query().unwrap_or_default().as_bytes()),
        body: if is_form { decode(body) } else { Vec::new() },
    }
}

/// Where the redirect faults lead: honest answers, so that a relying party which follows would get in.
fn elsewhere(shared: &Shared, now: Snapshot, path: &str, request: &Recorded) -> Reply {
    match path {
        "elsewhere/discovery" => discovery(shared, &now),
        "elsewhere/jwks" => jwks(shared, &now),
        "elsewhere/token" => token(shared, now, request),
        "elsewhere/par" => push(shared, &now, request),
        "elsewhere/userinfo" => userinfo(shared, &now, request),
        _ => Reply::text(404, "text/plain", "there is nothing here"),
    }
}

fn page(authorized: Authorized) -> Reply {
    match authorized {
        Authorized::Redirect(url) => Reply::redirect(302, url),
        Authorized::Refused(why) => Reply::text(400, "text/plain", why),
        Authorized::FormPost { action, fields } => {
            let inputs: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
            let action = escape(&action);
            let html = format!(
                "<!doctype html><html lang=\"en\"><title>Signing in</title>\
                 <body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"{action}\">{inputs}\
                 <button>Continue</button></form></body></html>"
            );
            Reply::text(200, "text/html; charset=utf-8", html)
        }
    }
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The access token, if it is where it is wanted and nowhere else.
fn access_token<'a>(now: &Snapshot, request: &'a Recorded) -> Option<&'a str> {
    let bearer = request.authorization.as_deref().and_then(|value| value.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    let (query, body) = (find(&request.query, "access_token"), find(&request.body, "access_token"));
    match (now.config.userinfo_token, bearer, query, body) {
        (UserinfoToken::Header, Some(token), None, None)
        | (UserinfoToken::Query, None, Some(token), None)
        | (UserinfoToken::Form, None, None, Some(token)) => Some(token),
        _ => None,
    }
}

/// What the request's access token is good for.
pub(crate) fn access_of(shared: &Shared, now: &Snapshot, request: &Recorded) -> Option<Access> {
    let access = access_token(now, request).and_then(|token| shared.lock().tokens.get(token).cloned());
    access.filter(|access| now.time < access.expires_at)
}

/// Userinfo (OIDC Core 5.3); the token only where it is configured to be (RFC 6750 2).
fn userinfo(shared: &Shared, now: &Snapshot, request: &Recorded) -> Reply {
    let Some(access) = access_of(shared, now, request) else {
        return Reply::text(401, "text/plain", "the access token is missing, unknown or expired")
            .header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
    };
    let claims = id_token::userinfo(shared, now, &access.person);
    let mut reply = Reply::json(200, &claims.clone().into());
    for fault in now.faults.iter() {
        reply = match fault {
            Fault::UserinfoHuge => reply.huge(),
            Fault::Userinfo500 => Reply::text(500, "text/plain", "something broke"),
            Fault::UserinfoNotJson => Reply::text(200, "application/json", "sub=alice"),
            Fault::UserinfoRedirect => Reply::redirect(302, shared.url("elsewhere/userinfo")),
            Fault::SlowUserinfo => Reply::never(),
            Fault::UserinfoList => Reply::json(200, &serde_json::json!([claims])),
            other => signed_userinfo(shared, now, *other, &claims).unwrap_or(reply),
        };
    }
    reply
}

/// The answer as a JWT (OIDC Core 5.3.2), good or bad.
fn signed_userinfo(
    shared: &Shared,
    now: &Snapshot,
    fault: Fault,
    claims: &serde_json::Map<String, serde_json::Value>,
) -> Option<Reply> {
    let mut claims = claims.clone();
    claims.insert("iss".into(), shared.issuer.clone().into());
    claims.insert("aud".into(), shared.client_id.clone().into());
    let mut signature = Signature::Honest;
    match fault {
        Fault::UserinfoSigned => {}
        Fault::UserinfoSignedBadSignature => signature = Signature::Flipped,
        Fault::UserinfoSignedWrongKey => signature = Signature::Stranger,
        Fault::UserinfoSignedAlgNone => signature = Signature::Unsigned,
        Fault::UserinfoSignedWithSecret => signature = Signature::SecretMac,
        Fault::UserinfoSignedWrongAud => drop(claims.insert("aud".into(), "stranger".into())),
        Fault::UserinfoSignedMissingAud => drop(claims.remove("aud")),
        Fault::UserinfoSignedWrongIss => {
            claims.insert("iss".into(), format!("{}1", shared.issuer).into());
        }
        Fault::UserinfoSignedWrongSub => drop(claims.insert("sub".into(), "somebody-else".into())),
        Fault::UserinfoSignedExpired => {
            claims.insert("exp".into(), now.time.saturating_sub(301).into());
        }
        _ => return None,
    }
    let payload = serde_json::Value::Object(claims).to_string();
    Some(Reply::text(200, "application/jwt", now.signer(shared).seal(signature, &Edits::new(), &payload)))
}

/// The end-session endpoint (OIDC RP-Initiated Logout 2 and 3).
fn end_session(shared: &Shared, now: &Snapshot, request: &Recorded) -> Reply {
    if request.param("client_id").is_some_and(|id| id != shared.client_id) {
        return Reply::text(400, "text/plain", "client_id is unknown");
    }
    let hint = request.param("id_token_hint");
    if let Some(hint) = hint
        && shared.record
        && !shared.lock().issued.iter().any(|issued| issued.id_token == hint)
    {
        return Reply::text(400, "text/plain", "id_token_hint was not issued here");
    }
    let Some(target) = request.param("post_logout_redirect_uri") else {
        return Reply::text(200, "text/plain", "signed out");
    };
    if hint.is_none() && request.param("client_id").is_none() {
        return Reply::text(400, "text/plain", "post_logout_redirect_uri needs id_token_hint or client_id");
    }
    let registered = &now.config.post_logout_redirect_uris;
    let known = registered.is_empty() || registered.iter().any(|uri| uri == target);
    let (true, Ok(mut url)) = (known, Url::parse(target)) else {
        return Reply::text(400, "text/plain", "post_logout_redirect_uri is not registered or no address");
    };
    let state = match request.param("state") {
        Some(_) if now.has(Fault::EndSessionMissingState) => None,
        Some(state) if now.has(Fault::EndSessionWrongState) => Some(format!("{state}_INVALID")),
        state => state.map(str::to_owned),
    };
    if let Some(state) = state {
        url.query_pairs_mut().append_pair("state", &state);
    }
    Reply::redirect(302, url.into())
}
