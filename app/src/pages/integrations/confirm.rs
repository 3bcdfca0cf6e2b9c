use domain::api::{IntegrationConsequences, IntegrationView, OwnerWays};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    functions::{RemoveIntegration, SetIntegrationEnabled, consequences_of, get_integration},
    pages::{
        forms::FormErrors,
        load::{Place, load},
        provisional::{OnlyProvisionally, PROVISIONAL},
        reading::{Reading, reading},
        sending::{SendForm, Sending, sending},
    },
    routes,
    text::count,
    ui::{BackLink, ConfirmActions, ConfirmPanel, HiddenField, PageHeader, PostForm},
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

/// What is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Disable,
    Delete,
}

impl Ending {
    const fn verb(self) -> &'static str {
        match self {
            Self::Disable => "Disable",
            Self::Delete => "Delete",
        }
    }

    const fn not_done(self) -> &'static str {
        match self {
            Self::Disable => "Not disabled",
            Self::Delete => "Not deleted",
        }
    }

    const fn lead(self) -> &'static str {
        match self {
            Self::Disable => {
                "Nobody can sign in with it until it is enabled again. Its settings and rules stay."
            }
            Self::Delete => {
                "Its settings and its secrets are gone for good. To stop it for a while, disable it instead."
            }
        }
    }
}

/// Asks before an integration is turned off.
#[component]
pub fn Disable() -> impl IntoView {
    asking(Ending::Disable, SetIntegrationEnabled::PATH, sending::<SetIntegrationEnabled>())
}

/// Asks before an integration is deleted.
#[component]
pub fn Delete() -> impl IntoView {
    asking(Ending::Delete, RemoveIntegration::PATH, sending::<RemoveIntegration>())
}

fn asking(ending: Ending, path: &'static str, action: Sending) -> impl IntoView {
    load(
        known(),
        Place::WholePage,
        move |(view, consequences): (IntegrationView, IntegrationConsequences)| {
            let label = view.settings.label.clone();
            let name = view.settings.name.clone();
            let title = format!("{} {label}", ending.verb());
            let back = routes::integration(&name);
            let above = {
                let (back, label) = (back.clone(), label.clone());
                move || view! { <BackLink href=back label /> }
            };
            let mut lines = consequences_of_disabling(&consequences);
            if ending == Ending::Delete {
                lines.insert(0, rules_of(&consequences));
            }
            let form = if consequences.is_safe {
                let confirm_label = title.clone();
                view! {
                    <SendForm action>
                        <HiddenField name="name" value=name />
                        <ConfirmActions confirm_label cancel_href=back pending=action.pending() />
                    </SendForm>
                }
                .into_any()
            } else {
                provisionally(path, name, &title, back).into_any()
            };
            view! {
                <Title text=title.clone() />
                <PageHeader title above />
                <FormErrors error=action.error() fields=&[] title=ending.not_done() />
                <ConfirmPanel title="What happens" lead=ending.lead() consequences=lines>
                    {form}
                </ConfirmPanel>
            }
            .into_any()
        },
    )
}

/// The form of a change that no way in is known to survive. A plain form, so that the whole page is read anew and shows
/// what waits.
fn provisionally(action: &'static str, name: String, title: &str, back: String) -> impl IntoView + use<> {
    let label = format!("{title} for 10 minutes");
    view! {
        <OnlyProvisionally level=3 />
        <PostForm action>
            <HiddenField name="name" value=name />
            <HiddenField name=PROVISIONAL value="on" />
            <ConfirmActions confirm_label=label cancel_href=back />
        </PostForm>
    }
}

/// What becomes of its rules.
fn rules_of(known: &IntegrationConsequences) -> String {
    match known.rules {
        0 => "No mapping rule belongs to it.".to_owned(),
        rules => format!("{} removed.", count(rules, "mapping rule of it is", "mapping rules of it are")),
    }
}

/// One sentence for each thing that follows.
fn consequences_of_disabling(known: &IntegrationConsequences) -> Vec<String> {
    let more = known.sessions.saturating_sub(u64::try_from(known.session_users.len()).unwrap_or(u64::MAX));
    let of_whom = match (known.session_users.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(" ({})", known.session_users.join(", ")),
        (false, _) => format!(" ({} and others)", known.session_users.join(", ")),
    };
    let sessions = match known.sessions {
        0 => "No session ends: nobody is signed in with it.".to_owned(),
        number => format!("{} at once{of_whom}.", count(number, "session ends", "sessions end")),
    };
    let users = match known.users {
        0 => "Nobody loses their only way in.".to_owned(),
        number => format!("{} no other way in.", count(number, "person has", "people have")),
    };
    let owners = match known.owner_ways.as_slice() {
        [] => "No global owner could sign in any more.".to_owned(),
        owners => {
            let owners: Vec<String> = owners.iter().map(owner).collect();
            format!("Global owners who can still sign in: {}.", owners.join("; "))
        }
    };
    let local = if known.local_sign_in {
        "Signing in with user name and password is on afterwards."
    } else {
        "Signing in with user name and password is off afterwards."
    };
    let back = "The way back, whatever happens: latchkey local-sign-in on, on the server.";
    vec![sessions, users, owners, local.to_owned(), back.to_owned()]
}

/// `root with a password or corp`.
fn owner(owner: &OwnerWays) -> String {
    let mut ways: Vec<String> = owner.integrations.clone();
    if owner.password {
        ways.insert(0, "a password".to_owned());
    }
    format!("{} with {}", owner.username, ways.join(" or "))
}
