//! A short state: text and a shape, never colour alone.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// What a coloured thing says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Works, is on, succeeded.
    Ok,
    /// Needs a look.
    Warn,
    /// Failed, refused.
    Bad,
    /// Worth knowing.
    Info,
    /// Neither good nor bad.
    #[default]
    Neutral,
}

impl Tone {
    /// The shape that goes with it.
    pub(super) const fn icon(self) -> IconKind {
        match self {
            Self::Ok => IconKind::Check,
            Self::Warn => IconKind::Warning,
            Self::Bad => IconKind::Cross,
            Self::Info => IconKind::Info,
            Self::Neutral => IconKind::Dot,
        }
    }

    /// Its name in class names.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Neutral => "neutral",
        }
    }
}

/// A short state.
#[component]
pub fn Badge(
    /// What it says.
    #[prop(optional)]
    tone: Tone,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <span class=format!("badge badge--{}", tone.class())>
            <Icon kind=tone.icon() />
            <span>{children()}</span>
        </span>
    }
}
