//! The REST API, resource by resource: one program, because linking the server once is enough.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "api/audit.rs"]
mod audit;
#[path = "api/discovery.rs"]
mod discovery;
#[path = "api/errors.rs"]
mod errors;
#[path = "api/integrations.rs"]
mod integrations;
#[path = "api/mapping_rules.rs"]
mod mapping_rules;
#[path = "api/schema.rs"]
mod schema;
mod support;
#[path = "api/tenancy.rs"]
mod tenancy;
#[path = "api/tokens.rs"]
mod tokens;
#[path = "api/users.rs"]
mod users;
