//! The page of the probe: what it does, one run with its steps, the sign-in that is tried, and what came of it.

use domain::probe::{ProbeView, SignInTest};
use leptos::{leptos_dom::helpers::is_server, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    functions::{BeginProbe, get_probe},
    pages::{
        forms::FormErrors,
        integrations::{probe_result::Outcome, probe_steps::Steps},
        load::{Notice, Place, load},
        reading::{Reading, reading},
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        BackLink, Button, ButtonKind, Callout, FormActions, HiddenField, IconKind, LinkButton, PageHeader,
        Section, Tone,
    },
};

/// Probes one integration, or shows the run of a draft.
#[component]
pub fn Probe() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let run = Memo::new(move |_| query.with(|query| query.get("run").unwrap_or_default()));
    let begin = sending::<BeginProbe>();
    // Without scripts the page is sent when all steps are done; with scripts each step shows as it comes.
    let data = reading(
        move || run.get(),
        |run| async move {
            if run.is_empty() { Ok(None) } else { get_probe(run, u32::from(!is_server())).await.map(Some) }
        },
    );
    let newer = RwSignal::new(None::<ProbeView>);
    follow(data, newer);
    let notice = Signal::derive(move || {
        let is_tried = query.with(|query| query.get("tried").is_some());
        is_tried.then(|| {
            "The sign-in test is done. You can close this tab: the other one shows the same result."
                .to_owned()
        })
    });
    let back = move || {
        let name = name.get_untracked();
        if name.is_empty() {
            view! { <BackLink href=routes::INTEGRATIONS label="Integrations" /> }
        } else {
            view! { <BackLink href=routes::integration(&name) label="Integration" /> }
        }
    };
    view! {
        <Title text="Probe" />
        <PageHeader
            title="Probe"
            lead="Looks at everything a sign-in needs, one step after the other. It changes nothing."
            above=back
        />
        <Notice text=notice />
        <FormErrors error=begin.error() fields=&[] title="Not probed" />
        {load(
            data,
            Place::UnderTitle,
            move |first: Option<ProbeView>| match first {
                None => view! { <Start name=name.get_untracked() begin /> }.into_any(),
                Some(first) => {
                    (move || {
                        let newest = newer.get().filter(|newest| newest.id == first.id);
                        view! { <Run view=newest.unwrap_or_else(|| first.clone()) begin /> }
                    })
                        .into_any()
                }
            },
        )}
    }
}

/// Asks for what is newer until the page is left or the run is over.
fn follow(data: Reading<Option<ProbeView>>, newer: RwSignal<Option<ProbeView>>) {
    Effect::new(move |_| {
        let Some(Ok(Some(first))) = data.get() else { return };
        spawn_local(async move {
            let (id, mut stage) = (first.id, first.stage);
            while newer.try_get_untracked().is_some() {
                let Ok(next) = get_probe(id.clone(), stage).await else { return };
                if next.stage != stage {
                    stage = next.stage;
                    let _ = newer.try_set(Some(next));
                }
            }
        });
    });
}

/// Before anything was asked.
#[component]
fn Start(name: String, begin: Sending) -> impl IntoView {
    if name.is_empty() {
        return view! {
            <p>"A draft is probed from its form. " "What was probed before is kept for 15 minutes."</p>
            <p>
                <LinkButton href=routes::NEW_INTEGRATION>"New integration"</LinkButton>
            </p>
        }
        .into_any();
    }
    view! {
        <p>
            "Asks the provider for its address, certificate, discovery document and keys, and whether it accepts the \
             stored client id and secret. Afterwards you can sign in for real, without a user or a session being made."
        </p>
        <Again name begin label="Probe now" />
    }
    .into_any()
}

#[component]
fn Again(name: String, begin: Sending, label: &'static str) -> impl IntoView {
    view! {
        <SendForm action=begin>
            <HiddenField name="name" value=name />
            <Button kind=ButtonKind::Primary icon=IconKind::Search pending=begin.pending()>
                {label}
            </Button>
        </SendForm>
    }
}

/// One run.
#[component]
fn Run(view: ProbeView, begin: Sending) -> impl IntoView {
    let title = format!("Steps: {}", view.label);
    let last = match (view.stored.clone(), view.finished) {
        (_, false) => None,
        (Some(name), true) => {
            let page = routes::integration(&name);
            Some(
                view! {
                    <FormActions>
                        <Again name begin label="Probe again" />
                        <LinkButton href=page>"Go to the integration"</LinkButton>
                    </FormActions>
                }
                .into_any(),
            )
        }
        (None, true) => {
            let form = routes::with_query(routes::NEW_INTEGRATION, &[("probe", &view.id)]);
            Some(
                view! {
                    <FormActions>
                        <LinkButton href=form kind=ButtonKind::Primary>"Back to the form, to change or save"</LinkButton>
                    </FormActions>
                }
                .into_any(),
            )
        }
    };
    let sign_in = view.finished.then(|| view! { <SignIn view=view.clone() /> });
    view! {
        <Section title>
            <Steps steps=view.steps finished=view.finished />
            {last}
        </Section>
        {sign_in}
    }
}

/// The sign-in that can be tried, and its result.
#[component]
fn SignIn(view: ProbeView) -> impl IntoView {
    let (begin, look) =
        (routes::probe_sign_in(&view.id), routes::probe_run(view.stored.as_deref(), &view.id));
    let warning = view.has_failed().then_some("A step above failed, so this will probably fail too. ");
    let label = if view.sign_in == SignInTest::NotBegun { "Sign in for real" } else { "Sign in once more" };
    let stored = view.stored.clone();
    let (id, callback_url) = (view.id.clone(), view.callback_url.clone());
    let result = match view.sign_in.clone() {
        SignInTest::NotBegun => ().into_any(),
        SignInTest::Waiting => view! {
            <Callout title="Waiting for the sign-in" kind=Tone::Info level=3>
                <p>"Finish it in the other tab. The result appears here."</p>
            </Callout>
        }
        .into_any(),
        SignInTest::Failed(problem) => {
            let cause = problem.cause.map(|cause| view! { <p class="small">{format!("Cause: {cause}")}</p> });
            let said = problem
                .said
                .map(|said| view! { <p class="small">{format!("The provider said: {said}")}</p> });
            view! {
                <Callout title=text::login_failure_title(problem.failure) kind=Tone::Bad level=3>
                    <p>{view.advice.clone()}</p>
                    {cause}
                    {said}
                </Callout>
            }
            .into_any()
        }
        SignInTest::Done(found) => {
            view! { <Outcome found=*found advice=view.advice.clone() stored run=id /> }.into_any()
        }
    };
    view! {
        <Section
            title="Sign in for real"
            lead="At the provider, in a new tab. Nobody is signed in here by it: no user, no session and no role is made."
        >
            <p>
                {warning} "Before that, register this callback URL at the provider, byte for byte: "
                <code class="mono">{callback_url}</code>
            </p>
            <div class="cluster">
                <LinkButton href=begin kind=ButtonKind::Primary attr:target="_blank" attr:rel="external noopener">
                    {label} " (new tab)"
                </LinkButton>
                <LinkButton href=look kind=ButtonKind::Quiet attr:rel="external">"Look for the result"</LinkButton>
            </div>
            <div aria-live="polite">{result}</div>
        </Section>
    }
}
