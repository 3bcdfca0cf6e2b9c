//! Files of the site, in memory: what they are called and what they hold.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::OUTPUT_NAME;

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The path below the site folder, with forward slashes.
    pub path: String,
    /// The uncompressed content.
    pub bytes: Vec<u8>,
}

impl Asset {
    /// A generated file whose name changes with its content, so that browsers may keep it for ever.
    pub fn hashed(extension: &str, bytes: Vec<u8>) -> Self {
        let path = format!("pkg/{OUTPUT_NAME}.{}.{extension}", content_hash(&bytes));
        Self { path, bytes }
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The part after the last dot, empty when there is none.
    pub fn extension(&self) -> &str {
        self.file_name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// The first 64 bits of the SHA-256, in hexadecimal.
pub fn content_hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// All files below `folder`, in the order of their paths. Names that begin with a dot are left out.
///
/// # Errors
/// A folder or file that cannot be read, or a name that is not UTF-8.
pub fn from_folder(folder: &Path) -> Result<Vec<Asset>> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<Asset>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{}: the name is not UTF-8", entry.path().display());
        };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        } else {
            let bytes =
                fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            found.push(Asset { path, bytes });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_name_changes_with_the_content_and_only_with_it() {
        let one = Asset::hashed("css", b"a{}".to_vec());
        assert_eq!(one.path, Asset::hashed("css", b"a{}".to_vec()).path);
        assert_ne!(one.path, Asset::hashed("css", b"b{}".to_vec()).path);
        assert_eq!(one.extension(), "css");
        assert!(one.file_name().starts_with("latchkey."), "{}", one.file_name());
    }

    #[test]
    fn the_hash_is_the_start_of_the_sha_256() {
        // SHA-256 of the empty string, FIPS 180-4.
        assert_eq!(content_hash(b""), "e3b0c44298fc1c14");
    }

    #[test]
    fn public_files_keep_their_paths_and_hidden_ones_are_left_out() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("fonts")).expect("a folder");
        fs::write(folder.path().join("fonts/a.woff2"), b"w").expect("a file");
        fs::write(folder.path().join("robots.txt"), b"r").expect("a file");
        fs::write(folder.path().join(".DS_Store"), b"x").expect("a file");
        let found = from_folder(folder.path()).expect("readable");
        let paths: Vec<_> = found.iter().map(|asset| asset.path.as_str()).collect();
        assert_eq!(paths, ["fonts/a.woff2", "robots.txt"]);
    }

    #[test]
    fn a_file_without_a_dot_has_no_extension() {
        let asset = Asset { path: "a.b/LICENSE".to_owned(), bytes: Vec::new() };
        assert_eq!(asset.extension(), "");
    }
}
