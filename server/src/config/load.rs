use std::path::Path;

use super::{Config, ConfigProblem, Source, Sources, secrets};

/// What every environment variable of ours begins with.
const PREFIX: &str = "LATCHKEY_";

/// What the variables begin with that `latchkey export` names for client secrets.
const SECRET_PREFIX: &str = "LATCHKEY_SECRET_";

impl Config {
    /// Puts the settings together. `env` looks one variable up; `names` are the variables there are, so that one that
    /// nobody reads is told.
    ///
    /// # Errors
    /// Every problem, in the order of sources.
    pub fn load_with(
        file: Option<&Path>,
        env: &dyn Fn(&str) -> Option<String>,
        names: &[String],
    ) -> Result<(Self, Sources), Vec<ConfigProblem>> {
        let mut config = Self::default();
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        if let Some(file) = file {
            config.read_file(file, &mut sources, &mut problems);
        }
        config.read_env(env, &mut sources, &mut problems);
        let sections: Vec<String> = super::reference()
            .iter()
            .filter_map(|doc| {
                doc.key.split_once('.').map(|(section, _)| format!("{}_", section.to_uppercase()))
            })
            .collect();
        // A setting has two underscores, or is one that was meant to: what tools around the server call
        // `LATCHKEY_SOMETHING` is none of ours.
        let is_ours = |name: &&String| {
            let rest = name.strip_prefix(PREFIX).filter(|_| !name.starts_with(SECRET_PREFIX));
            rest.is_some_and(|rest| {
                rest.contains("__") || sections.iter().any(|section| rest.starts_with(section.as_str()))
            })
        };
        for name in names.iter().filter(is_ours) {
            if !is_known(name) {
                problems.push(ConfigProblem::new(
                    name,
                    "is not a setting: remove it, or look its name up in docs/configuration.md",
                ));
            }
        }
        problems.extend(config.validate());
        if problems.is_empty() { Ok((config, sources)) } else { Err(problems) }
    }

    /// [`Config::load_with`], knowing only the variables that are settings.
    ///
    /// # Errors
    /// Every problem.
    pub fn load(
        file: Option<&Path>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Self, Sources), Vec<ConfigProblem>> {
        Self::load_with(file, env, &[])
    }

    /// From this process's environment.
    ///
    /// # Errors
    /// Every problem.
    pub fn from_process(file: Option<&Path>) -> Result<(Self, Sources), Vec<ConfigProblem>> {
        let names: Vec<String> =
            std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        Self::load_with(file, &|name| std::env::var(name).ok(), &names)
    }

    fn read_file(&mut self, file: &Path, sources: &mut Sources, problems: &mut Vec<ConfigProblem>) {
        let shown = file.display().to_string();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                problems.push(ConfigProblem::new(shown, format!("cannot be read: {error}")));
                return;
            }
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The parser's own message repeats the line, which may hold a secret.
                let error: toml::de::Error = error;
                let line = error
                    .span()
                    .and_then(|span| text.get(..span.start))
                    .map_or(1, |head| head.lines().count());
                let text = format!("is not TOML near line {line}: {}", error.message());
                problems.push(ConfigProblem::new(shown, text));
                return;
            }
        };
        for (section, value) in &table {
            let Some(fields) = value.as_table() else {
                let text = format!(
                    "`{}` is no section: write [section] and field = value below it",
                    section.escape_debug()
                );
                problems.push(ConfigProblem::new(&shown, text));
                continue;
            };
            for (field, value) in fields {
                let key = format!("{section}.{field}");
                match self.set_toml(section, field, value) {
                    Some(Ok(())) => drop(sources.0.insert(key, Source::File(shown.clone()))),
                    Some(Err(text)) => problems.push(ConfigProblem::new(key, format!("{text} (in {shown})"))),
                    None => {
                        let text = format!("is not a setting: remove it from {shown}");
                        problems.push(ConfigProblem::new(key.escape_debug().to_string(), text));
                    }
                }
            }
        }
    }

    fn read_env(
        &mut self,
        env: &dyn Fn(&str) -> Option<String>,
        sources: &mut Sources,
        problems: &mut Vec<ConfigProblem>,
    ) {
        for doc in super::reference() {
            let Some((section, field)) = doc.key.split_once('.') else { continue };
            let name = variable(&doc.key);
            let file_name = format!("{name}_FILE");
            let (text, source) = match (env(&name), env(&file_name)) {
                (Some(_), Some(_)) => {
                    let text = format!("is given twice: remove {name} or {file_name}");
                    problems.push(ConfigProblem::new(doc.key, text));
                    continue;
                }
                (Some(text), None) => (text, Source::Env(name)),
                (None, Some(file)) => match secret_file(&doc.key, Path::new(&file)) {
                    Ok(text) => (text, Source::EnvFile(file_name)),
                    Err(text) => {
                        problems.push(ConfigProblem::new(doc.key, format!("{text} (named by {file_name})")));
                        continue;
                    }
                },
                (None, None) => continue,
            };
            match self.set_text(section, field, &text) {
                Some(Ok(())) => drop(sources.0.insert(doc.key, source)),
                Some(Err(text)) => {
                    problems.push(ConfigProblem::new(doc.key, format!("{text} (from {source})")))
                }
                None => {}
            }
        }
    }
}

/// Keys must be readable by their owner only; other files may be shared.
fn secret_file(key: &str, file: &Path) -> Result<String, String> {
    if key == "secrets.key" {
        let read = secrets::read_secret_file(file);
        return read.map(|secret| secret.expose().to_owned()).map_err(|error| {
            let text = error.to_string();
            text.strip_prefix("secrets.key: ").map_or(text.clone(), str::to_owned)
        });
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// `http.public_url` → `LATCHKEY_HTTP__PUBLIC_URL`.
#[must_use]
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn is_known(name: &str) -> bool {
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    super::reference().iter().any(|doc| variable(&doc.key) == plain || variable(&doc.key) == name)
}
