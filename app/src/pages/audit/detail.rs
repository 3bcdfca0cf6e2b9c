//! What an event's details say, as people read it: changed values, and which rules decided a login.

use domain::{
    mapping::{Evaluation, RuleOutcome, Verdict},
    role,
};
use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::{
    routes, text,
    ui::{Cell, Code, Disclosure, Header, Row, Section, Table, TextLink},
};

/// Every part that is understood; the rest is in the JSON below.
pub(super) fn details(detail: &Value) -> impl IntoView + use<> {
    let changes = changes(detail);
    let evaluation =
        detail.get("evaluation").and_then(|value| serde_json::from_value::<Evaluation>(value.clone()).ok());
    view! {
        {(!changes.is_empty()).then(|| diff_table(changes))}
        {evaluation.map(trace)}
    }
}

/// Members that changed: `{"member": {"from": …, "to": …}}`, at the top or one level below.
fn changes(detail: &Value) -> Vec<(String, String, String)> {
    let pairs = |map: &Map<String, Value>| -> Vec<(String, String, String)> {
        map.iter()
            .filter_map(|(member, change)| {
                let change = change.as_object().filter(|change| change.len() == 2)?;
                Some((member.clone(), show(change.get("from")?), show(change.get("to")?)))
            })
            .collect()
    };
    let Some(map) = detail.as_object() else { return Vec::new() };
    let mut found = pairs(map);
    found.extend(map.values().filter_map(Value::as_object).flat_map(pairs));
    found
}

/// A JSON value as text: strings without quotes, nothing for `null`.
fn show(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn diff_table(changes: Vec<(String, String, String)>) -> impl IntoView {
    let value = |text: String| {
        if text.is_empty() {
            view! { <span class="muted">"nothing"</span> }.into_any()
        } else {
            view! { <Code>{text}</Code> }.into_any()
        }
    };
    let rows = changes
        .into_iter()
        .map(|(member, from, to)| {
            view! {
                <Row>
                    <Cell label="Setting" heading=true><Code>{member}</Code></Cell>
                    <Cell label="Before">{value(from)}</Cell>
                    <Cell label="After">{value(to)}</Cell>
                </Row>
            }
        })
        .collect_view();
    let headers = ["Setting", "Before", "After"].into_iter().map(Header::new).collect::<Vec<_>>();
    view! {
        <Section title="What changed">
            <Table caption="What changed" headers>
                {rows}
            </Table>
        </Section>
    }
}

/// Which rules gave what, and which nearly did.
fn trace(evaluation: Evaluation) -> impl IntoView {
    let Evaluation { grants, trace } = evaluation;
    let none = grants.is_empty().then(|| view! { <p>"No rule gave a role."</p> });
    let grants = grants
        .into_iter()
        .map(|grant| {
            let label = role::label(grant.role.as_str()).to_owned();
            let place = text::place(grant.target.level(), None, grant.target.id());
            let rules = grant
                .rules
                .into_iter()
                .map(|id| view! { <li>"because of " {rule_link(id.as_str())}</li> })
                .collect_view();
            view! {
                <li>
                    <strong>{label}</strong> " " {place}
                    <ul class="reasons__why">{rules}</ul>
                </li>
            }
        })
        .collect_view();
    let is_telling = |outcome: &RuleOutcome| {
        matches!(outcome.verdict, Verdict::GroupAbsent { near_miss: Some(_) } | Verdict::RoleNotOfLevel)
    };
    let (telling, plain): (Vec<_>, Vec<_>) =
        trace.into_iter().filter(|outcome| outcome.verdict != Verdict::Granted).partition(is_telling);
    let others = text::count(plain.len().try_into().unwrap_or(u64::MAX), "other rule", "other rules");
    let has_plain = !plain.is_empty();
    view! {
        <Section title="Roles of this login" lead="Which rules gave something, and which nearly did.">
            {none}
            <ul class="reasons">{grants}</ul>
            {(!telling.is_empty()).then(|| view! { <h3>"Nearly"</h3> {verdicts(telling)} })}
            {has_plain.then(|| view! { <Disclosure summary=others>{verdicts(plain)}</Disclosure> })}
        </Section>
    }
}

fn verdicts(outcomes: Vec<RuleOutcome>) -> impl IntoView {
    let items = outcomes
        .into_iter()
        .map(|outcome| {
            let says = text::verdict(&outcome.verdict);
            view! { <li>{rule_link(outcome.rule.as_str())} ": " {says}</li> }
        })
        .collect_view();
    view! { <ul class="stack--tight">{items}</ul> }
}

fn rule_link(id: &str) -> impl IntoView + use<> {
    let (href, id) = (routes::rule(id), id.to_owned());
    view! { <TextLink href>"rule " <Code>{id}</Code></TextLink> }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_found_at_the_top_and_one_level_below() {
        let change = json!({"label": {"from": "A", "to": "B"}});
        let found = vec![("label".to_owned(), "A".to_owned(), "B".to_owned())];
        assert_eq!(changes(&change), found);
        assert_eq!(changes(&json!({"changes": change, "other": 1})), found);
        assert!(changes(&json!({"label": "A"})).is_empty());
    }
}
