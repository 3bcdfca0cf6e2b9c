use domain::{
    api::GroupsSeen,
    audit::{AuditKind, Outcome},
    id::{IdentityId, IntegrationId},
    integration::Protocol,
    login_failure::LoginFailure,
    problem::ProblemCode,
};
use serde_json::json;
use store::Tx;

use super::Visitor;
use crate::{
    service::{ServiceError, audit},
    state::Core,
    telemetry,
};

/// How somebody wants in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// With a password.
    Password,
    /// At a provider of OpenID Connect.
    Oidc,
    /// At a provider of plain OAuth 2.0.
    OAuth2,
}

impl Method {
    /// As the audit log names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Oidc => Protocol::Oidc.as_str(),
            Self::OAuth2 => Protocol::OAuth2.as_str(),
        }
    }
}

/// A login that was refused or failed: the code for the person, the cause for log and audit. Never a secret.
#[derive(Debug)]
pub struct LoginFailed {
    /// The public code.
    pub failure: LoginFailure,
    /// The cause with its causes, for log and audit.
    pub cause: Option<String>,
    /// What the provider itself said.
    pub said: Option<Box<str>>,
    /// The integration's name, when it is known.
    pub integration: Option<String>,
    /// The integration whose health this says something about.
    pub blame: Option<IntegrationId>,
    /// Whose login it was, when it is known.
    pub username: Option<String>,
    /// How the groups came that refused them, of somebody who has been here before.
    pub groups: Option<Box<(IdentityId, GroupsSeen)>>,
    /// How they wanted in.
    pub method: Method,
    /// Whether it goes into the audit log.
    pub recorded: bool,
    /// Whether it was the try that locks.
    pub locks: bool,
    /// Whether the database did not answer: 503.
    pub unavailable: bool,
}

impl LoginFailed {
    /// For a known reason.
    #[must_use]
    pub fn of(failure: LoginFailure) -> Self {
        Self {
            failure,
            cause: None,
            said: None,
            integration: None,
            blame: None,
            username: None,
            groups: None,
            method: Method::Oidc,
            recorded: true,
            locks: false,
            unavailable: false,
        }
    }

    /// Whose login it was.
    #[must_use]
    pub fn by(mut self, username: String) -> Self {
        self.username = Some(username);
        self
    }

    /// With which integration.
    #[must_use]
    pub fn with(mut self, integration: &str) -> Self {
        self.integration
            .get_or_insert_with(|| integration.chars().filter(|c| !c.is_control()).take(64).collect());
        self
    }
}

impl From<LoginFailure> for LoginFailed {
    fn from(failure: LoginFailure) -> Self {
        Self::of(failure)
    }
}

impl From<ServiceError> for LoginFailed {
    fn from(error: ServiceError) -> Self {
        if matches!(error, ServiceError::Refused(ProblemCode::Unavailable)) {
            return Self::of(LoginFailure::Busy);
        }
        let unavailable = matches!(error.public().code, ProblemCode::Unavailable);
        Self { cause: Some(telemetry::chain(&error)), unavailable, ..Self::of(LoginFailure::Internal) }
    }
}

impl From<store::Error> for LoginFailed {
    fn from(error: store::Error) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<oidc::Error> for LoginFailed {
    fn from(error: oidc::Error) -> Self {
        let said = error.foreign().map(Into::into);
        Self { cause: Some(error.chain()), said, ..Self::of(error.failure()) }
    }
}

/// Writes the failure to the log, the audit log and the integration's health, in a transaction of its own. A failure
/// to do so is logged: the login has failed already.
pub async fn record(core: &Core, visitor: &Visitor, failed: &LoginFailed) {
    core.metrics.login_failed();
    let cause = failed.cause.as_deref().unwrap_or("none");
    let integration = failed.integration.as_deref().unwrap_or("none");
    tracing::warn!(
        reference = %visitor.reference,
        code = failed.failure.code(),
        integration = %telemetry::OneLine(integration),
        cause = %telemetry::OneLine(cause),
        "login failed"
    );
    // Tries with a name that exists are few: a lock ends them.
    let is_one_of_many = failed.username.is_none() && !failed.locks;
    if failed.recorded
        && !failed.unavailable
        && (!is_one_of_many || core.flood.admit(visitor.address, core.now()))
        && let Err(error) = write(core, visitor, failed).await
    {
        telemetry::log_cause(&visitor.reference, &error);
    }
}

async fn write(core: &Core, visitor: &Visitor, failed: &LoginFailed) -> Result<(), ServiceError> {
    let code = failed.failure.code();
    let mut tx = core.db.begin().await?;
    let method = method(&mut tx, failed).await?;
    let event = |kind| {
        let mut event =
            audit::anonymous(visitor.address, &visitor.reference, kind, Outcome::Failure, Some(code));
        event.target = failed.username.as_ref().map(|name| format!("user:{name}"));
        event.integration.clone_from(&failed.integration);
        event.detail =
            json!({ "method": method.as_str(), "cause": failed.cause, "providerSaid": failed.said });
        event
    };
    tx.audit_events().append(&event(AuditKind::LoginFailed)).await?;
    if failed.locks {
        tx.audit_events().append(&event(AuditKind::LockedOut)).await?;
    }
    if let Some((id, seen)) = failed.groups.as_deref() {
        tx.identities().note_groups(id, seen).await?;
    }
    if let Some(id) = &failed.blame {
        tx.integrations().record_result(id, core.now(), Some(failed.failure)).await?;
    }
    Ok(tx.commit().await?)
}

/// How they wanted in, by what the integration speaks now. A login may fail before that is known.
async fn method(tx: &mut Tx, failed: &LoginFailed) -> Result<Method, store::Error> {
    let (Method::Oidc, Some(name)) = (failed.method, &failed.integration) else { return Ok(failed.method) };
    let found = tx.integrations().find(name).await?;
    let speaks_oauth2 = found.is_some_and(|found| found.settings.protocol == Protocol::OAuth2);
    Ok(if speaks_oauth2 { Method::OAuth2 } else { Method::Oidc })
}
