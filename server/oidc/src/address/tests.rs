use super::*;

fn guard(nets: &[&str], allow_http: bool) -> Guard {
    let allow_private = nets.iter().map(|net| net.parse().unwrap()).collect();
    Guard::new(OutboundPolicy { allow_private, allow_http })
}

fn socket(ip: &str) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), 0)
}

const PRIVATE: [&str; 28] = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "0.0.0.0",
    "0.1.2.3",
    "127.0.0.1",
    "127.255.255.254",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.192",
    "198.18.0.1",
    "fc00::1",
    "fdff::1",
    "::1",
    "::",
    "ff02::1",
    "fec0::1",
    "::ffff:10.0.0.1",
    "::10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::1",
    "2001:0:a00:1::f5ff:fffe",
];

const NEVER: [&str; 14] = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:808:808::5601:5601",
];

#[test]
fn s_4_private_and_reserved_addresses_are_refused() {
    let guard = guard(&[], false);
    for ip in PRIVATE.iter().chain(&NEVER) {
        assert_eq!(guard.reach(ip.parse().unwrap()), Reach::Refused, "{ip}");
    }
}

#[test]
fn s_4_listed_networks_are_allowed_also_in_ipv6_clothes() {
    let guard = guard(&["10.0.0.0/8", "127.0.0.1/32", "fc00::/7", "::1/128"], false);
    for ip in ["10.1.2.3", "127.0.0.1", "fc00::1", "::1", "::ffff:10.1.2.3", "64:ff9b::a00:1", "2002:a00:1::"]
    {
        assert_eq!(guard.reach(ip.parse().unwrap()), Reach::Allowed, "{ip}");
    }
    for ip in ["127.0.0.2", "192.168.0.1", "::ffff:192.168.0.1"] {
        assert_eq!(guard.reach(ip.parse().unwrap()), Reach::Refused, "{ip}");
    }
}

#[test]
fn s_3_metadata_services_and_link_local_are_refused_even_when_everything_is_listed() {
    let guard = guard(&["0.0.0.0/0", "::/0"], true);
    for ip in NEVER {
        assert_eq!(guard.reach(ip.parse().unwrap()), Reach::Refused, "{ip}");
    }
    for name in ["metadata.google.internal", "METADATA.google.internal.", "metadata.goog"] {
        assert_eq!(guard.resolved(name, &[socket("8.8.8.8")], false), Err(AddressRefused), "{name}");
    }
}

#[test]
fn public_addresses_are_public_also_in_ipv6_clothes() {
    let guard = guard(&[], false);
    for ip in
        ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
    {
        assert_eq!(guard.reach(ip.parse().unwrap()), Reach::Public, "{ip}");
    }
}

#[test]
fn s_6_one_refused_address_among_good_ones_refuses_the_name() {
    let guard = guard(&["10.0.0.0/8"], true);
    let (public, private, loopback) = (socket("8.8.8.8"), socket("10.0.0.1"), socket("127.0.0.1"));
    assert_eq!(guard.resolved("op.example", &[public, private], false), Ok(()));
    assert_eq!(guard.resolved("op.example", &[public, loopback], false), Err(AddressRefused));
    assert_eq!(guard.resolved("op.example", &[private], true), Ok(()));
    assert_eq!(guard.resolved("op.example", &[private, public], true), Err(AddressRefused), "http");
}

#[test]
fn http_is_taken_only_with_the_switch_and_a_listed_address() {
    let url = |guard: &Guard, text: &str| guard.url(text, Purpose::Issuer).map(|_| ());
    let off = guard(&["127.0.0.0/8"], false);
    assert_eq!(url(&off, "http://127.0.0.1/"), Err(UrlProblem::Plain));
    let on = guard(&["127.0.0.0/8"], true);
    assert_eq!(url(&on, "http://127.0.0.1/"), Ok(()));
    assert_eq!(url(&on, "http://8.8.8.8/"), Err(UrlProblem::Plain));
    assert_eq!(url(&on, "http://10.0.0.1/"), Err(UrlProblem::Address(AddressRefused)));
    assert_eq!(url(&on, "https://8.8.8.8/"), Ok(()));
}
