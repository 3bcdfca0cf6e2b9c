//! Back and forth through a long list.

use leptos::prelude::*;

/// Links to the pages before and after; a missing one is shown as text, so the row does not jump.
#[component]
pub fn Pagination(
    /// The page before.
    #[prop(optional_no_strip)]
    previous: Option<String>,
    /// The page after.
    #[prop(optional_no_strip)]
    next: Option<String>,
    /// Where we are ("1–25 of 80").
    #[prop(optional, into)]
    summary: String,
    /// Name of the landmark.
    #[prop(default = "Pages".into(), into)]
    label: String,
) -> impl IntoView {
    let step = |href: Option<String>, text: &'static str, rel: &'static str| match href {
        Some(href) => {
            view! { <a href=href rel=rel class="button button--secondary button--small">{text}</a> }
                .into_any()
        }
        None => view! {
            <span class="button button--secondary button--small" aria-disabled="true">
                {text}
            </span>
        }
        .into_any(),
    };
    view! {
        <nav class="pagination" aria-label=label>
            <p class="pagination__summary">{summary}</p>
            {step(previous, "Previous", "prev")}
            {step(next, "Next", "next")}
        </nav>
    }
}
