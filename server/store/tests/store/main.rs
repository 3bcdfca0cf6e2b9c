//! Every test runs on `SQLite`, and on `MySQL` or `MariaDB` too when `TEST_MYSQL_URL` names a server
//! (`mysql://root@127.0.0.1:3306/`). One binary: linking the drivers takes longer than the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod api_token;
mod audit_event;
mod client_key;
mod client_secret;
mod crypt;
mod ended_session;
mod form_draft;
mod integration;
mod login_attempt;
mod mapping_rule;
mod notice;
mod page;
mod probe_run;
mod provider_certificate;
mod role;
mod role_grant;
mod schema;
mod session;
mod session_token;
mod setting;
mod sign_in_failure;
mod support;
mod tenancy;
mod user;
