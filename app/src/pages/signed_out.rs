use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    routes, text,
    ui::{AuthLayout, ButtonKind, LinkButton},
};

/// After signing out: what ended and what did not.
#[component]
pub fn SignedOut() -> impl IntoView {
    view! {
        <Title text="Signed out" />
        <AuthLayout title="Signed out" brand=text::PRODUCT lead="Your session in this console has ended.">
            <p>
                "If you signed in with single sign-on, your session at the sign-in service may go on. On a shared \
                 computer, sign out there as well and close the browser."
            </p>
            <LinkButton href=routes::SIGN_IN kind=ButtonKind::Primary>
                "Sign in again"
            </LinkButton>
        </AuthLayout>
    }
}
