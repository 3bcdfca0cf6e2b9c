//! The outbound proxy of the server's configuration. With it, names are resolved by the proxy: this server then checks
//! names and literal addresses, and no longer what a name resolves to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use domain::secret::Secret;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderValue;
use url::{Host, Url};

use crate::address::{CheckedResolver, Lookup, UrlProblem};

#[cfg(test)]
mod tests;

/// A proxy that requests to providers go through, and the hosts that are called without it.
#[derive(Clone)]
pub struct Proxy {
    /// Without user name and password.
    url: Url,
    /// `Proxy-Authorization`, sensitive.
    authorization: Option<HeaderValue>,
    around: Vec<Around>,
}

/// What is called without the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Around {
    /// Everything.
    All,
    /// This network.
    Net(IpNet),
    /// This name and every name below it.
    Name(String),
}

/// The password may be in it.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url.as_str()).field("around", &self.around).finish()
    }
}

impl Proxy {
    /// Reads `http://user:password@host:port`, and hosts, suffixes (`.example.com`), addresses and networks to go
    /// around it. User name and password never come out again, but to the proxy.
    ///
    /// # Errors
    /// What is wrong, fit for the configuration's report: nothing of the text is in it.
    pub fn new(url: &Secret, around: &[String]) -> Result<Self, String> {
        let wrong = || "must be an address such as http://proxy.example.com:3128".to_owned();
        let mut url = Url::parse(url.expose()).map_err(|_| wrong())?;
        let plain =
            url.scheme() == "http" && url.has_host() && url.query().is_none() && url.fragment().is_none();
        if !plain || !matches!(url.path(), "" | "/") {
            return Err(wrong());
        }
        let authorization = authorization(&url)?;
        // Neither fails on a URL with a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let around = around.iter().map(|text| Around::read(text)).collect::<Result<_, _>>()?;
        Ok(Self { url, authorization, around })
    }

    /// Whether requests to this URL go through it.
    pub(crate) fn takes(&self, url: &Url) -> bool {
        let named = |name: &str| self.around.iter().any(|around| around.has_name(name));
        let addressed = |ip: IpAddr| self.around.iter().any(|around| around.has_address(ip));
        !match url.host() {
            Some(Host::Domain(name)) => named(name),
            Some(Host::Ipv4(ip)) => addressed(ip.into()),
            Some(Host::Ipv6(ip)) => addressed(ip.into()),
            None => true,
        }
    }

    /// A plain URL with a name is refused: it is taken only for listed networks, and what the name resolves to is the
    /// proxy's to know.
    pub(crate) fn check(&self, url: &Url) -> Result<(), UrlProblem> {
        let unknown = url.scheme() == "http" && url.domain().is_some() && self.takes(url);
        if unknown { Err(UrlProblem::Plain) } else { Ok(()) }
    }

    /// As the HTTP client wants it.
    pub(crate) fn for_client(this: &Arc<Self>) -> reqwest::Proxy {
        let proxy = Arc::clone(this);
        let mut client = reqwest::Proxy::custom(move |url| proxy.takes(url).then(|| proxy.url.clone()));
        if let Some(authorization) = &this.authorization {
            client = client.custom_http_auth(authorization.clone());
        }
        client
    }

    /// A resolver that lets the proxy's own name pass: the configuration names it, so its address needs no list.
    pub(crate) fn resolver(&self, checked: CheckedResolver, lookup: Lookup) -> ProxyResolver {
        let name = self.url.domain().filter(|name| !self.around.iter().any(|around| around.has_name(name)));
        ProxyResolver { checked, lookup, name: name.map(str::to_owned) }
    }
}

fn authorization(url: &Url) -> Result<Option<HeaderValue>, String> {
    use base64::Engine as _;
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let plain = |text: &str| {
        let pair = format!("v={}", text.replace('+', "%2B"));
        let read = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
        read.unwrap_or_default()
    };
    let pair = format!("{}:{}", plain(url.username()), plain(url.password().unwrap_or_default()));
    let header = format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair));
    let header = HeaderValue::try_from(header);
    let mut header = header.map_err(|_| "has a user name or password that cannot be sent".to_owned())?;
    header.set_sensitive(true);
    Ok(Some(header))
}

impl Around {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::All);
        }
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(Self::Net(net.trunc()));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Net(IpNet::from(ip)));
        }
        let name = text.trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
        let legal = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if name.is_empty() || !name.chars().all(legal) {
            return Err(format!(
                "has `{}`, which is neither a host, a suffix such as .example.com, an address nor a network",
                text.escape_debug()
            ));
        }
        Ok(Self::Name(name))
    }

    fn has_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        match self {
            Self::All => true,
            Self::Net(_) => false,
            Self::Name(mine) => {
                name.strip_suffix(mine.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        }
    }

    fn has_address(&self, ip: IpAddr) -> bool {
        match self {
            Self::All => true,
            Self::Net(net) => net.contains(&ip),
            Self::Name(_) => false,
        }
    }
}

/// See [`Proxy::resolver`].
pub(crate) struct ProxyResolver {
    checked: CheckedResolver,
    lookup: Lookup,
    name: Option<String>,
}

impl Resolve for ProxyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        if self.name.as_deref() != Some(name.as_str()) {
            return self.checked.resolve(name);
        }
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move { Ok(Box::new(found.await?.into_iter()) as Addrs) })
    }
}
