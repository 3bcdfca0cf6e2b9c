//! What the site was made from, to leave it alone when nothing changed.

use std::{fmt::Write as _, fs, path::Path, time::UNIX_EPOCH};

use anyhow::{Context as _, Result};

use crate::{Args, assets::content_hash};

/// Names, sizes and modification times of every input, and the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(String);

impl Stamp {
    /// Looks at the inputs of one run.
    ///
    /// # Errors
    /// An input that cannot be looked at.
    pub fn of(args: &Args) -> Result<Self> {
        let mut text = format!("release {}\n", args.release);
        // A bare file name has an empty parent.
        let styles =
            args.css.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        note(&mut text, &args.wasm)?;
        note(&mut text, styles)?;
        note(&mut text, &args.public)?;
        if let Some(program) = &args.wasm_opt {
            note(&mut text, program)?;
        }
        // A changed tool may write something else.
        note(&mut text, &std::env::current_exe()?)?;
        Ok(Self(content_hash(text.as_bytes())))
    }

    /// The form that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn note(text: &mut String, path: &Path) -> Result<()> {
    let meta = fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    if meta.is_dir() {
        let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| note(text, entry));
    }
    let modified = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    writeln!(text, "{} {} {modified}", path.display(), meta.len())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_changes_when_a_nested_input_does() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let nested = folder.path().join("fonts");
        fs::create_dir(&nested).expect("a folder");
        fs::write(nested.join("a"), "1").expect("a file");
        let mut before = String::new();
        note(&mut before, folder.path()).expect("readable");
        fs::write(nested.join("a"), "12").expect("a file");
        let mut after = String::new();
        note(&mut after, folder.path()).expect("readable");
        assert_ne!(before, after);
    }

    #[test]
    fn a_missing_input_is_named() {
        let mut text = String::new();
        let error = note(&mut text, Path::new("/nowhere/at-all")).expect_err("must fail");
        assert!(error.to_string().contains("/nowhere/at-all"));
    }
}
