use domain::history::{RevisionAction, RevisionView};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::settings_diff::label;
use crate::{
    functions::integration_history,
    pages::{
        load::{Place, load, moment},
        reading::reading,
    },
    routes,
    ui::{BackLink, Badge, Cell, EmptyState, Header, PageHeader, Row, Table, TextLink, Tone},
};

/// The changes of an integration.
#[component]
pub fn History() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let all = reading(move || name.get(), integration_history);
    load(all, Place::WholePage, move |list: Vec<RevisionView>| page(&name.get_untracked(), list).into_any())
}

fn page(name: &str, list: Vec<RevisionView>) -> impl IntoView + use<> {
    let title = format!("History of {name}");
    let (back, label) = (routes::integration(name), name.to_owned());
    let above = move || view! { <BackLink href=back label /> };
    let headers = ["Version", "When", "Who", "What"].into_iter().map(Header::new).collect::<Vec<_>>();
    let newest = list.first().map(|version| version.revision);
    let is_empty = list.is_empty();
    let rows = list.into_iter().map(|version| row(name, version, newest)).collect_view();
    let body = if is_empty {
        view! {
            <EmptyState title="No change yet">
                <p>"From the next change on, every version is kept here, to be compared and put back."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Table caption="Versions" headers>
                {rows}
            </Table>
        }
        .into_any()
    };
    view! {
        <Title text=title.clone() />
        <PageHeader title lead="Every change, whichever way it came. Any version can be looked at and put back." above />
        {body}
    }
}

/// Who made a change.
pub(super) fn who(version: &RevisionView) -> String {
    match (version.by_kind.as_str(), version.by.as_str()) {
        (_, "") => "Not known".to_owned(),
        ("host", _) => "On the server".to_owned(),
        (_, by) => by.to_owned(),
    }
}

/// What a change was, one line.
pub(super) fn what(version: &RevisionView) -> String {
    let members = version.changed.iter().map(|field| label(field)).collect::<Vec<_>>().join(", ");
    match (version.action, version.restored_from) {
        (RevisionAction::Created, _) => "Created".to_owned(),
        (RevisionAction::Enabled, _) => "Enabled".to_owned(),
        (RevisionAction::Disabled, _) => "Disabled".to_owned(),
        (RevisionAction::Earlier, _) => "As it stood before versions were kept".to_owned(),
        (RevisionAction::Restored, Some(from)) => format!("Version {from} put back: {members}"),
        (RevisionAction::Restored | RevisionAction::Changed, _) => format!("Changed: {members}"),
    }
}

fn row(name: &str, version: RevisionView, newest: Option<i64>) -> impl IntoView + use<> {
    let number = version.revision;
    let href = routes::integration_version(name, number);
    let is_newest = newest == Some(number);
    let (who, what, at) = (who(&version), what(&version), version.at);
    view! {
        <Row>
            <Cell label="Version" heading=true>
                <TextLink href label=format!("Version {number}")>{number.to_string()}</TextLink>
                {is_newest.then(|| view! { " " <Badge tone=Tone::Info>"Now"</Badge> })}
            </Cell>
            <Cell label="When">{moment(at)}</Cell>
            <Cell label="Who">{who}</Cell>
            <Cell label="What">{what}</Cell>
        </Row>
    }
}
