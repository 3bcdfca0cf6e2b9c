//! The HTML document around every page. Only the server writes it.

use leptos::prelude::*;

use crate::{App, Assets};

/// The document; `assets` as the bundler named them. The theme is the one this browser chose, so that the first paint
/// is right.
pub fn shell(assets: Assets) -> impl IntoView {
    let theme =
        crate::functions::ctx::facts().theme.filter(|theme| matches!(theme.as_str(), "light" | "dark"));
    let nonce = leptos::nonce::use_nonce();
    let Assets { js, wasm, css } = assets;
    let is_document = crate::functions::ctx::path().is_some_and(|path| crate::routes::is_document(&path));
    let scripts = (!js.is_empty() && !is_document).then(|| {
        let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('<', "\\u003c");
        let start = format!(
            "import init, {{ hydrate }} from {};\ninit({{ module_or_path: {} }}).then(() => hydrate());",
            quoted(&js),
            quoted(&wasm),
        );
        view! {
            <link rel="modulepreload" href=js />
            <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
            <script type="module" nonce=nonce inner_html=start></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-document=is_document.then_some("true")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="referrer" content="same-origin" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {(!css.is_empty()).then(|| view! { <link rel="stylesheet" href=css /> })}
                {scripts}
                <leptos_meta::MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
