//! The parts of the integration form.

use domain::{
    form::IntegrationForm,
    integration::{ClientAuthMethod, Protocol, SigningAlgorithm},
    secret::SecretState,
};
use leptos::prelude::*;

use crate::{
    pages::integrations::{
        discovery::{Discovery, Suggested},
        fields::Checks,
        protocol::{Only, ProtocolField, RequestSection, Spoken, SubjectField, UserinfoFields},
    },
    text,
    ui::{
        Checkbox, Disclosure, Field, FieldRow, FormSection, HiddenField, SecretField, Select, Switch,
        TextArea,
    },
};

/// The issuer, and what it says of itself.
#[component]
pub(super) fn ProviderSection(checks: Checks, fields: Suggested, spoken: Spoken) -> impl IntoView {
    view! {
        <FormSection title="Provider" lead="Start here: the issuer says where everything else is.">
            <ProtocolField checks spoken />
            <Field
                label="Issuer"
                name="form[issuer]"
                live=fields.issuer
                input_type="url"
                mono=true
                required=true
                optional_if=spoken.is(Protocol::OAuth2)
                placeholder="https://idp.example.com/realms/main"
                hint="The provider's base URL, exactly as it writes it, with or without a slash at the end. OAuth 2.0 can do without: leave it empty then."
                error=checks.of("form[issuer]")
            />
            <Only of=Protocol::Oidc spoken>
                <Discovery fields />
            </Only>
        </FormSection>
    }
}

/// What the button says, and the name in URLs.
#[component]
pub(super) fn NameSection(checks: Checks, form: IntegrationForm, is_new: bool) -> impl IntoView {
    let hint = if is_new {
        "Stands in the callback URL and cannot change: 2 to 32 letters, digits and _."
    } else {
        "Stands in the callback URL and cannot change."
    };
    view! {
        <FormSection title="Name" lead="What people read on the sign-in page, and what stands in addresses.">
            <Field
                label="Label"
                name="form[label]"
                value=form.label
                required=true
                hint="What the button on the sign-in page says, such as Sign in with Okta."
                error=checks.of("form[label]")
            />
            <Field
                label="Name"
                name="form[name]"
                value=form.name
                mono=true
                required=true
                readonly=!is_new
                hint
                error=checks.of("form[name]")
            />
        </FormSection>
    }
}

/// Client id, secret, scopes.
#[component]
pub(super) fn ClientSection(
    checks: Checks,
    form: IntegrationForm,
    secret: SecretState,
    is_secret_kept: bool,
    scopes: RwSignal<String>,
) -> impl IntoView {
    let set_on = match secret {
        SecretState::Unset => String::new(),
        SecretState::Set { set_at, .. } => set_at.for_people(),
    };
    let methods = ClientAuthMethod::ALL
        .map(|method| (method.as_str().to_owned(), text::client_auth(method).to_owned()))
        .to_vec();
    view! {
        <FormSection title="Client" lead="As the provider registered this console.">
            <Field
                label="Client id"
                name="form[client_id]"
                value=form.client_id
                mono=true
                required=true
                error=checks.of("form[client_id]")
            />
            <SecretField
                label="Client secret"
                name="client_secret"
                set_on
                hint="Stored encrypted and never shown again."
                is_held=is_secret_kept
                error=checks.of("client_secret")
            />
            {is_secret_kept.then(|| view! { <HiddenField name="kept_secret" value="on" /> })}
            <Select
                label="Client authentication"
                name="form[client_auth_method]"
                options=methods
                selected=form.client_auth_method
                hint="How the provider's token endpoint wants to know us. With this console's key, give the provider the address of its public half: this console's own address followed by /.well-known/jwks.json. That way and a public client need no secret."
                error=checks.of("form[client_auth_method]")
            />
            <Field
                label="Scopes"
                name="form[oauth_scopes]"
                live=scopes
                mono=true
                hint="Separated by spaces; openid must be among them, except in OAuth 2.0."
                error=checks.of("form[oauth_scopes]")
            />
        </FormSection>
    }
}

/// Which claim becomes what.
#[component]
pub(super) fn ClaimsSection(
    checks: Checks,
    form: IntegrationForm,
    groups: RwSignal<String>,
    spoken: Spoken,
) -> impl IntoView {
    view! {
        <FormSection
            title="Claims"
            lead="Which claim becomes what. A path such as realm_access.roles reaches into objects."
        >
            <SubjectField checks form=form.clone() spoken />
            <Field
                label="Groups claim"
                name="form[claim_groups]"
                live=groups
                mono=true
                hint="What mapping rules compare with: a list of texts, or one text."
                error=checks.of("form[claim_groups]")
            />
            <Field
                label="User name claim"
                name="form[claim_username]"
                value=form.claim_username
                mono=true
                hint="Shown and searched. People are recognised by issuer and subject, never by this."
                error=checks.of("form[claim_username]")
            />
            <FieldRow>
                <Field
                    label="Full name claim"
                    name="form[claim_display_name]"
                    value=form.claim_display_name
                    mono=true
                    error=checks.of("form[claim_display_name]")
                />
                <Field
                    label="E-mail claim"
                    name="form[claim_email]"
                    value=form.claim_email
                    mono=true
                    error=checks.of("form[claim_email]")
                />
            </FieldRow>
            <FieldRow>
                <Field
                    label="Given name claim"
                    name="form[claim_first_name]"
                    value=form.claim_first_name
                    mono=true
                    error=checks.of("form[claim_first_name]")
                />
                <Field
                    label="Family name claim"
                    name="form[claim_last_name]"
                    value=form.claim_last_name
                    mono=true
                    error=checks.of("form[claim_last_name]")
                />
            </FieldRow>
        </FormSection>
    }
}

/// Who gets in, and what else is allowed.
#[component]
pub(super) fn BehaviourSection(checks: Checks, form: IntegrationForm) -> impl IntoView {
    view! {
        <FormSection title="Sign-in" lead="Who gets in, and whether passwords go on beside it.">
            <Switch
                label="Local sign-in stays on while this is enabled"
                name="form[local_sign_in]"
                value="on"
                checked=form.local_sign_in.is_some()
                hint="Off: once this is enabled, user name and password no longer work."
                error=checks.of("form[local_sign_in]")
            />
            <Switch
                label="Create users at first sign-in"
                name="form[create_users]"
                value="on"
                checked=form.create_users.is_some()
                hint="Off: only people who have an account here already get in."
                error=checks.of("form[create_users]")
            />
            <TextArea
                label="Required groups"
                name="form[required_groups]"
                value=form.required_groups
                optional_mark=true
                mono=true
                rows=3
                hint="One a line. Without one of them nobody gets in. Empty: everybody the provider lets through."
                error=checks.of("form[required_groups]")
            />
        </FormSection>
    }
}

/// What most people never need.
#[component]
pub(super) fn AdvancedSection(checks: Checks, form: IntegrationForm, spoken: Spoken) -> impl IntoView {
    let algorithms = SigningAlgorithm::ALL.map(SigningAlgorithm::as_str).join(", ");
    let is_open = checks.is_advanced_wrong() || form.discovery.is_none();
    let is_plain = spoken.is(Protocol::OAuth2);
    let for_userinfo = form.clone();
    // OAuth 2.0 needs endpoints by hand, and they are inside.
    let is_open = Signal::derive(move || is_open || is_plain.get());
    view! {
        <Disclosure summary="Advanced: endpoints, request, algorithms, clock, certificates" open=is_open>
            <Endpoints checks form=form.clone() spoken />
            <RequestSection checks form=form.clone() spoken />
            <FormSection title="Verification" lead="What the provider's answers must keep.">
                <Checkbox
                    label="PKCE with S256"
                    name="form[pkce]"
                    value="on"
                    checked=form.pkce.is_some()
                    hint="Leave it on: providers that do not know it ignore it. A public client needs it."
                    error=checks.of("form[pkce]")
                />
                <Field
                    label="Signature algorithms"
                    name="form[signing_algorithms]"
                    value=form.signing_algorithms
                    mono=true
                    hint=format!("Accepted on ID tokens, separated by spaces. Known: {algorithms}.")
                    error=checks.of("form[signing_algorithms]")
                />
                <Field
                    label="Clock skew"
                    name="form[clock_skew_seconds]"
                    value=form.clock_skew_seconds
                    short=true
                    hint="Seconds, 0 to 300."
                    error=checks.of("form[clock_skew_seconds]")
                />
                <UserinfoFields checks form=for_userinfo />
                <TextArea
                    label="Certificates"
                    name="form[custom_ca]"
                    value=form.custom_ca
                    optional_mark=true
                    mono=true
                    rows=5
                    hint="PEM. Trusted for this provider beside the public authorities; never a private key."
                    error=checks.of("form[custom_ca]")
                />
            </FormSection>
        </Disclosure>
    }
}

/// Endpoints by hand.
#[component]
fn Endpoints(checks: Checks, form: IntegrationForm, spoken: Spoken) -> impl IntoView {
    let fields = [
        ("Authorization endpoint", "form[endpoint_authorization]", form.endpoint_authorization),
        ("Token endpoint", "form[endpoint_token]", form.endpoint_token),
        ("Userinfo endpoint", "form[endpoint_userinfo]", form.endpoint_userinfo),
        ("Keys endpoint", "form[endpoint_jwks]", form.endpoint_jwks),
    ]
    .map(|(label, name, value)| {
        view! {
            <Field
                label
                name
                value
                input_type="url"
                mono=true
                optional_mark=true
                placeholder="As discovered"
                error=checks.of(name)
            />
        }
    })
    .into_iter()
    .collect_view();
    view! {
        <FormSection title="Endpoints" lead="Each overrides what discovery found; empty takes the discovered one.">
            <Only of=Protocol::Oidc spoken>
                <Checkbox
                    label="Read endpoints from the issuer (discovery)"
                    name="form[discovery]"
                    value="on"
                    checked=form.discovery.is_some()
                    hint="Off: the endpoints below are needed. OAuth 2.0 always needs the first three."
                    error=checks.of("form[discovery]")
                />
            </Only>
            {fields}
            <Only of=Protocol::Oidc spoken>
                <Field
                    label="End-session endpoint"
                    name="form[endpoint_end_session]"
                    value=form.endpoint_end_session
                    input_type="url"
                    mono=true
                    optional_mark=true
                    placeholder="As discovered"
                    hint="Where the provider ends its own session, for signing out there as well as here. Only for OpenID Connect."
                    error=checks.of("form[endpoint_end_session]")
                />
            </Only>
        </FormSection>
    }
}
