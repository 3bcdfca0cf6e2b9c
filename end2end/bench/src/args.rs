//! What the command line asks for.

use std::path::PathBuf;

/// The command line in short.
pub const USAGE: &str =
    "usage: bench [--only session|signin|evaluate|impact|page|memory|start|wasm]... [--rounds N]
             [--sessions N] [--json FILE] [--server PROGRAM] [--site FOLDER] [--work FOLDER]";

/// Everything that can be measured.
pub const PARTS: [&str; 8] = ["session", "signin", "evaluate", "impact", "page", "memory", "start", "wasm"];

/// What to measure, and with what.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    only: Vec<String>,
    /// Rounds of each measurement.
    pub rounds: usize,
    /// Live sessions.
    pub sessions: usize,
    /// Where the figures go for programs.
    pub json: Option<PathBuf>,
    /// The release build.
    pub server: PathBuf,
    /// The release build of the browser half.
    pub site: PathBuf,
    /// Where the server's data go while it is measured. On the disk that it would use, not in memory.
    pub work: PathBuf,
}

impl Arguments {
    /// Reads the words behind the program's name.
    ///
    /// # Errors
    /// A sentence about the first wrong word.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            only: Vec::new(),
            rounds: 5,
            sessions: 10_000,
            json: None,
            server: "target/release/latchkey".into(),
            site: "target/site".into(),
            work: "target/bench".into(),
        };
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
            let count = || match value.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(format!("{flag} needs a number above 0, not {value:?}")),
            };
            match flag.as_str() {
                "--only" if PARTS.contains(&value.as_str()) => arguments.only.push(value),
                "--only" => return Err(format!("{flag} knows {}, not {value:?}", PARTS.join(", "))),
                "--rounds" => arguments.rounds = count()?,
                "--sessions" => arguments.sessions = count()?,
                "--json" => arguments.json = Some(value.into()),
                "--server" => arguments.server = value.into(),
                "--site" => arguments.site = value.into(),
                "--work" => arguments.work = value.into(),
                _ => return Err(format!("unknown flag {flag}")),
            }
        }
        Ok(arguments)
    }

    /// Whether this part is asked for. Without `--only`, all are.
    #[must_use]
    pub fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Arguments, String> {
        Arguments::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn without_only_everything_is_wanted() {
        let all = parse("").unwrap();
        assert!(PARTS.iter().all(|part| all.wants(part)));
        let two = parse("--only page --only wasm").unwrap();
        assert_eq!(PARTS.iter().filter(|part| two.wants(part)).count(), 2);
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (words, named) in [
            ("--only pages", "pages"),
            ("--rounds 0", "--rounds"),
            ("--fast yes", "--fast"),
            ("--json", "--json"),
        ] {
            assert!(parse(words).unwrap_err().contains(named), "{words}");
        }
    }
}
