//! More, for those who want it.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// A native `details`.
#[component]
pub fn Disclosure(
    /// What is inside.
    #[prop(into)]
    summary: String,
    /// Open at first.
    #[prop(optional)]
    open: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="disclosure" open=open>
            <summary class="disclosure__summary">
                <Icon kind=IconKind::Chevron />
                <span>{summary}</span>
            </summary>
            <div class="disclosure__content">{children()}</div>
        </details>
    }
}
