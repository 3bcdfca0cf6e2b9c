use domain::{
    audit::{AuditEvent, Risk},
    id::AuditEventId,
    login_failure::LoginFailure,
    problem::ProblemCode,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    error::AppError,
    functions::get_audit_event,
    pages::{
        audit::{detail::details, list::outcome},
        load::{Place, load, moment},
        reading::reading,
    },
    routes, text,
    ui::{
        BackLink, Badge, Callout, Code, CodeBlock, Copyable, Description, DescriptionList, Disclosure,
        PageHeader, TextLink, Tone,
    },
};

/// One audit event, whole.
#[component]
pub fn Event() -> impl IntoView {
    let params = use_params_map();
    let event = reading(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        |id| async move {
            let id = AuditEventId::parse(&id).map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            get_audit_event(id).await
        },
    );
    load(event, Place::WholePage, |event: AuditEvent| {
        let title = event.kind.label();
        let json = serde_json::to_string_pretty(&event.detail).unwrap_or_default();
        view! {
            <Title text=format!("{title}, event {}", event.number) />
            <PageHeader
                title
                lead=format!("Event {}", event.number)
                above=|| view! { <BackLink href=routes::AUDIT label="Audit log" /> }
            />
            {facts(&event)}
            {cause(event.code.as_deref())}
            {details(&event.detail)}
            <Disclosure summary="Details as recorded (JSON)">
                <CodeBlock code=json label="Details as recorded" />
            </Disclosure>
        }
        .into_any()
    })
}

fn facts(event: &AuditEvent) -> impl IntoView + use<> {
    let tone = match event.risk {
        Risk::Low => Tone::Neutral,
        Risk::Moderate => Tone::Info,
        Risk::Critical | Risk::Urgent => Tone::Warn,
    };
    let risk = text::risk(event.risk);
    let same = routes::with_query(routes::AUDIT, &[("reference", &event.reference)]);
    let event = event.clone();
    view! {
        <DescriptionList>
            <Description term="Time">{moment(event.at)}</Description>
            <Description term="Result">
                {outcome(event.outcome)} {event.code.map(|code| view! { " " <Code>{code}</Code> })}
            </Description>
            <Description term="Risk"><Badge tone>{risk}</Badge></Description>
            <Description term="Who">{event.actor}</Description>
            {event.target.map(|target| view! { <Description term="On what">{target_link(target)}</Description> })}
            {event
                .integration
                .map(|name| {
                    let href = routes::integration(&name);
                    view! { <Description term="Integration"><TextLink href>{name}</TextLink></Description> }
                })}
            {event.address.map(|address| view! { <Description term="From"><Code>{address}</Code></Description> })}
            <Description term="Reference">
                <div class="cluster">
                    <Copyable value=event.reference label="reference" />
                    <TextLink href=same>"Everything with this reference"</TextLink>
                </div>
            </Description>
        </DescriptionList>
    }
}

/// What it was done to, as a link when it has a page.
fn target_link(target: String) -> AnyView {
    let href = match target.split_once(':') {
        Some(("integration", name)) => Some(routes::integration(name)),
        Some(("rule", id)) => Some(routes::rule(id)),
        _ => None,
    };
    match href {
        Some(href) => view! { <TextLink href>{target}</TextLink> }.into_any(),
        None => view! { <Code>{target}</Code> }.into_any(),
    }
}

/// A failed login's words: what happened, what to do.
fn cause(code: Option<&str>) -> Option<impl IntoView + use<>> {
    let words = text::login_failure(code.and_then(LoginFailure::parse)?);
    Some(view! {
        <Callout title=words.title kind=Tone::Warn>
            <p>{words.sentence}</p>
            <p>{words.administrator}</p>
        </Callout>
    })
}
