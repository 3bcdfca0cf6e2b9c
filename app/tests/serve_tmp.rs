#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unused,
    reason = "tests"
)]
mod support;
use app::functions::ctx::RequestFacts;
use axum::{
    body::Body,
    http::{Request, header},
    response::{IntoResponse, Response},
};
#[tokio::test(flavor = "multi_thread")]
#[ignore]
async fn serve() {
    let site = std::env::var("LK_SITE").unwrap();
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(format!("{site}/manifest.json")).unwrap()).unwrap();
    let asset = |k: &str| format!("/pkg/{}", manifest[k].as_str().unwrap());
    let assets = app::Assets { js: asset("js"), wasm: asset("wasm"), css: asset("css") };
    let mood = if std::env::var("LK_EMPTY").is_ok() {
        support::fake::Mood::Empty
    } else {
        support::fake::Mood::Filled
    };
    let console = std::sync::Arc::new(support::Console::with(mood, assets));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await.unwrap();
    let router = axum::Router::new().fallback(move |request: Request<Body>| {
        let console = console.clone();
        let site = site.clone();
        async move {
            let path = request.uri().path().to_owned();
            if path.starts_with("/pkg/") || path == "/favicon.svg" {
                let bytes = std::fs::read(format!("{site}{path}")).unwrap_or_default();
                let kind = if path.ends_with("js") {
                    "text/javascript"
                } else if path.ends_with("wasm") {
                    "application/wasm"
                } else if path.ends_with("css") {
                    "text/css"
                } else {
                    "image/svg+xml"
                };
                return ([(header::CONTENT_TYPE, kind)], bytes).into_response();
            }
            let who = if path.starts_with("/sign") { support::Who::Nobody } else { support::Who::Owner };
            console.raw(request, who).await
        }
    });
    axum::serve(listener, router).await.unwrap();
}
