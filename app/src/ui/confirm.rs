//! Asking before something is taken away: the same content in a dialog and on a page.

use leptos::{ev::MouseEvent, prelude::*};

use super::{
    button::{Button, ButtonKind},
    icon::{Icon, IconKind},
};

/// What is about to happen, what follows from it, and the form that does it. Plain content.
#[component]
pub fn ConfirmPanel(
    /// The question, naming the thing.
    #[prop(into)]
    title: String,
    /// One sentence on what happens.
    #[prop(optional, into)]
    lead: String,
    /// What follows, one item each.
    #[prop(optional)]
    consequences: Vec<String>,
    /// Heading level.
    #[prop(default = 2)]
    level: u8,
    /// The form, with [`ConfirmActions`] in it.
    children: Children,
) -> impl IntoView {
    let consequences = (!consequences.is_empty()).then(|| {
        let items = consequences
            .into_iter()
            .map(|text| view! { <li><Icon kind=IconKind::Minus /><span>{text}</span></li> })
            .collect_view();
        view! { <ul class="confirm__consequences">{items}</ul> }
    });
    view! {
        <section class="confirm">
            {super::section::heading(level, "confirm__title", title)}
            {(!lead.is_empty()).then(|| view! { <p class="confirm__lead">{lead}</p> })}
            {consequences}
            {children()}
        </section>
    }
}

/// Confirm and cancel; cancel has focus first.
#[component]
pub fn ConfirmActions(
    /// What the confirming button says ("Remove okta").
    #[prop(into)]
    confirm_label: String,
    /// Where cancel leads without scripts.
    #[prop(into)]
    cancel_href: String,
    /// What cancel says.
    #[prop(default = "Cancel".into(), into)]
    cancel_label: String,
    /// The action is running.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// Weight of the confirming button.
    #[prop(default = ButtonKind::Danger)]
    kind: ButtonKind,
    /// Closes the dialog instead of following the link.
    #[prop(optional, into)]
    on_cancel: Option<Callback<()>>,
    /// Form field name sent by the confirming button.
    #[prop(optional, into)]
    name: String,
    /// Form field value sent with `name`.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let cancel = move |event: MouseEvent| {
        if let Some(on_cancel) = on_cancel {
            event.prevent_default();
            on_cancel.run(());
        }
    };
    view! {
        <div class="form-actions">
            <Button kind pending name value>
                {confirm_label}
            </Button>
            <a href=cancel_href class="button button--secondary" autofocus=true on:click=cancel>
                <span class="button__label">{cancel_label}</span>
            </a>
        </div>
    }
}
