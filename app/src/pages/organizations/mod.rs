//! Organizations and their projects. All of these pages are documents.

pub(super) mod delete;
mod detail;
mod list;
mod new;
mod project;

pub use delete::{DeleteOrganization, DeleteProject};
pub use detail::Organization;
pub use list::List;
pub use new::New;
pub use project::Project;

use domain::api::UsedBy;
use leptos::prelude::*;

use crate::{
    routes,
    text::count,
    ui::{Callout, TextLink, Tone},
};

/// Owners by user name, or that there is none.
pub(super) fn owners(names: &[String]) -> String {
    if names.is_empty() { "Nobody yet".to_owned() } else { names.join(", ") }
}

/// What keeps a thing from being deleted, each with the way to it.
pub(super) fn blockers(used_by: Vec<UsedBy>, what: &str) -> impl IntoView + use<> {
    let number = u64::try_from(used_by.len()).unwrap_or(u64::MAX);
    let is_cut = number >= 100;
    let lead = format!(
        "{} on this {what}. Remove or move them first; then it can be deleted.",
        count(number, "thing hangs", "things hang")
    );
    let items = used_by
        .into_iter()
        .map(|item| {
            let href = match item.kind.as_str() {
                "project" => Some(routes::project(&item.id)),
                "mapping rule" => Some(routes::rule(&item.id)),
                _ => None,
            };
            let kind = item.kind.clone();
            let name = match href {
                Some(href) => view! { <TextLink href=href>{item.name}</TextLink> }.into_any(),
                None => item.name.into_any(),
            };
            view! { <li>{name} " " <span class="muted small">{kind}</span></li> }
        })
        .collect_view();
    view! {
        <Callout title="Cannot be deleted yet" kind=Tone::Warn>
            <p>{lead}</p>
            <ul>{items}</ul>
            {is_cut.then(|| view! { <p class="muted">"The first hundred are listed."</p> })}
        </Callout>
    }
}

/// The value that was typed into a field of a refused form, else the stored one.
pub(super) fn typed(values: &[(String, String)], name: &str, stored: &str) -> String {
    let found = values.iter().find(|(known, _)| known == name);
    found.map_or_else(|| stored.to_owned(), |(_, value)| value.clone())
}
