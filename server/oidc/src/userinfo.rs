//! Userinfo (OpenID Connect Core 1.0 section 5.3).

use domain::secret::Secret;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use url::Url;

use crate::http::{HttpError, Outgoing, limit};
use crate::json::{self, JsonError};

/// Why userinfo cannot be used. It always fails the login: without userinfo the groups are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoError {
    /// The integration says *always*.
    #[error("the provider has no userinfo endpoint, and the integration asks for it always")]
    NoEndpoint,
    /// The endpoint could not be asked.
    #[error("the userinfo endpoint gave no usable answer")]
    Http(#[source] HttpError),
    /// The answer is not JSON.
    #[error("the userinfo answer cannot be read")]
    Json(#[source] JsonError),
    /// `application/jwt`.
    #[error("the userinfo answer is a JWT, which is not supported; set the provider to plain JSON")]
    Signed,
    /// OpenID Connect Core 1.0 section 5.3.2.
    #[error("the userinfo answer speaks of somebody else than the ID token")]
    WrongSubject,
    /// No `sub`.
    #[error("the userinfo answer has no sub")]
    MissingSubject,
}

/// Asks with the access token in the header (RFC 6750 section 2.1) and checks whom the answer speaks of.
pub(crate) async fn fetch(
    outgoing: &Outgoing,
    url: &Url,
    access_token: &Secret,
    subject: &str,
) -> Result<Map<String, Value>, UserinfoError> {
    let bearer = format!("Bearer {}", access_token.expose());
    // The exchange took only tokens that fit into a header.
    let mut bearer =
        HeaderValue::try_from(bearer).map_err(|_| UserinfoError::Http(HttpError::Unreachable))?;
    bearer.set_sensitive(true);
    let answer = outgoing.get(url, Some(&bearer), limit::USERINFO).await.map_err(UserinfoError::Http)?;
    let kind = answer.content_type.as_ref().and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/jwt") {
        return Err(UserinfoError::Signed);
    }
    let claims = json::object(&answer.body).map_err(UserinfoError::Json)?;
    match claims.get("sub") {
        Some(Value::String(sub)) if sub == subject => Ok(claims),
        Some(Value::Null) | None => Err(UserinfoError::MissingSubject),
        Some(_) => Err(UserinfoError::WrongSubject),
    }
}
