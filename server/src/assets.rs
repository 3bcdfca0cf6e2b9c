//! The browser half, carried inside the program: what `frontend/bundle` wrote to `target/site`.

use std::sync::OnceLock;

use app::Assets;
use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "../target/site"]
struct Site;

#[derive(Deserialize, Default)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
}

/// The paths of script, module and style sheet; empty ones when the program was built without its browser half.
#[must_use]
pub fn logical() -> &'static Assets {
    static ASSETS: OnceLock<Assets> = OnceLock::new();
    ASSETS.get_or_init(|| {
        let manifest = Site::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok());
        let manifest: Manifest = manifest.unwrap_or_default();
        let path = |name: String| if name.is_empty() { name } else { format!("/pkg/{name}") };
        Assets { js: path(manifest.js), wasm: path(manifest.wasm), css: path(manifest.css) }
    })
}

/// `/pkg/{file}`: the name carries a hash of the content, so browsers may keep it for ever.
pub async fn package(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&format!("pkg/{name}"), &headers, HeaderValue::from_static("public, max-age=31536000, immutable"))
}

/// `/favicon.svg`.
pub async fn favicon(headers: HeaderMap) -> Response {
    serve("favicon.svg", &headers, HeaderValue::from_static("public, max-age=86400"))
}

/// `/robots.txt`.
pub async fn robots(headers: HeaderMap) -> Response {
    serve("robots.txt", &headers, HeaderValue::from_static("public, max-age=86400"))
}

fn serve(path: &str, headers: &HeaderMap, cache: HeaderValue) -> Response {
    let Some((file, encoding)) = find(path, headers) else { return StatusCode::NOT_FOUND.into_response() };
    let tag: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known =
        known.is_some_and(|list| list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let body = match (is_known, file.data) {
        (true, _) => Body::empty(),
        (false, std::borrow::Cow::Borrowed(bytes)) => Body::from(Bytes::from_static(bytes)),
        (false, std::borrow::Cow::Owned(bytes)) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    out.insert(header::CACHE_CONTROL, cache);
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The smallest form of a file that this browser takes.
fn find(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| {
        accepted.split(',').any(|one| {
            let (coding, quality) = one.split_once(';').unwrap_or((one, ""));
            coding.trim().eq_ignore_ascii_case(name)
                && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    for (coding, extension) in [("br", "br"), ("gzip", "gz")] {
        if takes(coding)
            && let Some(file) = Site::get(&format!("{path}.{extension}"))
        {
            return Some((file, Some(coding)));
        }
    }
    // The compressed forms are no files of their own.
    if path.ends_with(".br") || path.ends_with(".gz") { None } else { Some((Site::get(path)?, None)) }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
