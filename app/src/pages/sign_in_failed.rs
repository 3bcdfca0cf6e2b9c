use domain::login_failure::LoginFailure;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    routes,
    text::{self, UNKNOWN_FAILURE},
    ui::{AuthLayout, ButtonKind, Copyable, Description, DescriptionList, LinkButton},
};

/// A sign-in that failed: what happened, what to do, the reference. Nothing of the address is shown but a reference
/// that can be one, because anybody can make such a link.
#[component]
pub fn SignInFailed() -> impl IntoView {
    let query = use_query_map();
    let failure = query.with_untracked(|query| query.get_str("code").and_then(LoginFailure::parse));
    let reference =
        query.with_untracked(|query| query.get_str("reference").and_then(text::reference).map(str::to_owned));
    let words = failure.map_or(UNKNOWN_FAILURE, text::login_failure);
    view! {
        <Title text=words.title />
        <AuthLayout title=words.title brand=text::PRODUCT lead=words.sentence>
            <DescriptionList>
                <Description term="What you can do">{words.person}</Description>
                <Description term="What your administrator can do">{words.administrator}</Description>
                {reference
                    .map(|reference| {
                        view! {
                            <Description term="Reference">
                                <Copyable value=reference label="reference" />
                            </Description>
                        }
                    })}
            </DescriptionList>
            <LinkButton href=routes::SIGN_IN kind=ButtonKind::Primary>
                "Back to sign-in"
            </LinkButton>
        </AuthLayout>
    }
}
