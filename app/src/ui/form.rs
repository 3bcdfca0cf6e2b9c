//! Plain forms and how their parts are laid out.

use leptos::prelude::*;

use super::button::{Button, ButtonKind, LinkButton};

/// A plain POST form, for what does not need an action's state.
#[component]
pub fn PostForm(
    /// Where it is sent.
    #[prop(into)]
    action: String,
    /// More class names.
    #[prop(optional, into)]
    class: String,
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=action class=(!class.is_empty()).then_some(class)>
            {children()}
        </form>
    }
}

/// A row of filters that end up in the address.
#[component]
pub fn FilterBar(
    /// The page the filters are for.
    #[prop(into)]
    action: String,
    /// Name of the search landmark.
    #[prop(default = "Filters".into(), into)]
    label: String,
    /// What the button says.
    #[prop(default = "Apply".into(), into)]
    submit_label: String,
    /// The page without filters; empty when none is set.
    #[prop(optional, into)]
    reset_href: String,
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="get" action=action class="filter-bar" role="search" aria-label=label>
            {children()}
            <div class="filter-bar__actions">
                <Button kind=ButtonKind::Secondary>{submit_label}</Button>
                {(!reset_href.is_empty())
                    .then(|| view! { <LinkButton href=reset_href kind=ButtonKind::Quiet>"Clear"</LinkButton> })}
            </div>
        </form>
    }
}

/// A part of a long form: heading and description beside the fields when there is room.
#[component]
pub fn FormSection(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What this part is for.
    #[prop(optional, into)]
    lead: String,
    /// Anchor.
    #[prop(optional, into)]
    id: String,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="form-section" id=(!id.is_empty()).then_some(id)>
            <div class="form-section__head">
                <h2 class="form-section__title">{title}</h2>
                {(!lead.is_empty()).then(|| view! { <p class="form-section__lead">{lead}</p> })}
            </div>
            <div class="form-section__fields">{children()}</div>
        </section>
    }
}

/// The buttons at the end of a form, the main one first.
#[component]
pub fn FormActions(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="form-actions">{children()}</div> }
}

/// Short fields in one line when there is room.
#[component]
pub fn FieldRow(
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! { <div class="field-row">{children()}</div> }
}

/// A value the form carries along.
#[component]
pub fn HiddenField(
    /// The form field name.
    #[prop(into)]
    name: String,
    /// The value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value /> }
}
