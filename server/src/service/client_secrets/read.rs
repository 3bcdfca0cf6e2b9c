//! Secrets that stand in an environment variable or a file of the server. Which ones an integration may name is
//! decided on the host, not in the console: variables that begin with `LATCHKEY_SECRET_`, and files below the folder
//! `secrets.client_secret_folder`. Whoever may manage integrations can have such a secret sent to a provider of their
//! choice, so nothing else belongs there.

use std::{
    collections::HashMap,
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use domain::{
    form::FieldCode,
    secret::{Secret, SecretValue},
    time::Timestamp,
};

/// What every variable begins with that an integration may name.
const PREFIX: &str = "LATCHKEY_SECRET_";
/// How long what was read is used again, in milliseconds.
const KEPT_MS: i64 = 60_000;
/// The longest secret, in bytes.
const LONGEST: u64 = 4096;

/// Why a secret cannot be read. Names the reference, never what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No such variable.
    #[error("the client secret is to be in the environment variable {0}, which is not set")]
    NoVariable(String),
    /// A variable that integrations may not name.
    #[error("the client secret is to be in the environment variable {0}, which integrations may not use")]
    Variable(String),
    /// No such file, or not readable.
    #[error("the client secret is to be in the file {0}, which cannot be read")]
    NoFile(String),
    /// A file that integrations may not name.
    #[error(
        "the client secret is to be in the file {0}, which is not below the folder that secrets.client_secret_folder names"
    )]
    File(String),
    /// Something is there that is no secret.
    #[error("what {0} holds is no client secret: it is empty, too long or has line breaks inside")]
    Content(String),
}

type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Reads secrets where they stand, and remembers them for up to a minute.
pub struct SecretReader {
    environment: Environment,
    folder: Option<PathBuf>,
    kept: Mutex<HashMap<String, (Timestamp, Secret)>>,
}

impl SecretReader {
    /// For this process; `folder` is where files may be.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self::with(folder, Box::new(|name| std::env::var(name).ok()))
    }

    fn with(folder: Option<PathBuf>, environment: Environment) -> Self {
        Self { environment, folder, kept: Mutex::default() }
    }

    /// Whether an integration may name this, and something is there.
    ///
    /// # Errors
    /// The problem of the field.
    pub fn check(&self, value: &SecretValue) -> Result<(), FieldCode> {
        match value {
            SecretValue::Given(_) => return Ok(()),
            SecretValue::Environment(name) if !is_allowed_variable(name) => {
                return Err(FieldCode::BadSecretVariable);
            }
            SecretValue::File(_) if self.folder.is_none() => return Err(FieldCode::NoSecretFolder),
            SecretValue::File(path) if !is_whole(Path::new(path)) => return Err(FieldCode::BadSecretFile),
            SecretValue::Environment(_) | SecretValue::File(_) => {}
        }
        self.look(value).map(drop).map_err(|why| match why {
            Unreadable::File(_) => FieldCode::BadSecretFile,
            Unreadable::Variable(_) => FieldCode::BadSecretVariable,
            Unreadable::NoVariable(_) | Unreadable::NoFile(_) | Unreadable::Content(_) => {
                FieldCode::SecretNotFound
            }
        })
    }

    /// The secret, as it was up to a minute ago.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub async fn read(&self, value: &SecretValue, now: Timestamp) -> Result<Secret, Unreadable> {
        let Some(key) = key(value) else { return self.look(value) };
        let known = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.get(&key).cloned()
        };
        match known {
            Some((at, secret)) if (0..KEPT_MS).contains(&now.ms().saturating_sub(at.ms())) => Ok(secret),
            _ => self.read_anew(value, now).await,
        }
    }

    /// The secret, as it is now.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub async fn read_anew(&self, value: &SecretValue, now: Timestamp) -> Result<Secret, Unreadable> {
        // A few kilobytes of a local file: not worth a thread of its own.
        let secret = self.look(value)?;
        if let Some(key) = key(value) {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(key, (now, secret.clone()));
        }
        Ok(secret)
    }

    fn look(&self, value: &SecretValue) -> Result<Secret, Unreadable> {
        let (text, name) = match value {
            SecretValue::Given(secret) => return Ok(secret.clone()),
            SecretValue::Environment(name) if !is_allowed_variable(name) => {
                return Err(Unreadable::Variable(name.clone()));
            }
            SecretValue::Environment(name) => {
                let text = (self.environment)(name).ok_or_else(|| Unreadable::NoVariable(name.clone()))?;
                (text, name)
            }
            SecretValue::File(path) => (self.file(path)?, path),
        };
        // One line break at the end is an editor's, not the secret's.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() || text.len() as u64 > LONGEST || text.chars().any(char::is_control) {
            return Err(Unreadable::Content(name.clone()));
        }
        Ok(Secret::new(text))
    }

    fn file(&self, path: &str) -> Result<String, Unreadable> {
        let outside = || Unreadable::File(path.to_owned());
        let missing = |_| Unreadable::NoFile(path.to_owned());
        let folder = self.folder.as_ref().ok_or_else(outside)?;
        if !is_whole(Path::new(path)) {
            return Err(outside());
        }
        // Links are followed first: what counts is where the file really is.
        let folder = fs::canonicalize(folder).map_err(missing)?;
        let real = fs::canonicalize(path).map_err(missing)?;
        if !real.starts_with(&folder) {
            return Err(outside());
        }
        // A pipe or a device would hold the reader up.
        if !fs::metadata(&real).map_err(missing)?.is_file() {
            return Err(Unreadable::NoFile(path.to_owned()));
        }
        let mut text = String::new();
        fs::File::open(&real)
            .map_err(missing)?
            .take(LONGEST + 3)
            .read_to_string(&mut text)
            .map_err(missing)?;
        Ok(text)
    }
}

/// What it is remembered by; a secret itself is not remembered here.
fn key(value: &SecretValue) -> Option<String> {
    value.reference().map(|name| format!("{} {name}", value.source().as_str()))
}

/// `LATCHKEY_SECRET_` and capital letters, digits and single underscores: two would make it a setting of the server.
fn is_allowed_variable(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    name.len() <= 128 && rest.split('_').all(word)
}

/// From the root, without a step up.
fn is_whole(path: &Path) -> bool {
    path.is_absolute() && path.components().all(|part| !matches!(part, Component::ParentDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(folder: Option<&Path>) -> SecretReader {
        let environment = |name: &str| match name {
            "LATCHKEY_SECRET_CORP" => Some("from-the-environment".to_owned()),
            "LATCHKEY_SECRET_EMPTY" => Some(String::new()),
            "HOME" => Some("/root".to_owned()),
            _ => None,
        };
        SecretReader::with(folder.map(Path::to_owned), Box::new(environment))
    }

    fn variable(name: &str) -> SecretValue {
        SecretValue::Environment(name.to_owned())
    }

    fn file(path: &Path) -> SecretValue {
        SecretValue::File(path.display().to_string())
    }

    #[test]
    fn only_variables_meant_for_it_may_be_named() {
        let reader = reader(None);
        assert_eq!(reader.check(&variable("LATCHKEY_SECRET_CORP")), Ok(()));
        for name in
            ["HOME", "LATCHKEY_SECRETS__KEY", "LATCHKEY_SECRET_", "LATCHKEY_SECRET_a", "LATCHKEY_SECRET_A__B"]
        {
            assert_eq!(reader.check(&variable(name)), Err(FieldCode::BadSecretVariable), "{name}");
        }
        for name in ["LATCHKEY_SECRET_NONE", "LATCHKEY_SECRET_EMPTY"] {
            assert_eq!(reader.check(&variable(name)), Err(FieldCode::SecretNotFound), "{name}");
        }
        assert_eq!(
            reader.check(&SecretValue::File("/etc/passwd".to_owned())),
            Err(FieldCode::NoSecretFolder)
        );
    }

    #[test]
    fn only_files_that_really_are_below_the_folder_may_be_named() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("allowed");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("corp"), "in-a-file\r\n").unwrap();
        fs::write(folder.join("two-lines"), "a\nb\n").unwrap();
        fs::write(home.path().join("outside"), "outside").unwrap();
        std::os::unix::fs::symlink(home.path().join("outside"), folder.join("link-out")).unwrap();
        std::os::unix::fs::symlink(folder.join("corp"), folder.join("link-in")).unwrap();
        let reader = reader(Some(&folder));
        for good in ["corp", "link-in"] {
            assert_eq!(reader.look(&file(&folder.join(good))).unwrap().expose(), "in-a-file", "{good}");
        }
        for (path, code) in [
            (home.path().join("outside"), FieldCode::BadSecretFile),
            (folder.join("link-out"), FieldCode::BadSecretFile),
            (folder.join("../outside"), FieldCode::BadSecretFile),
            (PathBuf::from("allowed/corp"), FieldCode::BadSecretFile),
            (folder.join("none"), FieldCode::SecretNotFound),
            (folder.join("two-lines"), FieldCode::SecretNotFound),
            (folder.clone(), FieldCode::SecretNotFound),
        ] {
            assert_eq!(reader.check(&file(&path)), Err(code), "{}", path.display());
        }
    }

    #[tokio::test]
    async fn a_changed_file_is_read_again_after_a_minute_and_at_once_when_asked() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("corp");
        let (reader, value) = (reader(Some(home.path())), file(&path));
        let at = |seconds: i64| Timestamp::from_ms(seconds * 1000);
        fs::write(&path, "one").unwrap();
        assert_eq!(reader.read(&value, at(0)).await.unwrap().expose(), "one");
        fs::write(&path, "two").unwrap();
        assert_eq!(reader.read(&value, at(59)).await.unwrap().expose(), "one");
        assert_eq!(reader.read(&value, at(60)).await.unwrap().expose(), "two");
        fs::write(&path, "three").unwrap();
        assert_eq!(reader.read_anew(&value, at(61)).await.unwrap().expose(), "three");
        fs::remove_file(&path).unwrap();
        let error = reader.read(&value, at(200)).await.unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
