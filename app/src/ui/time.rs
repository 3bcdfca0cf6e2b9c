//! A point in time.

use leptos::prelude::*;

/// An absolute time, the relative one in the tooltip.
#[component]
pub fn Time(
    /// RFC 3339.
    #[prop(into)]
    datetime: String,
    /// The time as read by people.
    #[prop(into)]
    text: String,
    /// "3 minutes ago".
    #[prop(optional, into)]
    relative: String,
) -> impl IntoView {
    view! {
        <time class="time" datetime=datetime title=(!relative.is_empty()).then_some(relative)>
            {text}
        </time>
    }
}
