//! The answer that the browser brings back (RFC 6749 section 4.1.2, RFC 9207).

use domain::login_failure::LoginFailure;
use domain::secret::Secret;

use crate::error::clean;

/// The longest query taken, in bytes.
const LONGEST_QUERY: usize = 16 * 1024;
/// The longest `state` and `code` taken, in bytes.
const LONGEST_STATE: usize = 512;
const LONGEST_CODE: usize = 8 * 1024;
/// The longest foreign text kept, in characters.
const LONGEST_SAID: usize = 300;

/// The callback's parameters, parsed strictly.
#[derive(Debug, Clone)]
pub struct Callback {
    /// What finds the login attempt.
    pub state: String,
    /// A code or an error.
    pub answer: Answer,
    /// Who says to have answered (RFC 9207).
    pub iss: Option<String>,
}

/// What the provider answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The authorization code.
    Code(Secret),
    /// An error.
    Error {
        /// Its code, such as `access_denied`.
        error: String,
        /// What the provider says about it.
        description: Option<String>,
    },
}

/// The callback's parameters cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{problem}")]
pub struct CallbackError {
    problem: CallbackProblem,
    state: Option<String>,
}

/// What is wrong with the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackProblem {
    /// Over 16 KiB.
    #[error("the answer is too long")]
    TooLong,
    /// RFC 6749 section 3.1: no parameter twice.
    #[error("the answer holds a parameter twice")]
    Duplicate,
    /// No `state`.
    #[error("the answer has no state")]
    MissingState,
    /// A `state` that we cannot have made.
    #[error("the answer's state has characters that are not allowed")]
    BadState,
    /// A `code` beyond RFC 6749 appendix A.11.
    #[error("the answer's code has characters that are not allowed")]
    BadCode,
    /// Both.
    #[error("the answer holds a code and an error")]
    CodeAndError,
    /// Neither.
    #[error("the answer holds neither a code nor an error")]
    Neither,
}

impl CallbackError {
    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> CallbackProblem {
        self.problem
    }

    /// The `state`, when exactly one is present, so that the login attempt can be ended all the same.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The stable code.
    #[must_use]
    pub fn failure(&self) -> LoginFailure {
        match self.problem {
            CallbackProblem::MissingState | CallbackProblem::BadState => LoginFailure::StateMismatch,
            CallbackProblem::TooLong
            | CallbackProblem::Duplicate
            | CallbackProblem::BadCode
            | CallbackProblem::CodeAndError
            | CallbackProblem::Neither => LoginFailure::CallbackInvalid,
        }
    }
}

/// Why an answer that could be read is not accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AnswerError {
    /// The provider answered with an error.
    #[error("the provider answered with an error")]
    Provider {
        /// Error and description, cleaned.
        said: String,
    },
    /// RFC 9207 section 2.4: another issuer answered.
    #[error("the answer's iss is not the issuer that was asked (RFC 9207)")]
    WrongIssuer,
    /// RFC 9207 section 2.4: the metadata promises `iss`.
    #[error("the answer has no iss although the provider's metadata promises it (RFC 9207)")]
    MissingIssuer,
    /// The integration was changed while the login was under way.
    #[error("the integration's issuer was changed since the login began; sign in again")]
    IssuerChanged,
}

impl Callback {
    /// Reads the query of the callback (or the body, which has the same form).
    ///
    /// # Errors
    /// [`CallbackError`] when a parameter of ours comes twice, when `state` is missing, when there are both or
    /// neither of `code` and `error`.
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        let fail = |problem, state: Option<String>| CallbackError { problem, state };
        if query.len() > LONGEST_QUERY {
            return Err(fail(CallbackProblem::TooLong, None));
        }
        let mut found: [Option<String>; 5] = [const { None }; 5];
        let [mut states, mut twice] = [0_usize, 0];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let names = ["state", "code", "error", "error_description", "iss"];
            let Some(index) = names.iter().position(|known| *known == name) else { continue };
            states += usize::from(index == 0);
            if let Some(slot) = found.get_mut(index) {
                twice += usize::from(slot.is_some());
                *slot = Some(value.into_owned());
            }
        }
        let [state, code, error, description, iss] = found;
        // Without a value a parameter counts as left out (RFC 6749 section 3.1). Not `iss`: an empty one is wrong.
        let given = |text: &String| !text.is_empty();
        let (code, error) = (code.filter(given), error.filter(given));
        let state = state.filter(|state| !state.is_empty() && states == 1);
        let clean_state = state.as_deref().is_none_or(|state| printable(state, LONGEST_STATE));
        let known_state = state.clone().filter(|_| clean_state);
        if twice > 0 {
            return Err(fail(CallbackProblem::Duplicate, known_state));
        }
        let Some(state) = state else { return Err(fail(CallbackProblem::MissingState, None)) };
        if !clean_state {
            return Err(fail(CallbackProblem::BadState, None));
        }
        let answer = match (code, error) {
            (Some(_), Some(_)) => return Err(fail(CallbackProblem::CodeAndError, known_state)),
            (None, None) => return Err(fail(CallbackProblem::Neither, known_state)),
            (Some(code), None) if printable(&code, LONGEST_CODE) => Answer::Code(Secret::new(code)),
            (Some(_), None) => return Err(fail(CallbackProblem::BadCode, known_state)),
            (None, Some(error)) => Answer::Error {
                error: clean(&error, LONGEST_SAID),
                description: description.filter(given).map(|text| clean(&text, LONGEST_SAID)),
            },
        };
        Ok(Self { state, answer, iss })
    }

    /// Checks who answered, then what: the code, or the error as an error. `issuer` is `None` for a provider without
    /// one, whose `iss` then means nothing to us; `promised` says that `iss` must be there.
    pub(crate) fn code(&self, issuer: Option<&str>, promised: bool) -> Result<&Secret, AnswerError> {
        // First of all, also for errors: a stranger's error must not be shown as the provider's.
        match (&self.iss, issuer) {
            (Some(iss), Some(issuer)) if iss != issuer => return Err(AnswerError::WrongIssuer),
            (None, _) if promised => return Err(AnswerError::MissingIssuer),
            _ => {}
        }
        match &self.answer {
            Answer::Code(code) => Ok(code),
            Answer::Error { error, description } => {
                let said = match description {
                    Some(description) => format!("{error}: {description}"),
                    None => error.clone(),
                };
                Err(AnswerError::Provider { said: clean(&said, LONGEST_SAID) })
            }
        }
    }
}

/// Visible ASCII and space (RFC 6749 appendix A: VSCHAR).
fn printable(text: &str, most: usize) -> bool {
    text.len() <= most && text.bytes().all(|b| (0x20..=0x7E).contains(&b))
}
