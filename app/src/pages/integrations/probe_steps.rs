use domain::probe::{ProbeFact, ProbeReport, ProbeState, ProbeStep};
use leptos::prelude::*;

use crate::ui::{Description, DescriptionList, Disclosure, Step, StepList, StepState};

/// Every step, those to come too, and in words how far it is.
#[component]
pub(super) fn Steps(steps: Vec<ProbeReport>, finished: bool) -> impl IntoView {
    let far = progress(&steps, finished);
    let mut next = !finished;
    let all = ProbeStep::ALL
        .map(|step| match steps.iter().find(|report| report.step == step) {
            Some(report) => done(report.clone()),
            None => {
                let state = if next { StepState::Running } else { StepState::Waiting };
                next = false;
                view! { <Step title=step.title() state /> }.into_any()
            }
        })
        .collect_view();
    view! {
        <p class="muted" role="status">
            {far}
        </p>
        <StepList>{all}</StepList>
    }
}

fn progress(steps: &[ProbeReport], finished: bool) -> String {
    let count = |state| steps.iter().filter(|report| report.state == state).count();
    if finished {
        let (failed, warnings) = (count(ProbeState::Failed), count(ProbeState::Warn));
        return match (failed, warnings) {
            (0, 0) => "All steps passed.".to_owned(),
            (0, 1) => "All steps passed, one with a warning.".to_owned(),
            (0, warnings) => format!("All steps passed, {warnings} with a warning."),
            (1, _) => "One step failed.".to_owned(),
            (failed, _) => format!("{failed} steps failed."),
        };
    }
    let total = ProbeStep::ALL.len();
    match steps.last() {
        None => format!("Step 1 of {total}."),
        Some(last) => format!("Step {} of {total}: {}", steps.len(), last.summary),
    }
}

fn done(report: ProbeReport) -> AnyView {
    let state = match report.state {
        ProbeState::Ok => StepState::Passed,
        ProbeState::Warn => StepState::Warning,
        ProbeState::Failed => StepState::Failed,
        ProbeState::Skipped => StepState::Skipped,
    };
    let compared: Vec<ProbeFact> =
        [("Expected", report.expected), ("Came", report.found), ("What to change", report.advice)]
            .into_iter()
            .filter_map(|(label, value)| Some(ProbeFact { label: label.to_owned(), value: value? }))
            .collect();
    let facts = (!report.facts.is_empty()).then(|| {
        let facts = list(report.facts);
        view! { <Disclosure summary="Details">{facts}</Disclosure> }
    });
    let compared = (!compared.is_empty()).then(|| list(compared));
    view! {
        <Step title=report.step.title() state>
            <p>{report.summary}</p>
            {compared}
            {facts}
        </Step>
    }
    .into_any()
}

fn list(facts: Vec<ProbeFact>) -> AnyView {
    let all = facts
        .into_iter()
        .map(|fact| view! { <Description term=fact.label>{fact.value}</Description> })
        .collect_view();
    view! { <DescriptionList>{all}</DescriptionList> }.into_any()
}
