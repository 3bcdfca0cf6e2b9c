use super::*;

fn parse(text: &str) -> Result<ReturnTo, ReturnToRejected> {
    let public = Url::parse("https://own.example:8443").unwrap();
    let allowed = [AllowedOrigin::parse("https://app.example/console").unwrap()];
    ReturnTo::parse(text, &public, &allowed)
}

#[test]
fn paths_of_this_site_and_allowed_origins_are_kept() {
    for (text, kept) in [
        ("/", "/"),
        ("/me", "/me"),
        ("/integrations/corp?tab=1#x", "/integrations/corp?tab=1#x"),
        ("/audit?actor=a&from=2026-01-01T00:00:00Z", "/audit?actor=a&from=2026-01-01T00:00:00Z"),
        ("https://own.example:8443/me?x=1", "/me?x=1"),
        ("https://app.example/console", "https://app.example/console"),
        ("https://app.example/console/a?b=c", "https://app.example/console/a?b=c"),
    ] {
        assert_eq!(parse(text).as_ref().map(ReturnTo::as_str), Ok(kept), "{text}");
    }
}

/// Every line of the corpus and every combination of trick and host must be dropped.
#[test]
fn every_line_of_the_redirect_corpus_is_dropped() {
    let corpus = include_str!("../../tests/redirect_corpus.txt");
    let lines: Vec<&str> =
        corpus.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    assert!(lines.len() >= 200, "only {} lines", lines.len());
    for line in lines {
        let line =
            line.replace("<TAB>", "\t").replace("<LF>", "\n").replace("<CR>", "\r").replace("<NUL>", "\0");
        assert!(parse(&line).is_err(), "kept: {line:?}");
    }
}

#[test]
fn every_trick_with_every_host_is_dropped() {
    let tricks = [
        "//",
        "/\\",
        "\\\\",
        "/%09/",
        "/%5c",
        "/%2f%2f",
        "///",
        "/.//",
        "/;/",
        "/\t/",
        "/\n/",
        "https:",
        "https:/",
        "hTTps:",
        "javascript:",
        "data:",
        "vbscript:",
        "%0d%0a",
        "http://",
        "https://",
        "/..//",
        "/%2e%2e//",
        "////",
        "//%09/",
        "ftp://",
        "file://",
        "blob:https://",
        "https:////",
        "/\u{2028}/",
        "?//",
        "#//",
    ];
    let hosts = [
        "evil.example",
        "own.example@evil.example",
        "own.example.evil.example",
        "evil.example#own.example",
        "evil.example?own.example",
        "evil.example\\.own.example",
        "〱evil.example",
        "evil。example",
        "3232235777",
        "0300.0250.1.1",
        "[::ffff:1.2.3.4]",
        "own.example:8443@evil.example",
        "app.example.evil.example/console",
        "evil-app.example/console",
        "app.example:444/console",
        "app.example/consolex",
        "app.example/other",
    ];
    for trick in tricks {
        for host in hosts {
            let text = format!("{trick}{host}");
            assert!(parse(&text).is_err(), "kept: {text:?}");
        }
    }
}

#[test]
fn too_long_a_target_is_dropped_not_cut() {
    assert_eq!(parse(&format!("/{}", "a".repeat(2048))), Err(ReturnToRejected::TooLong));
}

#[test]
fn the_login_does_not_return_to_itself() {
    for text in [
        "/sign-in",
        "/sign-in/failed?x",
        "/signed-out",
        "/login/oauth2/code/corp",
        "/oauth2/authorization/corp",
        "/fn/sign_out",
    ] {
        assert_eq!(parse(text), Err(ReturnToRejected::Loop), "{text}");
    }
}

/// Pseudo-random, the same in every run: the seed is printed with what fails.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

/// Whatever is put together from the parts that attacks are made of: what is kept leads, for a browser, to this site or
/// below the allowed prefix, also when it is read a second time and when its percent signs are decoded once more.
#[test]
fn whatever_is_kept_leads_to_this_site_or_below_the_allowed_prefix() {
    let parts = [
        "/",
        "//",
        "\\",
        ".",
        "..",
        "...",
        "%2e",
        "%2E%2e",
        "%252e",
        "%2f",
        "%5c",
        ";",
        ":",
        "@",
        "?",
        "#",
        "%00",
        "\t",
        "https://",
        "http://",
        "https:",
        "own.example:8443",
        "own.example",
        "app.example",
        "app.example/console",
        "evil.example",
        "console",
        "consolex",
        "a",
        "%",
        "%25",
        "&",
        "=",
        "[::1]",
        "user:pass@",
        "\u{3002}",
    ];
    let public = Url::parse("https://own.example:8443").unwrap();
    let mut kept = 0;
    for seed in 0..60_000_u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut text = String::new();
        for _ in 0..=chance.next(7) {
            text.push_str(parts[chance.next(parts.len())]);
        }
        let Ok(target) = parse(&text) else { continue };
        kept += 1;
        let url = public.join(target.as_str()).unwrap();
        let steps = |path: &str| {
            let decoded = path.to_ascii_lowercase().replace("%25", "%").replace("%2e", ".");
            decoded.split('/').any(|step| step == ".." || step.starts_with("..;"))
        };
        assert!(!steps(url.path()), "seed {seed}: {text:?} climbs");
        if url.origin() == public.origin() {
            assert!(!url.path().contains("//"), "seed {seed}: {text:?}");
        } else {
            let prefix = url.path() == "/console" || url.path().starts_with("/console/");
            assert!(
                prefix && url.origin().ascii_serialization() == "https://app.example",
                "seed {seed}: {text:?}"
            );
        }
        assert_eq!(parse(target.as_str()).as_ref(), Ok(&target), "seed {seed}: {text:?} is not kept twice");
    }
    assert!(kept > 100, "only {kept} were kept: the property is hardly looked at");
}
