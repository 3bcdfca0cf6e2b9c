//! A titled part of a page.

use leptos::{children::ViewFnOnce, prelude::*};

/// A heading of the level asked for (1, the page title, to 4; anything else is a 2).
pub(super) fn heading<V: IntoView + 'static>(level: u8, class: &'static str, content: V) -> AnyView {
    match level {
        1 => view! { <h1 class=class id="page-title" tabindex="-1">{content}</h1> }.into_any(),
        3 => view! { <h3 class=class>{content}</h3> }.into_any(),
        4 => view! { <h4 class=class>{content}</h4> }.into_any(),
        _ => view! { <h2 class=class>{content}</h2> }.into_any(),
    }
}

/// A part of a page with its own heading.
#[component]
pub fn Section(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What this part shows.
    #[prop(optional, into)]
    lead: String,
    /// Buttons and links at the heading's end.
    #[prop(optional, into)]
    actions: Option<ViewFnOnce>,
    /// Anchor.
    #[prop(optional, into)]
    id: String,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section" id=(!id.is_empty()).then_some(id)>
            <div class="section__head">
                <div>
                    {heading(2, "section__title", title)}
                    {(!lead.is_empty()).then(|| view! { <p class="section__lead">{lead}</p> })}
                </div>
                {actions.map(|actions| view! { <div class="section__actions">{actions.run()}</div> })}
            </div>
            {children()}
        </section>
    }
}
