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
