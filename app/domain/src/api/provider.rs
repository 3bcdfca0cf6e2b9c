//! What is known of an integration's provider beside its settings.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A certificate that an integration trusts, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// The subject's common name, or the whole subject when it has none.
    pub subject: String,
    /// The issuer's common name, or the whole issuer.
    pub issuer: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// Whether it has ended, or has not begun.
    pub expired: bool,
    /// SHA-256 of the certificate: hex, pairs separated by colons.
    pub fingerprint: String,
}

/// Somebody came with so many groups that the provider may soon leave them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManyGroups {
    /// The most groups of one sign-in.
    pub most: u32,
    /// When somebody last came with 150 or more.
    pub seen_at: Timestamp,
}
