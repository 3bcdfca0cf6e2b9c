//! The plan of an import: what is made, what became of each line, and the button that does it.

use domain::{
    api::{ImportAction, ImportChange, ImportLine, ImportOutcome, ImportPlan, ImportProblem},
    problem::ProblemCode,
};
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    pages::provisional::{OnlyProvisionally, PROVISIONAL, may_be_provisional},
    routes, text,
    ui::{
        Badge, Button, ButtonKind, Callout, Card, Cell, Checkbox, Code, Copyable, Disclosure, FormActions,
        Header, HiddenField, LinkButton, PostForm, Row, Section, Table, Tone,
    },
};

/// What is wrong with the file, line by line.
pub(super) fn problems(problems: Vec<ImportProblem>) -> impl IntoView {
    let items = problems
        .into_iter()
        .map(|problem| {
            let place = problem.line.map(|line| format!("Line {line}: "));
            let key = (!problem.key.is_empty()).then(|| view! { <Code>{problem.key}</Code> " " });
            view! { <li>{place} {key} {problem.problem.message()}</li> }
        })
        .collect_view();
    view! {
        <Callout title="The file cannot be taken over as it is" kind=Tone::Bad>
            <ul>{items}</ul>
        </Callout>
    }
}

/// The plan, and what to do with it. `refused`: why it was not carried out just now.
pub(super) fn plan(plan: ImportPlan, id: &str, refused: Option<ProblemCode>) -> AnyView {
    // What a plan is refused for without any offer stands above it at once.
    let refused = refused.or_else(|| plan.refused.filter(|code| !may_be_provisional(*code)));
    let failed = refused.map(|code| {
        view! { <Callout title="Not imported" kind=Tone::Bad><p>{code.message()}</p></Callout> }
    });
    let to_check = plan.lines.iter().filter(|line| line.check).count();
    let checks = (to_check > 0).then(|| {
        let count = u64::try_from(to_check).unwrap_or(u64::MAX);
        let title = text::count(count, "line needs your eyes", "lines need your eyes");
        view! {
            <Callout title kind=Tone::Warn>
                <p>"They are marked Check below. Nobody can sign in with a draft, so there is time."</p>
            </Callout>
        }
    });
    let next = next(&plan, id);
    let changes = (!plan.changes.is_empty()).then(|| changes(plan.changes.clone()));
    let (aside, lines): (Vec<_>, Vec<_>) = plan.lines.into_iter().partition(|line| line.aside);
    let beside = (!aside.is_empty()).then(|| {
        let count = u64::try_from(aside.len()).unwrap_or(u64::MAX);
        let summary = text::count(count, "key is not about signing in", "keys are not about signing in");
        view! { <Disclosure summary>{table("Keys that are not about signing in", aside)}</Disclosure> }
    });
    view! {
        {failed}
        {next}
        {checks}
        {changes}
        <Section title="Line by line" lead="Every key of the file, then what it does not have and was chosen here.">
            {table("What became of each line", lines)}
            {beside}
        </Section>
    }
    .into_any()
}

fn table(caption: &'static str, lines: Vec<ImportLine>) -> AnyView {
    let headers = ["Key", "Line", "Result", "Became", "Note"].into_iter().map(Header::new).collect();
    let rows = lines.into_iter().map(line).collect_view();
    view! {
        <Table caption headers>
            {rows}
        </Table>
    }
    .into_any()
}

/// What the button does, said before it is pressed.
fn next(plan: &ImportPlan, id: &str) -> AnyView {
    let name = plan.integration.clone();
    let page = routes::integration(&name);
    if plan.changes.is_empty() {
        return view! {
            <Callout title="Already as in the file" kind=Tone::Ok>
                <p>"The integration " <Code>{name}</Code> " and its rules say what the file says. Nothing would change."</p>
            </Callout>
            <FormActions>
                <LinkButton href=page kind=ButtonKind::Primary>"Open the integration"</LinkButton>
                <LinkButton href=routes::IMPORT kind=ButtonKind::Quiet>"Another file"</LinkButton>
            </FormActions>
        }
        .into_any();
    }
    let (title, lead, button) = if plan.exists {
        (
            "It exists and differs from the file",
            "Somebody changed it since, or it is another one. Importing under another name leaves it alone.",
            "Make it as in the file",
        )
    } else {
        (
            "A draft to look at",
            "It is made disabled: nobody can sign in with it until you have tried it and enabled it.",
            "Make the draft integration",
        )
    };
    let force = plan.needs_force.then(|| {
        view! { <Checkbox label="Overwrite what differs" name="force" value="on" hint="The changes are listed below." /> }
    });
    let is_provisional = plan.refused.is_some_and(may_be_provisional);
    let provisional = is_provisional.then(|| {
        view! {
            <OnlyProvisionally level=3 />
            <HiddenField name=PROVISIONAL value="on" />
        }
    });
    let button = if is_provisional { format!("{button} for 10 minutes") } else { button.to_owned() };
    let (callback, id) = (plan.callback_url.clone(), id.to_owned());
    view! {
        <Card title lead>
            <p>"Callback URL to register at the provider:"</p>
            <Copyable value=callback label="callback URL" />
            <PostForm action=routes::POST_IMPORT_MAKE class="stack">
                <HiddenField name="plan" value=id />
                {force}
                {provisional}
                <FormActions>
                    <Button kind=ButtonKind::Primary>{button}</Button>
                    <LinkButton href=routes::IMPORT kind=ButtonKind::Quiet>"Another file"</LinkButton>
                </FormActions>
            </PostForm>
        </Card>
    }
    .into_any()
}

fn changes(changes: Vec<ImportChange>) -> impl IntoView {
    let items = changes
        .into_iter()
        .map(|change| {
            let verb = match change.action {
                ImportAction::Create => "Makes",
                ImportAction::Update => "Changes",
            };
            let members = members(&change.diff);
            let kind = change.kind;
            view! {
                <li>
                    {format!("{verb} {kind} ")} <Code>{change.name}</Code>
                    {members}
                </li>
            }
        })
        .collect_view();
    view! {
        <Section title="What changes">
            <ul class="reasons">{items}</ul>
        </Section>
    }
}

/// The members of a change, from what to what.
fn members(diff: &Value) -> Option<impl IntoView + use<>> {
    let items: Vec<(String, String, String)> = diff
        .as_object()?
        .iter()
        .map(|(member, sides)| {
            let side = |name: &str| shown(sides.get(name).unwrap_or(&Value::Null));
            (member.clone(), side("from"), side("to"))
        })
        .collect();
    let items = items
        .into_iter()
        .map(|(member, from, to)| {
            view! { <li><Code>{member}</Code> ": " <Code>{from}</Code> " becomes " <Code>{to}</Code></li> }
        })
        .collect_view();
    Some(view! { <ul class="reasons__why">{items}</ul> })
}

/// A value as people read it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn line(line: ImportLine) -> impl IntoView {
    let tone = match line.outcome {
        ImportOutcome::Taken => Tone::Ok,
        ImportOutcome::Changed | ImportOutcome::Added => Tone::Info,
        ImportOutcome::NotTaken => Tone::Neutral,
    };
    let none = || view! { <span class="muted">"\u{2014}"</span> }.into_any();
    let key = match line.key {
        Some(key) => view! { <Code>{key}</Code> }.into_any(),
        None => view! { <span class="muted">"Not in the file"</span> }.into_any(),
    };
    let number = line.line.map_or_else(none, |number| number.to_string().into_any());
    let became = match line.became {
        Some(became) => view! { <Code>{became}</Code> }.into_any(),
        None => none(),
    };
    let check = line.check.then(|| view! { <Badge tone=Tone::Warn>"Check"</Badge> " " });
    let note = line.note.unwrap_or_default();
    view! {
        <Row>
            <Cell label="Key" heading=true>{key}</Cell>
            <Cell label="Line" numeric=true>{number}</Cell>
            <Cell label="Result"><Badge tone>{line.outcome.label()}</Badge></Cell>
            <Cell label="Became">{became}</Cell>
            <Cell label="Note">{check} {note}</Cell>
        </Row>
    }
}
