//! Every route, in one place.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::from_fn_with_state,
    routing::{get, post},
};
use leptos::config::LeptosOptions;

use crate::{
    AppState, Core, assets, backend,
    http::{api, auth, functions, health, imports, jwks, pages, probe, public_api, rule_imports},
    middleware::{body_limit, caller, edge, same_origin},
};

/// The whole server. Must be called inside a tokio runtime: the framework spawns tasks when it lists its pages.
pub fn build_router(core: Arc<Core>) -> Router {
    let leptos = LeptosOptions::builder().output_name("latchkey").build();
    let backend = backend::backend(&core);
    let state = AppState { core, leptos, assets: Arc::new(assets::logical().clone()) };

    let for_functions = backend.clone();
    let function = move |State(state): State<AppState>, request: Request| {
        functions::run(state, for_functions.clone(), request)
    };
    let not_found = pages::not_found(&state, &backend);
    // Whoever asks here is looked at: session or token, origin, size.
    let known = Router::new()
        .merge(auth::router())
        .merge(probe::router())
        .merge(imports::router())
        .merge(rule_imports::router())
        .route("/fn/{*path}", post(function))
        .nest("/api/v1", api::router())
        .merge(api::docs_router())
        .merge(pages::router(&state, &backend))
        .fallback(not_found)
        .layer(from_fn_with_state(state.clone(), caller::layer))
        .layer(from_fn_with_state(state.clone(), same_origin::layer))
        .layer(axum::middleware::from_fn(body_limit::layer));

    // Its callers hold keys or tokens, never cookies: it looks at origins by itself.
    let public = Router::new()
        .nest("/api/public/v1.0", public_api::router(&state))
        .layer(from_fn_with_state(state.clone(), caller::layer))
        .layer(axum::middleware::from_fn(body_limit::layer));

    Router::new()
        .merge(health::router())
        .merge(public)
        .merge(jwks::router())
        .route("/pkg/{file}", get(assets::package))
        .route("/favicon.svg", get(assets::favicon))
        .route("/robots.txt", get(assets::robots))
        .merge(known)
        .layer(from_fn_with_state(state.clone(), edge::layer))
        .with_state(state)
}
