//! What the provider saw and what it handed out.

/// The kind of address that a request went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `.well-known/openid-configuration`.
    Discovery,
    /// The key set.
    Jwks,
    /// The endpoint for pushed requests.
    Push,
    /// The authorization endpoint, over HTTP or through `FakeIdp::authorize`.
    Authorize,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    Userinfo,
    /// The end-session endpoint.
    EndSession,
    /// The directory of groups.
    Directory,
    /// Anything else: redirect targets, addresses inside tokens, unknown paths.
    Other,
}

/// One request, in the order of arrival.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Where it went.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// Every header, names in lower case; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The decoded query parameters.
    pub query: Vec<(String, String)>,
    /// The decoded form fields of the body.
    pub body: Vec<(String, String)>,
}

impl Recorded {
    /// The first query parameter or form field with that name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.query, name).or_else(|| find(&self.body, name))
    }
}

/// One answer of the token endpoint: what to look for in a log, and what a logout token may name.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The authorization code; `None` for a refresh.
    pub code: Option<String>,
    /// The access token.
    pub access_token: String,
    /// The ID token as it was sent, faults included.
    pub id_token: String,
    /// The refresh token, if any.
    pub refresh_token: Option<String>,
    /// The person's subject.
    pub sub: String,
    /// The session at the provider, whether or not the token names it.
    pub sid: String,
}

/// The first value of a parameter.
pub(crate) fn find<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The first parameter that comes more than once.
pub(crate) fn duplicate(params: &[(String, String)]) -> Option<&str> {
    let repeated = |(index, (name, _)): (usize, &(String, String))| {
        params.iter().skip(index + 1).any(|(other, _)| other == name)
    };
    params.iter().enumerate().find(|entry| repeated(*entry)).map(|(_, (name, _))| name.as_str())
}
