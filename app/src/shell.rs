//! The HTML document around every page.

use leptos::prelude::*;

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

/// The document; `assets` as the bundler named them.
pub fn shell(assets: Assets) -> impl IntoView {
    let _ = assets;
    view! { <App/> }
}

/// The console.
#[component]
pub fn App() -> impl IntoView {
    view! { "latchkey" }
}
