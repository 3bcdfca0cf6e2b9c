//! Light, dark, or as the system says.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// Three buttons that post `theme` and `back`; works without scripts.
#[component]
pub fn ThemeSwitch(
    /// `light`, `dark` or `system`.
    #[prop(into)]
    current: Signal<String>,
    /// The path to come back to.
    #[prop(into)]
    back: Signal<String>,
    /// Where the form is sent.
    #[prop(default = "/fn/theme".into(), into)]
    action: String,
) -> impl IntoView {
    let buttons = [
        ("light", "Light", IconKind::Sun),
        ("dark", "Dark", IconKind::Moon),
        ("system", "As the system", IconKind::Monitor),
    ]
    .map(|(value, label, kind)| {
        let is_current = move || current.with(|current| current == value);
        view! {
            <button
                type="submit"
                name="theme"
                value=value
                class="theme-switch__button"
                title=label
                aria-pressed=move || if is_current() { "true" } else { "false" }
            >
                <Icon kind label />
            </button>
        }
    })
    .into_iter()
    .collect_view();
    view! {
        <form method="post" action=action class="theme-switch">
            <input type="hidden" name="back" value=move || back.get() />
            <div class="theme-switch__group" role="group" aria-label="Theme">
                {buttons}
            </div>
        </form>
    }
}
