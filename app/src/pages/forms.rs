//! What every form of a server function needs: what was typed, what was refused, and why, with scripts and without.

use leptos::{
    form::FromFormData, html, prelude::*, server::ServerActionError, server_fn::ServerFn,
    wasm_bindgen::JsCast, web_sys,
};
use serde::de::DeserializeOwned;

use crate::{
    error::AppError,
    functions::form_draft,
    pages::reading::{Reading, reading},
    text,
    ui::{ErrorSummary, field_id},
};

/// One control: its form field name, the field as errors name it, its label.
pub type FieldName = (&'static str, &'static str, &'static str);

/// Whether the browser comes back from a form of this server function that was refused without scripts.
pub fn was_refused<S: ServerFn>() -> bool {
    use_context::<ServerActionError>().is_some_and(|error| error.path() == S::PATH)
}

/// What was typed into the form that was refused without scripts; empty otherwise.
pub fn refused_values<S: ServerFn>() -> Reading<Vec<(String, String)>> {
    let refused = was_refused::<S>();
    reading(|| (), move |()| async move { if refused { form_draft().await } else { Ok(Vec::new()) } })
}

/// Puts refused values over a form: names like `form[issuer]` are its members. A box that was not ticked is not among
/// the values, so `boxes` are cleared first. The form stays as it is when nothing was refused.
pub fn over<F: serde::Serialize + DeserializeOwned>(
    form: F,
    values: &[(String, String)],
    boxes: &[&str],
) -> F {
    let mut members = match serde_json::to_value(&form) {
        Ok(serde_json::Value::Object(members)) if !values.is_empty() => members,
        _ => return form,
    };
    for name in boxes {
        members.insert((*name).to_owned(), serde_json::Value::Null);
    }
    for (name, value) in values {
        let member = name.strip_prefix("form[").and_then(|rest| rest.strip_suffix(']'));
        if let Some(slot) = member.and_then(|member| members.get_mut(member)) {
            *slot = value.clone().into();
        }
    }
    serde_json::from_value(serde_json::Value::Object(members)).unwrap_or(form)
}

/// What the form holds at this moment, read from the page.
pub fn read<F: DeserializeOwned>(form: NodeRef<html::Form>) -> Option<F> {
    let element = form.get_untracked()?;
    F::from_form_data(&web_sys::FormData::new_with_form(&element).ok()?).ok()
}

/// The name of the control an event comes from.
pub fn control_name(event: &web_sys::Event) -> Option<String> {
    event.target()?.dyn_into::<web_sys::Element>().ok()?.get_attribute("name")
}

/// The errors of a server function's last answer, in the shape that [`FormErrors`] and fields take.
pub fn error_of<S>(action: ServerAction<S>) -> Signal<Option<AppError>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let value = action.value();
    let pending = action.pending();
    Signal::derive(move || {
        if pending.get() {
            None
        } else {
            value.with(|value| value.as_ref().and_then(|result| result.as_ref().err().cloned()))
        }
    })
}

/// The sentence for one field.
pub fn field_error(error: Signal<Option<AppError>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || error.with(|error| error.as_ref().and_then(|error| error.field(field))))
}

/// What was wrong with the form that was sent: takes focus, links to the fields.
#[component]
pub fn FormErrors(
    /// The last answer's error.
    error: Signal<Option<AppError>>,
    /// The form's controls.
    fields: &'static [FieldName],
    /// What did not happen.
    #[prop(default = "Not saved")]
    title: &'static str,
) -> impl IntoView {
    let items = Memo::new(move |_| {
        error.with(|error| match error {
            None => Vec::new(),
            Some(AppError::Invalid { fields: wrong }) => {
                // In the form's order. A problem's field is matched, never shown: it may come from an address.
                let mut items: Vec<(String, String)> = fields
                    .iter()
                    .filter_map(|(name, field, label)| {
                        Some((field_id(name), format!("{label}: {}", wrong.message(field)?)))
                    })
                    .collect();
                if items.is_empty() {
                    let code = domain::problem::ProblemCode::Invalid;
                    items.push((String::new(), code.message().to_owned()));
                }
                items
            }
            Some(error) => {
                let reference = match error {
                    AppError::Refused { reference, .. } => text::reference(reference),
                    _ => None,
                };
                let said = text::error(error);
                vec![(
                    String::new(),
                    reference.map_or(said.to_owned(), |found| format!("{said} Reference {found}.")),
                )]
            }
        })
    });
    view! { <ErrorSummary title errors=items /> }.into_any()
}
