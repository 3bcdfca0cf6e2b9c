//! The code becomes tokens (RFC 6749 sections 4.1.3 and 5).

use domain::integration::Protocol;
use domain::secret::Secret;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded;

use crate::client_auth::Credentials;
use crate::engine::AttemptSecrets;
use crate::error::{SettingsError, clean};
use crate::http::{Answer, HttpError, Outgoing, limit};
use crate::json::{self, JsonError};

/// The longest access token taken: it must fit into a header.
const LONGEST_ACCESS_TOKEN: usize = 32 * 1024;
/// The longest refresh token kept.
const LONGEST_REFRESH_TOKEN: usize = 16 * 1024;

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The token endpoint could not be asked.
    #[error("the token endpoint gave no answer")]
    Http(#[source] HttpError),
    /// It does not know us (RFC 6749 section 5.2: `invalid_client`, `unauthorized_client`).
    #[error(
        "the token endpoint does not accept the client; check client id, client secret and client auth method"
    )]
    Client {
        /// Its error code.
        said: String,
    },
    /// Another error answer.
    #[error("the token endpoint did not take the code")]
    Code {
        /// Its error code.
        said: String,
    },
    /// A status that is no answer.
    #[error("the token endpoint answered with status {0}")]
    Status(u16),
    /// The answer is not JSON.
    #[error("the token endpoint's answer cannot be read")]
    Json(#[source] JsonError),
    /// No `access_token`.
    #[error("the token endpoint's answer has no access_token")]
    NoAccessToken,
    /// An `access_token` that may not stand in a header (RFC 6750 section 2.1).
    #[error("the access token is too long or has characters that are not allowed")]
    BadAccessToken,
    /// No `id_token`.
    #[error("the token endpoint's answer has no id_token; check that openid is among the scopes")]
    NoIdToken,
    /// An `id_token` that is not text.
    #[error("the id_token of the token endpoint's answer is not text")]
    BadIdToken,
    /// Not a bearer token (RFC 6749 section 7.1).
    #[error("the token endpoint's token_type is not Bearer")]
    TokenType,
}

/// What the token endpoint gave; never shown.
pub(crate) struct Tokens {
    pub(crate) access_token: Secret,
    /// Always there in OpenID Connect, never in OAuth 2.0.
    pub(crate) id_token: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
}

/// Sends the code, once.
pub(crate) async fn exchange(
    outgoing: &Outgoing,
    token_endpoint: &Url,
    credentials: Credentials<'_>,
    attempt: &AttemptSecrets,
    code: &Secret,
) -> Result<Tokens, crate::Error> {
    let answer = ask(outgoing, token_endpoint, credentials, attempt, code).await?;
    Ok(read(&answer, credentials.settings.protocol)?)
}

/// Sends the code, once; the answer as it came.
pub(crate) async fn ask(
    outgoing: &Outgoing,
    token_endpoint: &Url,
    credentials: Credentials<'_>,
    attempt: &AttemptSecrets,
    code: &Secret,
) -> Result<Answer, crate::Error> {
    let (body, authorization) = request(token_endpoint, credentials, attempt, code)?;
    let answer = outgoing.post(token_endpoint, authorization, body, limit::TOKEN).await;
    Ok(answer.map_err(ExchangeError::Http)?)
}

/// Shows a refresh token, once (RFC 6749 section 6). The answer may be without an ID token (OpenID Connect Core 1.0
/// section 12.2).
pub(crate) async fn refresh(
    outgoing: &Outgoing,
    token_endpoint: &Url,
    credentials: Credentials<'_>,
    refresh_token: &Secret,
) -> Result<Tokens, crate::Error> {
    let (body, authorization) = refresh_request(token_endpoint, credentials, refresh_token)?;
    let answer = outgoing
        .post(token_endpoint, authorization, body, limit::TOKEN)
        .await
        .map_err(ExchangeError::Http)?;
    Ok(read_with(&answer, credentials.settings.protocol, false)?)
}

fn refresh_request(
    token_endpoint: &Url,
    credentials: Credentials<'_>,
    refresh_token: &Secret,
) -> Result<(String, Option<HeaderValue>), SettingsError> {
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(1024));
    form.append_pair("grant_type", "refresh_token");
    form.append_pair("refresh_token", refresh_token.expose());
    let authorization = credentials.add_to(&mut form, token_endpoint.as_str())?;
    Ok((form.finish(), authorization))
}

/// The request's body and, for HTTP Basic, its `Authorization`. Apart from the sending because the serializer could not
/// cross an await.
fn request(
    token_endpoint: &Url,
    credentials: Credentials<'_>,
    attempt: &AttemptSecrets,
    code: &Secret,
) -> Result<(String, Option<HeaderValue>), SettingsError> {
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(1024));
    form.append_pair("grant_type", "authorization_code");
    form.append_pair("code", code.expose());
    form.append_pair("redirect_uri", &attempt.redirect_uri);
    if !attempt.pkce_verifier.is_empty() {
        form.append_pair("code_verifier", attempt.pkce_verifier.expose());
    }
    let authorization = credentials.add_to(&mut form, token_endpoint.as_str())?;
    Ok((form.finish(), authorization))
}

/// Reads the answer to a code.
pub(crate) fn read(answer: &Answer, protocol: Protocol) -> Result<Tokens, ExchangeError> {
    read_with(answer, protocol, true)
}

fn read_with(answer: &Answer, protocol: Protocol, id_token_needed: bool) -> Result<Tokens, ExchangeError> {
    let document = json::object(&answer.body);
    if let Some(error) = document.as_ref().ok().and_then(|document| document.get("error"))
        && (answer.status == 200 || (400..500).contains(&answer.status))
    {
        return Err(refusal(error, document.as_ref().ok()));
    }
    match answer.status {
        200 => {}
        401 => return Err(ExchangeError::Client { said: "status 401".to_owned() }),
        status => return Err(ExchangeError::Status(status)),
    }
    let mut document = document.map_err(ExchangeError::Json)?;
    let access_token = match document.remove("access_token") {
        Some(Value::String(token)) if !token.is_empty() => token,
        None | Some(Value::Null | Value::String(_)) => return Err(ExchangeError::NoAccessToken),
        Some(_) => return Err(ExchangeError::BadAccessToken),
    };
    let legal = access_token.bytes().all(|b| (0x21..=0x7E).contains(&b));
    if !legal || access_token.len() > LONGEST_ACCESS_TOKEN {
        return Err(ExchangeError::BadAccessToken);
    }
    // Left out by some; then it can only be Bearer. `expires_in` and `scope` are not used and may be anything.
    let bearer = match document.get("token_type") {
        None | Some(Value::Null) => true,
        Some(kind) => kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")),
    };
    if !bearer {
        return Err(ExchangeError::TokenType);
    }
    let access_token = Secret::new(access_token);
    let refresh_token = match document.remove("refresh_token") {
        Some(Value::String(token)) if (1..=LONGEST_REFRESH_TOKEN).contains(&token.len()) => {
            Some(Secret::new(token))
        }
        _ => None,
    };
    if protocol == Protocol::OAuth2 {
        return Ok(Tokens { access_token, id_token: None, refresh_token });
    }
    let id_token = match document.remove("id_token") {
        Some(Value::String(id_token)) if !id_token.is_empty() => Some(Secret::new(id_token)),
        None | Some(Value::Null | Value::String(_)) if !id_token_needed => None,
        None | Some(Value::Null | Value::String(_)) => return Err(ExchangeError::NoIdToken),
        Some(_) => return Err(ExchangeError::BadIdToken),
    };
    Ok(Tokens { access_token, id_token, refresh_token })
}

fn refusal(error: &Value, document: Option<&Map<String, Value>>) -> ExchangeError {
    let said = said(error, document);
    match error.as_str() {
        // The last is GitHub's own word for the first.
        Some("invalid_client" | "unauthorized_client" | "incorrect_client_credentials") => {
            ExchangeError::Client { said }
        }
        _ => ExchangeError::Code { said },
    }
}

/// Only the error code and numbered codes such as `AADSTS7000215` are kept: descriptions of token endpoints have been
/// seen to repeat what was sent to them.
pub(crate) fn said(error: &Value, document: Option<&Map<String, Value>>) -> String {
    let error = error.as_str().unwrap_or("an error that is not text");
    let code: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || "_-. ".contains(*c)).collect();
    let mut said = clean(&code, 100);
    let description = document.and_then(|document| document.get("error_description")).and_then(Value::as_str);
    if let Some(number) = description.and_then(numbered) {
        said.push_str(" (");
        said.push_str(number);
        said.push(')');
    }
    said
}

/// The first word of capital letters followed by digits.
fn numbered(description: &str) -> Option<&str> {
    description.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| {
        let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
        let digits = word.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
        (2..=10).contains(&letters) && (3..=10).contains(&digits) && letters + digits == word.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(status: u16, body: &str) -> Result<(), ExchangeError> {
        let answer = Answer { status, content_type: None, date: None, body: body.as_bytes().to_vec() };
        read(&answer, Protocol::Oidc).map(|_| ())
    }

    #[test]
    fn s_32_what_is_harmless_in_a_token_response_is_taken() {
        for extra in [
            r#""token_type":"Bearer""#,
            r#""token_type":"BEARER","expires_in":"3600""#,
            r#""token_type":"bearer","expires_in":-1"#,
            r#""expires_in":1e18,"scope":["openid"],"refresh_token":null"#,
            r#""token_type":null,"more":{"a":[1]}"#,
        ] {
            assert_eq!(
                tokens(200, &format!(r#"{{"access_token":"a","id_token":"b",{extra}}}"#)),
                Ok(()),
                "{extra}"
            );
        }
    }

    #[test]
    fn s_32_what_is_not_harmless_is_refused_with_its_reason() {
        use ExchangeError::{BadAccessToken, BadIdToken, NoAccessToken, NoIdToken, TokenType};
        for (body, error) in [
            (r#"{"access_token":"a","id_token":"b","token_type":"mac"}"#, TokenType),
            (r#"{"access_token":"a","id_token":"b","token_type":"N_A"}"#, TokenType),
            (r#"{"access_token":"a","id_token":"b","token_type":7}"#, TokenType),
            (r#"{"access_token":"a","id_token":["b"]}"#, BadIdToken),
            (r#"{"access_token":"a","id_token":{"b":1}}"#, BadIdToken),
            (r#"{"access_token":"a","id_token":""}"#, NoIdToken),
            (r#"{"access_token":"a"}"#, NoIdToken),
            (r#"{"access_token":"a b","id_token":"b"}"#, BadAccessToken),
            (r#"{"access_token":"a\nb","id_token":"b"}"#, BadAccessToken),
            (r#"{"access_token":"\u007f","id_token":"b"}"#, BadAccessToken),
            (r#"{"access_token":"é","id_token":"b"}"#, BadAccessToken),
            (r#"{"access_token":1,"id_token":"b"}"#, BadAccessToken),
            (r#"{"id_token":"b"}"#, NoAccessToken),
        ] {
            assert_eq!(tokens(200, body), Err(error), "{body}");
        }
        assert!(matches!(tokens(200, "<html>"), Err(ExchangeError::Json(_))));
        assert!(matches!(tokens(200, r#"{"id_token":"a","id_token":"b"}"#), Err(ExchangeError::Json(_))));
    }

    #[test]
    fn an_error_is_an_error_whatever_its_status_and_keeps_only_its_code() {
        let body = r#"{"error":"invalid_grant","error_description":"AADSTS70008: code hunter2 expired"}"#;
        for status in [200, 400, 403] {
            let said = "invalid_grant (AADSTS70008)".to_owned();
            assert_eq!(tokens(status, body), Err(ExchangeError::Code { said }), "{status}");
        }
        for error in ["invalid_client", "unauthorized_client"] {
            let body = format!(r#"{{"error":"{error}"}}"#);
            assert_eq!(tokens(401, &body), Err(ExchangeError::Client { said: error.to_owned() }));
        }
        assert!(matches!(tokens(401, "no"), Err(ExchangeError::Client { .. })));
        assert_eq!(tokens(503, body), Err(ExchangeError::Status(503)));
        assert_eq!(tokens(204, ""), Err(ExchangeError::Status(204)));
    }
}
