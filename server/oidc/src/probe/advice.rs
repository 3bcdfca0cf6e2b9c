//! What went wrong on the way, and what to change: for people who have never met the protocol.

use std::error::Error;

use crate::address::UrlProblem;
use crate::http::HttpError;

/// What came, and what to do about it.
pub(super) struct Advice {
    pub(super) found: String,
    pub(super) advice: String,
}

impl Advice {
    fn new(found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { found: found.into(), advice: advice.into() }
    }

    /// About a URL that is refused before anything is sent.
    pub(super) fn of_url(problem: UrlProblem) -> Self {
        let advice = match problem {
            UrlProblem::Address(_) => return Self::refused(),
            UrlProblem::Plain => {
                "Use https. For a lab: outbound.allow_http and outbound.allow_private in the server's configuration \
                 permit http for the networks that are listed there."
            }
            UrlProblem::Query => "Remove what follows the question mark.",
            UrlProblem::UserInfo => "Remove the user name and password before the @.",
            UrlProblem::Fragment => "Remove what follows the #.",
            UrlProblem::NotAUrl | UrlProblem::Scheme | UrlProblem::TooLong => {
                "Enter a whole URL, such as https://idp.example.com/realms/main."
            }
        };
        Self::new(capital(&problem.to_string()), advice)
    }

    /// About an address that the server's configuration does not allow.
    pub(super) fn refused() -> Self {
        Self::new(
            "An address that is private, local or reserved",
            "If the provider belongs there, add its network to outbound.allow_private in the server's configuration. \
             Otherwise correct the host name.",
        )
    }

    /// About a request that brought nothing. `what` is what was asked for.
    pub(super) fn of_http(error: &HttpError, what: &str) -> Self {
        match error {
            HttpError::Url(problem) => Self::of_url(*problem),
            HttpError::Address(_) => Self::refused(),
            HttpError::Unreachable => Self::new(
                "No connection, or one that broke",
                "Check the host, and whether a firewall between this server and the provider lets the connection through.",
            ),
            HttpError::Timeout => Self::new(
                "No answer in time",
                "Check the host and port, the firewall, and whether the provider is busy or down.",
            ),
            HttpError::Tls => Self::new(
                "A TLS certificate or handshake that was not accepted",
                "See the certificate above. If the provider's authority is your own, paste its certificate under \
                 Advanced → Certificates.",
            ),
            HttpError::TooLarge(most) => Self::new(
                format!("More than {most} bytes"),
                "Check that the address is the provider's: no provider sends that much.",
            ),
            HttpError::Redirect(status) => Self::new(
                format!("A redirect (status {status})"),
                format!(
                    "Enter the address that it leads to: redirects are not followed when asking for {what}."
                ),
            ),
            HttpError::Status(404) => Self::new(
                "Status 404: nothing is there",
                "Check the path of the address: a realm, tenant or application name may be missing, misspelt or too much.",
            ),
            HttpError::Status(status @ (401 | 403)) => Self::new(
                format!("Status {status}: access refused"),
                "Something in front of the provider asks for a sign-in. This must be readable by anybody.",
            ),
            HttpError::Status(status) if *status >= 500 => {
                Self::new(format!("Status {status}"), "The provider itself has a problem: look into its log.")
            }
            HttpError::Status(status) => Self::new(
                format!("Status {status}"),
                "Check the address: the provider does not answer there as it should.",
            ),
        }
    }
}

/// The error and its causes, as a sentence.
pub(super) fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut text = capital(&error.to_string());
    let mut cause = error.source();
    while let Some(this) = cause {
        text.push_str(": ");
        text.push_str(&this.to_string());
        cause = this.source();
    }
    text
}

fn capital(text: &str) -> String {
    // Not the name of a member.
    if text.split(' ').next().is_some_and(|word| word.contains('_')) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
