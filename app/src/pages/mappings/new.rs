use domain::{api::MappingChoices, form::RuleForm, target::Level};
use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::{CreateRule, rule_choices},
    pages::{
        forms::{FormErrors, field_error, over, refused_values},
        load::{Place, load},
        mappings::editor::{BOXES, Controls, FIELDS},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{
        BackLink, Button, ButtonKind, Disclosure, FormActions, HiddenField, LinkButton, PageHeader, TextArea,
    },
};

/// A new mapping rule; `group` and `integration` of the address are filled in (from a failed login, for example).
#[component]
pub fn New() -> impl IntoView {
    let action = sending::<CreateRule>();
    let draft = refused_values::<CreateRule>();
    let data = reading(|| (), move |()| async move { Ok((rule_choices().await?, draft.await?)) });
    let query = use_query_map();
    let blank = query.with_untracked(|query| RuleForm {
        integration: query.get("integration").unwrap_or_default(),
        group: query.get("group").unwrap_or_default(),
        level: Level::Project.as_str().to_owned(),
        enabled: Some("on".to_owned()),
        ..RuleForm::default()
    });
    view! {
        <Title text="New mapping rule" />
        <PageHeader
            title="New mapping rule"
            lead="Members of a group get a role."
            above=|| view! { <BackLink href=routes::RULES label="Mapping rules" /> }
        />
        <FormErrors error=action.error() fields=FIELDS />
        {load(
            data,
            Place::UnderTitle,
            move |(choices, values): (MappingChoices, Vec<(String, String)>)| {
                let form = over(blank.clone(), &values, BOXES);
                view! { <NewForm form choices action /> }.into_any()
            },
        )}
    }
}

#[component]
fn NewForm(form: RuleForm, choices: MappingChoices, action: Sending) -> impl IntoView {
    let element = NodeRef::<html::Form>::new();
    let more = form.more_groups.clone();
    let wrong = field_error(action.error(), "moreGroups");
    let has_more = !more.is_empty();
    let open = Signal::derive(move || has_more || wrong.with(Option::is_some));
    view! {
        <SendForm action node_ref=element attr:novalidate=true>
            <Controls form choices error=action.error() element />
            <Disclosure summary="The same rule for more groups" open>
                <TextArea
                    label="More groups"
                    name="form[more_groups]"
                    value=more
                    mono=true
                    optional_mark=true
                    rows=6
                    hint="Paste a list, one group a line, up to 500. Each becomes a rule of its own with all the rest the same; all are made, or none."
                    error=wrong
                />
            </Disclosure>
            <HiddenField name="form[revision]" value="" />
            <FormActions>
                <Button kind=ButtonKind::Primary pending=action.pending()>"Create rule"</Button>
                <LinkButton href=routes::RULES>"Cancel"</LinkButton>
            </FormActions>
        </SendForm>
    }
}
