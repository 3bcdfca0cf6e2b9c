use domain::{access::Permission, api::IntegrationView, login_failure::LoginFailure};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    functions::list_integrations,
    nav::Allowed,
    pages::{
        load::{Place, load, moment},
        reading::reading,
    },
    routes, text,
    ui::{
        Badge, ButtonKind, Card, CardGrid, Code, Description, DescriptionList, EmptyState, IconKind,
        LinkButton, PageHeader, Tone,
    },
};

/// Every integration with its state and its next step.
#[component]
pub fn List() -> impl IntoView {
    let list = reading(|| (), |()| list_integrations());
    view! {
        <Title text="Integrations" />
        <PageHeader
            title="Integrations"
            lead="The identity providers people sign in with."
            actions=new_button
        />
        {load(list, Place::UnderTitle, |list| cards(list).into_any())}
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

fn cards(list: Vec<IntegrationView>) -> AnyView {
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
    let cards = list.into_iter().map(card).collect_view();
    view! { <CardGrid>{cards}</CardGrid> }.into_any()
}

/// Enabled or not.
pub(super) fn state(enabled: bool) -> AnyView {
    if enabled {
        view! { <Badge tone=Tone::Ok>"Enabled"</Badge> }.into_any()
    } else {
        view! { <Badge>"Disabled"</Badge> }.into_any()
    }
}

fn card(view: IntegrationView) -> impl IntoView {
    let name = view.settings.name.clone();
    let (label, protocol, enabled) = (view.settings.label.clone(), view.settings.protocol, view.enabled);
    let local = if view.settings.local_sign_in { "Allowed beside it" } else { "Off while it is enabled" };
    let next = next_step(&view);
    let (success, failure) = (last_success(&view), last_failure(&view));
    let IntegrationView { created_at, created_by, updated_at, .. } = view;
    view! {
        <Card
            title=label
            href=routes::integration(&name)
            lead=text::protocol(protocol)
            badge=move || state(enabled)
        >
            <DescriptionList>
                <Description term="Name"><Code>{name}</Code></Description>
                <Description term="Local sign-in">{local}</Description>
                <Description term="Last sign-in">{success}</Description>
                {failure.map(|failure| view! { <Description term="Last failure">{failure}</Description> })}
                <Description term="Created">{moment(created_at)} " by " {created_by}</Description>
                <Description term="Changed">{moment(updated_at)}</Description>
            </DescriptionList>
            {next.map(|next| view! { <p class="muted">{next}</p> })}
        </Card>
    }
}

/// The last sign-in that worked.
pub(super) fn last_success(view: &IntegrationView) -> AnyView {
    match view.last_success_at {
        Some(at) => moment(at).into_any(),
        None => "None yet".into_any(),
    }
}

/// The last sign-in that failed, and what it was.
pub(super) fn last_failure(view: &IntegrationView) -> Option<AnyView> {
    let at = view.last_failure_at?;
    let code = view.last_failure_code.as_deref().unwrap_or_default();
    let title = LoginFailure::parse(code).map(|failure| text::login_failure(failure).title);
    Some(view! { {moment(at)} {title.map(|title| format!(": {title}"))} }.into_any())
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
