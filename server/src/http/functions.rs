//! Server functions: the framework runs them, after this has looked at who asks and how. A plain form that is refused
//! comes back to its page with what was typed.

use app::backend::Backend;
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use domain::{
    access::{Caller, NotAllowed, Permission, Via},
    problem::ProblemCode,
};
use leptos::prelude::provide_context;
use serde_json::Value;
use url::Url;

use super::pages;
use crate::{
    AppState, Core,
    middleware::{
        refusal::{Reader, Refusal},
        same_origin,
    },
    service::audit,
    telemetry,
};

/// How long what was typed is kept, in minutes.
const DRAFT_MINUTES: i64 = 10;
/// The query parameter that names a draft.
const DRAFT: &str = "draft";
/// Fields whose names hold one of these are never kept.
const SECRETS: [&str; 6] = ["secret", "password", "current", "new", "repeat", "token"];

/// Runs the server function at this path.
pub async fn run(state: AppState, backend: Backend, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err((code, missing)) = admit(&parts) {
        record_refusal(&state.core, &parts, missing).await;
        return Refusal::of_parts(&parts, code).into_response();
    }
    let is_form =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        });
    if !is_form {
        return Refusal::of_parts(&parts, ProblemCode::UnsupportedMediaType).into_response();
    }
    // The framework redirects plain forms to the Referer, whoever's page that is.
    let foreign = |value: &HeaderValue| !same_origin::is_own_referer(value, &state.core.public_url);
    if parts.headers.get(header::REFERER).is_some_and(foreign) {
        parts.headers.remove(header::REFERER);
    }
    let is_plain = Reader::of(parts.uri.path(), &parts.headers) == Reader::Page;
    let (body, typed) = if is_plain {
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => (Body::from(bytes.clone()), bytes),
            Err(_) => return Refusal::of_parts(&parts, ProblemCode::Malformed).into_response(),
        }
    } else {
        (body, Bytes::new())
    };
    parts.extensions.insert(pages::facts_of(&parts));
    let caller = parts.extensions.get::<Caller>().cloned();
    let context = move || provide_context(backend.clone());
    let request = Request::from_parts(parts, body);
    let mut response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    if is_plain {
        redirect(&state.core, &mut response, &typed, caller.as_ref()).await;
    }
    response
}

/// The table decides before the function runs; its service decides again.
fn admit(parts: &Parts) -> Result<(), (ProblemCode, Option<Permission>)> {
    let path = parts.uri.path();
    let found = app::functions::TABLE.iter().find(|(known, _)| *known == path);
    let (_, permission) = found.ok_or((ProblemCode::NotFound, None))?;
    if *permission == Permission::Public {
        return Ok(());
    }
    let caller = parts.extensions.get::<Caller>().ok_or((ProblemCode::Unauthenticated, None))?;
    caller.require(*permission).map_err(|error| match error {
        NotAllowed::Missing(permission) => (ProblemCode::Forbidden, Some(permission)),
        NotAllowed::PasswordChangeNeeded => (ProblemCode::PasswordChangeNeeded, None),
    })
}

/// Records that somebody asked for what their roles do not allow, as the API does.
async fn record_refusal(core: &Core, parts: &Parts, missing: Option<Permission>) {
    if let (Some(permission), Some(caller)) = (missing, parts.extensions.get::<Caller>()) {
        record_refused(core, caller, &format!("function:{}", parts.uri.path()), permission).await;
    }
}

/// Records that somebody asked for this and may not have it.
pub(super) async fn record_refused(core: &Core, caller: &Caller, what: &str, permission: Permission) {
    if let Err(error) = audit::access_refused(core, caller, what, permission).await {
        telemetry::log_cause(&caller.reference, &error);
    }
}

/// A plain form's redirect: 303, to a path of ours, and with a draft when the form was refused.
async fn redirect(core: &Core, response: &mut Response, typed: &Bytes, caller: Option<&Caller>) {
    let Some(location) = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok())
    else {
        return;
    };
    let Ok(mut url) = core.public_url.join(location) else { return };
    if url.origin() != core.public_url.origin() {
        url = core.public_url.clone();
    }
    if url.query_pairs().any(|(name, _)| name == "__err") {
        let draft = match caller.and_then(owner) {
            Some(owner) => keep_draft(core, &owner, typed).await,
            None => None,
        };
        replace_draft(&mut url, draft.as_deref());
    }
    let mut target = url.path().to_owned();
    if let Some(query) = url.query() {
        target.push('?');
        target.push_str(query);
    }
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(value) = HeaderValue::from_str(&target) {
        response.headers_mut().insert(header::LOCATION, value);
    }
}

fn replace_draft(url: &mut Url, draft: Option<&str>) {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != DRAFT)
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let mut pairs = url.query_pairs_mut();
    pairs.clear().extend_pairs(others);
    if let Some(draft) = draft {
        pairs.append_pair(DRAFT, draft);
    }
}

/// Whose draft it is: this session's alone.
fn owner(caller: &Caller) -> Option<String> {
    match &caller.via {
        Via::Session { id, .. } => Some(format!("session:{id}")),
        Via::ApiToken(_) | Via::Host => None,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|word| name.contains(word))
}

async fn keep_draft(core: &Core, owner: &str, typed: &Bytes) -> Option<String> {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(typed)
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let until = core.now().plus_minutes(DRAFT_MINUTES);
    let kept: Result<String, store::Error> = async {
        let mut tx = core.db.begin().await?;
        let id = tx.form_drafts().put(owner, &serde_json::json!(fields), until).await?;
        tx.commit().await?;
        Ok(id)
    }
    .await;
    // Without a draft the form comes back empty: no reason to fail.
    kept.inspect_err(|error| telemetry::log_cause("draft", error)).ok()
}

/// What was typed into the form that this page shows again; taken once.
pub(super) async fn take_draft(
    core: &Core,
    query: Option<&str>,
    caller: Option<&Caller>,
) -> Vec<(String, String)> {
    let id = query.and_then(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == DRAFT)
            .map(|(_, id)| id.into_owned())
    });
    let (Some(id), Some(owner)) = (id, caller.and_then(owner)) else { return Vec::new() };
    let taken: Result<Option<Value>, store::Error> = async {
        let mut tx = core.db.begin().await?;
        let fields = tx.form_drafts().take(&id, &owner, core.now()).await?;
        tx.commit().await?;
        Ok(fields)
    }
    .await;
    let fields = taken.inspect_err(|error| telemetry::log_cause("draft", error)).ok().flatten();
    fields.and_then(|fields| serde_json::from_value(fields).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_kept_in_a_draft() {
        for name in ["client_secret", "password", "current", "new", "repeat", "form[clientSecret]"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("form[issuer]"));
    }

    #[test]
    fn a_second_refusal_names_the_new_draft_only() {
        let mut url = Url::parse("http://localhost/x?draft=old&__err=e&__path=p").unwrap();
        replace_draft(&mut url, Some("new"));
        assert_eq!(url.query(), Some("__err=e&__path=p&draft=new"));
    }
}
