//! Which addresses the server may call. Every URL is checked when it is read, every address again when it is
//! connected to: the checked addresses are the ones that are used.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

#[cfg(test)]
mod tests;

/// What the server's configuration (not an administrator) says about outgoing calls.
#[derive(Debug, Clone, Default)]
pub struct OutboundPolicy {
    /// Networks that may be called although they are not public.
    pub allow_private: Vec<IpNet>,
    /// Whether `http` is taken, and only towards [`OutboundPolicy::allow_private`].
    pub allow_http: bool,
}

/// How names become addresses; the port is ignored.
pub type Lookup = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> + Send + Sync,
>;

/// The longest URL taken, in bytes.
const LONGEST_URL: usize = 2048;

/// The address is not one that the server may call. Which one it was is not told: the message must not help to map
/// an internal network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address is not allowed: it is private, local or reserved and not in the server's list of allowed networks"
)]
pub struct AddressRefused;

/// Why a URL cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// Not an absolute URL, or with white space, control characters or a backslash.
    #[error("it is not an absolute URL such as https://host/path")]
    NotAUrl,
    /// Over 2,048 bytes.
    #[error("it is longer than 2048 bytes")]
    TooLong,
    /// Another scheme than `https` (and `http`).
    #[error("it does not begin with https://")]
    Scheme,
    /// `http`, which the server does not allow here.
    #[error(
        "it begins with http://, which is only taken for allowed private networks when the server permits it; use https://"
    )]
    Plain,
    /// `user:password@`.
    #[error("it holds a user name or password")]
    UserInfo,
    /// `#…`.
    #[error("it has a fragment")]
    Fragment,
    /// `?…` where none may be.
    #[error("it has a query")]
    Query,
    /// The address is refused.
    #[error(transparent)]
    Address(#[from] AddressRefused),
}

/// What a URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An issuer: no query (OpenID Connect Discovery 1.0 section 3).
    Issuer,
    /// An endpoint.
    Endpoint,
}

/// What an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    /// Not public, but listed.
    Allowed,
    Refused,
}

/// The policy, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Guard(Arc<OutboundPolicy>);

impl Guard {
    pub(crate) fn new(policy: OutboundPolicy) -> Self {
        Self(Arc::new(policy))
    }

    /// Reads a URL and checks all that can be checked without the network.
    pub(crate) fn url(&self, text: &str, purpose: Purpose) -> Result<Url, UrlProblem> {
        if text.len() > LONGEST_URL {
            return Err(UrlProblem::TooLong);
        }
        let Some((scheme, _)) = text.split_once(':') else { return Err(UrlProblem::NotAUrl) };
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(UrlProblem::Scheme);
        }
        // The URL standard repairs `https:host`, `https:\host` and inner line breaks; nobody means those.
        let clean = !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
        let slashes = text.get(scheme.len()..).is_some_and(|rest| rest.starts_with("://"));
        if !clean || !slashes || text.get(scheme.len()..).is_some_and(|rest| rest.starts_with(":///")) {
            return Err(UrlProblem::NotAUrl);
        }
        let url = Url::parse(text).map_err(|_| UrlProblem::NotAUrl)?;
        let authority = text.get(scheme.len() + 3..).unwrap_or_default();
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(UrlProblem::UserInfo);
        }
        if text.contains('#') {
            return Err(UrlProblem::Fragment);
        }
        if purpose == Purpose::Issuer && text.contains('?') {
            return Err(UrlProblem::Query);
        }
        self.reachable(&url)?;
        Ok(url)
    }

    /// Checks the scheme and, when the host is an address, the address. Names are checked when they are resolved.
    pub(crate) fn reachable(&self, url: &Url) -> Result<(), UrlProblem> {
        let plain = match url.scheme() {
            "https" => false,
            "http" if self.0.allow_http => true,
            "http" => return Err(UrlProblem::Plain),
            _ => return Err(UrlProblem::Scheme),
        };
        let ip = match url.host() {
            Some(Host::Domain(name)) => return Ok(self.name(name)?),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            None => return Err(UrlProblem::NotAUrl),
        };
        match self.reach(ip) {
            Reach::Refused => Err(AddressRefused.into()),
            Reach::Public if plain => Err(UrlProblem::Plain),
            Reach::Public | Reach::Allowed => Ok(()),
        }
    }

    /// Names that are refused whatever they resolve to: metadata services, and this machine (RFC 6761 section 6.3)
    /// unless its address is listed.
    fn name(&self, name: &str) -> Result<(), AddressRefused> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let metadata = matches!(name.as_str(), "metadata.google.internal" | "metadata.goog");
        let here = name == "localhost" || name.ends_with(".localhost");
        let here_listed = self.listed(Ipv4Addr::LOCALHOST.into()) || self.listed(Ipv6Addr::LOCALHOST.into());
        if metadata || (here && !here_listed) { Err(AddressRefused) } else { Ok(()) }
    }

    /// Checks what a name resolved to. One bad address spoils all: which one is connected to is not ours to say.
    pub(crate) fn resolved(
        &self,
        name: &str,
        addresses: &[SocketAddr],
        plain: bool,
    ) -> Result<(), AddressRefused> {
        self.name(name)?;
        let fits = |address: &SocketAddr| match self.reach(address.ip()) {
            Reach::Allowed => true,
            Reach::Public => !plain,
            Reach::Refused => false,
        };
        if addresses.iter().all(fits) { Ok(()) } else { Err(AddressRefused) }
    }

    /// Checks what the host of an `http` URL resolved to.
    pub(crate) fn resolved_plain(&self, name: &str, addresses: &[SocketAddr]) -> Result<(), AddressRefused> {
        self.resolved(name, addresses, true)
    }

    fn reach(&self, ip: IpAddr) -> Reach {
        match ip {
            IpAddr::V4(ip) => self.reach_v4(ip),
            IpAddr::V6(ip) => self.reach_v6(ip),
        }
    }

    fn reach_v4(&self, ip: Ipv4Addr) -> Reach {
        if never_v4(ip) {
            Reach::Refused
        } else if self.listed(IpAddr::V4(ip)) {
            Reach::Allowed
        } else if special_v4(ip) {
            Reach::Refused
        } else {
            Reach::Public
        }
    }

    fn reach_v6(&self, ip: Ipv6Addr) -> Reach {
        // An IPv4 address in IPv6 clothes is judged as the IPv4 address that it leads to.
        let inside = embedded_v4(ip);
        if !inside.is_empty() {
            let verdicts = inside.into_iter().map(|ip| self.reach_v4(ip));
            return verdicts
                .reduce(|a, b| match (a, b) {
                    (Reach::Refused, _) | (_, Reach::Refused) => Reach::Refused,
                    (Reach::Public, _) | (_, Reach::Public) => Reach::Public,
                    (Reach::Allowed, Reach::Allowed) => Reach::Allowed,
                })
                .unwrap_or(Reach::Refused);
        }
        if never_v6(ip) {
            Reach::Refused
        } else if self.listed(IpAddr::V6(ip)) {
            Reach::Allowed
        } else if special_v6(ip) {
            Reach::Refused
        } else {
            Reach::Public
        }
    }

    fn listed(&self, ip: IpAddr) -> bool {
        self.0.allow_private.iter().any(|net| net.contains(&ip))
    }
}

/// Link-local and the metadata services of cloud machines: they hand out credentials to whoever asks.
fn never_v4(ip: Ipv4Addr) -> bool {
    ip.is_link_local() || ip == Ipv4Addr::new(100, 100, 100, 200) || ip == Ipv4Addr::new(168, 63, 129, 16)
}

fn never_v6(ip: Ipv6Addr) -> bool {
    let metadata = [
        Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    ip.is_unicast_link_local() || metadata.contains(&ip)
}

/// Everything of RFC 6890 that is not global.
fn special_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_documentation()
        || ip.is_multicast()
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
}

fn special_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, ..] = ip.segments();
    ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_multicast()
        || ip.is_unique_local()
        || a & 0xffc0 == 0xfec0
        || (a == 0x2001 && b < 0x200)
        || (a == 0x2001 && b == 0xdb8)
        || (a == 0x3fff && b < 0x1000)
        || (a == 0x100 && b == 0 && c == 0 && d == 0)
}

/// The IPv4 addresses inside: mapped and compatible (RFC 4291), translated (RFC 6052, RFC 8215, RFC 2765), 6to4
/// (RFC 3056), Teredo (RFC 4380: server and client) and ISATAP (RFC 5214).
fn embedded_v4(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Vec::new(),
        [0, 0, 0, 0, 0, 0 | 0xffff, g, h]
        | [0, 0, 0, 0, 0xffff, 0, g, h]
        | [0x64, 0xff9b, 0, 0, 0, 0, g, h]
        | [0x64, 0xff9b, 1, _, _, _, g, h]
        | [_, _, _, _, 0 | 0x200, 0x5efe, g, h] => vec![v4(g, h)],
        [0x2002, b, c, ..] => vec![v4(b, c)],
        [0x2001, 0, c, d, _, _, g, h] => vec![v4(c, d), v4(!g, !h)],
        _ => Vec::new(),
    }
}

/// Looks names up and hands on only checked addresses.
pub(crate) struct CheckedResolver {
    pub(crate) guard: Guard,
    pub(crate) lookup: Lookup,
    /// For `http`: every address must be listed.
    pub(crate) plain: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, plain) = (self.guard.clone(), self.plain);
        let name = name.as_str().to_owned();
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let addresses = found.await?;
            guard.resolved(&name, &addresses, plain)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The operating system's resolver.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }))
}
