//! Two people at one form: what the other one saved, beside what is typed here.

use domain::{
    form::{IntegrationForm, KeptSecret},
    history::Conflict,
    problem::ProblemCode,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use serde_json::Value;

use super::{fields::Checks, settings_diff::table};
use crate::{
    error::AppError,
    functions::{UpdateIntegration, compare_integration, kept_secret_of},
    pages::{load::moment, reading::reading, sending::Sending},
    routes,
    ui::{Button, ButtonKind, Callout, FormActions, HiddenField, LinkButton, PostForm, Tone},
};

/// Shown when a form was refused because somebody else saved first; nothing typed is lost.
#[component]
pub(super) fn ConflictPanel(
    /// The integration's name.
    name: String,
    /// What is typed.
    checks: Checks,
    /// What saves it.
    update: Sending,
) -> impl IntoView {
    let error = update.error();
    let asked = Memo::new(move |_| {
        let is_stale =
            error.with(|error| matches!(error, Some(AppError::Refused { code: ProblemCode::Stale, .. })));
        is_stale.then(|| checks.typed())
    });
    let of = name.clone();
    let found = reading(
        move || asked.get(),
        move |form| {
            let name = of.clone();
            async move {
                match form {
                    Some(form) => {
                        Ok((compare_integration(name.clone(), form).await?, kept_secret_of(name).await?))
                    }
                    None => Ok((None, None)),
                }
            }
        },
    );
    let show = move || {
        let name = name.clone();
        Suspend::new(async move {
            let (conflict, kept) = found.await.unwrap_or_default();
            conflict.map(|conflict| panel(name, conflict, kept))
        })
    };
    view! { <Transition fallback=|| ()>{show}</Transition> }
}

/// What becomes of a client secret that was typed; whether it goes on.
fn secret_note(kept: Option<KeptSecret>, merged: &IntegrationForm) -> (&'static str, bool) {
    match kept {
        None => ("", false),
        Some(kept) if kept == KeptSecret::of(merged) => {
            ("The client secret you typed is kept, and saved with it.", true)
        }
        Some(_) => (
            "They changed where the client secret goes, so the one you typed is not saved: type it again afterwards if \
             it belongs there.",
            false,
        ),
    }
}

/// A plain form: when this too is refused, the page comes back with the merged values in the form itself.
fn panel(name: String, conflict: Conflict, kept: Option<KeptSecret>) -> impl IntoView {
    let Conflict { by, at, fields, merged } = conflict;
    let by = if by.is_empty() { "Somebody".to_owned() } else { by };
    let rows = fields
        .into_iter()
        .map(|field| (field.field, vec![field.before, field.theirs, field.yours]))
        .collect();
    let (secret, has_secret) = secret_note(kept, &merged);
    let merged = match serde_json::to_value(&merged) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let hidden = merged
        .into_iter()
        .filter_map(|(member, value)| {
            let value = value.as_str()?.to_owned();
            Some(view! { <HiddenField name=format!("form[{member}]") value /> })
        })
        .collect_view();
    let theirs = routes::integration(&name);
    view! {
        <Callout title="Somebody changed this while you were editing" kind=Tone::Warn>
            <p>{by} " saved it, last at " {moment(at)} ". What you typed is still in the form below."</p>
            {table("What differs", &["Before", "Theirs", "Yours"], rows)}
            <p>
                "Saving yours on top keeps what they changed, except where you changed the same setting. "
                {secret}
            </p>
            <PostForm action=UpdateIntegration::PATH>
                <HiddenField name="name" value=name />
                {hidden}
                {has_secret.then(|| view! { <HiddenField name="kept_secret" value="on" /> })}
                <FormActions>
                    <Button kind=ButtonKind::Primary>"Save yours on top"</Button>
                    <LinkButton href=theirs kind=ButtonKind::Quiet attr:rel="external">
                        "Keep theirs"
                    </LinkButton>
                </FormActions>
            </PostForm>
        </Callout>
    }
}
