use domain::{
    access::Permission,
    history::{FieldChange, RevisionDetail},
    problem::ProblemCode,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde_json::Value;

use super::{
    fields::FIELDS,
    history::{what, who},
    settings_diff::table,
};
use crate::{
    error::AppError,
    functions::{RestoreIntegration, integration_version},
    nav::Allowed,
    pages::{
        forms::{FormErrors, field_error},
        load::{Place, load, moment},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{
        BackLink, ButtonKind, ConfirmActions, ConfirmPanel, Description, DescriptionList, HiddenField,
        PageHeader, SecretField, Section,
    },
};

/// One version of an integration: what it changed, what putting it back would change.
#[component]
pub fn Version() -> impl IntoView {
    let params = use_params_map();
    let restore = sending::<RestoreIntegration>();
    let asked = Memo::new(move |_| {
        params.with(|params| (params.get("name").unwrap_or_default(), params.get("id").unwrap_or_default()))
    });
    let found = reading(
        move || asked.get(),
        |(name, id)| async move {
            let id: i64 = id.parse().map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            integration_version(name, id).await
        },
    );
    load(found, Place::WholePage, move |version: RevisionDetail| page(version, restore).into_any())
}

fn rows(changes: Vec<FieldChange>) -> Vec<(String, Vec<Value>)> {
    changes.into_iter().map(|change| (change.field, vec![change.from, change.to])).collect()
}

fn page(detail: RevisionDetail, restore: Sending) -> impl IntoView {
    let RevisionDetail { version, settings, changes, restoring, needs_secret, newest, .. } = detail;
    let (name, number) = (settings.name, version.revision);
    let (who, what, at) = (who(&version), what(&version), version.at);
    let title = format!("Version {number} of {name}");
    let above = {
        let (href, label) = (routes::integration_history(&name), format!("History of {name}"));
        move || view! { <BackLink href label /> }
    };
    let changed = if changes.is_empty() {
        view! { <p class="muted">"Nothing to compare it with."</p> }.into_any()
    } else {
        table("What this version changed", &["Before", "After"], rows(changes)).into_any()
    };
    let same = restoring.is_empty();
    let against = if same {
        view! { <p>"The settings are the same now."</p> }.into_any()
    } else {
        table("What putting it back would change", &["Now", "Then"], rows(restoring)).into_any()
    };
    let form = (!same).then(|| {
        view! {
            <Allowed to=Permission::ManageIntegrations>
                <PutBack name=name.clone() number newest needs_secret restore />
            </Allowed>
        }
    });
    view! {
        <Title text=title.clone() />
        <PageHeader title above />
        <FormErrors error=restore.error() fields=FIELDS title="Not put back" />
        <DescriptionList>
            <Description term="When">{moment(at)}</Description>
            <Description term="Who">{who}</Description>
            <Description term="What">{what}</Description>
        </DescriptionList>
        <Section title="What this version changed">{changed}</Section>
        <Section title="Compared with now" lead="What putting this version back would change.">{against}</Section>
        {form}
    }
}

/// Asks before a version is put back; what would change stands above.
#[component]
fn PutBack(name: String, number: i64, newest: i64, needs_secret: bool, restore: Sending) -> impl IntoView {
    let mut lines = vec![
        "The settings above change, for the next sign-in on. What is now stays in the history.".to_owned(),
        "Whether it is enabled, and its mapping rules, stay as they are.".to_owned(),
    ];
    lines.push(if needs_secret {
        "Issuer or token endpoint change, so the client secret is needed again; a second one is removed."
            .to_owned()
    } else {
        "Its client secrets stay.".to_owned()
    });
    let secret = needs_secret.then(|| {
        let error = field_error(restore.error(), "clientSecret");
        view! {
            <SecretField
                label="Client secret"
                name="client_secret"
                hint="Of the provider that this version names."
                required=true
                error
            />
        }
    });
    let cancel = routes::integration_history(&name);
    view! {
        <ConfirmPanel title=format!("Put version {number} back?") consequences=lines>
            <SendForm action=restore>
                <HiddenField name="name" value=name />
                <HiddenField name="revision" value=number.to_string() />
                <HiddenField name="newest" value=newest.to_string() />
                {secret}
                <ConfirmActions
                    kind=ButtonKind::Primary
                    confirm_label=format!("Put version {number} back")
                    cancel_href=cancel
                    pending=restore.pending()
                />
            </SendForm>
        </ConfirmPanel>
    }
}
