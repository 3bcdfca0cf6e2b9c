use std::cmp::Ordering;

use domain::{
    access::Permission,
    api::{IntegrationView, LocalSignInReason, SignInOptions},
    login_failure::LoginFailure,
    time::Timestamp,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::{list_integrations, offered_sign_in},
    nav::Allowed,
    pages::{
        integrations::{notices::Notices, secrets::expiry_badge},
        load::{Place, load, moment},
        reading::reading,
    },
    routes, text,
    ui::{
        Badge, ButtonKind, Cell, Code, EmptyState, Header, IconKind, LinkButton, PageHeader, Row, Sort,
        Table, TextLink, Tone,
    },
};

/// The columns that can be sorted: name in the address, heading.
const SORTED: [(&str, &str); 6] = [
    ("name", "Name"),
    ("type", "Type"),
    ("local", "Local sign-in"),
    ("creator", "Creator"),
    ("created", "Created"),
    ("modified", "Last modified"),
];

/// How the list is sorted: a column of [`SORTED`], or the order of the buttons.
#[derive(Clone, PartialEq, Eq)]
struct Sorting {
    by: Option<&'static str>,
    descending: bool,
}

impl Sorting {
    fn read(by: Option<&str>, descending: bool) -> Self {
        let by = SORTED.iter().map(|(name, _)| *name).find(|name| Some(*name) == by);
        Self { by, descending: descending && by.is_some() }
    }

    fn header(&self, name: &'static str, label: &'static str) -> Header {
        let here = self.by == Some(name);
        let sort = match (here, self.descending) {
            (false, _) => Sort::None,
            (true, false) => Sort::Ascending,
            (true, true) => Sort::Descending,
        };
        let direction = if here && !self.descending { "desc" } else { "" };
        let href = routes::with_query(routes::INTEGRATIONS, &[("sort", name), ("dir", direction)]);
        Header::new(label).sorted(href, sort)
    }

    fn compare(&self, a: &IntegrationView, b: &IntegrationView) -> Ordering {
        let by_name = || a.settings.name.to_lowercase().cmp(&b.settings.name.to_lowercase());
        let order = match self.by {
            None => a.settings.order.cmp(&b.settings.order),
            Some("type") => text::protocol(a.settings.protocol).cmp(text::protocol(b.settings.protocol)),
            Some("local") => b.settings.local_sign_in.cmp(&a.settings.local_sign_in),
            Some("creator") => a.created_by.cmp(&b.created_by),
            Some("created") => a.created_at.ms().cmp(&b.created_at.ms()),
            Some("modified") => a.updated_at.ms().cmp(&b.updated_at.ms()),
            Some(_) => by_name(),
        };
        let order = if self.descending { order.reverse() } else { order };
        order.then_with(by_name)
    }
}

/// Every integration with its state.
#[component]
pub fn List() -> impl IntoView {
    let query = use_query_map();
    let sorting = Memo::new(move |_| {
        query.with(|query| Sorting::read(query.get_str("sort"), query.get_str("dir") == Some("desc")))
    });
    // Read anew with each order: the newest state is shown.
    let list = reading(move || sorting.with(|s| (s.by, s.descending)), |_| list_integrations());
    let offered = reading(|| (), |()| offered_sign_in());
    view! {
        <Title text="Integrations" />
        <PageHeader
            title="Integrations"
            lead="The identity providers people sign in with."
            actions=new_button
        />
        <Notices />
        {load(offered, Place::UnderTitle, |offered| scenario(offered).into_any())}
        {load(list, Place::UnderTitle, move |list| table(list, &sorting.get_untracked()).into_any())}
    }
}

fn new_button() -> impl IntoView {
    view! {
        <Allowed to=Permission::ManageIntegrations>
            <LinkButton href=routes::IMPORT>"Import"</LinkButton>
            <LinkButton href=routes::NEW_INTEGRATION kind=ButtonKind::Primary icon=IconKind::Plus>
                "New integration"
            </LinkButton>
        </Allowed>
    }
}

/// Whether passwords are on, and what makes it so.
fn scenario(offered: SignInOptions) -> impl IntoView {
    let words = match offered.why {
        LocalSignInReason::Integration { name, label } => view! {
            "Passwords are on because of " <em>{label}</em> ", which allows them beside it. "
            <TextLink href=routes::integration(&name)>"Change that"</TextLink>
        }
        .into_any(),
        other => text::local_sign_in(&other).into_any(),
    };
    view! { <p class="muted">{words}</p> }
}

fn table(mut list: Vec<IntegrationView>, sorting: &Sorting) -> AnyView {
    if list.is_empty() {
        return view! {
            <EmptyState title="No integrations yet" icon=IconKind::Key action=new_button>
                <p>
                    "An integration connects an identity provider, such as Okta, Entra ID or Keycloak. Register this \
                     console there as a web application, then enter its issuer, client id and secret here. Nobody can \
                     sign in with it until you enable it."
                </p>
            </EmptyState>
        }
        .into_any();
    }
    list.sort_by(|a, b| sorting.compare(a, b));
    let mut headers = SORTED.map(|(name, label)| sorting.header(name, label)).to_vec();
    headers.push(Header::new("Status"));
    let rows = list.into_iter().map(row).collect_view();
    view! { <Table caption="Integrations" headers>{rows}</Table> }.into_any()
}

/// Enabled or not.
pub(super) fn state(enabled: bool) -> AnyView {
    if enabled {
        view! { <Badge tone=Tone::Ok>"Enabled"</Badge> }.into_any()
    } else {
        view! { <Badge>"Disabled"</Badge> }.into_any()
    }
}

fn row(view: IntegrationView) -> impl IntoView {
    let name = view.settings.name.clone();
    let secret = view.client_secret.days_left().and_then(expiry_badge);
    let label = if view.settings.label.is_empty() { name.clone() } else { view.settings.label.clone() };
    let local = if view.settings.local_sign_in { "On beside it" } else { "Off while it is enabled" };
    let (success, failure, next) = (last_success(&view), last_failure(&view), next_step(&view));
    let expiry =
        [("Secret expires", view.secret_expires_at), ("Certificate expires", view.certificate_expires_at)]
            .into_iter()
            .filter_map(|(what, at)| Some(view! { <p class="small">{what} " " {moment(at?)}</p> }))
            .collect_view();
    let (protocol, enabled) = (text::protocol(view.settings.protocol), view.enabled);
    let IntegrationView { created_at, created_by, updated_at, .. } = view;
    view! {
        <Row>
            <Cell label="Name" heading=true>
                <TextLink href=routes::integration(&name)>{label}</TextLink>
                <p class="small"><Code>{name.clone()}</Code></p>
            </Cell>
            <Cell label="Type">{protocol}</Cell>
            <Cell label="Local sign-in">{local}</Cell>
            <Cell label="Creator">{created_by}</Cell>
            <Cell label="Created">{moment(created_at)}</Cell>
            <Cell label="Last modified">{moment(updated_at)}</Cell>
            <Cell label="Status">
                {state(enabled)}
                <p class="small">"Last sign-in: " {success}</p>
                {failure.map(|failure| view! { <p class="small">"Last failure: " {failure}</p> })}
                {expiry}
                {secret}
                {next.map(|next| view! { <p class="small muted">{next}</p> })}
            </Cell>
        </Row>
    }
}

/// The last sign-in that worked.
pub(super) fn last_success(view: &IntegrationView) -> AnyView {
    match view.last_success_at {
        Some(at) => moment(at).into_any(),
        None => "None yet".into_any(),
    }
}

/// The last sign-in that failed, what it was, and the way to those like it.
pub(super) fn last_failure(view: &IntegrationView) -> Option<AnyView> {
    let at: Timestamp = view.last_failure_at?;
    let code = view.last_failure_code.as_deref().unwrap_or_default();
    let title = LoginFailure::parse(code).map(text::login_failure_title);
    let href =
        routes::with_query(routes::AUDIT, &[("integration", &view.settings.name), ("kind", "login.failed")]);
    Some(
        view! { {moment(at)} {title.map(|title| view! { ": " <TextLink href=href>{title}</TextLink> })} }
            .into_any(),
    )
}

/// What to do next, if there is something.
fn next_step(view: &IntegrationView) -> Option<&'static str> {
    if view.enabled && view.last_success_at.is_none() {
        Some("Next: sign in with it in a private window, and look at the audit log for what came back.")
    } else if view.enabled {
        None
    } else if view.last_success_at.is_none() {
        Some("Next: register its callback URL at the provider, then enable it.")
    } else {
        Some("Nobody can sign in with it until it is enabled again.")
    }
}
