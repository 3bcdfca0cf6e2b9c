//! Style sheets: `@import`s joined, syntax checked, white space removed.

use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    printer::PrinterOptions,
    stylesheet::ParserOptions,
};

/// The style sheet at `entry` with everything that it imports, minified when `minify` is set.
/// Nothing is lowered for old browsers.
///
/// # Errors
/// A missing import or a syntax error, with file, line and column.
pub fn bundle(entry: &Path, minify: bool) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let sheet = bundler.bundle(entry).map_err(|error| {
        // Lines count from 0 in the library.
        let place = error.loc.as_ref().map_or_else(
            || entry.display().to_string(),
            |loc| format!("{}:{}:{}", loc.filename, loc.line + 1, loc.column),
        );
        anyhow!("{place}: {}", error.kind)
    })?;
    let printed = sheet
        .to_css(PrinterOptions { minify, ..Default::default() })
        .map_err(|error| anyhow!("{}: {}", entry.display(), error.kind))?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn imports_are_joined_in_order() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("tokens.css"), ":root { --accent: teal }").expect("a file");
        fs::write(folder.path().join("base.css"), "body { color: var(--accent) }").expect("a file");
        let entry = folder.path().join("main.css");
        fs::write(&entry, "@import \"tokens.css\";\n@import \"base.css\";\n").expect("a file");
        let css = bundle(&entry, true).expect("bundles");
        assert_eq!(css, ":root{--accent:teal}body{color:var(--accent)}");
    }

    #[test]
    fn new_syntax_is_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let entry = folder.path().join("main.css");
        fs::write(&entry, "@layer a { .card { color: light-dark(#111, #eee); & > p { margin: 0 } } }")
            .expect("a file");
        let css = bundle(&entry, true).expect("bundles");
        assert!(css.contains("light-dark(") && css.contains("@layer a") && css.contains("&>p"), "{css}");
    }

    #[test]
    fn an_error_names_file_and_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let entry = folder.path().join("main.css");
        fs::write(&entry, "body { margin: 0 }\np..x { margin: 0 }\n").expect("a file");
        let message = bundle(&entry, true).expect_err("must fail").to_string();
        assert!(message.contains("main.css:2"), "{message}");
    }

    #[test]
    fn a_missing_import_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let entry = folder.path().join("main.css");
        fs::write(&entry, "@import \"nowhere.css\";").expect("a file");
        assert!(bundle(&entry, true).is_err());
    }
}
