//! app
use leptos::prelude::*;
#[component]
pub fn App() -> impl IntoView { "latchkey" }
pub mod ui;
