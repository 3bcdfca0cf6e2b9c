//! Pages: who may see which, and the framework's renderer behind it.

use std::sync::{Arc, LazyLock};

use app::{backend::Backend, functions::ctx::RequestFacts, routes};
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use domain::{
    access::{Caller, Permission},
    problem::ProblemCode,
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, ResponseOptions};

use super::{auth, functions, see_other, straight, theme};
use crate::{
    AppState,
    middleware::{Arrival, caller::EndedSession, refusal::Refusal, security_headers},
    session::find_cookie,
};

/// The framework's list of pages, made once. While it makes the list, no page anywhere in the process reads its data:
/// one that is rendered at that moment would wait for ever.
static LISTED: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    // The framework would add a route for each server function beside its pages; ours is in the router.
    let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    leptos_axum::generate_route_list_with_exclusions(app::App, Some(functions))
});

/// Every page of the console behind its guard.
pub fn router(state: &AppState, backend: &Backend) -> Router<AppState> {
    let listed = LISTED.clone();
    let assets = Arc::clone(&state.assets);
    let context = page_context(backend.clone());
    let pages = Router::new()
        .leptos_routes_with_context(state, listed, context, move || app::backend::shell((*assets).clone()));
    pages.route_layer(middleware::from_fn_with_state(state.clone(), guard))
}

/// What a page finds in its context; and its content security policy, with the nonce its scripts carry.
fn page_context(backend: Backend) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(backend.clone());
        let nonce = leptos::nonce::use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        if let (Some(options), Some(policy)) =
            (use_context::<ResponseOptions>(), security_headers::page_policy(&nonce))
        {
            options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// The page that says that there is no such page.
pub fn not_found(
    state: &AppState,
    backend: &Backend,
) -> impl Fn(Request) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>> + Clone + Send + Sync + 'static
{
    let assets = Arc::clone(&state.assets);
    let render = leptos_axum::render_app_async_with_context(page_context(backend.clone()), move || {
        app::backend::shell((*assets).clone())
    });
    move |mut request: Request| {
        let render = render.clone();
        Box::pin(async move {
            let api = request.uri().path().starts_with("/api/");
            if api || !matches!(*request.method(), Method::GET | Method::HEAD) {
                let (parts, _) = request.into_parts();
                return Refusal::of_parts(&parts, ProblemCode::NotFound).into_response();
            }
            let facts = facts(request.headers(), request.extensions().get::<Arrival>(), Vec::new());
            request.extensions_mut().insert(facts);
            let mut response = render(request).await;
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        })
    }
}

fn facts(
    headers: &axum::http::HeaderMap,
    arrival: Option<&Arrival>,
    draft: Vec<(String, String)>,
) -> RequestFacts {
    let plain =
        |name: &&str| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    RequestFacts {
        reference: arrival.map(|arrival| arrival.reference.to_string()).unwrap_or_default(),
        last_integration: find_cookie(headers, auth::LAST_USED).filter(plain).map(str::to_owned),
        theme: theme::of(headers),
        draft,
    }
}

/// What server functions know of their request.
pub(super) fn facts_of(parts: &Parts) -> RequestFacts {
    facts(&parts.headers, parts.extensions.get::<Arrival>(), Vec::new())
}

/// Lets through who may see the page; others are led where they can go.
async fn guard(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path =
        request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let Some((_, permission)) = routes::PAGES.iter().find(|(page, _)| *page == path) else {
        // A page that nobody has decided about is nobody's.
        let (parts, _) = request.into_parts();
        return Refusal::of_parts(&parts, ProblemCode::Forbidden).into_response();
    };
    let caller = request.extensions().get::<Caller>().cloned();
    if let Some(target) = told_why(&path, *permission, &request) {
        return see_other(&target);
    }
    if let Some(target) = elsewhere(&path, *permission, caller.as_ref(), request.uri()) {
        if caller.is_none() {
            let (method, headers, uri) = (request.method(), request.headers(), request.uri());
            return straight::answer(&state.core, method, headers, uri, target).await;
        }
        return see_other(&target);
    }
    if caller.is_none()
        && path == routes::SIGN_IN
        && let Some(response) = straight::hinted(&state.core, request.headers(), request.uri()).await
    {
        return response;
    }
    if let Some(caller) = caller.as_ref().filter(|caller| caller.require(*permission).is_err()) {
        let (parts, _) = request.into_parts();
        functions::record_refused(&state.core, caller, &format!("page:{path}"), *permission).await;
        return Refusal::of_parts(&parts, ProblemCode::Forbidden).into_response();
    }
    let draft = functions::take_draft(&state.core, request.uri().query(), caller.as_ref()).await;
    let facts = facts(request.headers(), request.extensions().get::<Arrival>(), draft);
    request.extensions_mut().insert(facts);
    let mut response = next.run(request).await;
    if [routes::SIGN_IN, routes::SIGN_IN_FAILED, routes::SIGNED_OUT].contains(&path.as_str()) {
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    if [routes::SIGN_IN_FAILED, routes::SIGNED_OUT].contains(&path.as_str()) {
        straight::stay(&state.core, &mut response);
    }
    response
}

/// The sign-in page that says why the session of this browser ended, when the server ended it by itself: not straight to
/// the provider, which would not tell.
fn told_why(path: &str, permission: Permission, request: &Request) -> Option<String> {
    let EndedSession(reason) = request.extensions().get::<EndedSession>()?;
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    let return_to = match path {
        routes::SIGN_IN if query.contains("note=") => return None,
        routes::SIGN_IN => {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == "return_to").map(|(_, value)| value.into_owned())
        }
        _ if permission == Permission::Public => return None,
        routes::HOME => None,
        _ => uri.path_and_query().map(|wanted| wanted.as_str().to_owned()),
    };
    let return_to = return_to.unwrap_or_default();
    Some(routes::with_query(routes::SIGN_IN, &[("note", reason), ("return_to", &return_to)]))
}

/// Where somebody must go instead of this page.
fn elsewhere(
    path: &str,
    permission: Permission,
    caller: Option<&Caller>,
    uri: &axum::http::Uri,
) -> Option<String> {
    let Some(caller) = caller else {
        if permission == Permission::Public {
            return None;
        }
        let wanted = uri.path_and_query().map_or(path, |wanted| wanted.as_str());
        return Some(match wanted {
            routes::HOME => routes::SIGN_IN.to_owned(),
            wanted => format!("{}?return_to={}", routes::SIGN_IN, routes::encode(wanted)),
        });
    };
    if caller.must_change_password {
        let stays = path == routes::PASSWORD || path == routes::SIGNED_OUT;
        return (!stays).then(|| routes::PASSWORD.to_owned());
    }
    match path {
        routes::SIGN_IN => Some(home(caller).to_owned()),
        routes::HOME => Some(home(caller).to_owned()),
        _ => None,
    }
}

/// Where somebody lands: what they may manage, else their own page.
fn home(caller: &Caller) -> &'static str {
    if caller.require(Permission::ViewIntegrations).is_ok() { routes::INTEGRATIONS } else { routes::ME }
}
