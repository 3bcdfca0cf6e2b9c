//! What tests can set: how the provider is configured, and who signs in next.

use serde_json::{Map, Value};

use crate::jwt::Alg;

/// Which client authentication the token endpoint takes (OIDC Core 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// Only `client_secret_basic`, id and secret form-urlencoded first (RFC 6749 2.3.1).
    Basic,
    /// Only `client_secret_post`.
    Post,
    /// One of the two, never both at once.
    Either,
    /// Only `client_secret_jwt`: HS256, the token endpoint or (when pushed) the issuer as audience.
    SecretJwt,
    /// Only `private_key_jwt`: ES256 by one of [`Config::client_jwks`], audience as above.
    PrivateKeyJwt,
    /// None: a public client.
    Public,
}

/// Where the userinfo endpoint wants the access token (RFC 6750 2); it takes it nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserinfoToken {
    /// In the header.
    Header,
    /// In the body of a POST.
    Form,
    /// In the URL.
    Query,
}

/// Where the person's groups appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupsIn {
    /// Only in the ID token.
    IdToken,
    /// Only in the userinfo answer.
    Userinfo,
    /// In both.
    Both,
}

/// What the directory says, to whoever shows a live access token.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The identifiers on each page.
    pub pages: Vec<Vec<String>>,
    /// Pages are plain lists of texts and the next one stands in `Link` (RFC 8288), instead of objects with `value`
    /// and `@odata.nextLink`.
    pub link_header: bool,
    /// This page (from 0) answers 503.
    pub fails_at: Option<usize>,
    /// The first page names this address as the next one.
    pub next_elsewhere: Option<String>,
    /// The last page names the first as the next one.
    pub circle: bool,
}

/// The provider's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Signs ID tokens and logout tokens.
    pub alg: Alg,
    /// What the token endpoint accepts.
    pub client_auth: ClientAuth,
    /// A code is used up even when the client did not authenticate; RFC 6749 does not ask for it, some do it.
    pub failed_client_spends_code: bool,
    /// The client's public keys, as it publishes them.
    pub client_jwks: Vec<Value>,
    /// Whether `OpenID` Connect is spoken. Without it there is no ID token, and neither `openid` nor a nonce is needed.
    pub openid: bool,
    /// Name the endpoint for pushed requests in the metadata (RFC 9126).
    pub par: bool,
    /// Take no other requests, and say so.
    pub require_par: bool,
    /// Where userinfo wants the access token.
    pub userinfo_token: UserinfoToken,
    /// Lifetime of authorization codes, seconds.
    pub code_lifetime: i64,
    /// Lifetime of access tokens, seconds.
    pub access_token_lifetime: i64,
    /// `exp - iat` of ID tokens, seconds.
    pub id_token_lifetime: i64,
    /// Where groups appear.
    pub groups: GroupsIn,
    /// The name of the groups claim.
    pub groups_claim: String,
    /// Send `iss` in the authorization response and say so in the metadata (RFC 9207).
    pub iss_parameter: bool,
    /// Put `sid` into ID tokens (OIDC Back-Channel Logout 2.1).
    pub sid: bool,
    /// Issue refresh tokens (rotated at each use).
    pub refresh_tokens: bool,
    /// The token endpoint answers 503.
    pub token_down: bool,
    /// Refreshes are answered without an ID token.
    pub refresh_without_id_token: bool,
    /// The directory of groups, page by page, at [`crate::FakeIdp::directory`].
    pub directory: Directory,
    /// Refuse authorization requests without PKCE (RFC 9700 2.1.1).
    pub require_pkce: bool,
    /// Refuse authorization requests without a nonce.
    pub require_nonce: bool,
    /// Name `userinfo_endpoint` in the metadata.
    pub userinfo_endpoint: bool,
    /// Name `end_session_endpoint` in the metadata.
    pub end_session_endpoint: bool,
    /// The only redirect URIs accepted; empty takes any.
    pub redirect_uris: Vec<String>,
    /// The only post-logout redirect URIs accepted; empty takes any.
    pub post_logout_redirect_uris: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            alg: Alg::Rs256,
            client_auth: ClientAuth::Basic,
            failed_client_spends_code: false,
            client_jwks: Vec::new(),
            openid: true,
            par: false,
            require_par: false,
            userinfo_token: UserinfoToken::Header,
            code_lifetime: 60,
            access_token_lifetime: 3600,
            id_token_lifetime: 300,
            groups: GroupsIn::Both,
            groups_claim: "groups".into(),
            iss_parameter: true,
            sid: true,
            refresh_tokens: false,
            token_down: false,
            refresh_without_id_token: false,
            directory: Directory::default(),
            require_pkce: true,
            require_nonce: true,
            userinfo_endpoint: true,
            end_session_endpoint: true,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
        }
    }
}

/// Whoever signs in next.
#[derive(Clone, Debug)]
pub struct Person {
    /// The subject identifier.
    pub sub: String,
    /// Further claims of the ID token.
    pub id_token: Map<String, Value>,
    /// Further claims of the userinfo answer.
    pub userinfo: Map<String, Value>,
    /// The value of the groups claim; [`Config::groups`] says where it goes. `None` leaves it out.
    pub groups: Option<Value>,
}

impl Person {
    /// A person with that subject, a name and a verified address, without groups.
    #[must_use]
    pub fn new(sub: &str) -> Self {
        Self { sub: sub.to_owned(), id_token: Map::new(), userinfo: Map::new(), groups: None }
            .claim("preferred_username", sub)
            .claim("name", format!("{sub} Example"))
            .claim("email", format!("{sub}@example.com"))
            .claim("email_verified", true)
    }

    /// Sets a claim in the ID token and in userinfo.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.id_token.insert(name.to_owned(), value.clone());
        self.userinfo.insert(name.to_owned(), value);
        self
    }

    /// Takes a claim away from both.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.id_token.remove(name);
        self.userinfo.remove(name);
        self
    }

    /// Sets the groups.
    #[must_use]
    pub fn groups(mut self, groups: &[&str]) -> Self {
        self.groups = Some(groups.iter().map(|group| Value::from(*group)).collect());
        self
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new("alice").groups(&["staff"])
    }
}
