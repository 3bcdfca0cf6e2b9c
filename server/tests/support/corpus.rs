//! Return targets that lead somewhere else in some browser or proxy, or that carry something.

/// Prefixes × hosts, and some that stand alone.
pub fn hostile_targets() -> Vec<String> {
    let prefixes = [
        "//", "/\\", "\\\\", "\\/", "/%09/", "/%5c", "/%2f%2f", "///", "////", "/\t/", "/\n/", "/\r/", "\t//", " //",
        "https:", "https:/", "https://", "http://", "hTTps://", "https:\\\\", "ftp://", "//\u{3000}", "/%0d%0a/",
        "/%2e%2e//", "https://console.example.com@", "https://console.example.com:x@", "https://console.example.com.",
        "https://console.example.com%40", "https:///", "/%00//", "\u{0}//",
    ];
    let hosts = [
        "evil.example", "console.example.com@evil.example", "console.example.com.evil.example",
        "evil.example#console.example.com", "evil.example?console.example.com", "evil.example\\.console.example.com",
        "evil\u{3002}example", "evil\u{FF0E}example", "3627734734", "0x7f.1", "[::ffff:1.2.3.4]",
        "evil.example/%2e%2e",
    ];
    let mut all: Vec<String> =
        prefixes.iter().flat_map(|prefix| hosts.iter().map(move |host| format!("{prefix}{host}"))).collect();
    let alone = [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", "blob:https://evil.example/1", "file:///etc/passwd",
        "/ok\r\nSet-Cookie: a=b", "/ok%0d%0aSet-Cookie:%20a=b", "/ok\nLocation: https://evil.example", "evil.example",
        "..//evil.example", "/..//evil.example", "/.//evil.example", "http://console.example.com/",
        "https://console.example.com:8443/", "https://console.example.com.evil.example/", "https://evilconsole.example.com/",
        "https://user@console.example.com/", "https://console.example.com\\@evil.example/", "?//evil.example",
        "#//evil.example", "https://", "://evil.example",
    ];
    all.extend(alone.map(str::to_owned));
    all
}
