//! One or several out of a few, all visible.

use leptos::prelude::*;

use super::field::{described_by, error_view, field_id, hint_view, invalid};

/// One option of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    value: String,
    label: String,
    hint: String,
    is_checked: bool,
}

impl Choice {
    /// An option that sends `value` and says `label`.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new(), is_checked: false }
    }

    /// What choosing it means.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Ticked at first (groups of boxes).
    #[must_use]
    pub fn checked(self, is_checked: bool) -> Self {
        Self { is_checked, ..self }
    }
}

/// One option; the id follows from the group's name and its position, since values may be alike once made safe.
fn option_view(
    input_type: &'static str,
    group: &str,
    position: usize,
    choice: Choice,
    on_choose: Box<dyn Fn(String) + Send + Sync>,
) -> impl IntoView + use<> {
    let id = format!("{}-{position}", field_id(group));
    let hint_id = (!choice.hint.is_empty()).then(|| format!("{id}-hint"));
    let value = choice.value.clone();
    view! {
        <div class="choice">
            <input
                id=id.clone()
                class=if input_type == "radio" { "choice__control radio" } else { "choice__control checkbox" }
                type=input_type
                name=group.to_owned()
                value=choice.value
                checked=choice.is_checked
                aria-describedby=hint_id
                on:change=move |_| on_choose(value.clone())
            />
            <div class="choice__text">
                <label for=id.clone() class="choice__label">
                    {choice.label}
                </label>
                {hint_view(&id, &choice.hint)}
            </div>
        </div>
    }
}

/// Boxes that belong together; each sends its value under the same name.
#[component]
pub fn CheckboxGroup(
    /// What the group is about.
    #[prop(into)]
    legend: String,
    /// The form field name of every box.
    #[prop(into)]
    name: String,
    /// The boxes.
    options: Vec<Choice>,
    /// What ticking means.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = field_id(&name);
    let boxes = options
        .into_iter()
        .enumerate()
        .map(|(position, choice)| option_view("checkbox", &name, position, choice, Box::new(|_| ())))
        .collect_view();
    view! {
        <fieldset class="field choices" id=id.clone() tabindex="-1" aria-describedby=described_by(&id, &hint, error)>
            <legend class="field__label">{legend}</legend>
            {hint_view(&id, &hint)}
            <div class="choices__list">{boxes}</div>
            {error_view(&id, error)}
        </fieldset>
    }
}

/// One out of a few, each with room for an explanation.
#[component]
pub fn RadioGroup(
    /// What is chosen.
    #[prop(into)]
    legend: String,
    /// The form field name.
    #[prop(into)]
    name: String,
    /// The options.
    options: Vec<Choice>,
    /// The value chosen first.
    #[prop(optional, into)]
    selected: String,
    /// Told every choice; its first value wins over `selected`.
    #[prop(optional)]
    live: Option<RwSignal<String>>,
    /// What the choice means.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = field_id(&name);
    let first = live.map_or(selected, |live| live.get_untracked());
    let radios = options
        .into_iter()
        .enumerate()
        .map(|(position, choice)| {
            let is_first = choice.value == first;
            let choose = move |value| {
                if let Some(live) = live {
                    live.set(value);
                }
            };
            option_view("radio", &name, position, choice.checked(is_first), Box::new(choose))
        })
        .collect_view();
    view! {
        <fieldset
            class="field choices"
            id=id.clone()
            tabindex="-1"
            role="radiogroup"
            aria-describedby=described_by(&id, &hint, error)
            aria-invalid=move || invalid(error)
        >
            <legend class="field__label">{legend}</legend>
            {hint_view(&id, &hint)}
            <div class="choices__list">{radios}</div>
            {error_view(&id, error)}
        </fieldset>
    }
}
