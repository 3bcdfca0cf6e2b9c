//! What the identity provider said, after verification: a JSON object, and ways into it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Verified claims: ID token and userinfo merged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims(Map<String, Value>);

/// Where in the claims something is found: `groups`, `realm_access.roles`, `https://example.com/roles`.
///
/// A dot may separate steps or be part of a name. At every step the longest name that exists wins, so a claim
/// whose name contains dots or slashes needs no escape, and the answer never depends on the order of members.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimPath(String);

/// The text is not a claim path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim path has 1 to 256 characters, no control characters, no empty step")]
pub struct BadClaimPath;

/// The most steps a path is tried with; bounds the work of the longest-name search.
const MOST_STEPS: usize = 16;

impl ClaimPath {
    /// Reads a path as an administrator types it.
    ///
    /// # Errors
    /// [`BadClaimPath`] when it is empty, over 256 characters, has control characters, empty steps or over 16 steps.
    pub fn parse(text: &str) -> Result<Self, BadClaimPath> {
        let text = text.trim();
        let steps = text.split('.').count();
        let fits = !text.is_empty() && text.len() <= 256 && steps <= MOST_STEPS;
        if !fits || text.chars().any(char::is_control) || text.starts_with('.') || text.ends_with('.') {
            return Err(BadClaimPath);
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClaimPath {
    type Error = BadClaimPath;
    fn try_from(text: String) -> Result<Self, BadClaimPath> {
        Self::parse(&text)
    }
}

impl From<ClaimPath> for String {
    fn from(path: ClaimPath) -> Self {
        path.0
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the groups claim turned out to be. Only [`GroupsClaim::Groups`] may lead to roles; *missing* means no roles,
/// and the other two mean that the groups are not known, which must never be taken for "no groups".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupsClaim {
    /// These groups, in the provider's order, each once.
    Groups(Vec<String>),
    /// The claim is not there.
    Missing,
    /// The provider left the groups out because there are too many (Entra ID: `_claim_names` or `hasgroups`).
    Overage,
    /// The claim is there and is neither text nor a list of texts.
    Malformed,
}

impl Claims {
    /// Wraps a JSON object.
    #[must_use]
    pub fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// The object itself.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Takes the object out.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// The value at this path.
    #[must_use]
    pub fn find(&self, path: &ClaimPath) -> Option<&Value> {
        find_in(&self.0, path.as_str())
    }

    /// The text at this path, without outer white space; `None` when it is absent, empty or not text.
    #[must_use]
    pub fn text(&self, path: &ClaimPath) -> Option<&str> {
        self.find(path)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The text at this path, or the whole number as text: providers without OpenID Connect like to number people.
    #[must_use]
    pub fn text_or_number(&self, path: &ClaimPath) -> Option<String> {
        match self.find(path)? {
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
            _ => self.text(path).map(str::to_owned),
        }
    }

    /// The groups at this path. A text is one group, whole: it is never split, so that a group called `a,admins`
    /// cannot become two.
    #[must_use]
    pub fn groups(&self, path: &ClaimPath) -> GroupsClaim {
        match self.find(path) {
            Some(Value::String(group)) if group.is_empty() => GroupsClaim::Groups(Vec::new()),
            Some(Value::String(group)) => GroupsClaim::Groups(vec![group.clone()]),
            Some(Value::Array(items)) => {
                let mut groups: Vec<String> = Vec::with_capacity(items.len());
                let mut seen = std::collections::HashSet::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::String(group) if group.is_empty() => {}
                        Value::String(group) => {
                            if seen.insert(group.as_str()) {
                                groups.push(group.clone());
                            }
                        }
                        _ => return GroupsClaim::Malformed,
                    }
                }
                GroupsClaim::Groups(groups)
            }
            Some(Value::Null) | None if self.groups_left_out(path) => GroupsClaim::Overage,
            Some(Value::Null) | None => GroupsClaim::Missing,
            Some(Value::Object(roles)) if are_zitadel_roles(path, roles) => {
                GroupsClaim::Groups(roles.keys().cloned().collect())
            }
            Some(_) => GroupsClaim::Malformed,
        }
    }

    /// Entra ID names the left-out claim in `_claim_names`, or (implicit grant) says `hasgroups: true`.
    fn groups_left_out(&self, path: &ClaimPath) -> bool {
        let named = self.0.get("_claim_names").and_then(Value::as_object);
        named.is_some_and(|names| names.contains_key(path.as_str()))
            || matches!(self.0.get("hasgroups"), Some(Value::Bool(true)))
            || self.0.get("hasgroups").and_then(Value::as_str) == Some("true")
    }
}

/// ZITADEL's project roles, the one object whose keys are groups: role key → organization → domain.
fn are_zitadel_roles(path: &ClaimPath, roles: &Map<String, Value>) -> bool {
    let named = path.as_str().starts_with("urn:zitadel:iam:org:project:") && path.as_str().ends_with("roles");
    named && roles.iter().all(|(role, at)| !role.is_empty() && at.is_object())
}

/// The longest prefix of `path` that is a member's name goes first; the rest is looked up inside it.
fn find_in<'a>(map: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = map.get(path) {
        return Some(value);
    }
    let mut end = path.len();
    while let Some(dot) = path.get(..end).and_then(|head| head.rfind('.')) {
        let (head, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
        if let Some(Value::Object(inner)) = map.get(head)
            && let Some(found) = find_in(inner, rest)
        {
            return Some(found);
        }
        end = dot;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    fn path(text: &str) -> ClaimPath {
        ClaimPath::parse(text).unwrap()
    }

    fn groups(value: Value, at: &str) -> GroupsClaim {
        claims(value).groups(&path(at))
    }

    fn list(groups: &[&str]) -> GroupsClaim {
        GroupsClaim::Groups(groups.iter().map(|g| (*g).to_owned()).collect())
    }

    #[test]
    fn groups_come_from_a_list_a_text_and_a_nested_path() {
        assert_eq!(groups(json!({"groups": ["a", "b", "a"]}), "groups"), list(&["a", "b"]));
        assert_eq!(groups(json!({"groups": "a,admins"}), "groups"), list(&["a,admins"]));
        assert_eq!(groups(json!({"realm_access": {"roles": ["x"]}}), "realm_access.roles"), list(&["x"]));
    }

    #[test]
    fn a_claim_name_may_contain_dots_and_slashes() {
        let name = "https://example.com/v1.0/roles";
        assert_eq!(groups(json!({name: ["x"]}), name), list(&["x"]));
        assert_eq!(groups(json!({"a.b": {"c": ["deep"]}}), "a.b.c"), list(&["deep"]));
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(groups(json!({"a": {"b": ["nested"]}, "a.b": ["whole"]}), "a.b"), list(&["whole"]));
        assert_eq!(groups(json!({"a.b": {"x": 1}, "a": {"b": {"c": ["y"]}}}), "a.b.c"), list(&["y"]));
    }

    #[test]
    fn an_overage_is_not_the_absence_of_groups() {
        assert_eq!(groups(json!({"_claim_names": {"groups": "src1"}}), "groups"), GroupsClaim::Overage);
        assert_eq!(groups(json!({"hasgroups": true}), "groups"), GroupsClaim::Overage);
        assert_eq!(groups(json!({}), "groups"), GroupsClaim::Missing);
        assert_eq!(groups(json!({"groups": null}), "groups"), GroupsClaim::Missing);
    }

    #[test]
    fn a_claim_of_another_shape_is_malformed() {
        for value in [json!({"groups": 7}), json!({"groups": {"a": 1}}), json!({"groups": ["a", 1]})] {
            assert_eq!(groups(value, "groups"), GroupsClaim::Malformed);
        }
    }

    #[test]
    fn a_whole_number_is_taken_for_its_text_and_nothing_else_is() {
        let given =
            claims(json!({"data": {"id": 4711, "big": 18_446_744_073_709_551_615_u64}, "name": " bob ",
            "half": 1.5, "yes": true, "none": null, "list": ["a"], "empty": ""}));
        let read = |at: &str| given.text_or_number(&path(at));
        assert_eq!(read("data.id").as_deref(), Some("4711"));
        assert_eq!(read("data.big").as_deref(), Some("18446744073709551615"));
        assert_eq!(read("name").as_deref(), Some("bob"));
        for absent in ["half", "yes", "none", "list", "empty", "data", "nowhere"] {
            assert_eq!(read(absent), None, "{absent}");
        }
    }

    #[test]
    fn nonsense_is_no_claim_path() {
        for bad in ["", "  ", ".a", "a.", "a\nb", &"x".repeat(257), &"a.".repeat(20)] {
            assert_eq!(ClaimPath::parse(bad), Err(BadClaimPath), "{bad:?}");
        }
    }
}
