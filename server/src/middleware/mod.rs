//! What happens to every request before and after its handler, from the outside in: [`edge`] (reference, address, log
//! line, panics, time-out, headers), [`body_limit`], [`same_origin`], [`caller`].

pub mod body_limit;
pub mod caller;
pub mod client_ip;
pub mod edge;
pub mod refusal;
pub mod request_id;
pub mod same_origin;
pub mod security_headers;

use std::{net::IpAddr, sync::Arc};

/// What is known of a request before anybody looks at its cookies.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The request's id: in the answer's `X-Request-Id`, the log and the audit log.
    pub reference: Arc<str>,
    /// Where it came from; `None`: not over a network.
    pub address: Option<IpAddr>,
}
