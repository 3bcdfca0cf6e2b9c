//! `doctor`: the probe, from the shell.

use std::path::Path;

use domain::probe::{ProbeOutcome, ProbeReport, ProbeState};

use super::{Done, Failed, Format, open, output};
use crate::service::{integrations, probe};

pub(super) async fn run(file: Option<&Path>, name: Option<&str>, format: Format) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => {
            let all = integrations::list(&core, &caller).await.map_err(|error| open::failed(&error))?;
            all.into_iter().map(|integration| integration.settings.name).collect()
        }
    };
    let mut outcomes = Vec::with_capacity(names.len());
    for name in &names {
        let outcome = probe::run_stored(&core, &caller, name).await;
        outcomes.push(outcome.map_err(|error| open::failed(&error))?);
    }
    core.db.close().await;
    output::result(format, &outcomes, || text(&outcomes))?;
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|outcome| outcome.state == ProbeState::Failed)
        .map(|outcome| format!("{}: a step failed", outcome.integration))
        .collect();
    if failed.is_empty() { Ok(Done::Well) } else { Err(Failed(failed)) }
}

fn text(outcomes: &[ProbeOutcome]) -> String {
    if outcomes.is_empty() {
        return "There are no integrations.\n".to_owned();
    }
    let mut text = String::new();
    for outcome in outcomes {
        text.push_str(&outcome.integration);
        text.push('\n');
        outcome.steps.iter().for_each(|report| step(&mut text, report));
    }
    text
}

fn step(text: &mut String, report: &ProbeReport) {
    let (mark, word) = match report.state {
        ProbeState::Ok => ('✓', "ok"),
        ProbeState::Warn => ('!', "warning"),
        ProbeState::Failed => ('✗', "failed"),
        ProbeState::Skipped => ('-', "skipped"),
    };
    let mut line = |indent: &str, words: &str| {
        text.push_str(indent);
        text.push_str(words);
        text.push('\n');
    };
    line("  ", &format!("{mark} {word}: {}. {}", report.step.title(), report.summary));
    for fact in &report.facts {
        line("      ", &format!("{}: {}", fact.label, fact.value));
    }
    for (label, words) in [("expected", &report.expected), ("found", &report.found), ("do", &report.advice)] {
        if let Some(words) = words {
            line("      ", &format!("{label}: {words}"));
        }
    }
}
