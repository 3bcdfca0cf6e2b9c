//! The frame around the console's pages: navigation by permission, who is signed in, and what happens to focus when
//! the page changes.

use std::time::Duration;

use domain::access::{Permission, allows};
use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::{components::Outlet, hooks::use_location};

use crate::{
    banner::Banner,
    functions::Viewer,
    pages::reading::Reading,
    routes, text,
    ui::{
        Button, ButtonKind, IconKind, Menu, MenuItem, MenuLink, NavGroup, NavItem, PostForm, Shell,
        ThemeSwitch,
    },
};

/// Who is looking, read once for all pages.
#[derive(Clone, Copy)]
pub struct ViewerResource(pub Reading<Option<Viewer>>);

/// Who is looking; to be read inside a `Suspense`.
pub fn use_viewer() -> Reading<Option<Viewer>> {
    expect_context::<ViewerResource>().0
}

/// Whether this viewer has the permission.
pub fn may(viewer: &Viewer, permission: Permission) -> bool {
    let free = matches!(permission, Permission::Public | Permission::OwnAccess);
    let has = allows(&viewer.global_roles, permission) || viewer.delegated.contains(&permission);
    (free || !viewer.must_change_password) && has
}

/// Shows its children to those who have the permission. The server refuses the others anyway; this spares them a
/// button that would not work.
#[component]
pub fn Allowed(
    /// The permission.
    to: Permission,
    /// What they see.
    children: ChildrenFn,
) -> impl IntoView {
    let viewer = use_viewer();
    let is_allowed =
        move || viewer.get().and_then(Result::ok).flatten().is_some_and(|viewer| may(&viewer, to));
    view! { <Suspense>{move || is_allowed().then(|| children())}</Suspense> }
}

/// The console's pages: side navigation, who is signed in, the page.
#[component]
pub fn Frame() -> impl IntoView {
    view! {
        <Shell brand=text::PRODUCT home=routes::HOME nav=Navigation foot=Foot>
            <Banner />
            <Outlet />
        </Shell>
    }
}

/// The pages this viewer may see, in groups.
#[component]
fn Navigation() -> impl IntoView {
    let viewer = use_viewer();
    let show = move || {
        let viewer = viewer.get().and_then(Result::ok).flatten()?;
        let integrations = may(&viewer, Permission::ViewIntegrations)
            .then(|| page(routes::INTEGRATIONS, "Integrations", IconKind::Key));
        let rules = may(&viewer, Permission::ViewPlaces)
            .then(|| page(routes::RULES, "Mapping rules", IconKind::Route));
        let sign_in = (integrations.is_some() || rules.is_some())
            .then(|| view! { <NavGroup label="Sign-in">{integrations} {rules}</NavGroup> });
        let people = may(&viewer, Permission::ViewPlaces).then(|| {
            view! {
                <NavGroup label="People">
                    {page(routes::ORGANIZATIONS, "Organizations", IconKind::Building)}
                    {page(routes::ROLES, "Roles", IconKind::Shield)}
                </NavGroup>
            }
        });
        let system = may(&viewer, Permission::ViewAudit).then(|| {
            view! { <NavGroup label="System">{page(routes::AUDIT, "Audit log", IconKind::List)}</NavGroup> }
        });
        Some(view! {
            {sign_in}
            {people}
            <NavGroup label="You">{page(routes::ME, "My access", IconKind::User)}</NavGroup>
            {system}
        })
    };
    view! { <Suspense>{show}</Suspense> }
}

/// A navigation entry, current on its page and on the pages below it.
fn page(href: &'static str, label: &'static str, icon: IconKind) -> impl IntoView {
    let path = use_location().pathname;
    let current = Signal::derive(move || {
        path.with(|path| path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    });
    view! { <NavItem href label icon current /> }
}

/// Who is signed in, the theme, the way out.
#[component]
fn Foot() -> impl IntoView {
    let viewer = use_viewer();
    let location = use_location();
    let back = Signal::derive(move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        // The error of a refused form travels in the address; it must not come back after a change of theme.
        let is_plain = search.is_empty() || search.contains("__err=");
        if is_plain { path } else { format!("{path}?{search}") }
    });
    let show = move || {
        let viewer = viewer.get().and_then(Result::ok).flatten()?;
        let theme = viewer.theme.clone().unwrap_or_else(|| "system".to_owned());
        Some(view! {
            <Menu label=viewer.username.clone() up=true>
                <MenuLink href=routes::ME>"My access"</MenuLink>
                <MenuItem>
                    <PostForm action=routes::POST_SIGN_OUT>
                        <Button kind=ButtonKind::Quiet icon=IconKind::SignOut>"Sign out"</Button>
                    </PostForm>
                </MenuItem>
            </Menu>
            <ThemeSwitch current=theme back action=routes::POST_THEME />
        })
    };
    view! { <Suspense>{show}</Suspense> }
}

/// How often and how long the new page's title is waited for.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// After a navigation in the browser: focus goes to the new page's title, and its name is announced.
#[component]
pub fn PageChanges() -> impl IntoView {
    let path = use_location().pathname;
    let announcement = RwSignal::new(String::new());
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            let old = document().get_element_by_id("page-title");
            set_timeout(move || look(old, LOOKS, announcement), PAUSE);
        }
        now
    });
    view! {
        <div class="visually-hidden" role="status" aria-live="polite">
            {move || announcement.get()}
        </div>
    }
}

/// After an action that stays on its page: focus goes to the title, because the button that had it may be gone. With
/// `is_replaced` the title is waited for, as it comes anew with the content.
pub fn focus_title(is_replaced: bool) {
    let old = document().get_element_by_id("page-title").filter(|_| is_replaced);
    let unheard = RwSignal::new(String::new());
    set_timeout(move || look(old, LOOKS, unheard), PAUSE);
}

/// Focuses the page's title once it is another element than the old page's.
fn look(old: Option<web_sys::Element>, looks: u32, announcement: RwSignal<String>) {
    let title = document().get_element_by_id("page-title");
    let is_new = title.is_some() && title != old;
    if !is_new && looks > 0 {
        set_timeout(move || look(old, looks.saturating_sub(1), announcement), PAUSE);
        return;
    }
    if let Some(title) = title.and_then(|title| title.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = title.focus();
        let _ = announcement.try_set(title.inner_text());
    }
}
