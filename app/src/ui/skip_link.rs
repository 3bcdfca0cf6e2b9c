//! Past the navigation.

use leptos::prelude::*;

/// The first link of a page, seen only with focus.
#[component]
pub fn SkipLink(
    /// The content's anchor.
    #[prop(default = "#main".into(), into)]
    href: String,
) -> impl IntoView {
    view! { <a href=href rel="external" class="skip-link">"Skip to content"</a> }
}
