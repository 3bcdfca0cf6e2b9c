//! A native modal dialog.

use leptos::{html, prelude::*};

/// A modal `<dialog>`: the browser keeps focus inside, closes on Esc and gives focus back. Closed without scripts, so
/// what it offers must also have a page of its own.
#[component]
pub fn Dialog(
    /// Its id; the title's id follows from it.
    #[prop(into)]
    id: String,
    /// The title.
    #[prop(into)]
    title: String,
    /// Whether it is open; closing with Esc writes `false`.
    open: RwSignal<bool>,
    /// What is inside.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(element) = dialog.get() else { return };
        match (open.get(), element.open()) {
            (true, false) => {
                let _ = element.show_modal();
            }
            (false, true) => element.close(),
            _ => {}
        }
    });
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog id=id class="dialog" aria-labelledby=labelled_by node_ref=dialog on:close=move |_| open.set(false)>
            <div class="dialog__head">
                <h2 class="dialog__title" id=title_id>
                    {title}
                </h2>
            </div>
            <div class="dialog__body">{children()}</div>
        </dialog>
    }
}
