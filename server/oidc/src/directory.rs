//! The provider's directory, read when a token says that groups were left out of it. The address is the one that the
//! administrator configured; the one inside the token (OpenID Connect Core 1.0 section 5.6.2) is never asked.

use std::collections::HashSet;
use std::time::Duration;

use domain::claims::GroupsClaim;
use domain::integration::IntegrationSettings;
use domain::secret::Secret;
use reqwest::header::HeaderValue;
use serde_json::Value;
use url::Url;

use crate::address::{Guard, Purpose, UrlProblem};
use crate::http::{HttpError, Outgoing, limit};
use crate::json::{self, JsonError};

#[cfg(test)]
mod tests;

/// The most pages read for one person.
const MOST_PAGES: usize = 100;
/// The most groups of one person.
const MOST_GROUPS: usize = 10_000;
/// How long all pages together may take.
const LONGEST: Duration = Duration::from_secs(30);

/// Why the directory does not say the groups. Some of the groups are never taken for all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The configured address.
    #[error("groupsEndpoint cannot be used")]
    Url(#[source] UrlProblem),
    /// A page could not be had.
    #[error(
        "page {page} of the directory gave no usable answer; check groupsEndpoint and that the access token may read it"
    )]
    Http {
        /// Counted from 1.
        page: usize,
        /// Why.
        #[source]
        cause: HttpError,
    },
    /// A page is not JSON.
    #[error("page {page} of the directory cannot be read")]
    Json {
        /// Counted from 1.
        page: usize,
        /// Why.
        #[source]
        cause: JsonError,
    },
    /// Neither a list nor an object with the list `value`.
    #[error("page {page} of the directory has no list: neither `value` nor a list by itself")]
    NoList {
        /// Counted from 1.
        page: usize,
    },
    /// An item without the member that is the group.
    #[error(
        "an item on page {page} of the directory has no text at the member that groupsEndpointField names"
    )]
    NoGroup {
        /// Counted from 1.
        page: usize,
    },
    /// The next page is somewhere else, and the access token must not go there.
    #[error("page {page} of the directory names a next page on another host, which is not asked")]
    NextElsewhere {
        /// Counted from 1.
        page: usize,
    },
    /// A page that was read already comes again.
    #[error("the directory's pages go round in a circle")]
    Circle,
    /// Over 100 pages or 10,000 groups.
    #[error("the directory names more than 10000 groups or 100 pages")]
    TooMany,
    /// All pages together took too long.
    #[error("the directory did not give all pages within 30 seconds")]
    Timeout,
}

/// Reads every page and gives all groups, in the directory's order, each once. `None`: no directory is configured.
pub(crate) async fn groups(
    outgoing: &Outgoing,
    guard: &Guard,
    settings: &IntegrationSettings,
    access_token: &Secret,
) -> Result<Option<GroupsClaim>, DirectoryError> {
    let Some(endpoint) = &settings.groups_endpoint else { return Ok(None) };
    let first = guard.url(endpoint, Purpose::Endpoint).map_err(DirectoryError::Url)?;
    let reading = read(outgoing, guard, first, &settings.groups_endpoint_field, access_token);
    let groups = tokio::time::timeout(LONGEST, reading).await.map_err(|_| DirectoryError::Timeout)??;
    Ok(Some(GroupsClaim::Groups(groups)))
}

async fn read(
    outgoing: &Outgoing,
    guard: &Guard,
    first: Url,
    field: &str,
    access_token: &Secret,
) -> Result<Vec<String>, DirectoryError> {
    let failed = |page: usize| move |cause| DirectoryError::Http { page, cause };
    let bearer = HeaderValue::try_from(format!("Bearer {}", access_token.expose()));
    // The exchange took only tokens that fit into a header.
    let mut bearer = bearer.map_err(|_| failed(1)(HttpError::Unreachable))?;
    bearer.set_sensitive(true);
    let mut groups = Groups::default();
    let mut asked = HashSet::new();
    let mut url = first.clone();
    for page in 1..=MOST_PAGES {
        if !asked.insert(url.clone()) {
            return Err(DirectoryError::Circle);
        }
        let (answer, link) = outgoing.page(&url, &bearer, limit::DIRECTORY).await.map_err(failed(page))?;
        let body = json::value(&answer.body).map_err(|cause| DirectoryError::Json { page, cause })?;
        let (items, next) = parts(body).ok_or(DirectoryError::NoList { page })?;
        groups.add(items, field, page)?;
        let Some(next) = next.or(link) else { return Ok(groups.list) };
        url = follow(guard, &first, &url, &next).ok_or(DirectoryError::NextElsewhere { page })?;
    }
    Err(DirectoryError::TooMany)
}

/// The items of a page, and what it says of the next one.
fn parts(body: Value) -> Option<(Vec<Value>, Option<String>)> {
    match body {
        Value::Array(items) => Some((items, None)),
        Value::Object(mut members) => match members.remove("value") {
            Some(Value::Array(items)) => match members.remove("@odata.nextLink") {
                None | Some(Value::Null) => Some((items, None)),
                Some(Value::String(next)) => Some((items, Some(next))),
                // It says that there is more, in words we do not know.
                Some(_) => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The next page's address: of the same origin as the first, so that the access token goes nowhere else.
fn follow(guard: &Guard, first: &Url, current: &Url, next: &str) -> Option<Url> {
    let next = current.join(next).ok()?;
    let next = guard.url(next.as_str(), Purpose::Endpoint).ok()?;
    (next.origin() == first.origin()).then_some(next)
}

#[derive(Default)]
struct Groups {
    list: Vec<String>,
    seen: HashSet<String>,
}

impl Groups {
    fn add(&mut self, items: Vec<Value>, field: &str, page: usize) -> Result<(), DirectoryError> {
        for item in items {
            let group = match item {
                Value::String(group) => Some(group),
                Value::Object(mut members) => match members.remove(field) {
                    Some(Value::String(group)) => Some(group),
                    _ => None,
                },
                _ => None,
            };
            let group = group.filter(|group| !group.is_empty()).ok_or(DirectoryError::NoGroup { page })?;
            if self.seen.insert(group.clone()) {
                self.list.push(group);
            }
            if self.list.len() > MOST_GROUPS {
                return Err(DirectoryError::TooMany);
            }
        }
        Ok(())
    }
}

/// The target of `rel=next` in `Link` headers (RFC 8288 section 3).
pub(crate) fn next_link<'a>(headers: impl Iterator<Item = &'a str>) -> Option<String> {
    headers.flat_map(links).find_map(|(target, rel)| {
        let is_next = rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("next"));
        is_next.then(|| target.to_owned())
    })
}

/// Each link's target and its first `rel`. A comma may stand inside `<…>` and inside quotes.
fn links(header: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, parameters)) = after.split_once('>') else { break };
        let mut quoted = false;
        let end = parameters.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ',' && !quoted
        });
        let (mine, others) = match end {
            Some((at, _)) => parameters.split_at(at),
            None => (parameters, ""),
        };
        let rel = mine.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
        });
        found.push((target, rel.unwrap_or_default()));
        rest = others;
    }
    found
}
