//! The polite live region for confirmations.

use std::time::Duration;

use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::icon::{Icon, IconKind};

/// How long a confirmation stays.
const STAYS: Duration = Duration::from_secs(8);

/// Waits, then clears the message unless it has changed meanwhile or someone points at it or has focus in it.
fn clear_later(
    region: NodeRef<html::Div>,
    message: RwSignal<Option<String>>,
    shown: String,
) -> Option<TimeoutHandle> {
    let later = move || {
        let is_held = region
            .try_get_untracked()
            .flatten()
            .is_some_and(|element| element.matches(":hover, :focus-within").unwrap_or(false));
        if message.try_get_untracked().flatten().as_ref() != Some(&shown) {
            return;
        }
        if is_held {
            clear_later(region, message, shown);
        } else {
            message.set(None);
        }
    };
    set_timeout_with_handle(later, STAYS).ok()
}

/// Shows the latest confirmation for eight seconds; errors belong where they happened, not here.
#[component]
pub fn ToastRegion(
    /// What to say.
    message: RwSignal<Option<String>>,
) -> impl IntoView {
    let region = NodeRef::<html::Div>::new();
    Effect::new(move |running: Option<Option<TimeoutHandle>>| {
        if let Some(handle) = running.flatten() {
            handle.clear();
        }
        message.get().and_then(|shown| clear_later(region, message, shown))
    });
    view! {
        <div class="toasts" role="status" aria-live="polite" node_ref=region>
            {move || {
                message
                    .get()
                    .map(|text| {
                        view! {
                            <div class="toast">
                                <Icon kind=IconKind::Check />
                                <p class="toast__text">{text}</p>
                                <button type="button" class="toast__close" on:click=move |_| message.set(None)>
                                    <Icon kind=IconKind::Cross label="Dismiss" />
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
