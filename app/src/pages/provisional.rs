//! Changes that no way in is known to survive: what can be done about them, in the same words everywhere.

use domain::problem::ProblemCode;
use leptos::prelude::*;

use crate::{
    error::AppError,
    ui::{Button, Callout, Tone},
};

/// The form field that makes a change provisional.
pub const PROVISIONAL: &str = "provisional";

/// Whether the change is refused for the sake of the ways in, so that it may be made provisionally.
#[must_use]
pub const fn may_be_provisional(code: ProblemCode) -> bool {
    matches!(code, ProblemCode::WayInUnproven | ProblemCode::LastWayIn)
}

/// Why a change is offered for ten minutes only, and what to do instead.
#[component]
pub fn OnlyProvisionally(
    /// Heading level.
    #[prop(default = 2)]
    level: u8,
    /// The button, when it stands here.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Callout title="Only provisionally" kind=Tone::Warn level>
            <p>
                "No global owner has signed in lately through a way that stays open. So this is taken back by itself after \
                 10 minutes, unless a global owner signs in anew and keeps it. To do it for good at once, sign in through \
                 another way first, in a private window, and try again."
            </p>
            {children.map(|children| view! { <div class="cluster">{children()}</div> })}
        </Callout>
    }
}

/// Stands beside a form: once the server has refused its change because no way in is known to survive it, the same
/// form can be sent to be tried for ten minutes. The browser sends it by itself, so that the whole page is read anew
/// and shows what waits.
#[component]
pub fn ProvisionalOffer(
    /// The form's last refusal.
    error: Signal<Option<AppError>>,
    /// The form's id.
    form: &'static str,
    /// What the button says.
    #[prop(default = "Save provisionally (10 minutes)")]
    label: &'static str,
    /// Heading level.
    #[prop(default = 2)]
    level: u8,
) -> impl IntoView {
    let is_offered = Memo::new(move |_| {
        error.with(|error| matches!(error, Some(AppError::Refused { code, .. }) if may_be_provisional(*code)))
    });
    move || {
        is_offered.get().then(|| {
            view! {
                <OnlyProvisionally level>
                    <Button name=PROVISIONAL value="on" attr:form=form>
                        {label}
                    </Button>
                </OnlyProvisionally>
            }
        })
    }
}
