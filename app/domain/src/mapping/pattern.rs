//! Patterns for groups and claims. Both kinds take time proportional to pattern times text, whatever is in them, and
//! both are bounded: [`MOST_PATTERN_BYTES`], [`MOST_TEXT_BYTES`] and the size of a compiled expression.
//!
//! Regular expressions are those of `regex-lite`: the guarantees of `regex` without its tables and its second engine.
//! The editor in the browser does not check them ([`crate::form::RuleForm::draft`]), so that no engine is loaded with
//! the page; the server does, with the same code that decides at a sign-in.

use regex_lite::{Regex, RegexBuilder};

/// The longest pattern, in bytes.
pub const MOST_PATTERN_BYTES: usize = 256;
/// The longest text that can fit a pattern, in bytes: longer ones fit none.
pub const MOST_TEXT_BYTES: usize = 4096;
/// How much memory a compiled expression may take, in bytes; counted repetitions multiply.
const MOST_COMPILED_BYTES: usize = 32 * 1024;
/// How deep groups in an expression may be nested.
const DEEPEST: u32 = 16;

/// A pattern, made ready.
#[derive(Debug)]
pub(super) enum Pattern {
    Glob(Glob),
    Regex(Regex),
}

impl Pattern {
    /// Compiles an expression that must fit a whole text; `None` when it cannot be read or is too big.
    pub(super) fn regex(text: &str) -> Option<Self> {
        // By itself first: `a)|(?:b` would otherwise get out of the group that anchors it.
        compile(text)?;
        compile(&format!(r"\A(?:{text})\z")).map(Self::Regex)
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        match self {
            Self::Glob(glob) => glob.fits(text),
            Self::Regex(regex) => text.len() <= MOST_TEXT_BYTES && regex.is_match(text),
        }
    }
}

fn compile(text: &str) -> Option<Regex> {
    if text.len() > MOST_PATTERN_BYTES + 16 {
        return None;
    }
    RegexBuilder::new(text).size_limit(MOST_COMPILED_BYTES).nest_limit(DEEPEST).build().ok()
}

/// Whether a regular expression can be used: it reads, and is not too big.
#[must_use]
pub fn is_usable_regex(text: &str) -> bool {
    text.len() <= MOST_PATTERN_BYTES && Pattern::regex(text).is_some()
}

/// `*` stands for any text, `?` for one character, `\` takes the next character as it is.
#[derive(Debug)]
pub(super) struct Glob(Vec<Piece>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Exactly(char),
}

impl Glob {
    /// Reads one; `None` when it is empty or too long.
    pub(super) fn new(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > MOST_PATTERN_BYTES {
            return None;
        }
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(next) = chars.next() {
            pieces.push(match next {
                '*' => Piece::Any,
                '?' => Piece::One,
                '\\' => Piece::Exactly(chars.next().unwrap_or('\\')),
                other => Piece::Exactly(other),
            });
        }
        pieces.dedup_by(|a, b| *a == Piece::Any && *b == Piece::Any);
        Some(Self(pieces))
    }

    /// Whether the whole text fits. Only the last `*` is ever tried again: what came before it fits already, and no
    /// other choice for it could help.
    pub(super) fn fits(&self, text: &str) -> bool {
        if text.len() > MOST_TEXT_BYTES {
            return false;
        }
        let (mut rest, mut at) = (text.chars(), 0);
        let mut again: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let next = rest.clone().next();
            match (self.0.get(at), next) {
                (None, None) => return true,
                (Some(Piece::Any), _) => {
                    at += 1;
                    again = Some((at, rest.clone()));
                }
                (Some(Piece::One), Some(_)) => {
                    rest.next();
                    at += 1;
                }
                (Some(Piece::Exactly(wanted)), Some(found)) if *wanted == found => {
                    rest.next();
                    at += 1;
                }
                _ => {
                    // One character more for the last `*`.
                    let Some((after, from)) = again.as_mut() else { return false };
                    if from.next().is_none() {
                        return false;
                    }
                    at = *after;
                    rest = from.clone();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, text: &str) -> bool {
        Glob::new(pattern).unwrap().fits(text)
    }

    #[test]
    fn a_glob_fits_whole_texts_only() {
        for (pattern, text, fits) in [
            ("team-*", "team-a", true),
            ("team-*", "team-", true),
            ("team-*", "Team-a", false),
            ("*-admins", "dba-admins", true),
            ("*-admins", "dba-admins ", false),
            ("a*b*c", "axxbyybzc", true),
            ("a*b*c", "axxbyybz", false),
            ("?", "ä", true),
            ("?", "", false),
            ("*", "", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            ("CN=*,OU=Groups,*", "CN=Admins,OU=Groups,DC=x", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
        assert!(Glob::new("").is_none());
        assert!(Glob::new(&"a".repeat(257)).is_none());
        assert!(!glob("*", &"a".repeat(MOST_TEXT_BYTES + 1)));
    }

    #[test]
    fn an_expression_fits_whole_texts_and_cannot_get_out_of_its_anchors() {
        let fits = |pattern: &str, text: &str| Pattern::regex(pattern).is_some_and(|it| it.fits(text));
        assert!(fits("team-[a-z]+", "team-ops") && !fits("team-[a-z]+", "my-team-ops"));
        assert!(fits("a|b", "b") && !fits("a|b", "ab"));
        assert!(!fits("(?m)^admins$", "x\nadmins"));
        for bad in ["a)|(?:b", "(", "(?x)a #", r"(a)\1", "a(?=b)", "[", "*"] {
            assert!(!is_usable_regex(bad), "{bad}");
        }
    }

    #[test]
    fn an_expression_that_is_built_to_explode_is_refused_or_harmless() {
        for huge in ["(?:a{1,50}){1,50}", "((((a{9}){9}){9}){9}){9}", "(?:(?:x{100}){100}){100}"] {
            assert!(!is_usable_regex(huge), "{huge}");
        }
        assert!(!is_usable_regex(&"(".repeat(300)));
        assert!(!is_usable_regex(&format!("{}a{}", "(".repeat(60), ")".repeat(60))));
        // Exponential in engines that try again; one pass here.
        let evil = Pattern::regex("(a+)+b").unwrap();
        assert!(!evil.fits(&"a".repeat(MOST_TEXT_BYTES)));
    }
}
