//! The program as the build calls it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn bundle(folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bundle"))
        .current_dir(folder)
        .args(["--wasm", "frontend.wasm", "--css", "main.css", "--public", "public", "--out", "site"])
        .output()
        .expect("it starts")
}

fn message(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_missing_input_is_named_with_its_option_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(message(&bundle(folder.path())).contains("--wasm frontend.wasm"));
    fs::write(folder.path().join("frontend.wasm"), b"\0asm\x01\0\0\0").expect("a file");
    assert!(message(&bundle(folder.path())).contains("--css main.css"));
    fs::write(folder.path().join("main.css"), "body { margin: 0 }").expect("a file");
    assert!(message(&bundle(folder.path())).contains("--public public"));
    assert!(!folder.path().join("site").exists());
}

#[test]
fn a_module_without_bindings_leaves_the_site_without_a_manifest() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("frontend.wasm"), b"not a module").expect("a file");
    fs::write(folder.path().join("main.css"), "body { margin: 0 }").expect("a file");
    fs::create_dir(folder.path().join("public")).expect("a folder");
    assert!(message(&bundle(folder.path())).contains("frontend.wasm"));
    assert!(!folder.path().join("site/manifest.json").exists());
}
