//! A browser without a screen: cookies, and the headers that Chromium sends.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Method, Uri},
};

use super::{
    ADMIN, Answer,
    client::{Api, Client},
};

/// The session cookie's name over https and over plain http.
const SESSION: [&str; 2] = ["__Host-latchkey", "latchkey"];

/// See the module. Cloning gives a second tab's view of the cookies at that moment.
#[derive(Clone)]
pub struct Browser {
    /// Sends without cookies and headers.
    pub client: Client,
    /// Name and value.
    pub cookies: BTreeMap<String, String>,
}

/// Names and values as a form sends them.
pub fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Browser {
    pub(super) fn new(client: Client) -> Self {
        Self { client, cookies: BTreeMap::new() }
    }

    /// The `Cookie` header.
    pub fn cookie_header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// The session cookie's value.
    pub fn session(&self) -> Option<String> {
        SESSION.iter().find_map(|name| self.cookies.get(*name)).cloned()
    }

    /// Whether there is a session cookie; whether it opens anything only the server knows.
    pub fn is_signed_in(&self) -> bool {
        self.session().is_some()
    }

    /// Replaces the session cookie.
    pub fn set_session(&mut self, value: &str) {
        self.cookies.insert(SESSION[0].to_owned(), value.to_owned());
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.set_cookies() {
            let (pair, attributes) = line.split_once(';').unwrap_or((&line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            // What browsers ask of this prefix (RFC 6265bis section 4.1.3.2).
            if name.starts_with("__Host-") {
                let has =
                    |wanted: &str| attributes.split(';').any(|one| one.trim().eq_ignore_ascii_case(wanted));
                assert!(has("Secure") && has("Path=/") && !attributes.contains("Domain"), "{line}");
            }
            if attributes.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Sends a request with cookies and these headers, and keeps the cookies of the answer.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let cookies = self.cookie_header();
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let answer = self.client.send(method, path, &all, body).await;
        self.keep(&answer);
        answer
    }

    /// Opens a page by a link on one of our pages. Absolute URLs of the server are taken by their path.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.open(url, "same-origin").await
    }

    /// Opens a page by a link on, or a redirect through, another site.
    pub async fn get_from_elsewhere(&mut self, url: &str) -> Answer {
        self.open(url, "cross-site").await
    }

    async fn open(&mut self, url: &str, site: &str) -> Answer {
        let path = self.path_of(url);
        let headers = [
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("sec-fetch-site", site),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"),
        ];
        self.send(Method::GET, &path, &headers, Body::empty()).await
    }

    /// The path and query of a URL of the server.
    pub fn path_of(&self, url: &str) -> String {
        url.strip_prefix(self.client.origin.as_str()).unwrap_or(url).to_owned()
    }

    /// Opens a page and follows redirects on the server, at most five.
    pub async fn follow(&mut self, url: &str) -> Answer {
        let mut answer = self.get(url).await;
        for _ in 0..5 {
            if !matches!(answer.status, 301..=303 | 307 | 308) {
                return answer;
            }
            let target = self.path_of(answer.location());
            assert!(target.parse::<Uri>().unwrap().authority().is_none(), "leaves the server: {target}");
            answer = self.get(&target).await;
        }
        panic!("too many redirects: {answer:?}");
    }

    /// Sends a form without script.
    pub async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.client.origin.clone();
        let headers = [
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"),
        ];
        self.send(Method::POST, path, &headers, form(fields)).await
    }

    /// Sends a form without script from one of our pages, to which a refusal leads back.
    pub async fn post_form_from(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.client.origin.clone();
        let page = format!("{origin}{page}");
        let headers = [
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("referer", page.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        self.send(Method::POST, path, &headers, form(fields)).await
    }

    /// Calls a server function as the console's script does.
    pub async fn call(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.client.origin.clone();
        let headers = [
            ("accept", "application/json"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
        ];
        self.send(Method::POST, path, &headers, form(fields)).await
    }

    /// Sends the sign-in form.
    pub async fn sign_in_with_password(&mut self, username: &str, password: &str) -> Answer {
        self.post_form("/fn/sign_in", &[("username", username), ("password", password), ("return_to", "")])
            .await
    }

    /// Signs out.
    pub async fn sign_out(&mut self) -> Answer {
        self.post_form("/fn/sign_out", &[]).await
    }

    /// The API with this browser's cookies at this moment.
    pub fn api(&self) -> Api {
        Api::cookie(self.client.clone(), self.cookie_header())
    }

    /// The name of whoever is signed in, as the server sees it.
    pub async fn who(&self) -> Option<String> {
        let answer = self.api().get("/me").await;
        match answer.status {
            200 => Some(answer.json()["user"]["username"].as_str().unwrap().to_owned()),
            401 => None,
            _ => panic!("{answer:?}"),
        }
    }

    /// Whether the bootstrap administrator is signed in.
    pub async fn is_admin(&self) -> bool {
        self.who().await.as_deref() == Some(ADMIN)
    }
}
