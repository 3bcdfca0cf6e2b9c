//! Things that act: buttons and links that look like them.

use leptos::{ev::MouseEvent, prelude::*};

use super::icon::{Icon, IconKind};

/// How much weight an action has on its page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing this page is for.
    Primary,
    /// Everything else.
    #[default]
    Secondary,
    /// Takes something away.
    Danger,
    /// No border: toolbars and rows.
    Quiet,
}

impl ButtonKind {
    /// The class list of a button of this kind.
    pub(super) fn class(self, small: bool, extra: &str) -> String {
        let kind = match self {
            Self::Primary => "button button--primary",
            Self::Secondary => "button button--secondary",
            Self::Danger => "button button--danger",
            Self::Quiet => "button button--quiet",
        };
        let small = if small { " button--small" } else { "" };
        let gap = if extra.is_empty() { "" } else { " " };
        format!("{kind}{small}{gap}{extra}")
    }
}

/// A button. While pending it keeps its width, stays focusable and refuses to act again.
#[component]
pub fn Button(
    /// Its weight.
    #[prop(optional)]
    kind: ButtonKind,
    /// The action it started is still running.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// `submit` or `button`.
    #[prop(default = "submit")]
    button_type: &'static str,
    /// Form field name sent when this button submits.
    #[prop(optional, into)]
    name: String,
    /// Form field value sent with `name`.
    #[prop(optional, into)]
    value: String,
    /// A drawing before the text.
    #[prop(optional)]
    icon: Option<IconKind>,
    /// The 28-pixel size, for rows.
    #[prop(optional)]
    small: bool,
    /// More class names.
    #[prop(optional, into)]
    class: String,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let has_name = !name.is_empty();
    let refuse_while_pending = move |event: MouseEvent| {
        if pending.get_untracked() {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    };
    view! {
        <button
            type=button_type
            class=kind.class(small, &class)
            name=has_name.then_some(name)
            value=has_name.then_some(value)
            aria-disabled=move || pending.get().then_some("true")
            aria-busy=move || pending.get().then_some("true")
            on:click=refuse_while_pending
        >
            {icon.map(|kind| view! { <Icon kind /> })}
            <span class="button__label">{children()}</span>
            <span class="button__spinner" aria-hidden="true"></span>
        </button>
    }
}

/// A link that looks like a button, for actions that are pages.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// Its weight.
    #[prop(optional)]
    kind: ButtonKind,
    /// A drawing before the text.
    #[prop(optional)]
    icon: Option<IconKind>,
    /// The 28-pixel size, for rows.
    #[prop(optional)]
    small: bool,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=kind.class(small, "")>
            {icon.map(|kind| view! { <Icon kind /> })}
            <span class="button__label">{children()}</span>
        </a>
    }
}

/// A full-width choice on a sign-in page: a link when it has an `href`, else a submit button.
#[component]
pub fn ProviderButton(
    /// What it says.
    #[prop(into)]
    label: String,
    /// Where it leads; empty for a submit button.
    #[prop(optional, into)]
    href: String,
    /// Form field name sent by the submit button.
    #[prop(optional, into)]
    name: String,
    /// Form field value sent with `name`.
    #[prop(optional, into)]
    value: String,
    /// A short remark at the end, such as "Last used".
    #[prop(optional, into)]
    note: String,
    /// A drawing instead of the letter.
    #[prop(optional_no_strip)]
    icon: Option<IconKind>,
) -> impl IntoView {
    // "Continue with Okta" is marked O: what follows the last "with", else the first letter of all.
    let mark: String = label
        .rsplit(" with ")
        .next()
        .and_then(|named| named.trim().chars().next())
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    let content = view! {
        <span class="provider-button__mark" aria-hidden="true">
            {icon.map_or_else(|| mark.into_any(), |kind| view! { <Icon kind /> }.into_any())}
        </span>
        <span class="provider-button__label">{label}</span>
        {(!note.is_empty()).then(|| view! { <span class="provider-button__note">{note}</span> })}
    };
    let has_name = !name.is_empty();
    if href.is_empty() {
        view! {
            <button
                type="submit"
                class="provider-button"
                name=has_name.then_some(name)
                value=has_name.then_some(value)
            >
                {content}
            </button>
        }
        .into_any()
    } else {
        // The target answers with a redirect to another origin, which a client-side router cannot follow.
        view! { <a class="provider-button" href=href rel="external">{content}</a> }.into_any()
    }
}
