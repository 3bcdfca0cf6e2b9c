//! Whether the token endpoint knows us: it is sent a code that cannot be right. A provider looks at the client first
//! (RFC 6749 section 5.2), so `invalid_grant` means that the client was accepted.

use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use domain::secret::Secret;
use reqwest::header::HeaderValue;

use super::advice::{Advice, sentence};
use super::{Done, Known, LONGEST, ProbeSubject, Tools};
use crate::client_auth::Credentials;
use crate::engine::AttemptSecrets;
use crate::error::{Error, clean};
use crate::exchange::{self, ExchangeError};
use crate::http::Outgoing;

/// A code that no provider made.
const CODE: &str = "latchkey-probe";
/// A verifier of the right form (RFC 7636 section 4.1), all the same each time: there is nothing to protect.
const VERIFIER: &str = "latchkey-probe-latchkey-probe-latchkey-probe";
const STEP: ProbeStep = ProbeStep::Client;

/// What the token endpoint says of us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
    Unclear,
}

/// Asks once, and once more with the secret beside it when the first one is refused.
pub(super) async fn run(
    tools: &Tools<'_>,
    subject: ProbeSubject<'_>,
    outgoing: &Outgoing,
    known: &Known,
    date: &mut Option<HeaderValue>,
    done: Done<'_>,
) {
    if !known.is_trusted {
        let why = "The secret is not sent: the document is another issuer's.";
        done(ProbeReport::new(STEP, ProbeState::Skipped, why));
        return;
    }
    let (first, theirs) = ask(tools, subject, outgoing, known, subject.secret).await;
    // Whatever it answered, it said what time it is. OAuth 2.0 has nothing else that could.
    if date.is_none() {
        *date = theirs;
    }
    let is = |answer: &Result<(), Error>, wanted: Verdict| match answer {
        Err(Error::Exchange(error)) => verdict(error) == wanted,
        _ => false,
    };
    let takes_other = match subject.other_secret {
        Some(other) if is(&first, Verdict::Refused) => {
            let (second, _) = ask(tools, subject, outgoing, known, Some(other)).await;
            is(&second, Verdict::Accepted)
        }
        _ => false,
    };
    let report = match first {
        _ if takes_other => ProbeReport::new(
            STEP,
            ProbeState::Warn,
            "The provider refuses the client secret that is tried first, and takes the other one.",
        )
        .expected("The one that is tried first is taken")
        .found("Only the one beside it is")
        .advice(
            "Sign-ins work: the next one changes over to the other one. Then remove the one that is refused.",
        ),
        Ok(()) => {
            ProbeReport::new(STEP, ProbeState::Failed, "The token endpoint took a code that nobody made.")
                .expected("invalid_grant")
                .found("Tokens")
                .advice("Do not use this provider: it gives tokens to anybody.")
        }
        Err(Error::Exchange(error)) => of(&error, subject.secret.is_some()),
        Err(error) => failed("The client cannot be shown to the provider.")
            .found(sentence(&error))
            .advice("Check client id, client secret and client authentication."),
    };
    done(report.fact("Token endpoint", clean(known.metadata.token.as_str(), LONGEST)));
}

/// Shows the token endpoint the code with this secret; what it said, and what time it is there.
async fn ask(
    tools: &Tools<'_>,
    subject: ProbeSubject<'_>,
    outgoing: &Outgoing,
    known: &Known,
    secret: Option<&Secret>,
) -> (Result<(), Error>, Option<HeaderValue>) {
    let settings = subject.settings;
    let verifier = if settings.uses_pkce() { VERIFIER } else { "" };
    let attempt = AttemptSecrets {
        nonce: Secret::default(),
        pkce_verifier: Secret::new(verifier),
        issuer: settings.issuer.clone(),
        redirect_uri: subject.redirect_uri.to_owned(),
    };
    let key = tools.client_key.as_deref();
    let credentials = Credentials { settings, secret, key, now: tools.now.seconds() };
    let code = Secret::new(CODE);
    match exchange::ask(outgoing, &known.metadata.token, credentials, &attempt, &code).await {
        Ok(answer) => {
            let said = exchange::read(&answer, settings.protocol);
            (said.map(drop).map_err(Error::from), answer.date)
        }
        Err(error) => (Err(error), None),
    }
}

fn failed(summary: &str) -> ProbeReport {
    ProbeReport::new(STEP, ProbeState::Failed, summary)
        .expected("invalid_grant: the client is known, the code is not")
}

fn of(error: &ExchangeError, has_secret: bool) -> ProbeReport {
    let said = match error {
        ExchangeError::Client { said } | ExchangeError::Code { said } => said.as_str(),
        ExchangeError::Http(http) => {
            let Advice { found, advice } = Advice::of_http(http, "tokens");
            return failed("The token endpoint gave no answer.").found(found).advice(advice);
        }
        other => {
            return unclear(&sentence(other));
        }
    };
    match verdict(error) {
        Verdict::Accepted => ProbeReport::new(STEP, ProbeState::Ok, "The provider knows this client, and took its secret."),
        Verdict::Refused if !has_secret => failed("The provider asks for a client secret.")
            .found(clean(said, LONGEST))
            .advice("Enter the client secret that the provider gave you."),
        Verdict::Refused => failed("The provider refuses client id or client secret.")
            .found(clean(said, LONGEST))
            .advice(
                "Copy both again. Check that the secret is the value and not its id, that it has not expired, and that \
                 client authentication is what the provider expects.",
            ),
        Verdict::Unclear => unclear(&clean(said, LONGEST)),
    }
}

fn unclear(found: &str) -> ProbeReport {
    ProbeReport::new(STEP, ProbeState::Warn, "It cannot be told whether the client is accepted.")
        .expected("invalid_grant or invalid_client")
        .found(found.to_owned())
        .advice("Sign in for real below: that tells.")
}

/// The two codes of GitHub are its own.
fn verdict(error: &ExchangeError) -> Verdict {
    let said = match error {
        ExchangeError::Client { said } | ExchangeError::Code { said } => said.as_str(),
        _ => "",
    };
    let code = said.split(' ').next().unwrap_or_default();
    match (error, code) {
        (ExchangeError::Client { .. }, _) | (_, "incorrect_client_credentials") => Verdict::Refused,
        (_, "invalid_grant" | "bad_verification_code") => Verdict::Accepted,
        _ => Verdict::Unclear,
    }
}
