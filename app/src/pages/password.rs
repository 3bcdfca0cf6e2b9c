use domain::password_policy;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    functions::{ChangePassword, Viewer},
    nav::use_viewer,
    pages::{
        forms::{FieldName, FormErrors, field_error},
        load::{Place, load},
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{BackLink, Button, ButtonKind, Callout, FormActions, LinkButton, PageHeader, PasswordField, Tone},
};

const FIELDS: &[FieldName] = &[
    ("current", "current", "Current password"),
    ("new", "new", "New password"),
    ("repeat", "repeat", "New password again"),
];

/// Change my password.
#[component]
pub fn Password() -> impl IntoView {
    let viewer = use_viewer();
    let action = sending::<ChangePassword>();
    // The navigation shows other pages once the one-time password is gone.
    Effect::new(move |_| {
        if action.is_done() {
            viewer.refetch();
        }
    });
    view! {
        <Title text="Change password" />
        <PageHeader
            title="Change password"
            lead="Your other sessions end; this one goes on."
            above=|| view! { <BackLink href=routes::ME label="My access" /> }
        />
        {load(viewer, Place::UnderTitle, move |viewer| form(viewer, action).into_any())}
    }
}

fn form(viewer: Option<Viewer>, action: Sending) -> impl IntoView {
    let had_to = viewer.is_some_and(|viewer| viewer.must_change_password);
    let error = action.error();
    let policy = format!(
        "At least {} characters. Any characters count; longer is better than odder. The commonest passwords are refused.",
        password_policy::MIN
    );
    view! {
        {had_to
            .then(|| {
                view! {
                    <Callout title="Choose a password of your own first" kind=Tone::Warn>
                        <p>
                            "You signed in with a one-time password that somebody else has seen. Every other page opens \
                             once you have changed it."
                        </p>
                    </Callout>
                }
            })}
        <FormErrors error fields=FIELDS />
        <SendForm action attr:class="form">
            <PasswordField
                label="Current password"
                name="current"
                required=true
                error=field_error(error, "current")
            />
            <PasswordField
                label="New password"
                name="new"
                autocomplete="new-password"
                required=true
                hint=policy
                error=field_error(error, "new")
            />
            <PasswordField
                label="New password again"
                name="repeat"
                autocomplete="new-password"
                required=true
                error=field_error(error, "repeat")
            />
            <FormActions>
                <Button kind=ButtonKind::Primary pending=action.pending()>"Change password"</Button>
                {(!had_to).then(|| view! { <LinkButton href=routes::ME>"Cancel"</LinkButton> })}
            </FormActions>
        </SendForm>
    }
}
