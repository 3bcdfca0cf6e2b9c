//! Logout tokens (OIDC Back-Channel Logout 2.4), good by default and bad on request.

use serde_json::{Map, Value, json};

use crate::jwt::{Edits, Signature, apply};
use crate::keys;
use crate::state::{Shared, Snapshot};

/// How a logout token differs from the good one: `typ: logout+jwt`, `iss`, `aud`, `iat`, `exp` (two minutes later),
/// `jti` and `events`. Add a `sub`, a `sid` or both; a token without either is a bad one.
#[derive(Clone, Debug, Default)]
pub struct LogoutToken {
    header: Edits,
    claims: Edits,
    signature: Signature,
}

impl LogoutToken {
    /// A token that names nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all sessions of a person.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it is the claim's name")]
    pub fn sub(self, sub: &str) -> Self {
        self.claim("sub", sub)
    }

    /// Ends one session at the provider; [`crate::Issued::sid`] has it.
    #[must_use]
    pub fn sid(self, sid: &str) -> Self {
        self.claim("sid", sid)
    }

    /// Sets a claim, also one of the good ones.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.push((name.to_owned(), Some(value.into())));
        self
    }

    /// Takes a claim away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.push((name.to_owned(), None));
        self
    }

    /// Sets a header member.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.push((name.to_owned(), Some(value.into())));
        self
    }

    /// Takes a header member away.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.push((name.to_owned(), None));
        self
    }

    /// Signs in another way.
    #[must_use]
    pub fn signature(mut self, signature: Signature) -> Self {
        self.signature = signature;
        self
    }

    pub(crate) fn seal(&self, shared: &Shared, now: &Snapshot) -> String {
        let mut claims = Map::new();
        let good = [
            ("iss", json!(shared.issuer)),
            ("aud", json!(shared.client_id)),
            ("iat", json!(now.time)),
            ("exp", json!(now.time.saturating_add(120))),
            ("jti", json!(keys::random(16))),
            ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
        ];
        claims.extend(good.map(|(name, value)| (name.to_owned(), value)));
        apply(&self.claims, &mut claims);
        let mut header: Edits = vec![("typ".to_owned(), Some(json!("logout+jwt")))];
        header.extend(self.header.iter().cloned());
        now.signer(shared).seal(self.signature, &header, &Value::Object(claims).to_string())
    }
}
