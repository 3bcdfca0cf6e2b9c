use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use super::{CertificateView, ManyGroups};
use crate::{
    integration::{Integration, IntegrationSettings},
    secret::SecretState,
    time::Timestamp,
    tree,
};

/// An integration as the API shows it. The secret's value is never in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationView {
    /// What the administrator set.
    #[serde(flatten)]
    pub settings: IntegrationSettings,
    /// Whether a secret is stored, and since when.
    pub client_secret: SecretState,
    /// Whether people can sign in with it.
    pub enabled: bool,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i64,
    /// To be registered at the provider.
    pub callback_url: String,
    /// The last sign-in that worked.
    pub last_success_at: Option<Timestamp>,
    /// The last sign-in that failed.
    pub last_failure_at: Option<Timestamp>,
    /// The code of the last failure.
    pub last_failure_code: Option<String>,
    /// The certificates of `customCa`, named.
    #[serde(default)]
    pub custom_ca_certificates: Vec<CertificateView>,
    /// Whether people come with so many groups that the provider may soon leave them out; only when one integration
    /// is asked for.
    #[serde(default)]
    pub many_groups: Option<ManyGroups>,
    /// When its client secret expires, as far as that is known.
    pub secret_expires_at: Option<Timestamp>,
    /// When the first of its certificates expires, as far as that is known.
    pub certificate_expires_at: Option<Timestamp>,
}

/// All of an [`IntegrationView`] but its settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntegrationRest {
    client_secret: SecretState,
    enabled: bool,
    created_by: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    revision: i64,
    callback_url: String,
    last_success_at: Option<Timestamp>,
    last_failure_at: Option<Timestamp>,
    last_failure_code: Option<String>,
    #[serde(default)]
    custom_ca_certificates: Vec<CertificateView>,
    #[serde(default)]
    many_groups: Option<ManyGroups>,
    secret_expires_at: Option<Timestamp>,
    certificate_expires_at: Option<Timestamp>,
}

/// By hand, from one tree twice: what serde makes for flattened fields keeps everything in a form of its own first, and
/// is the largest single piece of code a page would bring.
impl<'de> Deserialize<'de> for IntegrationView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let settings = tree::read_part(&value).map_err(D::Error::custom)?;
        let IntegrationRest {
            client_secret,
            enabled,
            created_by,
            created_at,
            updated_at,
            revision,
            callback_url,
            last_success_at,
            last_failure_at,
            last_failure_code,
            custom_ca_certificates,
            many_groups,
            secret_expires_at,
            certificate_expires_at,
        } = tree::read_part(&value).map_err(D::Error::custom)?;
        Ok(Self {
            settings,
            client_secret,
            enabled,
            created_by,
            created_at,
            updated_at,
            revision,
            callback_url,
            last_success_at,
            last_failure_at,
            last_failure_code,
            custom_ca_certificates,
            many_groups,
            secret_expires_at,
            certificate_expires_at,
        })
    }
}

impl IntegrationView {
    /// What may be shown of an integration.
    #[must_use]
    pub fn new(integration: Integration, public_url: &str) -> Self {
        let base = public_url.trim_end_matches('/');
        Self {
            callback_url: format!("{base}/login/oauth2/code/{}", integration.settings.name),
            settings: integration.settings,
            client_secret: integration.client_secret,
            enabled: integration.enabled,
            created_by: integration.created_by,
            created_at: integration.created_at,
            updated_at: integration.updated_at,
            revision: integration.revision,
            last_success_at: integration.last_success_at,
            last_failure_at: integration.last_failure_at,
            last_failure_code: integration.last_failure_code,
            custom_ca_certificates: Vec::new(),
            many_groups: None,
            secret_expires_at: None,
            certificate_expires_at: None,
        }
    }
}
