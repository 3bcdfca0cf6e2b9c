//! What every page does with what it reads: a stand-in while it loads, the content, or what went wrong.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{problem::ProblemCode, time::Timestamp};
use leptos::{prelude::*, tachys::view::keyed::keyed};
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use serde::de::DeserializeOwned;

use crate::{
    error::AppError,
    functions::set_page_status,
    pages::reading::{Outcome, OutcomeCodec, Reading, open},
    routes, text,
    ui::{Callout, Code, LinkButton, PageHeader, Skeleton, Time, Tone},
};

/// Whether a problem stands on a page that has a title already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The title is there.
    UnderTitle,
    /// The problem is the page.
    WholePage,
}

/// Shows `data` once it is there, or what went wrong.
pub fn load<T>(
    data: Reading<T>,
    place: Place,
    show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + DeserializeOwned + Send + Sync + 'static,
{
    let show = move |outcome| open(outcome).map(&show);
    let content = suspended(data.resource(), place, Arc::new(show));
    view! { <Transition fallback=|| view! { <Skeleton lines=4 /> }>{content}</Transition> }.into_any()
}

/// Shows what was read, whatever it is.
type Show = Arc<dyn Fn(Outcome) -> Result<AnyView, AppError> + Send + Sync>;

/// The same for every page, so that it stands in the browser's module once.
fn suspended(resource: Resource<Outcome, OutcomeCodec>, place: Place, show: Show) -> impl IntoView + Clone {
    move || {
        let show = Arc::clone(&show);
        Suspend::new(async move {
            match show(resource.await) {
                Ok(content) => fresh(content),
                Err(error) => view! { <Problem error place /> }.into_any(),
            }
        })
    }
}

/// Content that replaces what stood there before. Patching it in place, which is the framework's way, would keep the
/// controls, and with them what was typed into them and not what was stored.
pub fn fresh(content: AnyView) -> AnyView {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let key = NEXT.fetch_add(1, Ordering::Relaxed);
    keyed(std::iter::once(content), move |_| key, |_, content| (|_: usize| (), content)).into_any()
}

/// What went wrong while reading a page's content.
#[component]
pub fn Problem(
    /// What went wrong.
    error: AppError,
    /// Whether the page has a title.
    place: Place,
) -> impl IntoView {
    set_page_status(error.status());
    let code = match &error {
        AppError::Refused { code, .. } => Some(*code),
        _ => None,
    };
    let title = match code {
        Some(ProblemCode::Forbidden) => "Not allowed",
        Some(ProblemCode::NotFound) => "Not found",
        Some(ProblemCode::Unauthenticated) => "Signed out",
        Some(ProblemCode::PasswordChangeNeeded) => "Change your password first",
        _ => "This could not be loaded",
    };
    let location = use_location();
    let action = match code {
        Some(ProblemCode::Unauthenticated) => {
            let here = location.pathname.get_untracked();
            let href = format!("{}?return_to={}", routes::SIGN_IN, routes::encode(&here));
            view! { <LinkButton href attr:rel="external">"Sign in"</LinkButton> }.into_any()
        }
        Some(ProblemCode::PasswordChangeNeeded) => {
            view! { <LinkButton href=routes::PASSWORD>"Change password"</LinkButton> }.into_any()
        }
        _ => view! { <LinkButton href=routes::HOME>"Go to the start"</LinkButton> }.into_any(),
    };
    let body = view! {
        <p>{text::error(&error)}</p>
        <Reference error=error.clone() />
        <p>{action}</p>
    };
    match place {
        Place::UnderTitle => view! { <Callout title kind=Tone::Bad>{body}</Callout> }.into_any(),
        Place::WholePage => view! {
            <Title text=title />
            <PageHeader title />
            <div class="stack">{body}</div>
        }
        .into_any(),
    }
}

/// The reference of an error, when it has one.
#[component]
pub fn Reference(
    /// The error.
    error: AppError,
) -> impl IntoView {
    let found = match &error {
        AppError::Refused { reference, .. } => text::reference(reference).map(str::to_owned),
        _ => None,
    };
    found.map(|reference| view! { <p class="muted">"Reference " <Code>{reference}</Code></p> })
}

/// A point in time.
pub fn moment(at: Timestamp) -> impl IntoView {
    view! { <Time datetime=at.to_string() text=at.for_people() /> }
}

/// What was just done, announced; nothing when there is nothing to say. Its region is always there, because a live
/// region that appears together with its text is not read out everywhere.
#[component]
pub fn Notice(
    /// What to say.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> impl IntoView {
    let show = move || {
        text.get().map(|text| {
            view! {
                <div class="callout callout--ok notice">
                    <div class="callout__content">
                        <p class="callout__title">{text}</p>
                    </div>
                </div>
            }
        })
    };
    view! { <div role="status">{show}</div> }
}
