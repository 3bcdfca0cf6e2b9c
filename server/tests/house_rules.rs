//! What a machine can check of the way this house is built.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below `folder` with this ending, build results and downloads left out.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules") && !name.starts_with('.') {
                    waiting.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no *{ending} below {folder}: the check has nothing to look at");
    found
}

fn is_test(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("/tests/") || text.ends_with("/tests.rs")
}

/// The direct dependencies of each of our packages, development ones left out.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            (package.name.to_string(), normal.map(|d| d.name.clone()).collect())
        })
        .collect()
}

#[test]
fn packages_depend_on_one_another_only_along_the_allowed_arrows() {
    let arrows = arrows();
    let ours: BTreeSet<&String> = arrows.keys().collect();
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("frontend", &["app"][..]),
        ("app", &["domain"]),
        ("oidc", &["domain"]),
        ("store", &["domain"]),
        ("server", &["app", "oidc", "store", "domain"]),
        ("domain", &[]),
        ("bundle", &[]),
        ("fake_idp", &[]),
        ("bench", &["domain", "fake_idp"]),
    ]);
    for (package, dependencies) in &arrows {
        let may = allowed
            .get(package.as_str())
            .unwrap_or_else(|| panic!("{package} has no arrows yet: decide them here"));
        for dependency in dependencies.iter().filter(|d| ours.contains(d)) {
            assert!(may.contains(&dependency.as_str()), "{package} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_domain_knows_nothing_that_could_do_input_or_output() {
    let allowed = ["regex-lite", "serde", "serde_json", "thiserror", "url"];
    for dependency in &arrows()["domain"] {
        assert!(allowed.contains(&dependency.as_str()), "domain must not depend on {dependency}");
    }
}

#[test]
fn the_screens_cannot_reach_database_protocol_or_sessions() {
    let forbidden = ["store", "oidc", "sqlx", "openidconnect", "tower-sessions", "reqwest", "tokio"];
    for dependency in &arrows()["app"] {
        assert!(!forbidden.contains(&dependency.as_str()), "app must not depend on {dependency}");
    }
}

#[test]
fn no_production_file_has_more_than_400_lines() {
    for folder in ["app", "server", "frontend", "end2end"] {
        for path in files(folder, ".rs").into_iter().filter(|path| !is_test(path)) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines: cut it by topic", path.display());
        }
    }
}

#[test]
fn the_screens_spend_at_most_five_cfg_lines() {
    let mut spent = Vec::new();
    for path in files("app/src", ".rs") {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let line = line.trim();
            let of_test = line.starts_with("#[cfg(test)]");
            if (line.starts_with("#[cfg") || line.contains("cfg!(")) && !of_test {
                spent.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(spent.len() <= 5, "{}", spent.join("\n"));
}

#[test]
fn pages_use_the_design_system_and_components_know_no_product_word() {
    for path in files("app/src/pages", ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        for tag in ["<input", "<button", "<table"] {
            assert!(!text.contains(tag), "{} writes {tag} itself", path.display());
        }
    }
    for path in files("app/src/ui", ".rs") {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        for word in ["domain::", "integration", "mapping", "latchkey"] {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(!code.clone().any(|line| line.contains(word)), "{} says {word}", path.display());
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations_of_one_statement_each() {
    let names = |kind: &str| -> BTreeSet<String> {
        files(&format!("server/store/migrations/{kind}"), ".sql")
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("mysql"));
    for path in files("server/store/migrations", ".sql") {
        let text = fs::read_to_string(&path).unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        assert_eq!(code.matches(';').count(), 1, "{} must hold one statement", path.display());
    }
}

#[test]
fn every_setting_is_documented() {
    let page = fs::read_to_string(root().join("server/docs/configuration.md")).unwrap();
    let settings = server::config::reference();
    assert!(settings.len() > 15, "only {} settings found", settings.len());
    for setting in settings {
        assert!(page.contains(&format!("`{}`", setting.key)), "{} is not in configuration.md", setting.key);
    }
}

#[test]
fn server_functions_change_nothing_by_get() {
    for path in files("app/src/functions", ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        for encoding in ["GetUrl", "GetCbor", "GetJson"] {
            assert!(!text.contains(encoding), "{} uses {encoding}", path.display());
        }
    }
}

#[test]
fn only_the_clock_asks_the_system_for_the_time() {
    let may = ["server/src/clock.rs", "end2end/fake-idp/src/state.rs"];
    for folder in ["app", "server", "end2end/fake-idp"] {
        for path in files(folder, ".rs").into_iter().filter(|path| !is_test(path)) {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            let asks = fs::read_to_string(&path).unwrap().contains("SystemTime::now");
            assert!(!asks || may.contains(&name.as_str()), "{name} asks the system for the time");
        }
    }
}

#[test]
fn our_own_code_has_no_unsafe_and_no_leftovers() {
    for folder in ["app", "server", "frontend", "end2end"] {
        for path in files(folder, ".rs").into_iter().filter(|path| !is_test(path)) {
            let text = fs::read_to_string(&path).unwrap();
            for word in ["unsafe {", "todo!(", "unimplemented!(", "FIXME", "TODO", "#[ignore"] {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
    }
}

#[test]
fn every_folder_of_the_plan_has_its_readme() {
    for path in [
        "README.md",
        "app/README.md",
        "app/domain/README.md",
        "server/README.md",
        "server/oidc/README.md",
        "server/store/README.md",
    ] {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert!(text.len() > 200, "{path} says next to nothing");
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for command in ["make demo", "make test", "make build", "make run", "make bench", "make dev", "make e2e"]
    {
        assert!(readme.contains(command), "README.md does not show {command}");
    }
}
