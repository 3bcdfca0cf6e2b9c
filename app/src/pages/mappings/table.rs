use std::collections::BTreeMap;

use domain::{
    access::Permission,
    api::{MappingChoices, Page, RuleFilter, RuleView},
    mapping::{Condition, FindingKind, RuleFinding},
    role,
    target::Level,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::{BulkRules, Viewer, list_rules, rule_choices, who_am_i},
    nav::{Allowed, may},
    pages::{
        load::{Place, load},
        mappings::bulk::{actions, refused, select},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        Badge, ButtonKind, Callout, EmptyState, Field, FilterBar, HiddenField, IconKind, LinkButton,
        PageHeader, Pagination, Section, Select, TextLink, Tone,
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
        let RuleFilter { integration, group, role, level, target, finding, .. } = &self.filter;
        let finding = finding.map_or("", FindingKind::as_str);
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
                ("finding", finding),
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
                finding: get("finding").as_deref().and_then(FindingKind::parse),
            };
            Asked { filter, cursor: get("cursor") }
        })
    });
    let choices = reading(|| (), |()| rule_choices());
    let bulk = sending::<BulkRules>();
    let rules = reading(
        move || asked.get(),
        |asked| async move { Ok((list_rules(asked.filter, asked.cursor).await?, who_am_i().await?)) },
    );
    let changed = move || {
        let many = query.with(|query| query.get("changed").and_then(|many| many.parse::<u64>().ok()))?;
        let title = format!("{} changed", text::count(many, "rule", "rules"));
        Some(view! {
            <Callout title kind=Tone::Ok>
                <p>"It counts from each person\u{2019}s next sign-in on."</p>
            </Callout>
        })
    };
    view! {
        <Title text="Mapping rules" />
        <PageHeader
            title="Mapping rules"
            lead="Which groups of the identity provider give which role. Groups compare byte for byte."
            actions=buttons
        />
        {changed}
        {load(
            choices,
            Place::UnderTitle,
            move |choices| asked.with_untracked(|asked| filters(&choices, asked)).into_any(),
        )}
        {load(
            rules,
            Place::UnderTitle,
            move |(page, viewer): (Page<RuleView>, Option<Viewer>)| {
                let may_change = viewer.is_some_and(|viewer| may(&viewer, Permission::ManageMappings));
                sections(page, &asked.get_untracked(), may_change.then_some(bulk))
            },
        )}
    }
}

fn buttons() -> impl IntoView {
    let csv = routes::with_query(routes::RULE_EXPORT, &[("format", "csv")]);
    let json = routes::with_query(routes::RULE_EXPORT, &[("format", "json")]);
    view! {
        <Allowed to=Permission::ViewMappings>
            <LinkButton href=csv.clone() kind=ButtonKind::Quiet attr:download="">
                "Export CSV"
            </LinkButton>
            <LinkButton href=json.clone() kind=ButtonKind::Quiet attr:download="">
                "Export JSON"
            </LinkButton>
        </Allowed>
        <Allowed to=Permission::ManageMappings>
            <LinkButton href=routes::RULE_IMPORT>"Import"</LinkButton>
        </Allowed>
        {new_button()}
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
    let mut kinds = vec![pair("", "All")];
    kinds.extend(FindingKind::ALL.map(|kind| pair(kind.as_str(), kind.label())));
    roles.extend(choices.custom_roles.iter().map(|(_, name, label)| pair(name, label)));
    let RuleFilter { integration, group, role, level, target, finding, .. } = asked.filter.clone();
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
            <Select
                label="To look at"
                name="finding"
                options=kinds
                selected=finding.map_or("", FindingKind::as_str)
            />
            <Field label="Group" name="group" mono=true value=group.unwrap_or_default() />
            {target.map(|target| view! { <HiddenField name="target" value=target /> })}
        </FilterBar>
    }
}

fn sections(page: Page<RuleView>, asked: &Asked, bulk: Option<Sending>) -> AnyView {
    if page.items.is_empty() {
        return empty(asked.is_filtered());
    }
    let summary = text::count(page.total, "rule", "rules");
    let next = page.next_cursor.as_deref().map(|cursor| asked.next(cursor));
    let is_long = next.is_some() || asked.cursor.is_some();
    let all = StoredValue::new(page.items.clone());
    let refused = bulk.map(|bulk| {
        let error = bulk.error();
        move || all.with_value(|all| error.with(|error| refused(all, error.as_ref())))
    });
    let mut places: BTreeMap<(Level, String), Vec<RuleView>> = BTreeMap::new();
    for rule in page.items {
        let place = match rule.level {
            Level::Global => String::new(),
            _ => text::place(rule.level, rule.target_name.as_deref(), rule.target.as_deref()),
        };
        places.entry((rule.level, place)).or_default().push(rule);
    }
    let mut number = 0;
    let sections = places
        .into_iter()
        .map(|((level, place), rules)| {
            let title = format!("{} {place}", text::level(level)).trim_end().to_owned();
            let rows = rules
                .into_iter()
                .map(|rule| {
                    number += 1;
                    row(rule, bulk.is_some().then_some(number - 1))
                })
                .collect_view();
            view! {
                <Section title lead=text::level_reach(level)>
                    <ul class="rule-list">{rows}</ul>
                </Section>
            }
        })
        .collect_view();
    let foot = if is_long {
        view! { <Pagination next summary /> }.into_any()
    } else {
        view! { <p class="muted">{summary}</p> }.into_any()
    };
    match bulk {
        None => view! { {sections} {foot} }.into_any(),
        Some(bulk) => view! {
            {refused}
            <SendForm action=bulk>{sections} {foot} {actions(bulk)}</SendForm>
        }
        .into_any(),
    }
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

/// "Members of *group* are **role** in *place*, when …."
pub(super) fn sentence(
    group: &str,
    conditions: &[Condition],
    role: &str,
    level: Level,
    place: &str,
) -> impl IntoView + use<> {
    let who = match group {
        "" => view! { "People " }.into_any(),
        group => view! { "Members of " <code>{group.to_owned()}</code> " " }.into_any(),
    };
    let when = conditions
        .iter()
        .enumerate()
        .map(|(at, condition)| {
            let word = if at == 0 { ", when " } else { " and " };
            let path = condition.path.clone().map(|path| view! { <code>{path}</code> " " });
            view! { {word} {path} {condition.kind.phrase()} " " <code>{condition.value.clone()}</code> }
        })
        .collect_view();
    let role = role::label(role).to_owned();
    let place = match level {
        Level::Global => view! { <em>{place.to_owned()}</em> }.into_any(),
        _ => view! { "in " <em>{place.to_owned()}</em> }.into_any(),
    };
    view! {
        <p class="rule-sentence">
            {who} "are " <strong>{role}</strong> " " {place} {when} "."
        </p>
    }
}

/// What names a rule: its group, or its first condition.
pub(super) fn subject(rule: &RuleView) -> String {
    match rule.conditions.first() {
        Some(condition) if rule.group.is_empty() => text::condition_text(condition),
        _ => rule.group.clone(),
    }
}

/// What somebody should look at, a sentence each.
pub(super) fn findings(found: &[RuleFinding]) -> impl IntoView + use<> {
    let items = found
        .iter()
        .map(|RuleFinding { kind, rule }| {
            let kind = *kind;
            let other = rule.as_ref().map(|rule| routes::rule(rule.as_str()));
            let other = other.map(|href| view! { " " <TextLink href>"The other rule"</TextLink> });
            view! {
                <li>
                    <Badge tone=Tone::Warn>{kind.label()}</Badge>
                    " "
                    {kind.sentence()}
                    {other}
                </li>
            }
        })
        .collect_view();
    (!found.is_empty()).then(|| view! { <ul class="rule-findings muted">{items}</ul> })
}

fn row(rule: RuleView, number: Option<usize>) -> impl IntoView {
    let selected = number.map(|number| select(number, &rule));
    let place = text::place(rule.level, rule.target_name.as_deref(), rule.target.as_deref());
    let href = routes::rule(rule.id.as_str());
    let label = format!("Open the rule for {}, {}", subject(&rule), role::label(rule.role.as_str()));
    let integration = rule.integration.clone().unwrap_or_else(|| "Any integration".to_owned());
    view! {
        <li class="rule-row">
            {selected}
            <div class="rule-row__main">{sentence(&rule.group, &rule.conditions, rule.role.as_str(), rule.level, &place)}</div>
            <div class="rule-row__meta cluster">
                <Badge>{integration}</Badge>
                {(!rule.enabled).then(|| view! { <Badge tone=Tone::Warn>"Off"</Badge> })}
            </div>
            {findings(&rule.findings)}
            <div class="rule-row__actions">
                <TextLink href label>"Open"</TextLink>
            </div>
        </li>
    }
}
