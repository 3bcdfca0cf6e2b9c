//! The single column of the pages before anyone is signed in.

use leptos::{children::ViewFnOnce, prelude::*};

use super::{
    icon::{Icon, IconKind},
    section::heading,
};

/// One column, 22 rem: mark, title, card, foot.
#[component]
pub fn AuthLayout(
    /// The title.
    #[prop(into)]
    title: String,
    /// The product's or installation's name beside the mark.
    #[prop(into)]
    brand: String,
    /// A line under the title.
    #[prop(optional, into)]
    lead: String,
    /// Below the card.
    #[prop(optional, into)]
    foot: Option<ViewFnOnce>,
    /// Inside the card.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="auth">
            <main class="auth__column" id="main" tabindex="-1">
                <p class="brand auth__brand">
                    <span class="brand__mark"><Icon kind=IconKind::Key /></span>
                    <span class="brand__name">{brand}</span>
                </p>
                <div class="auth__card">
                    <div class="auth__head">
                        {heading(1, "auth__title", title)}
                        {(!lead.is_empty()).then(|| view! { <p class="auth__lead">{lead}</p> })}
                    </div>
                    {children()}
                </div>
            </main>
            {foot.map(|foot| view! { <footer class="auth__foot">{foot.run()}</footer> })}
        </div>
    }
}

/// A line between two ways, with a word on it.
#[component]
pub fn Divider(
    /// The word; empty for a plain line.
    #[prop(optional, into)]
    label: String,
) -> impl IntoView {
    if label.is_empty() {
        view! { <hr class="divider" /> }.into_any()
    } else {
        view! { <p class="divider"><span>{label}</span></p> }.into_any()
    }
}
