//! The head of a page.

use leptos::{children::ViewFnOnce, prelude::*};

use super::section::heading;

/// The one `h1` of a page, which takes focus after a navigation, with what the page is for and its main actions.
#[component]
pub fn PageHeader(
    /// The title.
    #[prop(into)]
    title: String,
    /// What the page is for.
    #[prop(optional, into)]
    lead: String,
    /// The main actions.
    #[prop(optional, into)]
    actions: Option<ViewFnOnce>,
    /// A way back, above the title.
    #[prop(optional, into)]
    above: Option<ViewFnOnce>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            {above.map(|above| view! { <div class="page-header__above">{above.run()}</div> })}
            <div class="page-header__row">
                <div>
                    {heading(1, "page-header__title", title)}
                    {(!lead.is_empty()).then(|| view! { <p class="page-header__lead">{lead}</p> })}
                </div>
                {actions.map(|actions| view! { <div class="page-header__actions">{actions.run()}</div> })}
            </div>
        </header>
    }
}
