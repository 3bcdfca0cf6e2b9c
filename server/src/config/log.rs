use std::net::SocketAddr;

use super::{
    ConfigProblem,
    field::{Setting, section},
};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Setting for LogFormat {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
        .to_owned()
    }
}

section! {
    /// The log, on standard error.
    Log "log" {
        /// `text` or `json`.
        format: LogFormat = "text", "json";
        /// `error`, `warn`, `info`, `debug` or `trace`, also by module: `info,server=debug`.
        level: String = "info", "warn";
    }
}

impl Log {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        if self.level.parse::<tracing_subscriber::EnvFilter>().is_err() {
            problems.push(ConfigProblem::new("log.level", "must be error, warn, info, debug or trace"));
        }
    }
}

section! {
    /// Counters for a monitoring system.
    Metrics "metrics" {
        /// Where `/metrics` is served as Prometheus text; none: nowhere.
        listen: Option<SocketAddr> = "", "127.0.0.1:9090";
    }
}
