#![doc = include_str!("../README.md")]

mod address;
mod authorize;
mod cache;
mod callback;
mod claims;
mod client_auth;
mod client_key;
mod discovery;
mod engine;
mod error;
mod exchange;
mod http;
mod json;
mod keys;
mod oauth2;
mod probe;
mod provider;
mod push;
mod random;
mod userinfo;
mod verify;

pub use crate::address::{AddressRefused, Lookup, OutboundPolicy, UrlProblem};
pub use crate::authorize::Begun;
pub use crate::callback::{Answer, AnswerError, Callback, CallbackError, CallbackProblem};
pub use crate::client_key::{ClientKey, ClientKeyError};
pub use crate::discovery::{DiscoveryError, Metadata};
pub use crate::engine::{AttemptSecrets, Engine, SignedIn};
pub use crate::error::{Error, SettingsError};
pub use crate::exchange::ExchangeError;
pub use crate::http::{HttpError, Timeouts};
pub use crate::json::JsonError;
pub use crate::keys::KeysError;
pub use crate::push::PushError;
pub use crate::probe::ProbeSubject;
pub use crate::userinfo::UserinfoError;
pub use crate::verify::VerifyError;
