//! Why a login could not be begun or completed: one enum per step, each mapped to the public code of the failure.

use domain::login_failure::LoginFailure;

use crate::address::UrlProblem;
use crate::callback::AnswerError;
use crate::directory::DirectoryError;
use crate::discovery::DiscoveryError;
use crate::exchange::ExchangeError;
use crate::http::HttpError;
use crate::keys::KeysError;
use crate::push::PushError;
use crate::userinfo::UserinfoError;
use crate::verify::VerifyError;

/// What went wrong, by step. The chain of sources is fit for a log: no token, code, secret or answer is in it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// What is configured cannot be used.
    #[error("the integration's settings cannot be used")]
    Settings(#[from] SettingsError),
    /// The discovery document, or the endpoints typed by hand.
    #[error("the provider's metadata cannot be used")]
    Discovery(#[from] DiscoveryError),
    /// The request, pushed to the provider.
    #[error("the login request could not be handed to the provider")]
    Push(#[from] PushError),
    /// The answer that the browser brought.
    #[error("the provider's answer was not accepted")]
    Answer(#[from] AnswerError),
    /// The exchange of the code for tokens.
    #[error("the code could not be exchanged for tokens")]
    Exchange(#[from] ExchangeError),
    /// The provider's keys.
    #[error("the provider's keys cannot be used")]
    Keys(#[from] KeysError),
    /// The ID token.
    #[error("the ID token was not accepted")]
    IdToken(#[from] VerifyError),
    /// Userinfo.
    #[error("userinfo was not accepted")]
    Userinfo(#[from] UserinfoError),
    /// The directory that knows the groups which the token left out.
    #[error("the groups could not be read from the provider's directory")]
    Directory(#[from] DirectoryError),
}

/// What is wrong with settings, ours or the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// OAuth 2.0 has no discovery document.
    #[error("an OAuth 2.0 provider has no metadata")]
    Protocol,
    /// An endpoint that OAuth 2.0 needs is missing or cannot be used.
    #[error("endpoints.{0} is missing or cannot be used")]
    Endpoint(&'static str),
    /// `client_secret_jwt` without a secret.
    #[error("this client authentication needs a client secret, and none is stored")]
    SecretMissing,
    /// `private_key_jwt` without a key.
    #[error("this server's client key is not there or cannot sign")]
    ClientKey,
    /// The operating system gave none.
    #[error("the operating system gave no random numbers")]
    Randomness,
    /// The extra certificates do not parse, or are none, or over 50.
    #[error("customCa is not a list of 1 to 50 PEM certificates")]
    Certificates,
    /// A private key among the certificates.
    #[error("customCa holds a private key; only certificates belong there")]
    PrivateKeyInCertificates,
    /// Our own callback address.
    #[error("the redirect URI is not a URL; check the server's public address")]
    RedirectUri,
    /// The client id or secret cannot be sent.
    #[error("the client id or client secret cannot be sent in a header")]
    Credentials,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client,
}

impl Error {
    /// The stable code that the person, the audit log and the tests see.
    #[must_use]
    pub fn failure(&self) -> LoginFailure {
        match self {
            Self::Settings(_) => LoginFailure::Internal,
            Self::Discovery(error) => discovery(error),
            Self::Push(error) => match error {
                PushError::Http(http) => transport(http).unwrap_or(LoginFailure::RequestRejected),
                PushError::Client { .. } => LoginFailure::ClientRejected,
                PushError::Refused { .. }
                | PushError::Status(_)
                | PushError::Json(_)
                | PushError::NoRequestUri => LoginFailure::RequestRejected,
            },
            Self::Answer(error) => match error {
                AnswerError::Provider { .. } => LoginFailure::ProviderRefused,
                AnswerError::WrongIssuer | AnswerError::MissingIssuer | AnswerError::IssuerChanged => {
                    LoginFailure::IssuerMismatch
                }
            },
            Self::Exchange(error) => exchange(error),
            Self::Keys(error) => match error {
                KeysError::Http(http) => transport(http).unwrap_or(LoginFailure::KeysInvalid),
                KeysError::Json(_) | KeysError::NoList | KeysError::NoUsableKey => LoginFailure::KeysInvalid,
            },
            Self::IdToken(error) => id_token(error),
            Self::Directory(_) => LoginFailure::GroupsUnreadable,
            Self::Userinfo(error) => match error {
                UserinfoError::Http(http) => transport(http).unwrap_or(LoginFailure::UserinfoInvalid),
                UserinfoError::WrongSubject | UserinfoError::MissingSubject => LoginFailure::UserinfoSubject,
                UserinfoError::Subject | UserinfoError::OtherPerson => LoginFailure::SubjectInvalid,
                UserinfoError::Username => LoginFailure::UsernameMissing,
                UserinfoError::NoEndpoint
                | UserinfoError::Json(_)
                | UserinfoError::Signed
                | UserinfoError::Jwt(_) => LoginFailure::UserinfoInvalid,
            },
        }
    }

    /// What the provider itself said: error and description, without control characters, at most 300 characters.
    /// Written by others: show it as text only.
    #[must_use]
    pub fn foreign(&self) -> Option<&str> {
        match self {
            Self::Answer(AnswerError::Provider { said }) => Some(said),
            Self::Exchange(ExchangeError::Client { said } | ExchangeError::Code { said }) => Some(said),
            Self::Push(PushError::Client { said } | PushError::Refused { said }) => Some(said),
            _ => None,
        }
    }

    /// Whether the token endpoint says that what it gave counts no longer (RFC 6749 section 5.2: `invalid_grant`).
    #[must_use]
    pub fn is_invalid_grant(&self) -> bool {
        match self {
            // The second is GitHub's own word for it.
            Self::Exchange(ExchangeError::Code { said }) => {
                matches!(said.split(' ').next(), Some("invalid_grant" | "bad_refresh_token"))
            }
            _ => false,
        }
    }

    /// The error and every cause, joined by `: `, for a log line or an audit row.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(this) = cause {
            text.push_str(": ");
            text.push_str(&this.to_string());
            cause = this.source();
        }
        text
    }
}

/// The failures that are the same at every step.
fn transport(error: &HttpError) -> Option<LoginFailure> {
    match error {
        HttpError::Url(UrlProblem::Address(_) | UrlProblem::Plain) | HttpError::Address(_) => {
            Some(LoginFailure::ProviderAddressRefused)
        }
        HttpError::Unreachable | HttpError::Timeout | HttpError::Tls => {
            Some(LoginFailure::ProviderUnreachable)
        }
        HttpError::Url(_) | HttpError::TooLarge(_) | HttpError::Redirect(_) | HttpError::Status(_) => None,
    }
}

fn discovery(error: &DiscoveryError) -> LoginFailure {
    match error {
        DiscoveryError::Http(http) => transport(http).unwrap_or(LoginFailure::DiscoveryInvalid),
        DiscoveryError::Url { problem: UrlProblem::Address(_) | UrlProblem::Plain, .. } => {
            LoginFailure::ProviderAddressRefused
        }
        DiscoveryError::IssuerMismatch { .. } => LoginFailure::IssuerMismatch,
        DiscoveryError::Url { .. }
        | DiscoveryError::Json(_)
        | DiscoveryError::Missing { .. }
        | DiscoveryError::NotText { .. } => LoginFailure::DiscoveryInvalid,
    }
}

fn exchange(error: &ExchangeError) -> LoginFailure {
    match error {
        ExchangeError::Http(http) => transport(http).unwrap_or(LoginFailure::TokenResponseInvalid),
        ExchangeError::Client { .. } => LoginFailure::ClientRejected,
        ExchangeError::Code { .. } => LoginFailure::CodeRejected,
        ExchangeError::Status(_)
        | ExchangeError::Json(_)
        | ExchangeError::NoAccessToken
        | ExchangeError::BadAccessToken
        | ExchangeError::NoIdToken
        | ExchangeError::BadIdToken
        | ExchangeError::TokenType => LoginFailure::TokenResponseInvalid,
    }
}

fn id_token(error: &VerifyError) -> LoginFailure {
    match error {
        VerifyError::Algorithm { .. } => LoginFailure::IdTokenAlgorithm,
        VerifyError::UnknownKey | VerifyError::Signature => LoginFailure::IdTokenSignature,
        VerifyError::Issuer => LoginFailure::IssuerMismatch,
        VerifyError::Audience | VerifyError::SecondaryAudience | VerifyError::AuthorizedParty => {
            LoginFailure::AudienceMismatch
        }
        VerifyError::Nonce | VerifyError::MissingNonce => LoginFailure::NonceMismatch,
        VerifyError::Expired { .. } => LoginFailure::IdTokenExpired,
        VerifyError::Clock { .. } => LoginFailure::ClockSkew,
        VerifyError::AccessTokenHash => LoginFailure::AccessTokenHash,
        VerifyError::Subject | VerifyError::OtherSubject => LoginFailure::SubjectInvalid,
        VerifyError::AuthTimeMissing | VerifyError::AuthTimeTooOld | VerifyError::Acr => {
            LoginFailure::AuthenticationTooWeak
        }
        VerifyError::NotAJwt
        | VerifyError::TooLarge
        | VerifyError::Header
        | VerifyError::Critical
        | VerifyError::TokenType
        | VerifyError::Json(_)
        | VerifyError::Missing { .. }
        | VerifyError::WrongType { .. }
        | VerifyError::OutOfRange { .. } => LoginFailure::IdTokenInvalid,
    }
}

/// Text from outside, made fit for one line of a log: no control or invisible formatting characters, at most `most`
/// characters.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars().filter(|c| !invisible(*c)).take(most).collect()
}
