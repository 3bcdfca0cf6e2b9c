//! The program itself: what it prints, where, and with which exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a database, in which commands are run.
struct Host {
    folder: TempDir,
}

struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Host {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn migrated() -> Self {
        let host = Self::new();
        assert_eq!(host.run(&["migrate"]).status, 0);
        host
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
        command.args(args).current_dir(self.folder.path()).env_clear();
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[])
    }

    fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let output = self.command(args).envs(env.iter().copied()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The lines of a failure.
    fn refused(&self, args: &[&str], env: &[(&str, &str)]) -> Vec<String> {
        let ran = self.run_with(args, env);
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{}", ran.err);
        assert!(ran.err.lines().all(|line| line.starts_with("latchkey: ")), "{}", ran.err);
        ran.err.lines().map(|line| line["latchkey: ".len()..].to_owned()).collect()
    }
}

#[test]
fn usage_and_version_have_their_exit_status() {
    let host = Host::new();
    let version = host.run(&["--version"]);
    assert_eq!((version.status, version.out), (0, format!("latchkey {}\n", env!("CARGO_PKG_VERSION"))));
    for wrong in
        [&["fly"][..], &[], &["admin"], &["apply"], &["api-token", "create", "x", "--expires-in", "soon"]]
    {
        let ran = host.run(wrong);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{wrong:?}");
        assert!(!ran.err.is_empty());
    }
    let help = host.run(&["--help"]);
    assert_eq!(help.status, 0);
    for command in [
        "serve",
        "migrate",
        "admin",
        "api-token",
        "local-sign-in",
        "apply",
        "import",
        "export",
        "config",
        "audit",
        "secrets",
        "openapi",
        "healthcheck",
    ] {
        assert!(help.out.contains(&format!("  {command} ")), "{command} is not in --help");
    }
    assert!(fs::read_dir(host.folder.path()).unwrap().next().is_none(), "nothing was made");
}

#[test]
fn bad_settings_are_all_told_and_nothing_starts() {
    let host = Host::new();
    let file =
        host.write("bad.toml", "[http]\nlisten = \"nowhere\"\nfoo = 1\n[session]\nidle_minutes = -1\n");
    for args in [&["config", "check"][..], &["serve"], &["export"]] {
        let mut args = args.to_vec();
        args.extend(["--config", &file]);
        let lines =
            host.refused(&args, &[("LATCHKEY_HTTP__PUBLIC_URL", "ftp://x"), ("LATCHKEY_FOO__BAR", "1")]);
        for key in ["http.listen", "http.foo", "session.idle_minutes", "http.public_url", "LATCHKEY_FOO__BAR"]
        {
            assert!(lines.iter().any(|line| line.starts_with(key)), "{key} is not told: {lines:#?}");
        }
    }
    assert!(!host.path("data").exists(), "nothing was made");
    let good = host.run_with(&["config", "check"], &[("LATCHKEY_SECRET_CORP", "x")]);
    assert_eq!((good.status, good.err.as_str()), (0, ""), "variables of client secrets are no settings");
}

#[test]
fn effective_settings_are_shown_with_their_source_and_without_secrets() {
    let host = Host::new();
    let file = host.write("latchkey.toml", "[session]\nidle_minutes = 7\n");
    let env = [
        ("LATCHKEY_DATABASE__URL", "mysql://user:canary-password@db/latchkey"),
        ("LATCHKEY_BOOTSTRAP__ADMIN_PASSWORD", "canary-bootstrap-1"),
    ];
    for format in ["text", "json"] {
        let ran = host.run_with(&["config", "show", "--format", format, "--config", &file], &env);
        assert_eq!(ran.status, 0, "{}", ran.err);
        assert!(!ran.out.contains("canary"), "{}", ran.out);
        if format == "json" {
            let all: Value = serde_json::from_str(&ran.out).unwrap();
            let find = |key: &str| all.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
            assert_eq!(find("session.idle_minutes")["value"], "7");
            assert!(find("session.idle_minutes")["source"].as_str().unwrap().starts_with("file "));
            assert_eq!(find("database.url")["source"], "environment LATCHKEY_DATABASE__URL");
            assert_eq!(find("http.listen")["source"], "default");
        }
    }
}

#[test]
fn a_key_that_is_unreadable_wrong_or_shared_is_told_in_one_line() {
    let host = Host::migrated();
    let key = host.path("data/secret.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let lines = host.refused(&["serve"], &[]);
    assert!(
        lines.len() == 1 && lines[0].starts_with("secrets.key: ") && lines[0].contains("chmod 600"),
        "{lines:?}"
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let other = [("LATCHKEY_SECRETS__KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")];
    for args in [&["serve"][..], &["export"], &["migrate"]] {
        let lines = host.refused(args, &other);
        assert!(lines.len() == 1 && lines[0].starts_with("secrets.key: "), "{lines:?}");
    }
    let short = host.refused(&["serve"], &[("LATCHKEY_SECRETS__KEY", "c2hvcnQ=")]);
    assert!(short.len() == 1 && short[0].starts_with("secrets.key"), "{short:?}");
    fs::write(&key, "not a key").unwrap();
    let lines = host.refused(&["serve"], &[]);
    assert!(lines.len() == 1 && lines[0].starts_with("secrets.key: "), "{lines:?}");
    assert_eq!(fs::read_to_string(&key).unwrap(), "not a key", "the file is never overwritten");
}

#[test]
fn a_database_that_is_newer_or_not_migrated_is_told_in_one_line() {
    let fresh = Host::new();
    let lines = fresh.refused(&["export"], &[]);
    assert!(lines.len() == 1 && lines[0].contains("latchkey migrate"), "{lines:?}");
    let host = Host::migrated();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}", host.path("data/latchkey.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                   values (99999999999999, 'later', true, x'00', 0)";
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    for args in [&["serve"][..], &["migrate"], &["export"]] {
        let lines = host.refused(args, &[]);
        assert!(lines.len() == 1 && lines[0].contains("newer"), "{lines:?}");
    }
}

#[test]
fn administrators_are_made_and_reset_with_the_password_alone_on_standard_output() {
    let host = Host::migrated();
    let made = host.run(&["admin", "create", "root"]);
    assert_eq!(made.status, 0, "{}", made.err);
    assert!(made.out.trim_end().len() >= 20 && made.out.lines().count() == 1, "{}", made.out);
    assert!(made.err.contains("root") && !made.err.contains(made.out.trim()), "{}", made.err);
    let again = host.refused(&["admin", "create", "Root"], &[]);
    assert_eq!(again, ["username: Choose a name that does not look like an existing one."]);
    let reset = host.run(&["admin", "reset-password", "root", "--format", "json"]);
    let json: Value = serde_json::from_str(&reset.out).unwrap();
    assert_eq!(json["username"], "root");
    assert_ne!(json["password"].as_str().unwrap(), made.out.trim());
    assert_eq!(
        host.refused(&["admin", "reset-password", "nobody"], &[]),
        ["There is no user called nobody."]
    );
    let events = host.run(&["audit", "export"]);
    let kinds: Vec<String> = events
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .inspect(|event| assert_eq!(event["actor"], "host"))
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["exported", "password.reset", "roles.changed", "user.created"]);
    assert!(!events.out.contains(made.out.trim()));
    let csv = host.run(&["audit", "export", "--format", "csv"]);
    assert_eq!(csv.out.lines().count(), 6, "a head, three changes and two exports");
    let verified = host.run(&["audit", "verify"]);
    assert_eq!((verified.status, verified.out.as_str()), (0, "5 events checked: all genuine.\n"));
}

#[test]
fn tokens_and_local_sign_in_are_changed_on_the_host() {
    let host = Host::migrated();
    let token = host.run(&["api-token", "create", "ci", "--role", "GLOBAL_READ_ONLY", "--expires-in", "30d"]);
    assert!(
        token.status == 0 && token.out.starts_with("lk_") && token.out.lines().count() == 1,
        "{}",
        token.err
    );
    assert_eq!(
        host.refused(&["api-token", "create", "ci"], &[]),
        ["name: Choose another: this one is in use."]
    );
    assert_eq!(
        host.refused(&["api-token", "create", "x", "--role", "ORG_OWNER"], &[]),
        ["roles: Choose a role of the chosen level."]
    );
    let status = host.run(&["local-sign-in", "status", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&status.out).unwrap()["localSignIn"], "auto");
    assert_eq!(host.run(&["local-sign-in", "on"]).status, 0);
    assert_eq!(host.run(&["admin", "create", "root"]).status, 0);
    let refused = host.refused(&["local-sign-in", "off"], &[]);
    assert!(refused[0].contains("latchkey local-sign-in on"), "{refused:?}");
}

#[test]
fn a_file_is_applied_and_a_dry_run_with_a_difference_exits_3() {
    let host = Host::migrated();
    assert_eq!(host.run(&["admin", "create", "root"]).status, 0);
    let file = host.write(
        "conf.yaml",
        "organizations:\n  - name: Atlas\nintegrations:\n  - name: corp\n    label: Corp\n    issuer: https://idp.example.com/\n    \
         clientId: x\n    clientSecretFile: secret.txt\n    enabled: true\n",
    );
    host.write("secret.txt", "canary-file-secret\n");
    let dry = host.run(&["apply", "-f", &file, "--dry-run"]);
    assert_eq!(dry.status, 3, "{}", dry.err);
    assert_eq!(
        dry.out,
        "create organization Atlas\ncreate integration corp\n2 to change; nothing was changed (dry run).\n"
    );
    assert_eq!(host.run(&["apply", "-f", &file]).status, 0);
    let again = host.run(&["apply", "-f", &file, "--dry-run"]);
    assert_eq!((again.status, again.out.as_str()), (0, "Nothing to change.\n"));
    let export = host.run(&["export"]);
    assert!(
        export.out.contains("clientSecretFile: secret.txt") && !export.out.contains("canary"),
        "{}",
        export.out
    );
    let exported = host.write("export.yaml", &export.out);
    let json = host.run(&["apply", "-f", &exported, "--dry-run", "--prune", "--format", "json"]);
    assert_eq!(json.status, 0, "{}", json.err);
    assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap()["changes"], serde_json::json!([]));
    let bytes = fs::read(host.path("data/latchkey.db")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("canary-file-secret"));
}

#[test]
fn a_new_installation_is_filled_before_anybody_administers_it() {
    let host = Host::migrated();
    let file = host.write(
        "conf.yaml",
        "integrations:\n  - name: corp\n    label: Corp\n    issuer: https://idp.example.com/\n    clientId: x\n    \
         clientSecretFile: secret.txt\n    enabled: true\n    localSignIn: false\n",
    );
    host.write("secret.txt", "canary-file-secret\n");
    let applied = host.run(&["apply", "-f", &file]);
    assert_eq!(applied.status, 0, "{}", applied.err);
    assert_eq!(host.run(&["apply", "-f", &file, "--dry-run"]).out, "Nothing to change.\n");
}

#[test]
fn problems_of_a_file_are_told_with_their_lines() {
    let host = Host::migrated();
    let file =
        host.write("bad.yaml", "organizations:\n  - name: A\n  - name: A\nintegrations:\n  - nam: x\n");
    let lines = host.refused(&["apply", "-f", &file], &[]);
    assert_eq!(lines, [format!("{file}:5: integrations.0.nam: Remove this member: it is not known.")]);
    let file = host.write("twice.yaml", "organizations:\n  - name: A\n  - name: A\n");
    let lines = host.refused(&["apply", "-f", &file], &[]);
    assert_eq!(lines, [format!("{file}:3: organizations.1.name: Choose another: this one is in use.")]);
    let missing = host.refused(&["apply", "-f", "nothing.yaml"], &[]);
    assert!(missing.len() == 1 && missing[0].starts_with("nothing.yaml: "), "{missing:?}");
}

#[test]
fn secrets_are_sealed_with_the_new_key_and_the_old_one_can_go() {
    let host = Host::migrated();
    let new = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let old = fs::read_to_string(host.path("data/secret.key")).unwrap();
    let both = [("LATCHKEY_SECRETS__KEY", new), ("LATCHKEY_SECRETS__PREVIOUS_KEYS", old.trim())];
    let ran = host.run_with(&["secrets", "rotate"], &both);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let only_new = [("LATCHKEY_SECRETS__KEY", new)];
    assert_eq!(host.run_with(&["export"], &only_new).status, 0);
    assert_eq!(host.run_with(&["audit", "verify"], &only_new).status, 0);
    assert_eq!(host.refused(&["export"], &[]).len(), 1, "the old key alone opens nothing any more");
}

#[test]
fn a_new_client_key_is_made_on_the_host_and_says_when_it_signs() {
    let host = Host::migrated();
    let rotate = || host.run(&["client-key", "rotate", "--format", "json"]);
    let first = rotate();
    assert_eq!(first.status, 0, "{}", first.err);
    let first: Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!(first["oldRetiresAt"], Value::Null, "there was none");
    let second: Value = serde_json::from_str(&rotate().out).unwrap();
    assert_ne!(first["kid"], second["kid"]);
    assert!(second["activatedAt"].as_str() > first["activatedAt"].as_str(), "{first} {second}");
    assert!(second["oldRetiresAt"].as_str() > second["activatedAt"].as_str(), "{second}");
    let said = host.run(&["client-key", "rotate"]);
    assert!(said.out.contains("signs from") && said.out.contains("is published until"), "{}", said.out);
}

#[test]
fn the_description_of_the_api_is_printed() {
    let ran = Host::new().run(&["openapi"]);
    assert_eq!(
        (ran.status, serde_json::from_str::<Value>(&ran.out).unwrap()["openapi"].as_str()),
        (0, Some("3.1.0"))
    );
}

/// Ends the server whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_is_found_healthy_and_shows_its_first_password_once() {
    let host = Host::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let env = [("LATCHKEY_HTTP__LISTEN", address.as_str())];
    let lines = {
        let ran = host.run_with(&["healthcheck"], &env);
        assert_eq!((ran.status, ran.out.as_str()), (1, ""));
        ran.err
    };
    assert!(lines.starts_with(&format!("latchkey: {address}: ")), "{lines}");
    let mut child = host.command(&["serve"]).envs(env).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let running = Running(child);
    let mut before = Vec::new();
    for line in log.by_ref() {
        before.push(line.unwrap());
        if before.last().unwrap().contains("listening") {
            break;
        }
    }
    let reader = std::thread::spawn(move || log.count());
    let shown = before.iter().filter(|line| line.trim_start().starts_with("password ")).count();
    assert_eq!(shown, 1, "{before:#?}");
    let ran = host.run_with(&["healthcheck"], &env);
    assert_eq!((ran.status, ran.out.as_str()), (0, "healthy\n"), "{}", ran.err);
    drop(running);
    reader.join().unwrap();
}

#[test]
fn the_doctor_prints_every_step_and_fails_when_one_did() {
    let host = Host::migrated();
    let none = host.run(&["doctor"]);
    assert_eq!((none.status, none.out.as_str()), (0, "There are no integrations.\n"), "{}", none.err);
    assert_eq!(host.run(&["doctor", "nobody"]).status, 1);
    // Nobody listens at port 9 of this machine, and it is a private address besides.
    let file = "integrations:\n  - name: corp\n    label: Corp\n    issuer: https://127.0.0.1:9/\n    clientId: latchkey\n";
    let file = host.write("corp.yaml", file);
    let applied = host.run(&["apply", "-f", &file]);
    assert_eq!(applied.status, 0, "{}", applied.err);
    let ran = host.run(&["doctor", "corp"]);
    assert_eq!(ran.status, 1, "{}", ran.out);
    assert!(ran.out.contains("✗ failed: The address resolves and may be called."), "{}", ran.out);
    assert!(ran.out.contains("do: ") && ran.out.contains("outbound.allow_private"), "{}", ran.out);
    assert!(ran.out.contains("- skipped: The keys can be read."), "{}", ran.out);
    let ran = host.run(&["doctor", "--format", "json"]);
    assert_eq!(ran.status, 1);
    let all: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&all[0]["integration"], &all[0]["state"]), (&"corp".into(), &"failed".into()));
    assert_eq!(all[0]["steps"].as_array().unwrap().len(), 8);
}

#[test]
fn an_import_tells_its_plan_its_problems_and_its_exit_status() {
    let host = Host::migrated();
    let file = host.write("config.yaml", include_str!("fixtures/oms-config.yaml"));
    let dry = host.run(&["import", "oms", &file, "--dry-run"]);
    assert_eq!(dry.status, 3, "{}", dry.err);
    for wanted in [
        "line 25: spring_security_oauth2_client_registration_oms_client_secret taken as clientSecret: [hidden]",
        "CHECK (not in the file) added as issuer: https://idp.example.org",
        "create integration oms",
        "Nothing was changed (dry run).",
    ] {
        assert!(dry.out.contains(wanted), "{wanted} is not in {}", dry.out);
    }
    let done =
        host.run(&["import", "oms", &file, "--issuer", "https://idp.example.org/", "--format", "json"]);
    assert_eq!(done.status, 0, "{}", done.err);
    let plan: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&plan["applied"], &plan["integration"]), (&true.into(), &"oms".into()));
    let again = host.run(&["import", "oms", &file, "--dry-run"]);
    assert_eq!(again.status, 0, "{}", again.out);
    assert!(again.out.ends_with("Already as in the file: nothing to change.\n"), "{}", again.out);
    let bad = host.write("conf-mms.properties", "# c\nmms.oidc.client.id=x\nmms.oidc.pkce.enabled=perhaps\n");
    let lines = host.refused(&["import", "ops-manager", &bad], &[]);
    assert_eq!(
        lines,
        [
            format!("{bad}: mms.oidc.issuer.uri: Enter a value."),
            format!("{bad}:3: mms.oidc.pkce.enabled: Choose one of the offered values."),
        ]
    );
    for out in [&dry.out, &dry.err, &done.out, &done.err] {
        assert!(!out.contains("s3cr3t") && !out.contains("not-for-latchkey"), "{out}");
    }
}
