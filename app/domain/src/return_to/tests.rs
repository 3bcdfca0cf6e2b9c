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
