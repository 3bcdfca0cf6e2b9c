//! A bordered surface for one thing.

use leptos::{children::ViewFnOnce, prelude::*};

use super::section::heading;

/// One thing: title, state, content, actions.
#[component]
pub fn Card(
    /// Its name; empty for a card without head.
    #[prop(optional, into)]
    title: String,
    /// A line under the title.
    #[prop(optional, into)]
    lead: String,
    /// Where the title leads.
    #[prop(optional, into)]
    href: String,
    /// Heading level.
    #[prop(default = 2)]
    level: u8,
    /// The state, beside the title.
    #[prop(optional, into)]
    badge: Option<ViewFnOnce>,
    /// Buttons and links at the bottom.
    #[prop(optional, into)]
    actions: Option<ViewFnOnce>,
    /// The content.
    children: Children,
) -> impl IntoView {
    let head = (!title.is_empty()).then(|| {
        let name = if href.is_empty() {
            title.into_any()
        } else {
            view! { <a href=href class="card__link">{title}</a> }.into_any()
        };
        view! {
            <div class="card__head">
                <div class="card__heading">
                    {heading(level, "card__title", name)}
                    {(!lead.is_empty()).then(|| view! { <p class="card__lead">{lead}</p> })}
                </div>
                {badge.map(ViewFnOnce::run)}
            </div>
        }
    });
    view! {
        <div class="card">
            {head}
            <div class="card__body">{children()}</div>
            {actions.map(|actions| view! { <div class="card__actions">{actions.run()}</div> })}
        </div>
    }
}

/// Cards side by side, as many as fit.
#[component]
pub fn CardGrid(
    /// The cards.
    children: Children,
) -> impl IntoView {
    view! { <div class="grid-cards">{children()}</div> }
}
