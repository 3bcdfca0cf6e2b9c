//! A password input that can be shown.

use leptos::prelude::*;

use super::{
    field::{described_by, error_view, field_id, hint_view, invalid, label_view},
    hydrated::use_hydrated,
};

/// The input of a password or secret with its show button, which appears once scripts run. Never has a first value.
pub(super) fn concealed_input(
    id: String,
    name: String,
    autocomplete: &'static str,
    required: bool,
    mono: bool,
    describedby: impl Fn() -> Option<String> + Send + Sync + 'static,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let is_shown = RwSignal::new(false);
    let controls = id.clone();
    view! {
        <div class="concealed">
            <input
                id=id
                class=if mono { "field__control field__control--mono" } else { "field__control" }
                type=move || if is_shown.get() { "text" } else { "password" }
                name=name
                required=required
                autocomplete=autocomplete
                placeholder=" "
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=describedby
                aria-invalid=move || invalid(error)
            />
            <button
                type="button"
                class="concealed__toggle"
                hidden=move || !hydrated.get()
                aria-controls=controls
                aria-pressed=move || if is_shown.get() { "true" } else { "false" }
                on:click=move |_| is_shown.update(|shown| *shown = !*shown)
            >
                {move || if is_shown.get() { "Hide" } else { "Show" }}
            </button>
        </div>
    }
    .into_any()
}

/// A password with label, hint, error and a show button. Pasting and password managers work.
#[component]
pub fn PasswordField(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name; the id follows from it.
    #[prop(into)]
    name: String,
    /// What to enter.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The autocomplete token.
    #[prop(default = "current-password")]
    autocomplete: &'static str,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let id = field_id(&name);
    view! {
        <div class="field">
            {label_view(&id, label, false, false)} {hint_view(&id, &hint)}
            {concealed_input(
                id.clone(),
                name,
                autocomplete,
                required,
                false,
                described_by(&id, &hint, error),
                error,
            )} {error_view(&id, error)}
        </div>
    }
}
