//! What a file says, while it is read: settings, secret, rules, and a line of report for every key.

use domain::{
    api::{ImportLine, ImportOutcome, ImportProblem},
    form::{FieldCode, RuleForm},
    return_to::AllowedOrigin,
    secret::Secret,
};
use serde_json::{Map, Value};
use url::Url;

use super::entry::{Entry, Raw};

/// What is asked for beside the file, and where this console is.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The integration's name; `None`: as the file says.
    pub name: Option<&'a str>,
    /// The issuer; `None`: as the file says.
    pub issuer: Option<&'a str>,
    /// What every URL of this console begins with; ends in a slash.
    pub public_url: &'a Url,
    /// Where logins may lead beside this console.
    pub return_to_allow: &'a [AllowedOrigin],
}

impl Given<'_> {
    /// The URL to register at the provider.
    #[must_use]
    pub fn callback(&self, name: &str) -> String {
        format!("{}login/oauth2/code/{name}", self.public_url)
    }
}

/// A rule, and the key it comes from.
#[derive(Debug, Clone)]
pub struct DraftRule {
    /// The rule.
    pub form: RuleForm,
    /// The line of the key.
    pub line: Option<u32>,
    /// The key.
    pub key: String,
}

/// What was read. `Debug` shows no secret.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The integration's name.
    pub name: String,
    /// Members that the file decides: compared when the integration exists.
    pub decided: Value,
    /// Members chosen here for a new integration; never compared.
    pub chosen: Value,
    /// The client secret.
    pub secret: Option<Secret>,
    /// Rules.
    pub rules: Vec<DraftRule>,
    /// The report.
    pub lines: Vec<ImportLine>,
    /// What is wrong.
    pub problems: Vec<ImportProblem>,
    /// Which key a member comes from: member, line, key.
    origins: Vec<(String, Option<u32>, String)>,
}

impl Draft {
    /// Nothing read yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let empty = || Value::Object(Map::new());
        Self { name: name.to_owned(), decided: empty(), chosen: empty(), ..Self::default() }
    }

    /// A line of report.
    pub fn line(&mut self, entry: &Entry, outcome: ImportOutcome, became: Option<String>, note: &str) {
        self.lines.push(ImportLine {
            line: entry.line,
            key: Some(entry.key.clone()),
            outcome,
            became,
            note: Some(note.to_owned()).filter(|note| !note.is_empty()),
            check: false,
            aside: false,
        });
    }

    /// Marks the last line as one to look at.
    pub fn check(&mut self) {
        if let Some(last) = self.lines.last_mut() {
            last.check = true;
        }
    }

    /// The file decides this member; nested ones with dots.
    pub fn decide(&mut self, entry: &Entry, member: &str, value: impl Into<Value>) {
        put(&mut self.decided, member, value.into());
        self.origins.push((member.to_owned(), entry.line, entry.key.clone()));
    }

    /// The member is taken as it stands.
    pub fn taken(&mut self, entry: &Entry, member: &str, value: impl Into<Value>, note: &str) {
        let value = value.into();
        let became = Some(format!("{member}: {}", shown(&value)));
        self.decide(entry, member, value);
        self.line(entry, ImportOutcome::Taken, became, note);
    }

    /// The member is taken in another form.
    pub fn changed(&mut self, entry: &Entry, member: &str, value: impl Into<Value>, note: &str) {
        let value = value.into();
        let became = Some(format!("{member}: {}", shown(&value)));
        self.decide(entry, member, value);
        self.line(entry, ImportOutcome::Changed, became, note);
    }

    /// The key is not taken over.
    pub fn left(&mut self, entry: &Entry, note: &str) {
        self.line(entry, ImportOutcome::NotTaken, None, note);
    }

    /// The key is not about signing in.
    pub fn beside(&mut self, entry: &Entry, note: &str) {
        self.left(entry, note);
        if let Some(last) = self.lines.last_mut() {
            last.aside = true;
        }
    }

    /// A member that is not in the file, for a new integration.
    pub fn added(&mut self, member: &str, value: impl Into<Value>, note: &str) {
        let value = value.into();
        let became = Some(format!("{member}: {}", shown(&value)));
        put(&mut self.chosen, member, value);
        self.lines.push(ImportLine {
            line: None,
            key: None,
            outcome: ImportOutcome::Added,
            became,
            note: Some(note.to_owned()),
            check: false,
            aside: false,
        });
    }

    /// A problem with a key.
    pub fn wrong(&mut self, entry: &Entry, problem: FieldCode) {
        self.problems.push(entry.problem(problem));
    }

    /// A key that must be there and is not.
    pub fn missing(&mut self, key: &str) {
        self.problems.push(ImportProblem { line: None, key: key.to_owned(), problem: FieldCode::Required });
    }

    /// The client secret. Not trimmed: it is what the provider compares.
    pub fn take_secret(&mut self, entry: &Entry) {
        match &entry.value {
            Raw::Text(text) if !text.trim().is_empty() => {
                let has_space = text.trim() != text;
                self.secret = Some(Secret::new(text.clone()));
                self.origins.push(("clientSecret".to_owned(), entry.line, entry.key.clone()));
                let note = if has_space {
                    "Stored encrypted, with the space at its beginning or end."
                } else {
                    "Stored encrypted and never shown again."
                };
                self.line(entry, ImportOutcome::Taken, Some("clientSecret: [hidden]".to_owned()), note);
                if has_space {
                    self.check();
                }
            }
            // A number may have lost its zeros on the way.
            Raw::Plain(_) | Raw::Nested => self.wrong(entry, FieldCode::WrongType),
            _ => self.left(entry, "It is empty: enter the secret in the draft before you enable it."),
        }
    }

    /// The key that a member comes from: line and name; the member itself when no key decides it.
    #[must_use]
    pub fn origin(&self, member: &str) -> (Option<u32>, String) {
        let found = self.origins.iter().find(|(known, ..)| {
            known == member || known.strip_prefix(member).is_some_and(|rest| rest.starts_with('.'))
        });
        found.map_or_else(|| (None, member.to_owned()), |(_, line, key)| (*line, key.clone()))
    }

    /// A value of text, trimmed; notes a problem for lists and objects, `None` for nothing.
    pub fn text<'e>(&mut self, entry: &'e Entry) -> Option<&'e str> {
        match &entry.value {
            Raw::Text(text) | Raw::Plain(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            Raw::Nothing => None,
            Raw::Nested => {
                self.wrong(entry, FieldCode::WrongType);
                None
            }
        }
    }
}

/// Puts a value at a path with dots.
fn put(whole: &mut Value, member: &str, value: Value) {
    let mut at = whole;
    let mut steps = member.split('.').peekable();
    while let Some(step) = steps.next() {
        let Some(members) = at.as_object_mut() else { return };
        if steps.peek().is_none() {
            members.insert(step.to_owned(), value);
            return;
        }
        at = members.entry(step.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
}

/// A value as people read it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
