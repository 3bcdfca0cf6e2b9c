//! Links in text.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// A link in running text or a table.
#[component]
pub fn TextLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// Opens a new tab and says so.
    #[prop(optional)]
    external: bool,
    /// A name for assistive technology when the text alone is not enough ("Edit" in a row).
    #[prop(optional, into)]
    label: String,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <a
            href=href
            class="link"
            aria-label=(!label.is_empty()).then_some(label)
            target=external.then_some("_blank")
            rel=external.then_some("noopener noreferrer external")
        >
            {children()}
            {external
                .then(|| {
                    view! {
                        <Icon kind=IconKind::External />
                        <span class="visually-hidden">" (opens a new tab)"</span>
                    }
                })}
        </a>
    }
}

/// The way back to the list a page belongs to, above its title.
#[component]
pub fn BackLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// The name of that page.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <a href=href class="back-link">
            <Icon kind=IconKind::Back />
            <span>{label}</span>
        </a>
    }
}
