use std::{collections::HashMap, path::Path};

use super::*;

fn load(file: Option<&Path>, env: &[(&str, &str)]) -> Result<(Config, Sources), Vec<ConfigProblem>> {
    let env: HashMap<String, String> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let names: Vec<String> = env.keys().cloned().collect();
    Config::load_with(file, &|name| env.get(name).cloned(), &names)
}

fn lines(problems: &[ConfigProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_default_can_be_read_and_holds() {
    let (config, sources) = load(None, &[]).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8090");
    assert_eq!(config.show(&sources).len(), reference().len());
    assert!(config.show(&sources).iter().all(|(_, _, source)| *source == Source::Default));
}

#[test]
fn a_later_source_wins_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latchkey.toml");
    std::fs::write(
        &file,
        "[session]\nidle_minutes = 10\nabsolute_hours = 3\n[http]\ntrusted_proxies = [\"10.0.0.1\"]\n",
    )
    .unwrap();
    let (config, sources) = load(Some(&file), &[("LATCHKEY_SESSION__IDLE_MINUTES", "20")]).unwrap();
    assert_eq!((config.session.idle_minutes, config.session.absolute_hours), (20, 3));
    assert_eq!(config.http.trusted_proxies, ["10.0.0.1/32".parse().unwrap()]);
    assert_eq!(sources.of("session.idle_minutes"), Source::Env("LATCHKEY_SESSION__IDLE_MINUTES".into()));
    assert!(matches!(sources.of("session.absolute_hours"), Source::File(_)));
}

#[test]
fn every_problem_is_told_at_once_and_names_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latchkey.toml");
    std::fs::write(&file, "[http]\nlisten = \"nowhere\"\nport = 1\n[nonsense]\na = 1\n").unwrap();
    let problems = load(
        Some(&file),
        &[
            ("LATCHKEY_SESSION__IDLE_MINUTES", "0"),
            ("LATCHKEY_HTTP__PUBLIC_URL", "http://console.example.com"),
            ("LATCHKEY_HTTP__TRUSTED_PROXIES", "10.0.0.0/8,wrong"),
            ("LATCHKEY_NO_SUCH__THING", "1"),
        ],
    )
    .unwrap_err();
    let all = lines(&problems).join("\n");
    for key in [
        "http.listen: ",
        "http.port: ",
        "nonsense.a: ",
        "session.idle_minutes: ",
        "http.public_url: ",
        "http.trusted_proxies: ",
        "LATCHKEY_NO_SUCH__THING: ",
    ] {
        assert!(all.lines().any(|line| line.starts_with(key)), "{key} is missing in:\n{all}");
    }
}

#[test]
fn an_http_public_url_is_for_loopback_unless_the_danger_is_accepted() {
    for (url, ok) in [
        ("https://console.example.com", true),
        ("http://localhost:8090", true),
        ("http://127.0.0.1:1", true),
        ("http://[::1]:1", true),
        ("http://10.0.0.1", false),
        ("https://console.example.com/path", false),
        ("https://user@console.example.com", false),
        ("ftp://console.example.com", false),
        ("nonsense", false),
    ] {
        assert_eq!(load(None, &[("LATCHKEY_HTTP__PUBLIC_URL", url)]).is_ok(), ok, "{url}");
    }
    let danger = ("LATCHKEY_HTTP__DANGER_ALLOW_INSECURE_PUBLIC_URL", "true");
    assert!(load(None, &[("LATCHKEY_HTTP__PUBLIC_URL", "http://10.0.0.1"), danger]).is_ok());
}

#[test]
fn no_secret_is_shown() {
    let canary = "canary-9d1f";
    let key = format!("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5{canary}");
    let (config, sources) = load(
        None,
        &[
            ("LATCHKEY_DATABASE__URL", "mysql://latchkey:canary-9d1f@db:3306/latchkey"),
            ("LATCHKEY_SECRETS__KEY", &key),
            ("LATCHKEY_SECRETS__PREVIOUS_KEYS", &key),
            ("LATCHKEY_BOOTSTRAP__ADMIN_PASSWORD", "canary-9d1f-canary"),
        ],
    )
    .unwrap();
    let shown = format!("{:?} {config:?}", config.show(&sources));
    assert!(!shown.contains(canary), "{shown}");
    assert!(shown.contains("mysql://latchkey:[redacted]@db:3306/latchkey"), "{shown}");
}

#[test]
fn a_value_from_a_file_loses_its_end_of_line_and_may_not_be_given_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, "sqlite://x.db\n").unwrap();
    let file = file.to_str().unwrap();
    let (config, _) = load(None, &[("LATCHKEY_DATABASE__URL_FILE", file)]).unwrap();
    assert_eq!(config.database.url.0.expose(), "sqlite://x.db");
    let both = [("LATCHKEY_DATABASE__URL_FILE", file), ("LATCHKEY_DATABASE__URL", "sqlite://y.db")];
    assert!(lines(&load(None, &both).unwrap_err()).join("").contains("given twice"));
}

#[cfg(unix)]
#[test]
fn the_key_file_is_made_for_its_owner_kept_and_refused_when_it_is_unsafe() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data/secret.key");
    let secrets = Secrets::default();
    secrets.keys(&file).unwrap();
    let made = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    secrets.keys(&file).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), made);
    for mode in [0o640, 0o604] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = secrets.keys(&file).err().unwrap().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "c2hvcnQ=\n").unwrap();
    assert!(secrets.keys(&file).err().unwrap().to_string().contains("32 bytes"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "c2hvcnQ=\n");
}

/// The page as the fields describe themselves.
fn page() -> String {
    let mut text = String::from(
        "# Settings\n\nGenerated from `server/src/config`; `UPDATE=1 cargo test -p server --lib config` writes it anew.\n\n\
         Sources, the later one wins: the default, the file given by `--config FILE` (TOML, or named by \
         `LATCHKEY_CONFIG`), the environment variable, the file that the variable with `_FILE` at its end names (an end \
         of line at the end of that file does not count). Unknown keys and unknown `LATCHKEY_…` variables are errors; \
         `latchkey config check` tells every problem at once, `latchkey config show` the values in force with their \
         sources. Lists are TOML arrays, or separated by commas in the environment.\n",
    );
    let mut section = String::new();
    for doc in reference() {
        let (of, field) = doc.key.split_once('.').unwrap();
        if of != section {
            section = of.to_owned();
            text.push_str(&format!("\n## `[{of}]`\n"));
        }
        let default = if doc.default.is_empty() { "none".to_owned() } else { format!("`{}`", doc.default) };
        text.push_str(&format!(
            "\n### `{}`\n\n{}\n\n- Default: {default}\n- Environment: `{}`\n- Example: `{field}` = `{}`\n",
            doc.key,
            doc.doc,
            load::variable(&doc.key),
            doc.example
        ));
    }
    text
}

#[test]
fn the_page_about_settings_says_what_the_fields_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, page()).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == page(),
        "docs/configuration.md is not up to date: UPDATE=1 cargo test -p server --lib config"
    );
}
