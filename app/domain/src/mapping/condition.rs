//! What a rule may ask beside its group. Every condition of a rule must hold; none can be negative, so one group more
//! never takes a role away.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::pattern::{Glob, Pattern};
use crate::claims::{ClaimPath, Claims};

/// What a condition looks at, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// One of the groups is this text, byte for byte.
    GroupIs,
    /// One of the groups fits `*` (any text) and `?` (one character).
    GroupGlob,
    /// One of the groups fits a regular expression from its first to its last character.
    GroupRegex,
    /// The claim at a path is this text, number or truth value; a list never is.
    ClaimEquals,
    /// The list at a path has this entry; a text counts as a list of one. Never a part of a text.
    ClaimContains,
    /// The claim at a path, or one of its entries, fits `*` and `?`.
    ClaimGlob,
    /// The person signed in with this integration.
    IntegrationIs,
}

impl ConditionKind {
    /// Every kind, as forms offer them.
    pub const ALL: [Self; 7] = [
        Self::GroupIs,
        Self::GroupGlob,
        Self::GroupRegex,
        Self::ClaimEquals,
        Self::ClaimContains,
        Self::ClaimGlob,
        Self::IntegrationIs,
    ];

    /// `group_is`, …, as JSON has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GroupIs => "group_is",
            Self::GroupGlob => "group_glob",
            Self::GroupRegex => "group_regex",
            Self::ClaimEquals => "claim_equals",
            Self::ClaimContains => "claim_contains",
            Self::ClaimGlob => "claim_glob",
            Self::IntegrationIs => "integration_is",
        }
    }

    /// Reads [`ConditionKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What people read between a claim's path and the value.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::GroupIs => "a group is",
            Self::GroupGlob => "a group fits",
            Self::GroupRegex => "a group fits the expression",
            Self::ClaimEquals => "is",
            Self::ClaimContains => "has the entry",
            Self::ClaimGlob => "fits",
            Self::IntegrationIs => "the integration is",
        }
    }

    /// Whether it needs a claim's path.
    #[must_use]
    pub const fn has_path(self) -> bool {
        matches!(self, Self::ClaimEquals | Self::ClaimContains | Self::ClaimGlob)
    }

    /// Whether its value is a pattern.
    #[must_use]
    pub const fn is_pattern(self) -> bool {
        matches!(self, Self::GroupGlob | Self::GroupRegex | Self::ClaimGlob)
    }
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it looks at, and how.
    pub kind: ConditionKind,
    /// The claim's path; `None`: it is not about a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The text or pattern.
    pub value: String,
}

/// A rule's conditions, in a fixed order, each once. Copies share what was made of the patterns, so that a rule set
/// compiles each of them once, however often it is asked.
#[derive(Debug, Clone, Default)]
pub struct Conditions(Option<Arc<Prepared>>);

#[derive(Debug)]
struct Prepared {
    list: Vec<Condition>,
    tests: OnceLock<Vec<Test>>,
}

/// A condition, made ready to be asked.
#[derive(Debug)]
enum Test {
    GroupIs(String),
    Group(Pattern),
    Claim(ClaimPath, Wanted),
    Integration(String),
    /// Nothing that validation lets through: it never holds.
    Never,
}

#[derive(Debug)]
enum Wanted {
    Equals(String),
    Contains(String),
    Fits(Glob),
}

/// What conditions are asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) integration: Option<&'a str>,
    pub(super) groups: &'a [String],
    pub(super) claims: Option<&'a Claims>,
}

impl Conditions {
    /// Puts conditions in order and drops those that are there twice.
    #[must_use]
    pub fn new(mut list: Vec<Condition>) -> Self {
        list.sort();
        list.dedup();
        Self((!list.is_empty()).then(|| Arc::new(Prepared { list, tests: OnceLock::new() })))
    }

    /// The conditions.
    #[must_use]
    pub fn list(&self) -> &[Condition] {
        self.0.as_ref().map_or(&[], |prepared| &prepared.list)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The first that does not hold, and its place.
    pub(super) fn first_failing(&self, asked: Asked<'_>) -> Option<(usize, &Condition)> {
        let prepared = self.0.as_ref()?;
        let tests = prepared.tests.get_or_init(|| prepared.list.iter().map(Test::of).collect());
        let failed = tests.iter().position(|test| !test.holds(asked))?;
        Some((failed, prepared.list.get(failed)?))
    }
}

impl PartialEq for Conditions {
    fn eq(&self, other: &Self) -> bool {
        self.list() == other.list()
    }
}

impl Eq for Conditions {}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}

impl Test {
    fn of(condition: &Condition) -> Self {
        let value = || condition.value.clone();
        let path = || condition.path.as_deref().and_then(|path| ClaimPath::parse(path).ok());
        let claim = |wanted: Option<Wanted>| {
            path().zip(wanted).map_or(Self::Never, |(path, wanted)| Self::Claim(path, wanted))
        };
        match condition.kind {
            ConditionKind::GroupIs => Self::GroupIs(value()),
            ConditionKind::GroupGlob => {
                Glob::new(&condition.value).map_or(Self::Never, |glob| Self::Group(Pattern::Glob(glob)))
            }
            ConditionKind::GroupRegex => Pattern::regex(&condition.value).map_or(Self::Never, Self::Group),
            ConditionKind::ClaimEquals => claim(Some(Wanted::Equals(value()))),
            ConditionKind::ClaimContains => claim(Some(Wanted::Contains(value()))),
            ConditionKind::ClaimGlob => claim(Glob::new(&condition.value).map(Wanted::Fits)),
            ConditionKind::IntegrationIs => Self::Integration(value()),
        }
    }

    fn holds(&self, asked: Asked<'_>) -> bool {
        match self {
            Self::GroupIs(wanted) => asked.groups.contains(wanted),
            Self::Group(pattern) => asked.groups.iter().any(|group| pattern.fits(group)),
            Self::Claim(path, wanted) => {
                asked.claims.and_then(|claims| claims.find(path)).is_some_and(|value| wanted.is_met_by(value))
            }
            Self::Integration(name) => asked.integration == Some(name),
            Self::Never => false,
        }
    }
}

impl Wanted {
    fn is_met_by(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Equals(wanted), value) => text_of(value).is_some_and(|text| text == wanted.as_str()),
            (Self::Contains(_) | Self::Fits(_), Value::Array(items)) => {
                items.iter().any(|item| self.is_met_by_entry(item))
            }
            (Self::Contains(_) | Self::Fits(_), value) => self.is_met_by_entry(value),
        }
    }

    fn is_met_by_entry(&self, value: &Value) -> bool {
        text_of(value).is_some_and(|text| match self {
            Self::Equals(wanted) | Self::Contains(wanted) => text == wanted.as_str(),
            Self::Fits(glob) => glob.fits(&text),
        })
    }
}

/// A text, number or truth value as text; anything else has none.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(yes) => Some(Cow::Borrowed(if *yes { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether `wanted` holds whenever `has` does, as far as their texts tell.
pub(super) fn implies(has: &Condition, wanted: &Condition) -> bool {
    use ConditionKind::{ClaimContains, ClaimEquals, ClaimGlob, GroupGlob, GroupIs, GroupRegex};
    let glob = || Glob::new(&wanted.value).is_some_and(|glob| glob.fits(&has.value));
    match (has.kind, wanted.kind) {
        _ if has == wanted => true,
        _ if has.path != wanted.path => false,
        (GroupIs, GroupGlob) | (ClaimEquals | ClaimContains, ClaimGlob) => glob(),
        (GroupIs, GroupRegex) => Pattern::regex(&wanted.value).is_some_and(|regex| regex.fits(&has.value)),
        (ClaimEquals, ClaimContains) => has.value == wanted.value,
        _ => false,
    }
}
