use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    functions::set_page_status,
    routes, text,
    ui::{AuthLayout, LinkButton},
};

/// No page has this address.
#[component]
pub fn NotFound() -> impl IntoView {
    set_page_status(404);
    view! {
        <Title text="Page not found" />
        <AuthLayout title="Page not found" brand=text::PRODUCT lead="No page has this address.">
            <p>"Check the address, or go to the start and find the way from there."</p>
            <LinkButton href=routes::HOME>"Go to the start"</LinkButton>
        </AuthLayout>
    }
}
