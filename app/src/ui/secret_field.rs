//! A value that is written and never read back.

use leptos::prelude::*;

use super::{
    field::{described_by, error_view, field_id, hint_view, label_view},
    locked::locked,
    password_field::concealed_input,
};

/// A secret: *not set*, *set on a date*, *will be replaced*, *will be removed*. The stored value is never rendered.
///
/// With a `mode_name` and a stored value it sends `keep`, `replace` or `clear` under that name; which state is shown
/// follows from the checked radio in CSS, so it works without scripts. Without a stored value it sends `replace`.
#[component]
pub fn SecretField(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name of the new value; the id follows from it.
    #[prop(into)]
    name: String,
    /// When the stored value was set ("3 May 2025"); empty when there is none.
    #[prop(optional, into)]
    set_on: String,
    /// The form field name of the choice; empty for "leave empty to keep".
    #[prop(optional, into)]
    mode_name: String,
    /// What to enter and where to find it.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// A value was typed before and is held elsewhere for this form: empty sends that one.
    #[prop(optional)]
    is_held: bool,
    /// The form cannot be sent without it (only when none is stored).
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let is_set = !set_on.is_empty();
    let lock = locked(&name);
    let has_modes = is_set && !mode_name.is_empty();
    let hint = match (is_set && !has_modes, hint.is_empty()) {
        _ if is_held => "What you typed is kept for some minutes: leave empty to save it.".to_owned(),
        (true, true) => "Leave empty to keep the stored value.".to_owned(),
        (true, false) => format!("{hint} Leave empty to keep the stored value."),
        (false, _) => hint,
    };
    if let Some(why) = lock {
        let state = if is_set { format!("Set on {set_on}") } else { "Not set".to_owned() };
        return view! {
            <div class="field secret">
                <p class="field__label">{label}</p>
                <p class="secret__state">{state}</p>
                <p class="field__hint">{why}</p>
            </div>
        }
        .into_any();
    }
    let input = concealed_input(
        id.clone(),
        name,
        "off",
        required && !is_set && !is_held,
        true,
        described_by(&id, &hint, error),
        error,
    );
    let status = if is_held {
        view! { <span class="secret__status secret__status--none">"Typed, not saved yet"</span> }.into_any()
    } else if is_set {
        view! {
            <span class="secret__status secret__status--keep">{format!("Set on {set_on}")}</span>
            <span class="secret__status secret__status--replace">"Will be replaced"</span>
            <span class="secret__status secret__status--clear">"Will be removed"</span>
        }
        .into_any()
    } else {
        view! { <span class="secret__status secret__status--none">"Not set"</span> }.into_any()
    };
    let unset_mode = (!is_set && !mode_name.is_empty())
        .then(|| view! { <input type="hidden" name=mode_name.clone() value="replace" /> });
    let modes = has_modes.then(|| modes_view(&id, &label, &mode_name));
    view! {
        <div class=if has_modes { "field secret secret--modes" } else { "field secret" }>
            <div class="secret__head">{label_view(&id, label, false, false)} <p class="secret__state">{status}</p></div>
            {hint_view(&id, &hint)} {unset_mode} {modes} <div class="secret__input">{input}</div> {error_view(&id, error)}
        </div>
    }
    .into_any()
}

/// The three radios of a stored secret.
fn modes_view(id: &str, label: &str, mode_name: &str) -> impl IntoView + use<> {
    let radios = [("keep", "Keep"), ("replace", "Replace"), ("clear", "Remove")]
        .map(|(value, text)| {
            let radio_id = format!("{id}-{value}");
            let target = radio_id.clone();
            let name = mode_name.to_owned();
            view! {
                <label class="segment" for=target>
                    <input type="radio" id=radio_id name=name value=value checked=value == "keep" />
                    <span class="segment__label">{text}</span>
                </label>
            }
        })
        .into_iter()
        .collect_view();
    let name = format!("{label}: keep, replace or remove");
    view! {
        <div class="segments" role="radiogroup" aria-label=name>
            {radios}
        </div>
    }
}
