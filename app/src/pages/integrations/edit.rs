use domain::{
    access::Permission,
    api::{IntegrationView, ManagedKind, ManagedView},
    form::IntegrationForm,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    functions::{SetIntegrationEnabled, UpdateIntegration, get_integration, kept_secret_of, managed},
    nav::{Allowed, focus_title, use_viewer},
    pages::{
        forms::{FormErrors, over, refused_values, was_refused},
        integrations::{
            conflict::ConflictPanel,
            fields::{BOXES, Checks, FIELDS},
            form::{Controls, FORM},
            guide::{AtTheProvider, Urls, urls_of},
            known::{Certificates, ManyGroupsNotice},
            list::{last_failure, last_success, state},
            new::propose,
            notices::Notices,
            secrets::expiry_badge,
        },
        load::{Notice, Place, load, moment},
        managed::{lock, note},
        provisional::ProvisionalOffer,
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        BackLink, Button, ButtonKind, Callout, Card, Copyable, Description, DescriptionList, FormActions,
        HiddenField, IconKind, LinkButton, PageHeader, Section, TextLink, Tone,
    },
};

/// The id of the form that enables.
const ENABLE: &str = "enable-form";

/// Grows when an action has done something, not when it was refused: then what was typed must stay.
fn done(action: Sending) -> Memo<i64> {
    Memo::new(move |before: Option<&i64>| {
        let now = action.answer::<IntegrationView>().map(|view| view.revision);
        now.or(before.copied()).unwrap_or_default()
    })
}

/// What is read: the integration, what was typed, what a file sets, whether a typed secret is kept.
type Shown = (IntegrationView, Vec<(String, String)>, Option<ManagedView>, bool);

/// One integration.
#[component]
pub fn Edit() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let update = sending::<UpdateIntegration>();
    let enable = sending::<SetIntegrationEnabled>();
    let (updated, enabled) = (done(update), done(enable));
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let draft = refused_values::<UpdateIntegration>();
    let is_refused = was_refused::<UpdateIntegration>();
    let stored = reading(
        move || (name.get(), updated.get(), enabled.get()),
        move |(name, ..)| async move {
            let set = managed(ManagedKind::Integration, name.clone()).await?;
            // With scripts it still stands in the form.
            let is_kept = is_refused && kept_secret_of(name.clone()).await?.is_some();
            Ok((get_integration(name).await?, draft.await?, set, is_kept))
        },
    );
    let viewer = use_viewer();
    Effect::new(move |before: Option<(i64, i64)>| {
        let now = (updated.get(), enabled.get());
        if before.is_some_and(|before| before != now) {
            // What was done may have to be confirmed.
            viewer.refetch();
            focus_title(true);
        }
        now
    });
    let is_new = Memo::new(move |_| query.with(|query| query.get("created").is_some()));
    let notice = Signal::derive(move || {
        let is_saved = query.with(|query| query.get("saved").is_some());
        match (enabled.get() > 0, is_saved || updated.get() > 0) {
            (true, _) => Some("Enabled. People can sign in with it now.".to_owned()),
            (false, true) => Some("Saved. The next sign-in uses it.".to_owned()),
            (false, false) => None,
        }
    });
    view! {
        <Notice text=notice />
        {load(
            stored,
            Place::WholePage,
            move |(view, values, set, is_secret_kept): Shown| {
                let is_new = is_new.get_untracked();
                view! { <Stored view values set is_secret_kept update enable is_new /> }.into_any()
            },
        )}
    }
}

/// The page of a stored integration.
#[component]
fn Stored(
    view: IntegrationView,
    values: Vec<(String, String)>,
    set: Option<ManagedView>,
    is_secret_kept: bool,
    update: Sending,
    enable: Sending,
    is_new: bool,
) -> impl IntoView {
    lock(set.as_ref(), FIELDS);
    let (is_fixed, is_kept) = match &set {
        Some(set) => (set.owns("enabled"), !set.released),
        None => (false, false),
    };
    let set_note = set.map(|set| note(set, &view.settings.name));
    let label = view.settings.label.clone();
    let next = is_new.then(|| view! { <NextSteps view=view.clone() enable /> });
    let header = {
        let (name, is_enabled) = (view.settings.name.clone(), view.enabled);
        move || view! { <Actions name=name.clone() is_enabled is_fixed is_kept enable /> }
    };
    view! {
        <Title text=label.clone() />
        <PageHeader
            title=label
            above=|| view! { <BackLink href=routes::INTEGRATIONS label="Integrations" /> }
            actions=header
        />
        <FormErrors error=enable.error() fields=&[] title="Not enabled" />
        <ProvisionalOffer error=enable.error() form=ENABLE label="Enable provisionally (10 minutes)" />
        {next}
        <Notices of=view.settings.name.clone() />
        {set_note}
        <Status view=view.clone() />
        <AtTheProvider view=view.clone() />
        <FormErrors error=update.error() fields=FIELDS />
        <ProvisionalOffer error=update.error() form=FORM />
        <SettingsForm view values is_secret_kept update />
    }
}

/// Enable, or the ways to the pages that ask first.
#[component]
fn Actions(
    name: String,
    is_enabled: bool,
    /// A configuration file says whether it is enabled.
    is_fixed: bool,
    /// A configuration file names it: it cannot be deleted here.
    is_kept: bool,
    enable: Sending,
) -> impl IntoView {
    let (disable, delete) = (routes::disable_integration(&name), routes::delete_integration(&name));
    let probe = routes::probe(&name);
    let delete_label = "Delete\u{2026}";
    view! {
        <Allowed to=Permission::ManageIntegrations>
            {if is_fixed {
                ().into_any()
            } else if is_enabled {
                view! { <LinkButton href=disable.clone()>"Disable\u{2026}"</LinkButton> }.into_any()
            } else {
                view! { <EnableForm id=ENABLE name=name.clone() enable /> }.into_any()
            }}
            <LinkButton href=probe.clone() icon=IconKind::Search>"Probe"</LinkButton>
            {(!is_kept)
                .then(|| {
                    view! {
            <LinkButton href=delete.clone() kind=ButtonKind::Quiet icon=IconKind::Trash>
                {delete_label}
            </LinkButton>
                    }
                })}
        </Allowed>
    }
}

/// One button.
#[component]
fn EnableForm(
    name: String,
    enable: Sending,
    /// The form's id, when another button sends it too.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    view! {
        <SendForm action=enable attr:id=id>
            <HiddenField name="name" value=name />
            <HiddenField name="enabled" value="on" />
            <Button kind=ButtonKind::Primary pending=enable.pending()>"Enable"</Button>
        </SendForm>
    }
}

/// What to do with an integration that was just made.
#[component]
fn NextSteps(view: IntegrationView, enable: Sending) -> impl IntoView {
    let is_enabled = view.enabled;
    let name = view.settings.name.clone();
    let probe = routes::probe(&name);
    let urls = urls_of(&view);
    let last = if is_enabled {
        "It is enabled: sign in with it in a private window."
    } else {
        "Enable it, then sign in with it in a private window."
    };
    view! {
        <Card title="Next" lead="Three things are left.">
            <ol class="stack">
                <li>"Register this callback URL at the provider, byte for byte; the others are for signing out." <Urls urls /></li>
                <li>
                    "Probe it: every step is looked at, and you can sign in for real without anybody being signed in. "
                    <LinkButton href=probe icon=IconKind::Search>"Probe"</LinkButton>
                </li>
                <li>
                    {last}
                    {(!is_enabled)
                        .then(move || {
                            view! {
                                <Allowed to=Permission::ManageIntegrations>
                                    <EnableForm name=name.clone() enable />
                                </Allowed>
                            }
                        })}
                </li>
            </ol>
        </Card>
    }
}

/// State and history.
#[component]
fn Status(view: IntegrationView) -> impl IntoView {
    let (success, failure) = (last_success(&view), last_failure(&view));
    let name = view.settings.name.clone();
    let (secrets, history) = (routes::integration_secrets(&name), routes::integration_history(&name));
    let held = view.client_secret.held().len();
    let held = text::count(u64::try_from(held).unwrap_or_default(), "secret", "secrets");
    let badge = view.client_secret.days_left().and_then(expiry_badge);
    let watch = routes::watch_integration(&name);
    let many = view.many_groups.map(|many| view! { <ManyGroupsNotice many /> });
    let IntegrationView {
        enabled,
        callback_url,
        created_at,
        created_by,
        updated_at,
        custom_ca_certificates,
        certificate_expires_at,
        ..
    } = view;
    let certificates = (!custom_ca_certificates.is_empty())
        .then(|| view! { <Certificates certificates=custom_ca_certificates /> });
    view! {
        <Section title="Status">
            <DescriptionList>
                <Description term="State">{state(enabled)}</Description>
                <Description term="Callback URL">
                    <Copyable value=callback_url label="callback URL" />
                </Description>
                <Description term="Last sign-in">{success}</Description>
                {failure.map(|failure| view! { <Description term="Last failure">{failure}</Description> })}
                <Description term="Client secrets">
                    <TextLink href=secrets label=format!("{held}: look at them or add one")>{held.clone()}</TextLink>
                    " "
                    {badge}
                </Description>
                <Description term="Provider">
                    <TextLink href=watch>"What changed there"</TextLink>
                </Description>
                {certificate_expires_at
                    .map(|at| view! { <Description term="First certificate expires">{moment(at)}</Description> })}
                <Description term="Created">{moment(created_at)} " by " {created_by}</Description>
                <Description term="Changed">
                    {moment(updated_at)} " \u{b7} " <TextLink href=history>"History"</TextLink>
                </Description>
            </DescriptionList>
            {many}
            {certificates}
        </Section>
    }
}

/// The form with what is stored.
#[component]
fn SettingsForm(
    view: IntegrationView,
    values: Vec<(String, String)>,
    is_secret_kept: bool,
    update: Sending,
) -> impl IntoView {
    let name = view.settings.name.clone();
    let mut first = over(IntegrationForm::from_settings(&view.settings, Some(view.revision)), &values, BOXES);
    let is_proposed = use_query_map().with_untracked(|query| propose(&mut first, |name| query.get(name)));
    let proposed = is_proposed.then(|| {
        view! {
            <Callout title="A claim was put into the form" kind=Tone::Info>
                <p>"Look at the claims below, then save."</p>
            </Callout>
        }
    });
    let revision = first.revision.clone();
    let answers = update.version();
    let checks =
        Checks::new(first.clone(), view.settings, update.error(), Signal::derive(move || answers.get()));
    view! {
        {proposed}
        <ConflictPanel name=name.clone() checks update />
        <SendForm
            action=update
            node_ref=checks.element
            attr:id=FORM
            attr:novalidate=true
            attr:class="integration-form"
        >
            <HiddenField name="name" value=name />
            <HiddenField name="form[revision]" value=revision />
            <Controls form=first secret=view.client_secret is_secret_kept is_new=false checks />
            <Allowed to=Permission::ManageIntegrations>
                <FormActions>
                    <Button kind=ButtonKind::Primary pending=update.pending()>"Save"</Button>
                    <LinkButton href=routes::INTEGRATIONS kind=ButtonKind::Quiet>"Cancel"</LinkButton>
                </FormActions>
            </Allowed>
        </SendForm>
    }
}
