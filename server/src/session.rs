//! Sessions as browsers know them: the cookie, and the typed way to the session behind it.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{access::Via, problem::ProblemCode, secret::Secret};
use sha2::{Digest as _, Sha256};
use store::{BoundStore, ResolvedSession, SessionHash};
use tower_sessions::{Session, session::Id};

use crate::middleware::refusal::Refusal;

/// The characters of a cookie value: 32 bytes in base64url.
const LENGTH: usize = 43;

/// The session cookie's name. `__Host-` makes the browser insist on `Secure`, `Path=/` and no `Domain` (RFC 6265bis
/// section 4.1.3.2); on plain-http loopback it cannot be had.
#[must_use]
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-latchkey" } else { "latchkey" }
}

/// A new cookie value, 256 bits from the operating system, and what the database keeps of it.
///
/// # Errors
/// The operating system has no randomness.
pub fn new_value() -> Result<(Secret, SessionHash), getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok((Secret::new(URL_SAFE_NO_PAD.encode(bytes)), SessionHash(Sha256::digest(bytes).into())))
}

/// What the database keeps of a cookie value; `None`: it is no cookie value of ours.
#[must_use]
pub fn hash_of(value: &str) -> Option<SessionHash> {
    if value.len() != LENGTH {
        return None;
    }
    let mut bytes = [0_u8; 32];
    let written = URL_SAFE_NO_PAD.decode_slice_unchecked(value, &mut bytes).ok()?;
    (written == bytes.len()).then(|| SessionHash(Sha256::digest(bytes).into()))
}

/// The value of this cookie in a request. Other programs on the same host may set cookies that are no text.
#[must_use]
pub fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        Some(std::str::from_utf8(value).unwrap_or_default())
    })
}

/// A `Set-Cookie` header of a cookie that scripts cannot read. `max_age`: seconds; `None`: until the browser closes.
#[must_use]
pub fn set_cookie(name: &str, value: &str, max_age: Option<i64>, secure: bool) -> Option<HeaderValue> {
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}")).ok()
}

/// A `Set-Cookie` header that removes the cookie.
#[must_use]
pub fn remove_cookie(name: &str, secure: bool) -> Option<HeaderValue> {
    set_cookie(name, "", Some(0), secure)
}

/// The session of this request, as middleware resolved it.
#[derive(Clone)]
pub struct CurrentSession {
    /// The row behind the cookie, and its user.
    pub resolved: Arc<ResolvedSession>,
    /// What the database knows the cookie by.
    pub hash: SessionHash,
    session: Session,
}

impl CurrentSession {
    pub(crate) fn new(core: &crate::Core, resolved: Arc<ResolvedSession>, hash: SessionHash) -> Self {
        // tower-sessions names sessions by 128 bits; ours are found by the whole hash, which the store is bound to.
        let short = i128::from_be_bytes(std::array::from_fn(|i| hash.0.get(i).copied().unwrap_or_default()));
        let store = BoundStore::new(core.db.clone(), hash, core.config.session.idle_minutes);
        Self { resolved, hash, session: Session::new(Some(Id(short)), Arc::new(store), None) }
    }

    /// Ends it: the row goes, so that no request under way can bring it back.
    ///
    /// # Errors
    /// The database's.
    pub async fn end(&self) -> Result<(), tower_sessions::session::Error> {
        self.session.flush().await
    }

    /// How the caller showed who they are.
    #[must_use]
    pub fn via(&self) -> Via {
        Via::Session { id: self.resolved.session_id.clone(), integration: self.resolved.integration.clone() }
    }

    /// The session for small things that belong to it.
    #[must_use]
    pub fn data(&self) -> &Session {
        &self.session
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Refusal::of_parts(parts, ProblemCode::Unauthenticated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_value_is_256_bits_and_the_database_gets_a_hash_of_it() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..10_000 {
            let (value, hash) = new_value().unwrap();
            assert_eq!(value.expose().len(), LENGTH);
            assert_eq!(hash_of(value.expose()), Some(hash));
            assert!(!hash.hex().contains(value.expose()));
            assert!(seen.insert(hash));
        }
    }

    #[test]
    fn what_is_no_cookie_value_is_not_looked_up() {
        for bad in ["", "x", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43), &"é".repeat(22)] {
            assert_eq!(hash_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; xlatchkey=2; latchkey=3"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=4"));
        assert_eq!(find_cookie(&headers, "latchkey"), Some("3"));
        assert_eq!(find_cookie(&headers, "b"), Some("4"));
        assert_eq!(find_cookie(&headers, "latch"), None);
    }

    #[test]
    fn cookies_are_hidden_from_scripts_and_other_sites() {
        let text = set_cookie("__Host-latchkey", "v", Some(60), true).unwrap();
        assert_eq!(text, "__Host-latchkey=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
        assert_eq!(
            remove_cookie("latchkey", false).unwrap(),
            "latchkey=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }
}
