use domain::{
    api::{SignInButton, SignInOptions},
    login_failure::LoginFailure,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::offered_sign_in,
    pages::{
        load::{Place, load},
        reading::reading,
    },
    routes,
    text::{self, UNKNOWN_FAILURE},
    ui::{
        AuthLayout, Button, ButtonKind, Divider, EmptyState, ErrorSummary, Field, HiddenField, IconKind,
        PasswordField, PostForm, ProviderButton, field_id,
    },
};

/// Sign in: single sign-on buttons and, where it is on, user name and password. Plain links and a plain form.
#[component]
pub fn SignIn() -> impl IntoView {
    let options = reading(|| (), |()| offered_sign_in());
    let query = use_query_map();
    let return_to = query.with_untracked(|query| query.get("return_to").filter(|text| !text.is_empty()));
    view! {
        <Title text="Sign in" />
        <AuthLayout title="Sign in" brand=text::PRODUCT>
            <Failure />
            {load(options, Place::UnderTitle, move |options| ways_in(options, return_to.as_deref()).into_any())}
        </AuthLayout>
    }
}

/// Why the last try failed.
#[component]
fn Failure() -> impl IntoView {
    let query = use_query_map();
    let failed = query.with_untracked(|query| query.get_str("error").map(LoginFailure::parse));
    let reference =
        query.with_untracked(|query| query.get_str("reference").and_then(text::reference).map(str::to_owned));
    failed.map(|failure| {
        let words = failure.map_or(UNKNOWN_FAILURE, text::login_failure);
        let target = match failure {
            Some(LoginFailure::WrongCredentials) => field_id("username"),
            _ => String::new(),
        };
        let mut lines = vec![(target, words.sentence.to_owned()), (String::new(), words.person.to_owned())];
        lines.extend(reference.map(|reference| (String::new(), format!("Reference {reference}"))));
        let lines = Signal::stored(lines);
        view! { <ErrorSummary title=words.title errors=lines /> }
    })
}

fn ways_in(options: SignInOptions, return_to: Option<&str>) -> impl IntoView + use<> {
    let SignInOptions { mut integrations, local_sign_in } = options;
    // Stable, so the others keep their order.
    integrations.sort_by_key(|button| !button.last_used);
    let is_both = local_sign_in && !integrations.is_empty();
    let is_neither = !local_sign_in && integrations.is_empty();
    let buttons = integrations.into_iter().map(|button| provider(button, return_to)).collect_view();
    let return_to = return_to.map(str::to_owned);
    view! {
        <div class="stack">{buttons}</div>
        {is_both.then(|| view! { <Divider label="or" /> })}
        {local_sign_in.then(|| view! { <LocalForm return_to /> })}
        {is_neither
            .then(|| {
                view! {
                    <EmptyState title="No way to sign in" icon=IconKind::Key>
                        <p>
                            "Every integration is turned off, and so is local sign-in. On the server, "
                            <code>"latchkey local-sign-in on"</code> " turns user name and password on again."
                        </p>
                    </EmptyState>
                }
            })}
    }
}

fn provider(button: SignInButton, return_to: Option<&str>) -> impl IntoView + use<> {
    let note = if button.last_used { "Last used" } else { "" };
    view! { <ProviderButton href=routes::begin_login(&button.name, return_to) label=button.label note /> }
}

/// User name and password.
#[component]
fn LocalForm(return_to: Option<String>) -> impl IntoView {
    view! {
        <PostForm action=routes::POST_SIGN_IN class="stack">
            {return_to.map(|value| view! { <HiddenField name="return_to" value /> })}
            <Field label="User name" name="username" autocomplete="username" required=true />
            <PasswordField label="Password" name="password" required=true />
            <Button kind=ButtonKind::Primary>"Sign in"</Button>
        </PostForm>
    }
}
