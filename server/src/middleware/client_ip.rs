//! Where a request comes from: the peer, or what trusted proxies say.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Whether this address is a trusted proxy's.
#[must_use]
pub fn is_trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|net| net.contains(&address))
}

/// The right-most address of `X-Forwarded-For` that is not a trusted proxy; the peer itself when it is not trusted, or
/// when the header is missing or has nonsense where an address is needed.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, proxies) {
        return peer;
    }
    let mut client = peer;
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = parse_hop(hop.trim()) else { return client };
        client = address;
        if !is_trusted(client, proxies) {
            return client;
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:1234`, `2001:db8::1`, `[2001:db8::1]:1234`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bare =
        text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(text, |(inside, _)| inside);
    let address =
        bare.parse().ok().or_else(|| bare.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_where_they_come_from() {
        assert_eq!(client("192.0.2.9", &["10.0.0.1"], &["10.0.0.0/8"]), "192.0.2.9");
        assert_eq!(client("::ffff:192.0.2.9", &["1.1.1.1"], &[]), "192.0.2.9");
    }

    #[test]
    fn the_right_most_hop_that_is_no_proxy_counts() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(client("10.0.0.1", &["6.6.6.6, 192.0.2.1, 10.0.0.2"], &proxies), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["6.6.6.6", "192.0.2.1:4711"], &proxies), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["[2001:db8::1]:80"], &proxies), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &[], &proxies), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["192.0.2.1, nonsense"], &proxies), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["nonsense, 10.0.0.3"], &proxies), "10.0.0.3");
    }
}
