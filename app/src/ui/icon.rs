//! The icon set: our own line drawings on a 16-unit grid.

use leptos::prelude::*;

/// Which drawing; each name says what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconKind {
    Back,
    Building,
    Check,
    Chevron,
    Clock,
    Copy,
    Cross,
    Dot,
    Edit,
    External,
    Folder,
    Home,
    Info,
    Key,
    List,
    Menu,
    Minus,
    Monitor,
    Moon,
    More,
    Play,
    Plus,
    Route,
    Search,
    Shield,
    SignOut,
    Sliders,
    Sun,
    Trash,
    Upload,
    User,
    Users,
    Warning,
}

impl IconKind {
    /// The drawing as one path.
    const fn path(self) -> &'static str {
        match self {
            Self::Back => "M9.8 3.8 5.6 8l4.2 4.2",
            Self::Building => "M3 14V2.5h6.5V14M9.5 6.5H13V14M1.5 14h13M5.4 5.4h1.7M5.4 8h1.7M5.4 10.6h1.7",
            Self::Check => "M3 8.6 6.4 12 13 4.6",
            Self::Chevron => "M4.4 6.4 8 10l3.6-3.6",
            Self::Clock => "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 4.6V8l2.3 1.5",
            Self::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Dot => "M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z",
            Self::Edit => "M10.4 3 13 5.6 5.6 13H3v-2.6z",
            Self::External => "M9.5 2.5h4v4M13.5 2.5l-6 6M11.5 9v4.5h-9v-9H7",
            Self::Folder => "M1.8 12.8V3.2h4.4l1.6 2h6.4v7.6z",
            Self::Home => "M2.5 7.2 8 2.4l5.5 4.8v6.3H9.6V9.6H6.4v3.9H2.5z",
            Self::Info => "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 7.4V11M8 5h.01",
            Self::Key => "M8.4 10.6a3 3 0 1 1-6 0 3 3 0 0 1 6 0ZM7.6 8.4l5.9-5.9M10.8 5.2l2.1 2.1",
            Self::List => "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Minus => "M4 8h8",
            Self::Monitor => "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
            Self::Moon => "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z",
            Self::More => "M3.5 8h.01M8 8h.01M12.5 8h.01",
            Self::Play => "M5 3.2v9.6L12.8 8z",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Route => "M2.5 4h3.2l4.6 8h3.2M11.4 9.8l2.1 2.2-2.1 2.2M9.6 4h3.9",
            Self::Search => "M11 6.8a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0ZM9.9 9.9l3.6 3.6",
            Self::Shield => "M8 1.8l5 1.8v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4z",
            Self::SignOut => "M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6",
            Self::Sliders => {
                "M2 4.5h5.5M11.5 4.5H14M2 11.5h2.5M8.5 11.5H14\
                 M11.5 4.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM8.5 11.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z"
            }
            Self::Sun => {
                "M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0ZM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2\
                 M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9"
            }
            Self::Trash => "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.8 7v4M9.2 7v4",
            Self::Upload => "M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 10v3.5h11V10",
            Self::User => {
                "M10.8 5a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0ZM2.8 13.8c0-2.6 2.3-4.2 5.2-4.2s5.2 1.6 5.2 4.2"
            }
            Self::Users => {
                "M8.6 5.2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM1.6 13.4c0-2.4 2-3.9 4.5-3.9s4.5 1.5 4.5 3.9\
                 M10.6 2.9a2.5 2.5 0 0 1 0 4.6M12.2 9.9c1.3.5 2.2 1.8 2.2 3.5"
            }
            Self::Warning => "M8 2.2l6.4 11.2H1.6zM8 6.4v3.2M8 11.5h.01",
        }
    }
}

/// An inline drawing in the colour of the text around it.
#[component]
pub fn Icon(
    /// Which drawing.
    kind: IconKind,
    /// A name, if the drawing says something the text beside it does not; else assistive technology skips it.
    #[prop(optional, into)]
    label: String,
) -> impl IntoView {
    let is_decoration = label.is_empty();
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            focusable="false"
            aria-hidden=is_decoration.then_some("true")
            role=(!is_decoration).then_some("img")
            aria-label=(!is_decoration).then_some(label)
        >
            <path d=kind.path()></path>
        </svg>
    }
}
