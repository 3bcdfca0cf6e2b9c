//! The two secrets of an integration: what may be shown of them, and what can be done.

use domain::{
    access::Permission,
    api::IntegrationView,
    form::SecretSlotForm,
    secret::{SecretSlot, SecretSource},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::notices::Notices;
use crate::{
    functions::{ChangeSecret, get_integration},
    nav::Allowed,
    pages::{
        forms::{FieldName, FormErrors, field_error, over, refused_values},
        load::{Notice, Place, load, moment},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{
        BackLink, Badge, Button, ButtonKind, Card, CardGrid, Code, ConfirmActions, ConfirmPanel, Description,
        DescriptionList, EmptyState, Field, FieldRow, FormActions, HiddenField, IconKind, LinkButton,
        PageHeader, SecretField, Section, Select, Tone,
    },
};

const FIELDS: &[FieldName] = &[
    ("new_secret", "clientSecret", "Client secret"),
    ("form[reference]", "clientSecret.reference", "Variable or file"),
    ("form[expires]", "clientSecret.expiresAt", "Expires on"),
];

/// An integration's client secrets.
#[component]
pub fn Secrets() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let change = sending::<ChangeSecret>();
    let draft = refused_values::<ChangeSecret>();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let removing =
        Memo::new(move |_| query.with(|query| query.get("remove").and_then(|slot| slot.parse::<u8>().ok())));
    let stored = reading(
        move || name.get(),
        move |name| async move { Ok((get_integration(name).await?, draft.await?)) },
    );
    let notice = Signal::derive(move || {
        let done = query.with(|query| query.get("done"))?;
        let says = match done.as_str() {
            "add" => "The new secret is stored. It is tried when the provider refuses the one in use.",
            "remove" => "The secret is removed.",
            "prefer" => "That secret is tried first from now on.",
            "expires" => "The date is noted.",
            _ => return None,
        };
        Some(says.to_owned())
    });
    view! {
        <Notice text=notice />
        {load(
            stored,
            Place::WholePage,
            move |(view, values): (IntegrationView, Vec<(String, String)>)| {
                page(&view, &values, removing.get_untracked(), change).into_any()
            },
        )}
    }
}

fn page(
    view: &IntegrationView,
    values: &[(String, String)],
    removing: Option<u8>,
    change: Sending,
) -> impl IntoView + use<> {
    let (name, label) = (view.settings.name.clone(), view.settings.label.clone());
    let held = view.client_secret.held().to_vec();
    let title = format!("Client secrets of {label}");
    let back = routes::integration(&name);
    let above = move || view! { <BackLink href=back label /> };
    let removed = removing.and_then(|slot| held.iter().find(|held| held.slot == slot).cloned());
    let is_only = held.len() == 1;
    let ask = removed.map(|slot| confirm(&name, slot, is_only, view.enabled, change));
    let is_asking = ask.is_some();
    let count = held.len();
    let first = over(SecretSlotForm::default(), values, &[]);
    let of = name.clone();
    let cards = held.into_iter().map(|slot| card(&name, slot, is_asking, change)).collect_view();
    let none = (count == 0).then(|| {
        view! {
            <EmptyState title="No secret yet" icon=IconKind::Key>
                <p>"The provider shows the secret when it registers this console. Enter it below."</p>
            </EmptyState>
        }
    });
    view! {
        <Title text=title.clone() />
        <PageHeader
            title
            lead="Two secrets can stand beside one another, so that one can be exchanged while people sign in: add the new \
                  one, change over at the provider, then remove the old one."
            above
        />
        <FormErrors error=change.error() fields=FIELDS title="Not changed" />
        <Notices of />
        {ask}
        {none}
        <CardGrid>{cards}</CardGrid>
        {(!is_asking)
            .then(|| {
                view! {
                    <Allowed to=Permission::ManageIntegrations>
                        <Add name=name.clone() count first=first.clone() change />
                    </Allowed>
                }
            })}
    }
}

/// Asks before a secret goes.
fn confirm(name: &str, slot: SecretSlot, is_only: bool, is_enabled: bool, change: Sending) -> AnyView {
    let label = format!("Remove secret {}", slot.slot);
    let back = routes::integration_secrets(name);
    let mut lines = vec![match slot.source {
        SecretSource::Stored => "Its value is gone for good.".to_owned(),
        _ => "The variable or file itself stays; only its name is forgotten here.".to_owned(),
    }];
    lines.push(match (is_only, is_enabled, slot.preferred) {
        (true, true, _) => {
            "It is the only one of an enabled integration, so the server will refuse this: add another first, or \
             disable the integration."
        }
        (true, false, _) => "It is the only one: the integration cannot be enabled until another is set.",
        (false, _, true) => "The other secret is used from then on.",
        (false, _, false) => "The secret in use stays.",
    }
    .to_owned());
    let name = name.to_owned();
    view! {
        <ConfirmPanel title=format!("{label}?") lead="What happens:" consequences=lines>
            <SendForm action=change>
                <HiddenField name="name" value=name />
                <HiddenField name="form[action]" value="remove" />
                <HiddenField name="form[slot]" value=slot.slot.to_string() />
                <ConfirmActions confirm_label=label cancel_href=back pending=change.pending() />
            </SendForm>
        </ConfirmPanel>
    }
    .into_any()
}

/// How long a secret still lasts, in words; nothing while there is time.
pub(super) fn expiry_badge(days: i64) -> Option<AnyView> {
    let (tone, text) = match days {
        i64::MIN..0 => (Tone::Bad, "Secret has expired".to_owned()),
        0 => (Tone::Bad, "Secret expires within a day".to_owned()),
        1 => (Tone::Warn, "Secret expires in 1 day".to_owned()),
        2..=30 => (Tone::Warn, format!("Secret expires in {days} days")),
        _ => return None,
    };
    Some(view! { <Badge tone>{text}</Badge> }.into_any())
}

/// Where a secret is.
fn place(slot: &SecretSlot) -> AnyView {
    let name = slot.reference.clone().unwrap_or_default();
    match slot.source {
        SecretSource::Stored => "Here, encrypted".into_any(),
        SecretSource::Environment => view! { "In the environment variable " <Code>{name}</Code> }.into_any(),
        SecretSource::File => view! { "In the file " <Code>{name}</Code> }.into_any(),
    }
}

/// One secret with what can be done about it.
fn card(name: &str, slot: SecretSlot, is_asking: bool, change: Sending) -> impl IntoView + use<> {
    let number = slot.slot;
    let is_preferred = slot.preferred;
    let badge = move || {
        if is_preferred {
            view! { <Badge tone=Tone::Ok>"In use"</Badge> }.into_any()
        } else {
            view! { <Badge>"Tried when the other is refused"</Badge> }.into_any()
        }
    };
    let kept = place(&slot);
    let by = (!slot.set_by.is_empty()).then(|| format!(" by {}", slot.set_by));
    let expires = match slot.expires_at {
        Some(at) => view! { {moment(at)} " " {slot.expires_in_days.and_then(expiry_badge)} }.into_any(),
        None => "Nobody has said when".into_any(),
    };
    let used = match slot.last_used_at {
        Some(at) => moment(at).into_any(),
        None => "Not yet".into_any(),
    };
    let refused = slot.last_rejected_at.map(|at| {
        view! { <Description term="Refused by the provider">{moment(at)}</Description> }
    });
    let date = slot.expires_at.map(|at| at.to_string().chars().take(10).collect::<String>());
    let (name, date) = (name.to_owned(), date.unwrap_or_default());
    let actions = (!is_asking).then(|| {
        view! {
            <Allowed to=Permission::ManageIntegrations>
                <SlotActions name=name.clone() number is_preferred date=date.clone() change />
            </Allowed>
        }
    });
    view! {
        <Card title=format!("Secret {number}") badge>
            <DescriptionList>
                <Description term="Kept">{kept}</Description>
                <Description term="Set">{moment(slot.set_at)} {by}</Description>
                <Description term="Expires">{expires}</Description>
                <Description term="Last used">{used}</Description>
                {refused}
            </DescriptionList>
            {actions}
        </Card>
    }
}

/// What can be done about one secret.
#[component]
fn SlotActions(name: String, number: u8, is_preferred: bool, date: String, change: Sending) -> impl IntoView {
    let href = routes::with_query(&routes::integration_secrets(&name), &[("remove", &number.to_string())]);
    let remove = "Remove\u{2026}";
    let of = name.clone();
    let prefer = (!is_preferred).then(move || {
        view! {
            <SendForm action=change>
                <HiddenField name="name" value=of />
                <HiddenField name="form[action]" value="prefer" />
                <HiddenField name="form[slot]" value=number.to_string() />
                <Button pending=change.pending()>
                    "Use first" <span class="visually-hidden">{format!(" secret {number}")}</span>
                </Button>
            </SendForm>
        }
    });
    view! {
        <div class="stack">
            <SendForm action=change>
                <HiddenField name="name" value=name />
                <HiddenField name="form[action]" value="expires" />
                <HiddenField name="form[slot]" value=number.to_string() />
                <Field
                    label=format!("Secret {number} expires on")
                    name="form[expires]"
                    id=format!("f-expires-{number}")
                    input_type="date"
                    value=date
                    short=true
                    hint="As the provider says; empty: not known. You are warned 30, 7 and 1 days before."
                />
                <Button pending=change.pending()>
                    "Save date" <span class="visually-hidden">{format!(" of secret {number}")}</span>
                </Button>
            </SendForm>
            <div class="cluster">
                {prefer}
                <LinkButton href kind=ButtonKind::Quiet icon=IconKind::Trash>
                    {remove} <span class="visually-hidden">{format!(" secret {number}")}</span>
                </LinkButton>
            </div>
        </div>
    }
}

/// The form for one more secret.
#[component]
fn Add(name: String, count: usize, first: SecretSlotForm, change: Sending) -> impl IntoView {
    let (title, lead) = match count {
        0 => ("Set the secret", "As the provider gave it to you."),
        1 => ("Add a secret beside it", "The one in use stays in use until the provider refuses it."),
        _ => ("Replace the other one", "The secret that is not in use is overwritten; the one in use stays."),
    };
    let sources = [
        ("stored", "Here, encrypted"),
        ("environment", "In an environment variable of the server"),
        ("file", "In a file on the server"),
    ]
    .map(|(value, label)| (value.to_owned(), label.to_owned()))
    .to_vec();
    let error = change.error();
    view! {
        <Section title lead>
            <SendForm action=change attr:class="stack">
                <HiddenField name="name" value=name />
                <HiddenField name="form[action]" value="add" />
                <Select
                    label="Where it is kept"
                    name="form[source]"
                    options=sources
                    selected=first.source
                    hint="What stands in a variable or file is read when it is used, so that it can change there."
                />
                <SecretField
                    label="Client secret"
                    name="new_secret"
                    hint="Only when it is kept here. Never shown again."
                    error=field_error(error, "clientSecret")
                />
                <FieldRow>
                    <Field
                        label="Variable or file"
                        name="form[reference]"
                        value=first.reference
                        mono=true
                        optional_mark=true
                        placeholder="LATCHKEY_SECRET_CORP"
                        hint="A variable that begins with LATCHKEY_SECRET_, or a file in the folder the server allows."
                        error=field_error(error, "clientSecret.reference")
                    />
                    <Field
                        label="Expires on"
                        name="form[expires]"
                        input_type="date"
                        value=first.expires
                        optional_mark=true
                        hint="As the provider says."
                        error=field_error(error, "clientSecret.expiresAt")
                    />
                </FieldRow>
                <FormActions>
                    <Button kind=ButtonKind::Primary pending=change.pending()>"Add secret"</Button>
                </FormActions>
            </SendForm>
        </Section>
    }
}
