//! The request goes to the provider past the browser (RFC 9126), which then carries only a name for it.

use domain::integration::PushedAuthorization;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::authorize::Request;
use crate::client_auth::Credentials;
use crate::discovery::Metadata;
use crate::exchange::said;
use crate::http::{HttpError, Outgoing, limit};
use crate::json::{self, JsonError};

/// The longest `request_uri` taken, in bytes.
const LONGEST_URI: usize = 1024;

/// Why the provider did not take the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The endpoint could not be asked.
    #[error("the pushed authorization request endpoint gave no answer")]
    Http(#[source] HttpError),
    /// It does not know us.
    #[error(
        "the pushed authorization request endpoint does not accept the client; check client id, client secret and \
         client auth method, or set pushedAuthorization to never"
    )]
    Client {
        /// Its error code.
        said: String,
    },
    /// It does not like the request.
    #[error(
        "the provider did not take the pushed request; check scopes and extra parameters, or set pushedAuthorization \
         to never"
    )]
    Refused {
        /// Its error code.
        said: String,
    },
    /// A status that is no answer.
    #[error("the pushed authorization request endpoint answered with status {0}")]
    Status(u16),
    /// The answer is not JSON.
    #[error("the pushed authorization request endpoint's answer cannot be read")]
    Json(#[source] JsonError),
    /// No `request_uri`, or one that cannot be sent.
    #[error("the pushed authorization request endpoint's answer has no usable request_uri")]
    NoRequestUri,
}

/// Where to push, if at all. There is no way back from a refused push to an open request: who can make the push fail
/// could then read the request.
pub(crate) fn endpoint(mode: PushedAuthorization, metadata: &Metadata) -> Option<&Url> {
    let wanted = metadata.pushed_authorization_required || mode == PushedAuthorization::Auto;
    metadata.pushed_authorization.as_ref().filter(|_| wanted)
}

/// Pushes the request, once; gives the name the provider has for it.
pub(crate) async fn push(
    outgoing: &Outgoing,
    endpoint: &Url,
    credentials: Credentials<'_>,
    issuer: &str,
    request: &Request,
) -> Result<String, crate::Error> {
    let (body, authorization) = {
        let mut form = Serializer::new(String::with_capacity(1024));
        let of_client = credentials.settings.client_id.as_str();
        // The client id comes with the credentials, or here beside HTTP Basic; never twice.
        let mut shown = Serializer::new(String::new());
        let authorization = credentials.add_to(&mut shown, issuer)?;
        let shown = shown.finish();
        if authorization.is_some() {
            form.append_pair("client_id", of_client);
        }
        form.extend_pairs(request.parameters.iter().filter(|(name, _)| name != "client_id"));
        let mut body = form.finish();
        if !shown.is_empty() {
            body.push('&');
            body.push_str(&shown);
        }
        (body, authorization)
    };
    let answer = outgoing.post(endpoint, authorization, body, limit::TOKEN).await.map_err(PushError::Http)?;
    let document = json::object(&answer.body);
    if (400..500).contains(&answer.status) {
        let document = document.as_ref().ok();
        let error = document.and_then(|document| document.get("error"));
        let said = error.map_or_else(|| format!("status {}", answer.status), |error| said(error, document));
        let unknown = matches!(error.and_then(Value::as_str), Some("invalid_client" | "unauthorized_client"));
        return Err(if unknown || answer.status == 401 {
            PushError::Client { said }.into()
        } else {
            PushError::Refused { said }.into()
        });
    }
    // 201 by RFC 9126 section 2.2; some say 200.
    if !matches!(answer.status, 200 | 201) {
        return Err(PushError::Status(answer.status).into());
    }
    let document = document.map_err(PushError::Json)?;
    let usable = |uri: &&str| {
        (1..=LONGEST_URI).contains(&uri.len()) && uri.bytes().all(|byte| (0x21..=0x7E).contains(&byte))
    };
    let uri = document.get("request_uri").and_then(Value::as_str).filter(usable);
    Ok(uri.ok_or(PushError::NoRequestUri)?.to_owned())
}
