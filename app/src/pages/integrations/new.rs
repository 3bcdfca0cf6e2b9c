use domain::{form::IntegrationForm, integration::IntegrationSettings, secret::SecretState};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    functions::{CreateIntegration, callback_url},
    pages::{
        forms::{FormErrors, over, refused_values},
        integrations::{
            fields::{BOXES, Checks, FIELDS},
            form::Controls,
        },
        load::{Place, load},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{BackLink, Button, ButtonKind, Card, Copyable, FormActions, HiddenField, LinkButton, PageHeader},
};

/// Stands in the callback URL for a name that is not chosen yet; no name can be this.
const NO_NAME: &str = "-";

/// A new integration.
#[component]
pub fn New() -> impl IntoView {
    let action = sending::<CreateIntegration>();
    let draft = refused_values::<CreateIntegration>();
    view! {
        <Title text="New integration" />
        <PageHeader
            title="New integration"
            lead="Register this console at the provider as a web application with the authorization code flow, then enter what it gave you."
            above=|| view! { <BackLink href=routes::INTEGRATIONS label="Integrations" /> }
        />
        <FormErrors error=action.error() fields=FIELDS />
        {load(draft, Place::UnderTitle, move |values| form(&values, action).into_any())}
    }
}

fn form(values: &[(String, String)], action: Sending) -> impl IntoView + use<> {
    let first = over(IntegrationForm::blank(), values, BOXES);
    let answers = action.version();
    let checks = Checks::new(
        first.clone(),
        IntegrationSettings::default(),
        action.error(),
        Signal::derive(move || answers.get()),
    );
    view! {
        <SendForm action node_ref=checks.element attr:novalidate=true attr:class="integration-form">
            <Controls form=first secret=SecretState::Unset is_new=true checks />
            <HiddenField name="form[revision]" value="" />
            <CallbackPreview checks />
            <FormActions>
                <Button kind=ButtonKind::Primary pending=action.pending()>"Save"</Button>
                <Button name="enable" value="on" pending=action.pending()>
                    "Save and enable"
                </Button>
                <LinkButton href=routes::INTEGRATIONS kind=ButtonKind::Quiet>
                    "Cancel"
                </LinkButton>
            </FormActions>
        </SendForm>
    }
}

/// The URL to register at the provider, following the name that is typed.
#[component]
fn CallbackPreview(checks: Checks) -> impl IntoView {
    let url = reading(|| (), |()| callback_url(NO_NAME.to_owned()));
    view! {
        <Card title="Callback URL" lead="Register it at the provider, byte for byte.">
            {load(
                url,
                Place::UnderTitle,
                move |url| {
                    let base = url.strip_suffix(NO_NAME).unwrap_or(&url).to_owned();
                    let value = Memo::new(move |_| {
                        let name = checks.name();
                        let name = if name.is_empty() { "NAME" } else { &name };
                        format!("{base}{name}")
                    });
                    (move || view! { <Copyable value=value.get() label="callback URL" /> }).into_any()
                },
            )}
        </Card>
    }
}
