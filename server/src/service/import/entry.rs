//! The lines of a configuration file as key and value, whatever the file's syntax.

use domain::{api::ImportProblem, form::FieldCode};

/// The largest file, in bytes.
pub const MOST: usize = 1024 * 1024;
/// The most keys: a real file has about a hundred.
pub(super) const MOST_KEYS: usize = 2000;

/// A value as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// Text.
    Text(String),
    /// A number or a truth value, as text.
    Plain(String),
    /// Nothing.
    Nothing,
    /// A list or an object.
    Nested,
}

/// One key of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line, from 1.
    pub line: Option<u32>,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Raw,
}

impl Entry {
    /// A problem with it.
    #[must_use]
    pub fn problem(&self, problem: FieldCode) -> ImportProblem {
        ImportProblem { line: self.line, key: self.key.clone(), problem }
    }
}

/// A problem of the whole file, or at a line of it.
#[must_use]
pub fn unreadable(line: Option<u32>, problem: FieldCode) -> ImportProblem {
    ImportProblem { line, key: String::new(), problem }
}

/// The file as text: UTF-8, with or without a byte order mark, within [`MOST`].
///
/// # Errors
/// Too large; not text, with the line where it stops being text.
pub fn text_of(bytes: &[u8]) -> Result<&str, ImportProblem> {
    if bytes.len() > MOST {
        let max = u32::try_from(MOST).unwrap_or(u32::MAX);
        return Err(unreadable(None, FieldCode::TooLong { max }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        unreadable(u32::try_from(line).ok(), FieldCode::NotReadable)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Keys that stand there twice.
pub(super) fn duplicates(entries: &[Entry], counts: impl Fn(&str) -> bool) -> Vec<ImportProblem> {
    let mut seen = std::collections::HashSet::new();
    entries
        .iter()
        .filter(|entry| !seen.insert(entry.key.as_str()) && counts(&entry.key))
        .map(|entry| entry.problem(FieldCode::DuplicateKey))
        .collect()
}
