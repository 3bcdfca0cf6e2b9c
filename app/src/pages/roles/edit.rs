use domain::{
    api::{RoleDetail, RoleView},
    form::RoleForm,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    functions::{ChangeRole, get_role},
    pages::{
        forms::{FieldName, FormErrors, field_error, over, refused_values},
        load::{Notice, Place, load},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        BackLink, Button, ButtonKind, Code, Description, DescriptionList, Field, FormActions, HiddenField,
        IconKind, LinkButton, PageHeader, Section, TextArea, TextLink,
    },
};

const FIELDS: &[FieldName] =
    &[("form[label]", "label", "Label"), ("form[description]", "description", "Description")];

/// One role.
#[component]
pub fn Role() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let change = sending::<ChangeRole>();
    let draft = refused_values::<ChangeRole>();
    let data = reading(
        move || params.with(|params| params.get("name").unwrap_or_default()),
        move |name| async move { Ok((get_role(name).await?, draft.await?)) },
    );
    let notice = Signal::derive(move || {
        let says = match query.with(|query| query.get("done"))?.as_str() {
            "created" => "The role is created. Mapping rules can give it from now on.",
            "saved" => "The role is saved.",
            _ => return None,
        };
        Some(says.to_owned())
    });
    view! {
        <Notice text=notice />
        {load(
            data,
            Place::WholePage,
            move |(detail, values): (RoleDetail, Vec<(String, String)>)| page(detail, &values, change).into_any(),
        )}
    }
}

fn page(detail: RoleDetail, values: &[(String, String)], change: Sending) -> impl IntoView + use<> {
    let RoleDetail { role, organization_name, may_manage, .. } = detail;
    let kind = if role.builtin { "Built-in: the same everywhere" } else { "Custom" };
    let of = organization_name.map(|name| {
        let href = role.organization.as_ref().map(|id| routes::organization(id.as_str())).unwrap_or_default();
        view! {
            <Description term="Belongs to">
                <TextLink href=href>{name}</TextLink>
            </Description>
        }
    });
    let rules = routes::with_query(routes::RULES, &[("role", role.name.as_str())]);
    let delete = routes::delete_role(role.name.as_str());
    let (label, name) = (role.label.clone(), role.name.to_string());
    let description = (!role.description.is_empty()).then(|| role.description.clone());
    let level = format!("{}, {}", text::level(role.level), text::level_reach(role.level).to_lowercase());
    view! {
        <Title text=label.clone() />
        <PageHeader title=label above=|| view! { <BackLink href=routes::ROLES label="Roles" /> } />
        <FormErrors error=change.error() fields=FIELDS />
        <DescriptionList>
            <Description term="Name"><Code>{name}</Code></Description>
            <Description term="Kind">{kind}</Description>
            <Description term="Level">{level}</Description>
            {of}
            {description
                .map(|text| view! { <Description term="What it lets somebody do">{text}</Description> })}
            <Description term="Mapping rules">
                <TextLink href=rules>"Rules that give it"</TextLink>
            </Description>
        </DescriptionList>
        {may_manage.then(|| form(&role, values, change))}
        {may_manage
            .then(|| {
                view! {
                    <Section title="Delete" lead="Only when no rule gives it and nobody has it.">
                        <LinkButton href=delete icon=IconKind::Trash>"Delete role\u{2026}"</LinkButton>
                    </Section>
                }
            })}
    }
}

fn form(role: &RoleView, values: &[(String, String)], change: Sending) -> impl IntoView + use<> {
    let stored = RoleForm {
        name: role.name.to_string(),
        label: role.label.clone(),
        description: role.description.clone(),
        organization: String::new(),
    };
    let first = over(stored, values, &[]);
    let (name, revision) = (role.name.to_string(), role.revision.to_string());
    let error = change.error();
    view! {
        <Section title="Change" lead="Its name stays, because rules and other systems go by it.">
            <SendForm action=change attr:novalidate=true attr:class="stack">
                <HiddenField name="form[name]" value=name />
                <HiddenField name="revision" value=revision />
                <Field
                    label="Label"
                    name="form[label]"
                    value=first.label
                    required=true
                    maxlength=64
                    hint="What people call it."
                    error=field_error(error, "label")
                />
                <TextArea
                    label="Description"
                    name="form[description]"
                    value=first.description
                    rows=3
                    optional_mark=true
                    hint="What it lets somebody do."
                    error=field_error(error, "description")
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary pending=change.pending()>"Save"</Button>
                </FormActions>
            </SendForm>
        </Section>
    }
}
