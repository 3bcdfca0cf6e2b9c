//! The top level of a YAML file, without building the rest of it: what is nested is walked over, so that references
//! which multiply cost no memory.

use std::{collections::HashMap, fmt};

use domain::{api::ImportProblem, form::FieldCode};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::entry::{Entry, MOST_KEYS, Raw, unreadable};

/// The most brackets; OMS's file has a handful.
const MOST_BRACKETS: usize = 1000;

/// Reads it.
///
/// # Errors
/// Not YAML, not an object at the top, too many keys: with the line where that shows.
pub fn read(text: &str) -> Result<Vec<Entry>, ImportProblem> {
    // The parser looks at every open bracket again at every word: its time would grow with the square of them.
    if text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > MOST_BRACKETS {
        return Err(unreadable(None, FieldCode::NotReadable));
    }
    let whole: Whole = serde_yaml_ng::from_str(text).map_err(|error| {
        let line = error.location().and_then(|place| u32::try_from(place.line()).ok());
        unreadable(line, FieldCode::NotReadable)
    })?;
    let mut places = lines(text);
    let entry = |(key, value): (String, Raw)| {
        let line = places.get_mut(&key).and_then(Vec::pop);
        Entry { line, key, value }
    };
    Ok(whole.0.into_iter().map(entry).collect())
}

/// Where keys of the top level stand, the first last. A key that is not found there has no line.
fn lines(text: &str) -> HashMap<String, Vec<u32>> {
    let mut found: HashMap<String, Vec<u32>> = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with([' ', '\t', '#', '-']) {
            continue;
        }
        let line = line.strip_prefix('{').unwrap_or(line).trim_start();
        let key = match line.strip_prefix(['"', '\'']) {
            Some(quoted) => quoted.split(['"', '\'']).next(),
            None => line.split_once(':').map(|(key, _)| key.trim_end()),
        };
        if let (Some(key), Ok(number)) = (key, u32::try_from(index + 1)) {
            found.entry(key.to_owned()).or_default().push(number);
        }
    }
    for numbers in found.values_mut() {
        numbers.reverse();
    }
    found
}

struct Whole(Vec<(String, Raw)>);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Top;
        impl<'de> Visitor<'de> for Top {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("keys with values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Whole, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if all.len() >= MOST_KEYS {
                        return Err(A::Error::custom("too many keys"));
                    }
                    all.push((key, map.next_value::<Raw>()?));
                }
                Ok(Whole(all))
            }
        }
        deserializer.deserialize_map(Top)
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty,)+) => {
        $(fn $method<E: serde::de::Error>(self, value: $type) -> Result<Raw, E> {
            Ok(Raw::Plain(value.to_string()))
        })+
    };
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            plain! {
                visit_bool: bool,
                visit_i64: i64,
                visit_u64: u64,
                visit_i128: i128,
                visit_u128: u128,
                visit_f64: f64,
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw::Text(text.to_owned()))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Raw, E> {
                Ok(Raw::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Raw::Nested)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Raw::Nested)
            }
        }
        deserializer.deserialize_any(Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_values_and_lines() {
        let text = "# c\r\na: 1\r\n'b': x # y\r\n\"c\" : [1,\r\n  2]\r\nd:\r\ne: {f: g}\r\nh: true\r\n";
        let entry = |line, key: &str, value| Entry { line: Some(line), key: key.to_owned(), value };
        assert_eq!(
            read(text).unwrap(),
            [
                entry(2, "a", Raw::Plain("1".to_owned())),
                entry(3, "b", Raw::Text("x".to_owned())),
                entry(4, "c", Raw::Nested),
                entry(6, "d", Raw::Nothing),
                entry(7, "e", Raw::Nested),
                entry(8, "h", Raw::Plain("true".to_owned())),
            ]
        );
    }

    #[test]
    fn a_key_that_is_there_twice_is_seen_twice() {
        let lines: Vec<_> =
            read("a: 1\nb: 2\na: 3\n").unwrap().into_iter().map(|e| (e.key, e.line)).collect();
        assert_eq!(lines, [("a".to_owned(), Some(1)), ("b".to_owned(), Some(2)), ("a".to_owned(), Some(3))]);
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_line() {
        for text in ["- a\n", "just text", "a: b\n  c: d\n", "a: [1\nb: 2\n", "? [x]\n: y\n"] {
            assert_eq!(read(text).unwrap_err().problem, FieldCode::NotReadable, "{text:?}");
        }
        assert!(read("a: 1\nb: '\n").unwrap_err().line.is_some());
        assert_eq!(read(&format!("a: {}", "[".repeat(500_000))).unwrap_err().line, None);
        let many: String = (0..=MOST_KEYS).map(|n| format!("k{n}: 1\n")).collect();
        assert_eq!(read(&many).unwrap_err().problem, FieldCode::NotReadable);
    }

    #[test]
    fn references_that_multiply_are_not_followed() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..40 {
            let before = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{before}]\n"));
        }
        let values: Vec<Raw> = read(&bomb).unwrap().into_iter().map(|entry| entry.value).collect();
        assert_eq!(values, vec![Raw::Nested; 40]);
    }
}
