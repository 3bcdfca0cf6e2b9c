//! What an event's details say, as people read it: changed values, and which rules decided a login.

use domain::{
    id::RuleId,
    mapping::{Difference, NearMiss, Verdict},
    role::{self, RoleName},
    target::Level,
};
use leptos::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    routes, text,
    ui::{Cell, Code, Header, Row, Section, Table, TextLink},
};

/// Every part that is understood; the rest is in the JSON below.
pub(super) fn details(detail: &Value) -> impl IntoView + use<> {
    let changes = changes(detail);
    let decided = detail.get("rules").and_then(|value| serde_json::from_value::<Decided>(value.clone()).ok());
    view! {
        {(!changes.is_empty()).then(|| diff_table(changes))}
        {decided.map(trace)}
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

/// What a login's details say about the rules, as the server records them.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Decided {
    granted: Vec<Granted>,
    granted_count: u64,
    near_misses: Vec<Nearly>,
    near_miss_count: u64,
    matched_but_disabled: u64,
    matched_but_of_another_integration: u64,
    matched_but_role_not_of_level: u64,
}

#[derive(Deserialize)]
struct Granted {
    rule: RuleId,
    group: String,
    role: RoleName,
    level: Level,
    target: Option<String>,
}

#[derive(Deserialize)]
struct Nearly {
    rule: RuleId,
    group: String,
    token: String,
    difference: Difference,
}

/// Which rules gave what, and which nearly did.
fn trace(decided: Decided) -> impl IntoView {
    let none = decided.granted.is_empty().then(|| view! { <p>"No rule gave a role."</p> });
    let more = |count: u64, listed: usize| {
        let rest = count.saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
        (rest > 0).then(|| view! { <p class="muted">{format!("And {rest} more.")}</p> })
    };
    let more_granted = more(decided.granted_count, decided.granted.len());
    let more_near = more(decided.near_miss_count, decided.near_misses.len());
    let granted = decided.granted.into_iter().map(granted).collect_view();
    let has_near = !decided.near_misses.is_empty();
    let near = decided.near_misses.into_iter().map(nearly).collect_view();
    let others = [
        (decided.matched_but_disabled, "is turned off", "are turned off"),
        (
            decided.matched_but_of_another_integration,
            "belongs to another integration",
            "belong to other integrations",
        ),
        (decided.matched_but_role_not_of_level, "has a role of another level", "have roles of another level"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| {
        let says = text::count(
            number,
            &format!("rule for these groups {one}"),
            &format!("rules for these groups {many}"),
        );
        view! { <p class="muted">{says} ": gave nothing."</p> }
    })
    .collect_view();
    view! {
        <Section title="Roles of this login" lead="Which rules gave something, and which nearly did.">
            {none}
            <ul class="reasons">{granted}</ul>
            {more_granted}
            {has_near.then(|| view! { <h3>"Nearly"</h3> <ul class="stack--tight">{near}</ul> })}
            {more_near}
            {others}
        </Section>
    }
}

fn granted(granted: Granted) -> impl IntoView {
    let label = role::label(granted.role.as_str()).to_owned();
    let place = text::place(granted.level, None, granted.target.as_deref());
    view! {
        <li>
            <strong>{label}</strong> " " {place}
            <ul class="reasons__why">
                <li>"because of group " <Code>{granted.group}</Code> " and " {rule_link(granted.rule.as_str())}</li>
            </ul>
        </li>
    }
}

fn nearly(nearly: Nearly) -> impl IntoView {
    let near_miss = NearMiss { group: nearly.token, difference: nearly.difference };
    let says = text::verdict(&Verdict::GroupAbsent { near_miss: Some(near_miss) });
    view! { <li>{rule_link(nearly.rule.as_str())} " for " <Code>{nearly.group}</Code> ": " {says}</li> }
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
