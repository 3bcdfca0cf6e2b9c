//! The HTML document around every page, and the router that chooses the page.

use leptos::{ev, leptos_dom::helpers::is_server, prelude::*, wasm_bindgen::JsCast as _, web_sys};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    hooks::use_location,
    path,
};

use crate::{
    functions::who_am_i,
    nav::{Frame, PageChanges, ViewerResource},
    pages::{self, audit, integrations, mappings, organizations, reading::reading, roles},
    routes::is_document,
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
    let is_markup = is_server();
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
    leave_documents_to_the_browser();
    view! {
        <Title formatter />
        <Router>
            <PageChanges />
            <Routes fallback=pages::NotFound>
                <Route path=path!("/sign-in") view=pages::SignIn ssr=SsrMode::Async />
                <Route path=path!("/sign-in/failed") view=drawn_by_the_server(pages::SignInFailed) ssr=SsrMode::Async />
                <Route path=path!("/signed-out") view=drawn_by_the_server(pages::SignedOut) ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("/") view=drawn_by_the_server(pages::Home) ssr=SsrMode::Async />
                    <Route path=path!("/me") view=drawn_by_the_server(pages::MyAccess) ssr=SsrMode::Async />
                    <Route path=path!("/me/password") view=pages::Password ssr=SsrMode::Async />
                    <Route path=path!("/integrations") view=drawn_by_the_server(integrations::List) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/new") view=integrations::New ssr=SsrMode::Async />
                    <Route path=path!("/integrations/new/probe") view=integrations::Probe ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/probe") view=integrations::Probe ssr=SsrMode::Async />
                    <Route path=path!("/integrations/import") view=drawn_by_the_server(integrations::Import) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name") view=integrations::Edit ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/watch") view=drawn_by_the_server(integrations::Watch) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/disable") view=drawn_by_the_server(integrations::Disable) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/delete") view=drawn_by_the_server(integrations::Delete) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/secrets") view=drawn_by_the_server(integrations::Secrets) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/history") view=drawn_by_the_server(integrations::History) ssr=SsrMode::Async />
                    <Route path=path!("/integrations/:name/history/:id") view=drawn_by_the_server(integrations::Version) ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules") view=drawn_by_the_server(mappings::List) ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules/import") view=drawn_by_the_server(mappings::Import) ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules/new") view=mappings::New ssr=SsrMode::Async />
                    <Route path=path!("/mapping-rules/:id") view=mappings::Edit ssr=SsrMode::Async />
                    <Route path=path!("/organizations") view=drawn_by_the_server(organizations::List) ssr=SsrMode::Async />
                    <Route path=path!("/organizations/new") view=drawn_by_the_server(organizations::New) ssr=SsrMode::Async />
                    <Route path=path!("/organizations/:id") view=drawn_by_the_server(organizations::Organization) ssr=SsrMode::Async />
                    <Route path=path!("/organizations/:id/delete") view=drawn_by_the_server(organizations::DeleteOrganization) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:id") view=drawn_by_the_server(organizations::Project) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:id/delete") view=drawn_by_the_server(organizations::DeleteProject) ssr=SsrMode::Async />
                    <Route path=path!("/roles") view=drawn_by_the_server(roles::List) ssr=SsrMode::Async />
                    <Route path=path!("/roles/new") view=drawn_by_the_server(roles::New) ssr=SsrMode::Async />
                    <Route path=path!("/roles/:name") view=drawn_by_the_server(roles::Role) ssr=SsrMode::Async />
                    <Route path=path!("/roles/:name/delete") view=drawn_by_the_server(roles::Delete) ssr=SsrMode::Async />
                    <Route path=path!("/audit") view=drawn_by_the_server(audit::List) ssr=SsrMode::Async />
                    <Route path=path!("/audit/:id") view=drawn_by_the_server(audit::Event) ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A page that only the server draws; see [`crate::routes::DOCUMENTS`]. `page` is a type of its own and not a pointer, so
/// that nothing of it comes into the browser's module.
fn drawn_by_the_server<V: IntoView + 'static>(
    page: impl Fn() -> V + Copy + Send + Sync + 'static,
) -> impl Fn() -> AnyView + Copy + Send + Sync + 'static {
    move || if cfg!(feature = "ssr") { page().into_any() } else { view! { <Loaded /> }.into_any() }
}

/// Marks a clicked link to a document before the router, which was made later, hears of the click.
fn leave_documents_to_the_browser() {
    let listener = window_event_listener(ev::click, |click| {
        let clicked = click.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(link) = clicked.and_then(|clicked| clicked.closest("a[href]").ok().flatten()) else {
            return;
        };
        if link.get_attribute("href").is_some_and(|href| is_document(&href)) {
            let _ = link.set_attribute("rel", "external");
        }
    });
    on_cleanup(move || listener.remove());
}

/// Stands where the browser came to a document by itself: loads it.
#[component]
fn Loaded() -> impl IntoView {
    let location = use_location();
    Effect::new(move |_| {
        let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
        let address = if search.is_empty() { path } else { format!("{path}?{search}") };
        let _ = window().location().replace(&address);
    });
}
