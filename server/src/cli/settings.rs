//! `config check`, `config show`, `secrets rotate`.

use std::path::Path;

use serde_json::json;

use super::{Done, Failed, Format, open, output};
use crate::{config::Config, service::settings};

pub(super) fn check(file: Option<&Path>) -> Result<Done, Failed> {
    open::config(file)?;
    output::print("The configuration can be used.\n")
}

pub(super) fn show(file: Option<&Path>, format: Format) -> Result<Done, Failed> {
    let loaded = Config::from_process(file);
    let (config, sources) =
        loaded.map_err(|problems| Failed(problems.iter().map(ToString::to_string).collect()))?;
    let all = config.show(&sources);
    let json: Vec<_> = all
        .iter()
        .map(|(key, value, source)| json!({"key": key, "value": value, "source": source.to_string()}))
        .collect();
    output::result(format, &json, || {
        let row = |(key, value, source): &(String, String, crate::config::Source)| {
            vec![key.clone(), value.clone(), source.to_string()]
        };
        let mut rows = vec![["KEY", "VALUE", "SOURCE"].map(str::to_owned).to_vec()];
        rows.extend(all.iter().map(row));
        output::table(&rows)
    })
}

pub(super) async fn rotate(file: Option<&Path>) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let count = settings::rotate_secrets(&core, &caller).await.map_err(|error| open::failed(&error));
    core.db.close().await;
    output::print(&format!(
        "{} value(s) sealed with the key in force; secrets.previous_keys can go.\n",
        count?
    ))
}
