//! The provider's metadata (OpenID Connect Discovery 1.0). Every URL is checked before anything is fetched from it or
//! any browser is sent to it.

use domain::integration::{Endpoints, IntegrationSettings};
use serde_json::{Map, Value};
use url::Url;

use crate::address::{Guard, Lookup, Purpose, UrlProblem};
use crate::error::clean;
use crate::http::{HttpError, Outgoing, limit};
use crate::json::{self, JsonError};

/// What we know of a provider: its discovery document, what was typed by hand in its place, all URLs checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The issuer, byte for byte.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorization: Url,
    /// Where the code becomes tokens.
    pub token: Url,
    /// Where claims are read.
    pub userinfo: Option<Url>,
    /// Where the keys are.
    pub jwks_uri: Url,
    /// Where the provider's own session ends.
    pub end_session: Option<Url>,
    /// `scopes_supported`; empty when it says nothing.
    pub scopes_supported: Vec<String>,
    /// `id_token_signing_alg_values_supported`; empty when it says nothing.
    pub signing_algorithms: Vec<String>,
    /// `token_endpoint_auth_methods_supported`; empty when it says nothing.
    pub auth_methods: Vec<String>,
    /// `code_challenge_methods_supported`; empty when it says nothing.
    pub pkce_methods: Vec<String>,
    /// `claims_supported`; empty when it says nothing.
    pub claims_supported: Vec<String>,
    /// `response_modes_supported`; empty when it says nothing.
    pub response_modes: Vec<String>,
    /// Where requests are pushed to (RFC 9126 section 5).
    pub pushed_authorization: Option<Url>,
    /// Whether it takes no other requests (RFC 9126 section 5).
    pub pushed_authorization_required: bool,
    /// Whether every answer carries `iss` (RFC 9207 section 3).
    pub iss_parameter: bool,
    /// Whether it sends logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.1).
    pub backchannel_logout: bool,
}

/// Why the metadata cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// A URL is refused.
    #[error("{field} cannot be used")]
    Url {
        /// `issuer`, or the member of the document.
        field: &'static str,
        /// Why.
        #[source]
        problem: UrlProblem,
    },
    /// The document could not be fetched.
    #[error("the discovery document could not be read from the provider")]
    Http(#[source] HttpError),
    /// The document is not JSON.
    #[error("the discovery document cannot be read")]
    Json(#[source] JsonError),
    /// Something is missing.
    #[error("the discovery document has no {field}; set that endpoint by hand or correct the provider")]
    Missing {
        /// The member.
        field: &'static str,
    },
    /// Something has a strange type.
    #[error("{field} of the discovery document is not text")]
    NotText {
        /// The member.
        field: &'static str,
    },
    /// OpenID Connect Discovery 1.0 section 4.3.
    #[error("the discovery document is of another issuer than the configured one{hint}")]
    IssuerMismatch {
        /// `; did you mean …?`
        hint: String,
    },
}

/// What is needed to fetch metadata.
pub(crate) struct Fetch<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) lookup: &'a Lookup,
    pub(crate) outgoing: &'a Outgoing,
    pub(crate) issuer: &'a str,
    pub(crate) discovery: bool,
    pub(crate) endpoints: &'a Endpoints,
}

impl<'a> Fetch<'a> {
    pub(crate) fn of(
        settings: &'a IntegrationSettings,
        guard: &'a Guard,
        lookup: &'a Lookup,
        outgoing: &'a Outgoing,
    ) -> Self {
        let IntegrationSettings { issuer, discovery, endpoints, .. } = settings;
        Self { guard, lookup, outgoing, issuer, discovery: *discovery, endpoints }
    }

    /// Fetches and checks.
    pub(crate) async fn metadata(&self) -> Result<Metadata, DiscoveryError> {
        let url = |problem| DiscoveryError::Url { field: "issuer", problem };
        self.guard.url(self.issuer, Purpose::Issuer).map_err(url)?;
        let document = if self.discovery { self.document().await? } else { Map::new() };
        let metadata = self.read(&document)?;
        for (field, url) in [
            ("authorization_endpoint", Some(&metadata.authorization)),
            ("end_session_endpoint", metadata.end_session.as_ref()),
        ] {
            // The other endpoints are checked when they are connected to; these two are the browser's.
            if let Some(url) = url {
                let check = self.outgoing.check_plain_host(url, self.lookup).await;
                check.map_err(|problem| DiscoveryError::Url { field, problem })?;
            }
        }
        Ok(metadata)
    }

    async fn document(&self) -> Result<Map<String, Value>, DiscoveryError> {
        let base = self.issuer.strip_suffix('/').unwrap_or(self.issuer);
        let url = format!("{base}/.well-known/openid-configuration");
        let url = self
            .guard
            .url(&url, Purpose::Issuer)
            .map_err(|problem| DiscoveryError::Url { field: "issuer", problem })?;
        let answer = self.outgoing.get(&url, None, limit::DISCOVERY).await.map_err(DiscoveryError::Http)?;
        let document = json::object(&answer.body).map_err(DiscoveryError::Json)?;
        let issuer = text(&document, "issuer")?.ok_or(DiscoveryError::Missing { field: "issuer" })?;
        if issuer == self.issuer {
            Ok(document)
        } else {
            Err(DiscoveryError::IssuerMismatch { hint: self.hint(issuer) })
        }
    }

    /// Says which issuer is meant when the document's is nearly the configured one; a stranger's is not repeated.
    pub(crate) fn hint(&self, theirs: &str) -> String {
        let bare = |text: &str| {
            let lower = text.trim().to_ascii_lowercase();
            lower.trim_end_matches('/').replace(":443", "")
        };
        if bare(theirs) == bare(self.issuer) {
            format!("; did you mean “{}”? It must be written exactly so", clean(theirs, 300))
        } else {
            String::new()
        }
    }

    pub(crate) fn read(&self, document: &Map<String, Value>) -> Result<Metadata, DiscoveryError> {
        let endpoint = |field: &'static str, by_hand: &Option<String>| {
            let check = |text: &str| {
                let checked = self.guard.url(text, Purpose::Endpoint);
                checked.map_err(|problem| DiscoveryError::Url { field, problem })
            };
            // What the document says is checked even when it is overridden: a document with a bad URL is a bad document.
            let theirs = text(document, field)?.map(check).transpose()?;
            let ours = by_hand.as_deref().filter(|text| !text.is_empty()).map(check).transpose()?;
            Ok::<_, DiscoveryError>(ours.or(theirs))
        };
        let needed =
            |field: &'static str, by_hand| endpoint(field, by_hand)?.ok_or(DiscoveryError::Missing { field });
        let ends = self.endpoints;
        Ok(Metadata {
            issuer: self.issuer.to_owned(),
            authorization: needed("authorization_endpoint", &ends.authorization)?,
            token: needed("token_endpoint", &ends.token)?,
            userinfo: endpoint("userinfo_endpoint", &ends.userinfo)?,
            jwks_uri: needed("jwks_uri", &ends.jwks)?,
            end_session: endpoint("end_session_endpoint", &ends.end_session)?,
            scopes_supported: texts(document, "scopes_supported"),
            signing_algorithms: texts(document, "id_token_signing_alg_values_supported"),
            auth_methods: texts(document, "token_endpoint_auth_methods_supported"),
            pkce_methods: texts(document, "code_challenge_methods_supported"),
            claims_supported: texts(document, "claims_supported"),
            response_modes: texts(document, "response_modes_supported"),
            pushed_authorization: endpoint("pushed_authorization_request_endpoint", &None)?,
            pushed_authorization_required: flag(document, "require_pushed_authorization_requests"),
            iss_parameter: flag(document, "authorization_response_iss_parameter_supported"),
            backchannel_logout: flag(document, "backchannel_logout_supported"),
        })
    }
}

fn text<'a>(
    document: &'a Map<String, Value>,
    field: &'static str,
) -> Result<Option<&'a str>, DiscoveryError> {
    match document.get(field) {
        Some(Value::String(text)) => Ok(Some(text)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(DiscoveryError::NotText { field }),
    }
}

/// A list that only informs: what is not text in it is skipped.
fn texts(document: &Map<String, Value>, field: &str) -> Vec<String> {
    let items = document.get(field).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).take(200).map(|text| clean(text, 100)).collect()
}

fn flag(document: &Map<String, Value>, field: &str) -> bool {
    matches!(document.get(field), Some(Value::Bool(true)))
}
