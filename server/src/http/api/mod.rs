//! The REST API, `/api/v1`. To add an endpoint: a use case in `service`, a handler and a row in the resource's file,
//! then `UPDATE=1 cargo test -p server --test openapi`.

mod api_tokens;
mod audit_events;
mod body;
mod docs;
pub mod endpoint;
mod etag;
mod imports;
mod integration_revisions;
mod integrations;
mod managed;
mod mapping_rules;
mod mapping_tables;
mod me;
mod notices;
pub mod openapi;
mod page;
mod params;
mod pending_changes;
mod probe;
pub mod problem;
mod roles;
pub mod schema;
mod sessions;
mod settings;
mod tenancy;
mod users;
mod watch;

use std::sync::LazyLock;

use axum::{Router, middleware};

pub use docs::docs_router;
pub use endpoint::Endpoint;

use crate::state::AppState;

fn routes() -> Vec<endpoint::Route> {
    let mut routes = me::routes();
    routes.extend(integrations::routes());
    routes.extend(integration_revisions::routes());
    routes.extend(notices::routes());
    routes.extend(probe::routes());
    routes.extend(imports::routes());
    routes.extend(managed::routes());
    routes.extend(watch::routes());
    routes.extend(mapping_rules::routes());
    routes.extend(mapping_tables::routes());
    routes.extend(tenancy::routes());
    routes.extend(roles::routes());
    routes.extend(users::routes());
    routes.extend(sessions::routes());
    routes.extend(audit_events::routes());
    routes.extend(api_tokens::routes());
    routes.extend(settings::routes());
    routes.extend(pending_changes::routes());
    routes
}

/// Every endpoint, in the order of the documentation. The router is made from the same rows.
pub static ENDPOINTS: LazyLock<Vec<Endpoint>> =
    LazyLock::new(|| routes().into_iter().map(|route| route.endpoint).collect());

/// Answers below `/api/v1`.
pub fn router() -> Router<AppState> {
    let mut router = Router::new();
    for route in routes() {
        router = router.route(route.endpoint.path, route.handler);
    }
    router
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn(problem::render))
}
