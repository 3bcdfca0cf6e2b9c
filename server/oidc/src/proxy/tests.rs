#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn proxy(url: &str, around: &[&str]) -> Result<Proxy, String> {
    let around: Vec<String> = around.iter().map(|text| (*text).to_owned()).collect();
    Proxy::new(&Secret::new(url), &around)
}

fn takes(proxy: &Proxy, url: &str) -> bool {
    proxy.takes(&Url::parse(url).unwrap())
}

#[test]
fn names_suffixes_addresses_and_networks_go_around_it() {
    let proxy = proxy(
        "http://proxy:3128",
        &["idp.example.com", ".corp.example", "*.lab.example", "10.0.0.0/8", "192.0.2.7", "fd00::/8"],
    )
    .unwrap();
    for url in [
        "https://idp.example.com/",
        "https://IDP.example.com./",
        "https://sso.idp.example.com/",
        "https://a.corp.example/",
        "https://corp.example/",
        "https://b.lab.example/",
        "https://10.1.2.3/",
        "https://192.0.2.7/",
        "https://[fd00::1]/",
    ] {
        assert!(!takes(&proxy, url), "{url}");
    }
    for url in
        ["https://example.com/", "https://myidp.example.com/", "https://11.0.0.1/", "https://192.0.2.8/"]
    {
        assert!(takes(&proxy, url), "{url}");
    }
}

#[test]
fn everything_can_go_around_it() {
    let proxy = proxy("http://proxy:3128", &["*"]).unwrap();
    assert!(!takes(&proxy, "https://example.com/") && !takes(&proxy, "https://192.0.2.8/"));
}

#[test]
fn what_is_no_proxy_is_refused_without_repeating_it() {
    for bad in [
        "",
        "proxy:3128",
        "https://u:hunter2@proxy:3128",
        "socks5://u:hunter2@proxy",
        "http://u:hunter2@proxy/path",
        "http://u:hunter2@proxy/?q",
    ] {
        let error = proxy(bad, &[]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert!(proxy("http://proxy", &["not a host"]).is_err());
}

#[test]
fn user_name_and_password_are_kept_apart_and_hidden() {
    let proxy = proxy("http://us%40er:hunter%2B2@proxy:3128", &[]).unwrap();
    let header = proxy.authorization.clone().unwrap();
    assert!(header.is_sensitive());
    // us@er:hunter+2
    assert_eq!(header.to_str().unwrap(), "Basic dXNAZXI6aHVudGVyKzI=");
    let shown = format!("{proxy:?}");
    assert!(!shown.contains("hunter") && !shown.contains("dXNA"), "{shown}");
    assert_eq!(proxy.url.as_str(), "http://proxy:3128/");
}

#[test]
fn a_plain_url_with_a_name_is_refused_because_its_address_is_not_known() {
    let proxy = proxy("http://proxy:3128", &[".lab.example"]).unwrap();
    let check = |url: &str| proxy.check(&Url::parse(url).unwrap());
    assert_eq!(check("http://idp.example.com/"), Err(UrlProblem::Plain));
    assert_eq!(check("https://idp.example.com/"), Ok(()));
    assert_eq!(check("http://idp.lab.example/"), Ok(()));
    assert_eq!(check("http://10.0.0.1/"), Ok(()));
}
