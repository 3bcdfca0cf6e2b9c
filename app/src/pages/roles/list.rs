use domain::{
    access::Permission,
    api::{RoleDetail, RoleList},
    target::Level,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::list_roles,
    nav::Allowed,
    pages::{
        load::{Notice, Place, load},
        reading::reading,
    },
    routes, text,
    ui::{
        Badge, ButtonKind, Cell, Code, Header, IconKind, LinkButton, PageHeader, Row, Section, Table,
        TextLink, Tone,
    },
};

/// Every role, level by level, the custom ones beside the built-in ones.
#[component]
pub fn List() -> impl IntoView {
    let query = use_query_map();
    let list = reading(|| (), |()| list_roles());
    let notice = Signal::derive(move || {
        let is_deleted = query.with(|query| query.get_str("done") == Some("deleted"));
        is_deleted.then(|| "The role is deleted.".to_owned())
    });
    view! {
        <Title text="Roles" />
        <PageHeader
            title="Roles"
            lead="What mapping rules can give. Built-in roles are the same everywhere; custom roles carry a meaning of your \
                  own and open nothing in this console."
            actions=new_button
        />
        <Notice text=notice />
        {load(list, Place::UnderTitle, |list| sections(list).into_any())}
    }
}

fn new_button() -> impl IntoView {
    view! {
        <Allowed to=Permission::ManageSomePlaces>
            <LinkButton href=routes::NEW_ROLE kind=ButtonKind::Primary icon=IconKind::Plus>"New role"</LinkButton>
        </Allowed>
    }
}

fn sections(list: RoleList) -> impl IntoView {
    let RoleList { items, .. } = list;
    Level::ALL
        .into_iter()
        .map(|level| {
            let (custom, builtin): (Vec<_>, Vec<_>) = items
                .iter()
                .filter(|item| item.role.level == level)
                .cloned()
                .partition(|item| !item.role.builtin);
            let rows = custom.into_iter().chain(builtin).map(row).collect_view();
            let caption = format!("{} roles", text::level(level));
            let headers =
                vec![Header::new("Role"), Header::new("What it lets somebody do"), Header::new("Kind")];
            view! {
                <Section title=caption.clone() lead=text::level_reach(level)>
                    <Table caption headers>{rows}</Table>
                </Section>
            }
        })
        .collect_view()
}

fn row(item: RoleDetail) -> impl IntoView {
    let RoleDetail { role, organization_name, .. } = item;
    let name = role.name.to_string();
    let label = if role.builtin {
        role.label.into_any()
    } else {
        view! { <TextLink href=routes::role(&name)>{role.label}</TextLink> }.into_any()
    };
    let kind = match (role.builtin, organization_name) {
        (true, _) => view! { <Badge>"Built-in"</Badge> }.into_any(),
        (false, None) => view! { <Badge tone=Tone::Info>"Custom"</Badge> }.into_any(),
        (false, Some(of)) => view! { <Badge tone=Tone::Info>"Custom"</Badge> " of " {of} }.into_any(),
    };
    view! {
        <Row>
            <Cell label="Role" heading=true>
                {label}
                <p class="small"><Code>{name}</Code></p>
            </Cell>
            <Cell label="What it lets somebody do">{role.description}</Cell>
            <Cell label="Kind">{kind}</Cell>
        </Row>
    }
}
