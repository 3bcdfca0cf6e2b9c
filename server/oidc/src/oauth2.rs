//! OAuth 2.0 without OpenID Connect (RFC 6749 section 4.1): no discovery, no ID token, no nonce. Who somebody is, is
//! what userinfo says, and nothing vouches for it but the TLS connection to an endpoint that an administrator typed.

use std::collections::BTreeMap;

use domain::claims::{ClaimPath, Claims};
use domain::integration::IntegrationSettings;
use domain::secret::Secret;
use serde_json::Value;
use url::Url;

use crate::address::{Guard, Lookup, Purpose};
use crate::callback::Callback;
use crate::client_auth::Credentials;
use crate::discovery::DiscoveryError;
use crate::engine::{AttemptSecrets, SignedIn};
use crate::error::{Error, SettingsError};
use crate::exchange::{self, ExchangeError};
use crate::http::{HttpError, Outgoing, limit};
use crate::refresh::{RefreshToken, Refreshed};
use crate::userinfo::{self, Said, UserinfoError};
use crate::verify::is_subject;

/// Where the browser is sent, checked.
pub(crate) async fn authorization(
    settings: &IntegrationSettings,
    guard: &Guard,
    outgoing: &Outgoing,
    lookup: &Lookup,
) -> Result<Url, Error> {
    let field = "authorization_endpoint";
    let url = endpoint(guard, field, settings.endpoints.authorization.as_deref())?;
    let check = outgoing.check_plain_host(&url, lookup).await;
    check.map_err(|problem| DiscoveryError::Url { field, problem })?;
    Ok(url)
}

fn endpoint(guard: &Guard, field: &'static str, text: Option<&str>) -> Result<Url, Error> {
    let text = text.filter(|text| !text.is_empty()).ok_or(SettingsError::Endpoint(field))?;
    let checked = guard.url(text, Purpose::Endpoint);
    Ok(checked.map_err(|problem| DiscoveryError::Url { field, problem })?)
}

/// Completes a login: code, access token, userinfo.
pub(crate) async fn complete(
    outgoing: &Outgoing,
    guard: &Guard,
    credentials: Credentials<'_>,
    attempt: &AttemptSecrets,
    callback: &Callback,
) -> Result<SignedIn, Error> {
    let settings = credentials.settings;
    let issuer = Some(settings.issuer.as_str()).filter(|issuer| !issuer.is_empty());
    let code = callback.code(issuer, false)?;
    let token = endpoint(guard, "token_endpoint", settings.endpoints.token.as_deref())?;
    let userinfo = endpoint(guard, "userinfo_endpoint", settings.endpoints.userinfo.as_deref())?;
    let tokens = exchange::exchange(outgoing, &token, credentials, attempt, code).await?;
    let mut who = who(outgoing, &userinfo, credentials, &tokens.access_token).await?;
    who.refresh_token = RefreshToken::of_login(settings, tokens.refresh_token, &attempt.nonce);
    Ok(who)
}

/// Shows a refresh token (RFC 6749 section 6), and reads userinfo anew: it is all that says the groups, so that a claim
/// which is missing there is missing.
pub(crate) async fn refresh(
    outgoing: &Outgoing,
    guard: &Guard,
    credentials: Credentials<'_>,
    refresh_token: &Secret,
    subject: &str,
) -> Result<Refreshed, Error> {
    let ends = &credentials.settings.endpoints;
    let token = endpoint(guard, "token_endpoint", ends.token.as_deref())?;
    let userinfo = endpoint(guard, "userinfo_endpoint", ends.userinfo.as_deref())?;
    let tokens = exchange::refresh(outgoing, &token, credentials, refresh_token).await?;
    let who = match who(outgoing, &userinfo, credentials, &tokens.access_token).await {
        Ok(who) if who.subject != subject => Err(UserinfoError::OtherPerson.into()),
        who => who,
    };
    Ok(Refreshed { rotated: tokens.refresh_token, who })
}

/// Looks whether the addresses of a provider may be called and answer, whatever they answer: without a code or a token
/// there is nothing to be had from them.
pub(crate) async fn reach(
    settings: &IntegrationSettings,
    guard: &Guard,
    outgoing: &Outgoing,
    lookup: &Lookup,
) -> Result<(), Error> {
    authorization(settings, guard, outgoing, lookup).await?;
    let token = endpoint(guard, "token_endpoint", settings.endpoints.token.as_deref())?;
    answers(outgoing, &token).await.map_err(ExchangeError::Http)?;
    let userinfo = endpoint(guard, "userinfo_endpoint", settings.endpoints.userinfo.as_deref())?;
    answers(outgoing, &userinfo).await.map_err(UserinfoError::Http)?;
    Ok(())
}

async fn answers(outgoing: &Outgoing, url: &Url) -> Result<(), HttpError> {
    match outgoing.get(url, None, limit::ERROR).await {
        Ok(_) | Err(HttpError::Status(_) | HttpError::Redirect(_) | HttpError::TooLarge(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Who userinfo says it is.
async fn who(
    outgoing: &Outgoing,
    userinfo: &Url,
    credentials: Credentials<'_>,
    access_token: &Secret,
) -> Result<SignedIn, Error> {
    let settings = credentials.settings;
    let said = userinfo::fetch(outgoing, userinfo, settings.userinfo_auth, access_token).await?;
    let Said::Claims(claims) = said else { return Err(UserinfoError::Signed.into()) };
    let claims = Claims::new(claims);
    let subject = subject(&claims, &settings.claims.subject).ok_or(UserinfoError::Subject)?;
    claims.text_or_number(&settings.claims.username).ok_or(UserinfoError::Username)?;
    let sources: BTreeMap<String, &'static str> =
        claims.as_map().keys().map(|name| (name.clone(), "userinfo")).collect();
    let groups = claims.groups(&settings.claims.groups);
    Ok(SignedIn {
        issuer: settings.identity_issuer(),
        subject,
        idp_session_id: None,
        claims,
        sources,
        groups,
        auth_time: None,
        id_token_iat: credentials.now,
        refresh_token: None,
    })
}

/// Byte for byte, unlike names: two people may differ by a space.
fn subject(claims: &Claims, path: &ClaimPath) -> Option<String> {
    let subject = match claims.find(path)? {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    is_subject(&subject).then_some(subject)
}
