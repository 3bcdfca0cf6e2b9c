//! What every form of a server function needs: what was typed, what was refused, and why, with scripts and without.

use leptos::{
    html,
    prelude::*,
    server::ServerActionError,
    server_fn::ServerFn,
    wasm_bindgen::JsCast,
    web_sys::{self, js_sys},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

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
pub fn over<F: Serialize + DeserializeOwned>(form: F, values: &[(String, String)], boxes: &[&str]) -> F {
    let mut members = match serde_json::to_value(&form) {
        Ok(Value::Object(members)) if !values.is_empty() => members,
        _ => return form,
    };
    for name in boxes {
        members.insert((*name).to_owned(), Value::Null);
    }
    for list in members.values_mut().filter(|value| value.is_array()) {
        *list = Value::Array(Vec::new());
    }
    for (name, value) in values {
        if let Some(member) = member(name) {
            if let Some(slot) = members.get_mut(member) {
                *slot = value.clone().into();
            } else if let Some((list, row, member)) = in_list(member) {
                put(&mut members, list, row, member, value);
            }
        }
    }
    domain::tree::read(&Value::Object(members)).unwrap_or(form)
}

/// What the form holds at this moment, read from the page: its controls with names like `form[issuer]`.
pub fn read<F: DeserializeOwned>(form: NodeRef<html::Form>) -> Option<F> {
    let element = form.get_untracked()?;
    let data = web_sys::FormData::new_with_form(&element).ok()?;
    let mut members = Map::new();
    for pair in js_sys::try_iter(&data).ok()?? {
        let pair: js_sys::Array = pair.ok()?.dyn_into().ok()?;
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string())
            && let Some(member) = member(&name)
        {
            match in_list(member) {
                Some((list, row, member)) => put(&mut members, list, row, member, &value),
                None => drop(members.insert(member.to_owned(), value.into())),
            }
        }
    }
    domain::tree::read(&Value::Object(members)).ok()
}

/// `issuer` of `form[issuer]`.
fn member(name: &str) -> Option<&str> {
    name.strip_prefix("form[").and_then(|rest| rest.strip_suffix(']'))
}

/// `conditions`, 0 and `kind` of `conditions][0][kind`.
fn in_list(member: &str) -> Option<(&str, usize, &str)> {
    let (list, rest) = member.split_once("][")?;
    let (row, member) = rest.split_once("][")?;
    Some((list, row.parse().ok()?, member))
}

/// The most rows of a list in a form.
const MOST_ROWS: usize = 64;

/// Puts a value into a row of a list, and makes the rows up to it.
fn put(members: &mut Map<String, Value>, list: &str, row: usize, member: &str, value: &str) {
    let rows = members.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    let Some(rows) = rows.as_array_mut().filter(|_| row < MOST_ROWS) else { return };
    while rows.len() <= row {
        rows.push(Value::Object(Map::new()));
    }
    if let Some(fields) = rows.get_mut(row).and_then(Value::as_object_mut) {
        fields.insert(member.to_owned(), value.into());
    }
}

/// The name of the control an event comes from.
pub fn control_name(event: &web_sys::Event) -> Option<String> {
    event.target()?.dyn_into::<web_sys::Element>().ok()?.get_attribute("name")
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
