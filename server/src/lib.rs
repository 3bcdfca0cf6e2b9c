#![doc = include_str!("../README.md")]

pub mod assets;
mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod metrics;
pub mod middleware;
pub mod router;
mod run;
pub mod service;
pub mod session;
pub mod state;
pub mod telemetry;

pub use router::build_router;
pub use run::{serve, serve_on, tidy_once};
pub use state::{AppState, Core, StartError};
