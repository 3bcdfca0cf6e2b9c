use domain::{
    api::{ProviderCertificate, ProviderChange, ProviderSnapshot},
    login_failure::LoginFailure,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde_json::Value;

use crate::{
    functions::{provider_certificates, provider_history},
    pages::{
        load::{Place, load, moment},
        reading::reading,
    },
    routes, text,
    ui::{
        BackLink, Badge, Card, Cell, Code, Description, DescriptionList, Disclosure, EmptyState, Header,
        IconKind, PageHeader, Row, Section, Table, Tone,
    },
};

/// What an integration's provider said of itself over time.
#[component]
pub fn Watch() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let history = reading(move || name.get(), provider_history);
    let shown = reading(move || name.get(), provider_certificates);
    load(history, Place::WholePage, move |history: Vec<ProviderSnapshot>| {
        let name = name.get_untracked();
        let back = routes::integration(&name);
        let content = if history.is_empty() { empty() } else { list(history) };
        view! {
            <Title text=format!("Provider of {name}") />
            <PageHeader
                title="Changes at the provider"
                lead="The provider's own description, its keys and its certificates are looked at regularly. Every difference is kept here."
                above=move || view! { <BackLink href=back label=name /> }
            />
            {load(shown, Place::UnderTitle, |shown| certificates(shown).into_any())}
            {content}
        }
        .into_any()
    })
}

fn empty() -> AnyView {
    view! {
        <EmptyState title="Not looked at yet" icon=IconKind::Search>
            <p>
                "The providers of enabled integrations are looked at regularly; watch.interval_minutes in the server's \
                 configuration says how often."
            </p>
        </EmptyState>
    }
    .into_any()
}

/// What the hosts show; nothing before the first look, and where nothing is encrypted.
fn certificates(shown: Vec<ProviderCertificate>) -> impl IntoView {
    (!shown.is_empty()).then(|| {
        let headers =
            ["Host", "Certificate", "Issued by", "Valid until", "SHA-256 fingerprint"].map(Header::new).to_vec();
        let rows = shown
            .into_iter()
            .map(|one| {
                view! {
                    <Row>
                        <Cell label="Host" heading=true>{one.host}</Cell>
                        <Cell label="Certificate">{one.subject}</Cell>
                        <Cell label="Issued by">{one.issuer}</Cell>
                        <Cell label="Valid until">{moment(one.not_after)}</Cell>
                        <Cell label="SHA-256 fingerprint"><Code>{one.fingerprint}</Code></Cell>
                    </Row>
                }
            })
            .collect_view();
        view! {
            <Section title="Certificates" lead="What its hosts showed at the last look. You are warned 30, 7 and 1 days before one ends.">
                <Table caption="Certificates of the provider" headers>{rows}</Table>
            </Section>
        }
    })
}

fn list(history: Vec<ProviderSnapshot>) -> AnyView {
    let cards =
        history.into_iter().enumerate().map(|(index, snapshot)| card(index == 0, snapshot)).collect_view();
    view! {
        <Section title="What it said of itself">
            <div class="stack">{cards}</div>
        </Section>
    }
    .into_any()
}

fn card(is_newest: bool, snapshot: ProviderSnapshot) -> impl IntoView {
    let is_warning = snapshot.changes.iter().any(|change| change.kind.is_warning());
    let (title, tone) = match (&snapshot.error, is_warning) {
        (Some(_), _) => ("Could not be read", Tone::Bad),
        (None, true) => ("Changed: please look", Tone::Warn),
        (None, false) if snapshot.changes.is_empty() => ("First look", Tone::Neutral),
        (None, false) => ("Changed", Tone::Info),
    };
    let now = if is_newest { "Now" } else { "Before" };
    let error = snapshot.error.as_deref().and_then(LoginFailure::parse).map(|failure| {
        let words = text::login_failure(failure);
        view! { <p>{words.sentence} " " {words.administrator}</p> }
    });
    let changes = (!snapshot.changes.is_empty()).then(|| {
        let items = snapshot.changes.into_iter().map(change).collect_view();
        view! { <ul class="reasons">{items}</ul> }
    });
    let details = snapshot.metadata.map(|metadata| details(&metadata));
    let keys = snapshot.keys.filter(|keys| !keys.is_empty()).map(|keys| {
        let items = keys
            .into_iter()
            .map(|key| view! { <li><Code>{key.kid.unwrap_or_default()}</Code> " " <span class="mono small">{key.thumbprint}</span></li> })
            .collect_view();
        view! { <ul>{items}</ul> }
    });
    let whole = (details.is_some() || keys.is_some()).then(|| {
        view! { <Disclosure summary="Everything it said">{details} {keys}</Disclosure> }
    });
    let (seen_at, checked_at) = (snapshot.seen_at, snapshot.checked_at);
    view! {
        <Card title level=3 badge=move || view! { <Badge tone>{now}</Badge> }>
            <p class="muted">"First seen " {moment(seen_at)} ", last seen " {moment(checked_at)}</p>
            {error}
            {changes}
            {whole}
        </Card>
    }
}

fn change(change: ProviderChange) -> impl IntoView {
    let tone = if change.kind.is_warning() { Tone::Warn } else { Tone::Info };
    let from = change.from.map(|from| view! { <li>"Was " <Code>{from}</Code></li> });
    let to = change.to.map(|to| view! { <li>"Is " <Code>{to}</Code></li> });
    let sides = (from.is_some() || to.is_some()).then(|| view! { <ul class="reasons__why">{from} {to}</ul> });
    view! {
        <li>
            <Badge tone>{change.kind.label()}</Badge>
            " "
            <Code>{change.what}</Code>
            {sides}
        </li>
    }
}

/// The metadata, a line a member.
fn details(metadata: &Value) -> impl IntoView + use<> {
    let rows = metadata
        .as_object()
        .into_iter()
        .flatten()
        // What was set here is kept beside what the provider said.
        .filter(|(member, _)| *member != "configured")
        .filter_map(|(member, value)| {
            let said = match value {
                Value::Null => return None,
                Value::String(said) => said.clone(),
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
                other => other.to_string(),
            };
            Some((member.clone(), said))
        })
        .collect::<Vec<_>>();
    let rows = rows
        .into_iter()
        .map(|(member, said)| view! { <Description term=member><Code>{said}</Code></Description> })
        .collect_view();
    view! { <DescriptionList>{rows}</DescriptionList> }
}
