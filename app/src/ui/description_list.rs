//! Names and values.

use leptos::prelude::*;

/// A list of [`Description`]s.
#[component]
pub fn DescriptionList(
    /// The pairs.
    children: Children,
) -> impl IntoView {
    view! { <dl class="descriptions">{children()}</dl> }
}

/// One name and its value.
#[component]
pub fn Description(
    /// The name.
    #[prop(into)]
    term: String,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="descriptions__row">
            <dt class="descriptions__term">{term}</dt>
            <dd class="descriptions__value">{children()}</dd>
        </div>
    }
}
