//! Why a group that looks right did not match: the difference, named.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A group of the token that nearly is the rule's group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NearMiss {
    /// The group as the token has it.
    pub group: String,
    /// What differs.
    pub difference: Difference,
}

/// What separates a near miss from a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Upper and lower case.
    Case,
    /// White space at an end.
    Space,
    /// A slash at the front (Keycloak's full group path).
    LeadingSlash,
    /// One is a distinguished name, the other its common name.
    DistinguishedName,
    /// More than one of these.
    Several,
}

/// The form in which near misses are equal: lower case, no outer space, no leading slash, a distinguished name's
/// common name.
#[must_use]
pub fn normalized(group: &str) -> String {
    normal_form(group).into_owned()
}

/// [`normalized`] without a copy where the text already is in lower case, as most groups are.
pub(super) fn normal_form(group: &str) -> Cow<'_, str> {
    let trimmed = group.trim();
    let base = common_name(trimmed).unwrap_or(trimmed).trim_start_matches('/').trim();
    if base.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(base)
    } else {
        Cow::Owned(base.to_lowercase())
    }
}

/// `CN=Admins,OU=x` → `Admins`.
fn common_name(group: &str) -> Option<&str> {
    let is_cn = group.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("cn="));
    if !is_cn || !group.contains(',') {
        return None;
    }
    group.get(3..)?.split(',').next()
}

/// Names the difference between two texts whose [`normalized`] forms are equal.
pub(super) fn difference(rule: &str, token: &str) -> Difference {
    if rule.to_lowercase() == token.to_lowercase() {
        return Difference::Case;
    }
    if rule.trim() == token.trim() {
        return Difference::Space;
    }
    if rule.trim_start_matches('/') == token.trim_start_matches('/') {
        return Difference::LeadingSlash;
    }
    let cn = |text: &str| common_name(text).unwrap_or(text).to_owned();
    if cn(rule) == cn(token) {
        return Difference::DistinguishedName;
    }
    Difference::Several
}
