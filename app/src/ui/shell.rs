//! The frame around every page of a console: side navigation and content.

use leptos::{children::ViewFn, prelude::*};

use super::{
    icon::{Icon, IconKind},
    skip_link::SkipLink,
};

/// Side navigation (a `details` at the top under 60 rem) and the page. The navigation is rendered for both widths and
/// one is always `display: none`, so it must not contain ids.
#[component]
pub fn Shell(
    /// The name at the top.
    #[prop(into)]
    brand: String,
    /// Where the name leads.
    #[prop(into)]
    home: String,
    /// [`NavGroup`]s.
    #[prop(into)]
    nav: ViewFn,
    /// Below the navigation: who is signed in, theme.
    #[prop(optional, into)]
    foot: ViewFn,
    /// The page.
    children: Children,
) -> impl IntoView {
    let mark = || view! { <span class="brand__mark"><Icon kind=IconKind::Key /></span> };
    view! {
        <SkipLink />
        <div class="shell">
            <div class="shell__side">
                <a href=home.clone() class="brand">
                    {mark()}
                    <span class="brand__name">{brand.clone()}</span>
                </a>
                <nav class="nav" aria-label="Main">
                    {nav.run()}
                </nav>
                <div class="shell__foot">{foot.run()}</div>
            </div>
            <details class="shell__menu">
                <summary class="shell__menu-button">
                    {mark()}
                    <span class="brand__name">{brand}</span>
                    <span class="shell__menu-label">
                        <Icon kind=IconKind::Menu />
                        "Menu"
                    </span>
                </summary>
                <nav class="nav" aria-label="Main">
                    {nav.run()}
                </nav>
                <div class="shell__foot">{foot.run()}</div>
            </details>
            <main class="shell__main" id="main" tabindex="-1">
                <div class="page">{children()}</div>
            </main>
        </div>
    }
}

/// A named group of the side navigation.
#[component]
pub fn NavGroup(
    /// Its name; empty for none.
    #[prop(optional, into)]
    label: String,
    /// [`NavItem`]s.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="nav__group">
            {(!label.is_empty()).then(|| view! { <p class="nav__label">{label}</p> })}
            <ul class="nav__list">{children()}</ul>
        </div>
    }
}

/// One page in the side navigation.
#[component]
pub fn NavItem(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// Its name.
    #[prop(into)]
    label: String,
    /// Its drawing.
    icon: IconKind,
    /// It is the page shown, or the one it belongs to.
    #[prop(optional, into)]
    current: Signal<bool>,
) -> impl IntoView {
    view! {
        <li>
            <a href=href class="nav__link" aria-current=move || current.get().then_some("page")>
                <Icon kind=icon />
                <span>{label}</span>
            </a>
        </li>
    }
}
