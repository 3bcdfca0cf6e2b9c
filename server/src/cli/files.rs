//! `apply` and `export`.

use std::{fmt::Write as _, io::Read as _, path::Path};

use serde_json::{Value, json};

use super::{Done, Failed, Format, open, output};
use crate::{
    service::{
        apply::{self, Action, ApplyError, Change, Document, Options},
        guarded::{Mode, Verdict},
    },
    telemetry::OneLine,
};

/// The largest file, in bytes.
const MOST: u64 = 16 * 1024 * 1024;

pub(super) async fn apply(
    config: Option<&Path>,
    file: &Path,
    options: Options,
    mode: Mode,
    format: Format,
) -> Result<Done, Failed> {
    let text = read(file)?;
    let (core, caller) = open::core(config).await?;
    let done = async {
        let allow_http = core.config.outbound.allow_http;
        let name = file.display().to_string();
        let document = Document::parse(&name, &text, allow_http, &|name| std::env::var(name).ok())
            .map_err(ApplyError::Problems)?;
        apply::apply_as(&core, &caller, &document, options, mode).await
    }
    .await;
    core.db.close().await;
    let (changes, verdict) = done.map_err(|error| match error {
        ApplyError::Problems(problems) => Failed(problems.iter().map(ToString::to_string).collect()),
        ApplyError::Service(error) => open::failed(&error),
    })?;
    let pending = match verdict {
        Verdict::Provisional(change) if !options.dry_run => Some(change),
        _ => None,
    };
    let mut json = json!({"dryRun": options.dry_run, "changes": changes});
    if let (Some(change), Some(members)) = (&pending, json.as_object_mut()) {
        members.insert("pendingChange".to_owned(), json!(change));
        output::note(&format!(
            "A global owner must confirm this from a new sign-in before {}, or it is taken back.",
            change.deadline_at
        ));
    }
    output::result(format, &json, || plan(&changes, options))?;
    Ok(if options.dry_run && !changes.is_empty() { Done::WithDifference } else { Done::Well })
}

fn read(file: &Path) -> Result<String, Failed> {
    let shown = file.display();
    let failed = |error: std::io::Error| Failed::one(format!("{shown}: {error}"));
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(MOST).read_to_string(&mut text).map_err(failed)?;
    } else {
        let open = std::fs::File::open(file).map_err(failed)?;
        open.take(MOST).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}

/// The plan for people.
fn plan(changes: &[Change], options: Options) -> String {
    let mut text = String::new();
    for change in changes {
        let verb = match change.action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        };
        let _ = writeln!(text, "{verb} {} {}", change.kind, OneLine(&change.name));
        let members = change.diff.as_object().into_iter().flatten();
        for (member, values) in members {
            let side = |name: &str| values.get(name).unwrap_or(&Value::Null).to_string();
            let _ = writeln!(
                text,
                "    {}: {} → {}",
                OneLine(member),
                OneLine(&side("from")),
                OneLine(&side("to"))
            );
        }
    }
    let count = changes.len();
    let _ = match (count, options.dry_run) {
        (0, _) => writeln!(text, "Nothing to change."),
        (_, true) => writeln!(text, "{count} to change; nothing was changed (dry run)."),
        (_, false) => writeln!(text, "{count} changed."),
    };
    text
}

/// `latchkey apply --release`.
pub(super) async fn release(config: Option<&Path>, name: &str, format: Format) -> Result<Done, Failed> {
    let (core, caller) = open::core(config).await?;
    let done = crate::service::managed::release(&core, &caller, name).await;
    core.db.close().await;
    done.map_err(|error| open::failed(&error))?;
    output::result(format, &json!({"released": name}), || {
        format!(
            "{} can be changed in the console until a file that names it is applied again.\n",
            OneLine(name)
        )
    })
}

pub(super) async fn export(config: Option<&Path>) -> Result<Done, Failed> {
    let (core, caller) = open::core(config).await?;
    let text = apply::export::export(&core, &caller).await.map_err(|error| open::failed(&error));
    core.db.close().await;
    output::print(&text?)
}
