use domain::{
    access::Permission,
    notice::{NoticeView, Urgency},
};
use leptos::prelude::*;

use crate::{
    functions::{DismissNotice, open_notices},
    nav::Allowed,
    pages::{
        load::moment,
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{Button, Callout, HiddenField, TextLink, Tone},
};

/// What wants somebody, one callout each; nothing when nothing does. What cannot be read is left out: the page below
/// says so by itself.
#[component]
pub(super) fn Notices(
    /// Only of this integration, by name; empty: of all.
    #[prop(optional, into)]
    of: String,
) -> impl IntoView {
    let dismiss = sending::<DismissNotice>();
    let all = reading(move || dismiss.version().get(), |_| open_notices());
    let show = move || {
        let of = of.clone();
        Suspend::new(async move {
            let all = all.await.unwrap_or_default();
            let is_of = |notice: &NoticeView| of.is_empty() || notice.integration.as_deref() == Some(&of);
            let is_linked = of.is_empty();
            all.into_iter().filter(is_of).map(|one| notice(one, is_linked, dismiss)).collect_view()
        })
    };
    view! {
        <div class="stack">
            <Transition fallback=|| ()>{show}</Transition>
        </div>
    }
}

fn notice(notice: NoticeView, is_linked: bool, dismiss: Sending) -> impl IntoView {
    let kind = match notice.urgency {
        Urgency::Info => Tone::Info,
        Urgency::Warning => Tone::Warn,
        Urgency::Problem => Tone::Bad,
    };
    let title = match (&notice.integration, is_linked) {
        (Some(name), true) => format!("{name}: {}", notice.kind.label()),
        _ => notice.kind.label().to_owned(),
    };
    let is_of_a_secret = notice.kind.code().starts_with("secret.");
    let link = notice.integration.map(|name| {
        if is_of_a_secret {
            let href = routes::integration_secrets(&name);
            let label = format!("Client secrets of {name}");
            view! { " " <TextLink href label>"Look at its secrets"</TextLink> }
        } else {
            let href = routes::watch_integration(&name);
            let label = format!("Provider of {name}");
            view! { " " <TextLink href label>"Look at its provider"</TextLink> }
        }
    });
    // Only in the list: an integration's own page may hold a form that is being filled in.
    let put_away = (is_linked && notice.kind.is_event()).then(|| {
        let id = StoredValue::new(notice.id);
        view! {
            <Allowed to=Permission::ManageIntegrations>
                <SendForm action=dismiss>
                    <HiddenField name="id" value=id.get_value() />
                    <Button small=true pending=dismiss.pending()>"It was meant: put this away"</Button>
                </SendForm>
            </Allowed>
        }
    });
    view! {
        <Callout title kind>
            <p>{notice.text} {link}</p>
            <p class="muted small">"Since " {moment(notice.first_seen_at)}</p>
            {put_away}
        </Callout>
    }
}
