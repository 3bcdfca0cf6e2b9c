//! What a list says when there is nothing in it.

use leptos::{children::ViewFnOnce, prelude::*};

use super::{
    icon::{Icon, IconKind},
    section::heading,
};

/// A heading, a sentence and the next step.
#[component]
pub fn EmptyState(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The drawing above it.
    #[prop(default = IconKind::List)]
    icon: IconKind,
    /// The next step.
    #[prop(optional, into)]
    action: Option<ViewFnOnce>,
    /// Heading level.
    #[prop(default = 2)]
    level: u8,
    /// The sentence.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__icon"><Icon kind=icon /></span>
            {heading(level, "empty__title", title)}
            <div class="empty__text">{children()}</div>
            {action.map(|action| view! { <div class="empty__action">{action.run()}</div> })}
        </div>
    }
}
