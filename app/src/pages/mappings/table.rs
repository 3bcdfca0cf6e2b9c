use std::collections::BTreeMap;

use domain::{
    access::Permission,
    api::{MappingChoices, Page, RuleFilter, RuleView},
    role,
    target::Level,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::{list_rules, rule_choices},
    nav::Allowed,
    pages::{
        load::{Place, fresh, load},
        reading::reading,
    },
    routes, text,
    ui::{
        Badge, ButtonKind, EmptyState, Field, FilterBar, HiddenField, IconKind, LinkButton, PageHeader,
        Pagination, Section, Select, TextLink, Tone,
    },
};

/// What the address asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Asked {
    filter: RuleFilter,
    cursor: Option<String>,
}

impl Asked {
    fn is_filtered(&self) -> bool {
        self.filter != RuleFilter::default()
    }

    /// The page after this one.
    fn next(&self, cursor: &str) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let RuleFilter { integration, group, role, level, target, .. } = &self.filter;
        let level = level.map_or("", Level::as_str);
        let (integration, group, role, target) = (text(integration), text(group), text(role), text(target));
        routes::with_query(
            routes::RULES,
            &[
                ("integration", &integration),
                ("group", &group),
                ("role", &role),
                ("level", level),
                ("target", &target),
                ("cursor", cursor),
            ],
        )
    }
}

/// Mapping rules by target, each as a sentence.
#[component]
pub fn List() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let get = |name: &str| query.get(name).filter(|text| !text.is_empty());
            let filter = RuleFilter {
                integration: get("integration"),
                group: get("group"),
                role: get("role"),
                level: get("level").as_deref().and_then(Level::parse),
                target: get("target"),
                within: None,
            };
            Asked { filter, cursor: get("cursor") }
        })
    });
    let choices = reading(|| (), |()| rule_choices());
    let rules = reading(move || asked.get(), |asked| list_rules(asked.filter, asked.cursor));
    view! {
        <Title text="Mapping rules" />
        <PageHeader
            title="Mapping rules"
            lead="Which groups of the identity provider give which role. Groups compare byte for byte."
            actions=new_button
        />
        {load(
            choices,
            Place::UnderTitle,
            move |choices| (move || fresh(asked.with(|asked| filters(&choices, asked).into_any()))).into_any(),
        )}
        {load(rules, Place::UnderTitle, move |page| sections(page, &asked.get_untracked()))}
    }
}

fn new_button() -> impl IntoView {
    view! {
        <Allowed to=Permission::ManageSomeRules>
            <LinkButton href=routes::NEW_RULE kind=ButtonKind::Primary icon=IconKind::Plus>
                "New rule"
            </LinkButton>
        </Allowed>
    }
}

fn filters(choices: &MappingChoices, asked: &Asked) -> impl IntoView + use<> {
    let pair = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let mut integrations = vec![pair("", "All"), pair("*", "Any integration")];
    integrations.extend(choices.integrations.iter().cloned());
    let mut levels = vec![pair("", "All")];
    levels.extend(Level::ALL.map(|level| pair(level.as_str(), text::level(level))));
    let mut roles = vec![pair("", "All")];
    roles.extend(role::CATALOGUE.iter().map(|role| pair(role.name, role.label)));
    roles.extend(choices.custom_roles.iter().map(|(_, name, label)| pair(name, label)));
    let RuleFilter { integration, group, role, level, target, .. } = asked.filter.clone();
    view! {
        <FilterBar
            action=routes::RULES
            reset_href=if asked.is_filtered() { routes::RULES } else { "" }
        >
            <Select
                label="Integration"
                name="integration"
                options=integrations
                selected=integration.unwrap_or_default()
            />
            <Select
                label="Level"
                name="level"
                options=levels
                selected=level.map_or("", Level::as_str)
            />
            <Select label="Role" name="role" options=roles selected=role.unwrap_or_default() />
            <Field label="Group" name="group" mono=true value=group.unwrap_or_default() />
            {target.map(|target| view! { <HiddenField name="target" value=target /> })}
        </FilterBar>
    }
}

fn sections(page: Page<RuleView>, asked: &Asked) -> AnyView {
    if page.items.is_empty() {
        return empty(asked.is_filtered());
    }
    let summary = text::count(page.total, "rule", "rules");
    let next = page.next_cursor.as_deref().map(|cursor| asked.next(cursor));
    let is_long = next.is_some() || asked.cursor.is_some();
    let mut places: BTreeMap<(Level, String), Vec<RuleView>> = BTreeMap::new();
    for rule in page.items {
        let place = match rule.level {
            Level::Global => String::new(),
            _ => text::place(rule.level, rule.target_name.as_deref(), rule.target.as_deref()),
        };
        places.entry((rule.level, place)).or_default().push(rule);
    }
    let sections = places
        .into_iter()
        .map(|((level, place), rules)| {
            let title = format!("{} {place}", text::level(level)).trim_end().to_owned();
            view! {
                <Section title lead=text::level_reach(level)>
                    <ul class="rule-list">{rules.into_iter().map(row).collect_view()}</ul>
                </Section>
            }
        })
        .collect_view();
    let foot = if is_long {
        view! { <Pagination next summary /> }.into_any()
    } else {
        view! { <p class="muted">{summary}</p> }.into_any()
    };
    view! { {sections} {foot} }.into_any()
}

fn empty(is_filtered: bool) -> AnyView {
    if is_filtered {
        return view! {
            <EmptyState
                title="No rule matches these filters"
                icon=IconKind::Search
                action=|| view! { <LinkButton href=routes::RULES>"Show all rules"</LinkButton> }
            >
                <p>"Groups are compared whole and byte for byte, here as well."</p>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState title="No mapping rules yet" icon=IconKind::Route action=new_button>
            <p>
                "A rule says: members of this group have this role, here. Without rules people can sign in with single \
                 sign-on, but have only the roles that were given to them by hand."
            </p>
        </EmptyState>
    }
    .into_any()
}

/// "Members of *group* are **role** in *place*."
pub(super) fn sentence(group: &str, role: &str, level: Level, place: &str) -> impl IntoView + use<> {
    let role = role::label(role).to_owned();
    let place = match level {
        Level::Global => view! { <em>{place.to_owned()}</em> }.into_any(),
        _ => view! { "in " <em>{place.to_owned()}</em> }.into_any(),
    };
    view! {
        <p class="rule-sentence">
            "Members of " <code>{group.to_owned()}</code> " are " <strong>{role}</strong> " " {place} "."
        </p>
    }
}

fn row(rule: RuleView) -> impl IntoView {
    let place = text::place(rule.level, rule.target_name.as_deref(), rule.target.as_deref());
    let href = routes::rule(rule.id.as_str());
    let label = format!("Open the rule for {}, {}", rule.group, role::label(rule.role.as_str()));
    let integration = rule.integration.clone().unwrap_or_else(|| "Any integration".to_owned());
    view! {
        <li class="rule-row">
            <div class="rule-row__main">{sentence(&rule.group, rule.role.as_str(), rule.level, &place)}</div>
            <div class="rule-row__meta cluster">
                <Badge>{integration}</Badge>
                {(!rule.enabled).then(|| view! { <Badge tone=Tone::Warn>"Off"</Badge> })}
            </div>
            <div class="rule-row__actions">
                <TextLink href label>"Open"</TextLink>
            </div>
        </li>
    }
}
