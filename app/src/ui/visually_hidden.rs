//! Text for assistive technology only.

use leptos::prelude::*;

/// Heard, not seen.
#[component]
pub fn VisuallyHidden(
    /// The text.
    children: Children,
) -> impl IntoView {
    view! { <span class="visually-hidden">{children()}</span> }
}
