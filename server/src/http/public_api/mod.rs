//! Ops Manager's public API, `/api/public/v1.0`: so that scripts and clients written for it go on working.
//!
//! HTTP Digest with a key of [`crate::service::public_api::keys`], or a bearer token; never a cookie.

mod api_keys;
mod attributes;
mod digest;
mod error;
mod groups;
mod orgs;
mod reply;

use std::sync::Arc;

use axum::{
    Router,
    extract::{OriginalUri, Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::get,
};
use domain::access::{Caller, Via};
use serde_json::json;

use self::{
    digest::{Answer, Nonce, Nonces},
    error::PublicError,
    reply::Reply,
};
use crate::{
    AppState, Core,
    middleware::{Arrival, same_origin},
    service::{ServiceError, public_api::keys},
};

/// How often the use of a key is noted, in milliseconds.
const NOTED_EVERY: i64 = 60_000;

#[derive(Clone)]
struct Gate {
    state: AppState,
    nonces: Arc<Nonces>,
}

/// Answers below `/api/public/v1.0`.
pub fn router(state: &AppState) -> Router<AppState> {
    let gate = Gate { state: state.clone(), nonces: Arc::default() };
    Router::new()
        .route("/", get(root))
        .route("/orgs", get(orgs::list).post(orgs::create))
        .route("/orgs/{id}", get(orgs::one).patch(orgs::change))
        .route("/orgs/{id}/groups", get(orgs::groups))
        .route("/orgs/{id}/apiKeys", get(api_keys::list).post(api_keys::create))
        .route(
            "/orgs/{id}/apiKeys/{key}",
            get(api_keys::one).patch(api_keys::change).delete(api_keys::remove),
        )
        .route("/orgs/{id}/apiKeys/{key}/accessList", get(api_keys::access).post(api_keys::allow))
        .route(
            "/orgs/{id}/apiKeys/{key}/accessList/{network}",
            get(api_keys::one_access).delete(api_keys::disallow),
        )
        .route("/groups", get(groups::list).post(groups::create))
        .route("/groups/{id}", get(groups::one).patch(groups::change))
        .route("/groups/byName/{name}", get(groups::by_name))
        .route("/groups/byAgentApiKey/{key}", get(groups::by_agent_key))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(gate, admit))
        .layer(from_fn(reply::render))
}

async fn root(State(core): State<Arc<Core>>) -> Reply {
    let link = |path: &str, rel: &str| json!({"href": reply::address(&core.public_url, path), "rel": format!("http://mms.mongodb.com/{rel}")});
    let links =
        json!([reply::self_link(&core.public_url, ""), link("/orgs", "orgs"), link("/groups", "groups")]);
    Reply::plain(StatusCode::OK, json!({"links": links}))
}

async fn not_found() -> PublicError {
    PublicError::new(404, "RESOURCE_NOT_FOUND", "Cannot find resource.")
}

async fn not_allowed() -> PublicError {
    PublicError::new(405, "METHOD_NOT_ALLOWED", "The specified HTTP method is not allowed for this resource.")
}

/// Lets in who has a key or a token; everybody else is asked for one.
async fn admit(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let core = Arc::clone(&gate.state.core);
    // A browser that was given a key sends it by itself, from any site: such requests say where they come from.
    let is_browsers = ["sec-fetch-site", "origin"].iter().any(|name| request.headers().contains_key(*name));
    let is_foreign = is_browsers && !same_origin::is_own(request.headers(), &core.public_url);
    // A body is not shared between threads, so the parts are looked at alone.
    let (parts, body) = request.into_parts();
    let outcome = if is_foreign { Ok(Entry::Nobody) } else { who(&core, &gate.nonces, &parts).await };
    request = Request::from_parts(parts, body);
    match outcome {
        Ok(Entry::Admitted(caller)) => {
            request.extensions_mut().insert(*caller);
            next.run(request).await
        }
        Ok(Entry::Nobody) => challenge(&core, false),
        Ok(Entry::Stale) => challenge(&core, true),
        Ok(Entry::WrongAddress(address)) => {
            let detail = format!("IP address {address} is not allowed to access this resource.");
            PublicError::new(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", detail).into_response()
        }
        Err(error) => PublicError::from(error).into_response(),
    }
}

enum Entry {
    Admitted(Box<Caller>),
    Nobody,
    Stale,
    WrongAddress(String),
}

async fn who(core: &Core, nonces: &Nonces, request: &Parts) -> Result<Entry, ServiceError> {
    if !digest::is_digest(&request.headers) {
        let by_token =
            request.extensions.get::<Caller>().filter(|caller| matches!(caller.via, Via::ApiToken(_)));
        return Ok(by_token.map_or(Entry::Nobody, |caller| Entry::Admitted(Box::new(caller.clone()))));
    }
    let asked = request.extensions.get::<OriginalUri>().map_or_else(|| &request.uri, |original| &original.0);
    let target = asked.path_and_query().map(ToString::to_string).unwrap_or_default();
    let Some(answer) = Answer::read(&request.headers).filter(|answer| is_same(&answer.uri, &target)) else {
        return Ok(Entry::Nobody);
    };
    let mut tx = core.db.read().await?;
    let Some((key, private_key)) = tx.api_keys().find_by_public_key(&answer.username).await? else {
        return Ok(Entry::Nobody);
    };
    if !answer.is_of(&private_key, request.method.as_str()) {
        return Ok(Entry::Nobody);
    }
    let now = core.now();
    match nonces.check(&core.db, &answer, now) {
        Nonce::Good => {}
        Nonce::Stale => return Ok(Entry::Stale),
        Nonce::Foreign => return Ok(Entry::Nobody),
    }
    let list = tx.api_keys().access(&key.id).await?;
    drop(tx);
    let arrival = request.extensions.get::<Arrival>().cloned();
    let (address, reference) =
        arrival.map_or((None, String::new()), |arrival| (arrival.address, arrival.reference.to_string()));
    let network = keys::network_of(&list, address);
    if !list.is_empty() && network.is_none() {
        return Ok(Entry::WrongAddress(address.map(|address| address.to_string()).unwrap_or_default()));
    }
    if key.last_used_at.is_none_or(|last| now.ms().saturating_sub(last.ms()) >= NOTED_EVERY) {
        let (network, from) = (network.map(|entry| entry.network.clone()), address.map(|a| a.to_string()));
        let mut tx = core.db.begin().await?;
        tx.api_keys().touch(&key.id, network.as_deref(), from.as_deref()).await?;
        tx.commit().await?;
    }
    Ok(Entry::Admitted(Box::new(keys::caller_of(&key, address, reference))))
}

/// Whether the answer is for this request: clients write the target as they sent it, some as a whole URL.
fn is_same(uri: &str, target: &str) -> bool {
    uri == target
        || url::Url::parse(uri).is_ok_and(|url| {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{}{query}", url.path()) == target
        })
}

fn challenge(core: &Core, is_stale: bool) -> Response {
    let mut response = PublicError::unauthorized().into_response();
    for value in digest::challenges(&Nonces::make(&core.db, core.now()), is_stale) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, value);
    }
    response
}
