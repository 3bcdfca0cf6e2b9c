//! A value to take elsewhere.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    hydrated::use_hydrated,
    icon::{Icon, IconKind},
};

/// A value in full, selectable, with a copy button once scripts run and the page is in a secure context.
#[component]
pub fn Copyable(
    /// The value.
    #[prop(into)]
    value: String,
    /// What it is, for the button's name ("callback URL").
    #[prop(optional, into)]
    label: String,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let is_copied = RwSignal::new(false);
    let can_copy = move || hydrated.get() && window().is_secure_context();
    let name = if label.is_empty() { "Copy".to_owned() } else { format!("Copy {label}") };
    let text = value.clone();
    let copy = move |_| {
        // The promise is not awaited: the browser refuses only what it also shows itself (permission prompts).
        let _ = window().navigator().clipboard().write_text(&text);
        is_copied.set(true);
        set_timeout(
            move || {
                let _ = is_copied.try_set(false);
            },
            Duration::from_secs(4),
        );
    };
    view! {
        <div class="copyable">
            <code class="copyable__value">{value}</code>
            <button type="button" class="copyable__button" aria-label=name hidden=move || !can_copy() on:click=copy>
                <span class="copyable__icon" class:copyable__icon--done=move || is_copied.get()>
                    <Icon kind=IconKind::Copy />
                    <Icon kind=IconKind::Check />
                </span>
            </button>
            <span class="visually-hidden" role="status">
                {move || if is_copied.get() { "Copied" } else { "" }}
            </span>
        </div>
    }
}
