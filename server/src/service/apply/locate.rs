//! Finds the line of a member in a YAML or JSON text. The parser tells where it stands only in its errors, so a second
//! pass walks to the member and stops there with one.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The line, from 1, of the member at this path (`integrations.0.label`), or of the last member on the way to it.
#[must_use]
pub fn line(text: &str, path: &str) -> Option<usize> {
    let mut steps: Vec<&str> = path.split('.').filter(|step| !step.is_empty()).collect();
    loop {
        let seed = Walk { steps: &steps };
        match seed.deserialize(serde_yaml_ng::Deserializer::from_str(text)) {
            Err(error) => return error.location().map(|location| location.line()),
            Ok(()) => {
                steps.pop()?;
            }
        }
    }
}

/// Walks to the member; fails there, succeeds when it is not there.
#[derive(Clone, Copy)]
struct Walk<'a> {
    steps: &'a [&'a str],
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! scalar {
    ($($method:ident: $type:ty,)+) => {
        $(fn $method<E: serde::de::Error>(self, _: $type) -> Result<(), E> {
            self.stop()
        })+
    };
}

impl Walk<'_> {
    fn stop<E: serde::de::Error>(self) -> Result<(), E> {
        if self.steps.is_empty() { Err(E::custom("here")) } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    scalar! {
        visit_bool: bool,
        visit_i64: i64,
        visit_u64: u64,
        visit_f64: f64,
        visit_str: &str,
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.stop()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Err(A::Error::custom("here")) };
        let wanted: Option<usize> = step.parse().ok();
        let mut index = 0_usize;
        loop {
            let more = if Some(index) == wanted {
                seq.next_element_seed(Walk { steps: rest })?.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Err(A::Error::custom("here")) };
        // The last step is found at its key: that is where the eye looks.
        while let Some(found) = map.next_key_seed(Key { name: step, last: rest.is_empty() })? {
            if found {
                map.next_value_seed(Walk { steps: rest })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Whether a key is the wanted one; fails when it is and is the last.
struct Key<'a> {
    name: &'a str,
    last: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
        match (text == self.name, self.last) {
            (true, true) => Err(E::custom("here")),
            (found, _) => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    const YAML: &str = "\
# comment
integrations:
  - name: corp
    label: Corp
    endpoints:
      token: https://x/
    oauthScopes: [openid,
      profile]
  - {name: second, label: Two}
";

    #[test]
    fn a_member_is_found_at_its_line() {
        for (path, wanted) in [
            ("integrations", 2),
            ("integrations.0", 3),
            ("integrations.0.name", 3),
            ("integrations.0.label", 4),
            ("integrations.0.endpoints.token", 6),
            ("integrations.0.oauthScopes.1", 8),
            ("integrations.1.label", 9),
            ("integrations.0.endpoints.missing", 5),
            ("integrations.0.missing", 3),
        ] {
            assert_eq!(line(YAML, path), Some(wanted), "{path}");
        }
    }

    #[test]
    fn json_has_lines_too() {
        let json = "{\n  \"organizations\": [\n    {\"name\": \"A\"},\n    {\"nam\": \"B\"}\n  ]\n}";
        assert_eq!(line(json, "organizations.1.nam"), Some(4));
    }
}
