use domain::api::{RuleImportReport, RuleRowProblem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::imported_rules,
    pages::{
        load::{Place, load},
        reading::reading,
    },
    routes, text,
    ui::{
        BackLink, Button, ButtonKind, Callout, Checkbox, Code, FileField, FormActions, FormSection,
        LinkButton, PageHeader, TextArea, Tone, UploadForm,
    },
};

/// Takes a file of rules, and says what became of it.
#[component]
pub fn Import() -> impl IntoView {
    let query = use_query_map();
    let id = Memo::new(move |_| query.with(|query| query.get("report").unwrap_or_default()));
    let report = reading(
        move || id.get(),
        |id| async move { if id.is_empty() { Ok(None) } else { imported_rules(id).await.map(Some) } },
    );
    view! {
        <Title text="Import mapping rules" />
        <PageHeader
            title="Import mapping rules"
            lead="A file is checked whole first. All of its rules are made, or none."
            above=|| view! { <BackLink href=routes::RULES label="Mapping rules" /> }
        />
        {load(
            report,
            Place::UnderTitle,
            move |report: Option<RuleImportReport>| {
                view! {
                    {report.map(said)}
                    {hand_in()}
                }
                    .into_any()
            },
        )}
    }
}

/// What became of the file.
fn said(report: RuleImportReport) -> AnyView {
    let rules = |count: u32| text::count(u64::from(count), "rule", "rules");
    if report.problems.is_empty() {
        let title = match report.dry_run {
            true => format!("The file is right: {} would be made", rules(report.created)),
            false => format!("{} made", rules(report.created)),
        };
        let left = (report.unchanged > 0)
            .then(|| view! { <p>{rules(report.unchanged)} " of the file were there already."</p> });
        let next = (!report.dry_run)
            .then(|| view! { <p>"They count from each person\u{2019}s next sign-in on."</p> });
        return view! {
            <Callout title kind=Tone::Ok>
                {left}
                {next}
            </Callout>
        }
        .into_any();
    }
    let more = (report.more > 0).then(|| {
        let more = text::count(u64::from(report.more), "more problem", "more problems");
        view! { <p>"And " {more} "."</p> }
    });
    let items = report
        .problems
        .into_iter()
        .map(|RuleRowProblem { row, field, problem }| {
            let row = row.map(|row| format!("Row {row} "));
            let field = (!field.is_empty()).then(|| view! { <Code>{field}</Code> ": " });
            view! { <li>{row} {field} {problem.message()}</li> }
        })
        .collect_view();
    view! {
        <Callout title="No rule was made: the file has problems" kind=Tone::Bad>
            <ul>{items}</ul>
            {more}
        </Callout>
    }
    .into_any()
}

fn hand_in() -> impl IntoView {
    view! {
        <UploadForm action=routes::POST_RULE_IMPORT>
            <FormSection title="File" lead="CSV with a header, or JSON as it is exported here.">
                <FileField
                    label="Choose the file"
                    name="file"
                    accept=".csv,.json,.txt,text/csv,application/json"
                    hint="Up to 10,000 rules. Columns: integration, group, role, level, target, enabled, conditions; only role is needed always."
                />
                <TextArea
                    label="Or paste its text"
                    name="content"
                    optional_mark=true
                    mono=true
                    rows=8
                    hint="Put groups that contain commas into double quotes, as in \"CN=Admins,OU=Groups\"."
                />
                <Checkbox
                    label="Leave out rules that are there already"
                    name="skip_existing"
                    hint="Otherwise each of them is a problem."
                />
            </FormSection>
            <FormActions>
                <Button kind=ButtonKind::Primary>"Import"</Button>
                <Button name="check" value="1">"Check only"</Button>
                <LinkButton href=routes::RULES kind=ButtonKind::Quiet>
                    "Cancel"
                </LinkButton>
            </FormActions>
        </UploadForm>
    }
}
