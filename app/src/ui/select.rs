//! A native list of up to about fifteen options.

use leptos::prelude::*;

use super::field::{described_by, error_view, hint_view, id_or_default, invalid, label_view};
use super::{hydrated::kept, locked::locked};

/// A native `select` with label, hint and error.
#[component]
pub fn Select(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name; the id follows from it.
    #[prop(into)]
    name: String,
    /// Value and text of every option.
    options: Vec<(String, String)>,
    /// The value chosen first.
    #[prop(optional, into)]
    selected: String,
    /// Two-way binding, instead of `selected`.
    #[prop(optional)]
    live: Option<RwSignal<String>>,
    /// What the choice means.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    /// Half as wide.
    #[prop(optional)]
    short: bool,
    /// Keeps the label for assistive technology only.
    #[prop(optional)]
    hide_label: bool,
    /// Another id, when two controls on a page have the same name.
    #[prop(optional, into)]
    id: String,
) -> impl IntoView {
    let id = id_or_default(id, &name);
    let first = live.map_or(selected, |live| live.get_untracked());
    let lock = locked(&name);
    let is_locked = lock.is_some();
    let hint = lock.unwrap_or(hint);
    // A control that is disabled is not sent.
    let sent = is_locked.then(|| view! { <input type="hidden" name=name.clone() value=first.clone() /> });
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let is_selected = value == first;
            view! {
                <option value=value selected=is_selected>
                    {text}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class=if short { "field field--short" } else { "field" }>
            {label_view(&id, label, hide_label, false)} {hint_view(&id, &hint)}
            <select
                id=id.clone()
                class="field__control field__control--select"
                name=name
                required=required
                disabled=is_locked
                aria-describedby=described_by(&id, &hint, error)
                aria-invalid=move || invalid(error)
                prop:value=kept(live, first.clone())
                on:change=move |event| {
                    if let Some(live) = live {
                        live.set(event_target_value(&event));
                    }
                }
            >
                {options}
            </select>
            {sent}
            {error_view(&id, error)}
        </div>
    }
    .into_any()
}
