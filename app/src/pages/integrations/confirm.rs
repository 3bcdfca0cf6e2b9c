use domain::api::{IntegrationConsequences, IntegrationView};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    functions::{RemoveIntegration, SetIntegrationEnabled, consequences_of, get_integration},
    pages::{
        forms::FormErrors,
        load::{Place, load},
        reading::{Reading, reading},
        sending::{SendForm, sending},
    },
    routes,
    text::count,
    ui::{BackLink, ConfirmActions, ConfirmPanel, HiddenField, PageHeader},
};

type Known = Reading<(IntegrationView, IntegrationConsequences)>;

/// The integration of this page and what would follow.
fn known() -> Known {
    let params = use_params_map();
    reading(
        move || params.with(|params| params.get("name").unwrap_or_default()),
        |name| async move { Ok((get_integration(name.clone()).await?, consequences_of(name).await?)) },
    )
}

/// Asks before an integration is turned off.
#[component]
pub fn Disable() -> impl IntoView {
    let action = sending::<SetIntegrationEnabled>();
    load(
        known(),
        Place::WholePage,
        move |(view, consequences): (IntegrationView, IntegrationConsequences)| {
            let label = view.settings.label.clone();
            let name = view.settings.name.clone();
            let title = format!("Disable {label}");
            let back = routes::integration(&name);
            let above = {
                let (back, label) = (back.clone(), label.clone());
                move || view! { <BackLink href=back label /> }
            };
            view! {
                <Title text=title.clone() />
                <PageHeader title=title.clone() above />
                <FormErrors error=action.error() fields=&[] title="Not disabled" />
                <ConfirmPanel
                    title="What happens"
                    lead="Nobody can sign in with it until it is enabled again. Its settings and rules stay."
                    consequences=consequences_of_disabling(&consequences)
                >
                    <SendForm action>
                        <HiddenField name="name" value=name />
                        <ConfirmActions confirm_label=title cancel_href=back pending=action.pending() />
                    </SendForm>
                </ConfirmPanel>
            }
            .into_any()
        },
    )
}

/// Asks before an integration is deleted.
#[component]
pub fn Delete() -> impl IntoView {
    let action = sending::<RemoveIntegration>();
    load(
        known(),
        Place::WholePage,
        move |(view, consequences): (IntegrationView, IntegrationConsequences)| {
            let label = view.settings.label.clone();
            let name = view.settings.name.clone();
            let title = format!("Delete {label}");
            let back = routes::integration(&name);
            let above = {
                let (back, label) = (back.clone(), label.clone());
                move || view! { <BackLink href=back label /> }
            };
            let mut lines = vec![match consequences.rules {
                0 => "No mapping rule belongs to it.".to_owned(),
                rules => {
                    format!("{} removed.", count(rules, "mapping rule of it is", "mapping rules of it are"))
                }
            }];
            lines.extend(consequences_of_disabling(&consequences));
            view! {
            <Title text=title.clone() />
            <PageHeader title=title.clone() above />
            <FormErrors error=action.error() fields=&[] title="Not deleted" />
            <ConfirmPanel
                title="What happens"
                lead="Its settings and its secret are gone for good. To stop it for a while, disable it instead."
                consequences=lines
            >
                <SendForm action>
                    <HiddenField name="name" value=name />
                    <ConfirmActions confirm_label=title cancel_href=back pending=action.pending() />
                </SendForm>
            </ConfirmPanel>
        }
        .into_any()
        },
    )
}

/// One sentence for each thing that follows.
fn consequences_of_disabling(known: &IntegrationConsequences) -> Vec<String> {
    let sessions = match known.sessions {
        0 => "No session ends: nobody is signed in with it.".to_owned(),
        number => format!("{} at once.", count(number, "session ends", "sessions end")),
    };
    let users = match known.users {
        0 => "Nobody loses their only way in.".to_owned(),
        number => format!("{} no other way in.", count(number, "person has", "people have")),
    };
    let owners = match known.owners_left.as_slice() {
        [] => "No global owner could sign in any more, so the server will refuse this.".to_owned(),
        names => format!("Global owners who can still sign in: {}.", names.join(", ")),
    };
    let local = if known.local_sign_in {
        "Signing in with user name and password is on afterwards."
    } else {
        "Signing in with user name and password is off afterwards."
    };
    vec![sessions, users, owners, local.to_owned()]
}
