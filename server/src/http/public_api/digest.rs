//! HTTP Digest access authentication (RFC 7616), as clients of Ops Manager's API speak it: `qop=auth`, SHA-256 or MD5.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderValue, header};
use domain::{secret::Secret, time::Timestamp};
use md5::Digest as _;
use sha2::Digest as _;
use subtle::ConstantTimeEq as _;

/// What clients are told they sign in to; Ops Manager's own text, which some clients have configured.
pub(super) const REALM: &str = "MMS Public API";
/// How long a nonce is good for, in milliseconds.
const NONCE_MS: i64 = 5 * 60_000;
/// What its MAC is for.
const LABEL: &str = "public api nonce";
/// The most nonces that are remembered at once; beyond, the oldest are asked for anew.
const MOST_NONCES: usize = 10_000;
/// The most requests on one nonce.
const MOST_USES: usize = 100_000;

/// An `Authorization: Digest` header (RFC 7616 section 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) username: String,
    pub(super) uri: String,
    pub(super) nonce: String,
    realm: String,
    response: String,
    cnonce: String,
    nc: String,
    algorithm: Algorithm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&md5::Md5::digest(text.as_bytes())),
            Self::Sha256 => hex(&sha2::Sha256::digest(text.as_bytes())),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the request carries Digest credentials at all.
pub(super) fn is_digest(headers: &HeaderMap) -> bool {
    text_of(headers).is_some()
}

fn text_of(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("digest").then_some(rest)
}

impl Answer {
    /// Reads the header; `None` when there is none that can be checked.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut fields = parameters(text_of(headers)?)?;
        let mut take = |name: &str| fields.remove(name);
        let algorithm = match take("algorithm") {
            None => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("md5") => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("sha-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        // Without `qop` there is no counter, and an answer that was overheard could be used again.
        if !take("qop")?.eq_ignore_ascii_case("auth") {
            return None;
        }
        Some(Self {
            username: take("username")?,
            uri: take("uri")?,
            nonce: take("nonce")?,
            realm: take("realm")?,
            response: take("response")?,
            cnonce: take("cnonce")?,
            nc: take("nc").filter(|nc| nc.len() == 8)?,
            algorithm,
        })
    }

    /// Whether whoever made it knows the private part of the key (RFC 7616 section 3.4.1).
    pub(super) fn is_of(&self, private_key: &Secret, method: &str) -> bool {
        let of = |text: String| self.algorithm.hash(&text);
        let who = of(format!("{}:{}:{}", self.username, self.realm, private_key.expose()));
        let what = of(format!("{method}:{}", self.uri));
        let wanted = of(format!("{who}:{}:{}:{}:auth:{what}", self.nonce, self.nc, self.cnonce));
        self.realm == REALM
            && bool::from(wanted.as_bytes().ct_eq(self.response.to_ascii_lowercase().as_bytes()))
    }

    /// The counter.
    fn count(&self) -> Option<u32> {
        u32::from_str_radix(&self.nc, 16).ok()
    }
}

/// `name=value, name="value"` (RFC 9110 section 11.2); names in lower case. `None` for what is written wrongly.
fn parameters(text: &str) -> Option<HashMap<String, String>> {
    let mut found = HashMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => match after.split_once(',') {
                Some((value, left)) => (value.trim().to_owned(), left),
                None => (after.trim().to_owned(), ""),
            },
        };
        if found.insert(name, value).is_some() {
            return None;
        }
        rest = left.trim_start().trim_start_matches(',').trim_start();
    }
    Some(found)
}

/// The text up to the closing quote, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

/// Nonces that this server has seen used, so that no answer is taken twice.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<HashMap<String, Uses>>);

#[derive(Debug)]
struct Uses {
    until: i64,
    counts: std::collections::HashSet<u32>,
}

/// What a nonce is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nonce {
    Good,
    /// Ours, but used up: the client may answer anew without asking anybody for the key (`stale`).
    Stale,
    Foreign,
}

impl Nonces {
    /// A new nonce: its time and a MAC, so that every server of this database takes it.
    pub(super) fn make(db: &store::Db, now: Timestamp) -> String {
        let begun = format!("{:x}-{}", now.ms(), db.new_id());
        let tag = db.tag(LABEL, begun.as_bytes());
        format!("{begun}-{}", tag.replace(':', "-"))
    }

    /// Looks at the nonce of an answer, and notes its counter: each is good once.
    pub(super) fn check(&self, db: &store::Db, answer: &Answer, now: Timestamp) -> Nonce {
        let mut parts = answer.nonce.splitn(3, '-');
        let (Some(time), Some(id), Some(tag)) = (parts.next(), parts.next(), parts.next()) else {
            return Nonce::Foreign;
        };
        let tag = tag.replacen('-', ":", 1);
        let Ok(begun) = i64::from_str_radix(time, 16) else { return Nonce::Foreign };
        if !db.is_tag(&tag, LABEL, format!("{time}-{id}").as_bytes()) {
            return Nonce::Foreign;
        }
        let Some(count) = answer.count() else { return Nonce::Foreign };
        let until = begun.saturating_add(NONCE_MS);
        if until <= now.ms() || begun > now.ms() {
            return Nonce::Stale;
        }
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_NONCES && !seen.contains_key(&answer.nonce) {
            seen.retain(|_, uses| uses.until > now.ms());
            if seen.len() >= MOST_NONCES {
                return Nonce::Stale;
            }
        }
        let uses = seen
            .entry(answer.nonce.clone())
            .or_insert_with(|| Uses { until, counts: std::collections::HashSet::new() });
        if uses.counts.len() >= MOST_USES || !uses.counts.insert(count) {
            return Nonce::Stale;
        }
        Nonce::Good
    }
}

/// The challenges (RFC 7616 section 3.3), the stronger one first; clients take the first that they know.
pub(super) fn challenges(nonce: &str, is_stale: bool) -> Vec<HeaderValue> {
    let stale = if is_stale { ", stale=true" } else { "" };
    [Algorithm::Sha256, Algorithm::Md5]
        .into_iter()
        .filter_map(|algorithm| {
            let name = algorithm.name();
            let text = format!(
                "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm={name}, qop=\"auth\"{stale}"
            );
            HeaderValue::from_str(&text).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(text).unwrap())])
    }

    /// RFC 7616 section 3.9.1, with our realm put in; the digests were made with `curl --digest` and OpenSSL.
    fn answer(algorithm: &str, response: &str) -> String {
        format!(
            "Digest username=\"Mufasa\", realm=\"{REALM}\", uri=\"/dir/index.html\", algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
             cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\""
        )
    }

    fn expected(algorithm: Algorithm) -> String {
        let h = |text: &str| algorithm.hash(text);
        let who = h(&format!("Mufasa:{REALM}:Circle of Life"));
        let what = h("GET:/dir/index.html");
        h(&format!(
            "{who}:7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v:00000001:\
             f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ:auth:{what}"
        ))
    }

    #[test]
    fn the_hashes_are_those_of_the_standard() {
        // RFC 1321 section A.5 and FIPS 180-2: "abc".
        assert_eq!(Algorithm::Md5.hash("abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            Algorithm::Sha256.hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn an_answer_is_of_who_knows_the_key() {
        let secret = Secret::new("Circle of Life");
        for (name, algorithm) in [("MD5", Algorithm::Md5), ("SHA-256", Algorithm::Sha256)] {
            let read = Answer::read(&headers(&answer(name, &expected(algorithm)))).unwrap();
            assert!(read.is_of(&secret, "GET"));
            assert!(!read.is_of(&secret, "POST"));
            assert!(!read.is_of(&Secret::new("circle of life"), "GET"));
            let other = Answer { uri: "/dir/other.html".to_owned(), ..read.clone() };
            assert!(!other.is_of(&secret, "GET"));
            let foreign = Answer { realm: "testrealm".to_owned(), ..read };
            assert!(!foreign.is_of(&secret, "GET"));
        }
    }

    #[test]
    fn what_cannot_be_checked_is_not_read() {
        let whole = answer("MD5", "x");
        assert!(Answer::read(&headers(&whole)).is_some());
        for (from, to) in [
            ("qop=auth, ", ""),
            ("qop=auth", "qop=auth-int"),
            ("algorithm=MD5", "algorithm=MD5-sess"),
            ("nc=00000001, ", ""),
            ("nc=00000001", "nc=1"),
            ("username=\"Mufasa\"", "username=\"Mufasa"),
            ("nc=00000001", "nc=00000001, nc=00000002"),
            ("Digest ", "Basic "),
        ] {
            assert!(Answer::read(&headers(&whole.replacen(from, to, 1))).is_none(), "{from} -> {to}");
        }
    }

    #[test]
    fn quotes_may_hold_commas_and_escapes() {
        let found = parameters(r#"a="x, \"y\"", b = z ,c="""#).unwrap();
        assert_eq!(found["a"], "x, \"y\"");
        assert_eq!((found["b"].as_str(), found["c"].as_str()), ("z", ""));
    }
}
