use domain::notice::{NoticeView, Urgency};
use leptos::prelude::*;

use crate::{
    functions::open_notices,
    pages::{load::moment, reading::reading},
    routes,
    ui::{Callout, TextLink, Tone},
};

/// What wants somebody, one callout each; nothing when nothing does. What cannot be read is left out: the page below
/// says so by itself.
#[component]
pub(super) fn Notices(
    /// Only of this integration, by name; empty: of all.
    #[prop(optional, into)]
    of: String,
) -> impl IntoView {
    let all = reading(|| (), |()| open_notices());
    let show = move || {
        let of = of.clone();
        Suspend::new(async move {
            let all = all.await.unwrap_or_default();
            let is_of = |notice: &NoticeView| of.is_empty() || notice.integration.as_deref() == Some(&of);
            let is_linked = of.is_empty();
            all.into_iter().filter(is_of).map(|one| notice(one, is_linked)).collect_view()
        })
    };
    view! {
        <div class="stack">
            <Transition fallback=|| ()>{show}</Transition>
        </div>
    }
}

fn notice(notice: NoticeView, is_linked: bool) -> impl IntoView {
    let kind = match notice.urgency {
        Urgency::Info => Tone::Info,
        Urgency::Warning => Tone::Warn,
        Urgency::Problem => Tone::Bad,
    };
    let title = match (&notice.integration, is_linked) {
        (Some(name), true) => format!("{name}: {}", notice.kind.label()),
        _ => notice.kind.label().to_owned(),
    };
    let link = notice.integration.map(|name| {
        let href = routes::integration_secrets(&name);
        let label = format!("Client secrets of {name}");
        view! { " " <TextLink href label>"Look at its secrets"</TextLink> }
    });
    let link = notice.kind.code().starts_with("secret.").then_some(link);
    view! {
        <Callout title kind>
            <p>{notice.text} {link}</p>
            <p class="muted small">"Since " {moment(notice.first_seen_at)}</p>
        </Callout>
    }
}
