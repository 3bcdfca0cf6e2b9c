use domain::{
    api::Page,
    audit::{AuditEvent, Outcome},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::search_audit,
    pages::{
        audit::filters::{Asked, controls},
        load::{Place, fresh, load, moment},
        reading::reading,
    },
    routes, text,
    ui::{
        Badge, Cell, Code, EmptyState, Header, IconKind, LinkButton, PageHeader, Pagination, Row, Table,
        TextLink, Tone,
    },
};

/// The audit log, the newest first.
#[component]
pub fn List() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let events = reading(move || asked.get(), |asked| search_audit(asked.filter(), asked.cursor.clone()));
    view! {
        <Title text="Audit log" />
        <PageHeader title="Audit log" lead="What was done or refused, by whom. It can be read, never changed." />
        {move || fresh(asked.with(controls).into_any())}
        {load(events, Place::UnderTitle, move |page| table(page, &asked.get_untracked()))}
    }
}

/// Done, or refused.
pub(super) fn outcome(outcome: Outcome) -> AnyView {
    let tone = match outcome {
        Outcome::Success => Tone::Ok,
        Outcome::Failure => Tone::Bad,
    };
    view! { <Badge tone>{text::outcome(outcome)}</Badge> }.into_any()
}

fn table(page: Page<AuditEvent>, asked: &Asked) -> AnyView {
    if page.items.is_empty() {
        return empty(asked.is_filtered());
    }
    let next = page.next_cursor.as_deref().map(|cursor| asked.href(cursor));
    let summary = text::count(page.total, "event", "events");
    let first = asked.cursor.is_some().then(|| {
        let href = asked.href("");
        view! { <p><TextLink href>"Back to the newest"</TextLink></p> }
    });
    let foot = if next.is_some() || asked.cursor.is_some() {
        view! { <Pagination next summary /> }.into_any()
    } else {
        view! { <p class="muted">{summary}</p> }.into_any()
    };
    let headers =
        ["Time", "What", "Who", "On what", "Result"].into_iter().map(Header::new).collect::<Vec<_>>();
    let rows = page.items.into_iter().map(row).collect_view();
    view! {
        <Table caption="Audit events" headers>
            {rows}
        </Table>
        {first}
        {foot}
    }
    .into_any()
}

fn empty(is_filtered: bool) -> AnyView {
    if is_filtered {
        view! {
            <EmptyState
                title="No event matches these filters"
                icon=IconKind::Search
                action=|| view! { <LinkButton href=routes::AUDIT>"Show all events"</LinkButton> }
            >
                <p>"Widen the time span or clear a filter. Who and integration are compared whole."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState title="Nothing has happened yet">
                <p>"Every sign-in, refusal and change of this console will be listed here."</p>
            </EmptyState>
        }
        .into_any()
    }
}

fn row(event: AuditEvent) -> impl IntoView {
    let href = routes::audit_event(event.id.as_str());
    view! {
        <Row>
            <Cell label="Time">{moment(event.at)}</Cell>
            <Cell label="What" heading=true>
                <TextLink href label=format!("{}, event {}", event.kind.label(), event.number)>
                    {event.kind.label()}
                </TextLink>
            </Cell>
            <Cell label="Who">{event.actor}</Cell>
            <Cell label="On what">
                {match event.target {
                    Some(target) => view! { <Code>{target}</Code> }.into_any(),
                    None => view! { <span class="muted">"\u{2014}"</span> }.into_any(),
                }}
            </Cell>
            <Cell label="Result">
                {outcome(event.outcome)} {event.code.map(|code| view! { " " <Code>{code}</Code> })}
            </Cell>
        </Row>
    }
}
