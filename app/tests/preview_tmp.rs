#![cfg(feature = "ssr")]
#![allow(warnings, clippy::all, reason = "temporary")]
#[path = "/tmp/support/mod.rs"]
mod support;
use app::functions::ctx::RequestFacts;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use std::{
    io::{Read, Write},
    net::TcpListener,
};
use support::{Who, fake::Mood};
use tower::ServiceExt;

#[test]
#[ignore]
fn preview() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:18777").unwrap();
    let handle = runtime.handle().clone();
    let filled = runtime.block_on(async { support::Console::new(Mood::Filled) }).router;
    let empty = runtime.block_on(async { support::Console::new(Mood::Empty) }).router;
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let (filled, empty, handle) = (filled.clone(), empty.clone(), handle.clone());
        std::thread::spawn(move || {
            let mut data = Vec::new();
            let mut buf = [0u8; 65536];
            let (head_end, len) = loop {
                let n = stream.read(&mut buf).unwrap_or(0);
                if n == 0 {
                    return;
                }
                data.extend_from_slice(&buf[..n]);
                if let Some(p) = data.windows(4).position(|w| w == b"\r\n\r\n") {
                    let head = String::from_utf8_lossy(&data[..p]).to_string();
                    let len = head
                        .lines()
                        .find_map(|l| {
                            l.to_ascii_lowercase()
                                .strip_prefix("content-length:")
                                .map(|v| v.trim().parse::<usize>().unwrap())
                        })
                        .unwrap_or(0);
                    break (p + 4, len);
                }
            };
            while data.len() < head_end + len {
                let n = stream.read(&mut buf).unwrap_or(0);
                if n == 0 {
                    return;
                }
                data.extend_from_slice(&buf[..n]);
            }
            let head = String::from_utf8_lossy(&data[..head_end]).to_string();
            let mut lines = head.lines();
            let first = lines.next().unwrap();
            let mut parts = first.split(' ');
            let (method, path) = (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned());
            if path.starts_with("/pkg/") || path == "/favicon.svg" {
                let body = std::fs::read(format!("../target/site{path}")).unwrap_or_default();
                let ct = if path.ends_with("js") {
                    "text/javascript"
                } else if path.ends_with("wasm") {
                    "application/wasm"
                } else if path.ends_with("css") {
                    "text/css"
                } else {
                    "image/svg+xml"
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: {ct}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(&body);
                return;
            }
            let mut request = Request::builder().method(method.as_str()).uri(&path);
            let mut cookie = String::new();
            for line in lines {
                if let Some((n, v)) = line.split_once(": ") {
                    if n.eq_ignore_ascii_case("cookie") {
                        cookie = v.to_owned();
                    }
                    request = request.header(n, v);
                }
            }
            let mut request = request.body(Body::from(data[head_end..head_end + len].to_vec())).unwrap();
            let who = if cookie.contains("who=viewer") {
                Who::Viewer
            } else if cookie.contains("who=member") {
                Who::Member
            } else if cookie.contains("who=onetime") {
                Who::OneTime
            } else if cookie.contains("who=nobody") {
                Who::Nobody
            } else {
                Who::Owner
            };
            if let Some(caller) = who.caller() {
                request.extensions_mut().insert(caller);
            }
            let theme = cookie.contains("theme=dark").then(|| "dark".to_owned());
            request.extensions_mut().insert(RequestFacts {
                theme,
                reference: "ref-1".into(),
                ..RequestFacts::default()
            });
            let router = if cookie.contains("mood=empty") { empty } else { filled };
            handle.block_on(async move {
                let response = router.oneshot(request).await.unwrap();
                let (parts, body) = response.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                let mut out = format!("HTTP/1.1 {}\r\n", parts.status);
                for (n, v) in &parts.headers {
                    out += &format!("{n}: {}\r\n", v.to_str().unwrap_or(""));
                }
                out += &format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(out.as_bytes());
                let _ = stream.write_all(&body);
            });
        });
    }
}
