//! What an administrator chooses from lists.

use serde::{Deserialize, Serialize};

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $first:ident = $first_text:literal [$($first_meta:meta),*] $(, $choice:ident = $text:literal [$($meta:meta),*])* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub enum $name {
            $(#[$first_meta])*
            #[default]
            #[serde(rename = $first_text)]
            $first,
            $($(#[$meta])* #[serde(rename = $text)] $choice,)*
        }

        impl $name {
            /// Every choice, as forms offer them.
            pub const ALL: [Self; [$first_text $(, $text)*].len()] = [Self::$first $(, Self::$choice)*];

            /// Its name in JSON and forms.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$choice => $text,)*
                }
            }
        }
    };
}

/// Reads a choice by its name.
macro_rules! parsed_by_name {
    ($($name:ident)*) => {
        $(impl $name {
            /// Reads its name in JSON and forms.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|choice| choice.as_str() == text)
            }
        })*
    };
}

parsed_by_name! { UserinfoMode UserinfoAuth ResponseMode PushedAuthorization }

choices! {
    /// How the token endpoint knows us (OpenID Connect Core 1.0 section 9).
    ClientAuthMethod {
        ClientSecretBasic = "client_secret_basic"
            [doc = "HTTP Basic with form-encoded id and secret (RFC 6749 section 2.3.1).", serde(alias = "basic")],
        ClientSecretPost = "client_secret_post" [doc = "`client_id` and `client_secret` in the body.", serde(alias = "post")],
        ClientSecretJwt = "client_secret_jwt" [doc = "A JWT under an HMAC keyed with the secret (RFC 7523 section 2.2)."],
        PrivateKeyJwt = "private_key_jwt" [doc = "A JWT signed by this server's own key (RFC 7523 section 2.2)."],
        None = "none" [doc = "Not at all: a public client, protected by PKCE alone."],
    }
}

impl ClientAuthMethod {
    /// Reads the registered name, or OMS's `basic` and `post`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "basic" => Some(Self::ClientSecretBasic),
            "post" => Some(Self::ClientSecretPost),
            _ => Self::ALL.into_iter().find(|method| method.as_str() == text),
        }
    }

    /// Whether it works only with a client secret.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt => true,
            Self::PrivateKeyJwt | Self::None => false,
        }
    }
}

choices! {
    /// When the userinfo endpoint is asked. OAuth 2.0 always asks it.
    UserinfoMode {
        Auto = "auto" [doc = "When the provider has the endpoint."],
        Always = "always" [doc = "Always; a provider without the endpoint is an error."],
        Never = "never" [doc = "Never."],
    }
}

choices! {
    /// How the access token travels to the userinfo endpoint (RFC 6750 section 2).
    UserinfoAuth {
        Header = "header" [doc = "In the `Authorization` header."],
        Form = "form" [doc = "In the body of a POST."],
        Query = "query" [doc = "In the URL, where logs see it: only for providers that take it nowhere else."],
    }
}

choices! {
    /// How the provider sends the answer back.
    ResponseMode {
        Query = "query" [doc = "In the URL."],
        FormPost = "form_post" [doc = "In a form that the browser posts (OAuth 2.0 Form Post Response Mode)."],
    }
}

choices! {
    /// Whether the request goes to the provider past the browser (RFC 9126).
    PushedAuthorization {
        Auto = "auto" [doc = "When the provider has the endpoint."],
        Never = "never" [doc = "Never, unless the provider takes no other requests."],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_itself_in_forms_and_in_json() {
        for method in ClientAuthMethod::ALL {
            assert_eq!(ClientAuthMethod::parse(method.as_str()), Some(method));
            assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
        }
        assert_eq!(
            serde_json::from_str::<ClientAuthMethod>("\"basic\"").unwrap(),
            ClientAuthMethod::default()
        );
        assert_eq!(ClientAuthMethod::parse("post"), Some(ClientAuthMethod::ClientSecretPost));
        assert_eq!(ResponseMode::parse("form_post"), Some(ResponseMode::FormPost));
        assert_eq!(UserinfoAuth::parse("cookie"), None);
    }
}
