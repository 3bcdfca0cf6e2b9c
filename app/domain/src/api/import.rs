//! What another system's configuration becomes: the plan of an import, line by line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{form::FieldCode, problem::ProblemCode};

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportSource {
    /// OMS's `config.yaml`.
    #[default]
    Oms,
    /// Ops Manager's `conf-mms.properties`.
    OpsManager,
}

impl ImportSource {
    /// Both, as forms offer them.
    pub const ALL: [Self; 2] = [Self::Oms, Self::OpsManager];

    /// `oms`, `ops-manager`: in commands, addresses and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oms => "oms",
            Self::OpsManager => "ops-manager",
        }
    }

    /// Reads [`ImportSource::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// What people call the file.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Oms => "OMS config.yaml",
            Self::OpsManager => "Ops Manager properties (mms.oidc.*)",
        }
    }
}

/// What happened to one line of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// Taken as it stands.
    Taken,
    /// Taken in another form.
    Changed,
    /// Not taken over.
    NotTaken,
    /// Not in the file: chosen here.
    Added,
}

impl ImportOutcome {
    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Changed => "changed",
            Self::NotTaken => "not taken over",
            Self::Added => "added",
        }
    }
}

/// One line of the report. Secrets and what is not about signing in are never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportLine {
    /// The line of the file, from 1; `null` for what is not in it.
    pub line: Option<u32>,
    /// The key as the file has it; `null` for what is not in it.
    pub key: Option<String>,
    /// What happened to it.
    pub outcome: ImportOutcome,
    /// What it became: `clientId: oms-console`.
    pub became: Option<String>,
    /// Why, and what to do.
    pub note: Option<String>,
    /// Whether a person must look at it.
    pub check: bool,
    /// Whether it is not about signing in at all.
    pub aside: bool,
}

/// Whether something is made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportAction {
    /// It is made.
    Create,
    /// It is changed.
    Update,
}

/// One difference between the file and the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportChange {
    /// What is done.
    pub action: ImportAction,
    /// `integration` or `mapping rule`.
    pub kind: String,
    /// Which.
    pub name: String,
    /// Each member that changes, with `from` and `to`; `null` unless something is changed.
    pub diff: Value,
}

/// What an import does, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportPlan {
    /// Where the file comes from.
    pub source: ImportSource,
    /// The integration it becomes.
    pub integration: String,
    /// To be registered at the provider.
    pub callback_url: String,
    /// Whether the integration is there already.
    pub exists: bool,
    /// Whether it differs from the file, so that the import must be told to change it.
    pub needs_force: bool,
    /// Whether it was done.
    pub applied: bool,
    /// What changes; empty: everything is as in the file.
    pub changes: Vec<ImportChange>,
    /// Each line of the file, in its order, then what was added.
    pub lines: Vec<ImportLine>,
    /// Of a dry run: why it would be refused for the sake of the ways in, unless it is made provisionally.
    #[serde(default)]
    pub refused: Option<ProblemCode>,
}

/// A problem of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportProblem {
    /// The line, from 1.
    pub line: Option<u32>,
    /// The key, or what is asked for beside the file (`name`, `issuer`); empty for the whole file.
    pub key: String,
    /// What is wrong and the way out.
    pub problem: FieldCode,
}

impl std::fmt::Display for ImportProblem {
    /// `12: issuer: Enter a value.`, to be put after the file's name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "{line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem.message())
    }
}

/// A file that was handed in, looked at again: its plan, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportReview {
    /// Where the file comes from.
    pub source: ImportSource,
    /// The name that was asked for; empty: as the file says.
    pub name: String,
    /// The issuer that was typed; empty: as the file says.
    pub issuer: String,
    /// The plan, when there is no problem.
    pub plan: Option<ImportPlan>,
    /// What is wrong.
    pub problems: Vec<ImportProblem>,
}
