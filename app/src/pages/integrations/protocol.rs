//! The parts of the integration form that depend on what is spoken with the provider. Without scripts every field is
//! there, and its hint says which protocol it is for.

use domain::{
    form::IntegrationForm,
    integration::{Protocol, PushedAuthorization, ResponseMode, UserinfoAuth, UserinfoMode},
};
use leptos::prelude::*;

use crate::{
    pages::integrations::fields::Checks,
    text,
    ui::{Field, FieldRow, FormSection, Select, TextArea, use_hydrated},
};

/// What is chosen at this moment.
#[derive(Clone, Copy)]
pub(super) struct Spoken(RwSignal<String>);

impl Spoken {
    pub(super) fn new(form: &IntegrationForm) -> Self {
        Self(RwSignal::new(form.protocol.clone()))
    }

    /// Whether this protocol is chosen.
    pub(super) fn is(self, protocol: Protocol) -> Signal<bool> {
        Signal::derive(move || self.0.with(|chosen| Protocol::parse(chosen).unwrap_or_default() == protocol))
    }
}

/// Fields of one protocol: with scripts they go while the other one is chosen. What is in them is sent all the same.
#[component]
pub(super) fn Only(
    /// Which one.
    of: Protocol,
    /// What is chosen.
    spoken: Spoken,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let (hydrated, is_chosen) = (use_hydrated(), spoken.is(of));
    view! { <div class="stack" hidden=move || hydrated.get() && !is_chosen.get()>{children()}</div> }
        .into_any()
}

/// What is spoken.
#[component]
pub(super) fn ProtocolField(checks: Checks, spoken: Spoken) -> impl IntoView {
    let protocols =
        Protocol::ALL.map(|one| (one.as_str().to_owned(), text::protocol(one).to_owned())).to_vec();
    view! {
        <Select
            label="Protocol"
            name="form[protocol]"
            options=protocols
            live=spoken.0
            hint="OpenID Connect whenever the provider speaks it. OAuth 2.0 is for those that do not, such as GitHub: it needs the authorization, token and userinfo endpoints, and the claim that says who somebody is."
            error=checks.of("form[protocol]")
        />
    }
}

/// How the request travels, and what it asks for.
#[component]
pub(super) fn RequestSection(checks: Checks, form: IntegrationForm, spoken: Spoken) -> impl IntoView {
    let modes = ResponseMode::ALL
        .map(|mode| (mode.as_str().to_owned(), text::response_mode(mode).to_owned()))
        .to_vec();
    let pushed = PushedAuthorization::ALL
        .map(|mode| (mode.as_str().to_owned(), text::pushed_authorization(mode).to_owned()))
        .to_vec();
    view! {
        <FormSection title="Request" lead="What this console asks of the provider at each sign-in, and how.">
            <Select
                label="Answers come"
                name="form[response_mode]"
                options=modes
                selected=form.response_mode
                hint="A form keeps the answer out of addresses and logs, where the provider knows form_post."
                error=checks.of("form[response_mode]")
            />
            <Only of=Protocol::Oidc spoken>
                <Select
                    label="Pushed requests"
                    name="form[pushed_authorization]"
                    options=pushed
                    selected=form.pushed_authorization
                    hint="Hands the request to the provider past the browser, so that nobody can change it on the way. Only for OpenID Connect."
                    error=checks.of("form[pushed_authorization]")
                />
            </Only>
            <Field
                label="Prompt"
                name="form[prompt]"
                value=form.prompt
                mono=true
                optional_mark=true
                hint="login asks for the password each time, select_account for the account, consent for consent; several are separated by spaces. none never asks anything."
                error=checks.of("form[prompt]")
            />
            <FieldRow>
                <Field
                    label="Longest time since sign-in"
                    name="form[max_age]"
                    value=form.max_age
                    short=true
                    optional_mark=true
                    hint="Seconds. Whoever signed in at the provider longer ago must do so again; checked. Only for OpenID Connect."
                    error=checks.of("form[max_age]")
                />
                <Field
                    label="Strength of sign-in"
                    name="form[acr_values]"
                    value=form.acr_values
                    mono=true
                    optional_mark=true
                    hint="The provider's names (acr) for ways of signing in, such as phr; one of them must be in the answer. Only for OpenID Connect."
                    error=checks.of("form[acr_values]")
                />
            </FieldRow>
            <TextArea
                label="More parameters"
                name="form[extra_authorization_params]"
                value=form.extra_authorization_params
                optional_mark=true
                mono=true
                rows=3
                hint="One name=value a line, such as kc_idp_hint=corp. What the sign-in itself sets cannot be set here."
                error=checks.of("form[extra_authorization_params]")
            />
        </FormSection>
    }
    .into_any()
}

/// When userinfo is asked, and how.
#[component]
pub(super) fn UserinfoFields(checks: Checks, form: IntegrationForm) -> impl IntoView {
    let modes =
        UserinfoMode::ALL.map(|mode| (mode.as_str().to_owned(), text::userinfo(mode).to_owned())).to_vec();
    let ways =
        UserinfoAuth::ALL.map(|way| (way.as_str().to_owned(), text::userinfo_auth(way).to_owned())).to_vec();
    view! {
        <FieldRow>
            <Select
                label="Userinfo"
                name="form[userinfo]"
                options=modes
                selected=form.userinfo
                hint="When the userinfo endpoint is asked. OAuth 2.0 always asks it."
                error=checks.of("form[userinfo]")
            />
            <Select
                label="Access token for userinfo"
                name="form[userinfo_auth]"
                options=ways
                selected=form.userinfo_auth
                hint="Where the endpoint looks for it."
                error=checks.of("form[userinfo_auth]")
            />
        </FieldRow>
    }
}

/// Which claim says who somebody is.
#[component]
pub(super) fn SubjectField(checks: Checks, form: IntegrationForm, spoken: Spoken) -> impl IntoView {
    view! {
        <Only of=Protocol::OAuth2 spoken>
            <Field
                label="Subject claim"
                name="form[claim_subject]"
                value=form.claim_subject
                mono=true
                hint="What never changes about a person and is never given to another, such as id: people are recognised by it. Changing it makes everybody a new person. Only for OAuth 2.0; OpenID Connect always takes sub."
                error=checks.of("form[claim_subject]")
            />
        </Only>
    }
}
