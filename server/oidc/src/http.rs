//! The one way out: no redirects, no cookies, no proxy but the configured one, checked addresses, caps on time and
//! size.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LINK};
use reqwest::{Certificate, Client, RequestBuilder, Response, redirect};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use url::Url;

use crate::address::{AddressRefused, CheckedResolver, Guard, Lookup, UrlProblem};
use crate::directory;
use crate::error::SettingsError;
use crate::proxy::Proxy;

/// The most bytes taken of an answer.
pub(crate) mod limit {
    pub(crate) const DISCOVERY: usize = 256 * 1024;
    pub(crate) const KEYS: usize = 512 * 1024;
    pub(crate) const TOKEN: usize = 256 * 1024;
    pub(crate) const USERINFO: usize = 1024 * 1024;
    pub(crate) const DIRECTORY: usize = 1024 * 1024;
    pub(crate) const ERROR: usize = 16 * 1024;
}

/// Requests to one provider that may be under way at a time; more wait.
const PARALLEL: usize = 64;
/// Clients with certificates of their own that are kept.
const MOST_CLIENTS: usize = 64;
const MOST_CERTIFICATES: usize = 50;
/// Below the five seconds after which some servers close an idle connection: a POST that meets the closing is lost.
const IDLE: Duration = Duration::from_secs(4);
const USER_AGENT: &str = concat!("Latchkey/", env!("CARGO_PKG_VERSION"));

/// How long a provider is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the connection with its TLS handshake.
    pub connect: Duration,
    /// For the whole request, to the last byte of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), total: Duration::from_secs(10) }
    }
}

/// Why a request brought nothing. Only the kind is told, never the answer's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The URL may not be called.
    #[error("its URL cannot be used")]
    Url(#[source] UrlProblem),
    /// The name resolves to an address that is refused.
    #[error("its address is refused")]
    Address(#[source] AddressRefused),
    /// No connection, or it broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// Too slow.
    #[error("it did not answer in time")]
    Timeout,
    /// The TLS handshake failed: an unknown or expired certificate, or one for another host.
    #[error("its TLS certificate or handshake was not accepted")]
    Tls,
    /// The answer is larger than we read.
    #[error("its answer is larger than {0} bytes")]
    TooLarge(usize),
    /// A redirect, which is never followed.
    #[error("it answered with a redirect ({0}), which is not followed")]
    Redirect(u16),
    /// Another status than 200.
    #[error("it answered with status {0}")]
    Status(u16),
}

impl HttpError {
    /// Whether our own policy refused.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Url(_) | Self::Address(_))
    }
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<HeaderValue>,
    /// `Date`, the provider's clock.
    pub(crate) date: Option<HeaderValue>,
    pub(crate) body: Vec<u8>,
}

/// Makes and keeps the clients: one for everybody, and one per set of certificates.
pub(crate) struct Http {
    guard: Guard,
    lookup: Lookup,
    timeouts: Timeouts,
    proxy: Option<Arc<Proxy>>,
    shared: Outgoing,
    with_certificates: Mutex<HashMap<[u8; 32], Outgoing>>,
}

/// The clients for one set of certificates.
#[derive(Clone)]
pub(crate) struct Outgoing {
    guard: Guard,
    secure: Client,
    plain: Client,
    permits: Arc<Semaphore>,
    timeouts: Timeouts,
    proxy: Option<Arc<Proxy>>,
}

impl Http {
    pub(crate) fn new(
        guard: Guard,
        lookup: Lookup,
        timeouts: Timeouts,
        proxy: Option<Arc<Proxy>>,
    ) -> Result<Self, SettingsError> {
        let shared = Outgoing::new(&guard, &lookup, timeouts, proxy.as_ref(), &[])?;
        let with_certificates = Mutex::new(HashMap::new());
        Ok(Self { guard, lookup, timeouts, proxy, shared, with_certificates })
    }

    /// The clients for one provider, with its own count of requests under way.
    pub(crate) fn outgoing(&self, custom_ca: Option<&str>) -> Result<Outgoing, SettingsError> {
        let clients = match custom_ca {
            None => self.shared.clone(),
            Some(pem) => self.with_certificates(pem)?,
        };
        Ok(Outgoing { permits: Arc::new(Semaphore::new(PARALLEL)), ..clients })
    }

    fn with_certificates(&self, pem: &str) -> Result<Outgoing, SettingsError> {
        let hash: [u8; 32] = Sha256::digest(pem.as_bytes()).into();
        let kept = || self.with_certificates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clients) = kept().get(&hash) {
            return Ok(clients.clone());
        }
        if pem.contains("PRIVATE KEY-----") {
            return Err(SettingsError::PrivateKeyInCertificates);
        }
        let certificates =
            Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| SettingsError::Certificates)?;
        if certificates.is_empty() || certificates.len() > MOST_CERTIFICATES {
            return Err(SettingsError::Certificates);
        }
        let clients =
            Outgoing::new(&self.guard, &self.lookup, self.timeouts, self.proxy.as_ref(), &certificates)?;
        let mut kept = kept();
        if kept.len() >= MOST_CLIENTS {
            kept.clear();
        }
        kept.insert(hash, clients.clone());
        Ok(clients)
    }
}

impl Outgoing {
    fn new(
        guard: &Guard,
        lookup: &Lookup,
        timeouts: Timeouts,
        proxy: Option<&Arc<Proxy>>,
        certificates: &[Certificate],
    ) -> Result<Self, SettingsError> {
        let client = |plain: bool| {
            let resolver = CheckedResolver { guard: guard.clone(), lookup: Arc::clone(lookup), plain };
            // Also makes the client blind to the environment's proxy variables.
            let mut builder = Client::builder().no_proxy();
            builder = match proxy {
                Some(proxy) => builder
                    .proxy(Proxy::for_client(proxy))
                    .dns_resolver(Arc::new(proxy.resolver(resolver, Arc::clone(lookup)))),
                None => builder.dns_resolver(Arc::new(resolver)),
            };
            builder = builder
                .redirect(redirect::Policy::none())
                .referer(false)
                .https_only(!plain)
                .user_agent(USER_AGENT)
                .connect_timeout(timeouts.connect)
                .timeout(timeouts.total)
                .pool_idle_timeout(IDLE);
            for certificate in certificates {
                builder = builder.add_root_certificate(certificate.clone());
            }
            builder.build().map_err(|_| {
                if certificates.is_empty() { SettingsError::Client } else { SettingsError::Certificates }
            })
        };
        let permits = Arc::new(Semaphore::new(PARALLEL));
        let (guard, proxy) = (guard.clone(), proxy.map(Arc::clone));
        Ok(Self { guard, secure: client(false)?, plain: client(true)?, permits, timeouts, proxy })
    }

    /// GET, status 200 only. Tried again once when the connection broke, which costs nobody anything.
    pub(crate) async fn get(
        &self,
        url: &Url,
        bearer: Option<&HeaderValue>,
        most: usize,
    ) -> Result<Answer, HttpError> {
        let request = || {
            let mut request = self.client(url).get(url.clone()).headers(accept_json());
            if let Some(bearer) = bearer {
                request = request.header(AUTHORIZATION, bearer.clone());
            }
            request
        };
        match self.send(url, request(), most, false).await {
            Err(Failure { kind: HttpError::Unreachable, broke: true }) => {
                self.send(url, request(), most, false).await
            }
            other => other,
        }
        .map_err(|failure| failure.kind)
    }

    /// GET of one page with an access token, status 200 only, and where its `Link` header says the next one is.
    pub(crate) async fn page(
        &self,
        url: &Url,
        bearer: &HeaderValue,
        most: usize,
    ) -> Result<(Answer, Option<String>), HttpError> {
        let request = self.client(url).get(url.clone()).headers(accept_json());
        let request = request.header(AUTHORIZATION, bearer.clone());
        self.send_for_page(url, request, most, false).await.map_err(|failure| failure.kind)
    }

    /// POST of a form; any status. Never tried again: the code in it works once.
    pub(crate) async fn post(
        &self,
        url: &Url,
        authorization: Option<HeaderValue>,
        form: String,
        most: usize,
    ) -> Result<Answer, HttpError> {
        let mut request = self
            .client(url)
            .post(url.clone())
            .headers(accept_json())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(form);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        self.send(url, request, most, true).await.map_err(|failure| failure.kind)
    }

    /// Looks the host of a plain URL up, for URLs that only the browser will call.
    pub(crate) async fn check_plain_host(&self, url: &Url, lookup: &Lookup) -> Result<(), UrlProblem> {
        self.guard.reachable(url)?;
        match url.domain() {
            Some(_) if self.proxy.as_ref().is_some_and(|proxy| proxy.takes(url)) => Ok(()),
            Some(name) if url.scheme() == "http" => {
                let found = lookup(name.to_owned()).await.map_err(|_| AddressRefused)?;
                Ok(self.guard.resolved_plain(name, &found)?)
            }
            _ => Ok(()),
        }
    }

    fn client(&self, url: &Url) -> &Client {
        if url.scheme() == "http" { &self.plain } else { &self.secure }
    }

    async fn send(
        &self,
        url: &Url,
        request: RequestBuilder,
        most: usize,
        any_status: bool,
    ) -> Result<Answer, Failure> {
        Ok(self.send_for_page(url, request, most, any_status).await?.0)
    }

    async fn send_for_page(
        &self,
        url: &Url,
        request: RequestBuilder,
        most: usize,
        any_status: bool,
    ) -> Result<(Answer, Option<String>), Failure> {
        self.guard.reachable(url).map_err(HttpError::Url)?;
        if let Some(proxy) = &self.proxy {
            proxy.check(url).map_err(HttpError::Url)?;
        }
        let permit = tokio::time::timeout(self.timeouts.total, self.permits.acquire()).await;
        let _permit = permit.map_err(|_| HttpError::Timeout)?.map_err(|_| HttpError::Unreachable)?;
        let response = request.send().await.map_err(|error| Failure::of(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(HttpError::Redirect(status.as_u16()).into());
        }
        let ok = status.as_u16() == 200;
        if !ok && !any_status {
            return Err(HttpError::Status(status.as_u16()).into());
        }
        let most = if ok { most } else { limit::ERROR };
        let links = response.headers().get_all(LINK).into_iter().filter_map(|link| link.to_str().ok());
        let next = directory::next_link(links);
        let content_type = response.headers().get(CONTENT_TYPE).cloned();
        let date = response.headers().get(DATE).cloned();
        let body = match read(response, most).await {
            // The status says enough.
            Err(Failure { kind: HttpError::TooLarge(_), .. }) if !ok => Vec::new(),
            other => other?,
        };
        Ok((Answer { status: status.as_u16(), content_type, date, body }, next))
    }
}

/// Reads the body up to the cap; what `Content-Length` says is believed only when it says too much.
async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, Failure> {
    let announced = response.content_length().unwrap_or(0);
    if announced > most as u64 {
        return Err(HttpError::TooLarge(most).into());
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        if body.len() + chunk.len() > most {
            return Err(HttpError::TooLarge(most).into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn accept_json() -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers
}

/// An error, and whether an established connection broke.
struct Failure {
    kind: HttpError,
    broke: bool,
}

impl From<HttpError> for Failure {
    fn from(kind: HttpError) -> Self {
        Self { kind, broke: false }
    }
}

impl Failure {
    /// Sorts the client's error by kind; its text is dropped, since it names addresses.
    fn of(error: &reqwest::Error) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        let mut tls = false;
        while let Some(this) = cause {
            if let Some(refused) = this.downcast_ref::<AddressRefused>() {
                return HttpError::Address(*refused).into();
            }
            let io = this.downcast_ref::<std::io::Error>();
            // The TLS library reports every failed handshake so.
            tls |= io.is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData);
            // `source` of such an error leaves out the error that it wraps.
            let wrapped =
                io.and_then(std::io::Error::get_ref).map(|inner| inner as &(dyn StdError + 'static));
            cause = wrapped.or_else(|| this.source());
        }
        if error.is_timeout() {
            HttpError::Timeout.into()
        } else if error.is_connect() {
            if tls { HttpError::Tls.into() } else { HttpError::Unreachable.into() }
        } else {
            Self { kind: HttpError::Unreachable, broke: true }
        }
    }
}
