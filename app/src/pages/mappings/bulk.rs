//! Several rules at once: which, and what is done to them.

use domain::{
    api::{BulkAction, RuleView},
    role,
};
use leptos::prelude::*;

use crate::{
    error::AppError,
    pages::{
        forms::{FieldName, FormErrors, field_error},
        mappings::table::subject,
        sending::Sending,
    },
    text,
    ui::{Button, Callout, Checkbox, FieldRow, FormActions, Section, Select, TextLink, Tone},
};

/// The controls beside the rows' boxes.
const FIELDS: &[FieldName] = &[
    ("form[action]", "action", "What to do"),
    ("form[role]", "role", "New role"),
    ("form[rules]", "rules", "Selected rules"),
];

/// The box of one rule. Rules are numbered through, since lists travel in forms by number.
pub(super) fn select(number: usize, rule: &RuleView) -> impl IntoView + use<> {
    let label = format!("Select the rule for {}, {}", subject(rule), role::label(rule.role.as_str()));
    view! {
        <Checkbox
            label
            name=format!("form[rules][{number}]")
            value=rule.id.to_string()
            hide_label=true
        />
    }
}

/// What is wrong with rules, by rule; nothing was changed then.
pub(super) fn refused(rules: &[RuleView], error: Option<&AppError>) -> Option<AnyView> {
    let wrong: Vec<(String, String, String)> = rules
        .iter()
        .filter_map(|rule| {
            let sentence = error?.field(&format!("rules.{}", rule.id))?;
            Some((rule.id.to_string(), subject(rule), sentence))
        })
        .collect();
    (!wrong.is_empty()).then(|| {
        let items = wrong
            .into_iter()
            .map(|(id, name, sentence)| {
                let href = crate::routes::rule(&id);
                view! { <li><TextLink href>{name}</TextLink> ": " {sentence}</li> }
            })
            .collect_view();
        view! {
            <Callout title="None of the rules was changed" kind=Tone::Bad>
                <ul>{items}</ul>
            </Callout>
        }
        .into_any()
    })
}

/// What is done to the selected rules.
pub(super) fn actions(send: Sending) -> impl IntoView {
    let error = send.error();
    let name = |action: BulkAction| match action {
        BulkAction::Enable => "Turn on",
        BulkAction::Disable => "Turn off",
        BulkAction::Role => "Give another role",
        BulkAction::Delete => "Remove",
    };
    let choices =
        BulkAction::ALL.map(|action| (action.as_str().to_owned(), name(action).to_owned())).to_vec();
    let mut roles = vec![(String::new(), "Choose a role".to_owned())];
    roles.extend(
        role::CATALOGUE
            .iter()
            .map(|role| (role.name.to_owned(), format!("{}: {}", text::level(role.level), role.label))),
    );
    view! {
        <Section
            title="Change the selected rules"
            lead="All of them are changed, or none. It counts from each person\u{2019}s next sign-in on."
        >
            <FormErrors error fields=FIELDS title="Not changed" />
            <FieldRow>
                <Select
                    label="What to do"
                    name="form[action]"
                    options=choices
                    error=field_error(error, "action")
                />
                <Select
                    label="New role"
                    name="form[role]"
                    options=roles
                    hint="Only for another role; it must be of the rules\u{2019} level."
                    error=field_error(error, "role")
                />
            </FieldRow>
            <FormActions>
                <Button pending=send.pending()>"Change selected"</Button>
            </FormActions>
        </Section>
    }
}
