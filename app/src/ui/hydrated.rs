//! Whether scripts run: for controls that would do nothing without them.

use leptos::prelude::*;

/// `false` on the server and while hydrating, `true` from then on, so both sides render the same markup first.
///
/// The one effect of the design system that writes a signal: there is no value to derive this from, since effects
/// running at all *is* the information.
pub fn use_hydrated() -> Signal<bool> {
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    hydrated.into()
}

/// What a control's property is kept at: the bound value, else the first one. Nothing while the page is being taken
/// over, so that what people typed before stays; afterwards always, because a page that renders its form again with
/// other values must show them.
pub(super) fn kept<T: Clone + Send + Sync + 'static>(
    live: Option<RwSignal<T>>,
    first: T,
) -> impl Fn() -> Option<T> + Clone {
    move || match live {
        Some(live) => Some(live.get()),
        // The application marks the document once it has taken it over.
        None => document().document_element()?.has_attribute("data-hydrated").then(|| first.clone()),
    }
}
