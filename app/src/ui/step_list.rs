//! Steps that are done one after the other.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// How far a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    #[default]
    Waiting,
    /// Under way.
    Running,
    /// Done.
    Passed,
    /// Done, with something to look at.
    Warning,
    /// Did not work.
    Failed,
    /// Not needed, or not possible after what failed.
    Skipped,
}

impl StepState {
    const fn parts(self) -> (&'static str, &'static str, IconKind) {
        match self {
            Self::Waiting => ("step step--waiting", "Waiting", IconKind::Dot),
            Self::Running => ("step step--running", "Running", IconKind::Clock),
            Self::Passed => ("step step--passed", "Passed", IconKind::Check),
            Self::Warning => ("step step--warning", "Passed with a warning", IconKind::Warning),
            Self::Failed => ("step step--failed", "Failed", IconKind::Cross),
            Self::Skipped => ("step step--skipped", "Skipped", IconKind::Minus),
        }
    }
}

/// An ordered list of [`Step`]s.
#[component]
pub fn StepList(
    /// The steps.
    children: Children,
) -> impl IntoView {
    view! { <ol class="steps">{children()}</ol> }
}

/// One step: what it does, how it went, and what to know about it.
#[component]
pub fn Step(
    /// What it does.
    #[prop(into)]
    title: String,
    /// How far it is.
    state: StepState,
    /// Expected, received, what to change.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (class, text, icon) = state.parts();
    view! {
        <li class=class>
            <span class="step__mark"><Icon kind=icon /></span>
            <div class="step__content">
                <p class="step__line">
                    <span class="step__title">{title}</span>
                    <span class="step__state">{text}</span>
                </p>
                {children.map(|children| view! { <div class="step__detail">{children()}</div> })}
            </div>
        </li>
    }
}
