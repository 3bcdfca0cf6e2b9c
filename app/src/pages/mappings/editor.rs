//! The controls of one mapping rule. Without scripts every target and every role is offered, with its level in front;
//! with scripts only those of the chosen level are.

use domain::{api::MappingChoices, form::RuleForm, role, target::Level};
use leptos::{html, prelude::*};

use super::conditions::Conditions;
pub(super) use super::conditions::FIELDS;
use crate::{
    error::AppError,
    pages::{
        forms::{field_error, read},
        load::fresh,
        mappings::table::sentence,
    },
    text,
    ui::{Choice, Field, FieldRow, RadioGroup, Select, Switch, use_hydrated},
};

/// The boxes: absent when not ticked.
pub(super) const BOXES: &[&str] = &["enabled"];

/// The target's value at the global level.
const EVERYWHERE: &str = "global";

/// Integration, group, level, target, role, state, and the rule as a sentence.
#[component]
pub(super) fn Controls(
    /// The first values.
    form: RuleForm,
    /// What is offered.
    choices: MappingChoices,
    /// The last answer's error.
    error: Signal<Option<AppError>>,
    /// The page's form.
    element: NodeRef<html::Form>,
) -> impl IntoView {
    let typed = RwSignal::new(form.clone());
    let level = Memo::new(move |_| typed.with(|form| Level::parse(&form.level)));
    let update = move |_| {
        if let Some(form) = read(element) {
            typed.set(form);
        }
    };
    let mut integrations = vec![(String::new(), "Any integration".to_owned())];
    integrations.extend(choices.integrations.iter().cloned());
    let levels = Level::ALL
        .map(|level| Choice::new(level.as_str(), text::level(level)).hint(text::level_reach(level)))
        .to_vec();
    let suggestions = choices.groups.clone();
    let names = StoredValue::new(choices);
    view! {
        <div class="stack" on:input=update on:change=update>
            <Select
                label="Integration"
                name="form[integration]"
                options=integrations
                selected=form.integration
                hint="The rule counts for people who sign in with it."
                error=field_error(error, "integration")
            />
            <Field
                label="Group"
                name="form[group]"
                value=form.group
                mono=true
                suggestions
                hint="Exactly as the token has it: upper and lower case, spaces and slashes count. Leave it empty when \
                      the conditions alone decide."
                error=field_error(error, "group")
            />
            <Conditions rows=form.conditions error />
            <RadioGroup
                legend="Level"
                name="form[level]"
                options=levels
                selected=form.level
                error=field_error(error, "level")
            />
            <FieldRow>
                <TargetSelect names level typed error />
                <RoleSelect names level typed error />
            </FieldRow>
            <Switch
                label="This rule counts"
                name="form[enabled]"
                value="on"
                checked=form.enabled.is_some()
                hint="Off: it stays here, but gives nobody anything."
                error=field_error(error, "enabled")
            />
            <Preview names typed />
        </div>
    }
}

/// The level to filter by: none until scripts run, so that server and browser render the same first.
fn shown_level(level: Memo<Option<Level>>) -> Memo<Option<Level>> {
    let hydrated = use_hydrated();
    Memo::new(move |_| level.get().filter(|_| hydrated.get()))
}

/// Every target with its level, identifier and name.
fn targets(choices: &MappingChoices) -> Vec<(Level, String, String)> {
    let of = |level: Level, list: &[(String, String)]| {
        list.iter().map(|(id, name)| (level, id.clone(), name.clone())).collect::<Vec<_>>()
    };
    let mut all = vec![(Level::Global, EVERYWHERE.to_owned(), "Everywhere".to_owned())];
    all.extend(of(Level::Organization, &choices.organizations));
    all.extend(of(Level::Project, &choices.projects));
    all
}

/// Options of the shown level; all of them, with the level in front, when none is shown.
fn options<'a>(
    all: impl Iterator<Item = (Level, &'a str, &'a str)>,
    shown: Option<Level>,
    prompt: &str,
) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), prompt.to_owned())];
    options.extend(all.filter(|(level, ..)| shown.is_none_or(|shown| shown == *level)).map(
        |(level, value, name)| {
            let name = match shown {
                Some(_) => name.to_owned(),
                None => format!("{}: {name}", text::level(level)),
            };
            (value.to_owned(), name)
        },
    ));
    options
}

/// The chosen value if it is still offered.
fn still_offered(options: &[(String, String)], chosen: String) -> String {
    if options.iter().any(|(value, _)| *value == chosen) { chosen } else { String::new() }
}

/// Where the role counts.
#[component]
fn TargetSelect(
    names: StoredValue<MappingChoices>,
    level: Memo<Option<Level>>,
    typed: RwSignal<RuleForm>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let shown = shown_level(level);
    move || {
        let all = names.with_value(targets);
        let all = all.iter().map(|(level, id, name)| (*level, id.as_str(), name.as_str()));
        let options = options(all, shown.get(), "Choose a target");
        let chosen = match shown.get() {
            Some(Level::Global) => EVERYWHERE.to_owned(),
            _ => typed.with_untracked(|form| form.target.clone()),
        };
        let selected = still_offered(&options, chosen);
        let select = view! {
            <Select
                label="Where"
                name="form[target]"
                options
                selected
                hint="An organization or project of the chosen level."
                error=field_error(error, "target")
            />
        };
        fresh(select.into_any())
    }
}

/// The role.
#[component]
fn RoleSelect(
    names: StoredValue<MappingChoices>,
    level: Memo<Option<Level>>,
    typed: RwSignal<RuleForm>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let shown = shown_level(level);
    move || {
        let custom = names.with_value(|choices| choices.custom_roles.clone());
        let custom = custom.iter().map(|(level, name, label)| (*level, name.as_str(), label.as_str()));
        let all = role::CATALOGUE.iter().map(|role| (role.level, role.name, role.label)).chain(custom);
        let options = options(all, shown.get(), "Choose a role");
        let selected = still_offered(&options, typed.with_untracked(|form| form.role.clone()));
        let select = view! {
            <Select
                label="Role"
                name="form[role]"
                options
                selected
                hint="A role of the chosen level."
                error=field_error(error, "role")
            />
        };
        fresh(select.into_any())
    }
}

/// The rule as a sentence, once it is one.
#[component]
fn Preview(names: StoredValue<MappingChoices>, typed: RwSignal<RuleForm>) -> impl IntoView {
    let whole = move || {
        let form = typed.get();
        let rule = form.draft().ok()?;
        let level = rule.target.level();
        let name =
            names.with_value(targets).into_iter().find(|(_, id, _)| Some(id.as_str()) == rule.target.id());
        let place = text::place(level, name.as_ref().map(|(.., name)| name.as_str()), rule.target.id());
        let conditions = rule.conditions.list();
        Some(sentence(&rule.group, conditions, rule.role.as_str(), level, &place).into_any())
    };
    view! {
        <div aria-live="polite">
            {move || {
                whole()
                    .unwrap_or_else(|| {
                        view! { <p class="muted">"The rule stands here as a sentence once it is complete."</p> }
                            .into_any()
                    })
            }}
        </div>
    }
}
