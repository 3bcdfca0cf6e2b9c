use domain::api::{OrganizationList, OrganizationSummary};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::owners;
use crate::{
    functions::list_organizations,
    pages::{
        load::{Notice, Place, load},
        reading::reading,
    },
    routes,
    ui::{
        ButtonKind, Cell, Code, EmptyState, Header, IconKind, LinkButton, PageHeader, Row, Table, TextLink,
    },
};

/// Every organization the viewer sees.
#[component]
pub fn List() -> impl IntoView {
    let query = use_query_map();
    let list = reading(|| (), |()| list_organizations());
    let notice = Signal::derive(move || {
        let is_deleted = query.with(|query| query.get_str("done") == Some("deleted"));
        is_deleted.then(|| "It is deleted.".to_owned())
    });
    view! {
        <Title text="Organizations" />
        <Notice text=notice />
        {load(list, Place::WholePage, |list| page(list).into_any())}
    }
}

fn page(list: OrganizationList) -> impl IntoView {
    let OrganizationList { items, may_create } = list;
    let new = move || {
        may_create.then(|| {
            view! {
                <LinkButton href=routes::NEW_ORGANIZATION kind=ButtonKind::Primary icon=IconKind::Plus>
                    "New organization"
                </LinkButton>
            }
        })
    };
    let content = if items.is_empty() {
        view! {
            <EmptyState title="No organizations yet" icon=IconKind::Building action=new>
                <p>
                    "An organization holds projects. Mapping rules give roles in both, and who owns an organization looks \
                     after its rules, projects and roles without seeing those of others."
                </p>
            </EmptyState>
        }
        .into_any()
    } else {
        let headers = vec![
            Header::new("Name"),
            Header::new("Projects").numeric(),
            Header::new("Mapping rules").numeric(),
            Header::new("Owners"),
        ];
        let rows = items.into_iter().map(row).collect_view();
        view! { <Table caption="Organizations" headers>{rows}</Table> }.into_any()
    };
    view! {
        <PageHeader
            title="Organizations"
            lead="Organizations with their projects: the places where roles count."
            actions=new
        />
        {content}
    }
}

fn row(item: OrganizationSummary) -> impl IntoView {
    let OrganizationSummary { organization, projects, rules, owners: names } = item;
    let href = routes::organization(organization.id.as_str());
    view! {
        <Row>
            <Cell label="Name" heading=true>
                <TextLink href=href>{organization.name}</TextLink>
                <p class="small"><Code>{organization.id.to_string()}</Code></p>
            </Cell>
            <Cell label="Projects" numeric=true>{projects}</Cell>
            <Cell label="Mapping rules" numeric=true>{rules}</Cell>
            <Cell label="Owners">{owners(&names)}</Cell>
        </Row>
    }
}
