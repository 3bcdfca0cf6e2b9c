//! How one field is read, checked and shown, and the macro that makes a section out of fields.

use std::{net::SocketAddr, path::PathBuf};

use domain::{return_to::AllowedOrigin, secret::Secret};
use ipnet::IpNet;
use url::Url;

/// A type a field can have.
pub trait Setting: Sized {
    /// Whether its value must not be shown.
    const SECRET: bool = false;

    /// Reads the value as the environment gives it; lists are separated by commas.
    ///
    /// # Errors
    /// What was expected instead.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Reads the value as a TOML file gives it.
    ///
    /// # Errors
    /// What was expected instead.
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::from_text(text),
            toml::Value::Integer(number) => Self::from_text(&number.to_string()),
            toml::Value::Boolean(yes) => Self::from_text(&yes.to_string()),
            _ => Err("must be a single value".to_owned()),
        }
    }

    /// For people; never a secret.
    fn show(&self) -> String;
}

impl Setting for String {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
    }
    fn show(&self) -> String {
        self.clone()
    }
}

impl Setting for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for i64 {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be a whole number".to_owned())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for SocketAddr {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "must be an address with a port, such as 127.0.0.1:8090 or [::]:8090".to_owned())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for Url {
    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text)
            .map_err(|_| "must be an absolute URL, such as https://console.example.com".to_owned())
    }
    fn show(&self) -> String {
        self.as_str().trim_end_matches('/').to_owned()
    }
}

impl Setting for Secret {
    const SECRET: bool = true;
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(Self::new(text)) }
    }
    fn show(&self) -> String {
        "[redacted]".to_owned()
    }
}

impl Setting for PathBuf {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must name a file".to_owned()) } else { Ok(Self::from(text)) }
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for IpNet {
    fn from_text(text: &str) -> Result<Self, String> {
        parse_network(text).ok_or_else(|| {
            format!(
                "has `{}`, which is neither an address nor a network such as 10.0.0.0/8",
                text.escape_debug()
            )
        })
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// Reads `10.0.0.0/8`, or a single address.
#[must_use]
pub fn parse_network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>()
        .map(|net| net.trunc())
        .ok()
        .or_else(|| text.parse::<std::net::IpAddr>().map(IpNet::from).ok())
}

impl Setting for AllowedOrigin {
    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text.trim()).map_err(|_| {
            format!(
                "has `{}`, which is not an origin such as https://other.example.com/path",
                text.escape_debug()
            )
        })
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some) }
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "(none)".to_owned(), Setting::show)
    }
}

impl<T: Setting> Setting for Vec<T> {
    const SECRET: bool = T::SECRET;
    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(T::from_text).collect()
    }
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Array(items) => items.iter().map(T::from_toml).collect(),
            toml::Value::String(text) => Self::from_text(text),
            _ => Err("must be a list".to_owned()),
        }
    }
    fn show(&self) -> String {
        let items: Vec<String> = self.iter().map(Setting::show).collect();
        format!("[{}]", items.join(", "))
    }
}

/// Reads a default, as it is written beside its field.
#[expect(clippy::expect_used, reason = "a test reads every default")]
pub(super) fn default_of<T: Setting>(text: &str) -> T {
    T::from_text(text).expect("a default that can be read")
}

/// What the reference says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDoc {
    /// `http.listen`.
    pub key: String,
    /// As it would be written; empty: there is none.
    pub default: &'static str,
    /// What it means, its unit.
    pub doc: String,
    /// A value one might give.
    pub example: &'static str,
}

/// One section of the settings, from the outside.
pub trait Section {
    /// `http`.
    const NAME: &'static str;

    /// Sets the field from the environment's text; `None`: there is no such field.
    fn set_text(&mut self, field: &str, text: &str) -> Option<Result<(), String>>;
    /// Sets the field from TOML; `None`: there is no such field.
    fn set_toml(&mut self, field: &str, value: &toml::Value) -> Option<Result<(), String>>;
    /// Every field with its value for people.
    fn show(&self) -> Vec<(String, String)>;
    /// Every field for the reference.
    fn reference() -> Vec<FieldDoc>;
}

/// Makes a section: a struct, its `Default` and its [`Section`]. `= "text"` is the default, `, "text"` the example.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident $section:literal {
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:literal, $example:literal;)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $crate::config::field::default_of::<$type>($default),)+
                }
            }
        }

        impl $crate::config::field::Section for $name {
            const NAME: &'static str = $section;

            fn set_text(&mut self, field: &str, text: &str) -> Option<Result<(), String>> {
                match field {
                    $(stringify!($field) => Some(
                        <$type as $crate::config::field::Setting>::from_text(text).map(|value| self.$field = value),
                    ),)+
                    _ => None,
                }
            }

            fn set_toml(&mut self, field: &str, value: &toml::Value) -> Option<Result<(), String>> {
                match field {
                    $(stringify!($field) => Some(
                        <$type as $crate::config::field::Setting>::from_toml(value).map(|value| self.$field = value),
                    ),)+
                    _ => None,
                }
            }

            fn show(&self) -> Vec<(String, String)> {
                vec![$((
                    concat!($section, ".", stringify!($field)).to_owned(),
                    $crate::config::field::Setting::show(&self.$field),
                ),)+]
            }

            fn reference() -> Vec<$crate::config::field::FieldDoc> {
                vec![$($crate::config::field::FieldDoc {
                    key: concat!($section, ".", stringify!($field)).to_owned(),
                    default: $default,
                    doc: concat!($($doc, "\n",)+).trim().lines().map(str::trim).collect::<Vec<_>>().join(" "),
                    example: $example,
                },)+]
            }
        }
    };
}
pub(super) use section;
