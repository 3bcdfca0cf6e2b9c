//! A labelled multi-line text control.

use leptos::prelude::*;

use super::field::{control_class, described_by, error_view, hint_view, id_or_default, invalid, label_view};
use super::{hydrated::kept, locked::locked};

/// The text as markup. The framework writes the children of a `textarea` as they are, so they are not given as children.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A multi-line text control with label, hint and error.
#[component]
pub fn TextArea(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name; the id follows from it.
    #[prop(into)]
    name: String,
    /// The first value.
    #[prop(optional, into)]
    value: String,
    /// Two-way binding, instead of `value`.
    #[prop(optional)]
    live: Option<RwSignal<String>>,
    /// What to enter and where to find it.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    /// Marks the label as optional.
    #[prop(optional)]
    optional_mark: bool,
    /// Code and lists of identifiers.
    #[prop(optional)]
    mono: bool,
    /// Height in lines.
    #[prop(default = 4)]
    rows: u32,
    /// An example; never the only instruction.
    #[prop(optional, into)]
    placeholder: String,
    /// Shown, sent, not editable.
    #[prop(optional)]
    readonly: bool,
    /// Keeps the label for assistive technology only.
    #[prop(optional)]
    hide_label: bool,
    /// Another id, when two controls on a page have the same name.
    #[prop(optional, into)]
    id: String,
) -> impl IntoView {
    let id = id_or_default(id, &name);
    let (hint, readonly) = match locked(&name) {
        Some(why) => (why, true),
        None => (hint, readonly),
    };
    let first = live.map_or(value, |live| live.get_untracked());
    view! {
        <div class="field">
            {label_view(&id, label, hide_label, optional_mark)} {hint_view(&id, &hint)}
            <textarea
                id=id.clone()
                class=control_class(mono)
                name=name
                rows=rows.to_string()
                prop:value=kept(live, first.clone())
                on:input=move |event| {
                    if let Some(live) = live {
                        live.set(event_target_value(&event));
                    }
                }
                required=required
                readonly=readonly
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder=(!placeholder.is_empty()).then_some(placeholder)
                aria-describedby=described_by(&id, &hint, error)
                aria-invalid=move || invalid(error)
                inner_html=escape(&first)
            ></textarea>
            {error_view(&id, error)}
        </div>
    }
    .into_any()
}
