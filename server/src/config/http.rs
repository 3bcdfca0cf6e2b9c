use std::net::SocketAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::{ConfigProblem, field::section};

section! {
    /// How the server is reached.
    Http "http" {
        /// The address and port the server listens on.
        listen: SocketAddr = "127.0.0.1:8090", "0.0.0.0:8090";
        /// The URL people's browsers use. Every absolute URL (callbacks, redirects, cookies' security) is made from it,
        /// never from a request's `Host`. It has no path.
        public_url: Url = "http://localhost:8090", "https://console.example.com";
        /// Accepts an `http` public URL for a host that is not loopback. Cookies then travel unprotected: never turn
        /// it on where real people sign in.
        danger_allow_insecure_public_url: bool = "false", "true";
        /// Networks of the reverse proxies whose `X-Forwarded-For` and `X-Request-Id` count.
        trusted_proxies: Vec<IpNet> = "", "10.0.0.0/8,192.0.2.7";
    }
}

impl Http {
    /// Whether cookies are `Secure` and carry the `__Host-` prefix.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        let url = &self.public_url;
        let mut add = |text: &str| problems.push(ConfigProblem::new("http.public_url", text));
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(url) || self.danger_allow_insecure_public_url => {}
            "http" => add(
                "uses http for a host that is not loopback: use https, or set http.danger_allow_insecure_public_url = \
                 true if cookies may travel unprotected",
            ),
            _ => add("must begin with https://"),
        }
        let extras = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        if extras || url.password().is_some() || url.path() != "/" || url.host().is_none() {
            add("must be scheme, host and port only, such as https://console.example.com");
        }
    }
}

/// Whether the URL's host is this machine itself.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
