use domain::{
    claims::ClaimPath,
    form::IntegrationForm,
    integration::IntegrationSettings,
    preset::{ClientUrls, FormStart},
    probe::ClaimUse,
    secret::SecretState,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    error::AppError,
    functions::{CreateIntegration, ProbeDraft, form_draft, kept_secret_of, start_form},
    nav::focus_title,
    pages::{
        forms::{FormErrors, over, was_refused},
        integrations::{
            fields::{BOXES, Checks, FIELDS},
            form::{Controls, FORM},
            guide::{Choices, Steps, Urls},
        },
        load::{Place, load},
        provisional::ProvisionalOffer,
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{BackLink, Button, ButtonKind, Card, FormActions, HiddenField, IconKind, LinkButton, PageHeader},
};

/// A new integration: first what kind of provider it is, then the form, filled as far as it can be.
#[component]
pub fn New() -> impl IntoView {
    let query = use_query_map();
    let action = sending::<CreateIntegration>();
    let probe = sending::<ProbeDraft>();
    let is_refused = was_refused::<CreateIntegration>() || was_refused::<ProbeDraft>();
    let parameter = move |name: &str| query.with(|query| query.get(name).unwrap_or_default());
    let chosen = Memo::new(move |_| (parameter("preset"), parameter("probe")));
    let start = reading(
        move || chosen.get(),
        move |(preset, run)| async move {
            let values = if is_refused { form_draft().await? } else { Vec::new() };
            let name = values.iter().find(|(field, _)| field == "form[name]").map(|(_, name)| name.clone());
            let is_kept = match name {
                Some(name) => kept_secret_of(name).await?.is_some(),
                None => false,
            };
            // A form that was refused is shown again, whatever it was begun with.
            let preset = if preset.is_empty() && is_refused { "oidc".to_owned() } else { preset };
            Ok((start_form(preset, run, String::new()).await?, values, is_kept))
        },
    );
    // The link that was chosen goes away with the choice.
    Effect::new(move |before: Option<(String, String)>| {
        let now = chosen.get();
        if before.is_some_and(|before| before != now) {
            focus_title(false);
        }
        now
    });
    let error = Signal::derive(move || action.error().get().or_else(|| probe.error().get()));
    view! {
        <Title text="New integration" />
        <PageHeader
            title="New integration"
            lead="Connects an identity provider, so that people can sign in with it. Nobody can until you enable it."
            above=|| view! { <BackLink href=routes::INTEGRATIONS label="Integrations" /> }
        />
        <FormErrors error fields=FIELDS />
        <ProvisionalOffer
            error=action.error()
            form=FORM
            label="Save and enable provisionally (10 minutes)"
        />
        {load(
            start,
            Place::UnderTitle,
            move |(mut start, values, is_kept): (FormStart, Vec<(String, String)>, bool)| {
                if !start.choices.is_empty() {
                    return view! {
                        <p>"Which provider is it? The steps and the form fit what you choose."</p>
                        <Choices choices=start.choices />
                    }
                    .into_any();
                }
                query.with_untracked(|query| propose(&mut start.form, |name| query.get(name)));
                form(start, &values, is_kept, Actions { create: action, probe, error }).into_any()
            },
        )}
    }
}

/// Puts the claims that a probe proposes into the form.
pub(super) fn propose(form: &mut IntegrationForm, parameter: impl Fn(&str) -> Option<String>) -> bool {
    let mut any = false;
    for usage in ClaimUse::ALL {
        if let Some(path) = parameter(usage.field()).and_then(|text| ClaimPath::parse(&text).ok()) {
            usage.fill(form, path.as_str().to_owned());
            any = true;
        }
    }
    any
}

/// What the buttons do.
#[derive(Clone, Copy)]
struct Actions {
    create: Sending,
    probe: Sending,
    error: Signal<Option<AppError>>,
}

fn form(
    start: FormStart,
    values: &[(String, String)],
    is_secret_kept: bool,
    actions: Actions,
) -> impl IntoView + use<> {
    let Actions { create, probe, error } = actions;
    let first = over(start.form, values, BOXES);
    let preset_id = first.preset.clone();
    let before = first.name.clone();
    let answers = create.version();
    let tries = probe.version();
    let checks = Checks::new(
        first.clone(),
        IntegrationSettings::default(),
        error,
        Signal::derive(move || answers.get() + tries.get()),
    );
    let renamed = Callback::new(move |text: String| {
        let name = checks.name();
        let name = if name.is_empty() { "NAME" } else { &name };
        ["/code/", "/backchannel-logout/"]
            .iter()
            .fold(text, |text, place| text.replace(&format!("{place}{before}"), &format!("{place}{name}")))
    });
    let urls = start.urls;
    let shown = move || {
        let all = ClientUrls {
            callback: renamed.run(urls.callback.clone()),
            backchannel: renamed.run(urls.backchannel.clone()),
            ..urls.clone()
        };
        view! { <Urls urls=all /> }
    };
    let kept = (start.has_secret && !is_secret_kept).then(|| {
        view! { <p class="muted">"The client secret of the probe is kept: leave its field empty to go on using it."</p> }
    });
    let guide = start.preset.map(|preset| {
        let hint = (!preset.issuer_hint.is_empty())
            .then(|| view! { <p class="muted">{format!("Issuer: {}", preset.issuer_hint)}</p> });
        view! {
            <Steps preset=preset.clone() shown=renamed />
            {hint}
        }
    });
    // The same form goes to another function. Without scripts the browser does it by itself.
    let ask = move |event: leptos::ev::MouseEvent| {
        if probe.send_form(checks.element) {
            event.prevent_default();
        }
    };
    view! {
        {guide}
        <Card title="To give the provider" lead="Copy these byte for byte; the first one is always needed.">
            {shown}
        </Card>
        {kept}
        <SendForm
            action=create
            node_ref=checks.element
            attr:id=FORM
            attr:novalidate=true
            attr:class="integration-form"
        >
            <Controls form=first secret=SecretState::Unset is_secret_kept is_new=true checks />
            <HiddenField name="form[revision]" value="" />
            <HiddenField name="form[preset]" value=preset_id />
            <HiddenField name="probe" value=start.run />
            <FormActions>
                <Button kind=ButtonKind::Primary pending=create.pending()>"Save"</Button>
                <Button
                    pending=probe.pending()
                    icon=IconKind::Search
                    attr:formaction=ProbeDraft::PATH
                    on:click=ask
                >
                    "Probe, save nothing"
                </Button>
                <Button name="enable" value="on" pending=create.pending()>
                    "Save and enable"
                </Button>
                <LinkButton href=routes::INTEGRATIONS kind=ButtonKind::Quiet>
                    "Cancel"
                </LinkButton>
            </FormActions>
        </SendForm>
    }
}
