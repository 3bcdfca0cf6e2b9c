//! Who answers: the certificates that the host shows, and whether they hold. The handshake is one of our own, because
//! the HTTP client does not show certificates; it verifies exactly as the client does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::probe::{ProbeReport, ProbeState, ProbeStep};
use domain::time::Timestamp;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use url::{Host, Url};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use crate::error::clean;
use crate::http::Timeouts;

/// The most certificates shown.
const MOST_SHOWN: usize = 10;
/// The most characters of a name.
const LONGEST_NAME: usize = 200;
const STEP: ProbeStep = ProbeStep::Tls;

/// Verifies as ever, and remembers what was shown.
#[derive(Debug)]
struct Witness {
    judge: Arc<WebPkiServerVerifier>,
    shown: Mutex<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates).take(MOST_SHOWN);
        let all = all.map(|certificate| certificate.clone().into_owned()).collect();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = all;
        self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// Why there was no handshake.
enum Broken {
    Connect,
    Timeout,
    Setup,
    /// It began and was not accepted.
    Handshake(Option<Error>),
}

/// Connects, and reports what was shown.
pub(super) async fn run(
    url: &Url,
    addresses: &[SocketAddr],
    custom_ca: Option<&str>,
    timeouts: Timeouts,
) -> ProbeReport {
    if url.scheme() == "http" {
        return match timeout(timeouts.connect, TcpStream::connect(addresses)).await {
            Ok(Ok(_)) => ProbeReport::new(
                STEP,
                ProbeState::Warn,
                "The connection is not encrypted: the address begins with http.",
            )
            .advice("For a lab only. Use https before people sign in with it."),
            other => broken(&if other.is_err() { Broken::Timeout } else { Broken::Connect }),
        };
    }
    let (certificates, outcome) = shake(url, addresses, custom_ca, timeouts).await;
    let report = match &outcome {
        Ok(()) => {
            let by = if custom_ca.is_some() { ", also with the certificates that were pasted" } else { "" };
            ProbeReport::new(STEP, ProbeState::Ok, format!("The certificate is valid{by}."))
        }
        Err(Broken::Handshake(Some(Error::InvalidCertificate(why)))) => refused(why, url, &certificates),
        Err(why) => broken(why),
    };
    certificates.iter().enumerate().fold(report, describe)
}

/// The certificates that a host shows, the host's own first; none when there was no handshake. Whether they are accepted
/// is not said.
pub(crate) async fn shown(
    url: &Url,
    addresses: &[SocketAddr],
    custom_ca: Option<&str>,
    timeouts: Timeouts,
) -> Vec<CertificateDer<'static>> {
    shake(url, addresses, custom_ca, timeouts).await.0
}

async fn shake(
    url: &Url,
    addresses: &[SocketAddr],
    custom_ca: Option<&str>,
    timeouts: Timeouts,
) -> (Vec<CertificateDer<'static>>, Result<(), Broken>) {
    let Some((witness, connector)) = connector(custom_ca) else { return (Vec::new(), Err(Broken::Setup)) };
    let name = match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
        Some(Host::Ipv4(ip)) => Some(ServerName::from(std::net::IpAddr::V4(ip))),
        Some(Host::Ipv6(ip)) => Some(ServerName::from(std::net::IpAddr::V6(ip))),
        None => None,
    };
    let Some(name) = name else { return (Vec::new(), Err(Broken::Setup)) };
    let stream = match timeout(timeouts.connect, TcpStream::connect(addresses)).await {
        Err(_) => return (Vec::new(), Err(Broken::Timeout)),
        Ok(Err(_)) => return (Vec::new(), Err(Broken::Connect)),
        Ok(Ok(stream)) => stream,
    };
    let outcome = match timeout(timeouts.connect, connector.connect(name, stream)).await {
        Err(_) => Err(Broken::Timeout),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            let why = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).cloned();
            Err(Broken::Handshake(why))
        }
    };
    let shown = std::mem::take(&mut *witness.shown.lock().unwrap_or_else(PoisonError::into_inner));
    (shown, outcome)
}

/// Trusts what the HTTP client trusts: the public authorities, and the certificates that were pasted.
fn connector(custom_ca: Option<&str>) -> Option<(Arc<Witness>, TlsConnector)> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(custom_ca.unwrap_or_default().as_bytes()) {
        roots.add(certificate.ok()?).ok()?;
    }
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let judge =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().ok()?;
    let witness = Arc::new(Witness { judge, shown: Mutex::default() });
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(&witness) as _;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Some((witness, TlsConnector::from(Arc::new(config))))
}

fn failed(summary: &str) -> ProbeReport {
    ProbeReport::new(STEP, ProbeState::Failed, summary)
}

fn broken(why: &Broken) -> ProbeReport {
    let report = |summary: &str, found: &str, advice: &str| {
        failed(summary).expected("A TLS connection").found(found).advice(advice)
    };
    match why {
        Broken::Connect => report(
            "No connection could be made.",
            "The connection was refused or broke",
            "Check host and port, whether the provider runs, and whether a firewall lets this server through.",
        ),
        Broken::Timeout => report(
            "No connection could be made in time.",
            "No answer",
            "Check host and port. A firewall that drops connections silently looks like this.",
        ),
        Broken::Setup => report(
            "The connection could not be prepared.",
            "A host name or certificate that cannot be used",
            "Check the host name, and the field Certificates under Advanced.",
        ),
        Broken::Handshake(_) => report(
            "The TLS handshake failed.",
            "Something that is not TLS 1.2 or 1.3",
            "Check that https is spoken at this port, and that the provider offers TLS 1.2 or newer.",
        ),
    }
}

/// The certificate was read and not accepted.
fn refused(why: &CertificateError, url: &Url, shown: &[CertificateDer<'_>]) -> ProbeReport {
    let host = clean(url.host_str().unwrap_or_default(), LONGEST_NAME);
    let leaf = shown.first().and_then(|der| X509Certificate::from_der(der).ok()).map(|(_, leaf)| leaf);
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => failed(
            "A certificate has expired.",
        )
        .expected("Certificates that are valid now")
        .found(leaf.map_or_else(
            || "An expired one".to_owned(),
            |leaf| format!("Valid until {}", day(leaf.validity().not_after.timestamp())),
        ))
        .advice(
            "Have the provider's certificate renewed. Check this server's clock if the date seems right.",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            failed("A certificate is not valid yet.")
                .expected("Certificates that are valid now")
                .found("One that becomes valid later")
                .advice("Check this server's clock, then the provider's certificate.")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = leaf.map(|leaf| names(&leaf)).unwrap_or_default();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            failed("The certificate is for another host.")
                .expected(format!("A certificate for {host}"))
                .found(format!("One for: {}", clean(&names, 400)))
                .advice("Enter the issuer with a host that the certificate names, or have the certificate issued anew.")
        }
        CertificateError::UnknownIssuer => {
            let by = shown
                .last()
                .and_then(|der| X509Certificate::from_der(der).ok())
                .map(|(_, last)| clean(&last.issuer().to_string(), LONGEST_NAME))
                .unwrap_or_default();
            failed("The certificate's authority is not known.")
                .expected("An authority that is publicly trusted, or pasted under Certificates")
                .found(format!("Issued by {by}"))
                .advice(
                    "If that authority is your organization's, paste its certificate under Advanced → Certificates. If \
                     it is a public one, the provider leaves out the certificates in between: have it send the whole \
                     chain.",
                )
        }
        other => failed("The certificate was not accepted.")
            .expected("A valid certificate")
            .found(clean(&format!("{other:?}"), LONGEST_NAME))
            .advice("Have the provider's certificate looked at."),
    }
}

/// The names a certificate is for (RFC 5280 section 4.2.1.6).
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let found = certificate.subject_alternative_name().ok().flatten();
    let all = found.map(|found| found.value.general_names.as_slice()).unwrap_or_default();
    all.iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        })
        .take(20)
        .collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|octets| std::net::IpAddr::from(octets).to_string());
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|octets| std::net::IpAddr::from(octets).to_string())).ok()
}

fn describe(report: ProbeReport, (index, der): (usize, &CertificateDer<'_>)) -> ProbeReport {
    let label = if index == 0 { "Certificate".to_owned() } else { format!("Above it ({index})") };
    let text = match X509Certificate::from_der(der) {
        Ok((_, certificate)) => format!(
            "{}; issued by {}; valid until {}",
            clean(&certificate.subject().to_string(), LONGEST_NAME),
            clean(&certificate.issuer().to_string(), LONGEST_NAME),
            day(certificate.validity().not_after.timestamp()),
        ),
        Err(_) => "cannot be read".to_owned(),
    };
    report.fact(&label, text)
}

fn day(seconds: i64) -> String {
    Timestamp::from_ms(seconds.saturating_mul(1000)).for_people()
}
