//! What is kept of one integration's provider between logins: connections, metadata, keys.

use std::sync::Arc;

use domain::integration::{Endpoints, Integration};

use crate::address::{Guard, Lookup};
use crate::cache::{Ages, Cache};
use crate::discovery::{DiscoveryError, Fetch, Metadata};
use crate::error::SettingsError;
use crate::http::{Http, Outgoing};
use crate::keys::{self, Key, KeySet, KeysError};
use crate::verify::{Unverified, VerifyError};

/// A document is fetched again after ten minutes; one that cannot be reached may be a day old.
const AGES: Ages = Ages { fresh: 600, stale: 24 * 3600 };

/// One provider as one revision of one integration sees it.
pub(crate) struct Provider {
    revision: i64,
    issuer: String,
    discovery: bool,
    endpoints: Endpoints,
    custom_ca: Option<String>,
    pub(crate) outgoing: Outgoing,
    metadata: Cache<Metadata, DiscoveryError>,
    keys: Cache<KeySet, KeysError>,
}

impl Provider {
    pub(crate) fn new(integration: &Integration, http: &Http) -> Result<Self, SettingsError> {
        let settings = &integration.settings;
        Ok(Self {
            revision: integration.revision,
            issuer: settings.issuer.clone(),
            discovery: settings.discovery,
            endpoints: settings.endpoints.clone(),
            custom_ca: settings.custom_ca.clone(),
            outgoing: http.outgoing(settings.custom_ca.as_deref())?,
            metadata: Cache::new(),
            keys: Cache::new(),
        })
    }

    /// Whether it was made from these settings. The revision alone would not do: an integration that was deleted and
    /// made again begins to count anew.
    pub(crate) fn is_of(&self, integration: &Integration) -> bool {
        let settings = &integration.settings;
        self.revision == integration.revision
            && self.issuer == settings.issuer
            && self.discovery == settings.discovery
            && self.endpoints == settings.endpoints
            && self.custom_ca == settings.custom_ca
    }

    pub(crate) async fn metadata(
        &self,
        guard: &Guard,
        lookup: &Lookup,
        now: i64,
    ) -> Result<Arc<Metadata>, DiscoveryError> {
        let fetch = || async {
            let Self { outgoing, issuer, discovery, endpoints, .. } = self;
            Fetch { guard, lookup, outgoing, issuer, discovery: *discovery, endpoints }.metadata().await
        };
        // An old document stands in for a silent provider, never for a document that is wrong now.
        let keep = |error: &DiscoveryError| matches!(error, DiscoveryError::Http(http) if !http.is_refused());
        self.metadata.get(now, AGES, keep, fetch).await
    }

    /// Finds the key of a token's signature and gives it to `then`. An unknown key or a wrong signature makes us
    /// fetch the set once more: keys rotate.
    pub(crate) async fn with_key<T>(
        &self,
        metadata: &Metadata,
        token: &Unverified<'_>,
        now: i64,
        then: impl FnOnce(&Key) -> Result<T, VerifyError>,
    ) -> Result<T, crate::Error> {
        let fetch = || KeySet::fetch(&self.outgoing, &metadata.jwks_uri);
        let keep = |error: &KeysError| !matches!(error, KeysError::Http(http) if http.is_refused());
        let keys = self.keys.get(now, keys::AGES, keep, fetch).await?;
        let unfit = match token.key(&keys) {
            Ok(key) => return Ok(then(key)?),
            Err(error) => error,
        };
        match self.keys.refetch(&keys, now, keys::COOL_DOWN, fetch).await {
            Some(newer) => Ok(then(token.key(&newer)?)?),
            None => Err(unfit.into()),
        }
    }
}
