//! Yes or no: a box to tick and a switch.

use leptos::prelude::*;

use super::field::{described_by, error_view, hint_view, id_or_default, invalid};
use super::{hydrated::kept, locked::locked};

/// Everything a box and a switch have in common.
struct Toggle {
    label: String,
    name: String,
    value: String,
    checked: bool,
    live: Option<RwSignal<bool>>,
    hint: String,
    error: Signal<Option<String>>,
    id: String,
    is_switch: bool,
    hide_label: bool,
}

impl Toggle {
    fn into_view(self) -> impl IntoView {
        let Self { label, name, value, checked, live, hint, error, id, is_switch, hide_label } = self;
        let id = id_or_default(id, &name);
        let first = live.map_or(checked, |live| live.get_untracked());
        let lock = locked(&name);
        let is_locked = lock.is_some();
        let hint = lock.unwrap_or(hint);
        // A control that is disabled is not sent.
        let sent = (is_locked && first)
            .then(|| view! { <input type="hidden" name=name.clone() value=value.clone() /> });
        view! {
            <div class="choice">
                <input
                    id=id.clone()
                    class=if is_switch { "choice__control switch" } else { "choice__control checkbox" }
                    type="checkbox"
                    role=is_switch.then_some("switch")
                    name=name
                    value=value
                    checked=first
                    disabled=is_locked
                    prop:checked=kept(live, first)
                    on:change=move |event| {
                        if let Some(live) = live {
                            live.set(event_target_checked(&event));
                        }
                    }
                    aria-describedby=described_by(&id, &hint, error)
                    aria-invalid=move || invalid(error)
                />
                {sent}
                <div class="choice__text">
                    <label
                        for=id.clone()
                        class=if hide_label { "choice__label visually-hidden" } else { "choice__label" }
                    >
                        {label}
                    </label>
                    {hint_view(&id, &hint)}
                    {error_view(&id, error)}
                </div>
            </div>
        }
    }
}

/// A box to tick.
#[component]
pub fn Checkbox(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name; the id follows from it.
    #[prop(into)]
    name: String,
    /// What is sent when ticked.
    #[prop(default = "true".into(), into)]
    value: String,
    /// Ticked at first.
    #[prop(optional)]
    checked: bool,
    /// Two-way binding, instead of `checked`.
    #[prop(optional)]
    live: Option<RwSignal<bool>>,
    /// What it changes.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Another id, when two controls on a page have the same name.
    #[prop(optional, into)]
    id: String,
    /// Keeps the label for assistive technology only: rows that say themselves what is ticked.
    #[prop(optional)]
    hide_label: bool,
) -> impl IntoView {
    Toggle { label, name, value, checked, live, hint, error, id, is_switch: false, hide_label }.into_view()
}

/// A switch for something that is on or off; the label says what "on" means.
#[component]
pub fn Switch(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name; the id follows from it.
    #[prop(into)]
    name: String,
    /// What is sent when on.
    #[prop(default = "true".into(), into)]
    value: String,
    /// On at first.
    #[prop(optional)]
    checked: bool,
    /// Two-way binding, instead of `checked`.
    #[prop(optional)]
    live: Option<RwSignal<bool>>,
    /// What it changes.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Another id, when two controls on a page have the same name.
    #[prop(optional, into)]
    id: String,
) -> impl IntoView {
    Toggle { label, name, value, checked, live, hint, error, id, is_switch: true, hide_label: false }
        .into_view()
}
