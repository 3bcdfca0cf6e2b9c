use domain::access::Permission;
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    functions::Viewer,
    nav::{may, use_viewer},
    pages::load::{Place, load},
    routes,
};

/// Leads to what the person may see.
#[component]
pub fn Home() -> impl IntoView {
    load(use_viewer(), Place::WholePage, |viewer: Option<Viewer>| {
        let start = match viewer {
            None => routes::SIGN_IN,
            Some(viewer) if viewer.must_change_password => routes::PASSWORD,
            Some(viewer) if may(&viewer, Permission::ViewIntegrations) => routes::INTEGRATIONS,
            Some(_) => routes::ME,
        };
        view! { <Redirect path=start /> }.into_any()
    })
}
