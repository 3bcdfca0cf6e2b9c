//! The one error that crosses to the browser. It holds codes, never text of a driver, a library or a provider: after
//! a plain form post it travels in a URL, and a crafted link must not be able to put words into our page.

use domain::{form::FieldErrors, problem::ProblemCode};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::wire::WireEncoding;

/// Why a server function did not do what was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AppError {
    /// Fields are wrong.
    #[error("{fields}")]
    Invalid {
        /// Which, and how.
        fields: FieldErrors,
    },
    /// Refused or failed; the reference finds the cause in the server's log.
    #[error("{}", code.message())]
    Refused {
        /// Why.
        code: ProblemCode,
        /// The request's id.
        reference: String,
    },
    /// The answer did not arrive or could not be read.
    #[error("The server did not answer. Check the connection and try again.")]
    Transport,
}

impl AppError {
    /// Refused with this code, without a reference.
    #[must_use]
    pub fn refused(code: ProblemCode) -> Self {
        Self::Refused { code, reference: String::new() }
    }

    /// The sentence for this field, if it has a problem.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        match self {
            Self::Invalid { fields } => fields.message(name),
            _ => None,
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => ProblemCode::Invalid.status(),
            Self::Refused { code, .. } => code.status(),
            Self::Transport => 500,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = WireEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // The framework's own refusal to read the arguments.
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::refused(ProblemCode::Malformed),
            _ => Self::Transport,
        }
    }
}
