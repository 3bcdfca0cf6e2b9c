//! What the provider said of the person who tried the sign-in, and what would follow from it.

use domain::{
    probe::{ClaimFound, ClaimUse, RoleFound, SignInFound},
    role,
};
use leptos::prelude::*;

use crate::{
    routes, text,
    ui::{
        Badge, Callout, Cell, Code, Description, DescriptionList, Header, Row, Section, Table, TextLink, Tone,
    },
};

/// Person, claims, groups, roles.
#[component]
pub(super) fn Outcome(
    /// What came.
    found: SignInFound,
    /// What the administrator can do when it would be refused.
    advice: Option<String>,
    /// The stored integration's name.
    stored: Option<String>,
    /// The run.
    run: String,
) -> impl IntoView {
    let verdict = match found.refused {
        None => view! {
            <Callout title="The sign-in works" kind=Tone::Ok level=3>
                <p>"The provider answered, and every check passed. Nobody was signed in by this test."</p>
            </Callout>
        }
        .into_any(),
        Some(failure) => {
            let title = text::login_failure_title(failure);
            view! {
                <Callout title="The provider answered, but a real sign-in would be refused" kind=Tone::Warn level=3>
                    <p>{title} ". " {advice}</p>
                </Callout>
            }
            .into_any()
        }
    };
    let none = || "not known".to_owned();
    let rows = found.claims.iter().map(|claim| row(claim, stored.as_deref(), &run)).collect_view();
    let headers =
        vec![Header::new("Claim"), Header::new("Value"), Header::new("From"), Header::new("Use as")];
    let (groups, roles) = (groups(&found), roles(&found));
    view! {
        {verdict}
        <DescriptionList>
            <Description term="User name">{found.username}</Description>
            <Description term="Full name">{found.display_name.unwrap_or_else(none)}</Description>
            <Description term="E-mail">{found.email.unwrap_or_else(none)}</Description>
            <Description term="Subject"><Code>{found.subject}</Code></Description>
        </DescriptionList>
        <Section title="Claims received" lead="Choose what a claim is to become; you still have to save.">
            <Table caption="Claims received" headers>{rows}</Table>
        </Section>
        <Section title="Groups found">{groups}</Section>
        <Section title="Roles they would get" lead="By the mapping rules as they are now.">{roles}</Section>
    }
}

/// Where a claim is proposed for a field.
fn proposal(stored: Option<&str>, run: &str, usage: ClaimUse, path: &str) -> String {
    match stored {
        Some(name) => routes::with_query(&routes::integration(name), &[(usage.field(), path)]),
        None => routes::with_query(routes::NEW_INTEGRATION, &[("probe", run), (usage.field(), path)]),
    }
}

fn row(claim: &ClaimFound, stored: Option<&str>, run: &str) -> AnyView {
    let fits = |usage| match usage {
        ClaimUse::Groups => claim.is_list,
        ClaimUse::Username | ClaimUse::DisplayName | ClaimUse::Email => claim.is_text,
    };
    let uses = ClaimUse::ALL
        .into_iter()
        .filter_map(|usage| {
            if claim.used.contains(&usage) {
                return Some(view! { <Badge tone=Tone::Ok>{usage.label()}</Badge> }.into_any());
            }
            fits(usage).then(|| {
                let href = proposal(stored, run, usage, &claim.path);
                let label = format!("Use {} as {}", claim.path, usage.label());
                view! { <TextLink href label>{usage.label()}</TextLink> }.into_any()
            })
        })
        .collect_view();
    let source = match claim.source.as_str() {
        "userinfo" => "Userinfo",
        _ => "ID token",
    };
    let (path, value) = (claim.path.clone(), claim.value.clone());
    view! {
        <Row>
            <Cell label="Claim" heading=true><Code>{path}</Code></Cell>
            <Cell label="Value">{value}</Cell>
            <Cell label="From">{source}</Cell>
            <Cell label="Use as"><span class="cluster">{uses}</span></Cell>
        </Row>
    }
    .into_any()
}

fn groups(found: &SignInFound) -> AnyView {
    if found.groups_missing {
        return view! {
            <Callout title="No groups came" kind=Tone::Warn level=3>
                <p>
                    "The claim that is set for groups is not among the claims above. If another one holds them, choose it \
                     there. Otherwise have the provider send them: the steps of its preset say how, and a scope may be \
                     missing."
                </p>
            </Callout>
        }
        .into_any();
    }
    if found.groups.is_empty() {
        return view! { <p>"The claim is there and holds no group."</p> }.into_any();
    }
    let listed = u32::try_from(found.groups.len()).unwrap_or(u32::MAX);
    let more = found.group_count.saturating_sub(listed);
    let more = (more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> });
    let items =
        found.groups.clone().into_iter().map(|group| view! { <li><Code>{group}</Code></li> }).collect_view();
    view! { <ul class="stack stack--tight">{items} {more}</ul> }.into_any()
}

fn roles(found: &SignInFound) -> AnyView {
    let near = found
        .near
        .clone()
        .into_iter()
        .map(|(rule, theirs)| {
            view! {
                <li>
                    "A rule says " <Code>{rule}</Code> ", the provider says " <Code>{theirs}</Code>
                    ": they must be equal."
                </li>
            }
        })
        .collect_view();
    let near = (!found.near.is_empty()).then(|| {
        view! {
            <Callout title="Nearly matched" kind=Tone::Warn level=3>
                <ul class="stack stack--tight">{near}</ul>
            </Callout>
        }
    });
    let granted = if found.roles.is_empty() {
        view! { <p>"None: no mapping rule names one of these groups."</p> }.into_any()
    } else {
        let items = found.roles.iter().map(granted).collect_view();
        view! { <ul class="reasons">{items}</ul> }.into_any()
    };
    view! { {granted} {near} }.into_any()
}

fn granted(found: &RoleFound) -> impl IntoView + use<> {
    let place = text::place(found.level, found.target_name.as_deref(), found.target.as_deref());
    let label = role::label(found.role.as_str()).to_owned();
    let groups = found.groups.join(", ");
    view! {
        <li>
            <strong>{label}</strong> " " {place}
            <span class="reasons__why">{format!(" because of {groups}")}</span>
        </li>
    }
}
