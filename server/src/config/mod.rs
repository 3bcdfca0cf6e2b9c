//! The server's own settings: defaults, then `--config FILE` (TOML), then `LATCHKEY_SECTION__FIELD`, then
//! `LATCHKEY_SECTION__FIELD_FILE`. Every problem is told at once; unknown keys are problems.

mod database;
pub mod field;
mod http;
pub mod load;
mod log;
pub mod secrets;
mod session;
mod watch;

use std::{collections::BTreeMap, fmt, path::PathBuf};

pub use database::{Database, DatabaseUrl};
use field::Section as _;
pub use field::{FieldDoc, parse_network};
pub use http::{Http, is_loopback};
pub use log::{Log, LogFormat, Metrics};
pub use secrets::{KeyFileError, Secrets};
pub use session::{Bootstrap, Outbound, Session, SignIn};
pub use watch::Watch;

/// Every setting.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the server is reached.
    pub http: Http,
    /// Where everything is kept.
    pub database: Database,
    /// The keys that seal.
    pub secrets: Secrets,
    /// The first administrator.
    pub bootstrap: Bootstrap,
    /// How long people stay signed in.
    pub session: Session,
    /// The way through the sign-in page.
    pub sign_in: SignIn,
    /// Connections to identity providers.
    pub outbound: Outbound,
    /// The log.
    pub log: Log,
    /// Counters.
    pub metrics: Metrics,
    /// The regular look at what identity providers say of themselves.
    pub watch: Watch,
    /// Where the key is when `secrets.key` is not set. Not a setting: tests move it.
    pub key_file: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: Http::default(),
            database: Database::default(),
            secrets: Secrets::default(),
            bootstrap: Bootstrap::default(),
            session: Session::default(),
            sign_in: SignIn::default(),
            outbound: Outbound::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            watch: Watch::default(),
            key_file: PathBuf::from(secrets::KEY_FILE),
        }
    }
}

/// Calls `$call` with each section in turn.
macro_rules! each {
    ($config:expr, |$section:ident| $call:expr) => {{
        let config = $config;
        {
            let $section = &config.http;
            $call
        }
        {
            let $section = &config.database;
            $call
        }
        {
            let $section = &config.secrets;
            $call
        }
        {
            let $section = &config.bootstrap;
            $call
        }
        {
            let $section = &config.session;
            $call
        }
        {
            let $section = &config.sign_in;
            $call
        }
        {
            let $section = &config.outbound;
            $call
        }
        {
            let $section = &config.log;
            $call
        }
        {
            let $section = &config.metrics;
            $call
        }
        {
            let $section = &config.watch;
            $call
        }
    }};
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(String),
    /// This environment variable.
    Env(String),
    /// The file that this environment variable names.
    EnvFile(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file) => write!(f, "file {file}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::EnvFile(name) => write!(f, "file named by {name}"),
        }
    }
}

/// Where each value came from; keys that are not in it have their default.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub(crate) BTreeMap<String, Source>);

impl Sources {
    /// Where this key's value came from.
    #[must_use]
    pub fn of(&self, key: &str) -> Source {
        self.0.get(key).cloned().unwrap_or(Source::Default)
    }
}

/// One thing to change: a line that names the key and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// `http.listen`, an environment variable, or a file.
    pub key: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl ConfigProblem {
    pub(crate) fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { key: key.into(), text: text.into() }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

impl Config {
    /// Checks what one field alone cannot know.
    #[must_use]
    pub fn validate(&self) -> Vec<ConfigProblem> {
        let mut problems = Vec::new();
        self.http.validate(&mut problems);
        self.database.validate(&mut problems);
        self.bootstrap.validate(&mut problems);
        self.session.validate(&mut problems);
        self.outbound.validate(&mut problems);
        self.sign_in.validate(&mut problems);
        self.log.validate(&mut problems);
        self.watch.validate(&mut problems);
        problems
    }

    /// Every key with its value, secrets redacted, and its source.
    #[must_use]
    pub fn show(&self, sources: &Sources) -> Vec<(String, String, Source)> {
        let mut all = Vec::new();
        each!(self, |section| all.extend(section.show()));
        all.into_iter()
            .map(|(key, value)| {
                let source = sources.of(&key);
                (key, value, source)
            })
            .collect()
    }

    fn set_text(&mut self, section: &str, field: &str, text: &str) -> Option<Result<(), String>> {
        match section {
            Http::NAME => self.http.set_text(field, text),
            Database::NAME => self.database.set_text(field, text),
            Secrets::NAME => self.secrets.set_text(field, text),
            Bootstrap::NAME => self.bootstrap.set_text(field, text),
            Session::NAME => self.session.set_text(field, text),
            SignIn::NAME => self.sign_in.set_text(field, text),
            Outbound::NAME => self.outbound.set_text(field, text),
            Log::NAME => self.log.set_text(field, text),
            Metrics::NAME => self.metrics.set_text(field, text),
            Watch::NAME => self.watch.set_text(field, text),
            _ => None,
        }
    }

    fn set_toml(&mut self, section: &str, field: &str, value: &toml::Value) -> Option<Result<(), String>> {
        match section {
            Http::NAME => self.http.set_toml(field, value),
            Database::NAME => self.database.set_toml(field, value),
            Secrets::NAME => self.secrets.set_toml(field, value),
            Bootstrap::NAME => self.bootstrap.set_toml(field, value),
            Session::NAME => self.session.set_toml(field, value),
            SignIn::NAME => self.sign_in.set_toml(field, value),
            Outbound::NAME => self.outbound.set_toml(field, value),
            Log::NAME => self.log.set_toml(field, value),
            Metrics::NAME => self.metrics.set_toml(field, value),
            Watch::NAME => self.watch.set_toml(field, value),
            _ => None,
        }
    }
}

/// Every setting for the reference, section by section.
#[must_use]
pub fn reference() -> Vec<FieldDoc> {
    [
        Http::reference(),
        Database::reference(),
        Secrets::reference(),
        Bootstrap::reference(),
        Session::reference(),
        SignIn::reference(),
        Outbound::reference(),
        Log::reference(),
        Metrics::reference(),
        Watch::reference(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
