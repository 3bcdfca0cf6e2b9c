//! The probe: what it looks at, step by step, and what it found. Texts are ours or cleaned: no secret, code or token is
//! in them, and none is longer than a line or two.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    form::IntegrationForm, login_failure::LoginFailure, role::RoleName, target::Level, time::Timestamp, tree,
};

/// One thing that is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeStep {
    /// The host's name resolves, to addresses that may be called.
    Address,
    /// The certificates that the host shows.
    Tls,
    /// The discovery document.
    Discovery,
    /// The document's issuer is the configured one, byte for byte.
    Issuer,
    /// The keys that sign ID tokens.
    Keys,
    /// Algorithms, PKCE, pushed requests, scopes: what the provider offers against what is set.
    Capabilities,
    /// Client id and secret.
    Client,
    /// The provider's clock.
    Clock,
}

impl ProbeStep {
    /// Every step.
    pub const ALL: [Self; 8] = [
        Self::Address,
        Self::Tls,
        Self::Discovery,
        Self::Issuer,
        Self::Keys,
        Self::Capabilities,
        Self::Client,
        Self::Clock,
    ];

    /// What it does, as people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Address => "The address resolves and may be called",
            Self::Tls => "The connection is encrypted and the certificate holds",
            Self::Discovery => "The discovery document can be read",
            Self::Issuer => "The issuer is the one that is set",
            Self::Keys => "The keys can be read",
            Self::Capabilities => "Algorithms, PKCE and scopes fit",
            Self::Client => "Client id and secret are accepted",
            Self::Clock => "The clocks agree",
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Tls => "tls",
            Self::Discovery => "discovery",
            Self::Issuer => "issuer",
            Self::Keys => "keys",
            Self::Capabilities => "capabilities",
            Self::Client => "client",
            Self::Clock => "clock",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeState {
    /// As it should be.
    Ok,
    /// Sign-ins can work; something should be looked at.
    Warn,
    /// Sign-ins cannot work.
    Failed,
    /// Not needed, or not possible after what failed.
    Skipped,
}

/// A label and a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFact {
    /// What it is.
    pub label: String,
    /// What was found.
    pub value: String,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// Which.
    pub step: ProbeStep,
    /// How it ended.
    pub state: ProbeState,
    /// One sentence.
    pub summary: String,
    /// What was found, in detail.
    pub facts: Vec<ProbeFact>,
    /// What should have come; only when something is wrong.
    pub expected: Option<String>,
    /// What came instead.
    pub found: Option<String>,
    /// What to change.
    pub advice: Option<String>,
}

impl ProbeReport {
    /// A report that says one thing.
    #[must_use]
    pub fn new(step: ProbeStep, state: ProbeState, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        Self { step, state, summary, facts: Vec::new(), expected: None, found: None, advice: None }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, label: &str, value: impl Into<String>) -> Self {
        self.facts.push(ProbeFact { label: label.to_owned(), value: value.into() });
        self
    }

    /// Says what should have come.
    #[must_use]
    pub fn expected(self, text: impl Into<String>) -> Self {
        Self { expected: Some(text.into()), ..self }
    }

    /// Says what came instead.
    #[must_use]
    pub fn found(self, text: impl Into<String>) -> Self {
        Self { found: Some(text.into()), ..self }
    }

    /// Says what to change.
    #[must_use]
    pub fn advice(self, text: impl Into<String>) -> Self {
        Self { advice: Some(text.into()), ..self }
    }
}

/// The steps of an integration, as the API and the command line show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeOutcome {
    /// The integration's name.
    pub integration: String,
    /// The worst of the steps: `ok`, `warn` or `failed`.
    pub state: ProbeState,
    /// The steps, in order.
    pub steps: Vec<ProbeReport>,
}

impl ProbeOutcome {
    /// Puts the steps together.
    #[must_use]
    pub fn new(integration: String, steps: Vec<ProbeReport>) -> Self {
        let any = |state| steps.iter().any(|report| report.state == state);
        let state = if any(ProbeState::Failed) {
            ProbeState::Failed
        } else if any(ProbeState::Warn) {
            ProbeState::Warn
        } else {
            ProbeState::Ok
        };
        Self { integration, state, steps }
    }
}

/// A run of the probe, for the page that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeView {
    /// The run.
    pub id: String,
    /// The stored integration's name; `None`: a draft.
    pub stored: Option<String>,
    /// The name that is tried.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// To be registered at the provider.
    pub callback_url: String,
    /// The steps so far.
    pub steps: Vec<ProbeReport>,
    /// Whether all steps are done.
    pub finished: bool,
    /// Grows with every change of the run.
    pub stage: u32,
    /// The sign-in that was tried.
    pub sign_in: SignInTest,
    /// What an administrator can do about a sign-in that failed or would be refused; for the console's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// When the run is forgotten.
    pub expires_at: Timestamp,
}

impl ProbeView {
    /// Whether something may still change by itself.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.finished || self.sign_in == SignInTest::Waiting
    }

    /// Whether a step failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.steps.iter().any(|report| report.state == ProbeState::Failed)
    }
}

impl SignInTest {
    /// Why it failed, or why a real one would be refused.
    #[must_use]
    pub fn failure(&self) -> Option<LoginFailure> {
        match self {
            Self::NotBegun | Self::Waiting => None,
            Self::Done(found) => found.refused,
            Self::Failed(problem) => Some(problem.failure),
        }
    }
}

/// A sign-in that is tried without anybody being signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "result", try_from = "SignInTestFields")]
pub enum SignInTest {
    /// Nobody has begun it.
    NotBegun,
    /// Somebody is at the provider.
    Waiting,
    /// It worked as far as the provider goes.
    Done(Box<SignInFound>),
    /// It failed.
    Failed(SignInProblem),
}

/// A [`SignInTest`] as JSON has it.
#[derive(Deserialize)]
struct SignInTestFields {
    state: String,
    #[serde(default)]
    result: Value,
}

impl TryFrom<SignInTestFields> for SignInTest {
    type Error = serde_json::Error;

    fn try_from(fields: SignInTestFields) -> Result<Self, Self::Error> {
        Ok(match fields.state.as_str() {
            "not_begun" => Self::NotBegun,
            "waiting" => Self::Waiting,
            "done" => Self::Done(tree::read(&fields.result)?),
            "failed" => Self::Failed(tree::read(&fields.result)?),
            _ => return Err(serde::de::Error::custom("state: unknown")),
        })
    }
}

/// Why the tried sign-in failed; [`crate::login_failure`] has the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInProblem {
    /// The code.
    pub failure: LoginFailure,
    /// The cause with its causes, in our words.
    pub cause: Option<String>,
    /// What the provider itself said.
    pub said: Option<String>,
}

/// What the provider said of the person, and what would follow from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInFound {
    /// Who it is to the issuer.
    pub subject: String,
    /// The user name they would have.
    pub username: String,
    /// The full name they would have.
    pub display_name: Option<String>,
    /// The e-mail address they would have.
    pub email: Option<String>,
    /// What came, by path.
    pub claims: Vec<ClaimFound>,
    /// The groups that were found.
    pub groups: Vec<String>,
    /// How many groups there are; more than are listed when they are many.
    pub group_count: u32,
    /// Whether the claim was not there at all.
    pub groups_missing: bool,
    /// The roles they would get.
    pub roles: Vec<RoleFound>,
    /// Rules whose group nearly is one of the person's: the rule's, the person's.
    pub near: Vec<(String, String)>,
    /// Why a real sign-in would be refused although the provider said yes.
    pub refused: Option<LoginFailure>,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimFound {
    /// Where it stands.
    pub path: String,
    /// Its value, shortened.
    pub value: String,
    /// Where it came from: `id_token` or `userinfo`.
    pub source: String,
    /// Whether it is text and could be a name or an address.
    pub is_text: bool,
    /// Whether it is text or a list of texts and could be the groups.
    pub is_list: bool,
    /// What it is used as now.
    pub used: Vec<ClaimUse>,
}

/// What a claim can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimUse {
    /// The user name.
    Username,
    /// The full name.
    DisplayName,
    /// The e-mail address.
    Email,
    /// The groups.
    Groups,
}

impl ClaimUse {
    /// Every use.
    pub const ALL: [Self; 4] = [Self::Username, Self::DisplayName, Self::Email, Self::Groups];

    /// The form's field, which is also the parameter that proposes a value for it.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Username => "claim_username",
            Self::DisplayName => "claim_display_name",
            Self::Email => "claim_email",
            Self::Groups => "claim_groups",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Username => "User name",
            Self::DisplayName => "Full name",
            Self::Email => "E-mail",
            Self::Groups => "Groups",
        }
    }

    /// Puts a path into the form.
    pub fn fill(self, form: &mut IntegrationForm, path: String) {
        let slot = match self {
            Self::Username => &mut form.claim_username,
            Self::DisplayName => &mut form.claim_display_name,
            Self::Email => &mut form.claim_email,
            Self::Groups => &mut form.claim_groups,
        };
        *slot = path;
    }
}

/// A role that somebody would get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleFound {
    /// The role.
    pub role: RoleName,
    /// Where it counts.
    pub level: Level,
    /// The target's identifier.
    pub target: Option<String>,
    /// What people call the target.
    pub target_name: Option<String>,
    /// The groups that give it.
    pub groups: Vec<String>,
}
