//! The site folder: written so that unchanged files keep their time stamps and old ones disappear.

use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    assets::{self, Asset},
    compress::{self, Effort},
    inputs::Stamp,
};

/// Says which hashed files belong together; the server reads it to write the page's links.
pub const MANIFEST: &str = "manifest.json";

/// The folder and the two things that lie beside it: the stamp and a place for temporary files.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
}

/// What was written, for people.
#[derive(Debug, Default)]
pub struct Report(Vec<Line>);

#[derive(Debug)]
struct Line {
    path: String,
    plain: usize,
    brotli: Option<usize>,
}

/// The manifest: logical name → file name below `pkg/`.
///
/// # Errors
/// Only what the JSON writer reports.
pub fn manifest(js: &Asset, wasm: &Asset, css: &Asset) -> Result<Asset> {
    let value = serde_json::json!({ "js": js.file_name(), "wasm": wasm.file_name(), "css": css.file_name() });
    let mut bytes = serde_json::to_vec_pretty(&value)?;
    bytes.push(b'\n');
    Ok(Asset { path: MANIFEST.to_owned(), bytes })
}

impl Site {
    /// # Errors
    /// A folder that cannot be created.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("--out {}: cannot be created", folder.display()))?;
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// A folder for files in between.
    pub fn scratch(&self) -> PathBuf {
        self.folder.with_extension("tmp")
    }

    fn stamp_file(&self) -> PathBuf {
        self.folder.with_extension("stamp")
    }

    /// Whether the folder was made from exactly these inputs.
    pub fn is_current(&self, stamp: &Stamp) -> bool {
        self.folder.join(MANIFEST).is_file()
            && fs::read_to_string(self.stamp_file()).is_ok_and(|found| found == stamp.as_str())
    }

    /// Remembers what the folder was made from.
    ///
    /// # Errors
    /// A stamp that cannot be written.
    pub fn set_current(&self, stamp: &Stamp) -> Result<()> {
        fs::write(self.stamp_file(), stamp.as_str())?;
        Ok(())
    }

    /// Writes the files with their compressed copies, then the manifest, then removes what is no longer part of the site.
    ///
    /// # Errors
    /// A file that cannot be written or removed.
    pub fn write(&self, files: &[Asset], manifest: Asset, effort: Effort) -> Result<Report> {
        let _ = fs::remove_file(self.stamp_file());
        let mut keep = BTreeSet::new();
        let mut report = Report::default();
        for asset in files {
            self.put(&asset.path, &asset.bytes, &mut keep)?;
            let mut brotli = None;
            if compress::is_compressible(asset.extension()) {
                if let Some(packed) = compress::brotli(&asset.bytes, effort)? {
                    brotli = Some(packed.len());
                    self.put(&format!("{}.br", asset.path), &packed, &mut keep)?;
                }
                if let Some(packed) = compress::gzip(&asset.bytes, effort)? {
                    self.put(&format!("{}.gz", asset.path), &packed, &mut keep)?;
                }
            }
            report.0.push(Line { path: asset.path.clone(), plain: asset.bytes.len(), brotli });
        }
        // Last, so that it never names a file that is not there yet.
        self.put(&manifest.path, &manifest.bytes, &mut keep)?;
        for stale in assets::from_folder(&self.folder)?.iter().filter(|asset| !keep.contains(&asset.path)) {
            fs::remove_file(self.folder.join(&stale.path))?;
        }
        Ok(report)
    }

    fn put(&self, path: &str, bytes: &[u8], keep: &mut BTreeSet<String>) -> Result<()> {
        keep.insert(path.to_owned());
        let file = self.folder.join(path);
        if fs::read(&file).is_ok_and(|found| found == bytes) {
            return Ok(());
        }
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))
    }
}

impl Report {
    /// The size of the module on the wire, in bytes.
    pub fn brotli_bytes_of_wasm(&self) -> usize {
        self.0
            .iter()
            .find(|line| line.path.ends_with(".wasm"))
            .map_or(0, |line| line.brotli.unwrap_or(line.plain))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { path, plain, brotli } in &self.0 {
            match brotli {
                Some(brotli) => writeln!(f, "{path}: {plain} bytes, {brotli} after brotli")?,
                None => writeln!(f, "{path}: {plain} bytes")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
