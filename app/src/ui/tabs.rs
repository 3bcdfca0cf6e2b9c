//! Tabs that are pages.

use leptos::prelude::*;

/// One tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    href: String,
    label: String,
    is_current: bool,
}

impl Tab {
    /// A tab leading to `href`.
    pub fn new(href: impl Into<String>, label: impl Into<String>, is_current: bool) -> Self {
        Self { href: href.into(), label: label.into(), is_current }
    }
}

/// A row of links of which one is the page shown.
#[component]
pub fn TabLinks(
    /// What the tabs are parts of.
    #[prop(into)]
    label: String,
    /// The tabs.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let items = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <li>
                    <a href=tab.href class="tabs__link" aria-current=tab.is_current.then_some("page")>
                        {tab.label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="tabs" aria-label=label>
            <ul class="tabs__list">{items}</ul>
        </nav>
    }
}
