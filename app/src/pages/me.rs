use std::collections::BTreeMap;

use domain::{
    api::{Because, GroupsState, Me, MyGroups, RoleGrantView, SessionView},
    role,
    target::Level,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::{EndMySession, my_access, my_last_groups, my_sessions},
    pages::{
        forms::FormErrors,
        load::{Notice, Place, load, moment},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        Badge, Button, ButtonKind, Callout, Cell, Code, Description, DescriptionList, EmptyState, Header,
        HiddenField, IconKind, LinkButton, PageHeader, Row, Section, Table, Tone,
    },
};

/// My access: who I am, my roles and why, my sessions.
#[component]
pub fn MyAccess() -> impl IntoView {
    let end = sending::<EndMySession>();
    let me = reading(|| (), |()| async move { Ok((my_access().await?, my_last_groups().await?)) });
    let sessions = reading(|| (), |()| my_sessions());
    let query = use_query_map();
    let notice = Signal::derive(move || {
        let has = |name: &str| query.with(|query| query.get(name).is_some());
        if has("ended") {
            Some("The session has ended.".to_owned())
        } else {
            has("changed").then(|| "Your password is changed. Your other sessions have ended.".to_owned())
        }
    });
    view! {
        <Title text="My access" />
        <PageHeader title="My access" lead="Who you are here, what you may do and why, and where you are signed in." />
        <Notice text=notice />
        {load(me, Place::UnderTitle, |(me, groups): (Me, Option<MyGroups>)| access(me, groups).into_any())}
        <Section title="My sessions" lead="Every browser that is signed in as you. End those you do not recognise.">
            <FormErrors error=end.error() fields=&[] />
            {load(sessions, Place::UnderTitle, move |list| session_table(list, end).into_any())}
        </Section>
    }
}

fn access(me: Me, groups: Option<MyGroups>) -> impl IntoView {
    let Me { user, role_grants, session, .. } = me;
    let is_said = groups.as_ref().is_some_and(|groups| groups_words(groups).is_some());
    let groups = groups.and_then(groups_note);
    let with = session.map(|session| match session.integration {
        Some(name) => format!("Signed in with {name}"),
        None => "Signed in with a password".to_owned(),
    });
    let has_identities = !user.identities.is_empty();
    let identities = user
        .identities
        .into_iter()
        .map(|identity| {
            let name = identity.integration.unwrap_or_else(|| "a deleted integration".to_owned());
            view! { <li>{name} ": " <Code>{identity.subject}</Code> " at " <Code>{identity.issuer}</Code></li> }
        })
        .collect_view();
    view! {
        <Section
            title="Who I am"
            actions=move || {
                user.has_password.then(|| view! { <LinkButton href=routes::PASSWORD>"Change password"</LinkButton> })
            }
        >
            <DescriptionList>
                <Description term="User name">{user.username}</Description>
                {user.display_name.map(|name| view! { <Description term="Full name">{name}</Description> })}
                {user.email.map(|email| view! { <Description term="E-mail">{email}</Description> })}
                {with.map(|with| view! { <Description term="This session">{with}</Description> })}
                {has_identities
                    .then(|| {
                        view! {
                            <Description term="Single sign-on">
                                <ul>{identities}</ul>
                            </Description>
                        }
                    })}
            </DescriptionList>
        </Section>
        <Section title="My roles" lead="What you may do, where, and what it comes from.">
            {groups}
            {roles(role_grants, is_said)}
        </Section>
    }
}

/// What is wrong with somebody's groups, and what to do; nothing when groups came.
fn groups_words(groups: &MyGroups) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match (groups.seen.state, groups.seen.count) {
        (GroupsState::Missing, _) => (
            "Your sign-in service sent no groups",
            "it did not say which groups you are in, so no role could come from a group.",
            "Ask your administrator to have the sign-in service send your groups to this console, then sign in again.",
        ),
        (GroupsState::Came, 0) => (
            "You are in no group",
            "it said that you are in no group, so no role could come from one.",
            "Ask your administrator which group you need, and sign in again after joining it.",
        ),
        (GroupsState::Unreadable, _) => (
            "Your groups could not be read",
            "your groups could not be read: there may be too many of them, or they came in a form that this console does \
             not know. Roles that come from groups are as they were before.",
            "Ask your administrator to look at the audit log, which says what came, and to have only the groups sent that \
             matter here.",
        ),
        (GroupsState::Came, _) => return None,
    })
}

fn groups_note(groups: MyGroups) -> Option<impl IntoView> {
    let (title, what, way_out) = groups_words(&groups)?;
    let MyGroups { integration, seen } = groups;
    Some(view! {
        <Callout title kind=Tone::Warn level=3>
            <p>"When " <Code>{integration}</Code> " was last asked, on " {moment(seen.at)} ", " {what} " " {way_out}</p>
        </Callout>
    })
}

/// Roles by place, the widest first. `is_said`: why no group gives one stands above.
fn roles(grants: Vec<RoleGrantView>, is_said: bool) -> AnyView {
    if grants.is_empty() && is_said {
        return view! {
            <EmptyState title="No roles yet" icon=IconKind::Shield level=3>
                <p>"You are signed in, but nobody gave you a role by hand either."</p>
            </EmptyState>
        }
        .into_any();
    }
    if grants.is_empty() {
        return view! {
            <EmptyState title="No roles yet" icon=IconKind::Shield level=3>
                <p>
                    "You are signed in, but no rule matches your groups and nobody gave you a role by hand. Ask your \
                     administrator which group you need, and sign in again after joining it."
                </p>
            </EmptyState>
        }
        .into_any();
    }
    let mut places: BTreeMap<(Level, String), Vec<RoleGrantView>> = BTreeMap::new();
    for grant in grants {
        let place = match grant.level {
            Level::Global => "Everywhere".to_owned(),
            _ => text::place(grant.level, grant.target_name.as_deref(), grant.target.as_deref()),
        };
        places.entry((grant.level, place)).or_default().push(grant);
    }
    places
        .into_iter()
        .map(|((level, place), grants)| {
            view! {
                <div class="stack--tight">
                    <h3>{place} " " <span class="muted small">{text::level(level)}</span></h3>
                    <ul class="reasons">{grants.into_iter().map(grant_view).collect_view()}</ul>
                </div>
            }
        })
        .collect_view()
        .into_any()
}

fn grant_view(grant: RoleGrantView) -> impl IntoView {
    let name = grant.role.as_str().to_owned();
    let description = role::builtin(&name).map(|role| role.description);
    let reasons =
        grant.because.into_iter().map(|because| view! { <li>{reason(because)}</li> }).collect_view();
    view! {
        <li>
            <strong>{role::label(&name).to_owned()}</strong>
            {description.map(|text| view! { <span class="muted">" " {text}</span> })}
            <ul class="reasons__why">{reasons}</ul>
        </li>
    }
}

fn reason(because: Because) -> AnyView {
    if let Some(by) = because.implied_by {
        let place = text::place(by.level, by.target_name.as_deref(), by.target.as_deref());
        let label = role::label(by.role.as_str()).to_owned();
        return format!("implied: it comes with {label} in {place}").into_any();
    }
    let with = because.integration.map(|name| format!(" \u{2014} signed in with {name}"));
    match (because.group, because.rule) {
        (Some(group), _) => view! { "because you are in group " <Code>{group}</Code> {with} }.into_any(),
        (None, Some(_)) => view! { "because of a mapping rule" {with} }.into_any(),
        (None, None) if with.is_some() => {
            view! { "because no mapping rule gave you another role" {with} }.into_any()
        }
        (None, None) => "given to you by hand".into_any(),
    }
}

fn session_table(sessions: Vec<SessionView>, end: Sending) -> AnyView {
    if sessions.is_empty() {
        return view! {
            <EmptyState title="No sessions" level=3>
                <p>"You are not signed in with a browser."</p>
            </EmptyState>
        }
        .into_any();
    }
    let headers = ["Browser", "Signed in with", "Began", "Last used", "Ends at the latest"];
    let mut headers: Vec<Header> = headers.into_iter().map(Header::new).collect();
    headers.push(Header::new("Actions").hidden());
    let rows = sessions.into_iter().map(|session| session_row(session, end)).collect_view();
    view! { <Table caption="My sessions" headers>{rows}</Table> }.into_any()
}

fn session_row(session: SessionView, end: Sending) -> impl IntoView {
    let agent = session.user_agent.map_or_else(|| "Unknown browser".to_owned(), |agent| browser(&agent));
    let with = session.integration.unwrap_or_else(|| "Password".to_owned());
    let id = session.id.to_string();
    let began = session.created_at.for_people();
    let action = if session.current {
        view! { <Badge tone=Tone::Info>"This session"</Badge> }.into_any()
    } else {
        view! {
            <SendForm action=end>
                <HiddenField name="id" value=id />
                <Button kind=ButtonKind::Quiet small=true pending=end.pending()>
                    "End session"
                    <span class="visually-hidden">" of " {began}</span>
                </Button>
            </SendForm>
        }
        .into_any()
    };
    view! {
        <Row>
            <Cell label="Browser" heading=true>
                {agent}
                {session.address.map(|address| view! { <div class="muted small mono">{address}</div> })}
            </Cell>
            <Cell label="Signed in with">{with}</Cell>
            <Cell label="Began">{moment(session.created_at)}</Cell>
            <Cell label="Last used">{moment(session.last_seen_at)}</Cell>
            <Cell label="Ends at the latest">{moment(session.expires_at)}</Cell>
            <Cell label="Actions" actions=true>{action}</Cell>
        </Row>
    }
}

/// "Firefox on Windows" for what a browser says of itself; all of it when it says something else. Every browser names
/// others too, so the order counts.
fn browser(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let name = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_by_what_it_is_and_not_by_what_it_resembles() {
        let like = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36";
        assert_eq!(browser(like), "Chrome on Windows");
        assert_eq!(browser(&format!("{like} Edg/139.0")), "Edge on Windows");
        assert_eq!(browser("curl/8.5.0"), "curl/8.5.0");
    }
}
