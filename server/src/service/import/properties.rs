//! Java's properties files, as `java.util.Properties.load` reads them (Java SE, class `Properties`).

use std::iter::Peekable;

use domain::{api::ImportProblem, form::FieldCode};

use super::entry::{Entry, MOST_KEYS, Raw, unreadable};

/// Reads it.
///
/// # Errors
/// A `\u` without four hex digits, or half a character: with its line; too many keys.
pub fn read(text: &str) -> Result<Vec<Entry>, ImportProblem> {
    let mut entries = Vec::new();
    for (line, logical) in logical_lines(text) {
        if entries.len() >= MOST_KEYS {
            return Err(unreadable(Some(line), FieldCode::NotReadable));
        }
        let (key, value) = split(&logical);
        let bad = || unreadable(Some(line), FieldCode::NotReadable);
        let key = unescape(key).ok_or_else(bad)?;
        let value = unescape(value).ok_or_else(|| ImportProblem {
            line: Some(line),
            key: key.clone(),
            problem: FieldCode::NotReadable,
        })?;
        let value = if value.is_empty() { Raw::Nothing } else { Raw::Text(value) };
        entries.push(Entry { line: Some(line), key, value });
    }
    Ok(entries)
}

const BLANK: [char; 3] = [' ', '\t', '\u{c}'];

/// Lines without comments and empty ones, continued ones joined; each with the number of its first.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let text = text.replace("\r\n", "\n");
    let mut found = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (index, line) in text.split(['\n', '\r']).enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let line = line.trim_start_matches(BLANK);
        if open.is_none() && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let slashes = line.chars().rev().take_while(|c| *c == '\\').count();
        let goes_on = slashes % 2 == 1;
        let part = if goes_on { line.strip_suffix('\\').unwrap_or(line) } else { line };
        let (first, whole) = open.get_or_insert_with(|| (number, String::new()));
        whole.push_str(part);
        if !goes_on {
            found.push((*first, std::mem::take(whole)));
            open = None;
        }
    }
    found.extend(open);
    found
}

/// Key and value, still escaped: the first `=`, `:` or blank that is not escaped ends the key.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !escaped && (matches!(c, '=' | ':') || BLANK.contains(c));
        escaped = *c == '\\' && !escaped;
        ends
    });
    let Some((at, _)) = end else { return (line, "") };
    let (key, rest) = line.split_at_checked(at).unwrap_or((line, ""));
    let rest = rest.trim_start_matches(BLANK);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (key, rest.trim_start_matches(BLANK))
}

/// `None`: a broken `\u`.
fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            None => {}
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => out.push(character(&mut rest)?),
            Some(other) => out.push(other),
        }
    }
    Some(out)
}

/// The character after `\u`; beyond the basic plane it is two of them (UTF-16).
fn character(rest: &mut Peekable<std::str::Chars<'_>>) -> Option<char> {
    let first = unit(rest)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first);
    }
    (rest.next() == Some('\\') && rest.next() == Some('u')).then_some(())?;
    let second = unit(rest).filter(|unit| (0xDC00..0xE000).contains(unit))?;
    char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
}

fn unit(rest: &mut Peekable<std::str::Chars<'_>>) -> Option<u32> {
    (0..4).try_fold(0, |sum, _| Some(sum * 16 + rest.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(u32, String, String)> {
        let value = |value| match value {
            Raw::Text(text) => text,
            _ => String::new(),
        };
        read(text).unwrap().into_iter().map(|e| (e.line.unwrap(), e.key, value(e.value))).collect()
    }

    #[test]
    fn every_way_to_write_a_pair_is_understood() {
        for (text, key, value) in [
            ("a=b", "a", "b"),
            ("a = b", "a", "b"),
            ("a:b", "a", "b"),
            ("a b", "a", "b"),
            ("  a\t:\tb c ", "a", "b c "),
            ("a", "a", ""),
            ("a==b", "a", "=b"),
            (r"a\=b\:c=d", "a=b:c", "d"),
            (r"a\ b=c", "a b", "c"),
            (r"a=https\://h\=x", "a", "https://h=x"),
            (r"a=caf\u00e9", "a", "café"),
            (r"a=\ud83d\ude00", "a", "😀"),
            (r"a=x\ty\\z\q", "a", "x\ty\\zq"),
            ("a=x\\\n   y\\\n\tz", "a", "xyz"),
            ("a=x\\\\\nb=c", "a", "x\\"),
            ("a=x\\\n# no comment", "a", "x# no comment"),
        ] {
            let found = pairs(text).remove(0);
            assert_eq!((found.1.as_str(), found.2.as_str()), (key, value), "{text:?}");
        }
    }

    #[test]
    fn comments_and_line_ends_are_understood_and_lines_counted() {
        let text = "# a=1\r\n! b=2\r\n\r\n   # c\rd=1\r\ne=2\\\r\n  3\r\nf=4";
        assert_eq!(
            pairs(text),
            [(5, "d".into(), "1".into()), (6, "e".into(), "23".into()), (8, "f".into(), "4".into())]
        );
    }

    #[test]
    fn a_broken_escape_is_told_with_line_and_key() {
        for text in ["x=1\na=\\u12", "x=1\na=\\uzzzz", "x=1\na=\\ud83d", "x=1\na=\\ud83dx"] {
            let problem = read(text).unwrap_err();
            assert_eq!((problem.line, problem.key.as_str()), (Some(2), "a"), "{text:?}");
        }
        assert!(pairs("a=b\\").remove(0).2 == "b");
    }
}
