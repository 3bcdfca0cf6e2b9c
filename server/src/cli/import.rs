//! `import`.

use std::{fmt::Write as _, io::Read as _, path::Path};

use domain::api::{ImportAction, ImportPlan, ImportSource};
use serde_json::Value;

use super::{Done, Failed, ImportArgs, open, output};
use crate::{
    service::{
        guarded::Mode,
        import::{self, ImportError, Options, entry::MOST},
    },
    telemetry::OneLine,
};

pub(super) async fn run(
    config: Option<&Path>,
    source: ImportSource,
    args: ImportArgs,
) -> Result<Done, Failed> {
    let content = read(&args.file)?;
    let (core, caller) = open::core(config).await?;
    let mode = Mode::provisional(args.provisional);
    let options =
        Options { dry_run: args.dry_run, force: args.force, name: args.name, issuer: args.issuer, mode };
    let done = import::import(&core, &caller, source, &content, &options).await;
    core.db.close().await;
    let plan = done.map_err(|error| match error {
        ImportError::Service(error) => open::failed(&error),
        ImportError::Problems(problems) => {
            let shown = args.file.display().to_string();
            let line = |problem: &domain::api::ImportProblem| match problem.line {
                Some(_) => format!("{shown}:{problem}"),
                None => format!("{shown}: {problem}"),
            };
            Failed(problems.iter().map(line).collect())
        }
    })?;
    output::result(args.output.format, &plan, || text(&plan))?;
    let is_different = args.dry_run && !plan.changes.is_empty();
    Ok(if is_different { Done::WithDifference } else { Done::Well })
}

/// One byte more than allowed tells a file that is too large.
fn read(file: &Path) -> Result<Vec<u8>, Failed> {
    let shown = file.display();
    let failed = |error: std::io::Error| Failed::one(format!("{shown}: {error}"));
    let most = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(most).read_to_end(&mut content).map_err(failed)?;
    } else {
        let open = std::fs::File::open(file).map_err(failed)?;
        open.take(most).read_to_end(&mut content).map_err(failed)?;
    }
    Ok(content)
}

/// The plan for people.
fn text(plan: &ImportPlan) -> String {
    let mut text = String::new();
    for line in &plan.lines {
        let place = line.line.map(|number| format!("line {number}: ")).unwrap_or_default();
        let key = line.key.as_deref().unwrap_or("(not in the file)");
        let check = if line.check { "CHECK " } else { "" };
        let _ = write!(text, "{check}{place}{} {}", OneLine(key), line.outcome.label());
        if let Some(became) = &line.became {
            let _ = write!(text, " as {}", OneLine(became));
        }
        let _ = writeln!(text);
        if let Some(note) = &line.note {
            let _ = writeln!(text, "    {}", OneLine(note));
        }
    }
    let _ = writeln!(text);
    for change in &plan.changes {
        let verb = match change.action {
            ImportAction::Create => "create",
            ImportAction::Update => "update",
        };
        let _ = writeln!(text, "{verb} {} {}", change.kind, OneLine(&change.name));
        for (member, values) in change.diff.as_object().into_iter().flatten() {
            let side = |name: &str| values.get(name).unwrap_or(&Value::Null).to_string();
            let (from, to) = (side("from"), side("to"));
            let _ = writeln!(text, "    {}: {} \u{2192} {}", OneLine(member), OneLine(&from), OneLine(&to));
        }
    }
    let _ = match (plan.changes.is_empty(), plan.applied) {
        (true, _) => writeln!(text, "Already as in the file: nothing to change."),
        (false, false) if plan.refused.is_some() => {
            let why = plan.refused.map_or("", domain::problem::ProblemCode::message);
            writeln!(
                text,
                "It would be refused: {why} With --provisional it is taken back unless it is confirmed."
            )
        }
        (false, true) if plan.exists => writeln!(text, "Done."),
        (false, true) => writeln!(
            text,
            "Done. {} is disabled until you enable it; register {} at the provider first.",
            plan.integration, plan.callback_url
        ),
        (false, false) if plan.needs_force => {
            writeln!(text, "It exists and differs: --force would change it. Nothing was changed (dry run).")
        }
        (false, false) => writeln!(text, "Nothing was changed (dry run)."),
    };
    text
}
