//! Requests to the router, and what came back.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header},
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// How long an answer may take, slow providers included.
const PATIENCE: Duration = Duration::from_secs(40);

/// What the server answered.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    bytes: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        write!(f, "\n{}", self.body().chars().take(2000).collect::<String>())
    }
}

impl Answer {
    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// A header's value; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert!(self.headers.contains_key(header::LOCATION), "not a redirect: {self:?}");
        self.header("location")
    }

    /// Each `Set-Cookie`.
    pub fn set_cookies(&self) -> Vec<String> {
        let all = self.headers.get_all(header::SET_COOKIE);
        all.into_iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// The `Set-Cookie` of this cookie.
    pub fn set_cookie(&self, name: &str) -> Option<String> {
        self.set_cookies().into_iter().find(|cookie| cookie.split('=').next() == Some(name))
    }

    /// The query parameter of the redirect's target.
    pub fn location_param(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The code of a problem (RFC 9457) or of a server function's error.
    pub fn code(&self) -> String {
        let json = self.json();
        // A server function's refusal has its code one level down.
        let code = json["code"].as_str().or_else(|| json["refused"]["code"].as_str());
        code.unwrap_or_default().to_owned()
    }
}

/// Every answer of a server, to be searched for what must not be in it. Cookies are what `Set-Cookie` is for, and the
/// way to the provider carries `state` and `nonce`: those headers are kept apart.
#[derive(Clone, Default)]
pub struct Transcript(Arc<Mutex<String>>);

impl Transcript {
    /// Bodies and headers, `Set-Cookie` and `Location` left out.
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, what: &str, answer: &Answer) {
        let mut text = self.0.lock().unwrap();
        text.push_str(what);
        for (name, value) in &answer.headers {
            if name != header::SET_COOKIE && name != header::LOCATION {
                text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
            }
        }
        text.push_str(&answer.body());
        text.push('\n');
    }
}

/// Sends requests as they are told, adding nothing of its own.
#[derive(Clone)]
pub struct Client {
    router: Router,
    /// The server's origin.
    pub origin: String,
    address: IpAddr,
    transcript: Transcript,
}

impl Client {
    pub(super) fn new(router: Router, origin: String, address: &str, transcript: Transcript) -> Self {
        Self { router, origin, address: address.parse().unwrap(), transcript }
    }

    /// Sends this to the path.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(&method).uri(path).body(body.into());
        let request = request.as_mut().unwrap_or_else(|error| panic!("{path}: {error}"));
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 40_000)));
        let request = std::mem::take(request);
        let whole = async {
            let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
            (parts, body.collect().await.unwrap().to_bytes().to_vec())
        };
        let answered = tokio::time::timeout(PATIENCE, whole).await;
        let (parts, bytes) = answered.unwrap_or_else(|_| panic!("{method} {path}: no end of the answer"));
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, bytes };
        let bare = path.split('?').next().unwrap_or_default();
        self.transcript.add(&format!("{method} {bare} → {}\n", answer.status), &answer);
        answer
    }

    /// GET without anything.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }
}

/// A program that calls the API below `/api/v1`; other paths are given whole.
#[derive(Clone)]
pub struct Api {
    client: Client,
    credentials: Vec<(String, String)>,
}

impl Api {
    pub(super) fn anonymous(client: Client) -> Self {
        Self { client, credentials: Vec::new() }
    }

    pub(super) fn bearer(client: Client, token: &str) -> Self {
        Self { client, credentials: vec![("authorization".to_owned(), format!("Bearer {token}"))] }
    }

    pub(super) fn cookie(client: Client, cookies: String) -> Self {
        let credentials = vec![
            ("cookie".to_owned(), cookies),
            ("origin".to_owned(), client.origin.clone()),
            ("sec-fetch-site".to_owned(), "same-origin".to_owned()),
        ];
        Self { client, credentials }
    }

    /// Sends a request with more headers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        json: Option<&Value>,
    ) -> Answer {
        let whole = if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") };
        let mut headers: Vec<(&str, &str)> =
            self.credentials.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.push(("accept", "application/json"));
        if json.is_some() {
            headers.push(("content-type", "application/json"));
        }
        headers.extend_from_slice(more);
        let body = json.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        self.client.send(method, &whole, &headers, body).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// POST with JSON; `Value::Null` sends no body.
    pub async fn post(&self, path: &str, json: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(&json).filter(|json| !json.is_null())).await
    }

    /// POST with another body than JSON.
    pub async fn post_file(&self, path: &str, kind: &str, body: &str) -> Answer {
        let mut headers: Vec<(&str, &str)> =
            self.credentials.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.extend([("accept", "application/json"), ("content-type", kind)]);
        self.client.send(Method::POST, &format!("/api/v1{path}"), &headers, Body::from(body.to_owned())).await
    }

    /// PUT with JSON.
    pub async fn put(&self, path: &str, json: Value) -> Answer {
        self.send(Method::PUT, path, &[], Some(&json)).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, json: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(&json)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }
}
