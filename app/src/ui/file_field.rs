//! A file that is sent with a form.

use leptos::prelude::*;

use super::field::{described_by, error_view, hint_view, id_or_default, invalid, label_view};

/// A plain POST form that can carry files (RFC 7578).
#[component]
pub fn UploadForm(
    /// Where it is sent.
    #[prop(into)]
    action: String,
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=action enctype="multipart/form-data" class="stack">
            {children()}
        </form>
    }
}

/// A file chosen from the computer, with label, hint and error.
#[component]
pub fn FileField(
    /// The label.
    #[prop(into)]
    label: String,
    /// The form field name; the id follows from it.
    #[prop(into)]
    name: String,
    /// What to choose.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong; begins with what to do.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Endings and types offered first: `.yaml,text/plain`.
    #[prop(optional, into)]
    accept: String,
) -> impl IntoView {
    let id = id_or_default(String::new(), &name);
    view! {
        <div class="field">
            {label_view(&id, label, false, false)} {hint_view(&id, &hint)}
            <input
                id=id.clone()
                class="field__control"
                type="file"
                name=name
                accept=(!accept.is_empty()).then_some(accept)
                aria-describedby=described_by(&id, &hint, error)
                aria-invalid=move || invalid(error)
            />
            {error_view(&id, error)}
        </div>
    }
    .into_any()
}
