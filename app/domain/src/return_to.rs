//! Where a login leads: parsed into something safe, never filtered.

use std::fmt;

use url::Url;

/// The most bytes; longer ones are dropped, not cut.
const MOST: usize = 2048;

/// A path on this origin, or a URL of an origin the server's configuration allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

/// Why a return target was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnToRejected {
    /// Over 2,048 bytes.
    #[error("longer than 2048 bytes")]
    TooLong,
    /// Characters no path or URL may hold as they are.
    #[error("control characters, white space, backslashes or non-ASCII characters")]
    Characters,
    /// Not a path, not a URL.
    #[error("neither a path on this site nor an absolute URL")]
    Shape,
    /// Another site that is not allowed.
    #[error("not this site and not allowed by sign_in.return_to_allow")]
    Foreign,
    /// A page that must not be returned to (the login itself).
    #[error("a page of the login itself")]
    Loop,
}

/// An origin with a path prefix that return targets may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin(Url);

impl AllowedOrigin {
    /// Reads `https://host:port/prefix`.
    ///
    /// # Errors
    /// [`ReturnToRejected::Shape`] when it is no such URL.
    pub fn parse(text: &str) -> Result<Self, ReturnToRejected> {
        let url = Url::parse(text).map_err(|_| ReturnToRejected::Shape)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if plain { Ok(Self(url)) } else { Err(ReturnToRejected::Shape) }
    }

    fn covers(&self, url: &Url) -> bool {
        let prefix = self.0.path().trim_end_matches('/');
        let path = url.path();
        url.origin() == self.0.origin()
            && (path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')))
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Whether a path of another site has steps that lead upwards, or hides some: what is resolved here would be another
/// place there, where `%25` is decoded once more or `..;` means `..`.
fn climbs(text: &str, url: &Url) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let path = rest.get(..end).unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    let step = |step: &str| matches!(step, "." | "..") || step.contains(';') || step.contains("%25");
    path.split('/').skip(1).any(step) || url.path().contains("//")
}

impl ReturnTo {
    /// The page people land on when nothing else was asked for.
    #[must_use]
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// Reads a return target. `public` is this console's own URL.
    ///
    /// # Errors
    /// Why it was dropped; the caller logs that and goes [`ReturnTo::home`].
    pub fn parse(text: &str, public: &Url, allowed: &[AllowedOrigin]) -> Result<Self, ReturnToRejected> {
        if text.len() > MOST {
            return Err(ReturnToRejected::TooLong);
        }
        // What browsers strip, fold or read as a slash (WHATWG URL, section 4.4) has no business here; nor does
        // anything a percent sign hides of that kind, since the next hop may decode once more.
        let lower = text.to_ascii_lowercase();
        let hidden =
            ["%0", "%1", "%2f", "%5c", "%7f", "%e3%80%82", "%ef%bc"].iter().any(|bad| lower.contains(bad));
        if hidden
            || text.bytes().any(|b| b <= b' ' || b >= 0x7F || matches!(b, b'\\' | b'<' | b'>' | b'"' | b'`'))
        {
            return Err(ReturnToRejected::Characters);
        }
        if text.starts_with('/') {
            return Self::path(text, public);
        }
        let url = Url::parse(text).map_err(|_| ReturnToRejected::Shape)?;
        // `https:host` and `https:/host` parse too: only the full form counts.
        let full = lower.starts_with("https://") || lower.starts_with("http://");
        let shape = full
            && lower.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'))
            && url.username().is_empty()
            && url.password().is_none()
            && !text.contains('@')
            && url.host().is_some();
        if !shape {
            return Err(ReturnToRejected::Shape);
        }
        if url.origin() == public.origin() {
            let mut path = url.path().to_owned();
            for (mark, part) in [('?', url.query()), ('#', url.fragment())] {
                if let Some(part) = part {
                    path.push(mark);
                    path.push_str(part);
                }
            }
            return Self::path(&path, public);
        }
        if climbs(text, &url) {
            return Err(ReturnToRejected::Shape);
        }
        if allowed.iter().any(|origin| origin.covers(&url)) {
            Ok(Self(url.into()))
        } else {
            Err(ReturnToRejected::Foreign)
        }
    }

    fn path(text: &str, public: &Url) -> Result<Self, ReturnToRejected> {
        let end = text.find(['?', '#']).unwrap_or(text.len());
        let path = text.get(..end).unwrap_or_default();
        let decoded = path.to_ascii_lowercase().replace("%2e", ".");
        let dots = decoded
            .split('/')
            .any(|step| matches!(step, "." | "..") || step.starts_with("..;") || step.starts_with(".;"));
        if path.contains("//")
            || decoded.contains("%25")
            || dots
            || path.contains(';')
            || path.contains(':')
            || path.contains('@')
        {
            return Err(ReturnToRejected::Shape);
        }
        let joined = public.join(text).map_err(|_| ReturnToRejected::Shape)?;
        if joined.origin() != public.origin() {
            return Err(ReturnToRejected::Foreign);
        }
        let of_login =
            ["/sign-in", "/signed-out", "/login/", "/oauth2/", "/omsp/", "/oidc/", "/fn/", "/api/"];
        if of_login.iter().any(|page| path.starts_with(page)) {
            return Err(ReturnToRejected::Loop);
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps what was parsed before and kept in the database.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// For a `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
