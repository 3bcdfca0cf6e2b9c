//! The log: one line a request, causes once, nothing that could forge a line.

use std::{error::Error, fmt};

use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use crate::config::{Log, LogFormat};

/// Starts logging to standard error. A second call changes nothing.
pub fn init(log: &Log) {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(BoxMakeWriter::new(std::io::stderr));
    let started = match log.format {
        LogFormat::Text => base.try_init(),
        LogFormat::Json => {
            base.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
        }
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(|info| {
            // Where, not what: a panic's text may hold anything.
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panic");
        }));
    }
}

/// Writes an error with every cause, once, where it leaves the server.
pub fn log_cause(reference: &str, error: &dyn Error) {
    tracing::error!(reference, cause = %OneLine(&chain(error)), "failed");
}

/// An error and what caused it, joined by `: `.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // A transparent error repeats its source's text.
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

/// Text on one line: control characters and line separators are shown escaped.
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() || domain::username::is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}') {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn a_name_cannot_forge_a_line() {
        let text = OneLine("a\nERROR b\u{1b}[31m\u{2028}c\u{202e}é").to_string();
        assert_eq!(text, "a\\u{a}ERROR b\\u{1b}[31m\\u{2028}c\\u{202e}é");
    }
}
