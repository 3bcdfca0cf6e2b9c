//! A labelled text input, and the parts every form control shares.

use leptos::prelude::*;

use super::{hydrated::kept, locked::locked};

/// The id of the control with this form field name: `f-` and the name with everything but letters and digits as `-`.
pub fn field_id(name: &str) -> String {
    let plain = name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '-' });
    format!("f-{}", plain.collect::<String>())
}

/// The id in use: the one asked for, or the one that follows from the name.
pub(super) fn id_or_default(id: String, name: &str) -> String {
    if id.is_empty() { field_id(name) } else { id }
}

/// What `aria-describedby` says: the hint and, while there is one, the error.
pub(super) fn described_by(
    id: &str,
    hint: &str,
    error: Signal<Option<String>>,
) -> impl Fn() -> Option<String> + Clone + Send + Sync + 'static + use<> {
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let error_id = format!("{id}-error");
    move || match (hint_id.clone(), error.get().is_some()) {
        (Some(hint_id), true) => Some(format!("{hint_id} {error_id}")),
        (Some(hint_id), false) => Some(hint_id),
        (None, true) => Some(error_id.clone()),
        (None, false) => None,
    }
}

/// What `aria-invalid` says.
pub(super) fn invalid(error: Signal<Option<String>>) -> Option<&'static str> {
    error.get().map(|_| "true")
}

/// The hint below a label.
pub(super) fn hint_view(id: &str, hint: &str) -> impl IntoView + use<> {
    let hint_id = format!("{id}-hint");
    let hint = hint.to_owned();
    (!hint.is_empty()).then(|| view! { <p class="field__hint" id=hint_id>{hint}</p> })
}

/// The error below a control.
pub(super) fn error_view(id: &str, error: Signal<Option<String>>) -> impl IntoView + use<> {
    let error_id = format!("{id}-error");
    move || {
        let error_id = error_id.clone();
        error.get().map(|message| {
            view! {
                <p class="field__error" id=error_id>
                    {message}
                </p>
            }
        })
    }
}

/// The label of a control.
pub(super) fn label_view(
    id: &str,
    label: String,
    is_hidden: bool,
    is_optional: bool,
) -> impl IntoView + use<> {
    let target = id.to_owned();
    view! {
        <label for=target class=if is_hidden { "field__label visually-hidden" } else { "field__label" }>
            {label}
            {is_optional.then(|| view! { <span class="field__optional">" optional"</span> })}
        </label>
    }
}

/// The label of a text control whose mark may come and go.
fn field_label(
    id: &str,
    label: String,
    is_hidden: bool,
    is_optional: bool,
    optional_if: Option<Signal<bool>>,
) -> AnyView {
    let Some(optional) = optional_if else {
        return label_view(id, label, is_hidden, is_optional).into_any();
    };
    let target = id.to_owned();
    view! {
        <label for=target class=if is_hidden { "field__label visually-hidden" } else { "field__label" }>
            {label}
            {move || optional.get().then(|| view! { <span class="field__optional">" optional"</span> })}
        </label>
    }
    .into_any()
}

/// The classes of a text control.
pub(super) fn control_class(mono: bool) -> &'static str {
    if mono { "field__control field__control--mono" } else { "field__control" }
}

/// A one-line text input with label, hint and error.
#[component]
pub fn Field(
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
    /// The input's type.
    #[prop(default = "text")]
    input_type: &'static str,
    /// The form cannot be sent without it.
    #[prop(optional)]
    required: bool,
    /// Marks the label as optional.
    #[prop(optional)]
    optional_mark: bool,
    /// While this says so it may be left empty, and the label says that.
    #[prop(optional)]
    optional_if: Option<Signal<bool>>,
    /// The autocomplete token.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Identifiers, URLs: monospaced, no spell checking.
    #[prop(optional)]
    mono: bool,
    /// Half as wide.
    #[prop(optional)]
    short: bool,
    /// An example; never the only instruction.
    #[prop(optional, into)]
    placeholder: String,
    /// Shown, sent, not editable.
    #[prop(optional)]
    readonly: bool,
    /// Longest value, in UTF-16 units.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// Values offered while typing.
    #[prop(optional)]
    suggestions: Vec<String>,
    /// Keeps the label for assistive technology only.
    #[prop(optional)]
    hide_label: bool,
    /// Takes focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// Another id, when two controls on a page have the same name.
    #[prop(optional, into)]
    id: String,
) -> impl IntoView {
    let id = id_or_default(id, &name);
    let (hint, readonly) = match locked(&name) {
        Some(why) => (why, true),
        None => (hint, readonly),
    };
    let list_id = (!suggestions.is_empty()).then(|| format!("{id}-list"));
    let first = live.map_or(value, |live| live.get_untracked());
    view! {
        <div class=if short { "field field--short" } else { "field" }>
            {field_label(&id, label, hide_label, optional_mark, optional_if)} {hint_view(&id, &hint)}
            <input
                id=id.clone()
                class=control_class(mono)
                type=input_type
                name=name
                value=first.clone()
                prop:value=kept(live, first)
                on:input=move |event| {
                    if let Some(live) = live {
                        live.set(event_target_value(&event));
                    }
                }
                required=move || required && !optional_if.is_some_and(|optional| optional.get())
                readonly=readonly
                autofocus=autofocus
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                placeholder=(!placeholder.is_empty()).then_some(placeholder)
                maxlength=maxlength.map(|length| length.to_string())
                list=list_id.clone()
                aria-describedby=described_by(&id, &hint, error)
                aria-invalid=move || invalid(error)
            />
            {list_id
                .map(|list_id| {
                    let options = suggestions
                        .into_iter()
                        .map(|value| view! { <option value=value></option> })
                        .collect_view();
                    view! { <datalist id=list_id>{options}</datalist> }
                })} {error_view(&id, error)}
        </div>
    }
    .into_any()
}
