//! A stand-in while something loads.

use leptos::prelude::*;

/// Grey lines in place of what is being read.
#[component]
pub fn Skeleton(
    /// What assistive technology hears.
    #[prop(default = "Loading".into(), into)]
    label: String,
    /// How many lines.
    #[prop(default = 3)]
    lines: usize,
) -> impl IntoView {
    let lines = (0..lines).map(|_| view! { <span class="skeleton__line"></span> }).collect_view();
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="visually-hidden">{label}</span>
            {lines}
        </div>
    }
}
