use domain::{
    api::{LocalSignInReason, SignInButton, SignInOptions},
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

/// What the address says of the visit.
#[derive(Clone, Default)]
struct Visit {
    return_to: Option<String>,
    login_hint: Option<String>,
    /// Only these integrations are meant, by name; empty: all.
    among: Vec<String>,
}

/// Sign in: single sign-on buttons and, where it is on, user name and password. Plain links and plain forms.
#[component]
pub fn SignIn() -> impl IntoView {
    let options = reading(|| (), |()| offered_sign_in());
    let query = use_query_map();
    let visit = query.with_untracked(|query| {
        let given = |name: &str| query.get(name).filter(|text| !text.is_empty());
        Visit {
            return_to: given("return_to"),
            login_hint: given("login_hint"),
            among: given("among")
                .map(|names| names.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
        }
    });
    view! {
        <Title text="Sign in" />
        <AuthLayout title="Sign in" brand=text::PRODUCT>
            <Note />
            <Failure />
            {load(options, Place::UnderTitle, move |options| ways_in(options, &visit).into_any())}
        </AuthLayout>
    }
}

/// Why this page is shown and not another. Only known words: anybody can make a link.
#[component]
fn Note() -> impl IntoView {
    let query = use_query_map();
    let words = query.with_untracked(|query| query.get_str("note").and_then(text::sign_in_note));
    words.map(|words| view! { <p class="muted" role="status">{words}</p> })
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

fn ways_in(options: SignInOptions, visit: &Visit) -> impl IntoView + use<> {
    let SignInOptions { mut integrations, local_sign_in, why, by_email } = options;
    let is_meant = |button: &SignInButton| visit.among.is_empty() || visit.among.contains(&button.name);
    if integrations.iter().any(is_meant) {
        integrations.retain(is_meant);
    }
    // Stable, so the others keep their order.
    integrations.sort_by_key(|button| !button.last_used);
    let is_any = by_email || !integrations.is_empty();
    let by_email_too = by_email && !integrations.is_empty();
    let buttons = integrations.into_iter().map(|button| provider(button, visit)).collect_view();
    let return_to = visit.return_to.clone();
    let return_to_too = return_to.clone();
    view! {
        {by_email.then(|| view! { <EmailForm return_to=return_to_too /> })}
        {by_email_too.then(|| view! { <Divider label="or" /> })}
        <div class="stack">{buttons}</div>
        {(local_sign_in && is_any).then(|| view! { <Divider label="or" /> })}
        {local_sign_in.then(|| view! { <LocalForm return_to /> })}
        {(!local_sign_in && !is_any).then(no_way_in)}
        <p class="muted small">{reason(&why)}</p>
    }
}

fn no_way_in() -> impl IntoView {
    view! {
        <EmptyState title="No way to sign in" icon=IconKind::Key>
            <p>
                "Every integration is turned off, and so is local sign-in. On the server, "
                <code>"latchkey local-sign-in on"</code> " turns user name and password on again."
            </p>
        </EmptyState>
    }
}

/// Why passwords are on or off.
fn reason(why: &LocalSignInReason) -> AnyView {
    match why {
        LocalSignInReason::Integration { label, .. } => {
            let label = label.clone();
            view! { "Passwords are on because of " <em>{label}</em> "." }.into_any()
        }
        other => text::local_sign_in(other).into_any(),
    }
}

fn provider(button: SignInButton, visit: &Visit) -> impl IntoView + use<> {
    let note = if button.last_used { "Last used" } else { "" };
    let mut href = routes::begin_login(&button.name, visit.return_to.as_deref());
    if let Some(hint) = &visit.login_hint {
        href = routes::with_query(&href, &[("login_hint", hint)]);
    }
    let icon = button.icon.as_deref().and_then(drawing);
    view! { <ProviderButton href label=button.label note icon /> }
}

/// The drawing of this name.
fn drawing(name: &str) -> Option<IconKind> {
    Some(match name {
        "building" => IconKind::Building,
        "home" => IconKind::Home,
        "key" => IconKind::Key,
        "monitor" => IconKind::Monitor,
        "shield" => IconKind::Shield,
        "users" => IconKind::Users,
        _ => return None,
    })
}

/// The e-mail address says which provider is meant.
#[component]
fn EmailForm(return_to: Option<String>) -> impl IntoView {
    view! {
        <PostForm action=routes::POST_HOME_REALM class="stack">
            {return_to.map(|value| view! { <HiddenField name="return_to" value /> })}
            <Field
                label="E-mail address"
                name="email"
                input_type="email"
                autocomplete="email"
                required=true
                hint="It leads to your organization's sign-in service."
            />
            <Button kind=ButtonKind::Primary>"Continue"</Button>
        </PostForm>
    }
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
