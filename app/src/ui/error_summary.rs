//! What is wrong with a form, first thing after sending it.

use leptos::{html, prelude::*};

use super::icon::{Icon, IconKind};

/// The list of what to correct, each item a link to its control. Renders nothing while there is nothing wrong; takes
/// focus whenever a new list appears.
#[component]
pub fn ErrorSummary(
    /// What happened ("Not saved: two things to correct").
    #[prop(into)]
    title: String,
    /// Control id (see [`field_id`](super::field_id); empty for none) and message.
    #[prop(into)]
    errors: Signal<Vec<(String, String)>>,
) -> impl IntoView {
    let summary = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let (Some(element), false) = (summary.get(), errors.with(Vec::is_empty)) {
            let _ = element.focus();
        }
    });
    move || {
        let title = title.clone();
        let errors = errors.get();
        (!errors.is_empty()).then(|| {
            let items = errors
                .into_iter()
                .map(|(id, message)| {
                    if id.is_empty() {
                        view! { <li>{message}</li> }.into_any()
                    } else {
                        let href = format!("#{id}");
                        view! { <li><a href=href rel="external" class="link">{message}</a></li> }.into_any()
                    }
                })
                .collect_view();
            view! {
                // Where no script moves the focus, the browser does when the page has loaded.
                <div
                    class="callout callout--bad error-summary"
                    role="alert"
                    tabindex="-1"
                    autofocus=true
                    node_ref=summary
                >
                    <Icon kind=IconKind::Warning />
                    <div class="callout__content">
                        <p class="callout__title">{title}</p>
                        <ul class="error-summary__list">{items}</ul>
                    </div>
                </div>
            }
        })
    }
}
