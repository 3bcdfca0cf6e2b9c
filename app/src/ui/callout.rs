//! Something to read before going on.

use leptos::prelude::*;

use super::{
    badge::Tone,
    icon::{Icon, IconKind},
    section::heading,
};

/// Information, a warning or a problem, with a heading.
#[component]
pub fn Callout(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What it says.
    #[prop(default = Tone::Info)]
    kind: Tone,
    /// Heading level.
    #[prop(default = 2)]
    level: u8,
    /// The content.
    children: Children,
) -> impl IntoView {
    let icon = if kind == Tone::Bad { IconKind::Warning } else { kind.icon() };
    view! {
        <section class=format!("callout callout--{}", kind.class())>
            <Icon kind=icon />
            <div class="callout__content">
                {heading(level, "callout__title", title)}
                <div class="callout__body">{children()}</div>
            </div>
        </section>
    }
}
