//! The authorization endpoint: checks the request and signs the person in without asking.

use std::sync::Arc;

use url::Url;

use crate::faults::Fault;
use crate::keys;
use crate::push::parameters;
use crate::record::{duplicate, find};
use crate::state::{Grant, Shared, Snapshot};

/// Where the browser goes after the authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorized {
    /// To this address: the callback with its parameters.
    Redirect(String),
    /// A form that posts itself (OAuth 2.0 Form Post Response Mode).
    FormPost {
        /// The callback.
        action: String,
        /// Its fields, in order.
        fields: Vec<(String, String)>,
    },
    /// Nowhere: client or redirect URI are wrong, so an error page is shown (RFC 6749 4.1.2.1).
    Refused(String),
}

impl Authorized {
    /// The callback address.
    ///
    /// # Panics
    /// If this is not a redirect.
    #[must_use]
    #[expect(clippy::panic, reason = "a test asked for a redirect and must fail without one")]
    pub fn callback_url(self) -> String {
        match self {
            Self::Redirect(url) => url,
            other => panic!("expected a redirect, got {other:?}"),
        }
    }

    /// The parameters of the callback, in order; none if refused.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Redirect(url) => Url::parse(url).map(|url| pairs(&url)).unwrap_or_default(),
            Self::FormPost { fields, .. } => fields.clone(),
            Self::Refused(_) => Vec::new(),
        }
    }

    /// The first parameter of the callback with that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        find(&self.fields(), name).map(str::to_owned)
    }
}

/// The decoded query of an address.
pub(crate) fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

pub(crate) fn authorize(shared: &Shared, now: &Snapshot, params: &[(String, String)]) -> Authorized {
    let params = match parameters(shared, now, params) {
        Ok(params) => params,
        Err(why) => return Authorized::Refused(why.into()),
    };
    let params = params.as_slice();
    if find(params, "client_id") != Some(&shared.client_id) {
        return Authorized::Refused("client_id is missing or unknown".into());
    }
    let Some(redirect_uri) = find(params, "redirect_uri") else {
        return Authorized::Refused("redirect_uri is missing".into());
    };
    let target = match Url::parse(redirect_uri) {
        Ok(url) if url.fragment().is_none() => url,
        _ => return Authorized::Refused("redirect_uri is not an absolute address without fragment".into()),
    };
    let registered = &now.config.redirect_uris;
    if !registered.is_empty() && !registered.iter().any(|known| known == redirect_uri) {
        return Authorized::Refused("redirect_uri is not registered".into());
    }
    if let Some(name) = duplicate(params) {
        return Authorized::Refused(format!("{name} comes more than once"));
    }
    let mut fields = match check(now, params) {
        Ok(()) if denied(now) => error("access_denied", "<script>alert(1)</script> the person said \"no\""),
        Ok(()) => vec![field("code", &grant(shared, now, redirect_uri, params))],
        Err((code, description)) => error(code, description),
    };
    if let Some(state) = find(params, "state") {
        fields.push(field("state", state));
    }
    if now.config.iss_parameter {
        fields.push(field("iss", &shared.issuer));
    }
    for fault in now.faults.iter() {
        misbehave(*fault, &mut fields);
    }
    if find(params, "response_mode") == Some("form_post") {
        return Authorized::FormPost { action: redirect_uri.to_owned(), fields };
    }
    let mut target = target;
    target.query_pairs_mut().extend_pairs(fields);
    Authorized::Redirect(target.into())
}

/// The rules of the request (OIDC Core 3.1.2.1, RFC 7636 4.3).
fn check(now: &Snapshot, params: &[(String, String)]) -> Result<(), (&'static str, &'static str)> {
    let invalid = |what| Err(("invalid_request", what));
    if find(params, "response_type") != Some("code") {
        return Err(("unsupported_response_type", "response_type is not code"));
    }
    let openid = now.config.openid;
    if openid && !find(params, "scope").is_some_and(|scope| scope.split(' ').any(|item| item == "openid")) {
        return Err(("invalid_scope", "scope lacks openid"));
    }
    if !matches!(find(params, "response_mode"), None | Some("query" | "form_post")) {
        return invalid("response_mode is neither query nor form_post");
    }
    if openid && now.config.require_nonce && find(params, "nonce").is_none_or(str::is_empty) {
        return invalid("nonce is missing");
    }
    match (find(params, "code_challenge"), find(params, "code_challenge_method")) {
        (None, None) if now.config.require_pkce => invalid("code_challenge is missing"),
        (Some(challenge), Some("S256")) if challenge.len() == 43 => Ok(()),
        (None, None) => Ok(()),
        _ => invalid("code_challenge is not an S256 challenge"),
    }
}

fn denied(now: &Snapshot) -> bool {
    now.has(Fault::CallbackError) || now.has(Fault::CallbackErrorWrongIss)
}

/// Remembers what was granted and gives the code for it.
fn grant(shared: &Shared, now: &Snapshot, redirect_uri: &str, params: &[(String, String)]) -> String {
    let owned = |name| find(params, name).map(str::to_owned);
    let code = keys::random(24);
    let grant = Grant {
        redirect_uri: redirect_uri.to_owned(),
        nonce: owned("nonce"),
        challenge: owned("code_challenge"),
        scope: owned("scope").unwrap_or_default(),
        sid: keys::random(16),
        auth_time: now.time,
        expires_at: now.time.saturating_add(now.config.code_lifetime),
        person: Arc::clone(&now.person),
    };
    shared.lock().codes.insert(code.clone(), grant);
    code
}

fn misbehave(fault: Fault, fields: &mut Vec<(String, String)>) {
    match fault {
        Fault::CallbackMissingIss => fields.retain(|(name, _)| name != "iss"),
        Fault::CallbackWrongIss | Fault::CallbackErrorWrongIss => {
            fields.retain(|(name, _)| name != "iss");
            fields.push(field("iss", "https://other-issuer.example/"));
        }
        Fault::CallbackMissingState => fields.retain(|(name, _)| name != "state"),
        Fault::CallbackWrongState => {
            for (_, value) in fields.iter_mut().filter(|(name, _)| name == "state") {
                value.push_str("_INVALID");
            }
        }
        Fault::CallbackDuplicateState => {
            let again = find(fields, "state").unwrap_or_default().to_owned();
            fields.push(field("state", &again));
        }
        Fault::CallbackDuplicateCode => fields.push(field("code", &keys::random(24))),
        Fault::CallbackCodeAndError => fields.push(field("error", "access_denied")),
        _ => {}
    }
}

fn error(code: &str, description: &str) -> Vec<(String, String)> {
    vec![field("error", code), field("error_description", description)]
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
