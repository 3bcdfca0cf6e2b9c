//! More, for those who want it.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// A native `details`.
#[component]
pub fn Disclosure(
    /// What is inside.
    #[prop(into)]
    summary: String,
    /// Open at first, and whenever this becomes true.
    #[prop(optional, into)]
    open: Signal<bool>,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="disclosure" open=move || open.get()>
            <summary class="disclosure__summary">
                <Icon kind=IconKind::Chevron />
                <span>{summary}</span>
            </summary>
            <div class="disclosure__content">{children()}</div>
        </details>
    }
}
