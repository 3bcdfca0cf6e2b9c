use domain::{api::RoleList, form::RoleForm};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::{CreateRole, list_roles},
    pages::{
        forms::{FieldName, FormErrors, field_error, over, refused_values},
        load::{Place, load},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{BackLink, Button, ButtonKind, Field, FormActions, LinkButton, PageHeader, Select, TextArea},
};

const FIELDS: &[FieldName] = &[
    ("form[organization]", "organization", "Belongs to"),
    ("form[name]", "name", "Name"),
    ("form[label]", "label", "Label"),
    ("form[description]", "description", "Description"),
];

/// A new custom role.
#[component]
pub fn New() -> impl IntoView {
    let create = sending::<CreateRole>();
    let draft = refused_values::<CreateRole>();
    let asked = use_query_map().with_untracked(|query| query.get("organization").unwrap_or_default());
    let data = reading(|| (), move |()| async move { Ok((list_roles().await?, draft.await?)) });
    view! {
        <Title text="New role" />
        <PageHeader
            title="New role"
            lead="A custom role stands beside the built-in ones in mapping rules. It tells what somebody is, to whoever reads \
                  their roles, and opens nothing in this console."
            above=|| view! { <BackLink href=routes::ROLES label="Roles" /> }
        />
        <FormErrors error=create.error() fields=FIELDS title="Not created" />
        {load(
            data,
            Place::UnderTitle,
            move |(list, values): (RoleList, Vec<(String, String)>)| {
                let blank = RoleForm { organization: asked.clone(), ..RoleForm::default() };
                form(over(blank, &values, &[]), list, create).into_any()
            },
        )}
    }
}

fn form(first: RoleForm, list: RoleList, create: Sending) -> impl IntoView {
    let mut places = Vec::new();
    if list.may_create_for_all {
        places.push((String::new(), "No organization: it can be given everywhere".to_owned()));
    }
    places.extend(list.organizations);
    let error = create.error();
    view! {
        <SendForm action=create attr:novalidate=true attr:class="stack">
            <Select
                label="Belongs to"
                name="form[organization]"
                options=places
                selected=first.organization
                hint="A role of an organization counts in it and in its projects only, and its owners look after it."
                error=field_error(error, "organization")
            />
            <Field
                label="Name"
                name="form[name]"
                value=first.name
                required=true
                mono=true
                maxlength=64
                placeholder="GROUP_ON_CALL"
                hint="Begin with GLOBAL_ (counts everywhere), ORG_ (in an organization) or GROUP_ (in a project). Capital \
                      letters, digits and _. It cannot be changed afterwards."
                error=field_error(error, "name")
            />
            <Field
                label="Label"
                name="form[label]"
                value=first.label
                required=true
                maxlength=64
                placeholder="On call"
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
                <Button kind=ButtonKind::Primary pending=create.pending()>"Create role"</Button>
                <LinkButton href=routes::ROLES>"Cancel"</LinkButton>
            </FormActions>
        </SendForm>
    }
}
