//! The console: pages, their design system, and the server functions they call.

// Views are nested types, and the browser half computes the layout of them all.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod backend;
mod banner;
pub mod error;
pub mod functions;
mod nav;
pub mod pages;
pub mod routes;
pub mod shell;
pub mod text;
pub mod ui;
mod wire;

pub use shell::*;
