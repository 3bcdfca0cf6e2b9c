//! The HTML document around every page, and the router that chooses the page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    functions::who_am_i,
    nav::{Frame, PageChanges, ViewerResource},
    pages::{self, audit, integrations, mappings, reading::reading},
    text,
};

/// Where the browser finds the script, the module and the style sheet (their names carry a hash of their content).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// The script's path.
    pub js: String,
    /// The module's path.
    pub wasm: String,
    /// The style sheet's path.
    pub css: String,
}

/// The console: the body's whole content, on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(ViewerResource(reading(|| (), |()| who_am_i())));
    // The library writes the title into the document as it is; in the browser it is set as text.
    let is_markup = leptos::leptos_dom::helpers::is_server();
    let formatter = move |title: String| {
        let title =
            if title.is_empty() { text::PRODUCT.to_owned() } else { format!("{title} · {}", text::PRODUCT) };
        if is_markup { title.replace('&', "&amp;").replace('<', "&lt;") } else { title }
    };
    // For browser tests and user scripts: from now on a click does what the page's script says.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Title formatter />
        <Router>
            <PageChanges />
            <Routes fallback=pages::NotFound>
                <Route path=path!("/sign-in") view=pages::SignIn ssr=SsrMode::Async />
                <Route path=path!("/sign-in/failed") view=pages::SignInFailed ssr=SsrMode::Async />
                <Route path=path!("/signed-out") view=pages::SignedOut ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("/") view=pages::Home ssr=SsrMode::Async />
                    <Route path=path!("/me") view=pages::MyAccess ssr=SsrMode::Async />
                    <Route path=path!("/me/password") view=pages::Password ssr=SsrMode::Async />
                    <Route path=path!("/integrations") view=integrations::List ssr=SsrMode::Async />
                    <Route path=path!("/integrations/new") view=integrations::New ssr=SsrMode::Async />
                    <Route path=path!("/integrations/new/probe") view=integrations::Probe ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/probe") view=integrations::Probe ssr=SsrMode::Async />
                    <Route path=path!("/integrations/import") view=integrations::Import ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name") view=integrations::Edit ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/watch") view=integrations::Watch ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/disable") view=integrations::Disable ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/delete") view=integrations::Delete ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/secrets") view=integrations::Secrets ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/history") view=integrations::History ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/history/:id") view=integrations::Version ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules") view=mappings::List ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules/new") view=mappings::New ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules/:id") view=mappings::Edit ssr=SsrMode::Async />
                    <Route path=path!("/audit") view=audit::List ssr=SsrMode::Async />
                    <Route path=path!("/audit/:id") view=audit::Event ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
