#![doc = include_str!("../README.md")]

mod address;
mod authorize;
mod cache;
mod callback;
mod claims;
mod discovery;
mod engine;
mod error;
mod exchange;
mod http;
mod json;
mod keys;
mod provider;
mod userinfo;
mod verify;
mod watch;

pub use crate::address::{AddressRefused, Lookup, OutboundPolicy, UrlProblem};
pub use crate::authorize::Begun;
pub use crate::callback::{Answer, AnswerError, Callback, CallbackError, CallbackProblem};
pub use crate::discovery::{DiscoveryError, Metadata};
pub use crate::engine::{AttemptSecrets, Engine, SignedIn};
pub use crate::error::{Error, SettingsError};
pub use crate::exchange::ExchangeError;
pub use crate::http::{HttpError, Timeouts};
pub use crate::json::JsonError;
pub use crate::keys::KeysError;
pub use crate::userinfo::UserinfoError;
pub use crate::verify::VerifyError;
pub use crate::watch::{KeyPrint, Seen};
