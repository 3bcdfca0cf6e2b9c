use leptos::prelude::*;
use leptos_meta::Title;

use super::typed;
use crate::{
    functions::CreateOrganization,
    pages::{
        forms::{FieldName, FormErrors, field_error, refused_values},
        load::{Place, load},
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{BackLink, Button, ButtonKind, Field, FormActions, LinkButton, PageHeader},
};

const FIELDS: &[FieldName] = &[("name", "name", "Name")];

/// A new organization.
#[component]
pub fn New() -> impl IntoView {
    let create = sending::<CreateOrganization>();
    let draft = refused_values::<CreateOrganization>();
    view! {
        <Title text="New organization" />
        <PageHeader
            title="New organization"
            lead="It gets an identifier of its own, which stays when it is renamed."
            above=|| view! { <BackLink href=routes::ORGANIZATIONS label="Organizations" /> }
        />
        <FormErrors error=create.error() fields=FIELDS title="Not created" />
        {load(draft, Place::UnderTitle, move |values| form(&values, create).into_any())}
    }
}

fn form(values: &[(String, String)], create: Sending) -> impl IntoView + use<> {
    let name = typed(values, "name", "");
    view! {
        <SendForm action=create attr:novalidate=true attr:class="stack">
            <Field
                label="Name"
                name="name"
                value=name
                required=true
                autofocus=true
                maxlength=64
                hint="1 to 64 characters; no other organization has it."
                error=field_error(create.error(), "name")
            />
            <FormActions>
                <Button kind=ButtonKind::Primary pending=create.pending()>"Create organization"</Button>
                <LinkButton href=routes::ORGANIZATIONS>"Cancel"</LinkButton>
            </FormActions>
        </SendForm>
    }
}
