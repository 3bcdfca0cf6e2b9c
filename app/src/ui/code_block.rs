//! Code and other exact text.

use leptos::prelude::*;

/// Several lines of exact text.
#[component]
pub fn CodeBlock(
    /// The text.
    #[prop(into)]
    code: String,
    /// What it is.
    #[prop(default = "Code".into(), into)]
    label: String,
) -> impl IntoView {
    view! {
        <pre class="code-block" tabindex="0" role="region" aria-label=label>
            <code>{code}</code>
        </pre>
    }
}

/// Exact text in a sentence.
#[component]
pub fn Code(
    /// The text.
    children: Children,
) -> impl IntoView {
    view! { <code class="code">{children()}</code> }
}
