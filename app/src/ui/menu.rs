//! Secondary actions behind one button, as a `details` so it opens without scripts.

use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys,
};

use super::icon::{Icon, IconKind};

/// Moves focus to the action after or before the one that has it.
fn move_focus(forward: bool) {
    let item = document().active_element().and_then(|element| element.closest(".menu__item").ok().flatten());
    let target = match (item, forward) {
        (Some(item), true) => item.next_element_sibling(),
        (Some(item), false) => item.previous_element_sibling(),
        (None, _) => document().query_selector(".menu[open] .menu__item").ok().flatten(),
    };
    let action = target.and_then(|item| item.query_selector("a, button").ok().flatten());
    if let Some(action) = action.and_then(|action| action.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = action.focus();
    }
}

/// A menu. Esc closes it and gives focus back, arrows move, leaving it closes it.
#[component]
pub fn Menu(
    /// What the button says.
    #[prop(into)]
    label: String,
    /// A drawing instead of the text, which then is for assistive technology only.
    #[prop(optional)]
    icon: Option<IconKind>,
    /// Opens towards the start of the line.
    #[prop(optional)]
    align_end: bool,
    /// Opens upwards.
    #[prop(optional)]
    up: bool,
    /// [`MenuLink`]s and [`MenuItem`]s.
    children: Children,
) -> impl IntoView {
    let menu = NodeRef::<html::Details>::new();
    let summary = NodeRef::<html::Summary>::new();
    let on_key = move |event: KeyboardEvent| {
        let Some(element) = menu.get_untracked().filter(|element| element.open()) else { return };
        match event.key().as_str() {
            "Escape" => {
                element.set_open(false);
                if let Some(summary) = summary.get_untracked() {
                    let _ = summary.focus();
                }
            }
            "ArrowDown" => move_focus(true),
            "ArrowUp" => move_focus(false),
            _ => return,
        }
        event.prevent_default();
    };
    let on_leave = move |event: FocusEvent| {
        let Some(element) = menu.get_untracked() else { return };
        let target = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if target.is_some_and(|target| !element.contains(Some(&target))) {
            element.set_open(false);
        }
    };
    let list_class = match (align_end, up) {
        (true, true) => "menu__list menu__list--end menu__list--up",
        (true, false) => "menu__list menu__list--end",
        (false, true) => "menu__list menu__list--up",
        (false, false) => "menu__list",
    };
    let face = match icon {
        Some(kind) => view! { <Icon kind label /> }.into_any(),
        None => view! {
            <span class="button__label">{label}</span>
            <Icon kind=IconKind::Chevron />
        }
        .into_any(),
    };
    view! {
        <details class="menu" node_ref=menu on:keydown=on_key on:focusout=on_leave>
            <summary class="menu__button button button--quiet" node_ref=summary>
                {face}
            </summary>
            <ul class=list_class>{children()}</ul>
        </details>
    }
}

/// A menu entry that leads somewhere.
#[component]
pub fn MenuLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <li class="menu__item">
            <a href=href class="menu__action">
                {children()}
            </a>
        </li>
    }
}

/// A menu entry with a form and its button, or a line of text.
#[component]
pub fn MenuItem(
    /// The content.
    children: Children,
) -> impl IntoView {
    view! { <li class="menu__item">{children()}</li> }
}
