use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use domain::secret::Secret;
use store::Keys;

use super::field::section;

/// Where the key is kept when none is configured.
pub const KEY_FILE: &str = "data/secret.key";

section! {
    /// The keys that seal what must not be read in a stolen database.
    Secrets "secrets" {
        /// 32 bytes in base64, as `openssl rand -base64 32` prints them. None: the file `data/secret.key`, made with
        /// mode 0600 on first start. Keep a copy of it: without it no stored secret can be read again.
        key: Option<Secret> = "", "(32 bytes in base64)";
        /// Keys that were in use before; they only open. Needed until `latchkey secrets rotate` is done.
        previous_keys: Vec<Secret> = "", "(32 bytes in base64)";
        /// The one folder below which an integration may name a file that holds its client secret. None: integrations may
        /// name no files.
        client_secret_folder: Option<PathBuf> = "", "/run/secrets/latchkey";
    }
}

/// Why there is no key: one line each.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file is there and cannot be read, or cannot be made.
    #[error("secrets.key: {file}: {source}: make it readable for the server's user only, or set secrets.key")]
    Io {
        /// Which.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Others can read it.
    #[error("secrets.key: {file} can be read by others (mode {mode:o}): run `chmod 600 {file}`")]
    Mode {
        /// Which.
        file: String,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key.
    #[error("secrets.key: {0}")]
    Key(#[from] store::KeyError),
}

impl Secrets {
    /// The configured key, or the one in `file`, which is made when it is missing.
    ///
    /// # Errors
    /// [`KeyFileError`]; the file is never overwritten.
    pub fn keys(&self, file: &Path) -> Result<Keys, KeyFileError> {
        let current = match &self.key {
            Some(key) => key.clone(),
            None => read_or_make(file)?,
        };
        Ok(Keys::from_base64(&current, &self.previous_keys)?)
    }
}

fn read_or_make(file: &Path) -> Result<Secret, KeyFileError> {
    let failed = |source| KeyFileError::Io { file: file.display().to_string(), source };
    match read_secret_file(file) {
        Ok(text) => return Ok(text),
        Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
        Err(other) => return Err(other),
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
    }
    let (_, text) = Keys::generate();
    // Written aside and linked into place: two servers starting at once end with one key, and never half a key.
    let aside = file.with_extension(format!("new-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&aside).map_err(failed)?;
    let written = writeln!(out, "{}", text.expose()).and_then(|()| out.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&aside, file));
    fs::remove_file(&aside).map_err(failed)?;
    match linked {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_secret_file(file),
        Err(error) => Err(failed(error)),
    }
}

/// Reads a file that holds one secret: its owner alone may read it, and an end of line at its end does not count.
///
/// # Errors
/// [`KeyFileError`].
pub fn read_secret_file(file: &Path) -> Result<Secret, KeyFileError> {
    let failed = |source| KeyFileError::Io { file: file.display().to_string(), source };
    let open = fs::File::open(file).map_err(failed)?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&open.metadata().map_err(failed)?) & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Mode { file: file.display().to_string(), mode });
        }
    }
    let mut text = String::new();
    open.take(64 * 1024).read_to_string(&mut text).map_err(failed)?;
    Ok(Secret::new(text.trim_end_matches(['\n', '\r'])))
}
