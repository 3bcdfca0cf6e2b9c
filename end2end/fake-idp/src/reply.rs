//! An answer before it becomes HTTP.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use futures::stream;
use serde_json::Value;

use crate::state::Shared;

/// White space in front of a huge answer: 256 pieces of 64 KiB.
static PADDING: [u8; 65536] = [b' '; 65536];
const PADDING_PIECES: usize = 256;

pub(crate) struct Reply {
    status: u16,
    headers: Vec<(HeaderName, String)>,
    body: String,
    huge: bool,
    never: bool,
}

impl Reply {
    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let headers = vec![(header::CONTENT_TYPE, content_type.to_owned())];
        Self { status, headers, body: body.into(), huge: false, never: false }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    pub(crate) fn redirect(status: u16, to: String) -> Self {
        Self::text(status, "text/plain", "").header(header::LOCATION, to)
    }

    /// No answer until the provider stops.
    pub(crate) fn never() -> Self {
        Self { never: true, ..Self::text(503, "text/plain", "the provider stopped") }
    }

    /// The same answer behind 16 MiB of white space, without a `Content-Length`.
    pub(crate) fn huge(mut self) -> Self {
        self.huge = true;
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) async fn send(self, shared: &Shared) -> Response<Body> {
        if self.never {
            shared.stopped().await;
        }
        let body = if self.huge {
            let pieces = std::iter::repeat_n(Bytes::from_static(&PADDING), PADDING_PIECES)
                .chain(std::iter::once(Bytes::from(self.body)))
                .map(Ok::<_, std::convert::Infallible>);
            Body::from_stream(stream::iter(pieces))
        } else {
            Body::from(self.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
