//! The driver: many clients at once, on one thread.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Answer, Connection, get};
use crate::setup::Provider;

/// Sign-ins under way at the same time.
const BROWSERS: usize = 8;
/// Connections that check sessions at the same time.
const CHECKERS: usize = 16;
/// What a browser says when a person follows a link.
const NAVIGATION: &str = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

/// Signs people in. Numbers go on from call to call, and with them people and client addresses.
pub struct SignIns {
    provider: Provider,
    server: SocketAddr,
    next: AtomicUsize,
}

impl SignIns {
    /// Signs in at this server through this provider.
    #[must_use]
    pub fn new(provider: Provider, server: SocketAddr) -> Arc<Self> {
        Arc::new(Self { provider, server, next: AtomicUsize::new(0) })
    }

    /// Signs in that many times and gives the value of each `Cookie` header.
    ///
    /// # Errors
    /// If one sign-in fails.
    pub async fn run(self: &Arc<Self>, count: usize) -> Result<Vec<String>, String> {
        let end = self.next.load(Ordering::Relaxed) + count;
        let mut browsers = JoinSet::new();
        for _ in 0..BROWSERS {
            let work = Arc::clone(self);
            browsers.spawn(async move {
                let mut connection = Connection::open(work.server).await?;
                let mut cookies = Vec::new();
                loop {
                    let number = work.next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return Ok::<_, String>(cookies);
                    }
                    cookies.push(work.one(&mut connection, number).await?);
                }
            });
        }
        let mut cookies = Vec::with_capacity(count);
        while let Some(done) = browsers.join_next().await {
            cookies.append(&mut done.map_err(|error| error.to_string())??);
        }
        self.next.store(end, Ordering::Relaxed);
        Ok(cookies)
    }

    /// One complete sign-in, as a browser does it.
    async fn one(&self, connection: &mut Connection, number: usize) -> Result<String, String> {
        let [.., a, b, c] = number.to_be_bytes();
        let client = format!("X-Forwarded-For: 10.{a}.{b}.{c}\r\n{NAVIGATION}");
        let mut jar = Jar::default();

        let start = get(
            "/oauth2/authorization/bench",
            self.server,
            &format!("{client}Sec-Fetch-Site: same-origin\r\n"),
        );
        let answer = connection.send(&start).await?;
        let location = redirect(&answer, "the start of a sign-in")?;
        jar.take(&answer);
        let callback = self.provider.authorize(&location, number, self.server)?;

        let extra = format!("{client}Sec-Fetch-Site: cross-site\r\nCookie: {}\r\n", jar.header());
        let answer = connection.send(&get(&callback, self.server, &extra)).await?;
        let location = redirect(&answer, "the callback")?;
        if location.contains("failed") || location.contains("error") {
            return Err(format!("a sign-in failed: {location}"));
        }
        jar.take(&answer);
        if jar.cookies.is_empty() {
            Err("a sign-in gave no session cookie".to_owned())
        } else {
            Ok(jar.header())
        }
    }
}

fn redirect(answer: &Answer<'_>, what: &str) -> Result<String, String> {
    let location = answer.headers("location").next().filter(|_| matches!(answer.status, 302 | 303));
    location.map(str::to_owned).ok_or_else(|| answer.unexpected(what))
}

/// The cookies of one browser.
#[derive(Default)]
struct Jar {
    cookies: Vec<(String, String)>,
}

impl Jar {
    fn take(&mut self, answer: &Answer<'_>) {
        for line in answer.headers("set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let removed = value.is_empty() || parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
            self.cookies.retain(|(known, _)| known != name);
            if !removed {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// A round of session checks.
pub struct Checked {
    /// Answers.
    pub count: usize,
    /// How long it took.
    pub took: Duration,
}

/// Asks who is signed in, with one session after the other.
pub struct SessionChecks {
    server: SocketAddr,
    requests: Vec<Vec<u8>>,
    next: AtomicUsize,
}

impl SessionChecks {
    /// Makes the requests and sees that an answer says what it should.
    ///
    /// # Errors
    /// If a session is not one, or has no roles.
    pub async fn new(server: SocketAddr, cookies: &[String]) -> Result<Arc<Self>, String> {
        let request = |cookie: &String| {
            let extra =
                format!("Accept: application/json\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n");
            get("/api/v1/me", server, &extra)
        };
        let checks =
            Self { server, requests: cookies.iter().map(request).collect(), next: AtomicUsize::new(0) };
        let mut connection = Connection::open(server).await?;
        for request in [checks.requests.first(), checks.requests.last()].into_iter().flatten() {
            let answer = connection.send(request).await?;
            let text = answer.text();
            if answer.status != 200 || !text.contains("\"person") || !text.contains("ORG_MEMBER") {
                return Err(answer.unexpected("GET /api/v1/me"));
            }
        }
        Ok(Arc::new(checks))
    }

    /// Checks sessions for that long.
    ///
    /// # Errors
    /// If one answer is not 200.
    pub async fn run(self: &Arc<Self>, how_long: Duration) -> Result<Checked, String> {
        let start = Instant::now();
        let mut checkers = JoinSet::new();
        for _ in 0..CHECKERS {
            let work = Arc::clone(self);
            checkers.spawn(async move {
                let mut connection = Connection::open(work.server).await?;
                let mut count = 0;
                while start.elapsed() < how_long {
                    let number = work.next.fetch_add(1, Ordering::Relaxed) % work.requests.len().max(1);
                    let Some(request) = work.requests.get(number) else { break };
                    let answer = connection.send(request).await?;
                    if answer.status != 200 {
                        return Err(answer.unexpected("GET /api/v1/me"));
                    }
                    count += 1;
                }
                Ok(count)
            });
        }
        let mut count = 0;
        while let Some(done) = checkers.join_next().await {
            count += done.map_err(|error| error.to_string())??;
        }
        Ok(Checked { count, took: start.elapsed() })
    }
}

/// Asks for the sign-in page, one after the other on one connection, and gives each one's time in milliseconds.
///
/// # Errors
/// If an answer is not the page.
pub async fn pages(server: SocketAddr, how_long: Duration) -> Result<Vec<f64>, String> {
    let mut connection = Connection::open(server).await?;
    let request = get("/sign-in", server, &format!("{NAVIGATION}Sec-Fetch-Site: none\r\n"));
    let begin = Instant::now();
    let mut times = Vec::new();
    while begin.elapsed() < how_long {
        let start = Instant::now();
        let answer = connection.send(&request).await?;
        let took = start.elapsed();
        if answer.status != 200 || (times.is_empty() && !answer.text().contains("name=\"password\"")) {
            return Err(answer.unexpected("GET /sign-in"));
        }
        times.push(took.as_secs_f64() * 1_000.0);
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_jar_keeps_what_is_set_and_drops_what_is_removed() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            for cookies in
                ["login=x; Path=/; HttpOnly", "login=; Max-Age=0\r\nSet-Cookie: session=y=z; Path=/"]
            {
                let answer =
                    format!("HTTP/1.1 303 See Other\r\nContent-Length: 0\r\nSet-Cookie: {cookies}\r\n\r\n");
                let _request = stream.read(&mut [0; 1024]).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        let mut jar = Jar::default();
        jar.take(&connection.send(&get("/", address, "")).await.unwrap());
        assert_eq!(jar.header(), "login=x");
        jar.take(&connection.send(&get("/", address, "")).await.unwrap());
        assert_eq!(jar.header(), "session=y=z");
    }
}
