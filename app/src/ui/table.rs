//! Tables that become cards on narrow screens.
//!
//! Roles are spelled out because `display: block` on a narrow screen would take them away.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// How a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Could be, is not.
    None,
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Sort {
    const fn aria(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    label: String,
    is_numeric: bool,
    is_hidden: bool,
    sort: Option<(String, Sort)>,
}

impl Header {
    /// A column called `label`.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), is_numeric: false, is_hidden: false, sort: None }
    }

    /// Right-aligned numbers.
    #[must_use]
    pub fn numeric(self) -> Self {
        Self { is_numeric: true, ..self }
    }

    /// The label is for assistive technology only (columns of buttons).
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { is_hidden: true, ..self }
    }

    /// Can be sorted: `href` is the page with the next order, `sort` the present one.
    #[must_use]
    pub fn sorted(self, href: impl Into<String>, sort: Sort) -> Self {
        Self { sort: Some((href.into(), sort)), ..self }
    }

    fn into_view(self) -> impl IntoView {
        let label = if self.is_hidden {
            view! { <span class="visually-hidden">{self.label}</span> }.into_any()
        } else {
            self.label.into_any()
        };
        let sort = self.sort.as_ref().map(|(_, sort)| sort.aria());
        let content = match self.sort {
            Some((href, _)) => view! {
                <a href=href class="table__sort">
                    {label}
                    <Icon kind=IconKind::Chevron />
                </a>
            }
            .into_any(),
            None => label,
        };
        let class = if self.is_numeric { "table__head table__cell--numeric" } else { "table__head" };
        view! {
            <th scope="col" role="columnheader" class=class aria-sort=sort>
                {content}
            </th>
        }
    }
}

/// A table of [`Row`]s, in a wrapper that scrolls on its own when it must.
#[component]
pub fn Table(
    /// What the table lists.
    #[prop(into)]
    caption: String,
    /// The columns.
    headers: Vec<Header>,
    /// Keeps the caption for assistive technology only.
    #[prop(default = true)]
    hide_caption: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let label = caption.clone();
    view! {
        <div class="table-wrap" role="region" aria-label=label tabindex="0">
            <table class="table" role="table">
                <caption class=if hide_caption { "visually-hidden" } else { "table__caption" }>{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">{headers.into_iter().map(Header::into_view).collect_view()}</tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
}

/// One row.
#[component]
pub fn Row(
    /// The cells.
    children: Children,
) -> impl IntoView {
    view! {
        <tr class="table__row" role="row">
            {children()}
        </tr>
    }
}

/// One cell; on a narrow screen its label stands before it.
#[component]
pub fn Cell(
    /// The header's text.
    #[prop(into)]
    label: String,
    /// Right-aligned numbers.
    #[prop(optional)]
    numeric: bool,
    /// Names the row.
    #[prop(optional)]
    heading: bool,
    /// Holds the row's buttons and links.
    #[prop(optional)]
    actions: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    let class = match (numeric, actions) {
        (true, _) => "table__cell table__cell--numeric",
        (false, true) => "table__cell table__cell--actions",
        (false, false) => "table__cell",
    };
    if heading {
        view! {
            <th scope="row" role="rowheader" class="table__cell table__cell--heading" data-label=label>
                <div class="table__value">{children()}</div>
            </th>
        }
        .into_any()
    } else {
        view! {
            <td role="cell" class=class data-label=label>
                <div class="table__value">{children()}</div>
            </td>
        }
        .into_any()
    }
}
