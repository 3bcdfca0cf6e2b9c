//! What to do at the provider, and what to give it.

use domain::{
    api::IntegrationView,
    preset::{ClientUrls, FormStart, PresetView, SERVES_BACKCHANNEL_LOGOUT},
};
use leptos::prelude::*;

use crate::{
    functions::start_form,
    pages::{
        load::{Place, load},
        reading::reading,
    },
    routes,
    ui::{Card, Code, Copyable, Description, DescriptionList, Disclosure, TextLink},
};

/// The presets, as links.
#[component]
pub(super) fn Choices(choices: Vec<PresetView>) -> impl IntoView {
    let cards = choices
        .into_iter()
        .map(|preset| {
            let href = routes::with_query(routes::NEW_INTEGRATION, &[("preset", &preset.id)]);
            view! {
                <li>
                    <Card title=preset.name href>
                        <p class="muted">{preset.line}</p>
                    </Card>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="grid-cards" aria-label="Kinds of providers">
            {cards}
        </ul>
    }
}

/// The provider's own steps. `shown` puts the name that is typed into our URLs.
#[component]
pub(super) fn Steps(preset: PresetView, #[prop(into)] shown: Callback<String, String>) -> impl IntoView {
    let name = preset.name.clone();
    let steps = preset
        .steps
        .into_iter()
        .map(|step| view! { <li>{move || marked(&shown.run(step.clone()))}</li> })
        .collect_view();
    let notes = preset.notes.into_iter().map(|note| view! { <li>{marked(&note)}</li> }).collect_view();
    let again = routes::NEW_INTEGRATION;
    view! {
        <Card title=format!("At {name}") lead="Do this first, in the provider's own console.">
            <ol class="plain stack stack--tight">{steps}</ol>
            <ul class="plain stack stack--tight muted">{notes}</ul>
            <p class="small">
                "Another kind of provider? " <TextLink href=again>"Choose again"</TextLink> "."
            </p>
        </Card>
    }
}

/// Our URLs to copy. They are plain text, and so can be selected without scripts.
#[component]
pub(super) fn Urls(urls: ClientUrls) -> impl IntoView {
    let backchannel = if SERVES_BACKCHANNEL_LOGOUT {
        view! { <Copyable value=urls.backchannel label="back-channel logout URL" /> }.into_any()
    } else {
        view! { <span class="muted">"Not needed yet: this console does not listen for it. Leave it empty at the provider."</span> }
            .into_any()
    };
    view! {
        <DescriptionList>
            <Description term="Callback (redirect) URL">
                <Copyable value=urls.callback label="callback URL" />
            </Description>
            <Description term="After signing out">
                <Copyable value=urls.signed_out label="URL after signing out" />
            </Description>
            <Description term="Back-channel logout">{backchannel}</Description>
            <Description term="Sign-in that begins at the provider">
                <Copyable value=urls.initiate label="initiate-login URL" />
            </Description>
        </DescriptionList>
    }
}

/// Our URLs, for this integration.
pub(super) fn urls_of(view: &IntegrationView) -> ClientUrls {
    let name = &view.settings.name;
    let base = view.callback_url.strip_suffix(&format!("/login/oauth2/code/{name}"));
    ClientUrls::new(base.unwrap_or_default(), name)
}

/// The steps of the preset it was made from, and our URLs, to be looked up again.
#[component]
pub(super) fn AtTheProvider(view: IntegrationView) -> impl IntoView {
    let urls = urls_of(&view);
    let name = view.settings.name.clone();
    let steps = view.settings.preset.is_some().then(|| {
        let start = reading(move || name.clone(), |name| start_form(String::new(), String::new(), name));
        load(start, Place::UnderTitle, |start: FormStart| {
            let same = Callback::new(|text: String| text);
            start.preset.map(|preset| view! { <Steps preset shown=same /> }).into_any()
        })
    });
    view! {
        <Disclosure summary="What the provider needs: URLs and steps">
            <Urls urls />
            {steps}
        </Disclosure>
    }
    .into_any()
}

/// The text with its addresses set apart.
fn marked(text: &str) -> AnyView {
    let mut parts = Vec::new();
    for word in text.split(' ') {
        let is_url = word.starts_with("https://") || word.starts_with("http://");
        if !is_url {
            parts.push(format!("{word} ").into_any());
            continue;
        }
        let url = word.trim_end_matches(['.', ',', ';', ':']).to_owned();
        let rest = format!("{} ", word.get(url.len()..).unwrap_or_default());
        parts.push(view! { <Code>{url}</Code> {rest} }.into_any());
    }
    parts.into_any()
}
