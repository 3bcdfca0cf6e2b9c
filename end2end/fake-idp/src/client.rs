//! Client authentication, exactly as configured (RFC 6749 2.3, OIDC Core 9, RFC 7523).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{hmac, signature};
use serde_json::{Map, Value};

use crate::config::ClientAuth;
use crate::record::{Recorded, duplicate, find};
use crate::state::{Shared, Snapshot};

/// An OAuth error (RFC 6749 5.2): status, code, description.
pub(crate) type Refusal = (u16, &'static str, &'static str);

const WRONG: Refusal = (401, "invalid_client", "client authentication is missing, wrong or of another kind");
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest life of an assertion, seconds.
const LONGEST: i64 = 60;

/// `audience` is the only one that an assertion may name here.
pub(crate) fn authenticate(
    shared: &Shared,
    now: &Snapshot,
    request: &Recorded,
    audience: &str,
) -> Result<(), Refusal> {
    if let Some(_name) = duplicate(&request.body) {
        return Err((400, "invalid_request", "a field comes more than once"));
    }
    let misplaced = ["client_secret", "client_assertion", "code"];
    if misplaced.iter().any(|name| find(&request.query, name).is_some()) {
        return Err((400, "invalid_request", "parameters belong in the body"));
    }
    let basic = request.authorization.as_deref();
    let post = find(&request.body, "client_secret");
    let assertion = find(&request.body, "client_assertion");
    let body_id = find(&request.body, "client_id");
    if body_id.is_some_and(|id| id != shared.client_id) {
        return Err(WRONG);
    }
    let by_basic = || match basic.and_then(basic_credentials) {
        Some((id, secret)) => id == shared.client_id && shared.takes_secret(&secret),
        None => false,
    };
    let by_post = || body_id.is_some() && post.is_some_and(|secret| shared.takes_secret(secret));
    let by_jwt = |text| {
        find(&request.body, "client_assertion_type") == Some(ASSERTION_TYPE)
            && is_assertion(shared, now, text, audience) == Some(true)
    };
    let good = match (now.config.client_auth, basic, post, assertion) {
        (_, Some(_), Some(_), _) | (_, Some(_), _, Some(_)) | (_, _, Some(_), Some(_)) => {
            return Err((400, "invalid_request", "two kinds of client authentication"));
        }
        (ClientAuth::Basic | ClientAuth::Either, Some(_), None, None) => by_basic(),
        (ClientAuth::Post | ClientAuth::Either, None, Some(_), None) => by_post(),
        (ClientAuth::SecretJwt | ClientAuth::PrivateKeyJwt, None, None, Some(text)) => by_jwt(text),
        (ClientAuth::Public, None, None, None) => body_id.is_some(),
        _ => false,
    };
    if good { Ok(()) } else { Err(WRONG) }
}

/// Whether the JWT is signed as configured, is about the client, for this audience, fresh, and new.
fn is_assertion(shared: &Shared, now: &Snapshot, text: &str, audience: &str) -> Option<bool> {
    let (input, signature) = text.rsplit_once('.')?;
    let (header, payload) = input.split_once('.')?;
    let read = |part: &str| -> Option<Map<String, Value>> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let (header, claims) = (read(header)?, read(payload)?);
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let alg = header.get("alg").and_then(Value::as_str)?;
    let signed = match (now.config.client_auth, alg) {
        (ClientAuth::SecretJwt, "HS256") => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, shared.client_secret.as_bytes());
            hmac::verify(&key, input.as_bytes(), &signature).is_ok()
        }
        (ClientAuth::PrivateKeyJwt, "ES256") => {
            let kid = header.get("kid")?;
            let key = now.config.client_jwks.iter().find(|key| key.get("kid") == Some(kid))?;
            let part = |name: &str| URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
            let point = [vec![4], part("x")?, part("y")?].concat();
            let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
            key.verify(input.as_bytes(), &signature).is_ok()
        }
        _ => false,
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let exp = claims.get("exp").and_then(Value::as_i64)?;
    let about = text("iss") == Some(&shared.client_id) && text("sub") == Some(&shared.client_id);
    let fresh = exp > now.time && exp <= now.time + LONGEST;
    let good = signed && about && text("aud") == Some(audience) && fresh;
    Some(good && shared.lock().assertions.insert(text("jti")?.to_owned()))
}

/// Id and secret of a Basic header; each is form-urlencoded inside (RFC 6749 2.3.1).
fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

/// Strict: a raw character that the encoding would have replaced is an error.
fn form_decode(text: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "*-._+%~".contains(c);
    if !text.chars().all(legal) {
        return None;
    }
    let pair = format!("value={text}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
}
