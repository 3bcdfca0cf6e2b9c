//! The module: bindings for the browser, and binaryen's optimiser where it is installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    OUTPUT_NAME,
    assets::{self, Asset},
};

/// The module as the browser loads it.
#[derive(Debug)]
pub struct Module {
    /// The script: an ES module whose default export starts the module it is told the address of.
    pub js: Vec<u8>,
    /// The module.
    pub wasm: Vec<u8>,
    /// Scripts of libraries, which the script imports by relative path.
    pub snippets: Vec<Asset>,
}

/// What rustc emits for wasm32 today. Newer optimisers know it from the module, older ones must be told.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

/// Makes the bindings for the module at `input`, using the folder `scratch` for files in between.
///
/// # Errors
/// A module that was built with another version of wasm-bindgen, or an optimiser that fails.
pub fn bind(input: &Path, scratch: PathBuf, wasm_opt: Option<&Path>, release: bool) -> Result<Module> {
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    Bindgen::new()
        .input_path(input)
        .web(true)?
        .out_name(OUTPUT_NAME)
        .typescript(false)
        // The page says where the module is: its name has a hash, which the script cannot know.
        .omit_default_module_path(true)
        .keep_debug(false)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate(&scratch)
        .with_context(|| format!("wasm-bindgen: {}", input.display()))?;

    let bound = scratch.join(format!("{OUTPUT_NAME}_bg.wasm"));
    if let Some(program) = wasm_opt {
        optimise(program, &bound)?;
    }
    let wasm = fs::read(&bound).with_context(|| format!("cannot read {}", bound.display()))?;
    let js = fs::read(scratch.join(format!("{OUTPUT_NAME}.js")))?;
    let folder = scratch.join("snippets");
    let mut snippets = if folder.is_dir() { assets::from_folder(&folder)? } else { Vec::new() };
    for snippet in &mut snippets {
        snippet.path = format!("pkg/snippets/{}", snippet.path);
    }
    fs::remove_dir_all(&scratch)?;
    Ok(Module { js, wasm, snippets })
}

fn optimise(program: &Path, module: &Path) -> Result<()> {
    let output = Command::new(program)
        .args(["-Oz", "--converge"])
        .args(FEATURES)
        .arg(module)
        .arg("-o")
        .arg(module)
        .output()
        .with_context(|| format!("--wasm-opt {}: cannot be started", program.display()))?;
    if !output.status.success() {
        bail!("--wasm-opt {}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optimiser_that_cannot_be_started_is_named() {
        let error =
            optimise(Path::new("/nowhere/wasm-opt"), Path::new("/nowhere/a.wasm")).expect_err("must fail");
        assert!(error.to_string().contains("--wasm-opt /nowhere/wasm-opt"));
    }

    #[test]
    fn a_file_that_is_no_module_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let input = folder.path().join("broken.wasm");
        fs::write(&input, b"not a module").expect("a file");
        let error = bind(&input, folder.path().join("scratch"), None, true).expect_err("must fail");
        assert!(error.to_string().contains("broken.wasm"), "{error}");
    }
}
