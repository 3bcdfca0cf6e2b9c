use domain::{
    api::{CertificateView, ProviderCertificate},
    id::IntegrationId,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::Result,
    sql::{execute, fetch_all},
};

/// The certificates that providers' hosts showed when they were last looked at.
pub struct ProviderCertificates<'a> {
    pub(crate) tx: &'a mut Tx,
}

#[derive(FromRow)]
struct Row {
    host: String,
    subject: String,
    issuer: String,
    not_after: i64,
    fingerprint: String,
    seen_at: i64,
}

impl ProviderCertificates<'_> {
    /// Those of an integration, by host, the host's own first.
    ///
    /// # Errors
    /// The driver's.
    pub async fn list(&mut self, integration: &IntegrationId) -> Result<Vec<ProviderCertificate>> {
        let sql = "select host, subject, issuer, not_after, fingerprint, seen_at from provider_certificate \
                   where integration_id = ? order by host, position";
        let rows = fetch_all!(self.tx, Row, sql, integration.as_str())?;
        Ok(rows
            .into_iter()
            .map(|row| ProviderCertificate {
                host: row.host,
                subject: row.subject,
                issuer: row.issuer,
                not_after: Timestamp::from_ms(row.not_after),
                fingerprint: row.fingerprint,
                seen_at: Timestamp::from_ms(row.seen_at),
            })
            .collect())
    }

    /// When the first certificate of each integration ends.
    ///
    /// # Errors
    /// The driver's.
    pub async fn first_ends(&mut self) -> Result<Vec<(IntegrationId, Timestamp)>> {
        let sql = "select integration_id, min(not_after) from provider_certificate group by integration_id";
        let rows = fetch_all!(self.tx, (String, i64), sql)?;
        Ok(rows.into_iter().map(|(id, at)| (id.into(), Timestamp::from_ms(at))).collect())
    }

    /// Keeps what a host shows now in place of what it showed before.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] without the integration, the driver's.
    pub async fn replace(
        &mut self,
        integration: &IntegrationId,
        host: &str,
        shown: &[CertificateView],
        now: Timestamp,
    ) -> Result<()> {
        self.remove(integration, host).await?;
        for (position, one) in (0_i64..).zip(shown) {
            let id = self.tx.new_id();
            execute!(
                self.tx,
                "insert into provider_certificate (provider_certificate_id, integration_id, host, position, subject, \
                 issuer, not_after, fingerprint, seen_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                integration.as_str(),
                host,
                position,
                &one.subject,
                &one.issuer,
                one.not_after.ms(),
                &one.fingerprint,
                now.ms(),
            )?;
        }
        Ok(())
    }

    /// Forgets a host.
    ///
    /// # Errors
    /// The driver's.
    pub async fn remove(&mut self, integration: &IntegrationId, host: &str) -> Result<()> {
        let sql = "delete from provider_certificate where integration_id = ? and host = ?";
        execute!(self.tx, sql, integration.as_str(), host)?;
        Ok(())
    }
}
