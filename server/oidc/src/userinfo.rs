//! Userinfo (OpenID Connect Core 1.0 section 5.3).

use domain::integration::UserinfoAuth;
use domain::secret::Secret;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use crate::http::{HttpError, Outgoing, limit};
use crate::json::{self, JsonError};
use crate::verify::VerifyError;

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
    /// `application/jwt` without keys to check it with.
    #[error(
        "the userinfo answer is a JWT, which cannot be checked in plain OAuth 2.0; set the provider to plain JSON"
    )]
    Signed,
    /// `application/jwt` that is not as it should be. Unsigned and encrypted ones are among them.
    #[error("the signed userinfo answer was not accepted")]
    Jwt(#[source] VerifyError),
    /// OpenID Connect Core 1.0 section 5.3.2.
    #[error("the userinfo answer speaks of somebody else than the ID token")]
    WrongSubject,
    /// No `sub`.
    #[error("the userinfo answer has no sub")]
    MissingSubject,
    /// OAuth 2.0, live groups: another subject than at the sign-in.
    #[error("the userinfo answer speaks of somebody else than at the sign-in")]
    OtherPerson,
    /// OAuth 2.0: nothing at the claim path of the subject, or nothing that can be one.
    #[error(
        "the userinfo answer has no subject at the claim path of the subject, or it is neither text nor a whole \
         number, or not 1 to 255 visible ASCII characters"
    )]
    Subject,
    /// OAuth 2.0: nothing at the claim path of the user name.
    #[error(
        "the userinfo answer has no user name at the claim path of the user name, or it is neither text nor a whole \
         number"
    )]
    Username,
}

/// What userinfo said.
pub(crate) enum Said {
    /// Claims, not yet checked.
    Claims(Map<String, Value>),
    /// A JWT, not yet checked.
    Jwt(String),
}

/// Asks, with the access token where the integration puts it (RFC 6750 section 2).
pub(crate) async fn fetch(
    outgoing: &Outgoing,
    url: &Url,
    way: UserinfoAuth,
    access_token: &Secret,
) -> Result<Said, UserinfoError> {
    let answer = match way {
        UserinfoAuth::Header => {
            let bearer = format!("Bearer {}", access_token.expose());
            // The exchange took only tokens that fit into a header.
            let mut bearer =
                HeaderValue::try_from(bearer).map_err(|_| UserinfoError::Http(HttpError::Unreachable))?;
            bearer.set_sensitive(true);
            outgoing.get(url, Some(&bearer), limit::USERINFO).await
        }
        UserinfoAuth::Query => {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("access_token", access_token.expose());
            outgoing.get(&url, None, limit::USERINFO).await
        }
        UserinfoAuth::Form => {
            let form = {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("access_token", access_token.expose());
                form.finish()
            };
            let answer = outgoing.post(url, None, form, limit::USERINFO).await;
            answer.and_then(|answer| match answer.status {
                200 => Ok(answer),
                status => Err(HttpError::Status(status)),
            })
        }
    };
    let answer = answer.map_err(UserinfoError::Http)?;
    let kind = answer.content_type.as_ref().and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/jwt") {
        let text = String::from_utf8(answer.body).map_err(|_| UserinfoError::Jwt(VerifyError::NotAJwt))?;
        return Ok(Said::Jwt(text.trim_ascii().to_owned()));
    }
    json::object(&answer.body).map(Said::Claims).map_err(UserinfoError::Json)
}

/// Checks whom the answer speaks of (OpenID Connect Core 1.0 section 5.3.2).
pub(crate) fn about(claims: Map<String, Value>, subject: &str) -> Result<Map<String, Value>, UserinfoError> {
    match claims.get("sub") {
        Some(Value::String(sub)) if sub == subject => Ok(claims),
        Some(Value::Null) | None => Err(UserinfoError::MissingSubject),
        Some(_) => Err(UserinfoError::WrongSubject),
    }
}
