//! Sees to it that there is a folder to embed, and that a new bundle makes a new program.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let site = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../target/site");
    if !site.join("manifest.json").exists() {
        fs::create_dir_all(&site)?;
        fs::write(site.join("manifest.json"), "{\"js\":\"\",\"wasm\":\"\",\"css\":\"\"}\n")?;
    }
    println!("cargo::rerun-if-changed=../target/site/manifest.json");
    println!("cargo::rerun-if-changed=../target/site");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
