//! The strip above every page of the console while a change waits to be confirmed.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    functions::PendingBanner,
    nav::use_viewer,
    routes,
    ui::{Button, ButtonKind, HiddenField, Icon, IconKind, PostForm},
};

/// The change that waits, how long still, and what can be done about it. Nothing when none waits.
#[component]
pub fn Banner() -> impl IntoView {
    let viewer = use_viewer();
    let show = move || {
        let pending = viewer.get().and_then(Result::ok).flatten()?.pending?;
        Some(strip(pending).into_any())
    };
    view! { <Suspense>{show}</Suspense> }
}

/// `9:05`.
fn minutes(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn strip(pending: PendingBanner) -> impl IntoView {
    let PendingBanner { id, summary, seconds_left, can_confirm } = pending;
    let left = RwSignal::new(seconds_left);
    Effect::new(move |_| {
        let tick = move || {
            let _ = left.try_update(|left| *left = (*left - 1).max(0));
        };
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    let id = id.to_string();
    let keep = can_confirm.then(|| {
        let value = id.clone();
        view! {
            <PostForm action=routes::POST_KEEP_CHANGE>
                <HiddenField name="id" value />
                <Button kind=ButtonKind::Primary>"Keep it"</Button>
            </PostForm>
        }
    });
    let how = if can_confirm {
        "You have signed in since: that way in works."
    } else {
        "To keep it, sign in anew as a global owner, best in a private window, and choose \u{201c}Keep it\u{201d} there."
    };
    view! {
        <section class="callout callout--warn" aria-label="Provisional change">
            <Icon kind=IconKind::Clock />
            <div class="callout__content">
                <p class="callout__title">
                    "\u{201c}" {summary} "\u{201d} reverts in "
                    <span class="nowrap">{move || minutes(left.get())}</span>
                </p>
                <div class="callout__body stack">
                    <p>
                        {how} " If nobody can: " <code>"latchkey local-sign-in on"</code>
                        " on the server turns passwords on again."
                    </p>
                    <div class="cluster">
                        {keep}
                        <PostForm action=routes::POST_REVERT_CHANGE>
                            <HiddenField name="id" value=id />
                            <Button>"Take it back now"</Button>
                        </PostForm>
                    </div>
                </div>
            </div>
        </section>
    }
}
